"""Frameworks whose rows hold more than a key, on histories that the real tools wrote (Prisma, Drizzle, Liquibase, Sqitch,
TypeORM)."""
import shutil

import pytest
from histories import History, load
from projects import CASES


@pytest.fixture
def make(bare_gate, db, tmp_path):
    def made(framework, dump=None, schema=None, files=True):
        case = History(bare_gate, tmp_path, db, framework, framework if files else None)
        if dump:
            load(db, dump, schema)
        return case
    return made


INIT, NOTE, BOOM = "20260101000000_init", "20260102000000_add_note", "20260103000000_boom"


def test_prisma_all_and_one_tenant_behind(make, db):
    case = make("prisma", "prisma")
    assert case.opens() and case.opens(migrations_framework="auto")
    db.sql(f"DELETE FROM ta._prisma_migrations WHERE migration_name = '{NOTE}';")
    assert case.verify()[1] == {"ta": {"pending": [NOTE]}}


def test_prisma_edited(make):
    case = make("prisma", "prisma")
    case.write(f"prisma/migrations/{INIT}/migration.sql", "CREATE TABLE other ();\n")
    assert case.verify()[0] == 0 and case.warns() == {"changed": [INIT]}
    assert case.fails(migrations_changed="fail") == {"changed": [INIT]}


@pytest.mark.parametrize("name", [INIT, NOTE])
def test_prisma_line_ends_are_no_edit(make, name):
    case = make("prisma", "prisma")
    path = case.folder / "prisma" / "migrations" / name / "migration.sql"
    text = path.read_bytes().replace(b"\r\n", b"\n")
    path.write_bytes(text)
    assert case.opens()
    path.write_bytes(text.replace(b"\n", b"\r\n"))
    assert case.opens()


def test_prisma_failed_then_rolled_back_then_applied(make, db):
    case = make("prisma", "prisma")
    case.write(f"prisma/migrations/{BOOM}/migration.sql", "SELECT 1 / 0;\n")
    assert case.fails() == {"pending": [BOOM]}
    db.sql(f"INSERT INTO _prisma_migrations (id, checksum, migration_name, logs) VALUES ('x', '00', '{BOOM}', 'why');")
    assert case.fails() == {"failed": [BOOM]}
    case.remove(f"prisma/migrations/{BOOM}")
    assert case.fails() == {"failed": [BOOM]}, "it blocks even where its folder is gone"
    case.write(f"prisma/migrations/{BOOM}/migration.sql", "SELECT 1 / 0;\n")
    db.sql("UPDATE _prisma_migrations SET rolled_back_at = now() WHERE id = 'x';")
    assert case.fails() == {"pending": [BOOM]}, "as deploy has it, not as status says"


def test_prisma_failed_then_resolved(make):
    case = make("prisma", "prisma_failed_then_resolved", "prisma")
    case.write(f"prisma/migrations/{BOOM}/migration.sql", "SELECT 1;\n")
    assert "pending" not in case.fails() and "failed" not in case.fails()


def test_prisma_unknown_gap_and_a_folder_without_a_file(make, db):
    case = make("prisma", "prisma")
    case.remove(f"prisma/migrations/{INIT}")
    assert case.warns() == {"unknown": [INIT]} and case.verify()[0] == 0
    db.sql(f"DELETE FROM _prisma_migrations WHERE migration_name = '{INIT}';")
    (case.folder / "prisma/migrations/drafts").mkdir()
    assert case.fails() == {"pending": ["drafts"]}
    case.remove("prisma/migrations/drafts")
    (case.folder / "prisma/migrations/20260109000000_link").symlink_to(case.folder / "prisma/migrations" / NOTE)
    assert case.fails() == {}, "a link is no folder to Prisma"


def test_drizzle(make, db):
    case = make("drizzle", "drizzle")
    assert case.opens() and case.opens(migrations_framework="auto")
    assert case.last.report["tenants"]["total"] == 1
    case.write("out/0001_loud_tree.sql", "SELECT 1;\n")
    assert case.verify()[0] == 0 and case.warns("drizzle") == {"changed": ["0001_loud_tree"]}
    db.sql("DELETE FROM drizzle.__drizzle_migrations WHERE id = 2;")
    assert case.fails("drizzle") == {"pending": ["0001_loud_tree"]}


def test_drizzle_an_entry_that_would_be_skipped_for_ever(make):
    case = make("drizzle", "drizzle")
    case.write("out/0002_late.sql", "SELECT 1;\n")
    journal = (case.folder / "out/meta/_journal.json").read_text().rstrip()[:-2]
    case.write("out/meta/_journal.json", journal + ',{"idx":2,"when":1767300000000,"tag":"0002_late"}]}')
    assert case.fails("drizzle") == {"pending": ["0002_late"]}
    case.remove("out/0002_late.sql")
    case.refused("0002_late.sql: cannot be opened")


def test_drizzle_an_entry_above_the_highest_time_is_pending_even_if_a_row_has_its_hash(make):
    """The migrator goes by the time and would run it again."""
    case = make("drizzle", "drizzle")
    journal = (case.folder / "out/meta/_journal.json").read_text()
    case.write("out/meta/_journal.json", journal.replace("1767312000000", "1767312000001"))
    assert case.fails("drizzle") == {"pending": ["0001_loud_tree"]}
    case.write("out/meta/_journal.json", journal.replace("1767312000000", "1767311999999"))
    assert case.fails("drizzle") == {}, "never run again, and its text is recorded"


def test_drizzle_a_row_with_neither_time_nor_name(make, db):
    case = make("drizzle", "drizzle")
    db.sql("INSERT INTO drizzle.__drizzle_migrations (id, hash) VALUES (3, 'ab');")
    assert case.fails("drizzle") == {"undecided": []}


def test_drizzle_unknown_rows(make, db):
    case = make("drizzle", "drizzle")
    db.sql("INSERT INTO drizzle.__drizzle_migrations (id, hash, created_at) VALUES (3, 'ab', 1899999999999);")
    assert case.verify()[0] == 0 and case.warns("drizzle") == {"unknown": ["1899999999999"]}


def test_drizzle_1_reads_folders_and_takes_rows_of_older_versions(make, db):
    case = make("drizzle", "drizzle", files=False)
    out = CASES / "drizzle" / "out"
    case.write("drizzle/20260101000000_calm_river/migration.sql", (out / "0000_calm_river.sql").read_text())
    case.write("drizzle/20260102000000_loud_tree/migration.sql", (out / "0001_loud_tree.sql").read_text())
    case.write("drizzle/readme.md", "")
    assert case.opens(), "by their times"
    db.sql("UPDATE drizzle.__drizzle_migrations SET created_at = created_at + 123;")
    assert case.verify()[0] == 0, "without the last three digits"
    db.sql("ALTER TABLE drizzle.__drizzle_migrations ADD COLUMN name text;"
           "UPDATE drizzle.__drizzle_migrations SET name = '20260101000000_calm_river', created_at = 1 WHERE id = 1;"
           "UPDATE drizzle.__drizzle_migrations SET name = 'other', created_at = 1 WHERE id = 2;")
    assert case.fails("drizzle") == {"pending": ["20260102000000_loud_tree"]}
    assert case.warns("drizzle")["unknown"] == ["other"]


# What 1.0.0-rc.5 makes of such a history, and the tables that it then has: as it is, upgraded, and with a row that an older
# image wrote after that.
DRIZZLE_1 = ("20260101000000_calm_river", "20260102000000_loud_tree")
UPGRADED = ('ALTER TABLE {0}.__drizzle_migrations ADD COLUMN IF NOT EXISTS "name" text; '
            'ALTER TABLE {0}.__drizzle_migrations ADD COLUMN IF NOT EXISTS "applied_at" timestamp with time zone DEFAULT now(); '
            "UPDATE {0}.__drizzle_migrations SET name = '20260101000000_calm_river', applied_at = NULL WHERE id = 1;")
NAMED = "UPDATE {0}.__drizzle_migrations SET name = '20260102000000_loud_tree', applied_at = NULL WHERE id = 2;"
FRESH = ("DROP TABLE {0}.__drizzle_migrations; CREATE TABLE {0}.__drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, "
         "created_at bigint, name text, applied_at timestamp with time zone DEFAULT now()); ")
FIRST = "INSERT INTO {0}.__drizzle_migrations (hash, created_at, name) VALUES ('{1}', 1767225600000, '20260101000000_calm_river');"


@pytest.fixture
def drizzle_1(make):
    case = make("drizzle", "drizzle", files=False)
    out = CASES / "drizzle" / "out"
    for name, old in zip(DRIZZLE_1, ("0000_calm_river", "0001_loud_tree")):
        case.write(f"drizzle/{name}/migration.sql", (out / f"{old}.sql").read_text())
    return case


def test_drizzle_1_tables_of_each_age(drizzle_1, db):
    assert drizzle_1.opens()
    db.sql(UPGRADED.format("drizzle"))
    assert drizzle_1.fails("drizzle") == {"pending": [DRIZZLE_1[1]]}, "a row without a name counts no more"
    db.sql(NAMED.format("drizzle"))
    assert drizzle_1.opens()
    db.sql(FRESH.format("drizzle") + FIRST.format("drizzle", "00"))
    assert drizzle_1.fails("drizzle") == {"pending": [DRIZZLE_1[1]]} and drizzle_1.warns("drizzle") == {"changed": [DRIZZLE_1[0]]}


def test_drizzle_1_an_old_row_that_no_folder_has_stops_it(drizzle_1, db):
    drizzle_1.remove(f"drizzle/{DRIZZLE_1[1]}")
    assert drizzle_1.fails("drizzle") == {"unknown": ["1767312000000"]}
    assert "at which the framework itself stops" in drizzle_1.last.said + drizzle_1.last.out
    db.sql(UPGRADED.format("drizzle") + NAMED.format("drizzle"))
    assert drizzle_1.verify()[0] == 0 and drizzle_1.warns("drizzle") == {"unknown": [DRIZZLE_1[1]]}


def test_drizzle_1_two_of_one_second_are_told_by_their_text(drizzle_1, db):
    drizzle_1.write("drizzle/20260101000000_also_now/migration.sql", "SELECT 1;\n")
    assert drizzle_1.fails("drizzle") == {"pending": ["20260101000000_also_now"]}


def test_drizzle_1_among_many(drizzle_1, db):
    """The same rows in a table with the column and in one without it are not the same history."""
    kinds = ("", UPGRADED, UPGRADED + NAMED, UPGRADED.rsplit("UPDATE", 1)[0], FRESH)
    for number in range(20):
        name = f"m{number:02}"
        db.sql(f"CREATE SCHEMA {name}; CREATE TABLE {name}.__drizzle_migrations AS TABLE drizzle.__drizzle_migrations;"
               + kinds[number % 5].format(name))
    _, failing, _ = drizzle_1.verify(tenants_schemas=", ".join(f"m{number:02}" for number in range(20)))
    pending = {0: [], 1: [DRIZZLE_1[1]], 2: [], 3: list(DRIZZLE_1), 4: list(DRIZZLE_1)}
    assert failing == {f"m{number:02}": {"pending": pending[number % 5]} for number in range(20) if pending[number % 5]}


def test_drizzle_without_its_journal(make):
    """A .dockerignore with `meta` in it is enough."""
    case = make("drizzle", "drizzle")
    (case.folder / "out").rename(case.folder / "drizzle")
    assert case.opens()
    case.remove("drizzle/meta")
    done = case.refused("drizzle/0000_calm_river.sql: has no journal (meta/_journal.json beside it)")
    assert "What to do" in done.said
    case.remove("drizzle")
    case.refused("there are no migrations like 20260101000000_name/migration.sql in the working directory")


def test_drizzle_a_journal_beside_folders_of_1(make):
    case = make("drizzle", "drizzle")
    case.write("out/20260103000000_new/migration.sql", "SELECT 1;\n")
    done = case.refused("_journal.json is a journal as Drizzle had it before 1.0")
    assert "out/20260103000000_new/migration.sql" in done.said and "npx drizzle-kit up" in done.said


@pytest.mark.parametrize("dump", ["liquibase_v8", "liquibase_v9"])
def test_liquibase_with_checksums_of_both_versions(make, db, dump):
    case = make("liquibase", dump, "liquibase")
    assert case.opens() and case.opens(migrations_framework="auto")
    text = (case.folder / "changelog.sql").read_text()
    case.write("changelog.sql", text.replace("id int primary key -- key", "id  int primary key  -- key"))
    assert case.opens(), "only blanks"
    case.write("changelog.sql", text.replace("id int primary key", "id bigint primary key"))
    assert case.fails() == {"changed": ["changelog.sql::create-orders::alice"]}
    case.write("changelog.sql", text.replace("as select id", "as select id + 1"))
    assert case.fails() == {"pending": ["changelog.sql::2::bob"]}, "runOnChange"
    case.write("changelog.sql", text)
    db.sql("UPDATE databasechangelog SET md5sum = NULL;")
    assert case.opens()
    db.sql("UPDATE databasechangelog SET md5sum = '7:00';")
    assert case.fails() == {"undecided": []}
    db.sql("DELETE FROM databasechangelog WHERE id = 'create-orders'; UPDATE databasechangelog SET md5sum = NULL;")
    assert case.fails() == {"pending": ["changelog.sql::create-orders::alice"]}


def test_liquibase_unknown_rows_and_other_paths(make, db):
    case = make("liquibase", "liquibase_v9", "liquibase")
    db.sql("UPDATE databasechangelog SET filename = 'classpath:./x/../changelog.sql';")
    assert case.opens()
    db.sql("INSERT INTO databasechangelog (id, author, filename, dateexecuted, orderexecuted, exectype) "
           "VALUES ('x', 'y', 'z.sql', now(), 9, 'EXECUTED');")
    assert case.verify()[0] == 0 and case.warns() == {"unknown": ["z.sql::x::y"]}
    db.sql("UPDATE databasechangelog SET filename = 'db/changelog.sql';")
    assert len(case.fails()["pending"]) == 4, "a changelog that was moved is another"


def test_liquibase_in_groovy_is_refused_with_the_way_out(make):
    case = make("liquibase", files=False)
    case.write("liquibase.properties", "changeLogFile=db/main.groovy\n")
    case.write("db/main.groovy", "databaseChangeLog { }")
    done = case.refused("is in no format that can be read here: XML, YAML, JSON and SQL are")
    assert "tenantgate help manifest" in done.said


def test_sqitch(make, db):
    case = make("sqitch", "sqitch")
    assert case.opens() and case.opens(migrations_framework="auto")
    db.sql("INSERT INTO sqitch.projects SELECT 'other', NULL, created_at, creator_name, creator_email FROM sqitch.projects;"
           "INSERT INTO sqitch.changes SELECT md5(change_id), NULL, change, 'other', note, committed_at, committer_name, "
           "committer_email, planned_at, planner_name, planner_email FROM sqitch.changes;")
    assert case.opens(), "another project in the same registry"
    case.write("deploy/notes.sql", "SELECT 1;\n")
    assert case.verify()[0] == 0 and case.warns("sqitch") == {"changed": ["notes"]}
    db.sql("DELETE FROM sqitch.dependencies; DELETE FROM sqitch.changes WHERE change = 'notes';")
    assert case.fails("sqitch") == {"pending": ["notes"]}


def test_sqitch_where_nothing_was_ever_deployed_is_told_how(make):
    case = make("sqitch")
    assert case.verify()[0] == 1 and case.fails("sqitch") == {"missing_schema": []}
    assert case.last.report["remedies"] == ["sqitch deploy --registry sqitch"]


def test_sqitch_a_note_that_was_edited_changes_all_ids_after_it(make):
    case = make("sqitch", "sqitch")
    plan = (case.folder / "sqitch.plan").read_text()
    case.write("sqitch.plan", plan.replace("# orders table", "# the orders"))
    assert set(case.fails("sqitch")) == {"pending", "unknown"}
    case.write("sqitch.plan", plan.replace("[orders !other:legacy]", "[orders"))
    case.refused("sqitch.plan:9: not of the form")


def test_typeorm(make, db):
    case = make("typeorm", "typeorm")
    assert case.opens() and case.opens(migrations_framework="auto")
    assert case.ids() == ["AddNote1767312000000", "CreateOrders1767225600000"]
    db.sql("UPDATE migrations SET name = 'Create1767225600000' WHERE id = 1;")
    assert case.fails() == {"pending": ["CreateOrders1767225600000"]}, "the name counts, not the time"
    case.write("migrations/1767398400000-Later.js", "exports.a = makeMigration();\n")
    case.refused("1767398400000-Later.js:2: no class is found in it")


def test_manifests_say_the_same(make, gate, tmp_path):
    """For every case: the manifest made from the files is as good as the files."""
    for framework, dump, schema in [("prisma", "prisma", None), ("drizzle", "drizzle", None), ("sqitch", "sqitch", None),
                                    ("liquibase", "liquibase_v9", "liquibase"), ("typeorm", "typeorm", None)]:
        case = make(framework)
        done = case.call("manifest", "-o", "m.json")
        assert done.code == 0, done
        check = case.call("config", migrations_manifest="m.json", migrations_path=".")
        assert check.code == 0
        case.database.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA IF EXISTS ta, drizzle, sqitch CASCADE;")
        load(case.database, dump, schema)
        assert case.opens(migrations_manifest="m.json")
        assert case.opens(migrations_manifest="m.json", migrations_path=".")
        shutil.rmtree(case.folder)


@pytest.mark.parametrize("name, text", [
    ("drizzle.config.ts", "import { defineConfig } from 'drizzle-kit';\nexport default defineConfig({ out: './db/steps', "
                          "migrations: { table: 'done', schema: 'public' } });\n"),
    ("drizzle.config.js", "export default { out: \"db/steps\", migrations: { table: \"done\" } };\n"),
    ("drizzle.config.json", '{"out": "./db/steps", "migrations": {"table": "done"}}'),
])
def test_drizzle_1_where_its_configuration_says(make, db, name, text):
    """Another configuration, which has to be named to drizzle-kit, and folders that are left over, do not count."""
    case = make("drizzle", files=False)
    case.write(name, text)
    case.write("drizzle.config.other.ts", "export default { out: './other' };\n")
    case.write("other/20260101000000_x/migration.sql")
    case.write("drizzle/20260101000000_old/migration.sql")
    case.write("db/steps/20260101000000_a/migration.sql")
    db.sql("CREATE TABLE done (id serial, hash text NOT NULL, created_at bigint, name text, applied_at timestamptz);")
    assert case.fails() == {"pending": ["20260101000000_a"]}
    case.write(name, text.replace("'./db/steps'", "process.env.OUT").replace('"db/steps"', "process.env.OUT").replace(
        '"./db/steps"', "process.env.OUT"))
    done = case.refused(f"{name}:")
    assert "the folder of the migrations is computed" in done.said and "Set migrations.path" in done.said
