/* Alembic's verdicts by name: the table holds heads, not a list. tests/oracle compares with Alembic itself. */
#include "judging.h"

#define ALEMBIC(lines, ...)                                                                                            \
    check_verdicts(FRAMEWORK_ALEMBIC, (lines), (const char *const[]){__VA_ARGS__, NULL})
#define CONTRADICTS(part, ...)                                                                                         \
    check_contradiction(FRAMEWORK_ALEMBIC, (const struct line[]){__VA_ARGS__, {.id = NULL}}, (part))

static void the_row_of_a_head_means_all_below_it(void **state)
{
    (void)state;
    static const struct line lines[] = {{"a1"}, {"b2", "a1"}, {"c3", "b2"}, {.id = NULL}};
    ALEMBIC(lines, "", "pending: a1; b2; c3",
            "a1", "pending: b2; c3",
            "b2", "pending: c3",
            "c3", "open");
}

static void a_branched_history_has_a_row_for_each_head(void **state)
{
    (void)state;
    static const struct line lines[] = {{"a1"}, {"b2", "a1"}, {"c3", "a1"}, {.id = NULL}};
    ALEMBIC(lines, "b2 c3", "open",
            "b2", "pending: c3",
            "a1", "pending: b2; c3");
}

static void a_merge_joins_them_again(void **state)
{
    (void)state;
    static const struct line lines[] = {{"a1"}, {"b2", "a1"}, {"c3", "a1"}, {"d4", "b2 c3"}, {.id = NULL}};
    ALEMBIC(lines, "d4", "open",
            "b2 c3", "pending: d4",
            "c3", "pending: b2; d4");
}

static void what_is_depended_on_has_no_row_of_its_own(void **state)
{
    (void)state;
    static const struct line lines[] = {{"a1"}, {"x1"}, {"x2", "x1", .depends = "a1"}, {.id = NULL}};
    ALEMBIC(lines, "x2", "open",
            "x2 a1", "inconsistent: a1 is listed although another listed revision builds on it",
            "x1", "pending: a1; x2",
            "a1 x1", "pending: x2");
}

static void a_redundant_row_is_inconsistent(void **state)
{
    (void)state;
    static const struct line lines[] = {{"a1"}, {"b2", "a1"}, {.id = NULL}};
    ALEMBIC(lines, "a1 b2", "inconsistent: a1 is listed although another listed revision builds on it");
}

static void a_row_that_no_file_stands_for_leaves_everything_open(void **state)
{
    (void)state;
    static const struct line lines[] = {{"a1"}, {"b2", "a1"}, {.id = NULL}};
    ALEMBIC(lines, "zz", "unknown undecides",
            "b2 zz", "unknown undecides",
            "B2", "unknown undecides");
}

static void contradictions_are_found_without_a_database(void **state)
{
    (void)state;
    CONTRADICTS("revision b2 builds on a1, which is not in the image", {"b2", "a1"});
    CONTRADICTS("revision b2 builds on x9, which is not in the image", {"a1"}, {"b2", "a1", .depends = "x9"});
    CONTRADICTS("in a circle: a1, c3 and b2", {"a1", "c3"}, {"b2", "a1"}, {"c3", "b2"});
    CONTRADICTS("in a circle: a1", {"a1", .depends = "a1"});
    CONTRADICTS("cannot be judged by a list without parents", {"a1", .parents_unknown = true});
}

static void the_file_is_named_where_it_is_known(void **state)
{
    (void)state;
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct judge _cleanup_judge_ judge = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    expect(&expected, FRAMEWORK_ALEMBIC, (const struct line[]){{"b2", "a\n1"}, {.id = NULL}});
    expected.items[0].file = mem_strdup("versions/b\t2.py");
    check_err(judge_make(&expected, &judge, &err), &err, ERR_NO_EXPECTED, "versions/b\\t2.py: revision b2 builds on a\\n1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_row_of_a_head_means_all_below_it),
        cmocka_unit_test(a_branched_history_has_a_row_for_each_head),
        cmocka_unit_test(a_merge_joins_them_again),
        cmocka_unit_test(what_is_depended_on_has_no_row_of_its_own),
        cmocka_unit_test(a_redundant_row_is_inconsistent),
        cmocka_unit_test(a_row_that_no_file_stands_for_leaves_everything_open),
        cmocka_unit_test(contradictions_are_found_without_a_database),
        cmocka_unit_test(the_file_is_named_where_it_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
