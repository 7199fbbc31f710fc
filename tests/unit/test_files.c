/* Readers that go by names, on the case trees and on bad ones. */
#include "expected/paths.h"
#include "framework/framework.h"
#include "test_python_tree.h"

/* The ids in the framework's order, or what was refused. */
static char *ids_of(const struct tree *tree, enum framework framework, struct expected *expected)
{
    struct source source = {.framework = framework};
    struct err _cleanup_err_ err = ERR_INIT;
    struct buf out = BUF_INIT;
    strv_add(&source.paths, tree->root);
    if (framework_read(&source, expected, &err) != 0) {
        assert_int_equal(err.kind, ERR_NO_EXPECTED);
        buf_puts(&out, err.msg);
    }
    for (size_t i = 0; i < expected->count && err.msg == NULL; i++)
        buf_printf(&out, "%s%s", i ? " " : "", expected->items[i].id);
    strv_done(&source.paths);
    return buf_steal(&out);
}

static void check(const struct tree *tree, enum framework framework, const char *wanted)
{
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    char _cleanup_free_ *got = ids_of(tree, framework, &expected);
    assert_has(got, wanted);
}

static void the_cases(void **state)
{
    (void)state;
    static const struct {
        const char *name, *ids;
        enum framework framework;
    } cases[] = {
        {"rails", "20260101000000 20260102000000 20260103000000 7", FRAMEWORK_RAILS},
        {"dbmate", "00010 11 20260101000000 20260102000000 7", FRAMEWORK_DBMATE},
        {"ecto", "20260101000000 20260102000000 7", FRAMEWORK_ECTO},
        {"knex", "20260101000000_create_orders.js 20260102000000_add_note.js", FRAMEWORK_KNEX},
        {"sequelize", "20260101000000-create-orders.js 20260102000000-add-note.cjs", FRAMEWORK_SEQUELIZE},
        {"node-pg-migrate", "1767225600000_create-orders 20260102000000000_add-note", FRAMEWORK_NODE_PG_MIGRATE},
        {"laravel", "2026_01_01_000000_create_orders_table 2026_01_02_000000_add_note", FRAMEWORK_LARAVEL},
        {"mikro-orm", "Migration20260101000000_orders Migration20260102000000", FRAMEWORK_MIKRO_ORM},
        {"prisma", "20260101000000_init 20260102000000_add_note", FRAMEWORK_PRISMA},
        {"drizzle", "0000_calm_river 0001_loud_tree", FRAMEWORK_DRIZZLE},
        {"typeorm", "AddNote1767312000000 CreateOrders1767225600000", FRAMEWORK_TYPEORM},
        {"sqitch", "appschema notes orders", FRAMEWORK_SQITCH},
        {"liquibase", "changelog.sql::2::bob changelog.sql::create-orders::alice changelog.sql::ctx::carol", FRAMEWORK_LIQUIBASE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tree _cleanup_tree_ tree = tree_new();
        tree_case(&tree, cases[i].name);
        check(&tree, cases[i].framework, cases[i].ids);
        check(&tree, FRAMEWORK_AUTO, cases[i].ids);
    }
}

static void what_is_there_twice_is_named(void **state)
{
    (void)state;
    static const struct {
        enum framework framework;
        const char *one, *two, *wanted;
    } twice[] = {
        {FRAMEWORK_RAILS, "db/migrate/7_a.rb", "db/migrate/007_b.rb", "migration 7 is there twice: in "},
        {FRAMEWORK_RAILS, "db/migrate/1_a.rb", "db/migrate/2_a.rb", "two migrations are called a"},
        {FRAMEWORK_ECTO, "priv/repo/migrations/1_a.exs", "priv/repo/migrations/x/01_b.exs", "migration 1 is there twice"},
        {FRAMEWORK_GOOSE, "migrations/1_a.sql", "migrations/01_b.go", "migration 1 is there twice"},
        {FRAMEWORK_DBMATE, "db/migrations/1a.sql", "db/migrations/1b.sql", "migration 1 is there twice"},
        {FRAMEWORK_PHINX, "db/migrations/1_a.php", "db/migrations/1_b.php", "migration 1 is there twice"},
        {FRAMEWORK_ATLAS, "migrations/1_a.sql", "migrations/1_b.sql", "migration 1 is there twice"},
        {FRAMEWORK_GOLANG_MIGRATE, "migrations/1_a.up.sql", "migrations/01_b.up.txt", "migration 1 is there twice: in "},
        {FRAMEWORK_GOLANG_MIGRATE, "migrations/1_a.down.sql", "migrations/1_b.down.sql", "migration 1 is there twice: in "},
        {FRAMEWORK_ATLAS, "migrations/1_a.up.sql", "migrations/1_b.up.sql", "migration 1 is there twice: in "},
        {FRAMEWORK_REFINERY, "migrations/V1__a.sql", "migrations/U1__b.sql", "migration 1 is there twice"},
        {FRAMEWORK_FLYWAY, "db/migration/V1__a.sql", "db/migration/V1.0__b.sql", "migration 1 is there twice"},
        {FRAMEWORK_FLYWAY, "db/migration/R__a.sql", "db/migration/x/R__a.sql", "migration R__a is there twice"},
    };
    for (size_t i = 0; i < sizeof twice / sizeof *twice; i++) {
        struct tree _cleanup_tree_ tree = tree_new();
        tree_file(&tree, twice[i].one, "");
        tree_file(&tree, twice[i].two, "");
        check(&tree, twice[i].framework, twice[i].wanted);
        check(&tree, twice[i].framework, strrchr(twice[i].one, '/'));
        check(&tree, twice[i].framework, strrchr(twice[i].two, '/'));
    }
}

static void either_half_of_a_pair_is_a_migration(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    static const char *const files[] = {"1_a.up.sql", "1_a.down.sql", "02_b.down.sql", "3_c.up.sql", "4_d.sql",
                                        "18446744073709551616_e.up.sql"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char _cleanup_free_ *path = path_join("migrations", files[i]);
        tree_file(&tree, path, "");
    }
    check(&tree, FRAMEWORK_GOLANG_MIGRATE, "1 2 3");
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    char _cleanup_free_ *got = ids_of(&tree, FRAMEWORK_GOLANG_MIGRATE, &expected);
    assert_string_equal(got, "1 2 3");
}

static void no_migrations_is_no_expectation(void **state)
{
    (void)state;
    size_t count = 0;
    const struct framework_row *rows = framework_rows(&count);
    for (size_t i = 0; i < count; i++) {
        struct tree _cleanup_tree_ tree = tree_new();
        struct expected _cleanup_expected_ expected = EXPECTED_INIT;
        struct source source = {.framework = rows[i].id};
        struct err _cleanup_err_ err = ERR_INIT;
        strv_add(&source.paths, tree.root);
        assert_int_equal(framework_read(&source, &expected, &err), -1);
        assert_int_equal(err.kind, ERR_NO_EXPECTED);
        assert_non_null(err.hint);
        strv_done(&source.paths);
    }
}

static void two_folders_that_could_be_meant(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    tree_file(&tree, "migrations/1_a.up.sql", "");
    tree_file(&tree, "db/migrations/1_a.up.sql", "");
    check(&tree, FRAMEWORK_GOLANG_MIGRATE, "migrations could be in more than one folder");
}

static void the_project_s_own_configuration_is_heard(void **state)
{
    (void)state;
    static const struct {
        enum framework framework;
        const char *file, *text, *migration, *wanted;
    } settings[] = {
        {FRAMEWORK_KNEX, "knexfile.js", "x = { migrations: { directory: './db/m', tableName: 'h' } }", "db/m/2_b.js", "2_b.js"},
        {FRAMEWORK_KNEX, "knexfile.js", "x = { migrations: { directory: d } }", "db/m/2_b.js", "the folder of the migrations is computed"},
        {FRAMEWORK_KNEX, "knexfile.js", "x = { migrations: { directory: 'gone' } }", "db/m/2_b.js", "there is no such folder"},
        {FRAMEWORK_KNEX, "knexfile.ts", "x = { migrations: { tableName: t } }", "db/m/2_b.js", "name of the history table is computed"},
        {FRAMEWORK_SEQUELIZE, ".sequelizerc", "module.exports = { 'migrations-path': 'db/m' }", "db/m/2_b.js", "2_b.js"},
        {FRAMEWORK_PHINX, "phinx.yml", "paths:\n  migrations: '%%PHINX_CONFIG_DIR%%/db/m'\n", "db/m/2_b.php", "2"},
        {FRAMEWORK_PRISMA, "prisma.config.ts", "x = { migrations: { path: 'db/m' } }", "db/m/2_b/migration.sql", "2_b"},
        {FRAMEWORK_DIESEL, "diesel.toml", "[migrations_directory]\ndir = \"db/m/\"\n", "db/m/2_b/up.sql", "2"},
        {FRAMEWORK_SQLX, "sqlx.toml", "[migrate]\nmigrations-dir = \"db/m\"\ntable-name = \"h\"\n", "db/m/2_b.sql", "2"},
        {FRAMEWORK_GOOSE, ".env", "X=1\nGOOSE_MIGRATION_DIR=./db/m # here\nGOOSE_TABLE='h'\n", "db/m/+2_b.sql", "2"},
        {FRAMEWORK_GOOSE, ".env", "GOOSE_MIGRATION_DIR=${HOME}/m\n", "db/m/2_b.sql", "the folder of the migrations is computed"},
        {FRAMEWORK_TERN, "tern.conf", "[database]\nversion_table = {{.x}}\n", "migrations/1_b.sql", "name of the history table is computed"},
        {FRAMEWORK_ATLAS, "atlas.hcl", "env \"p\" {\n  migration {\n    dir = \"file://db/m?format=goose\"\n  }\n}\n", "db/m/2_b.sql",
         "db/m/atlas.sum: cannot be opened"},
        {FRAMEWORK_MIKRO_ORM, "mikro-orm.config.js", "x = { migrations: { path: './db/m' } }", "db/m/B.js", "B"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct tree _cleanup_tree_ tree = tree_new();
        tree_file(&tree, "migrations/1_stale.js", "");
        tree_file(&tree, settings[i].file, settings[i].text);
        tree_file(&tree, settings[i].migration, "");
        struct expected _cleanup_expected_ expected = EXPECTED_INIT;
        char _cleanup_free_ *got = ids_of(&tree, settings[i].framework, &expected);
        assert_has(got, settings[i].wanted);
        if (strstr(settings[i].text, "'h'") != NULL || strstr(settings[i].text, "\"h\"") != NULL)
            assert_string_equal(expected.table, "h");
    }
}

static void the_folder_of_a_project_is_none_of_migrations(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    tree_file(&tree, "package.json", "{}");
    tree_file(&tree, "server.js", "");
    check(&tree, FRAMEWORK_KNEX, "is the folder of a project, and there is no migrations in it");
}

static void links_are_what_they_point_to(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    tree_file(&tree, "real/1_a.rb", "");
    tree_folder(&tree, "db/migrate");
    char _cleanup_free_ *file = tree_path(&tree, "db/migrate/2_b.rb"), *gone = tree_path(&tree, "db/migrate/3_c.rb");
    assert_int_equal(symlink("../../real/1_a.rb", file), 0);
    assert_int_equal(symlink("nowhere", gone), 0);
    check(&tree, FRAMEWORK_RAILS, "2");
}

static void a_folder_that_cannot_be_read(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    struct source source = {.framework = FRAMEWORK_RAILS};
    struct err _cleanup_err_ err = ERR_INIT;
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    char _cleanup_free_ *path = tree_path(&tree, "nowhere");
    strv_add(&source.paths, path);
    assert_int_equal(framework_read(&source, &expected, &err), -1);
    assert_has(err.msg, "there is no such folder");
    strv_done(&source.paths);
}

static void links_in_a_circle_end(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    tree_file(&tree, "db/migration/V1__a.sql", "");
    char _cleanup_free_ *path = tree_path(&tree, "db/migration/again");
    assert_int_equal(symlink(".", path), 0);
    check(&tree, FRAMEWORK_FLYWAY, "folders within folders without end");
}

static void a_listing_is_as_good_as_the_files(void **state)
{
    (void)state;
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    static const char list[] = "db/migrate/20260101000000_a.rb\r\ndb/migrate/readme.md\n\n./007_b.rb";
    assert_int_equal(framework_read_listing(framework_by_name("rails"), list, sizeof list - 1, &expected, &err), 0);
    assert_int_equal(expected.count, 2);
    assert_string_equal(expected.items[1].id, "7");
    struct expected _cleanup_expected_ nothing = EXPECTED_INIT;
    assert_int_equal(framework_read_listing(framework_by_name("knex"), "x\n", 2, &nothing, &err), -1);
    assert_has(err.msg, "there are no migrations like 20260101000000_name.js in standard input");
}

static void names_in_other_forms(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"EF Core", "ef-core"}, {"efcore", "ef-core"}, {"MikroORM", "mikro-orm"}, {"Rails", "rails"},
                                           {"node_pg_migrate", "node-pg-migrate"}, {"umzug", "sequelize"},
                                           {"Flask-Migrate", "alembic"}, {"golang-migrate", "golang-migrate"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_string_equal(framework_by_name(names[i][0])->name, names[i][1]);
    static const char *const none[] = {"", "auto", "rail", "rails!", "ef/core", "-", "flask"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_null(framework_by_name(none[i]));
}

static void every_framework_is_whole(void **state)
{
    (void)state;
    size_t count = 0;
    const struct framework_row *rows = framework_rows(&count);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(framework_row(rows[i].id), &rows[i]);
        assert_ptr_equal(framework_by_name(rows[i].name), &rows[i]);
        assert_true(framework_column_count(&rows[i]) > 0 && framework_column_count(&rows[i]) < FRAMEWORK_COLUMNS);
        bool own = rows[i].id == FRAMEWORK_SQL; /* nobody knows its files and commands */
        assert_true(rows[i].title && rows[i].table && (own || (rows[i].migrate && rows[i].show)));
        assert_true(framework_has_reader(&rows[i]) || rows[i].listing != NULL);
        assert_true(own || rows[i].find != NULL || rows[i].evidence[0] != NULL);
        assert_true(rows[i].migrate_tenant == NULL || strstr(rows[i].migrate_tenant, "%s") != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cases),
        cmocka_unit_test(what_is_there_twice_is_named),
        cmocka_unit_test(either_half_of_a_pair_is_a_migration),
        cmocka_unit_test(no_migrations_is_no_expectation),
        cmocka_unit_test(two_folders_that_could_be_meant),
        cmocka_unit_test(the_project_s_own_configuration_is_heard),
        cmocka_unit_test(the_folder_of_a_project_is_none_of_migrations),
        cmocka_unit_test(links_are_what_they_point_to),
        cmocka_unit_test(a_folder_that_cannot_be_read),
        cmocka_unit_test(links_in_a_circle_end),
        cmocka_unit_test(a_listing_is_as_good_as_the_files),
        cmocka_unit_test(names_in_other_forms),
        cmocka_unit_test(every_framework_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
