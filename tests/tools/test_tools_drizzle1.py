"""Drizzle 1.0: folders instead of a journal. It has no status, so that its migrator is run and tells by what it then changes:
what it adds to its table must be what the gate called pending. Histories of 0.45 are written by 0.45."""
import hashlib
import json

import nodetools
import pytest
import realtools

MIGRATE = """\
import pg from "pg";
const { drizzle } = await import(`${process.env.ORM}/node-postgres`);
const { migrate } = await import(`${process.env.ORM}/node-postgres/migrator`);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const db = process.env.ORM === "drizzle-orm" ? drizzle({ client: pool }) : drizzle(pool);
try { await migrate(db, { migrationsFolder: "drizzle", ...(process.env.TENANT ? { migrationsSchema: process.env.TENANT } : {}) }); }
finally { await pool.end(); }
"""
CONFIG = 'export default { dialect: "postgresql", out: "./drizzle", dbCredentials: { url: process.env.DATABASE_URL } };\n'
A, B, C = "20260101000000_calm_river", "20260102000000_loud_tree", "20260103000000_red_moon"
OLD = {"0000_calm_river": 1767225600123, "0001_loud_tree": 1767312000456, "0002_red_moon": 1767398400789}
NOBODY = "00000000-0000-0000-0000-000000000000"


def table_of(name):
    return name.split("_", 1)[1]


class Drizzle(nodetools.NodeProject):
    framework = "drizzle"
    history = "drizzle"
    module = "module"
    packages = realtools.HERE / "drizzle1"

    def start(self):
        super().start()
        self.write("migrate.mjs", MIGRATE)
        self.write("drizzle.config.js", CONFIG)

    def folders(self, *names):
        for name in names:
            self.write(f"drizzle/{name}/migration.sql", f"CREATE TABLE {table_of(name)} ();\n")

    def journal(self, times):
        """A project of 0.45."""
        before = NOBODY
        for number, tag in enumerate(times):
            self.write(f"drizzle/{tag}.sql", f"CREATE TABLE {table_of(tag)} ();\n")
            own = f"00000000-0000-0000-0000-00000000000{number + 1}"
            self.write(f"drizzle/meta/{number:04}_snapshot.json", json.dumps(
                {"id": own, "prevId": before, "version": "7", "dialect": "postgresql", "tables": {}, "enums": {}, "schemas": {},
                 "sequences": {}, "roles": {}, "policies": {}, "views": {}, "_meta": {"columns": {}, "schemas": {}, "tables": {}}}))
            before = own
        entries = [{"idx": i, "version": "7", "when": when, "tag": tag, "breakpoints": True} for i, (tag, when) in enumerate(times.items())]
        self.write("drizzle/meta/_journal.json", json.dumps({"version": "7", "dialect": "postgresql", "entries": entries}))

    def migrate(self, orm="drizzle-orm", **options):
        return self.run("node", "migrate.mjs", ORM=orm, **options)

    def kit(self, *words, **options):
        return self.bin("drizzle-kit", *words, **options)

    def rows(self, what="name", schema="drizzle"):
        return [row[0] for row in self.database.sql(f"SELECT {what} FROM {schema}.__drizzle_migrations ORDER BY id")]

    def says(self, *pending, ran=None, stops=False, **kinds):
        """The gate calls these pending (and warns of those), and they are what the migrator then runs."""
        failing, warning = self.verify()
        assert failing.get("drizzle", {}).get("pending", []) == list(pending), failing
        assert set(failing) <= {"drizzle"} and warning.get("drizzle", {}) == kinds, (failing, warning)
        before = len(self.rows("id"))
        done = self.migrate(check=False)
        assert (done.code != 0) == stops, done
        assert len(self.rows("id")) - before == (len(pending) if ran is None else ran)


@pytest.fixture
def case(project):
    return project(Drizzle)


@pytest.fixture
def old(case):
    """Applied by 0.45, all but the last."""
    case.journal(dict(list(OLD.items())[:2]))
    case.migrate("drizzle-orm-0")
    case.journal(OLD)
    return case


def test_drizzle_1_never_half_all_and_back(case):
    case.history = "public"
    case.folders(A)
    case.closed(no_history_table=[])
    case.migrate()
    case.says()
    case.folders(B, C)
    case.says(B, C)
    assert case.rows() == [A, B, C]
    case.says()
    assert case.verify(migrations_framework="auto") == ({}, {})
    case.database.sql("DELETE FROM drizzle.__drizzle_migrations WHERE name = %s; DROP TABLE red_moon", C)
    case.says(C)


def test_drizzle_1_by_its_command_line(case):
    case.folders(A, B)
    case.kit("migrate")
    assert case.rows() == [A, B]
    case.says()
    case.folders(C)
    assert case.verify()[0] == {"drizzle": {"pending": [C]}}
    case.kit("migrate")
    case.says()


def test_drizzle_1_runs_an_older_one_that_came_later(case):
    case.folders(A, C)
    case.migrate()
    case.folders(B)
    case.says(B, out_of_order=[B])


def test_drizzle_1_edited_removed_renamed(case):
    case.folders(A, B, C)
    case.migrate()
    case.write(f"drizzle/{B}/migration.sql", "CREATE TABLE other ();\n")
    case.says(changed=[B])
    case.remove(f"drizzle/{C}")
    case.says(changed=[B], unknown=[C])
    case.folders("20260103000000_blue_moon")
    case.says("20260103000000_blue_moon", changed=[B], unknown=[C])


def test_drizzle_1_failed(case):
    case.folders(A, C)
    case.write(f"drizzle/{B}/migration.sql", "SELECT 1 / 0;\n")
    assert case.migrate(check=False).code != 0
    assert case.verify()[0] == {"drizzle": {"pending": [A, B, C]}} and case.rows() == []


def test_drizzle_1_odd_folders(case):
    case.folders(A, "20261301000000_month")
    case.write("drizzle/20260105000000/migration.sql", "SELECT 1;\n")
    case.write("drizzle/readme.md", "")
    case.write("drizzle/20260109000000_a_file", "")
    case.write("drizzle/drafts/other.sql", "")
    case.write(f"elsewhere/{B}/migration.sql", "CREATE TABLE loud_tree ();\n")
    (case.folder / "drizzle" / B).symlink_to(f"../elsewhere/{B}")
    want = case.ids()
    assert want == [A, B, "20260105000000", "20261301000000_month"]
    case.migrate()
    assert sorted(case.rows()) == want
    case.says()


@pytest.mark.parametrize("name", ["my-own_name", "20260104_short", ".20260104000000_hidden", "2026010500000x_letter"])
def test_drizzle_1_a_folder_whose_name_is_no_time(case, name):
    """It counts, and cannot be recorded."""
    case.folders(A)
    case.migrate()
    case.folders(name)
    assert case.verify()[0] == {"drizzle": {"pending": [name]}}
    done = case.migrate(check=False)
    assert (done.code == 0) == (name in case.rows()), done


def test_drizzle_1_takes_over_a_history_of_0(old):
    """Before the upgrade of the table, which the first migrate does, and after it."""
    assert old.verify() == ({"drizzle": {"pending": ["0002_red_moon"]}}, {})
    assert old.migrate(check=False).code != 0, "the journal has to go first"
    old.kit("up")
    assert sorted(path.name for path in (old.folder / "drizzle").iterdir()) == [A, B, C]
    old.says(C)
    assert old.rows() == [A, B, C]
    old.says()


def test_drizzle_1_takes_over_with_files_that_were_edited(old):
    old.kit("up")
    old.write(f"drizzle/{B}/migration.sql", "CREATE TABLE other ();\n")
    old.says(C, changed=[B])


def test_drizzle_1_takes_over_a_row_that_no_folder_has(old):
    """It stops there, whatever is pending; once the table is of its own form it passes over such a row."""
    old.kit("up")
    old.remove(f"drizzle/{B}")
    failing, _ = old.verify()
    assert failing == {"drizzle": {"pending": [C], "unknown": ["1767312000456"]}}
    assert old.migrate(check=False).code != 0
    old.remove(f"drizzle/{C}")
    assert old.verify()[0] == {"drizzle": {"unknown": ["1767312000456"]}}
    assert "do not match any local migration" in old.migrate(check=False).said
    old.folders(B)
    old.says()
    old.remove(f"drizzle/{B}")
    old.says(unknown=[B])


def test_drizzle_1_tells_two_of_one_second_by_their_text(case):
    """Both times are made the same second."""
    case.journal({"0000_calm_river": 1767225600100})
    case.migrate("drizzle-orm-0")
    case.remove("drizzle")
    other = A.replace("calm_river", "also_now")
    case.folders(A, other)
    assert case.ids() == [other, A]
    case.says(other, out_of_order=[other])


def test_drizzle_1_finds_by_text_what_has_another_time(case):
    case.journal({"0000_calm_river": 1700000000000})
    case.migrate("drizzle-orm-0")
    case.remove("drizzle")
    case.folders(A, B)
    case.says(B)


def test_drizzle_1_rows_that_0_wrote_after_the_upgrade_do_not_count(old):
    """An older image is started once more, and applies one: it writes no name."""
    old.kit("up")
    old.folders(A, B)
    old.remove(f"drizzle/{C}")
    old.migrate()
    old.remove("drizzle")
    old.journal(OLD)
    assert old.verify()[0] == {"drizzle": {"pending": ["0002_red_moon"]}}
    old.migrate("drizzle-orm-0")
    assert old.verify() == ({}, {})
    old.kit("up")
    assert old.rows() == [A, B, None]
    failing, _ = old.verify()
    assert failing == {"drizzle": {"pending": [C]}}
    assert 'relation "red_moon" already exists' in old.migrate(check=False).said


def test_drizzle_1_a_journal_beside_folders(old):
    """0.45 would pass over the folder, 1.0 stops at the journal: nobody can tell which of them is meant."""
    old.folders(C)
    assert old.migrate(check=False).code != 0
    old.refused("_journal.json")


def test_drizzle_1_tenants(case, db):
    for schema in ("ta", "tb"):
        for name in (A, B):
            case.write(f"drizzle/{name}/migration.sql", f"CREATE TABLE IF NOT EXISTS {table_of(name)} ();\n")
        case.migrate(TENANT=schema)
    case.closed()
    db.sql("DELETE FROM tb.__drizzle_migrations WHERE name = %s", B)
    assert case.verify()[0] == {"tb": {"pending": [B]}}


def test_drizzle_1_hash_is_of_the_bytes(case):
    text = "\ufeffCREATE TABLE calm_river ();\r\n--> statement-breakpoint\r\nSELECT 1;"
    case.write(f"drizzle/{A}/migration.sql", text.removeprefix("\ufeff"))
    case.migrate()
    case.says()
    assert case.rows("hash") == [hashlib.sha256(text.removeprefix("\ufeff").encode()).hexdigest()]


def test_drizzle_1_where_its_configuration_says(case):
    """Another folder and another table; a folder that is left over counts no more."""
    case.write("drizzle.config.ts", "import { defineConfig } from 'drizzle-kit';\nexport default defineConfig({\n  dialect: 'postgresql',\n"
               "  out: './db/steps', // not ./drizzle\n  migrations: { table: 'done', schema: 'public' },\n"
               "  dbCredentials: { url: process.env.DATABASE_URL! },\n});\n")
    case.remove("drizzle.config.js")
    case.folders(A)
    case.write(f"db/steps/{A}/migration.sql", "CREATE TABLE a ();\n")
    case.write(f"db/steps/{B}/migration.sql", "CREATE TABLE b ();\n")
    case.kit("migrate")
    assert case.database.sql("SELECT name FROM public.done ORDER BY id") == [(A,), (B,)]
    case.history = "public"
    case.closed()
    assert case.verify(migrations_framework="auto") == ({}, {})
    case.write(f"db/steps/{C}/migration.sql", "CREATE TABLE c ();\n")
    case.closed(pending=[C])
    case.kit("migrate")
    case.closed()
