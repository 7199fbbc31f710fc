/* Readers of text that is more than a name: PHP, JavaScript, plans, changelogs, journals, listings. */
#include "check.h"

#include "files/drizzle.h"
#include "files/sqlx.h"
#include "formats/csv.h"
#include "formats/lines.h"
#include "formats/php.h"
#include "formats/properties.h"
#include "formats/settings.h"
#include "formats/table_name.h"
#include "liquibase/liquibase.h"
#include "readers/efcore.h"
#include "readers/sqitch.h"
#include "readers/typeorm.h"

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
        {"<?php\nnamespace App\\Migrations;\nfinal class V1 extends M {}", "App\\Migrations\\V1 /"},
        {"<?php class V1 {}", "V1 /"},
        {"<?php // namespace A;\n# class V1\n/* class V1 */ namespace B { class V1 {} } namespace { class V2 {} }", "B\\V1 V2 /"},
        {"<?php $x = 'namespace A; class V1'; namespace C; class V1 {}", "C\\V1 /"},
        {"<?php #[Attribute]\nnamespace D;class V1{}", "D\\V1 /"},
        {"<?php $this->class V1; class V2 {} class V3 {}", "V2 V3 /"},
        {"<?php V::class; new class extends V1 {}; new class {}; interface V4 {} trait V5 {} CLASS v6 {}", "v6 /"},
        {"<?php namespace E; abstract class A {} abstract final class B {} class C { abstract function f(); } class D {}",
         "E\\C E\\D / E\\A E\\B"},
        {"<?php class V1 { function f() { return <<<SQL\n  it's class V2 {}\n  SQLite\n  SQL; } } class V3 {}", "V1 V3 /"},
        {"<?php class V1 { const X = <<<'E'\n'\nE; } class V2 { const Y = <<< \"E\"\nclass V3 {}\nE\n; } class V4 {}", "V1 V2 V4 /"},
        {"<?php $x = <<<UNFINISHED\nclass V1 {}", "/"},
        {"<?php 'unfinished class V1 {}", "/"},
        {"", "/"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct strv _cleanup_strv_ classes = STRV_INIT, abstract = STRV_INIT;
        struct buf _cleanup_buf_ got = BUF_INIT;
        php_classes(texts[i][0], strlen(texts[i][0]), &classes, &abstract);
        for (size_t c = 0; c < classes.count; c++)
            buf_printf(&got, "%s ", classes.items[c]);
        buf_putc(&got, '/');
        for (size_t c = 0; c < abstract.count; c++)
            buf_printf(&got, " %s", abstract.items[c]);
        assert_string_equal(buf_text(&got), texts[i][1]);
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
          "some line\n [ ] 12 A1767225600000", "A1767225600000", "[ ] 1 A1767225600000\n [", "standard input:2: the last line does not end",
          "[ ] nothing\n", "standard input:1: not of the form", "x\n",
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
          "x y", "%project=a\nx 2026-01-01T00:00:00Z A <a@b>\n@v1 2026-01-01T00:00:00Z A <a@b>\nx [x@v1] 2026-01-01T00:00:00Z A <a@b>\n", "x@",
          "%project=a\nx 2026-01-01T00:00:00Z A <a@b>\nx [x@v1] 2026-01-01T00:00:00Z A <a@b>\n", "p:3: the change is there twice", "# nothing\n",
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
          "line 1: is damaged", "{\"entries\": [{\"tag\": \"b\",\n\"when\": 9223372036854775808}]}", "line 2: is damaged: too big integer");
    READS(listing_read_ef_core, "Build succeeded.\n[\n {\"id\": \"2_B\"}, {\"id\": \"1_A\"}\n]\ntail\n", "1_A 2_B", "[]",
          "it lists no migrations", "[{\"name\": 1}]", "an entry without an id", "no list", "no JSON list",
          /* src/ef/Reporter.cs, with --prefix-output; in colours; among what the app logs */
          "info:    Build started...\r\ndata:    [\r\ndata:      {\r\ndata:        \"id\": \"1_A\",\r\nwarn:    slow\r\n"
          "data:        \"applied\": null\r\ndata:      }\r\ndata:    ]\r\n", "1_A",
          "\x1b[37m\x1b[1m[\x1b[22m\x1b[39m\n\x1b[37m\x1b[1m  {\"id\": \"1_A\"}\x1b[22m\x1b[39m\n\x1b[1m]\x1b[22m\n", "1_A",
          "[12:00:01 INF] Starting\n[1, 2]\n[]\n[\n {\"id\": \"1_A\"}\n]\n[done]\n", "1_A", "[\n]\n", "it lists no migrations",
          "Build succeeded.\n20260101000000_Create\n20260102000000_Add (Pending)\n", "no JSON list", "\x1b[", "no JSON list");
    char _cleanup_free_ *time = drizzle_time_of("20260101000000_calm"), *none = drizzle_time_of("2026_x");
    assert_string_equal(time, "1767225600000");
    assert_null(none);
}

/* What was found, or "computed:LINE". */
static void check_found(enum setting_is is, int line, const struct strv *values, const char *wanted)
{
    if (is == SETTING_COMPUTED) {
        char _cleanup_free_ *at = mem_printf("computed:%d", line);
        assert_string_equal(at, wanted);
        return;
    }
    assert_int_equal(is == SETTING_GIVEN, values->count > 0);
    check_list(values, wanted);
}

static void check_setting(const char *text, const char *block, const char *key, bool bare, const char *wanted)
{
    struct strv _cleanup_strv_ values = STRV_INIT;
    int line = 0;
    enum setting_is is = setting_find(text, strlen(text), block, key, bare, &values, &line);
    check_found(is, line, &values, wanted);
}

static void settings(void **state)
{
    (void)state;
    static const char *const knex[][2] = {
        {"module.exports = { migrations: { directory: './db/m', tableName: 'x' }, seeds: { directory: 's' } };", "./db/m"},
        {"{ a: { migrations: { 'directory': \"a\" } }, b: { migrations: {\n directory: ['b', 'c'], } } }", "a|b|c"},
        {"{ seeds: { directory: 's' } }", ""},
        {"// migrations: { directory: 'x' }\n{ migrations: { /* directory: 'y' */ directory: 'z' } }", "z"},
        {"{ migrations: { directory: path.join(__dirname, 'm') } }", "./m"},
        {"{ migrations: { directory: path.join( __dirname , 'db' , `m`, ), x: 1 } }", "./db/m"},
        {"{ migrations: { directory: path.resolve('server', 'migrations') } }", "server/migrations"},
        {"{ migrations: { directory: path.resolve(process.cwd(), 'm') } }", "./m"},
        {"{ migrations: { directory: [resolve(import.meta.dirname, 'm'), join('a', 'b')] } }", "./m|a/b"},
        {"{ migrations: { directory: __dirname + '/m' } }", "./m"},
        {"{ migrations: { directory: `${__dirname}/m` } }", "./m"},
        {"{ migrations: { directory: `m` } }", "m"},
        {"{\n migrations: {\n directory: path.join(ROOT, 'm') } }", "computed:3"},
        {"{ migrations: { directory: path.join(__dirname, '/m') } }", "computed:1"},
        {"{ migrations: { directory: path.join('a', 'm').replace('a', 'b') } }", "computed:1"},
        {"{ migrations: { directory: path.join('a', x ? 'm' : 'n') } }", "computed:1"},
        {"{ migrations: { directory: path.join('a'", "computed:1"},
        {"{ migrations: { directory: path.dirname('a') } }", "computed:1"},
        {"{ migrations: { directory: ['a', 'b'].join('/') } }", "computed:1"},
        {"{ migrations: { directory: ['a'", "computed:1"},
        {"{ migrations: { directory: __dirname + 'm' } }", "computed:1"},
        {"{ migrations: { directory: `${__dirname}m` } }", "computed:1"},
        {"{ migrations: { directory: `${ROOT}/m` } }", "computed:1"},
        {"{ migrations: { directory: process.env.M } }", "computed:1"},
        {"{ migrations: { directory: 'm' + x } }", "computed:1"},
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
    check_setting("return ['paths' => ['migrations' => __DIR__ . '/db']];", NULL, "migrations", false, "./db");
    check_setting("return ['paths' => ['migrations' => __DIR__.'/db']];", NULL, "migrations", false, "./db");
    check_setting("return ['paths' => ['migrations' => __DIR__X . '/db']];", NULL, "migrations", false, "computed:1");
    check_setting("return ['paths' => ['migrations' => $root . '/db']];", NULL, "migrations", false, "computed:1");
    check_setting("return ['paths' => ['migrations' => __DIR__ . '/' . 'db']];", NULL, "migrations", false, "./db");
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

static void check_map(const char *text, bool bare, const char *wanted)
{
    struct strv _cleanup_strv_ values = STRV_INIT, names = STRV_INIT;
    struct buf _cleanup_buf_ got = BUF_INIT;
    int line = 0;
    if (setting_find_map(text, strlen(text), "m", bare, &values, &names, &line) == SETTING_COMPUTED) {
        buf_printf(&got, "computed:%d", line);
    } else {
        assert_int_equal(values.count, names.count);
        for (size_t i = 0; i < values.count; i++)
            buf_printf(&got, "%s%s=%s", i > 0 ? "|" : "", names.items[i], values.items[i]);
    }
    if (strcmp(buf_text(&got), wanted) != 0)
        print_error("%s\n", text);
    assert_string_equal(buf_text(&got), wanted);
}

static void maps_of_settings(void **state)
{
    (void)state;
    static const char *const quoted[][2] = {
        {"return ['m' => 'a'];", "=a"},
        {"return ['m' => ['a', \"b\",]];", "=a|=b"},
        {"['m' => ['A\\\\B' => 'a', \"C\" => __DIR__ . '/c', 'D' => __DIR__.'/d']]", "A\\B=a|C=./c|D=./d"},
        {"array('m' => array('A' => 'a', // one\n # 'X' => 'x'\n /* two */ 'B' => 'b'))", "A=a|B=b"},
        {"{\"m\": {\"A\": \"a\", \"B\": \"b\"}}", "A=a|B=b"},
        {"{\"m\": [\"a\"], \"x\": {\"m\": \"b\"}}", "=a|=b"},
        {"# 'm' => 'x'\n['m' => __DIR__ . '/a']", "=./a"},
        {"['m' => []]", ""},
        {"\n['m' => $x]", "computed:2"},
        {"['m' => __DIR__]", "=."},
        {"['m' => __DIR__ . '/a' . $x]", "computed:1"},
        {"['m' => ['A' => ['b']]]", "computed:1"},
        {"['m' => ['A' => B::C]]", "computed:1"},
        {"['m' => ['A' => 'a' . 'b']]", "A=ab"},
        {"['m' => ['A' => 'a'][$x]]", "computed:1"},
        {"['m' => ['A' => 'a'] + $x]", "computed:1"},
        {"['m' => array_merge(['a'], $x)]", "computed:1"},
        {"['m' => 'unfinished", "computed:1"},
        {"['m' => ['A' => 'a'", "computed:1"},
        {"m", ""},
    };
    static const char *const bare[][2] = {
        {"m: a # b\n", "=a"},
        {"m:\n  - a\n  - 'b' # c\n\n  # d\n  - \"e\"\nx: y\n", "=a|=b|=e"},
        {"x:\n  m:\n  - a\n  - b\n  y: z\n", "=a|=b"},
        {"m: # c\n    A\\B: a\n    'C': 'c'\n    \"D\" : d\nx:\n    E: e\n", "A\\B=a|C=c|D=d"},
        {"m: {A: a, 'B\\C': ./b}\n", "A=a|B\\C=./b"},
        {"{ m: a, x: b }\n", "=a"},
        {"m: [a, 'b']\n", "=a|=b"},
        {"m:\nx: y\n", "computed:1"},
        {"m:\n  A:\n    B: b\n", "computed:1"},
        {"m:\n  - [a]\n", "computed:1"},
        {"m:\n  - &x a\n", "computed:1"},
        {"m:\n  text\n", "computed:1"},
        {"m:\n  - a", "=a"},
        {"m:", "computed:1"},
    };
    for (size_t i = 0; i < sizeof quoted / sizeof *quoted; i++)
        check_map(quoted[i][0], false, quoted[i][1]);
    for (size_t i = 0; i < sizeof bare / sizeof *bare; i++)
        check_map(bare[i][0], true, bare[i][1]);
}

static void characters_that_sqlx_ignores(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"[migrate]\nignored-chars = [\"\\r\", \"\\n\"]\n", "\r\n"},
        {"ignored-chars=['\\', ' ', # why\n  \"\\uFEFF\", \"\xc3\xa9\", \"\\U0001F600\", \"\\u00e9\",\n]", "\\ \xef\xbb\xbf\xc3\xa9\xf0\x9f\x98\x80\xc3\xa9"},
        {"migrate = 1\n  \"ignored-chars\" = []", ""},
        {"# ignored-chars = [\"a\"]\nignored-chars-too = [\"b\"]\n", ""},
        {"ignored-chars = \"a\"", "!"},
        {"ignored-chars = [\"ab\"]", "!"},
        {"ignored-chars = [\"\"]", "!"},
        {"ignored-chars = [\"\\x\"]", "!"},
        {"ignored-chars = [\"\\u12\"]", "!"},
        {"ignored-chars = [\"a\" \"b\"]", "!"},
        {"ignored-chars = [\"a\"", "!"},
        {"ignored-chars = [\"", "!"},
        {"ignored-chars =", "!"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct buf _cleanup_buf_ got = BUF_INIT;
        if (!sqlx_ignored(texts[i][0], strlen(texts[i][0]), &got)) {
            buf_clear(&got);
            buf_putc(&got, '!');
        }
        assert_string_equal(buf_text(&got), texts[i][1]);
    }
}

static void check_lines(const char *text, const char *section, const char *key, const char *wanted)
{
    struct strv _cleanup_strv_ values = STRV_INIT;
    int line = 0;
    enum setting_is is = lines_find(text, strlen(text), section, key, &values, &line);
    check_found(is, line, &values, wanted);
}

static void settings_by_lines(void **state)
{
    (void)state;
    static const char *const variables[][2] = {
        {"K=v", "v"}, {"K = v \r\n", "v"}, {"K: v", "v"}, {"export K=v", "v"}, {"export  K=\"a # b\" # c", "a # b"}, {"K=a#b", "a#b"},
        {"K=a #b", "a"}, {"K='$x'", "$x"}, {"K=1\nK=2", "2"}, {"K=1\nK=", ""}, {"#K=v", ""}, {"XK=v", ""}, {"K", ""}, {"K=#c", ""},
        {"X=it's\nK=v", "v"}, {"exportK=v", ""}, {"\nK=${x}v", "computed:2"}, {"K=\"a\\n\"", "computed:1"}, {"K=\"a", "computed:1"},
        {"K=\"$x\"", "computed:1"}, {"K=a=b:c", "a=b:c"}, {"", ""}, {"\n", ""}, {"=v", ""},
    };
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        check_lines(variables[i][0], NULL, "K", variables[i][1]);
    static const char *const ini[][2] = {
        {"[s]\nk=v", "v"}, {"[ s ]\r\n k = v w \r\n", "v w"}, {"k=v\n[s]\n", ""}, {"[s]\nk=1\n[t]\nk=2", "1"}, {"[s]\n;k=1\n#k=2\n", ""},
        {"[s]\nk={{env \"X\"}}", "computed:2"}, {"[s]\nk=\"v\"", "\"v\""}, {"[s]\nk=", ""}, {"[t]\n[s]\nk=v\n[s]\nk=w", "w"}, {"[s\nk=v", ""},
    };
    for (size_t i = 0; i < sizeof ini / sizeof *ini; i++)
        check_lines(ini[i][0], "s", "k", ini[i][1]);
}

/* "SCHEMA/TABLE", each perhaps "-"; or "no". */
static void check_table(bool (*read)(const char *text, char **schema, char **table), const char *text, const char *wanted)
{
    char _cleanup_free_ *schema = NULL, *table = NULL;
    bool is = read(text, &schema, &table);
    char _cleanup_free_ *got = is ? mem_printf("%s/%s", schema ? schema : "-", table ? table : "-") : mem_strdup("no");
    assert_string_equal(got, wanted);
}

static void names_of_tables(void **state)
{
    (void)state;
    static const char *const sql[][2] = {
        {"t", "-/t"}, {"My_T", "-/my_t"}, {"Ops.T", "ops/t"}, {"\"Ops\".\"a.b\"", "Ops/a.b"}, {"\"a\"\"b\"", "-/a\"b"}, {"ops.\"T\"", "ops/T"},
        {"", "no"}, {".t", "no"}, {"s.", "no"}, {"a.b.c", "no"}, {"a b", "no"}, {"\"a", "no"}, {"\"\"", "no"}, {"\"a\"b", "no"}, {"a\"b\"", "no"},
    };
    for (size_t i = 0; i < sizeof sql / sizeof *sql; i++)
        check_table(table_name_sql, sql[i][0], sql[i][1]);
#define X "x-migrations-table"
    static const char *const urls[][2] = {
        {"postgres://h/d", "-/-"}, {"postgres://h/d?sslmode=disable", "-/-"}, {"h?" X "=a.B", "-/a.B"}, {"h?a=1&" X "=%22q%22&b", "-/\"q\""},
        {"h?" X "=", "-/-"}, {"h?" X "-quoted=true", "-/-"}, {"h?" X "=%22S%22.%22T+u%22&" X "-quoted=1", "S/T u"},
        {"h?" X "-quoted=T&" X "=%22a.b%22", "-/a.b"}, {"h?" X "=%22a%22&" X "-quoted=no", "-/\"a\""}, {"h?" X "=a&" X "-quoted=true", "no"},
        {"h?" X "=%22a%22.%22b%22.%22c%22&" X "-quoted=true", "no"}, {"h?" X "=%22&" X "-quoted=true", "no"}, {"h?" X, "-/-"}, {"h?&&", "-/-"},
        {"h?" X "=%2", "-/%2"}, {"", "-/-"},
    };
#undef X
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        check_table(table_name_golang_migrate, urls[i][0], urls[i][1]);
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
        cmocka_unit_test(maps_of_settings),
        cmocka_unit_test(characters_that_sqlx_ignores),
        cmocka_unit_test(settings_by_lines),
        cmocka_unit_test(names_of_tables),
        cmocka_unit_test(configuration_files),
        cmocka_unit_test(csv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
