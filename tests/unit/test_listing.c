/* What frameworks say of themselves: the listings they really print, and every way in which one can be incomplete. */
#include "judging.h"

#include "expected/listing.h"

typedef int reader(const char *text, size_t len, struct expected *ret, struct err *reterr);

/* "id<parents|...>(depends|...)" a line. */
static char *listed(reader *read, const char *text)
{
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    struct buf out = BUF_INIT;
    if (read(text, strlen(text), &expected, &err) != 0)
        fail_msg("%s", err.msg);
    for (size_t i = 0; i < expected.count; i++) {
        const struct migration *migration = &expected.items[i];
        buf_puts(&out, migration->id);
        const struct strv *lists[] = {&migration->parents, &migration->depends, &migration->replaces};
        static const char open[] = "<({", close[] = ">)}";
        for (size_t l = 0; l < 3; l++) {
            for (size_t p = 0; p < lists[l]->count; p++)
                buf_printf(&out, "%c%s", p ? '|' : open[l], lists[l]->items[p]);
            if (lists[l]->count > 0)
                buf_putc(&out, close[l]);
        }
        buf_puts(&out, migration->parents_unknown ? "?\n" : "\n");
    }
    return buf_steal(&out);
}

static void check_listed(reader *read, const char *text, const char *wanted)
{
    char _cleanup_free_ *got = listed(read, text);
    assert_string_equal(got, wanted);
}

static void check_refused(reader *read, const char *text, const char *part)
{
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    check_err(read(text, strlen(text), &expected, &err), &err, ERR_NO_EXPECTED, part);
    check_has(err.msg, "standard input");
}

static void alembics_history_tells_parents_and_dependencies(void **state)
{
    (void)state;
    check_listed(listing_read_alembic,
                 "left_wing, right_wing -> merge_wings (head) (mergepoint), \n"
                 "77aa -> left_wing, \n"
                 "77aa -> right_wing, \n"
                 "1a2b3c4d5e6f -> 77aa (branchpoint), The file name carries a date; it is a comment -> no more.\n"
                 "<base> -> 1a2b3c4d5e6f, create account\n",
                 "1a2b3c4d5e6f\n77aa<1a2b3c4d5e6f>\nleft_wing<77aa>\nmerge_wings<left_wing|right_wing>\nright_wing<77aa>\n");
    check_listed(listing_read_alembic,
                 "c2 -> c3 (core) (head), \r\np1 (c2) -> p2 (plugin) (head), \r\n<base> -> p1 (plugin), \r\nc1 -> c2 (core), \r\n"
                 "<base> -> c1 (core), \r\n",
                 "c1\nc2<c1>\nc3<c2>\np1\np2<p1>(c2)\n");
    check_listed(listing_read_alembic, "<base> (x1, y1) -> z1 (head), \n<base> -> y1 (effective head), \n<base> -> x1 (effective head),",
                 "x1\ny1\nz1(x1|y1)\n");
}

static void a_message_may_go_on_over_further_lines(void **state)
{
    (void)state;
    check_listed(listing_read_alembic, "a1 -> b2 (head), two\nlines of it\n<base> -> a1, \n", "a1\nb2<a1>\n");
    check_refused(listing_read_alembic, "a1 -> b2 (head), two\nlines of -> it\n<base> -> a1, \n", "standard input:2: not of the form");
}

static void a_part_of_alembics_history_is_not_taken_for_the_whole(void **state)
{
    (void)state;
    /* The newest line is missing; the listing was cut within its only line; all but the marks is there. */
    check_refused(listing_read_alembic, "a1 -> b2, two\n<base> -> a1, one\n", "revision b2 has nothing that builds on it, but is not marked (head)");
    check_refused(listing_read_alembic, "<base> -> a1", "standard input:1: not of the form");
    check_refused(listing_read_alembic, "<base> -> a1 (he", "standard input:1: not of the form");
    check_refused(listing_read_alembic, "a1 -> c3 (head), one of two branches\n<base> -> a1 (branchpoint), \nx9 -> y9, ",
                  "revision y9 has nothing that builds on it");
    check_refused(listing_read_alembic, "a1 -> c3 (head), one of two branches\n<base> -> a1 (branchpoint), \n",
                  "revision a1 is marked (branchpoint), but no two build on it");
    /* An older line that is missing is found by the judge. */
    check_listed(listing_read_alembic, "a1 -> b2 (head), two\n<ba", "b2<a1>\n");
}

static void what_is_no_history_of_alembic_is_refused(void **state)
{
    (void)state;
    check_refused(listing_read_alembic, "", "it lists no revisions");
    check_refused(listing_read_alembic, "\n \n", "it lists no revisions");
    check_refused(listing_read_alembic, "Rev: a1 (head)\nParent: <base>\n", "standard input:1: no 'PARENTS -> REVISION'");
    check_refused(listing_read_alembic, "FAILED: No config file 'alembic.ini' found\n", "no 'PARENTS -> REVISION'");
    check_refused(listing_read_alembic, "<base> -> , x\n", "not of the form");
    check_refused(listing_read_alembic, " -> a1 (head), x\n", "not of the form");
    check_refused(listing_read_alembic, "<base> (a -> b1 (head), x\n", "not of the form");
    check_refused(listing_read_alembic, "<base> () -> b1 (head), x\n", "not of the form");
    check_refused(listing_read_alembic, "a,b -> c (head), x\n", "not of the form");
    check_refused(listing_read_alembic, "<base> -> a1) (head), x\n", "not of the form");
    check_refused(listing_read_alembic, "<base> -> a1 (head) x, y\n", "not of the form");
    check_refused(listing_read_alembic, "<base> (b2) c -> a1 (head), x\n", "not of the form");
    check_refused(listing_read_alembic, "<base> -> a1 (head), x\n<base> -> a1 (head), x\n", "is there twice");
}

static void a_dependency_by_branch_label_cannot_be_told_from_the_listing(void **state)
{
    (void)state;
    check_refused(listing_read_alembic,
                  "a1 (plugin) -> a2 (head), \np1 -> p2 (plugin) (effective head), \n<base> -> p1 (plugin), \n<base> -> a1, \n",
                  "revision a2 depends on the branch label plugin");
}

static void a_dependency_that_is_not_there_is_left_to_the_judge(void **state)
{
    (void)state;
    check_listed(listing_read_alembic, "<base> (gone) -> a2 (plugin) (head), \n", "a2(gone)\n");
}

static void djangos_script_tells_everything(void **state)
{
    (void)state;
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    static const char text[] =
        "\n {\"framework\": \"django\", \"version\": \"4.2\", \"apps_without_migrations\": [\"messages\"],\n"
        "\"migrations\": [\n"
        " {\"app\": \"shop\", \"name\": \"0001\", \"replaces\": [], \"parents\": [[\"users\", \"0001\"]]},\n"
        " {\"app\": \"users\", \"name\": \"0001\", \"replaces\": [[\"users\", \"0000\"]], \"parents\": []}],\n"
        "\"tenants\": {\"table\": \"customers_client\", \"public_schema\": \"shared\"}}\n";
    check_listed(listing_read_django, text, "shop.0001<users.0001>\nusers.0001{users.0000}\n");
    assert_int_equal(listing_read_django(text, strlen(text), &expected, &err), 0);
    assert_true(expected.django_tenants);
    assert_string_equal(expected.tenant_table, "customers_client");
    assert_string_equal(expected.public_schema, "shared");
}

static void an_app_of_the_tenant_packages_tells_that_there_are_tenants(void **state)
{
    (void)state;
    static const struct {
        const char *apps;
        bool tenants;
    } cases[] = {{"[\"django_tenants\"]", true}, {"[\"messages\", \"tenant_schemas\"]", true}, {"[\"messages\", 7]", false}, {"7", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct expected _cleanup_expected_ expected = EXPECTED_INIT;
        struct err _cleanup_err_ err = ERR_INIT;
        char _cleanup_free_ *text = mem_printf("{\"framework\": \"django\", \"apps_without_migrations\": %s, \"migrations\": "
                                               "[{\"app\": \"a\", \"name\": \"1\", \"replaces\": [], \"parents\": []}]}",
                                               cases[i].apps);
        assert_int_equal(listing_read_django(text, strlen(text), &expected, &err), 0);
        assert_int_equal(expected.django_tenants, cases[i].tenants);
        assert_null(expected.tenant_table);
    }
}

static void pairs_are_two_texts(void **state)
{
    (void)state;
    static const char *const pairs[] = {"[]", "[\"b\"]", "[\"b\", \"1\", \"c\"]", "[\"\", \"1\"]", "[\"b\", \"\"]", "[7, \"1\"]", "[\"b\", 7]",
                                        "[null, null]", "\"b.1\"", "7"};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char _cleanup_free_ *text = mem_printf("{\"framework\": \"django\", \"migrations\": [{\"app\": \"a\", \"name\": \"1\", "
                                               "\"replaces\": [], \"parents\": [%s]}]}",
                                               pairs[i]);
        check_refused(listing_read_django, text, "no lists of [app, name]");
    }
}

static void damaged_json_is_refused(void **state)
{
    (void)state;
    check_refused(listing_read_django, "", "nothing came");
    check_refused(listing_read_django, " \n", "nothing came");
    check_refused(listing_read_django, "{\"framework\": \"django\", \"migrations\": [", "damaged JSON");
    check_refused(listing_read_django, "{}", "not of the script for Django");
    check_refused(listing_read_django, "{\"framework\": \"rails\", \"migrations\": []}", "not of the script for Django");
    check_refused(listing_read_django, "{\"framework\": \"django\", \"migrations\": []}", "it lists no migrations");
    check_refused(listing_read_django, "{\"framework\": \"django\", \"migrations\": [7]}", "without app or name");
    check_refused(listing_read_django, "{\"framework\": \"django\", \"migrations\": [{\"app\": \"a\"}]}", "without app or name");
    check_refused(listing_read_django, "{\"framework\": \"django\", \"migrations\": [{\"name\": \"1\"}]}", "without app or name");
    check_refused(listing_read_django, "{\"framework\": \"django\", \"migrations\": [{\"app\": \"a\", \"name\": \"\"}]}", "without app or name");
    check_refused(listing_read_django, "{\"framework\": \"django\", \"migrations\": [{\"app\": \"\", \"name\": \"1\"}]}", "without app or name");
    check_refused(listing_read_django, "{\"framework\": \"django\", \"migrations\": [{\"app\": \"a\", \"name\": \"1\"}]}", "no lists of [app, name]");
    check_refused(listing_read_django,
                  "{\"framework\": \"django\", \"migrations\": [{\"app\": \"a\", \"name\": \"1\", \"replaces\": [], \"parents\": [[\"b\"]]}]}",
                  "no lists of [app, name]");
    check_refused(listing_read_django,
                  "{\"framework\": \"django\", \"migrations\": [{\"app\": \"a\", \"name\": \"1\", \"replaces\": [\"b.2\"], \"parents\": []}]}",
                  "no lists of [app, name]");
}

static void a_plan_is_a_flat_list(void **state)
{
    (void)state;
    check_listed(listing_read_django,
                 "[X]  contenttypes.0001_initial\r\n[ ]  shop.0001_initial\n\n[-]  shop.0001_squashed ... (shop.0001_initial)\n",
                 "contenttypes.0001_initial?\nshop.0001_initial?\nshop.0001_squashed?\n");
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    assert_int_equal(listing_read_django("[ ]  a.1", 8, &expected, &err), 0);
    check_has(expected.notices.items[0], "a flat list");
}

static void what_is_no_plan_is_refused(void **state)
{
    (void)state;
    check_refused(listing_read_django, "shop\n [X] 0001_initial\n", "line 1: neither JSON nor");
    check_refused(listing_read_django, "[ ]  a.1\nTraceback (most recent call last):\n", "line 2: neither JSON nor");
    check_refused(listing_read_django, "[ ]  (no migrations)\n", "line 1: neither JSON nor");
    check_refused(listing_read_django, "[Y]  a.1\n", "line 1: neither JSON nor");
    check_refused(listing_read_django, "[X}  a.1\n", "line 1: neither JSON nor");
    check_refused(listing_read_django, "(X]  a.1\n", "line 1: neither JSON nor");
    check_refused(listing_read_django, "[ ]  \n", "line 1: neither JSON nor");
    check_refused(listing_read_django, "[ ]\n", "line 1: neither JSON nor");
    check_refused(listing_read_django, "[ ]  a.1\n[X]  a.1\n", "is there twice");
}

static void the_script_that_is_printed_is_the_one_in_the_source(void **state)
{
    (void)state;
    assert_true(strlen(listing_django_script) > 500);
    check_has(listing_django_script, "MigrationLoader(None, ignore_no_migrations=True, replace_migrations=False)");
    check_has(listing_django_script, "DJANGO_SETTINGS_MODULE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alembics_history_tells_parents_and_dependencies),
        cmocka_unit_test(a_message_may_go_on_over_further_lines),
        cmocka_unit_test(a_part_of_alembics_history_is_not_taken_for_the_whole),
        cmocka_unit_test(what_is_no_history_of_alembic_is_refused),
        cmocka_unit_test(a_dependency_by_branch_label_cannot_be_told_from_the_listing),
        cmocka_unit_test(a_dependency_that_is_not_there_is_left_to_the_judge),
        cmocka_unit_test(djangos_script_tells_everything),
        cmocka_unit_test(an_app_of_the_tenant_packages_tells_that_there_are_tenants),
        cmocka_unit_test(pairs_are_two_texts),
        cmocka_unit_test(damaged_json_is_refused),
        cmocka_unit_test(a_plan_is_a_flat_list),
        cmocka_unit_test(what_is_no_plan_is_refused),
        cmocka_unit_test(the_script_that_is_printed_is_the_one_in_the_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
