/* Readers of text that is more than a name: PHP, JavaScript, plans, changelogs, journals, listings. */
#include "check.h"

#include "expected/csv.h"
#include "expected/drizzle.h"
#include "expected/efcore.h"
#include "expected/liquibase.h"
#include "expected/php.h"
#include "expected/properties.h"
#include "expected/settings.h"
#include "expected/sqitch.h"
#include "expected/typeorm.h"

typedef int reader(const char *text, size_t len, struct expected *ret, struct err *reterr);

/* The ids in the order of their places, separated by blanks, or what was refused. */
static char *read_text(reader *read, const char *text)
{
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    struct buf out = BUF_INIT;
    if (read(text, strlen(text), &expected, &err) != 0) {
        assert_int_equal(err.kind, ERR_NO_EXPECTED);
        assert_non_null(err.hint);
        buf_puts(&out, err.msg);
        return buf_steal(&out);
    }
    for (size_t i = 0; i < expected.count; i++)
        buf_printf(&out, "%s%s%s", i ? " " : "", expected.items[i].id,
                   expected.items[i].kind == MIGRATION_REPEATABLE ? "*" : "");
    return buf_steal(&out);
}

static void check_reader(reader *read, const char *const *texts)
{
    for (; texts[0] != NULL; texts += 2) {
        char _cleanup_free_ *got = read_text(read, texts[0]);
        if (strstr(got, texts[1]) == NULL)
            print_error("%s\n", texts[0]);
        check_has(got, texts[1]);
    }
}
#define READS(read, ...) check_reader(read, (const char *const[]){__VA_ARGS__, NULL})

static void php(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"<?php\nnamespace App\\Migrations;\nfinal class V1 extends M {}", "App\\Migrations\\V1"},
        {"<?php class V1 {}", "V1"},
        {"<?php // namespace A;\n# class V1\n/* class V1 */ namespace B { class V1 {} }", "B\\V1"},
        {"<?php $x = 'namespace A; class V1'; namespace C; class V1 {}", "C\\V1"},
        {"<?php #[Attribute]\nnamespace D;class V1{}", "D\\V1"},
        {"<?php $this->class V1; class V2 {}", NULL},
        {"<?php class V10 {}", NULL},
        {"<?php 'unfinished class V1 {}", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char _cleanup_free_ *got = php_class(texts[i][0], strlen(texts[i][0]), "V1");
        if (texts[i][1] == NULL)
            assert_null(got);
        else
            assert_string_equal(got, texts[i][1]);
    }
}

static int typeorm(const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    return typeorm_file("f.js", text, len, ret, reterr);
}

static void classes_of_typeorm(void **state)
{
    (void)state;
    READS(typeorm, "module.exports = class A1767225600000 { async up(q) {} };", "A1767225600000",
          "export class A1767225600000 implements MigrationInterface {\n name = 'B1767225600001'\n async up() {}\n}",
          "B1767225600001",
          "class a {\n constructor() {\n this.name = \"C1767225600002\";\n }\n}\nexports.a = a;", "C1767225600002",
          "export class A1767225600000 { transaction = false\n  name: string = 'D1767225600003'\n}", "D1767225600003",
          "export class A1767225600000 { up() { const name = 'x'; q(`name = ${name} '`); } }", "A1767225600000",
          "export class A1767225600000 {}\nexport default class B1767225600000 {}", "A1767225600000 B1767225600000",
          "class A1767225600000 {}\nclass B1767225600000 {}\nexports.B = B1767225600000;", "f.js:1: a class that is not exported",
          "class A1767225600000 {}\nexport { A1767225600000 };", "A1767225600000",
          "exports.A = class A1767225600000 {}\nclass B1767225600000 {}", "f.js:2: a class that is not exported",
          "module.exports = { A: class A1767225600000 {}, B: class B1767225600000 {} }", "A1767225600000 B1767225600000",
          "export class A1767225600000 { get name() { return 'x'; } }", "f.js:1: the name of a migration is computed",
          "export class A1767225600000 { static name = 'B1767225600000' }", "f.js:1: the name of a migration is computed",
          "export class A1767225600000 { 'name' = 'B1767225600000' }", "f.js:1: the name of a migration is computed",
          "export class A1767225600000 { name = 'B1767225600000' + x; }", "f.js:1: the name of a migration is computed",
          "export class a { constructor() { Object.defineProperty(this, 'name', { writable: true, value: 'B1767225600000' }); } }",
          "B1767225600000", "class A1767225600000 {}\nObject.defineProperty(A1767225600000, 'name', x); exports.A = A1767225600000",
          "f.js:2: the name of a migration is computed",
          "// class X\n/* class Y */ const s = 'class Z'; export class A1767225600000 {}", "A1767225600000",
          "export class A1767225600000 { name = compute(); }", "f.js:1: the name of a migration is computed",
          "export class A1767225600000 { name = 'a' + b; }", "f.js:1: the name of a migration is computed",
          "export class Helper {}", "f.js:1: a class whose name does not end in 13 digits",
          "var A1767225600000 = (function () {})();", "f.js:1: no class is found", "", "no class is found",
          "export class A1767225600000 { up() { 'x\n'; } }", "that does not end where it should",
          "export class A1767225600000 { up() { `${`x`}`; } }", "that does not end where it should",
          "export class A1767225600000 {", "that does not end where it should", "x.class; export class A1767225600000 {}", "A1767225600000");
    READS(listing_read_typeorm, "[X] 1 A1767225600000\n[ ] B1767225600001\r\n", "A1767225600000 B1767225600001",
          "some line\n [ ] 12 A1767225600000", "A1767225600000", "[ ] nothing\n", "standard input:1: not of the form", "x\n",
          "it lists no migrations");
}

static int plan(const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    return sqitch_plan("p", text, len, ret, reterr);
}

static void plans_of_sqitch(void **state)
{
    (void)state;
    READS(plan, "%project=a\nx 2026-01-01T00:00:00Z A <a@b> # note\n@v1 2026-01-01T00:00:00Z A <a@b>\n+ y [x !z] 2026-01-01T00:00:00Z A <a@b>",
          "x y", "%project=a\nx 2026-01-01T00:00:00Z A <a@b>\nx [x@v1] 2026-01-01T00:00:00Z A <a@b>\n", "x@", "# nothing\n",
          "the plan has no changes", "x 2026-01-01T00:00:00Z A <a@b>", "p:1: a change before the project",
          "%project=a\n-x 2026-01-01T00:00:00Z A <a@b>", "p:2: a change that is to be reverted",
          "%project=a\nx [y 2026-01-01T00:00:00Z A <a@b>", "p:2: not of the form", "%project=a\nx 2026 A a@b", "p:2: not of the form",
          "%project=a\nx 2026 A <a@b> rest", "p:2: not of the form", "\xff", "is not UTF-8 text");
    READS(listing_read_sqitch,
          "# Project: shop\n# File: sqitch.plan\n\nc9c061d2e25035b0ab395f73f91319b7eefa3dbc deploy appschema\n"
          "b03d564a2db46c97e1b8d2a3684bd8690b6cb8e6 deploy orders @v1.0.0\n",
          "appschema orders", "x\n", "standard input:1: not of the form 'ID deploy NAME'", "", "it lists no changes");
}

static int changelog(const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    return liquibase_sql("db/c.sql", text, len, ret, reterr);
}

#define HEAD "--liquibase formatted sql\n"
static void changelogs_of_liquibase(void **state)
{
    (void)state;
    READS(changelog, HEAD "--changeset a:1\nselect 1;\n", "db/c.sql::1::a",
          HEAD "--changeset \"a b\":\"c d\" runOnChange:true\nselect 1;\n", "db/c.sql::c d::a b*",
          "\xef\xbb\xbf\n -- Liquibase Formatted SQL logicalFilePath:x.sql\r\n-- changeset a:1 dbms:!oracle\n", "x.sql::1::a",
          HEAD "--changeset a:1 dbms:mysql\n--changeset a:2 dbms:mysql,postgresql logicalFilePath:\"y z\"\n", "y z::2::a",
          HEAD, "holds no changeset", "select 1;", "c.sql:1: does not begin with", "", "holds no changeset",
          HEAD "--changeset a\n", "c.sql:2: not of the form", HEAD "--changeset :1\n", "c.sql:2: not of the form",
          HEAD "--include file:x.sql\n", "includes another changelog",
          HEAD "--changeset a:1 runOnChange:true\nselect ${x};\n", "c.sql:3: a runOnChange changeset whose checksum cannot be told",
          HEAD "--changeset a:1\nselect ${x};\n", "db/c.sql::1::a");
    READS(listing_read_liquibase, "ID,AUTHOR,FILENAME,MD5SUM\n\"1\",\"a, b\",\"classpath:db/c.sql\",9:00\n2,a,\"x\"\"y.sql\",\n",
          "db/c.sql::1::a, b x\"y.sql::2::a", "A,B\n", "does not name the columns", "ID,AUTHOR,FILENAME\n1,2\n",
          "standard input:2: not as many fields", "ID,AUTHOR,FILENAME\n\"1,2,3\n", "a quote that does not end", "ID,AUTHOR,FILENAME\n",
          "it lists no changesets", "", "does not name the columns");
}

static void a_changeset_without_a_sum_has_none(void **state)
{
    (void)state;
    static const char text[] = HEAD "--changeset a:1\n--validCheckSum: 1:any\nselect 1;\n--changeset a:2 runAlways:true\nselect 1;\n"
                                    "--changeset a:3\nselect 1;\n--rollback select 2;\n";
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    assert_int_equal(changelog(text, sizeof text - 1, &expected, &err), 0);
    assert_int_equal(expected.items[0].checksums.count, 0);
    assert_int_equal(expected.items[1].checksums.count, 0);
    assert_int_equal(expected.items[2].checksums.count, 2);
}

static int journal(const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    return drizzle_journal("j", text, len, ret, reterr);
}

static void journals_and_lists(void **state)
{
    (void)state;
    READS(journal, "{\"entries\": [{\"tag\": \"b\", \"when\": 2}, {\"tag\": \"a\", \"when\": 1}]}", "b a", "{}", "no list of entries",
          "{\"entries\": [{\"tag\": \"b\"}]}", "an entry without a tag or a time", "{\"entries\": []}", "lists no entries", "{",
          "no list of entries");
    READS(listing_read_ef_core, "Build succeeded.\n[\n {\"id\": \"2_B\"}, {\"id\": \"1_A\"}\n]\ntail\n", "1_A 2_B", "[]",
          "it lists no migrations", "[{\"name\": 1}]", "an entry without an id", "no list", "no JSON list");
    char _cleanup_free_ *time = drizzle_time_of("20260101000000_calm"), *none = drizzle_time_of("2026_x");
    assert_string_equal(time, "1767225600000");
    assert_null(none);
}

static void check_setting(const char *text, const char *block, const char *key, bool bare, const char *wanted)
{
    struct strv _cleanup_strv_ values = STRV_INIT;
    int line = 0;
    enum setting_is is = setting_find(text, strlen(text), block, key, bare, &values, &line);
    if (is == SETTING_COMPUTED) {
        char _cleanup_free_ *at = mem_printf("computed:%d", line);
        assert_string_equal(at, wanted);
        return;
    }
    assert_int_equal(is == SETTING_GIVEN, values.count > 0);
    check_list(&values, wanted);
}

static void settings(void **state)
{
    (void)state;
    static const char *const knex[][2] = {
        {"module.exports = { migrations: { directory: './db/m', tableName: 'x' }, seeds: { directory: 's' } };", "./db/m"},
        {"{ a: { migrations: { 'directory': \"a\" } }, b: { migrations: {\n directory: ['b', 'c'], } } }", "a|b|c"},
        {"{ seeds: { directory: 's' } }", ""},
        {"// migrations: { directory: 'x' }\n{ migrations: { /* directory: 'y' */ directory: 'z' } }", "z"},
        {"{\n migrations: {\n directory: path.join(__dirname, 'm') } }", "computed:3"},
        {"{ migrations: { directory: __dirname + '/m' } }", "computed:1"},
        {"{ migrations: { directory: 'm' + x } }", "computed:1"},
        {"{ migrations: { directory: `m` } }", "computed:1"},
        {"{ migrations: { directory: ['a', b] } }", "computed:1"},
        {"{ migrations: shared }", "computed:1"},
        {"const migrations = { directory: 'm' }; ", "m"},
        {"{ migrations: { extension: 'ts' }, directory: 'other' }", ""},
        {"migrations", ""},
        {"{ 'unfinished", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof knex / sizeof *knex; i++)
        check_setting(knex[i][0], "migrations", "directory", false, knex[i][1]);
    check_setting("return ['paths' => ['migrations' => '%%PHINX_CONFIG_DIR%%/db']];", NULL, "migrations", false,
                  "%%PHINX_CONFIG_DIR%%/db");
    check_setting("return ['paths' => ['migrations' => __DIR__ . '/db']];", NULL, "migrations", false, "computed:1");
    check_setting("# migrations: x\npaths:\n  migrations: db/m  # here\n", NULL, "migrations", true, "db/m");
    check_setting("# dir = \"x\"\n[migrations_directory]\ndir = \"m\"\n", NULL, "dir", true, "m");
    check_setting("other.table=history\r\n", NULL, "other.table", true, "history");
}

/* "key=value|..." with "?" for what is not literal. */
static void check_properties(const struct properties *list, const char *wanted)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    for (size_t i = 0; i < list->count; i++)
        buf_printf(&text, "%s%s=%s", i ? "|" : "", list->items[i].key, list->items[i].value ? list->items[i].value : "?");
    assert_string_equal(buf_text(&text), wanted);
}

static void configuration_files(void **state)
{
    (void)state;
    static const char *const java[][2] = {
        {"# a=b\n! c\n a = b \nc:d\r\ne f\n\n", "a=b|c=d|e=f"}, {"a=b,\\\n   c\nd=e", "a=b,c|d=e"}, {"a=\\u0041", "a=?"},
        {"a=${X:y}", "a=?"}, {"a", "a="}, {"a=b\\", "a=?"}, {"", ""},
    };
    static const char *const toml[][2] = {
        {"a = 1\n[b.c] # x\nd = \"e\" # f\n'g h' = 'i'\n", "a=1|b.c.d=e|b.c.gh=i"}, {"a = [\"b\", # c\n  'd',\n]\ne = []", "a=b,d|e="},
        {"a = [\"b\"", "a=?"}, {"a = \"b\\\\c\"", "a=?"}, {"a = \"\"\"\nb\n\"\"\"", "a=?"}, {"a = { b = 1 }", "a=?"}, {"[[x]]\na=1", "x.a=1"},
        {"a = \"${env.X}\"", "a=?"},
    };
    static const char *const yaml[][2] = {
        {"a:\n  b: c # d\n  e:\n    f: 'g'\nh: i\n", "a.b=c|a.e.f=g|h=i"}, {"a:\n- b\n- \"c\"\nd: e", "a=b,c|d=e"},
        {"a:\n  - b\n  - ${c}\n  - d\n", "a=?"}, {"a: [b, c]\nd: [e,", "a=b,c|d=?"}, {"a: |\n  b\nc: &d e", "a=?|c=?"}, {"a.b:\n  c: d:e", "a.b.c=d:e"},
        {"a: 1\n---\nspring.profiles: x\na: 2\n---\nspring:\n  config:\n    activate:\n      on-profile: p\na: 3\n",
         "a=1|spring.config.activate.on-profile=p|a=3"},
        {"# a: b\n\n  \n", ""},
    };
    for (size_t i = 0; i < sizeof java / sizeof *java; i++) {
        struct properties _cleanup_properties_ list = {0};
        properties_read_java("f", java[i][0], &list);
        check_properties(&list, java[i][1]);
    }
    for (size_t i = 0; i < sizeof toml / sizeof *toml; i++) {
        struct properties _cleanup_properties_ list = {0};
        properties_read_toml("f", toml[i][0], &list);
        check_properties(&list, toml[i][1]);
    }
    for (size_t i = 0; i < sizeof yaml / sizeof *yaml; i++) {
        struct properties _cleanup_properties_ list = {0};
        properties_read_yaml("f", yaml[i][0], "o, p", &list);
        check_properties(&list, yaml[i][1]);
    }
}

static void csv(void **state)
{
    (void)state;
    static const char text[] = "a,\"b \"\"c\"\"\nd\",\r\n\ne";
    const char *end = text + sizeof text - 1, *at = text;
    static const char *const wanted[] = {"a|b \"c\"\nd|", "", "e"};
    for (size_t i = 0; i < 3; i++) {
        struct strv _cleanup_strv_ row = STRV_INIT;
        at = csv_record(at, end, &row);
        assert_non_null(at);
        check_list(&row, wanted[i]);
    }
    assert_ptr_equal(at, end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(php),
        cmocka_unit_test(classes_of_typeorm),
        cmocka_unit_test(plans_of_sqitch),
        cmocka_unit_test(changelogs_of_liquibase),
        cmocka_unit_test(a_changeset_without_a_sum_has_none),
        cmocka_unit_test(journals_and_lists),
        cmocka_unit_test(settings),
        cmocka_unit_test(configuration_files),
        cmocka_unit_test(csv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
