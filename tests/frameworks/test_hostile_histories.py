"""Histories that no framework would write, tables of another framework under the same name, and images that contradict
themselves: a clear message and a closed gate."""
import base64
import hashlib
import json

import pytest
from histories import History

RAILS = "CREATE TABLE schema_migrations (version varchar PRIMARY KEY); "
GOLANG = "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); "
ECTO = "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, inserted_at timestamp(0)); "
LARAVEL = "CREATE TABLE migrations (id serial PRIMARY KEY, migration varchar(255) NOT NULL, batch int NOT NULL); "
TYPEORM = "CREATE TABLE migrations (id serial PRIMARY KEY, timestamp bigint NOT NULL, name varchar NOT NULL); "


def atlas_sum(*files):
    """atlas.sum for these files."""
    def text(digest):
        return base64.b64encode(digest).decode()

    running, whole, lines = hashlib.sha256(), hashlib.sha256(), []
    for name, content in files:
        running.update(name.encode() + content)
        entry = text(running.digest())
        whole.update(name.encode() + entry.encode())
        lines.append(f"{name} h1:{entry}\n")
    return f"h1:{text(whole.digest())}\n" + "".join(lines)


FILES = {
    "rails": {"db/migrate/1_a.rb": ""},
    "dbmate": {"db/migrations/1_a.sql": "-- migrate:up\n-- migrate:down\n"},
    "golang-migrate": {"migrations/1_a.up.sql": ""},
    "ecto": {"priv/repo/migrations/1_a.exs": ""},
    "laravel": {"database/migrations/2026_01_01_000000_a.php": ""},
    "typeorm": {"migrations/1767225600000-A.js": "exports.A1767225600000 = class A1767225600000 {};\n"},
    "goose": {"migrations/1_a.sql": "-- +goose Up\n"},
    "sqlx": {"migrations/1_a.sql": "SELECT 1;\n"},
    "knex": {"migrations/1_a.js": ""},
    "sequelize": {"migrations/1-a.js": ""},
    "node-pg-migrate": {"migrations/1_a.js": ""},
    "mikro-orm": {"migrations/Migration1.js": ""},
    "phinx": {"db/migrations/20260101000000_a.php": ""},
    "diesel": {"migrations/1_a/up.sql": ""},
    "flyway": {"db/migration/V1__a.sql": ""},
    "refinery": {"migrations/V1__a.sql": ""},
    "prisma": {"prisma/migrations/1_a/migration.sql": ""},
    "atlas": {"migrations/1_a.sql": "", "migrations/atlas.sum": atlas_sum(("1_a.sql", b""))},
    "tern": {"migrations/1_a.sql": ""},
}


@pytest.fixture
def make(bare_gate, db, tmp_path):
    def made(framework, files=None):
        case = History(bare_gate, tmp_path, db, framework)
        for name, text in (files or FILES[framework]).items():
            case.write(name, text)
        return case
    return made


@pytest.mark.parametrize("framework, table", [
    ("golang-migrate", RAILS + "INSERT INTO schema_migrations VALUES ('1')"),
    ("golang-migrate", ECTO + "INSERT INTO schema_migrations VALUES (1, now())"),
    ("ecto", RAILS + "INSERT INTO schema_migrations VALUES ('1')"),
    ("ecto", GOLANG + "INSERT INTO schema_migrations VALUES (1, false)"),
    ("rails", GOLANG + "INSERT INTO schema_migrations VALUES (1, true)"),
    ("dbmate", GOLANG + "INSERT INTO schema_migrations VALUES (1, true)"),
    ("laravel", TYPEORM + "INSERT INTO migrations VALUES (1, 1, '2026_01_01_000000_a')"),
    ("typeorm", LARAVEL + "INSERT INTO migrations VALUES (1, 'A1767225600000', 1)"),
])
def test_the_table_of_another_framework_under_the_same_name(make, db, framework, table):
    case = make(framework)
    db.sql(table)
    code, failing, _ = case.verify()
    assert code == 1 and "undecided" in failing["public"], case.last


def test_golang_migrate_version_0_is_one_like_any_other(make, db):
    case = make("golang-migrate", {"migrations/0_init.up.sql": "", "migrations/1_a.up.sql": ""})
    db.sql(GOLANG + "INSERT INTO schema_migrations VALUES (0, false)")
    assert case.fails() == {"pending": ["1"]}
    case.remove("migrations/1_a.up.sql")
    assert case.fails() == {}
    db.sql("UPDATE schema_migrations SET dirty = true")
    assert case.fails() == {"failed": ["0"]}
    db.sql("DELETE FROM schema_migrations")
    assert case.fails() == {"pending": ["0"]}
    db.sql("INSERT INTO schema_migrations VALUES (-1, true)")
    assert set(case.fails()) == {"failed", "pending"}


NULLS = {
    "rails": "CREATE TABLE schema_migrations (version varchar); INSERT INTO schema_migrations VALUES ('1'), (NULL)",
    "dbmate": "CREATE TABLE schema_migrations (version varchar); INSERT INTO schema_migrations VALUES ('1'), (NULL)",
    "golang-migrate": "CREATE TABLE schema_migrations (version bigint, dirty boolean); INSERT INTO schema_migrations VALUES (NULL, false)",
    "golang-migrate dirty": "CREATE TABLE schema_migrations (version bigint, dirty boolean); INSERT INTO schema_migrations VALUES (1, NULL)",
    "goose": "CREATE TABLE goose_db_version (id int, version_id bigint, is_applied boolean); INSERT INTO goose_db_version VALUES (1, 1, NULL)",
    "goose id": "CREATE TABLE goose_db_version (id int, version_id bigint, is_applied boolean); INSERT INTO goose_db_version VALUES (NULL, 1, true)",
    "sqlx": "CREATE TABLE _sqlx_migrations (version bigint, success boolean, checksum bytea); "
            "INSERT INTO _sqlx_migrations VALUES (1, NULL, '\\x00')",
    "sqlx sum": "CREATE TABLE _sqlx_migrations (version bigint, success boolean, checksum bytea); "
                "INSERT INTO _sqlx_migrations VALUES (1, true, NULL)",
    "knex": "CREATE TABLE knex_migrations (id int, name varchar); INSERT INTO knex_migrations VALUES (1, '1_a.js'), (2, NULL)",
    "mikro-orm": "CREATE TABLE mikro_orm_migrations (name varchar); INSERT INTO mikro_orm_migrations VALUES ('Migration1'), (NULL)",
    "prisma": "CREATE TABLE _prisma_migrations (migration_name varchar, checksum varchar, finished_at timestamptz, "
              "rolled_back_at timestamptz); INSERT INTO _prisma_migrations VALUES ('1_a', '', now(), NULL), (NULL, '', now(), NULL)",
    "flyway": "CREATE TABLE flyway_schema_history (installed_rank int, version varchar, description varchar, type varchar, "
              "checksum int, success boolean); INSERT INTO flyway_schema_history VALUES (1, '1', 'a', 'SQL', 0, NULL)",
    "flyway rank": "CREATE TABLE flyway_schema_history (installed_rank int, version varchar, description varchar, type varchar, "
                   "checksum int, success boolean); INSERT INTO flyway_schema_history VALUES (NULL, '1', 'a', 'SQL', 0, true), "
                   "(NULL, '1', 'a', 'SQL', 0, true)",
    "flyway type": "CREATE TABLE flyway_schema_history (installed_rank int, version varchar, description varchar, type varchar, "
                   "checksum int, success boolean); INSERT INTO flyway_schema_history VALUES (1, '1', NULL, NULL, 0, true)",
    "flyway all": "CREATE TABLE flyway_schema_history (installed_rank int, version varchar, description varchar, type varchar, "
                  "checksum int, success boolean); INSERT INTO flyway_schema_history VALUES (1, NULL, NULL, NULL, NULL, NULL)",
    "refinery": "CREATE TABLE refinery_schema_history (version int, name varchar, checksum varchar); "
                "INSERT INTO refinery_schema_history VALUES (1, NULL, NULL)",
    "atlas": "CREATE TABLE atlas_schema_revisions (version varchar, applied int, total int, type int, error text); "
             "INSERT INTO atlas_schema_revisions VALUES ('1', NULL, NULL, NULL, NULL)",
    "tern": "CREATE TABLE schema_version (version int); INSERT INTO schema_version VALUES (NULL)",
}


@pytest.mark.parametrize("what", NULLS)
def test_rows_with_nulls_close_the_gate(make, db, what):
    case = make(what.split(" ")[0])
    db.sql(NULLS[what])
    code, failing, _ = case.verify()
    assert code == 1 and failing["public"], case.last


OVERFLOWS = {
    "golang-migrate": "CREATE TABLE schema_migrations (version numeric, dirty boolean); INSERT INTO schema_migrations VALUES (%s, false)",
    "ecto": "CREATE TABLE schema_migrations (version numeric, inserted_at timestamp); INSERT INTO schema_migrations VALUES (%s, now())",
    "goose": "CREATE TABLE goose_db_version (id int, version_id numeric, is_applied boolean); INSERT INTO goose_db_version VALUES (1, %s, true)",
    "rails": "CREATE TABLE schema_migrations (version varchar); INSERT INTO schema_migrations VALUES ('%s')",
}


@pytest.mark.parametrize("framework", OVERFLOWS)
def test_a_version_that_64_bits_cannot_hold_is_no_other_one(make, db, framework):
    """2^64 + 1 is not 1. Rails keeps texts of any length; the others' own columns could not hold it."""
    case = make(framework)
    db.sql((OVERFLOWS[framework] % 18446744073709551617))
    code, failing, warned = case.verify()
    if framework != "rails":
        assert code == 1 and failing["public"] == {"undecided": []}, case.last
        assert "holds '18446744073709551617', a number that does not fit into 64 bits" in case.last.out
    else:
        assert code == 1 and failing["public"]["pending"] == ["1"], case.last
        assert warned["public"]["unknown"] == ["18446744073709551617"]


@pytest.mark.parametrize("framework", ["golang-migrate", "goose", "ecto", "sqlx", "tern"])
def test_a_file_whose_version_64_bits_cannot_hold(make, framework):
    name = next(iter(FILES[framework]))
    version = "18446744073709551617"
    if framework == "golang-migrate":  # what is no number of 64 bits at all is passed over: what only a sign makes too big is not
        version = "9223372036854775808"
    case = make(framework, {name.replace("1_a", f"{version}_a"): "-- +goose Up\n"})
    case.refused("64 bits" if framework != "tern" else None)


def test_a_file_that_golang_migrate_passes_over_is_told(make):
    case = make("golang-migrate", {"migrations/1_a.up.sql": "", "migrations/18446744073709551617_b.up.sql": ""})
    done = case.call("manifest")
    assert done.code == 0 and done.out.count('"id"') == 1, done
    assert "warning: migrations/18446744073709551617_b.up.sql is passed over" in done.err and "64 bits" in done.err, done


@pytest.mark.parametrize("framework", sorted(set(FILES) - {"laravel", "typeorm", "prisma", "diesel", "mikro-orm", "knex", "sequelize",
                                                           "node-pg-migrate"}))
def test_two_files_of_one_version(make, framework):
    name, text = next(iter(FILES[framework].items()))
    twin = name.replace("__a", "__b") if "__a" in name else name.replace("_a", "_b")
    case = make(framework, {name: text, twin: text})
    case.refused()


def test_two_frameworks_in_one_folder_are_named(make):
    case = make("rails", {"db/migrate/1_a.rb": "", "artisan": "", "database/migrations/2026_01_01_000000_a.php": "<?php"})
    done = case.refused("more than one framework", migrations_framework="auto")
    assert "Rails" in done.said and "Laravel" in done.said


@pytest.mark.parametrize("framework", sorted(FILES))
def test_a_manifest_that_was_edited_never_opens_more(make, db, framework):
    """Each field of a migration taken out or made another: refused, or judged, but never a crash, and never open on nothing."""
    case = make(framework)
    done = case.call("manifest")
    assert done.code == 0, done
    whole = json.loads(done.out)
    entry = whole["migrations"][0]
    changes = [(key, value) for key in entry for value in (None, 0, -1, "", "x" * 70000, [], {}, [None], "\n", "é\u202e")]
    changes += [(key, value) for key in ("label", "place", "kind", "checksums", "parents") if key not in entry for value in ("x", 1, ["x"])]
    for key, value in changes[::3] + [(key, None) for key in entry]:
        edited = {**whole, "migrations": [{**entry, key: value} if value is not None else
                                          {k: v for k, v in entry.items() if k != key}]}
        case.write("m.json", json.dumps(edited))
        done = case.call("verify", "--format", "json", migrations_manifest="m.json")
        assert done.code in (1, 78), (key, value, done)
    for cut in range(1, len(done.out), max(1, len(done.out) // 12)):
        case.write("m.json", json.dumps(whole)[:-cut])
        assert case.call("verify", migrations_manifest="m.json").code == 78
