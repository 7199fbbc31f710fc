"""Drizzle: it has no status of its own, so that its migrator is run and tells by what it then changes."""
import json

import nodetools
import pytest

MIGRATE = """\
import pg from "pg";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
try { await migrate(drizzle(pool), { migrationsFolder: "drizzle", ...(process.env.TENANT ? { migrationsSchema: process.env.TENANT } : {}) }); }
finally { await pool.end(); }
"""
A, B, C = "0000_calm_river", "0001_loud_tree", "0002_red_moon"
TIMES = {A: 1767225600000, B: 1767312000000, C: 1767398400000}


class Drizzle(nodetools.NodeProject):
    framework = "drizzle"
    history = "drizzle"
    module = "module"

    def start(self):
        super().start()
        self.write("migrate.mjs", MIGRATE)
        for tag in TIMES:
            self.migration(tag, f"CREATE TABLE {tag[5:]} ();\n")
        self.journal(A, B, C)

    def migration(self, tag, text):
        self.write(f"drizzle/{tag}.sql", text)

    def journal(self, *tags, **times):
        entries = [{"idx": i, "version": "7", "when": times.get(tag[5:], TIMES.get(tag)), "tag": tag, "breakpoints": True}
                   for i, tag in enumerate(tags)]
        self.write("drizzle/meta/_journal.json", json.dumps({"version": "7", "dialect": "postgresql", "entries": entries}))

    def migrate(self, **options):
        return self.run("node", "migrate.mjs", **options)

    def rows(self):
        return self.database.sql("SELECT created_at FROM drizzle.__drizzle_migrations ORDER BY id")

    def says(self, *pending, **kinds):
        """The gate's opinion, and whether the migrator then has anything to do."""
        failing, warning = self.verify()
        assert failing.get("drizzle", {}).get("pending", []) == list(pending), failing
        assert set(failing) <= {"drizzle"} and warning.get("drizzle", {}) == kinds, (failing, warning)
        before = self.rows()
        self.migrate()
        return len(self.rows()) - len(before)


@pytest.fixture
def case(project):
    return project(Drizzle)


def test_drizzle_never_half_all(case):
    case.history = "public"
    case.closed(no_history_table=[])
    case.journal(A)
    case.migrate()
    assert case.says() == 0
    case.journal(A, B, C)
    assert case.says(B, C) == 2
    assert case.says() == 0
    case.write("drizzle.config.ts", "")
    assert case.verify(migrations_framework="auto") == ({}, {})


def test_drizzle_skips_an_older_one_for_ever_and_the_gate_says_so(case):
    case.journal(A, C)
    case.migrate()
    case.journal(A, B, C)
    failing, warning = case.verify()
    assert failing == {"drizzle": {"pending": [B]}} and warning == {"drizzle": {"out_of_order": [B]}}
    case.migrate()
    assert len(case.rows()) == 2, "the tool passes over it without a word; the app would run without that table"
    assert case.verify()[0] == {"drizzle": {"pending": [B]}}


def test_drizzle_edited_and_removed(case):
    case.migrate()
    case.migration(B, "CREATE TABLE other ();\n")
    assert case.says(changed=[B]) == 0
    case.journal(A, B)
    assert case.says(changed=[B], unknown=[str(TIMES[C])]) == 0


def test_drizzle_regenerated_with_another_time_and_the_same_text(case):
    """The migrator goes by the time alone, and runs it again."""
    case.journal(A, B)
    case.migrate()
    case.migration(B, "CREATE TABLE IF NOT EXISTS loud_tree ();\n")
    case.database.sql("UPDATE drizzle.__drizzle_migrations SET hash = encode(sha256(convert_to(%s, 'UTF8')), 'hex') WHERE id = 2",
                      "CREATE TABLE IF NOT EXISTS loud_tree ();\n")
    case.journal(A, B, loud_tree=TIMES[C])
    failing, _ = case.verify()
    case.migrate()
    ran = len(case.rows()) - 2
    assert ran == 1, "the tool ran it again"
    assert failing.get("drizzle", {}).get("pending", []) == [B], "so it was pending"


def test_drizzle_failed(case):
    case.migration(C, "SELECT 1 / 0;\n")
    assert case.migrate(check=False).code == 1
    failing, _ = case.verify()
    wanted = [A, B, C] if case.rows() == [] else [C]
    assert failing["drizzle"]["pending"] == wanted


def test_drizzle_tenants(case, db):
    for schema in ("ta", "tb"):
        for tag in TIMES:
            case.migration(tag, f"CREATE TABLE IF NOT EXISTS {tag[5:]} ();\n")
        case.migrate(TENANT=schema)
    case.closed()
    db.sql("DELETE FROM tb.__drizzle_migrations WHERE created_at = %s", TIMES[C])
    assert case.verify()[0] == {"tb": {"pending": [C]}}
