"""node-pg-migrate: `up --dry-run` names what it would run, and stops where the order of rows and files differs."""
import re

import nodetools
import pytest

A, B, C = "1767225600000_a", "1767312000000_b", "20260103000000000_c"


class NodePgMigrate(nodetools.NodeProject):
    framework = "node-pg-migrate"

    def start(self):
        super().start()
        self.migration(A + ".js", "a")
        self.write(f"migrations/{B}.sql", "-- Up Migration\nCREATE TABLE b ();\n-- Down Migration\nDROP TABLE b;\n")
        self.migration(C + ".cjs", "c")

    def migration(self, name, table):
        self.write(f"migrations/{name}", f"exports.up = pgm => {{ pgm.createTable('{table}', {{id: 'id'}}); }};\n"
                   f"exports.down = pgm => {{ pgm.dropTable('{table}'); }};\n")

    def tool(self, *words, **options):
        return self.bin("node-pg-migrate", *words, **options)

    def tool_pending(self):
        done = self.tool("up", "--dry-run")
        return re.findall(r"^### MIGRATION (\S+) \(UP\) ###", done.out, re.M)


@pytest.fixture
def case(project):
    return project(NodePgMigrate)


def test_node_pg_migrate_none_half_all_and_back(case):
    case.closed(no_history_table=[])
    assert case.tool_pending() == [A, B, C]
    case.tool("up", "1")
    case.agree(B, C)
    case.tool("up")
    case.agree()
    assert case.verify(migrations_framework="auto") == ({}, {})
    case.tool("down")
    case.agree(C)


def test_node_pg_migrate_stops_at_an_older_one_that_came_later(case):
    case.remove(f"migrations/{B}.sql")
    case.tool("up")
    case.write(f"migrations/{B}.sql", "-- Up Migration\nCREATE TABLE b ();\n")
    done = case.tool("up", check=False)
    assert done.code == 1 and "Not run migration" in done.said, done
    failing, warning = case.verify()
    assert failing == {"public": {"pending": [B]}} and warning == {"public": {"out_of_order": [B]}}
    case.tool("up", "--no-check-order")
    # Now its row is the newest: rows and files differ in order, at which the tool stops for ever, unless it is told not to look.
    # Nothing could be run that would mend it, nothing is missing in the database: the gate opens.
    assert "Not run migration" in case.tool("up", "--dry-run", check=False).said
    for words in (["up", "--no-check-order"], ["up", "--no-check-order", "--dry-run"]):
        assert "No migrations to run!" in case.tool(*words).said
    assert case.verify() == ({}, {})


def test_node_pg_migrate_rows_in_another_order_and_something_pending(case):
    """The same order, and a newer file: that one is pending, and `up` needs --no-check-order to run it."""
    case.tool("up")
    case.database.sql("UPDATE pgmigrations SET run_on = now() + interval '1 day' WHERE name = %s", A)
    case.migration("20260104000000000_d.js", "d")
    assert case.tool("up", check=False).code == 1
    assert case.verify() == ({"public": {"pending": ["20260104000000000_d"]}}, {})
    case.tool("up", "--no-check-order")
    assert case.verify() == ({}, {})


def test_node_pg_migrate_removed_and_edited(case):
    case.tool("up")
    case.migration(A + ".js", "other")
    case.agree()
    case.remove(f"migrations/{C}.cjs")
    case.agree(warn={"unknown": [C]})
    case.remove(f"migrations/{A}.js")
    assert case.tool("up", check=False).code == 1, "a row without a file, before one that has a file"
    # The gate warns of both: all that this image has is applied, which is what the tool says too where it does not look at the
    # order; and with the order it stops for ever, whatever is deployed.
    assert "No migrations to run!" in case.tool("up", "--no-check-order").said
    assert case.verify() == ({}, {"public": {"unknown": [A, C]}})


def test_node_pg_migrate_failed(case):
    case.write(f"migrations/{B}.sql", "-- Up Migration\nSELECT 1 / 0;\n")
    assert case.tool("up", check=False).code == 1
    failing, _ = case.verify()
    assert failing in ({"public": {"pending": [A, B, C]}}, {"public": {"pending": [B, C]}})
    assert failing == {"public": {"pending": sorted(case.tool_pending())}}


def test_node_pg_migrate_a_name_without_digits_stops_it(case):
    case.write("migrations/.keep", "")
    case.tool("up")
    case.agree()
    case.write("migrations/helper.js", "")
    assert case.tool("up", check=False).code == 1
    case.refused("helper.js")


def test_node_pg_migrate_tenants(case, db):
    for schema in ("ta", "tb"):
        db.sql(f"CREATE SCHEMA {schema}")
        case.tool("up", "--schema", schema)
    case.closed()
    case.tool("down", "--schema", "tb")
    assert case.verify()[0] == {"tb": {"pending": [C]}}
