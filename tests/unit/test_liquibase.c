/* Liquibase's changelogs: texts as nodes, and what of them is expected. Without any file. */
#include "check.h"
#include "liquibase/liquibase.h"
#include "liquibase/project.h"

/* The ids, separated by blanks, with * behind what runs again and # behind what has a checksum; or the message. */
static char *read_text(const char *name, const char *text)
{
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    struct project _cleanup_(project_done) project = {.expected = &expected};
    struct buf out = BUF_INIT;
    if (project_read_text(&project, name, name, text, strlen(text), &err) != 0) {
        assert_int_equal(err.kind, ERR_NO_EXPECTED);
        assert_non_null(err.hint);
        buf_puts(&out, err.msg);
    }
    for (size_t i = 0; i < expected.count && err.msg == NULL; i++)
        buf_printf(&out, "%s%s%s%s", i ? " " : "", expected.items[i].id, expected.items[i].kind == MIGRATION_REPEATABLE ? "*" : "",
                   expected.items[i].checksums.count > 0 ? "#" : "");
    return buf_steal(&out);
}

static void check_all(const char *name, const char *const (*texts)[2])
{
    for (; (*texts)[0] != NULL; texts++) {
        char _cleanup_free_ *got = read_text(name, (*texts)[0]);
        if (strstr(got, (*texts)[1]) == NULL)
            print_error("%s\n", (*texts)[0]);
        check_has(got, (*texts)[1]);
    }
}

#define IN_XML(text) "<databaseChangeLog>" text "</databaseChangeLog>"

static void changelogs_in_xml(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {IN_XML("<changeSet id='1' author='a'/>"), "c.xml::1::a"},
        {IN_XML("<changeSet id=' 1&#9;&amp;' author='a'><sql> x </sql></changeSet>"), "c.xml:: 1\t&::a#"},
        {IN_XML("<changeSet id='1' author='a' runOnChange='TRUE'><sql>x</sql><rollback/></changeSet>"), "c.xml::1::a*#"},
        {IN_XML("<changeSet id='1' author='a' runOnChange='yes'><dropTable/></changeSet>"), "c.xml::1::a"},
        {IN_XML("<changeSet id='1' author='a' logicalFilePath='/x/../y.xml'/>"), "y.xml::1::a"},
        {"<databaseChangeLog logicalFilePath='classpath:l.xml'><changeSet id='1' author='a'/></databaseChangeLog>", "l.xml::1::a"},
        {"<p:databaseChangeLog xmlns:p='u'><p:changeSet id='1' author='a'/></p:databaseChangeLog>", "c.xml::1::a"},
        {IN_XML("<changeSet id='1' author='a' dbms='h2, postgresql'/><changeSet id='2' author='a' dbms='h2'/>"), "c.xml::1::a"},
        {IN_XML("<property name='x' value='${y}'/><property name='Y' value='1'/><changeSet id='${ x }' author='a'/>"), "c.xml::1::a"},
        {IN_XML("<property name='x' value='${x}'/><changeSet id='${x}' author='a'/>"), "c.xml:1: 'id' holds a value"},
        {IN_XML("\n<changeSet id='${x}' author='a'/>"), "c.xml:2: 'id' holds a value to be filled in that cannot be told from the files: ${x}"},
        {IN_XML("<changeSet id='${:x}' author='a'/>"), "'id' holds a value"},
        {IN_XML("<property file='p'/><property name='x' value='1'/><changeSet id='${x}' author='a'/>"), "'id' holds a value"},
        {IN_XML("<changeSet id='1'/>"), "c.xml:1: a changeSet without an id or an author"},
        {IN_XML("<changeSet id='1' author='a' runOnChange='true'><createView/></changeSet>"), "a runOnChange changeset whose checksum"},
        {IN_XML("<changeSet id='1' author='a' runOnChange='true'><sql>${x}</sql></changeSet>"), "a runOnChange changeset whose checksum"},
        {IN_XML("<include file='x.xml'/>"), "c.xml:1: what it includes is not there: x.xml"},
        {IN_XML("<include file='../x.xml'/>"), "leads out of the search path"},
        {IN_XML("<include/>"), "names no file or folder"},
        {IN_XML("<includeAll path='x' errorIfMissingOrEmpty='false'/>"), "it may be in a jar"},
        {IN_XML("<includeAll path='x' minDepth='-1'/>"), "is not a number"},
        {IN_XML("<changeset id='1'/>"), "'changeset' is nothing that a changelog can hold"},
        {"<!DOCTYPE x>" IN_XML(""), "c.xml:1: declares a document type"},
        {"<x/>", "c.xml:1: holds no databaseChangeLog"},
        {"<databaseChangeLog>", "c.xml:1: no element found"},
        {"", "c.xml:1: no element found"},
        {NULL, NULL},
    };
    check_all("c.xml", texts);
}

#define IN_YAML(item) "databaseChangeLog:\n- " item "\n"

static void changelogs_in_yaml(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {IN_YAML("changeSet: {id: 1, author: a}"), "c.yaml::1::a"},
        {IN_YAML("changeSet: [{id: 1.10}, {author: no}]"), "c.yaml::1.1::false"},
        {IN_YAML("changeSet: {ID: 1, author: a, changes: [{sql: x}, {sql: {sql: y}}]}"), "c.yaml::1::a#"},
        {IN_YAML("changeSet: {id: 1, author: a, changes: [{sql: x, sql: y}]}"), "c.yaml::1::a"},
        {IN_YAML("changeSet: {id: 1, author: a, changes: [{sql: *x}]}"), "c.yaml::1::a"},
        {IN_YAML("changeSet: {id: '${n}', author: a}\n- property: {name: n, value: 7}"), "c.yaml::7::a"},
        {IN_YAML("logicalFilePath: l\n- changeSet: {id: 1, author: a}"), "l::1::a"},
        {IN_YAML("changeSet: {id: 1, author: a, ignore: on}\n- changeSet: {id: 2, author: a}"), "c.yaml::2::a"},
        {IN_YAML("changeSet: {id: 0x1, author: a}"), "c.yaml:2: 'id' is no plain text: Liquibase makes another one of it (put it in quotes)"},
        {IN_YAML("changeSet: {id: 1, author: a, id: 2}"), "'id' is there twice"},
        {IN_YAML("changeSet: {id: {x: 1}, author: a}"), "'id' is no plain text"},
        {IN_YAML("changeSet: &a {id: 1, author: a}\n- changeSet: *a"), "c.yaml:3: holds, or is, an alias"},
        {IN_YAML("changeSet: {<<: {id: 1}, author: a}"), "is made of parts of others"},
        {IN_YAML("changeSet: {id: 1, author: a}\n  changeSet: {id: 2, author: a}"), "c.yaml:3: the same key twice in one mapping"},
        {IN_YAML("[changeSet: {id: 1, author: a}]"), "is not a list of changesets"},
        {"- databaseChangeLog", "c.yaml:1: is not a mapping with databaseChangeLog in it"},
        {"? [a]\n: b\n", "a key that is no text"},
        {"a: 1\n---\nb: 1\n", "holds more than one document"},
        {"databaseChangeLog: [\n", "c.yaml:2: "},
        {"databaseChangeLog: {databaseChangeLog: 1}\ndatabaseChangeLog: 2\n", "holds no databaseChangeLog, or more than one"},
        {"", "c.yaml:1: holds no databaseChangeLog"},
        {NULL, NULL},
    };
    check_all("c.yaml", texts);
}

static void scripts_of_sql(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"select 1;", "c.sql::raw::includeAll#"},
        {"\n -- Liquibase  formatted sql\n--changeset a:1\nselect 1;\n", "c.sql::1::a#"},
        {"--liquibase formatted sql\n--changeset a:${x}\n", "c.sql:2: a changeset of which the values to be filled in are not known"},
        {"--liquibase formatted sql logicalFilePath:${x}\n", "c.sql:1: a logicalFilePath of which the value"},
        {"", "c.sql:1: is empty"},
        {NULL, NULL},
    };
    check_all("c.sql", texts);
}

static void plain_scalars(void **state)
{
    (void)state;
    /* What 4.28 makes of them (tests/tools/test_tools_liquibase_files.py); NULL: it is not told here. */
    static const char *const texts[][2] = {
        {"1", "1"}, {"0", "0"}, {"007", "7"}, {"010", "8"}, {"08", "08"}, {"1.0", "1.0"}, {"1.10", "1.1"}, {"01.5", "1.5"}, {"2.", "2.0"},
        {"0.5", "0.5"}, {"0.0", "0.0"}, {"0.05", NULL}, {"1234567.5", "1234567.5"}, {"12345678.5", NULL}, {"1.234567890", NULL},
        {"yes", "true"}, {"Off", "false"}, {"y", "y"}, {"1_000", NULL}, {"0x1F", NULL}, {"1e3", NULL}, {"-1", NULL}, {".5", NULL},
        {"12:30", NULL}, {"2024-01-01", NULL}, {"2024-01-01 1:00:00", NULL}, {"2024-01-01-1", "2024-01-01-1"}, {"20200101-1", "20200101-1"},
        {"1.0.0", "1.0.0"}, {"=", NULL}, {"v1", "v1"}, {"12345678901234567890123", "12345678901234567890123"}, {".inf", NULL}, {"-", "-"},
        {"99999999999999999999999.5", NULL},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bool odd = false;
        char _cleanup_free_ *got = tree_yaml_plain(texts[i][0], &odd);
        if (odd != (texts[i][1] == NULL))
            print_error("%s\n", texts[i][0]);
        assert_int_equal(odd, texts[i][1] == NULL);
        if (!odd)
            assert_string_equal(got, texts[i][1]);
    }
    bool odd = false;
    assert_null(tree_yaml_plain("~", &odd));
    assert_false(odd);
}

static void lists_of_databases(void **state)
{
    (void)state;
    static const char *const ours[] = {"", " ", "all", "postgresql", "h2,postgresql", " h2 , PostgreSQL ", "!oracle", "!h2, !oracle", "h2, all"};
    static const char *const others[] = {"h2", "none", "!postgresql", "h2, !postgresql", "postgresql, !postgresql", "h2,", "edb", "h2, !x"};
    assert_true(liquibase_is_ours(NULL));
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        assert_true(liquibase_is_ours(ours[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(liquibase_is_ours(others[i]));
}

static void properties(void **state)
{
    (void)state;
    struct project _cleanup_(project_done) project = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    char _cleanup_free_ *changelog = NULL;
    static const char text[] = "# changelogFile=no\n! x\nliquibase.command.changelog-file : my file.xml \r\n"
                               "search-path=one,, /two ,.\nparameter.a=b\\:c\nurl: x\\\n";
    assert_int_equal(liquibase_properties("p", text, "f", &project, &changelog, &err), 0);
    assert_string_equal(changelog, "my file.xml");
    check_list(&project.search.roots, "f/one|/two|f");
    char _cleanup_free_ *value = parameters_expand(&project.parameters, &project.env, &project.chain, "${A}-${database.typename}");
    assert_string_equal(value, "b:c-postgresql");
    check_err(liquibase_properties("p", "\nchangelogFile=a\\u0041\n", "f", &project, &changelog, &err), &err, ERR_NO_EXPECTED,
              "p:2: a value with a backslash that is not read here");
}

static void a_value_of_the_environment_is_not_known(void **state)
{
    (void)state;
    struct project _cleanup_(project_done) project = {.env = {.vars = (char *[]){(char[]){"schema=x"}, NULL}}};
    parameters_add(&project.parameters, "Schema", "y", NULL, false);
    assert_null(parameters_expand(&project.parameters, &project.env, &project.chain, "${SCHEMA}"));
    parameters_add(&project.parameters, "other", "${other}${other}", NULL, false);
    assert_null(parameters_expand(&project.parameters, &project.env, &project.chain, "${other}"));
}

static void what_is_kept_is_bounded(void **state)
{
    (void)state;
    struct buf _cleanup_buf_ text = BUF_INIT;
    struct tree _cleanup_tree_ tree = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    buf_puts(&text, "<databaseChangeLog>");
    for (int i = 0; i < 100000; i++)
        buf_puts(&text, "<changeSet>");
    check_err(tree_read_xml("c.xml", buf_text(&text), text.len, &tree, &err), &err, ERR_NO_EXPECTED, "deeper");
    tree_done(&tree);
    buf_clear(&text);
    buf_puts(&text, "databaseChangeLog:\n- changeSet:\n    changes:\n");
    for (int i = 0; i < 10000; i++)
        buf_puts(&text, "    - insert: {columns: [{column: {name: a, value: 1}}]}\n");
    err_done(&err);
    assert_int_equal(tree_read_yaml("c.yaml", buf_text(&text), text.len, &tree, &err), 0);
    const struct tree *changes = &tree.items[0].items[0].items[0];
    assert_int_equal(changes->count, 10000);
    assert_true(changes->items[0].cut && changes->items[0].count == 0 && changes->items[9999].line == 10003);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changelogs_in_xml),
        cmocka_unit_test(changelogs_in_yaml),
        cmocka_unit_test(scripts_of_sql),
        cmocka_unit_test(plain_scalars),
        cmocka_unit_test(lists_of_databases),
        cmocka_unit_test(properties),
        cmocka_unit_test(a_value_of_the_environment_is_not_known),
        cmocka_unit_test(what_is_kept_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
