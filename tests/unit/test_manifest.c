/* The model of what an image expects, its digest, and the manifest file: what is damaged is never believed. */
#include "judging.h"

#include "expected/manifest.h"

static enum framework framework_of(const char *name)
{
    return strcmp(name, "django") == 0 ? FRAMEWORK_DJANGO : strcmp(name, "alembic") == 0 ? FRAMEWORK_ALEMBIC : FRAMEWORK_AUTO;
}

static const struct line shop[] = {
    {"shop.0002", "shop.0001 users.0001"},
    {"shop.0001"},
    {"users.0001"},
    {"users.0001_squashed", "", "users.0001 users.0000"},
    {.id = NULL},
};

static char *digest_of(const struct line *lines, enum framework framework)
{
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    expect(&expected, framework, lines);
    return expected_digest(&expected);
}

static void migrations_are_ordered_and_each_is_there_once(void **state)
{
    (void)state;
    struct expected _cleanup_expected_ expected = EXPECTED_INIT, twice = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    expect(&expected, FRAMEWORK_DJANGO, shop);
    assert_string_equal(expected.items[0].id, "shop.0001");
    assert_string_equal(expected.items[3].id, "users.0001_squashed");
    check_list(&expected.items[3].replaces, "users.0000|users.0001");
    expected_add(&twice, "a.1")->file = mem_strdup("x/1.py");
    expected_add(&twice, "a.1")->file = mem_strdup("y/1\n.py");
    check_err(expected_finish(&twice, &err), &err, ERR_NO_EXPECTED, "migration a.1 is there twice: in ");
    check_has(err.msg, "1\\n.py");
    struct expected _cleanup_expected_ listed = EXPECTED_INIT;
    expected_add(&listed, "a.1")->file = mem_strdup("x/1.py");
    expected_add(&listed, "a.1");
    assert_int_equal(expected_finish(&listed, &err), -1);
    assert_string_equal(err.msg, "migration a.1 is there twice");
}

static void repeated_edges_count_once(void **state)
{
    (void)state;
    char _cleanup_free_ *once = digest_of((const struct line[]){{"a.1"}, {"a.2", "a.1"}, {.id = NULL}}, FRAMEWORK_DJANGO);
    char _cleanup_free_ *twice = digest_of((const struct line[]){{"a.2", "a.1 a.1"}, {"a.1"}, {.id = NULL}}, FRAMEWORK_DJANGO);
    assert_string_equal(once, twice);
}

static void the_digest_tells_every_expectation_from_every_other(void **state)
{
    (void)state;
    static const struct line variants[][4] = {
        {{"a.1"}, {"a.2"}, {.id = NULL}},
        {{"a.1"}, {"a.2", "a.1"}, {.id = NULL}},
        {{"a.1"}, {"a.2", "", "a.1"}, {.id = NULL}},
        {{"a.1"}, {"a.2", .depends = "a.1"}, {.id = NULL}},
        {{"a.1"}, {"a.2", .parents_unknown = true}, {.id = NULL}},
        {{"a.1", "a.2"}, {"a.2"}, {.id = NULL}},
        {{"a.1"}, {"a.3"}, {.id = NULL}},
        {{"a.1"}, {.id = NULL}},
        {{"a.1Pa.2"}, {.id = NULL}},
        {{.id = NULL}},
    };
    struct strv _cleanup_strv_ digests = STRV_INIT;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        strv_take(&digests, digest_of(variants[i], FRAMEWORK_DJANGO));
    strv_take(&digests, digest_of(variants[0], FRAMEWORK_ALEMBIC));
    assert_int_equal(strv_unique(&digests), 0);
    for (size_t i = 0; i < digests.count; i++)
        assert_int_equal(strlen(digests.items[i]), strlen("sha256:") + 64);
}

static void the_digest_stays_the_same_from_version_to_version(void **state)
{
    (void)state;
    /* Manifests are kept in images: a digest that changes would close the gate of every one of them. */
    char _cleanup_free_ *digest = digest_of(shop, FRAMEWORK_DJANGO);
    assert_string_equal(digest, "sha256:d089198421f96e94c8b8b088e503d666cfc69a328d86cb020db856d76194a5bf");
}

static char *written(struct expected *expected)
{
    expected->table = mem_strdup("history");
    expected->schema = mem_strdup("s");
    expected->django_tenants = true;
    expected->tenant_table = mem_strdup("customers_client");
    expected->public_schema = mem_strdup("shared");
    return manifest_write(expected, "django");
}

static int read_text(const char *text, struct expected *ret, struct err *err)
{
    return manifest_read("m\n.json", text, strlen(text), framework_of, ret, err);
}

static void what_is_written_is_read_back_the_same(void **state)
{
    (void)state;
    struct expected _cleanup_expected_ expected = EXPECTED_INIT, back = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    expect(&expected, FRAMEWORK_DJANGO, shop);
    expected.items[0].parents_unknown = true;
    char _cleanup_free_ *text = written(&expected);
    if (read_text(text, &back, &err) != 0)
        fail_msg("%s", err.msg);
    char _cleanup_free_ *one = expected_digest(&expected), *two = expected_digest(&back);
    assert_string_equal(one, two);
    assert_int_equal(back.framework, FRAMEWORK_DJANGO);
    assert_string_equal(back.table, "history");
    assert_string_equal(back.schema, "s");
    assert_true(back.django_tenants);
    assert_string_equal(back.tenant_table, "customers_client");
    assert_string_equal(back.public_schema, "shared");
    assert_true(back.items[0].parents_unknown);
    check_list(&back.items[1].parents, "shop.0001|users.0001");
    char _cleanup_free_ *again = manifest_write(&back, "django");
    assert_string_equal(text, again);
}

static void parents_that_are_partly_known_are_kept(void **state)
{
    (void)state;
    /* A compiled file before which another migration must run (run_before). */
    struct expected _cleanup_expected_ expected = EXPECTED_INIT, back = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    expect(&expected, FRAMEWORK_DJANGO, (const struct line[]){{"a.1"}, {"b.1", "a.1", .parents_unknown = true}, {.id = NULL}});
    char _cleanup_free_ *text = manifest_write(&expected, "django");
    if (read_text(text, &back, &err) != 0)
        fail_msg("%s", err.msg);
    assert_true(back.items[1].parents_unknown);
    check_list(&back.items[1].parents, "a.1");
}

static void dependencies_of_alembic_are_kept_apart(void **state)
{
    (void)state;
    struct expected _cleanup_expected_ expected = EXPECTED_INIT, back = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    expect(&expected, FRAMEWORK_ALEMBIC, (const struct line[]){{"a1"}, {"b1"}, {"b2", "b1", .depends = "a1"}, {.id = NULL}});
    char _cleanup_free_ *text = manifest_write(&expected, "alembic");
    assert_int_equal(read_text(text, &back, &err), 0);
    assert_int_equal(back.framework, FRAMEWORK_ALEMBIC);
    check_list(&back.items[2].parents, "b1");
    check_list(&back.items[2].depends, "a1");
    assert_false(back.django_tenants);
    assert_null(back.table);
}

static void check_refused(const char *text, const char *part)
{
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    check_err(read_text(text, &expected, &err), &err, ERR_NO_EXPECTED, part);
    check_has(err.msg, "m\\n.json");
    check_has(err.hint, "Make the manifest again");
    assert_int_equal(expected.count, 0);
}

static void what_is_no_manifest_is_refused(void **state)
{
    (void)state;
    check_refused("", "is empty");
    check_refused("\n", "is damaged");
    check_refused("hello", "line 1: is damaged");
    check_refused("[]", "is no manifest of tenantgate");
    check_refused("{}", "is no manifest of tenantgate");
    check_refused("{\"tenantgate_manifest\": \"1\"}", "is no manifest of tenantgate");
    check_refused("{\"tenantgate_manifest\": 2}", "made by another version");
    check_refused("{\"tenantgate_manifest\": 0}", "made by another version");
    check_refused("{\"tenantgate_manifest\": 1}", "are missing");
    check_refused("{\"tenantgate_manifest\": 1, \"framework\": \"django\", \"digest\": \"x\", \"migrations\": {}}", "are missing");
    check_refused("{\"tenantgate_manifest\": 1, \"digest\": \"x\", \"migrations\": []}", "are missing");
    check_refused("{\"tenantgate_manifest\": 1, \"framework\": \"django\", \"migrations\": []}", "are missing");
    check_refused("{\"tenantgate_manifest\": 1, \"framework\": \"rails\", \"digest\": \"x\", \"migrations\": []}", "does not know");
    check_refused("{\"tenantgate_manifest\": 1, \"tenantgate_manifest\": 1}", "is damaged: duplicate object key");
}

static void a_manifest_of_nothing_is_refused(void **state)
{
    (void)state;
    struct expected _cleanup_expected_ expected = {.framework = FRAMEWORK_DJANGO};
    char _cleanup_free_ *text = manifest_write(&expected, "django");
    check_refused(text, "lists no migrations");
}

static void a_manifest_that_was_cut_short_is_refused_wherever_it_was_cut(void **state)
{
    (void)state;
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    expect(&expected, FRAMEWORK_DJANGO, shop);
    char _cleanup_free_ *text = written(&expected);
    size_t whole = strlen(text) - 2; /* without the last brace */
    for (size_t len = 1; len <= whole; len++) {
        char _cleanup_free_ *cut = mem_strndup(text, len);
        check_refused(cut, "is damaged");
    }
}

/* The manifest with the first `from` replaced. */
static char *edited(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    return mem_printf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void a_manifest_that_was_edited_is_refused(void **state)
{
    (void)state;
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    expect(&expected, FRAMEWORK_DJANGO, shop);
    char _cleanup_free_ *text = written(&expected);
    static const char *const edits[][2] = {
        {"shop.0002", "shop.0003"},     {"\"shop.0001\",\n        \"users.0001\"", "\"users.0001\""},
        {"users.0000", "users.0009"},   {"\"replaces\"", "\"replaced\""},
        {"\"parents\": []", "\"parents_unknown\": true"},
        {"\"framework\": \"django\"", "\"framework\": \"alembic\""},
    };
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        char _cleanup_free_ *changed = edited(text, edits[i][0], edits[i][1]);
        check_refused(changed, "its digest does not fit its content");
    }
    char _cleanup_free_ *no_id = edited(text, "\"id\": \"shop.0001\"", "\"id\": \"\""),
                        *no_list = edited(text, "\"parents\": []", "\"parents\": \"x\""),
                        *no_text = edited(text, "\"users.0000\"", "7"), *twice = edited(text, "shop.0002", "shop.0001");
    check_refused(no_id, "a migration without an id");
    check_refused(no_list, "something else than ids in its lists");
    check_refused(no_text, "something else than ids in its lists");
    check_refused(twice, "is there twice");
}

static void names_that_are_hard_to_write_survive(void **state)
{
    (void)state;
    struct expected _cleanup_expected_ expected = EXPECTED_INIT, back = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    expected.framework = FRAMEWORK_DJANGO;
    expected_add(&expected, "shop.00\"1\\_\x1b\n");
    expected_add(&expected, "shop.\xc3\xa4\xf0\x9f\x90\x98");
    assert_int_equal(expected_finish(&expected, &err), 0);
    char _cleanup_free_ *text = manifest_write(&expected, "django");
    if (read_text(text, &back, &err) != 0)
        fail_msg("%s", err.msg);
    assert_string_equal(back.items[0].id, "shop.00\"1\\_\x1b\n");
    assert_string_equal(back.items[1].id, "shop.\xc3\xa4\xf0\x9f\x90\x98");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(migrations_are_ordered_and_each_is_there_once),
        cmocka_unit_test(repeated_edges_count_once),
        cmocka_unit_test(the_digest_tells_every_expectation_from_every_other),
        cmocka_unit_test(the_digest_stays_the_same_from_version_to_version),
        cmocka_unit_test(what_is_written_is_read_back_the_same),
        cmocka_unit_test(parents_that_are_partly_known_are_kept),
        cmocka_unit_test(dependencies_of_alembic_are_kept_apart),
        cmocka_unit_test(what_is_no_manifest_is_refused),
        cmocka_unit_test(a_manifest_of_nothing_is_refused),
        cmocka_unit_test(a_manifest_that_was_cut_short_is_refused_wherever_it_was_cut),
        cmocka_unit_test(a_manifest_that_was_edited_is_refused),
        cmocka_unit_test(names_that_are_hard_to_write_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
