"""Frameworks with a row per migration, on histories that the real tools wrote: nothing applied, half, all, one missing in the
middle, one that no file has; and their tenants."""
import pytest
from harness.postgres import ident
from histories import History, delete, load

# framework: (dump, table, column, [row values in the framework's order], ids where they differ, a row that no file has, and
# whether the framework itself stops at that, schemas of the dump beside public)
SETS = {
    "rails": ("rails_apartment", "schema_migrations", "version", ["7", "20260101000000", "20260102000000", "20260103000000"],
              "20270101000000", False, ["north", "south"]),
    "dbmate": ("dbmate", "schema_migrations", "version", ["00010", "11", "20260101000000", "20260102000000", "7"],
               "8", False, ["ta"]),
    "ecto": ("ecto", "schema_migrations", "version", ["7", "20260101000000", "20260102000000"], "20270101000000", False, ["ta"]),
    "knex": ("knex", "knex_migrations", "name", ["20260101000000_create_orders.js", "20260102000000_add_note.js"],
             "20270101000000_later.js", True, ["ta", "tb", "tc"]),
    "sequelize": ("sequelize", "SequelizeMeta", "name", ["20260101000000-create-orders.js", "20260102000000-add-note.cjs"],
                  "20270101000000-later.js", False, []),
    "node-pg-migrate": ("node-pg-migrate", "pgmigrations", "name",
                        ["1767225600000_create-orders", "20260102000000000_add-note"], "1899999999999_later", False, []),
    "laravel": ("laravel", "migrations", "migration", ["2026_01_01_000000_create_orders_table", "2026_01_02_000000_add_note"],
                "2027_01_01_000000_later", False, ["ta"]),
    "mikro-orm": ("mikro-orm", "mikro_orm_migrations", "name",
                  ["Migration20260101000000_orders", "Migration20260102000000"], "Migration20270101000000", False, ["ta"]),
}
# What a row needs beside its key.
MORE = {"laravel": ("batch", "1"), "node-pg-migrate": ("run_on", "now()"), "ecto": ("inserted_at", "now()"),
        "mikro-orm": ("id, executed_at", "99, now()"), "knex": ("id, batch", "99, 1")}


@pytest.fixture(params=SETS)
def case(request, bare_gate, db, tmp_path):
    made = History(bare_gate, tmp_path, db, request.param, request.param)
    made.dump, made.table, made.column, made.rows, made.later, made.stops, made.tenants = SETS[request.param]
    return made


def insert(case, value, schema="public"):
    names, values = MORE.get(case.framework, ("", ""))
    if case.framework in ("laravel", "node-pg-migrate"):
        names, values = f"id, {names}", f"99, {values}"
    return (f"INSERT INTO {ident(schema)}.{ident(case.table)} ({ident(case.column)}{', ' * bool(names)}{names}) "
            f"VALUES ('{value}'{', ' * bool(values)}{values});")


def test_the_files_are_read_as_the_tool_recorded_them(case):
    assert sorted(case.ids()) == sorted(case.rows)
    assert sorted(case.ids(migrations_framework="auto")) == sorted(case.rows)


def test_nothing_applied(case):
    assert case.fails() == {"no_history_table": []}
    load(case.database, case.dump)
    case.database.sql(f"TRUNCATE public.{ident(case.table)};")
    assert case.fails()["pending"] == case.rows, "in the order in which they would be applied"


def test_all_applied_in_every_schema(case):
    load(case.database, case.dump)
    assert case.opens()
    assert case.last.report["tenants"]["total"] == 1 + len(case.tenants)
    for row in case.rows:  # a set: a row that is there twice changes nothing
        case.database.sql(f"ALTER TABLE public.{ident(case.table)} DROP CONSTRAINT IF EXISTS {ident(case.table + '_pkey')};"
                          + insert(case, row))
    assert case.opens()


def test_the_newest_is_missing(case):
    load(case.database, case.dump)
    case.database.sql(delete(case.table, case.column, case.rows[-1]))
    assert case.fails() == {"pending": case.rows[-1:]}
    assert not case.warns()


def test_one_in_the_middle_is_missing(case):
    load(case.database, case.dump)
    case.database.sql(delete(case.table, case.column, case.rows[0]))
    assert case.fails() == {"pending": case.rows[:1]}
    assert case.warns() == {"out_of_order": case.rows[:1]}


def test_a_row_that_no_file_has(case):
    load(case.database, case.dump)
    case.database.sql(insert(case, case.later))
    code, fail, warn = case.verify()
    told = fail if case.stops else warn
    assert told == {"public": {"unknown": [case.later]}}, case.last
    assert code == (1 if case.stops else 0)
    assert case.verify(migrations_unknown="warn")[0] == 0
    assert case.verify(migrations_unknown="fail")[0] == 1


def test_a_file_that_is_removed_leaves_an_unknown_row(case):
    load(case.database, case.dump)
    newest = {path.name: path for path in case.folder.rglob("*") if path.is_file()}
    for name, path in newest.items():
        if case.rows[0].split(".")[0] in name or name.startswith("007_"):
            path.unlink()
    told = case.fails() if case.stops else case.warns()
    assert told == {"unknown": case.rows[:1]}


@pytest.mark.parametrize("framework", [name for name, row in SETS.items() if row[6]])
def test_one_tenant_is_behind(framework, bare_gate, db, tmp_path):
    case = History(bare_gate, tmp_path, db, framework, framework)
    dump, table, column, rows, _, _, tenants = SETS[framework]
    load(db, dump)
    db.sql(delete(table, column, rows[-1], tenants[0]))
    assert case.verify()[1] == {tenants[0]: {"pending": rows[-1:]}}
    assert case.fails(tenants[0], tenants_schemas=", ".join(tenants)) == {"pending": rows[-1:]}
    db.sql(f"CREATE SCHEMA hollow; DROP TABLE {ident(tenants[0])}.{ident(table)};")
    assert case.verify(tenants_schemas=f"hollow, {tenants[0]}")[1] == {
        "hollow": {"no_history_table": []}, tenants[0]: {"no_history_table": []}}


# What single frameworks do

def test_rails_compares_numbers(bare_gate, db, tmp_path):
    case = History(bare_gate, tmp_path, db, "rails", "rails")
    load(db, "rails_apartment")
    db.sql("UPDATE public.schema_migrations SET version = '007' WHERE version = '7';")
    assert case.opens()
    db.sql("INSERT INTO public.schema_migrations VALUES ('000');")
    assert case.warns() == {"unknown": ["0"]}


def test_dbmate_compares_texts(bare_gate, db, tmp_path):
    case = History(bare_gate, tmp_path, db, "dbmate", "dbmate")
    load(db, "dbmate")
    db.sql("UPDATE public.schema_migrations SET version = '007' WHERE version = '7';")
    assert case.fails() == {"pending": ["7"]}
    assert case.warns()["unknown"] == ["007"]


def test_mikro_orm_takes_rows_of_older_versions(bare_gate, db, tmp_path):
    case = History(bare_gate, tmp_path, db, "mikro-orm", "mikro-orm")
    load(db, "mikro-orm")
    db.sql("UPDATE public.mikro_orm_migrations SET name = name || '.ts';")
    assert case.opens()


def test_knex_recorded_as_ts_and_run_as_js(bare_gate, db, tmp_path):
    case = History(bare_gate, tmp_path, db, "knex", "knex")
    load(db, "knex")
    db.sql("UPDATE public.knex_migrations SET name = replace(name, '.js', '.ts');")
    assert set(case.fails()) == {"pending", "unknown"}


def test_another_framework_s_table_is_told_by_its_columns(bare_gate, db, tmp_path):
    case = History(bare_gate, tmp_path, db, "ecto", "ecto")
    load(db, "dbmate")
    db.sql("DROP SCHEMA ta CASCADE;")
    assert case.fails() == {"undecided": []}
    case = History(bare_gate, tmp_path / "2", db, "golang-migrate")
    case.write("migrations/1_a.up.sql")
    assert case.fails() == {"undecided": []}
    case = History(bare_gate, tmp_path / "3", db, "laravel", "laravel")
    db.sql("CREATE TABLE public.migrations (id serial, timestamp bigint, name varchar);")
    assert case.fails() == {"undecided": []}


def test_rows_with_nulls_are_not_decided(bare_gate, db, tmp_path):
    case = History(bare_gate, tmp_path, db, "knex", "knex")
    load(db, "knex")
    db.sql("INSERT INTO public.knex_migrations (id, name, batch) VALUES (9, NULL, 1);")
    assert case.fails() == {"undecided": []}


def test_a_number_column_that_holds_something_else_is_not_decided(bare_gate, db, tmp_path):
    case = History(bare_gate, tmp_path, db, "ecto", "ecto")
    db.sql("CREATE TABLE schema_migrations (version varchar, inserted_at timestamp); INSERT INTO schema_migrations VALUES ('x1')")
    assert case.fails() == {"undecided": []}
    assert "holds 'x1' where a number is expected" in case.last.said + case.last.out


# What Ecto 3.14 wrote and said: mix ecto.migrations called all of these up.
ECTO_ODD = {"007_seven.exs": 7, "+4_plus.exs": 4, "-3_minus.exs": -3, "-0_zero.exs": 0, "6_.exs": 6, "11_a.b.exs": 11,
            "19_x.exs.exs": 19, "20260104000000_seven.exs": 20260104000000, "9223372036854775807_most.exs": 9223372036854775807}


def test_ecto_odd_names_and_two_of_one_name(bare_gate, db, tmp_path):
    """Its check for two of one name is among those that are pending."""
    case = History(bare_gate, tmp_path, db, "ecto")
    for name in (*ECTO_ODD, "helper.exs", "14.exs", "15_x.ex", ".10_hidden.exs"):
        case.write(f"priv/repo/migrations/{name}")
    db.sql("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, inserted_at timestamp(0));")
    assert sorted(case.fails()["pending"]) == sorted(str(version) for version in ECTO_ODD.values())
    db.sql("".join(f"INSERT INTO schema_migrations VALUES ({version}, now());" for version in ECTO_ODD.values()))
    assert case.opens()
    db.sql("UPDATE schema_migrations SET inserted_at = NULL;")
    assert case.opens(), "as `mix ecto.load` leaves them"
    db.sql("DELETE FROM schema_migrations WHERE version = -3;")
    assert case.fails() == {"pending": ["-3"]}


@pytest.mark.parametrize("framework, name, row", [("ecto", "priv/repo/migrations/5_odd.exs", "5"), ("rails", "db/migrate/5_odd.rb", "'5'")])
@pytest.mark.parametrize("kind", ["folder", "dangling"])
def test_whatever_is_called_like_a_migration_counts(bare_gate, db, tmp_path, framework, name, row, kind):
    """Both go by a pattern for names; what is not in the image is not to be passed over."""
    case = History(bare_gate, tmp_path, db, framework)
    path = case.write(name)
    path.unlink()
    path.mkdir() if kind == "folder" else path.symlink_to("nowhere")
    db.sql(f"CREATE TABLE schema_migrations (version {'bigint' if framework == 'ecto' else 'varchar'}, inserted_at timestamp);")
    assert case.fails() == {"pending": ["5"]}
    db.sql(f"INSERT INTO schema_migrations VALUES ({row});")
    assert case.opens()
