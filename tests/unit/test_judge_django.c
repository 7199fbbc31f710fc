/* Django's verdicts by name: each state that FRAMEWORKS describe, and what Django 6 adds. tests/oracle compares with
 * Django itself on random ones. */
#include "judging.h"

#define DJANGO(lines, ...)                                                                                             \
    check_verdicts(FRAMEWORK_DJANGO, (lines), (const char *const[]){__VA_ARGS__, NULL})
#define CONTRADICTS(part, ...)                                                                                         \
    check_contradiction(FRAMEWORK_DJANGO, (const struct line[]){__VA_ARGS__, {.id = NULL}}, (part))

static void a_plain_history_is_compared_by_its_leaves(void **state)
{
    (void)state;
    static const struct line lines[] = {{"shop.0001"}, {"shop.0002", "shop.0001"}, {"users.0001", "shop.0001"}, {.id = NULL}};
    DJANGO(lines, "", "pending: shop.0001; shop.0002; users.0001",
           "shop.0001 shop.0002 users.0001", "open",
           "shop.0001 users.0001", "pending: shop.0002",
           "shop.0001 shop.0002", "pending: users.0001",
           "shop.0001 shop.0002 users.0001 gone.0001", "open",
           "Shop.0001 shop.0001 users.0001", "pending: shop.0002");
}

static void what_is_applied_before_its_dependency_is_inconsistent_and_that_is_pending(void **state)
{
    (void)state;
    static const struct line lines[] = {{"shop.0001"}, {"shop.0002", "shop.0001"}, {"shop.0003", "shop.0002"}, {.id = NULL}};
    DJANGO(lines, "shop.0003", "inconsistent: shop.0003 is applied before its dependency shop.0002\npending: shop.0002",
           "shop.0001 shop.0003", "inconsistent: shop.0003 is applied before its dependency shop.0002\npending: shop.0002");
}

/* A squash while its originals are still there. */
static const struct line squashed[] = {
    {"shop.0001"},
    {"shop.0002", "shop.0001"},
    {"shop.0001_squashed_0002", "", "shop.0001 shop.0002"},
    {"shop.0003", "shop.0002"},
    {.id = NULL},
};

static void a_squash_takes_the_place_of_originals_that_are_all_or_not_at_all_applied(void **state)
{
    (void)state;
    DJANGO(squashed, "", "pending: shop.0001_squashed_0002; shop.0003",
           "shop.0001 shop.0002 shop.0003", "open",
           "shop.0001 shop.0002 shop.0001_squashed_0002 shop.0003", "open",
           "shop.0001 shop.0002", "pending: shop.0003");
}

static void a_squash_that_is_partly_applied_steps_aside(void **state)
{
    (void)state;
    DJANGO(squashed, "shop.0001", "pending: shop.0002; shop.0003");
}

static void what_follows_a_squash_hangs_on_the_last_original_once_it_steps_aside(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {"shop.0001"}, {"shop.0002", "shop.0001"}, {"shop.0003", "shop.0002"},
        {"shop.0001_squashed_0003", "", "shop.0001 shop.0002 shop.0003"}, {"shop.0004", "shop.0001_squashed_0003"}, {.id = NULL}};
    DJANGO(lines, "shop.0001", "pending: shop.0002; shop.0003; shop.0004",
           "shop.0001 shop.0002 shop.0003", "pending: shop.0004",
           "", "pending: shop.0001_squashed_0003; shop.0004");
}

static void a_recorded_squash_without_its_originals_rows_counts_as_djangos_planner_counts(void **state)
{
    (void)state;
    DJANGO(squashed, "shop.0001_squashed_0002 shop.0003", "open",
           "shop.0001_squashed_0002", "pending: shop.0001_squashed_0002; shop.0003");
}

/* The originals are deleted, and what follows hangs on the squash. */
static const struct line pruned[] = {
    {"shop.0001_squashed_0002", "", "shop.0001 shop.0002"},
    {"shop.0003", "shop.0001_squashed_0002"},
    {.id = NULL},
};

static void rows_of_deleted_originals_stand_for_their_squash(void **state)
{
    (void)state;
    DJANGO(pruned, "shop.0001 shop.0002 shop.0003", "open",
           "shop.0001 shop.0002", "pending: shop.0003",
           "shop.0003",
           "inconsistent: shop.0003 is applied before its dependency shop.0001_squashed_0002\npending: shop.0001_squashed_0002",
           "", "pending: shop.0001_squashed_0002; shop.0003");
}

static void a_partly_applied_squash_without_its_originals_is_a_hole(void **state)
{
    (void)state;
    DJANGO(pruned, "shop.0001 shop.0003",
           "inconsistent: shop.0002 was never applied here, and the image has only its squash shop.0001_squashed_0002, which "
           "cannot be used because other parts of it are applied",
           "shop.0001",
           "inconsistent: shop.0002 was never applied here, and the image has only its squash shop.0001_squashed_0002, which "
           "cannot be used because other parts of it are applied\npending: shop.0003",
           /* Recorded itself: then somebody ran it, and rows of originals were only partly cleaned up. */
           "shop.0001 shop.0001_squashed_0002 shop.0003", "open");
}

static void what_depends_on_a_deleted_original_of_a_partly_applied_squash_stops_django(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {"shop.0001_squashed_0002", "", "shop.0001 shop.0002"}, {"users.0001", "shop.0002"}, {.id = NULL}};
    DJANGO(lines, "shop.0001 shop.0002 users.0001", "open",
           "shop.0001 users.0001",
           "conflicts: users.0001 depends on shop.0002, which is not in the image, and whose squash is only partly applied\n"
           "inconsistent: users.0001 is applied before its dependency shop.0002; shop.0002 was never applied here, and the image "
           "has only its squash shop.0001_squashed_0002, which cannot be used because other parts of it are applied\n"
           "pending: shop.0002");
}

static void once_replaces_is_removed_only_the_squashs_own_row_counts(void **state)
{
    (void)state;
    static const struct line lines[] = {{"shop.0001_squashed_0002"}, {"shop.0003", "shop.0001_squashed_0002"}, {.id = NULL}};
    DJANGO(lines, "shop.0001_squashed_0002 shop.0003", "open",
           "shop.0001 shop.0002 shop.0003",
           "inconsistent: shop.0003 is applied before its dependency shop.0001_squashed_0002\npending: shop.0001_squashed_0002");
}

/* Django 6: a squash of a squash. */
static const struct line nested[] = {
    {"shop.0001"},
    {"shop.0002", "shop.0001"},
    {"shop.0001_squashed_0002", "", "shop.0001 shop.0002"},
    {"shop.0003", "shop.0002"},
    {"shop.0001_squashed_0003", "", "shop.0001_squashed_0002 shop.0003"},
    {"shop.0004", "shop.0003"},
    {.id = NULL},
};

static void a_squash_of_a_squash_stands_for_the_plain_originals(void **state)
{
    (void)state;
    DJANGO(nested, "", "pending: shop.0001_squashed_0003; shop.0004",
           "shop.0001 shop.0002 shop.0003 shop.0004", "open",
           "shop.0001 shop.0002 shop.0004", "inconsistent: shop.0004 is applied before its dependency shop.0003\npending: shop.0003",
           "shop.0001 shop.0002", "pending: shop.0003; shop.0004",
           "shop.0001", "pending: shop.0002; shop.0003; shop.0004");
}

static void a_squash_within_a_squash_leaves_no_hole_where_nothing_is_applied(void **state)
{
    (void)state;
    static const struct line lines[] = {{"shop.0001_squashed_0002", "", "shop.0001 shop.0002"},
                                        {"shop.0001_squashed_0003", "", "shop.0001_squashed_0002 shop.0003"},
                                        {"shop.0004", "shop.0001_squashed_0003"},
                                        {.id = NULL}};
    DJANGO(lines, "", "pending: shop.0001_squashed_0003; shop.0004",
           "shop.0001 shop.0002 shop.0003 shop.0004", "open");
}

static void squashes_that_replace_each_other_are_a_contradiction(void **state)
{
    (void)state;
    CONTRADICTS("squashed migrations replace each other in a circle: shop.a and shop.b", {"shop.a", "", "shop.b"}, {"shop.b", "", "shop.a"});
    CONTRADICTS("replace each other in a circle: shop.a", {"shop.a", "", "shop.a"});
    CONTRADICTS("replace each other in a circle: shop.b", {"shop.a", "", "shop.b x.1"}, {"shop.b", "", "shop.b x.2"});
}

static void many_squashes_one_within_the_other_are_no_trouble(void **state)
{
    (void)state;
    struct expected _cleanup_expected_ expected = {.framework = FRAMEWORK_DJANGO};
    struct judge _cleanup_judge_ judge = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    for (int i = 0; i < 20000; i++) {
        char _cleanup_free_ *id = mem_printf("a.%05d", i);
        struct migration *migration = expected_add(&expected, id);
        if (i > 0)
            strv_take(&migration->replaces, mem_printf("a.%05d", i - 1));
    }
    assert_int_equal(expected_finish(&expected, &err), 0);
    assert_int_equal(judge_make(&expected, &judge, &err), 0);
    char _cleanup_free_ *open = verdict_on(&judge, "a.00000"), *closed = verdict_on(&judge, "a.19999x");
    assert_string_equal(open, "open");
    assert_string_equal(closed, "pending: a.19999");
}

static void several_leaves_of_an_app_are_a_contradiction(void **state)
{
    (void)state;
    CONTRADICTS("contradict each other: shop.0002_a, shop.0002_b and shop.0002_c are each the last migration of the app shop",
                {"shop.0001"}, {"shop.0002_a", "shop.0001"}, {"shop.0002_b", "shop.0001"}, {"shop.0002_c", "shop.0001"});
    CONTRADICTS("a.0001 and a.0002 are each the last migration of the app a (and more)", {"a.0001"}, {"a.0002"}, {"b.0001"}, {"b.0002"});
    /* The labels are compared whole. */
    static const struct line lines[] = {{"a.0001"}, {"a_b.0001"}, {"ab.0001"}, {.id = NULL}};
    DJANGO(lines, "a.0001 a_b.0001 ab.0001", "open");
}

static void a_missing_dependency_is_a_contradiction(void **state)
{
    (void)state;
    CONTRADICTS("shop.0002 depends on shop.0001, which is not in the image", {"shop.0002", "shop.0001"});
    CONTRADICTS("shop.0001 depends on users.0001, which is not in the image", {"shop.0001", "users.0001"});
}

static void a_missing_dependency_of_a_squash_stays_one_when_the_squash_steps_aside(void **state)
{
    (void)state;
    CONTRADICTS("shop.0001_squashed_0002 depends on users.0404, which is not in the image", {"shop.0001"}, {"shop.0002", "shop.0001"},
                {"shop.0001_squashed_0002", "users.0404", "shop.0001 shop.0002"});
}

static void each_contradiction_has_its_own_advice(void **state)
{
    (void)state;
    static const struct {
        struct line lines[4];
        const char *message, *hint;
    } cases[] = {
        {{{"a.2", "a.1"}, {.id = NULL}},
         "the image's migrations contradict each other: a.2 depends on a.1, which is not in the image", "Is the migration file missing"},
        {{{"a.1", "a.2"}, {"a.2", "a.1"}, {.id = NULL}},
         "the image's migrations contradict each other: they depend on each other in a circle: a.1 and a.2", "Correct the dependencies"},
        {{{"a.1"}, {"a.2"}, {.id = NULL}},
         "the image's migrations contradict each other: a.1 and a.2 are each the last migration of the app a", "makemigrations --merge"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct expected _cleanup_expected_ expected = EXPECTED_INIT;
        struct judge _cleanup_judge_ judge = {0};
        struct err _cleanup_err_ err = ERR_INIT;
        expect(&expected, FRAMEWORK_DJANGO, cases[i].lines);
        assert_int_equal(judge_make(&expected, &judge, &err), -1);
        assert_string_equal(err.msg, cases[i].message);
        check_has(err.hint, cases[i].hint);
    }
}

static void a_circle_is_a_contradiction(void **state)
{
    (void)state;
    CONTRADICTS("they depend on each other in a circle: a.0001 and b.0001", {"a.0001", "b.0001"}, {"b.0001", "a.0001"});
    CONTRADICTS("in a circle: a.0001", {"a.0001", "a.0001"});
    CONTRADICTS("in a circle: a.0002, c.0001 and b.0001", {"a.0001"}, {"a.0002", "a.0001 c.0001"}, {"b.0001", "a.0002"}, {"c.0001", "b.0001"},
                {"d.0001", "a.0002"});
    /* A squash that depends on what it replaces. */
    CONTRADICTS("in a circle: a.0001_squashed", {"a.0001"}, {"a.0001_squashed", "a.0001", "a.0001"});
}

static void a_circle_that_only_a_squash_closes_is_one(void **state)
{
    (void)state;
    CONTRADICTS("in a circle: a.0001_squashed_0002 and b.0001", {"a.0001"}, {"a.0002", "a.0001 b.0001"}, {"b.0001", "a.0001"},
                {"a.0001_squashed_0002", "b.0001", "a.0001 a.0002"});
}

static void a_circle_among_what_a_squash_replaces_is_none(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {"a.0001", "a.0002"}, {"a.0002", "a.0001"}, {"a.0001_squashed_0002", "", "a.0001 a.0002"}, {.id = NULL}};
    DJANGO(lines, "a.0001 a.0002", "open",
           "", "pending: a.0001_squashed_0002",
           "a.0001",
           "conflicts: they depend on each other in a circle: a.0001 and a.0002\n"
           "inconsistent: a.0001 is applied before its dependency a.0002\npending: a.0002");
}

static void a_flat_list_is_judged_row_by_row(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {"shop.0001", .parents_unknown = true}, {"shop.0002", .parents_unknown = true}, {"shop.0003", .parents_unknown = true}, {.id = NULL}};
    DJANGO(lines, "shop.0001 shop.0002 shop.0003", "open",
           "shop.0001 shop.0003", "pending: shop.0002",
           "shop.0003", "pending: shop.0001; shop.0002");
}

static void a_compiled_file_among_sources_must_be_applied(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {"shop.0001"}, {"shop.0002", .parents_unknown = true}, {"shop.0003", "shop.0002"}, {.id = NULL}};
    DJANGO(lines, "shop.0001 shop.0002 shop.0003", "open",
           "shop.0001 shop.0003", "inconsistent: shop.0003 is applied before its dependency shop.0002\npending: shop.0002",
           "shop.0002 shop.0003", "pending: shop.0001");
}

static void nothing_expected_is_never_a_reason_to_open(void **state)
{
    (void)state;
    check_contradiction(FRAMEWORK_DJANGO, (const struct line[]){{.id = NULL}}, "expects no migrations at all");
}

static void ids_have_one_dot(void **state)
{
    (void)state;
    CONTRADICTS("'shop' is no Django migration", {"shop"});
    CONTRADICTS("'shop.' is no Django migration", {"shop."});
    CONTRADICTS("'.0001' is no Django migration", {".0001"});
    CONTRADICTS("'shop.a.b' is no Django migration", {"shop.a.b"});
    CONTRADICTS("'x' is no Django migration", {"shop.0001", "x"});
}

static void applied_counts_what_is_there(void **state)
{
    (void)state;
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct judge _cleanup_judge_ judge = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    struct verdict _cleanup_verdict_ verdict = {0};
    expect(&expected, FRAMEWORK_DJANGO, squashed);
    assert_int_equal(judge_make(&expected, &judge, &err), 0);
    struct recorded _cleanup_recorded_ recorded = {0};
    recorded_init(&judge, &recorded);
    recorded_add(&judge, "shop.0001", &recorded);
    recorded_add(&judge, "shop.0002", &recorded);
    judge_tenant(&judge, &recorded, &verdict);
    assert_int_equal(verdict.applied, 1); /* the squash in their place */
    check_list(&verdict.pending, "shop.0003");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_history_is_compared_by_its_leaves),
        cmocka_unit_test(what_is_applied_before_its_dependency_is_inconsistent_and_that_is_pending),
        cmocka_unit_test(a_squash_takes_the_place_of_originals_that_are_all_or_not_at_all_applied),
        cmocka_unit_test(a_squash_that_is_partly_applied_steps_aside),
        cmocka_unit_test(what_follows_a_squash_hangs_on_the_last_original_once_it_steps_aside),
        cmocka_unit_test(a_recorded_squash_without_its_originals_rows_counts_as_djangos_planner_counts),
        cmocka_unit_test(rows_of_deleted_originals_stand_for_their_squash),
        cmocka_unit_test(a_partly_applied_squash_without_its_originals_is_a_hole),
        cmocka_unit_test(what_depends_on_a_deleted_original_of_a_partly_applied_squash_stops_django),
        cmocka_unit_test(once_replaces_is_removed_only_the_squashs_own_row_counts),
        cmocka_unit_test(a_squash_of_a_squash_stands_for_the_plain_originals),
        cmocka_unit_test(a_squash_within_a_squash_leaves_no_hole_where_nothing_is_applied),
        cmocka_unit_test(squashes_that_replace_each_other_are_a_contradiction),
        cmocka_unit_test(many_squashes_one_within_the_other_are_no_trouble),
        cmocka_unit_test(several_leaves_of_an_app_are_a_contradiction),
        cmocka_unit_test(a_missing_dependency_is_a_contradiction),
        cmocka_unit_test(a_missing_dependency_of_a_squash_stays_one_when_the_squash_steps_aside),
        cmocka_unit_test(each_contradiction_has_its_own_advice),
        cmocka_unit_test(a_circle_is_a_contradiction),
        cmocka_unit_test(a_circle_that_only_a_squash_closes_is_one),
        cmocka_unit_test(a_circle_among_what_a_squash_replaces_is_none),
        cmocka_unit_test(a_flat_list_is_judged_row_by_row),
        cmocka_unit_test(a_compiled_file_among_sources_must_be_applied),
        cmocka_unit_test(nothing_expected_is_never_a_reason_to_open),
        cmocka_unit_test(ids_have_one_dot),
        cmocka_unit_test(applied_counts_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
