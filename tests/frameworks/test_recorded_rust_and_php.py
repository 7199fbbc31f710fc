"""sqlx, Diesel, refinery, Doctrine Migrations and Phinx: what the tools themselves said of each state, on histories that they
wrote (sqlx 0.8.3, diesel_migrations 2.2.0, refinery 0.9.1 with and without int8-versions, Doctrine Migrations 3.8.2 on DBAL
4.2.3, Phinx 0.16.5). What they have in common with others stands in test_recorded_sets.py."""
import hashlib
import json

import pytest
from histories import History, load


@pytest.fixture
def make(bare_gate, db, tmp_path):
    def made(framework, dump=None, files=True):
        case = History(bare_gate, tmp_path, db, framework, framework if files else None)
        if dump:
            load(db, dump)
        return case
    return made


# sqlx: Migrator::run

SQLX = ["-3", "1", "2", "20260103000000", "20260104000000"]


def test_sqlx_reads_the_files_as_the_tool(make):
    case = make("sqlx")
    assert sorted(case.ids()) == sorted(case.ids(migrations_framework="auto")) == sorted(SQLX)
    assert case.fails() == {"no_history_table": []}


def test_sqlx_none_half_all_and_undone(make, db):
    case = make("sqlx", "sqlx")
    assert case.opens() and case.last.report["tenants"]["total"] == 2
    db.sql("DELETE FROM _sqlx_migrations WHERE version > 2")
    assert case.fails() == {"pending": SQLX[3:]}
    db.sql("DELETE FROM _sqlx_migrations")
    assert case.fails() == {"pending": SQLX}, "a version may be below zero, and comes first then"
    assert case.last.report["remedies"] == ["sqlx migrate run"]


def test_sqlx_one_in_the_middle_is_run(make, db):
    case = make("sqlx", "sqlx")
    db.sql("DELETE FROM ta._sqlx_migrations WHERE version = 2")
    assert case.verify()[1:] == ({"ta": {"pending": ["2"]}}, {"ta": {"out_of_order": ["2"]}})


@pytest.mark.parametrize("text", ["CREATE TABLE orders (id bigint PRIMARY KEY);\r\n", "CREATE TABLE orders (id bigint PRIMARY KEY);",
                                  "\ufeffCREATE TABLE orders (id bigint PRIMARY KEY);\n"])
def test_sqlx_every_byte_counts(make, text):
    """error: migration 1 was previously applied but has been modified"""
    case = make("sqlx", "sqlx")
    case.write("migrations/0001_orders.sql", text)
    assert case.fails() == {"changed": ["1"]}


def test_sqlx_down_files_do_not_count(make):
    case = make("sqlx", "sqlx")
    case.write("migrations/2_note.down.sql", "edited")
    case.write("migrations/1_.down.sql")
    assert case.opens()


def test_sqlx_missing_and_partial(make, db):
    case = make("sqlx", "sqlx")
    case.remove("migrations/2_note.up.sql")
    case.remove("migrations/2_note.down.sql")
    assert case.fails() == {"unknown": ["2"]}, "was previously applied but is missing in the resolved migrations"
    db.sql("DELETE FROM ta._sqlx_migrations WHERE version = 2; UPDATE _sqlx_migrations SET success = false WHERE version = 2")
    assert case.fails() == {"failed": ["2"]}, "is partially applied; fix and remove row"


def test_sqlx_toml_names_characters_that_are_left_out_and_the_schema(make, db):
    """As its source has it (9d6bf66): the command line leaves them out, a Migrator without the configuration does not."""
    case = make("sqlx", "sqlx")
    case.write("sqlx.toml", "[migrate]\nignored-chars = [\"\\r\", \"\\n\", \"\\uFEFF\"]\ntable-name = \"ta._sqlx_migrations\"\n")
    assert case.opens() and case.last.report["tenants"]["total"] == 1
    text = "CREATE TABLE orders (id bigint PRIMARY KEY);"
    db.sql(f"UPDATE ta._sqlx_migrations SET checksum = '\\x{hashlib.sha384(text.encode()).hexdigest()}' WHERE version = 1")
    case.write("migrations/0001_orders.sql", "\ufeff" + text + "\r\n\r\n")
    assert case.opens()
    case.write("migrations/0001_orders.sql", text + " ")
    assert case.fails("ta") == {"changed": ["1"]}
    case.write("sqlx.toml", "[migrate]\nignored-chars = '\\r'\n")
    case.refused("sqlx.toml: ignored-chars is no list")


@pytest.mark.parametrize("name, taken", [("+6_x", "6"), ("-0_x", "0"), ("007_x", "7"), ("9223372036854775807_x", "9223372036854775807"),
                                         ("-9223372036854775807_x", "-9223372036854775807"), ("11_", "11"), ("12_up", "12")])
def test_sqlx_versions(make, name, taken):
    case = make("sqlx")
    case.write(f"migrations/{name}.sql", "-- x")
    assert taken in case.ids()


@pytest.mark.parametrize("name", ["9223372036854775808_x", "x_y", "_x", ".1_x", " 1_x", "+_x", "-_x", "\u0663_x"])
def test_sqlx_stops_at_these(make, name):
    case = make("sqlx", "sqlx")
    case.write(f"migrations/{name}.sql", "-- x")
    case.refused(f"{name}.sql: ")


@pytest.mark.parametrize("framework, name", [("sqlx", "8_x.sql"), ("refinery", "V8__x.sql"), ("phinx", "20260108000000_x.php")])
def test_a_link_that_points_nowhere_is_no_file_less(make, framework, name):
    """The tools count it, and stop when they read it (Phinx would when it runs it)."""
    case = make(framework, framework)
    folder = case.folder / ("db/migrations" if framework == "phinx" else "migrations")
    (folder / name).symlink_to("nowhere")
    assert case.verify()[0] == (1 if framework == "phinx" else 78)


# refinery: load_sql_migrations and Runner::run

REFINERY = ["1", "2", "5", "10", "11"]


@pytest.fixture(params=["refinery", "refinery_int8"])
def refinery(make, request):
    case = make("refinery", request.param)
    if request.param == "refinery_int8":
        case.write("migrations/V20260101000000__big.sql", "SELECT 1;\n")
    case.newest = "20260101000000" if request.param == "refinery_int8" else "11"
    return case


def test_refinery_all_and_half(refinery, db):
    assert refinery.opens() and refinery.opens(migrations_framework="auto")
    db.sql(f"DELETE FROM ta.refinery_schema_history WHERE version = {refinery.newest}")
    assert refinery.verify()[1] == {"ta": {"pending": [refinery.newest]}}


def test_refinery_reads_folders_that_are_hidden(make):
    assert sorted(make("refinery").ids(), key=int) == REFINERY


def test_refinery_u_may_come_late_and_v_may_not(refinery, db):
    db.sql("DELETE FROM ta.refinery_schema_history; DELETE FROM refinery_schema_history WHERE version = 5")
    assert refinery.verify()[1]["public"] == {"pending": ["5"]} and "public" not in refinery.verify()[2]
    refinery.write("migrations/V6__late.sql", "SELECT 1;\n")
    assert refinery.fails() == {"pending": ["5", "6"]} and refinery.warns() == {"out_of_order": ["6"]}


@pytest.mark.parametrize("name, text", [("V1__create_orders.sql", "CREATE TABLE other ();\n"),
                                        ("V1__create_orders.sql", "CREATE TABLE orders (id bigint PRIMARY KEY);\r\n"),
                                        ("V1__renamed.sql", "CREATE TABLE orders (id bigint PRIMARY KEY);\n")])
def test_refinery_edited_or_renamed(refinery, name, text):
    """applied migration V1__create_orders is different than filesystem one"""
    refinery.remove("migrations/V1__create_orders.sql")
    refinery.write(f"migrations/{name}", text)
    assert refinery.fails() == {"changed": ["1"]}


def test_refinery_the_letter_is_not_part_of_the_sum(refinery):
    (refinery.folder / "migrations/V02__add_note.sql").rename(refinery.folder / "migrations/U002__add_note.sql")
    assert refinery.opens()


def test_refinery_missing(refinery):
    refinery.remove("migrations/U5__between.sql")
    assert refinery.fails() == {"unknown": ["5"]}, "migration V5__between is missing from the filesystem"


@pytest.mark.parametrize("name, taken", [("V0__zero.sql", True), ("V3___.sql", True), ("V3__\u0663.sql", True), ("V3__\xaa.sql", True),
                                         ("V3__a\u2013b.sql", False), ("V3__x y.sql", False), ("V3__.sql", False),
                                         ("V3__x.SQL", False), ("sub/.V3__x.sql", False), ("V3__x.y.sql", False)])
def test_refinery_names(make, name, taken):
    case = make("refinery", "refinery")
    case.write(f"migrations/{name}", "SELECT 1;\n")
    assert len(case.ids()) == len(REFINERY) + taken


@pytest.mark.parametrize("name", ["V3.5__x.sql", "|3__x.sql", "V9223372036854775808__x.sql"])
def test_refinery_stops_at_these(make, name):
    case = make("refinery", "refinery")
    case.write(f"migrations/{name}", "SELECT 1;\n")
    case.refused(f"{name.removeprefix('|')}: ")


# Diesel: FileBasedMigrations and MigrationHarness

def test_diesel_an_edit_is_not_seen_and_a_late_one_is_run(make):
    case = make("diesel", "diesel")
    case.write("migrations/v1.2-3_odd/up.sql", "SELECT 1 / 0;\n")
    case.remove("migrations/2026-01-02-000000_index/metadata.toml")
    assert case.opens()
    case.write("migrations/2026-01-01-120000_between/up.sql")
    assert case.fails() == {"pending": ["20260101120000"]} and case.last.report["remedies"] == ["diesel migration run"]


def test_diesel_environment_goes_before_diesel_toml(make, bare_gate):
    case = make("diesel", "diesel")
    case.write("elsewhere/2027_a/up.sql")
    with_variable = {"env": {"MIGRATION_DIRECTORY": "elsewhere"}}
    done = case.gate.call("manifest", cwd=case.folder, migrations_framework="diesel", **with_variable)
    assert [item["id"] for item in json.loads(done.out)["migrations"]] == ["2027"]


def test_diesel_a_link_to_a_folder_is_one(make):
    case = make("diesel", "diesel")
    case.write("other/up.sql")
    (case.folder / "migrations/2028_link").symlink_to("../other")
    assert case.fails() == {"pending": ["2028"]}


# Doctrine Migrations: migrations:list and migrations:up-to-date

def migration(name, space="My\\Mig"):
    return f"<?php\nnamespace {space};\nfinal class {name} extends \\Doctrine\\Migrations\\AbstractMigration {{}}\n"


TWO = ["My\\Mig\\Version1", "Other\\Version0"]
DEEP = sorted(TWO + ["My\\Mig\\Strange", "My\\Mig\\Version5", "My\\Mig\\Version6"])
XML = '<doctrine-migrations><migrations-paths><path namespace="My">mig</path></migrations-paths></doctrine-migrations>'


@pytest.mark.parametrize("name, text, wanted", [
    ("migrations.php", "<?php return ['table_storage' => ['table_name' => 'done', 'version_column_length' => 1024], 'migrations_paths' "
     "=> ['My\\\\Mig' => './mig', 'Other' => __DIR__ . '/mig2'], 'organize_migrations' => 'none'];", TWO),
    ("migrations.php", "<?php return array('table_storage' => array('table_name' => \"done\"), 'migrations_paths' => "
     "array('My\\Mig' => 'mig', 'Other' => 'mig2',), 'organize_migrations' => false);", TWO),
    ("migrations.php", "<?php return ['table_storage' => ['table_name' => 'done'], 'migrations_paths' => ['My\\Mig' => 'mig', 'Other' => "
     "'mig2'], 'organize_migrations' => 'year_and_month'];", DEEP),
    ("migrations.json", '{"table_storage": {"table_name": "done"}, "migrations_paths": {"My\\\\Mig": "./mig", "Other": "mig2"}}', TWO),
    ("migrations.yml", "table_storage:\n    table_name: done\nmigrations_paths:\n    My\\Mig: ./mig\n    'Other': \"mig2\"\n"
     "all_or_nothing: true\n", TWO),
    ("migrations.yaml", "migrations_paths: # two\n\n    'My\\Mig': ./mig\n    # the other\n    Other: mig2   # more\ntable_storage:\n"
     "    table_name: done\n", TWO),
    ("migrations.yaml", "migrations_paths: {'My\\Mig': ./mig, Other: mig2}\ntable_storage: { table_name: done }\n", TWO),
    ("migrations.yml", "table_storage:\n    table_name: done\nmigrations_paths:\n    My\\Mig: ./mig\n    Other: mig2\n"
     "organize_migrations: year\n", DEEP),
])
def test_doctrine_configuration(make, db, name, text, wanted):
    case = make("doctrine", files=False)
    case.write(name, text)
    for place in ("mig/Version1", "mig/2025/Version5", "mig/old/Version6", "mig/old/er/Strange"):
        case.write(f"{place}.php", migration(place.rsplit("/", 1)[1]))
    case.write("mig2/Version0.php", migration("Version0", "Other"))
    assert case.ids() == case.ids(migrations_framework="auto") == wanted
    db.sql("CREATE TABLE done (version varchar(191) PRIMARY KEY, executed_at timestamp, execution_time int)")
    assert case.fails() == {"pending": wanted}
    db.sql("INSERT INTO done SELECT unnest(%s)", wanted)
    assert case.opens()


@pytest.mark.parametrize("framework, name, schema, table", [
    ("doctrine", "Done", "public", "done"), ("doctrine", "App.Done", "app", "done"), ("doctrine", '"Done"', "public", '"Done"'),
    ("phinx", "Done", "public", '"Done"'), ("phinx", "app.Done", "app", '"Done"'), ("phinx", "with-dash", "public", '"with-dash"')])
def test_tables_as_the_tools_name_them_in_sql(make, db, framework, name, schema, table):
    case = make(framework, framework)
    standard = {"doctrine": "doctrine_migration_versions", "phinx": "phinxlog"}[framework]
    for path in ("migrations.php", "phinx.yml"):
        if (case.folder / path).exists():
            text = (case.folder / path).read_text()
            case.write(path, text.replace(f": {standard}", f": {name}").replace(f"'{standard}'", f"'{name}'"))
    db.sql(f"CREATE SCHEMA IF NOT EXISTS app; CREATE TABLE {schema}.{table} AS TABLE public.{standard};"
           "DROP SCHEMA ta CASCADE; DROP TABLE public." + standard)
    assert case.opens() and case.last.report["tenants"]["total"] == 1, case.last


def test_doctrine_of_symfony_s_bundle(make):
    case = make("doctrine", files=False)
    case.write("bin/console")
    case.write("migrations/Version1.php", migration("Version1", "DoctrineMigrations"))
    case.write("src/Late/Anything.php", migration("Anything", "App\\Late"))
    case.write("config/packages/doctrine_migrations.yaml",
               "doctrine_migrations:\n    migrations_paths:\n        # namespace is arbitrary\n"
               "        'DoctrineMigrations': '%kernel.project_dir%/migrations'\n        'App\\Late': '%kernel.project_dir%/src/Late'\n"
               "    storage:\n        table_storage:\n            table_name: 'migration_versions'\n    enable_profiler: false\n"
               "    organize_migrations: BY_YEAR\n")
    assert case.fails(migrations_framework="auto") == {"no_history_table": []}
    assert "no table migration_versions" in case.last.out
    assert case.last.report["remedies"] == ["php bin/console doctrine:migrations:migrate --no-interaction"]
    assert case.ids() == ["App\\Late\\Anything", "DoctrineMigrations\\Version1"]


def test_doctrine_without_symfony_has_a_command_of_its_own(make, db):
    case = make("doctrine", "doctrine")
    db.sql("DELETE FROM doctrine_migration_versions")
    assert case.fails()["pending"]
    assert case.last.report["remedies"] == ["vendor/bin/doctrine-migrations migrate --no-interaction"]
    assert "# run = vendor/bin/doctrine-migrations migrate --no-interaction\n" in case.call("init", "-o", "-").out
    assert case.call("manifest", "-o", "m.json").code == 0
    assert case.fails(migrations_manifest="m.json")["pending"]
    assert case.last.report["remedies"] == ["vendor/bin/doctrine-migrations migrate --no-interaction"]


@pytest.mark.parametrize("name, text, part", [
    ("migrations.xml", XML, "configuration in XML"),
    ("migrations.php", "<?php return ['migrations_paths' => ['A' => $folder]];", "folder of the migrations is computed"),
    ("migrations.php", "<?php return ['migrations_paths' => ['A' => 'gone']];", "names the folder gone, which is not there"),
    ("migrations.php", "<?php return ['migrations_paths' => ['A' => 'mig'], 'table_storage' => ['table_name' => X]];", "history table is computed"),
    ("migrations.php", "<?php return ['migrations_paths' => ['A' => 'mig'], 'migrations' => [A\\B::class]];", "list of single classes"),
])
def test_doctrine_configuration_that_is_not_read(make, name, text, part):
    case = make("doctrine", files=False)
    case.write("mig/Version1.php", migration("Version1"))
    case.write(name, text)
    case.refused(part)


@pytest.mark.parametrize("name, text, ids", [
    ("VersionOther", migration("Version77", "DoctrineMigrations"), ["DoctrineMigrations\\Version77"]),
    ("VersionOther", migration("Version77", "DoctrineMigrations\\Sub"), ["DoctrineMigrations\\Sub\\Version77"]),
    ("VersionOther", "<?php namespace DoctrineMigrations { class A extends M {} class B extends M {} } namespace X { class C {} }",
     ["DoctrineMigrations\\A", "DoctrineMigrations\\B"]),
    ("VersionOther", migration("VersionOther", "DoctrineMigrationsToo"), []),
    ("VersionOther", "<?php return 1;\n", []),
    ("Other", migration("Version78", "DoctrineMigrations"), []),
    ("version79", migration("version79", "DoctrineMigrations"), []),
])
def test_doctrine_counts_the_classes_of_its_namespaces(make, name, text, ids):
    case = make("doctrine", "doctrine")
    case.write(f"migrations/{name}.php", text)
    assert case.fails() == ({"pending": ids} if ids else {})


def test_doctrine_stops_at_an_abstract_class(make):
    case = make("doctrine", "doctrine")
    case.write("migrations/VersionBase.php", "<?php namespace DoctrineMigrations; abstract class VersionBase {}")
    case.refused("VersionBase.php: declares an abstract class")


LISTING = r"""+------------------------------------------+----------------+
| Migration Versions                       |                |
+------------------------------------------+----------------+
| Migration                                | Status         |
+------------------------------------------+----------------+
| DoctrineMigrations\Version20260101000000 | migrated       |
| DoctrineMigrations\Version20200101000000 | migrated, not available |
| DoctrineMigrations\Version20260102000000 | not migrated   |
+------------------------------------------+----------------+
"""


def test_doctrine_manifest_from_its_own_list(make, db):
    case = make("doctrine", "doctrine")
    done = case.call("manifest", "--from", "doctrine", "-o", "m.json", "-", stdin=LISTING)
    assert done.code == 0, done
    db.sql("DELETE FROM doctrine_migration_versions WHERE version LIKE '%2026010200%'")
    assert case.fails(migrations_manifest="m.json") == {"pending": ["DoctrineMigrations\\Version20260102000000"]}


# Phinx: status

ONE, BOTH = ["20260101000000"], ["20260101000000", "20260102000000"]


@pytest.mark.parametrize("name, text, wanted", [
    ("phinx.yml", "paths:\n    migrations: '%%PHINX_CONFIG_DIR%%/mig'\nenvironments:\n    default_migration_table: done\n", ONE),
    ("phinx.yaml", "paths:\n    migrations:\n        - '%%PHINX_CONFIG_DIR%%/mig'\n        - mig2 # more\n    seeds: x\nenvironments:\n"
     "    default_migration_table: done\n    production: {adapter: pgsql, port: 1}\n", BOTH),
    ("phinx.yml", "paths:\n  migrations:\n  - mig\n  - mig2\nenvironments: {default_migration_table: done}\n", BOTH),
    ("phinx.yml", "paths:\n    migrations:\n        App\\Mig: '%%PHINX_CONFIG_DIR%%/mig'\nenvironments:\n    default_migration_table: done\n", ONE),
    ("phinx.json", '{"paths": {"migrations": "%%PHINX_CONFIG_DIR%%/mig"}, "environments": {"default_migration_table": "done"}}', ONE),
    ("phinx.json", '{"paths": {"migrations": ["%%PHINX_CONFIG_DIR%%/mig", "mig2"]}, "environments": {"default_migration_table": "done"}}', BOTH),
    ("phinx.json", '{"paths": {"migrations": {"App\\\\Mig": "mig"}}, "environments": {"default_migration_table": "done"}}', ONE),
    ("phinx.php", "<?php return ['paths' => ['migrations' => ['App\\\\Mig' => '%%PHINX_CONFIG_DIR%%/mig']], 'environments' => "
     "['default_migration_table' => 'done', 'production' => ['port' => 1]]];", ONE),
    ("phinx.php", "<?php return ['paths' => ['migrations' => __DIR__ . '/mig'], 'environments' => ['default_migration_table' => 'done']];", ONE),
    ("phinx.php", "<?php return ['paths' => ['migrations' => '%%PHINX_CONFIG_DIR%%/mi*'], 'environments' => ['default_migration_table' => 'done']];",
     BOTH),
    ("phinx.php", "<?php return ['paths' => ['migrations' => '%%PHINX_CONFIG_DIR%%/{mig,mig2}'], 'environments' => "
     "['default_migration_table' => 'done']];", BOTH),
    ("phinx.php", "<?php return array('paths' => array('migrations' => 'mig'), 'environments' => array('production' => "
     "array('migration_table' => 'done')));", ONE),
])
def test_phinx_configuration(make, db, name, text, wanted):
    case = make("phinx", files=False)
    case.write(name, text)
    case.write("mig/20260101000000_one.php", "<?php")
    case.write("mig2/20260102000000_two.php", "<?php")
    assert case.ids() == case.ids(migrations_framework="auto") == wanted
    db.sql("CREATE TABLE done (version bigint PRIMARY KEY, migration_name varchar(100), start_time timestamp, end_time timestamp, "
           "breakpoint boolean NOT NULL DEFAULT false)")
    assert case.fails() == {"pending": wanted}
    db.sql("INSERT INTO done SELECT unnest(%s)", [int(version) for version in wanted])
    assert case.opens()


def test_phinx_looks_into_one_file_only(make):
    case = make("phinx", files=False)
    case.write("phinx.php", "<?php return ['paths' => ['migrations' => 'mig']];")
    case.write("phinx.yml", "paths:\n  migrations: elsewhere\n")
    case.write("mig/20260101000000_one.php", "<?php")
    assert case.ids() == ONE


def test_phinx_computed_or_missing_folders_are_not_guessed(make):
    case = make("phinx", files=False)
    case.write("db/migrations/20260101000000_one.php", "<?php")
    case.write("phinx.php", "<?php return ['paths' => ['migrations' => ['a' => $x]]];")
    case.refused("phinx.php:1: the folder of the migrations is computed")
    case.write("phinx.php", "<?php return ['paths' => ['migrations' => __DIR__ . '/db' . $x]];")
    case.refused("phinx.php:1: the folder of the migrations is computed")
    case.write("phinx.php", "<?php return ['paths' => ['migrations' => ['db/migrations', 'modules/*/db']]];")
    case.refused("modules/*/db: is named by the project's configuration, but there is no such folder")


def test_phinx_stops_at_a_class_that_comes_twice_in_a_folder(make):
    case = make("phinx", "phinx")
    case.write("modules/billing/migrations/20260109000000_create_orders.php", "<?php")
    assert case.fails() == {"pending": ["20260109000000"]}, "in another folder it may have another namespace"
    case.write("db/migrations/20260109500000_create_Orders.php", "<?php")
    case.refused("two migrations are called db/migrations/CreateOrders")


def test_phinx_a_breakpoint_is_no_state(make, db):
    case = make("phinx", "phinx")
    db.sql("UPDATE phinxlog SET breakpoint = true")
    assert case.opens()
