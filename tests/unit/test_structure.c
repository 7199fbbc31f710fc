/* What must be there, and what must not: names as people write them, what contradicts itself, and the verdict. */
#include "check.h"

#include "base/relname.h"
#include "config/config.h"
#include "config/relations.h"
#include "structure/compare.h"

static void check_name(const char *text, const char *table, const char *column, const char *again)
{
    struct err _cleanup_err_ err = ERR_INIT;
    struct relname _cleanup_relname_ name = {0};
    if (relname_parse(text, &name, &err) != 0)
        fail_msg("'%s' was refused: %s", text, err.msg);
    assert_string_equal(name.table, table);
    if (column == NULL)
        assert_null(name.column);
    else
        assert_string_equal(name.column, column);
    char _cleanup_free_ *written = relname_text(name.table, name.column);
    assert_string_equal(written, again ? again : text);
}

static void names_are_taken_as_they_stand(void **state)
{
    (void)state;
    check_name("users", "users", NULL, NULL);
    check_name("Users", "Users", NULL, NULL);
    check_name("users.avatar", "users", "avatar", NULL);
    check_name("\"My.Table\".col", "My.Table", "col", NULL);
    check_name("\"My.Table\"", "My.Table", NULL, NULL);
    check_name("\"users\".\"avatar\"", "users", "avatar", "users.avatar");
    check_name("a.\"b.c\"", "a", "b.c", NULL);
    check_name("\"say \"\"hi\"\"\"", "say \"hi\"", NULL, NULL);
    check_name("\"a,b\"", "a,b", NULL, NULL);
    check_name("\"a b\".c", "a b", "c", NULL);
    check_name("größe", "größe", NULL, NULL);
    check_name("a-b$c'd;e", "a-b$c'd;e", NULL, NULL);
}

static void what_no_name_can_be_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"", "an empty name"}, {".", "an empty name"}, {"a.", "an empty name"}, {".a", "an empty name"}, {"\"\"", "an empty name"},
        {"a.\"\"", "an empty name"}, {"a.b.c", "more than a table and a column"}, {"a..b", "more than"}, {"a b", "is a comma missing?"},
        {"\"a\"b", "text beside a name"}, {"a\"b\"", "text beside a name"}, {"\"a", "does not end"}, {"a.\"b", "does not end"},
        {"\"\"\"", "does not end"}, {"\"a\tb\"", "control characters"}, {"\x7f", "control characters"}, {"\xff", "not UTF-8"},
        {"a.\xc3", "not UTF-8"},
        {"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg", "64 bytes"},
        {"a.aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeefffffffffföö", "64 bytes"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err _cleanup_err_ err = ERR_INIT;
        struct relname _cleanup_relname_ name = {0};
        check_err(relname_parse(bad[i].text, &name, &err), &err, ERR_CONFIG, bad[i].words);
        assert_null(name.table);
    }
    check_name("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg",
               "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg", NULL, NULL);
}

static void lists_are_split_outside_of_quotes(void **state)
{
    (void)state;
    struct err _cleanup_err_ err = ERR_INIT;
    struct strv _cleanup_strv_ tables = STRV_INIT, columns = STRV_INIT, both = STRV_INIT;
    assert_int_equal(relations_list(" a ,\"b,c\",\n  \"d.e\"  \r\n,,\"f\ng\" ,", RELATIONS_TABLES, &tables, &err), -1);
    err_done(&err);
    strv_done(&tables);
    tables = STRV_INIT;
    assert_int_equal(relations_list(" a ,\"b,c\",\n  \"d.e\"  \r\n,,f ,", RELATIONS_TABLES, &tables, &err), 0);
    check_list(&tables, "a|\"b,c\"|\"d.e\"|f");
    assert_int_equal(relations_list("a.b, \"a.b\".c", RELATIONS_COLUMNS, &columns, &err), 0);
    check_list(&columns, "a.b|\"a.b\".c");
    assert_int_equal(relations_list("a, a.b", RELATIONS_BOTH, &both, &err), 0);
    check_list(&both, "a|a.b");
}

static void a_list_holds_only_its_kind_and_each_once(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum relations_kind kind;
        const char *words;
    } bad[] = {
        {"public.users", RELATIONS_TABLES, "'public.users' is no table"},
        {"users", RELATIONS_COLUMNS, "'users' names no column"},
        {"\"users.avatar\"", RELATIONS_COLUMNS, "names no column"},
        {"a, b, a", RELATIONS_TABLES, "'a' is there twice"},
        {"a, \"a\"", RELATIONS_BOTH, "'a' is there twice"},
        {"a.b\na.\"b\"", RELATIONS_COLUMNS, "'a.b' is there twice"},
        {"a, \"b", RELATIONS_TABLES, "does not end"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err _cleanup_err_ err = ERR_INIT;
        struct strv _cleanup_strv_ list = STRV_INIT;
        check_err(relations_list(bad[i].text, bad[i].kind, &list, &err), &err, ERR_CONFIG, bad[i].words);
    }
}

/* The assertions of a configuration; 0 or -1. */
static int read_with(struct config *config, const char *const *settings, struct assertions *ret, struct err *err)
{
    struct strv _cleanup_strv_ values = STRV_INIT, wheres = STRV_INIT;
    char *none = NULL;
    const struct environment env = {.vars = &none};
    for (; *settings != NULL; settings++) {
        strv_add(&values, *settings);
        strv_add(&wheres, "--set");
    }
    const struct config_args args = {.settings = &values, .wheres = &wheres};
    if (config_load(&args, &env, config, err) != 0)
        return -1;
    return assertions_read(config_section(config, SECTION_STRUCTURE), ret, err);
}

#define READ(name, ...)                                                                                                \
    struct config _cleanup_config_ name##_config = CONFIG_INIT;                                                        \
    struct assertions _cleanup_assertions_ name = {0};                                                                 \
    struct err _cleanup_err_ name##_err = ERR_INIT;                                                                    \
    int name##_code = read_with(&name##_config, (const char *const[]){__VA_ARGS__, NULL}, &name, &name##_err)

static void what_has_to_be_looked_for_is_there_once(void **state)
{
    (void)state;
    READ(all, "structure.tables=a, b", "structure.columns=a.x, c.y, c.z", "structure.absent=d, a.w, c.w");
    assert_int_equal(all_code, 0);
    check_list(&all.relations, "a|b|c|d");
    assert_int_equal(all.count, 8);
    assert_int_equal(all.column_count, 5);
    assert_string_equal(all.columns[3].name, "w");
    assert_int_equal(all.columns[3].relation, 0);
    assert_int_equal(all.columns[4].relation, 2);
    READ(none, "structure.role=app");
    assert_int_equal(none_code, 0);
    assert_int_equal(none.count, 0);
}

static void contradictions_are_refused_with_both_places(void **state)
{
    (void)state;
    READ(table, "structure.tables=a", "structure.absent=a");
    check_err(table_code, &table_err, ERR_CONFIG, "--set: structure.absent: a must not be there, but structure.tables (--set) asks for a");
    READ(column, "structure.columns=a.x", "structure.absent=a.x");
    check_err(column_code, &column_err, ERR_CONFIG, "structure.columns (--set) asks for a.x");
    READ(within, "structure.columns=a.x", "structure.absent=a");
    check_err(within_code, &within_err, ERR_CONFIG, "a must not be there, but structure.columns");
    READ(fine, "structure.tables=a", "structure.columns=a.x", "structure.absent=a.y, b");
    assert_int_equal(fine_code, 0);
    READ(role, "structure.role=aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg");
    check_err(role_code, &role_err, ERR_CONFIG, "structure.role");
}

static void check_finding(const struct findings *findings, size_t at, enum finding_kind kind, const char *items, const char *message)
{
    assert_true(at < findings->count);
    assert_int_equal(findings->items[at].kind, kind);
    assert_int_equal(findings->items[at].severity, SEVERITY_FAIL);
    assert_null(findings->items[at].source);
    assert_string_equal(findings->items[at].tenant, "acme");
    check_list(&findings->items[at].items, items);
    assert_string_equal(findings->items[at].message, message);
}

static void each_kind_of_gap_is_one_finding(void **state)
{
    (void)state;
    READ(all, "structure.tables=a, b, c", "structure.columns=a.x, a.y, e.z", "structure.absent=d, a.w");
    assert_int_equal(all_code, 0);
    struct findings _cleanup_findings_ fine = FINDINGS_INIT, bad = FINDINGS_INIT;
    /* relations: a b c e d; columns: a.x a.y e.z a.w */
    structure_compare(&all, &(struct seen){.usage = true, .relations = "rrrx-", .columns = "ccc-"}, "default", "acme", &fine);
    assert_int_equal(fine.count, 0);
    structure_compare(&all, &(struct seen){.usage = true, .relations = "rx--r", .columns = "c--c"}, "default", "acme", &bad);
    assert_int_equal(bad.count, 5);
    check_finding(&bad, 0, FINDING_NO_PRIVILEGE, "b", "permission denied for table b: the role may not SELECT from it");
    check_finding(&bad, 1, FINDING_MISSING_TABLE, "c|e", "relation \"c\" does not exist; relation \"e\" does not exist");
    check_finding(&bad, 2, FINDING_MISSING_COLUMN, "a.y", "column \"y\" does not exist in relation \"a\"");
    check_finding(&bad, 3, FINDING_UNEXPECTED_TABLE, "d", "relation \"d\" is there and must not be");
    check_finding(&bad, 4, FINDING_UNEXPECTED_COLUMN, "a.w", "column \"w\" of relation \"a\" is there and must not be");
}

static void a_missing_table_is_told_once(void **state)
{
    (void)state;
    READ(all, "structure.tables=a", "structure.columns=a.x, a.y, b.x, b.y");
    assert_int_equal(all_code, 0);
    struct findings _cleanup_findings_ bad = FINDINGS_INIT;
    structure_compare(&all, &(struct seen){.usage = true, .relations = "--", .columns = "----"}, "default", "acme", &bad);
    assert_int_equal(bad.count, 1);
    check_finding(&bad, 0, FINDING_MISSING_TABLE, "a|b", "relation \"a\" does not exist; relation \"b\" does not exist");
}

static void without_usage_no_table_can_be_read(void **state)
{
    (void)state;
    READ(tables, "structure.tables=a", "structure.role=app");
    assert_int_equal(tables_code, 0);
    struct findings _cleanup_findings_ bad = FINDINGS_INIT, columns_only = FINDINGS_INIT;
    structure_compare(&tables, &(struct seen){.relations = "x", .columns = ""}, "default", "acme", &bad);
    assert_int_equal(bad.count, 1);
    check_finding(&bad, 0, FINDING_NO_PRIVILEGE, "a",
                  "permission denied for the schema: the role app has no USAGE on it; permission denied for table a: the role app may "
                  "not SELECT from it");
    READ(columns, "structure.columns=a.x", "structure.absent=b");
    assert_int_equal(columns_code, 0);
    structure_compare(&columns, &(struct seen){.relations = "x-", .columns = "c"}, "default", "acme", &columns_only);
    assert_int_equal(columns_only.count, 0);
}

static void a_long_list_is_told_in_part_and_hostile_names_escaped(void **state)
{
    (void)state;
    READ(many, "structure.tables=a, b, c, d, e, f, g, h, i, j");
    assert_int_equal(many_code, 0);
    struct findings _cleanup_findings_ bad = FINDINGS_INIT, odd = FINDINGS_INIT;
    structure_compare(&many, &(struct seen){.usage = true, .relations = "----------", .columns = ""}, "default", "acme", &bad);
    assert_int_equal(bad.items[0].items.count, 10);
    check_has(bad.items[0].message, "relation \"h\" does not exist; and 2 more");
    check_has_not(bad.items[0].message, "\"i\"");
    READ(hostile, "structure.tables=\"\u202e\"");
    assert_int_equal(hostile_code, 0);
    structure_compare(&hostile, &(struct seen){.usage = true, .relations = "-", .columns = ""}, "default", "acme", &odd);
    check_has(odd.items[0].message, "\\u{202e}");
}

static void answers_that_make_no_sense_are_known(void **state)
{
    (void)state;
    READ(all, "structure.tables=a, b", "structure.columns=a.x");
    assert_int_equal(all_code, 0);
    assert_true(seen_is_whole(&all, &(struct seen){.relations = "r-", .columns = "c"}));
    assert_false(seen_is_whole(&all, &(struct seen){.relations = "r", .columns = "c"}));
    assert_false(seen_is_whole(&all, &(struct seen){.relations = "rrr", .columns = "c"}));
    assert_false(seen_is_whole(&all, &(struct seen){.relations = "rq", .columns = "c"}));
    assert_false(seen_is_whole(&all, &(struct seen){.relations = "rr", .columns = ""}));
    assert_false(seen_is_whole(&all, &(struct seen){.relations = "rr", .columns = "r"}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_taken_as_they_stand),
        cmocka_unit_test(what_no_name_can_be_is_refused),
        cmocka_unit_test(lists_are_split_outside_of_quotes),
        cmocka_unit_test(a_list_holds_only_its_kind_and_each_once),
        cmocka_unit_test(what_has_to_be_looked_for_is_there_once),
        cmocka_unit_test(contradictions_are_refused_with_both_places),
        cmocka_unit_test(each_kind_of_gap_is_one_finding),
        cmocka_unit_test(a_missing_table_is_told_once),
        cmocka_unit_test(without_usage_no_table_can_be_read),
        cmocka_unit_test(a_long_list_is_told_in_part_and_hostile_names_escaped),
        cmocka_unit_test(answers_that_make_no_sense_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
