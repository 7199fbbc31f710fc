"""dbmate: `dbmate status --exit-code`. Versions are texts."""
import re

import pytest
import realtools

A, B, C = "20260101000000", "20260102000000", "20260103000000"


class Dbmate(realtools.Project):
    framework = "dbmate"

    def start(self):
        self.program = realtools.node_tools() / "node_modules/@dbmate/linux-x64/bin/dbmate"
        if not self.program.exists():
            realtools.missing("dbmate has no program for this kind of machine in the lock file")
        for version, table in ((A, "a"), (B, "b"), (C, "c")):
            self.migration(f"{version}_{table}.sql", f"CREATE TABLE {table} ();", f"DROP TABLE {table};")

    def migration(self, name, up, down="SELECT 1;"):
        self.write(f"db/migrations/{name}", f"-- migrate:up\n{up}\n\n-- migrate:down\n{down}\n")

    def dbmate(self, *words, query="", **options):
        url = self.database.url(sslmode="disable") + query
        return self.run(self.program, "--no-dump-schema", "--url", url, *words, **options)

    def tool_pending(self):
        done = self.dbmate("status", "--exit-code", check=False)
        pending = re.findall(r"^\[ \] (\d+)", done.out, re.M)
        assert done.code == (1 if pending else 0), done
        return pending


@pytest.fixture
def case(project):
    return project(Dbmate)


def test_dbmate_none_half_all_and_back(case):
    case.closed(no_history_table=[])
    assert case.tool_pending() == [A, B, C]
    for version, table in ((B, "b"), (C, "c")):
        case.remove(f"db/migrations/{version}_{table}.sql")
    case.dbmate("up")
    case.migration(f"{B}_b.sql", "CREATE TABLE b ();", "DROP TABLE b;")
    case.migration(f"{C}_c.sql", "CREATE TABLE c ();", "DROP TABLE c;")
    case.agree(B, C)
    case.dbmate("migrate")
    case.agree()
    assert case.verify(migrations_framework="auto") == ({}, {})
    case.dbmate("rollback")
    case.agree(C)


def test_dbmate_an_older_one_that_came_later_is_run_too(case):
    case.remove(f"db/migrations/{B}_b.sql")
    case.dbmate("migrate")
    case.migration(f"{B}_b.sql", "CREATE TABLE b ();")
    case.agree(B)
    case.dbmate("migrate")
    case.agree()


def test_dbmate_removed_edited_renamed(case):
    case.dbmate("migrate")
    case.migration(f"{A}_a.sql", "CREATE TABLE other ();")
    case.agree()
    case.remove(f"db/migrations/{B}_b.sql")
    case.migration(f"{B}_renamed.sql", "SELECT 1;")
    case.agree()
    case.remove(f"db/migrations/{C}_c.sql")
    case.agree(warn={"unknown": [C]})


def test_dbmate_failed(case):
    case.migration(f"{B}_b.sql", "SELECT 1 / 0;")
    assert case.dbmate("migrate", check=False).code != 0
    case.agree(B, C)


def test_dbmate_versions_are_texts(case):
    for name in ("7_seven.sql", "007_bond.sql", "00010.sql", "11-dash.sql", "99999999999999999999999_long.sql"):
        case.migration(name, "SELECT 1;")
    for name in ("readme.sql", "x1_y.sql", "12_notes.txt", "sub/13_x.sql", ".14_hidden.sql"):
        case.migration(name, "SELECT 1;")
    assert sorted(case.tool_pending()) == sorted(case.ids()) == sorted(
        ["7", "007", "00010", "11", "99999999999999999999999", A, B, C])
    case.dbmate("migrate")
    case.agree()
    case.database.sql("UPDATE schema_migrations SET version = '07' WHERE version = '7'")
    case.agree("7", warn={"unknown": ["07"]})


def test_dbmate_two_files_of_one_version(case):
    case.migration(f"{A}_twice.sql", "SELECT 1;")
    assert case.dbmate("migrate", check=False).code != 0, "the second row breaks the primary key"
    case.refused(A)


def test_dbmate_tenants_by_search_path(case, db):
    for schema in ("ta", "tb"):
        db.sql(f"CREATE SCHEMA {schema}")
        case.dbmate("migrate", query=f"&search_path={schema}")
    case.closed()
    case.dbmate("rollback", query="&search_path=tb")
    assert case.verify()[0] == {"tb": {"pending": [C]}}


def test_dbmate_another_table(case):
    case.settings["migrations_table"] = "done"
    case.dbmate("--migrations-table", "done", "migrate")
    case.closed()


def test_dbmate_status_is_a_listing(case):
    case.lists(case.dbmate("status").out)
    case.dbmate("up")
    status = case.dbmate("status").out
    case.lists(status)
    assert case.from_listing("".join(status.splitlines(True)[1:])) is None  # it says how many there are
