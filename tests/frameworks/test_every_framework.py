"""The same bad histories and bad images for every framework: columns that are missing or of other types, nulls, numbers beyond 64
bits, what is there twice, checksums of an unknown kind, damaged manifests. Each is judged as the framework itself would, or not at
all: a message that names the file or the tenant, and a closed gate."""
import dataclasses
import hashlib
import json
import re

import pytest
from harness.postgres import ident
from histories import History

BIG = "18446744073709551617"  # 2^64 + 1, which is 1 to who cuts it


def atlas_sum(*files):
    """atlas.sum for these files."""
    import base64
    running, whole, lines = hashlib.sha256(), hashlib.sha256(), []
    for name, content in files:
        running.update(name.encode() + content.encode())
        entry = base64.b64encode(running.digest()).decode()
        whole.update(name.encode() + entry.encode())
        lines.append(f"{name} h1:{entry}\n")
    return f"h1:{base64.b64encode(whole.digest()).decode()}\n" + "".join(lines)


def sha(text, kind="sha256"):
    return hashlib.new(kind, text.encode()).hexdigest()


@dataclasses.dataclass
class Framework:
    """One project with one migration that is applied, and what is done to it."""
    files: dict
    ddl: str                    # of the history table, as the framework makes it
    row: dict                   # of the migration: {column: SQL}
    id: str                     # how the gate calls it
    twins: dict                 # files beside the others: the same migration again
    table: str = ""             # its name (the first of ddl)
    schema: str = "public"
    listing: str = ""           # `manifest --from` reads this instead of files
    # Columns that hold what tells a migration. NULL there is undecided, but for `nulls`: {column: what is found}.
    columns: tuple = ()
    nulls: dict = dataclasses.field(default_factory=dict)
    unread: tuple = ()          # columns that need not be there
    # {column: what is found where it holds this text instead}; the column is made a text for it
    others: dict = dataclasses.field(default_factory=dict)
    sums: tuple = ()            # the columns of `others` that are checksums
    # A version beyond 64 bits: how a row holds it and what is found, and the name of such a file and its id (None: refused)
    big_row: tuple = ()
    big_file: tuple = ()


UNDECIDED = {"undecided"}
FRAMEWORKS = {
    "django": Framework(
        {"manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'p.settings')\n", "p/__init__.py": "",
         "p/settings.py": "INSTALLED_APPS = ['shop']\n", "shop/__init__.py": "", "shop/migrations/__init__.py": "",
         "shop/migrations/0001_initial.py": "from django.db import migrations\nclass Migration(migrations.Migration):\n    pass\n"},
        "CREATE TABLE django_migrations (id bigserial, app varchar(255) NOT NULL, name varchar(255) NOT NULL, applied timestamptz)",
        {"app": "'shop'", "name": "'0001_initial'", "applied": "now()"}, "shop.0001_initial",
        {"shop/migrations/0001_initial.pyc": None},  # the source wins; nothing can be there twice
        columns=("app", "name"), unread=("id", "applied"), others={"app": {"pending"}, "name": {"pending"}},
        big_row=({"name": f"'{BIG}_x'"}, {"pending"}),
        big_file=(f"shop/migrations/{BIG}_x.py", f"shop.{BIG}_x")),
    "alembic": Framework(
        {"alembic.ini": "[alembic]\nscript_location = m\n", "m/env.py": "", "m/versions/a1_x.py": "revision = 'a1'\ndown_revision = None\n"},
        "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)", {"version_num": "'a1'"}, "a1",
        {"m/versions/other.py": "revision = 'a1'\ndown_revision = None\n"},
        columns=("version_num",), others={"version_num": {"unknown"}}, big_row=({"version_num": f"'{BIG}'"}, {"unknown"}),
        big_file=("m/versions/b.py", BIG)),
    "rails": Framework(
        {"db/migrate/1_a.rb": ""}, "CREATE TABLE schema_migrations (version varchar NOT NULL)", {"version": "'1'"}, "1",
        {"db/migrate/001_b.rb": ""}, columns=("version",), others={"version": {"pending"}},
        big_row=({"version": f"'{BIG}'"}, {"pending"}), big_file=(f"db/migrate/{BIG}_x.rb", BIG)),
    "laravel": Framework(
        {"database/migrations/2026_01_01_000000_a.php": ""},
        "CREATE TABLE migrations (id serial, migration varchar(255) NOT NULL, batch integer NOT NULL)",
        {"migration": "'2026_01_01_000000_a'", "batch": "1"}, "2026_01_01_000000_a", {},
        columns=("migration", "batch"), nulls={"batch": set()}, unread=("id",), others={"migration": {"pending"}, "batch": set()},
        big_row=({"migration": f"'{BIG}_a'"}, {"pending"}), big_file=(f"database/migrations/{BIG}_x.php", f"{BIG}_x")),
    "knex": Framework(
        {"knexfile.js": "module.exports = {};\n", "migrations/1_a.js": ""},
        "CREATE TABLE knex_migrations (id serial, name varchar(255), batch integer, migration_time timestamptz)",
        {"name": "'1_a.js'", "batch": "1"}, "1_a.js", {}, columns=("name",), unread=("id", "batch", "migration_time"),
        others={"name": {"pending", "unknown"}}, big_row=({"name": f"'{BIG}_x.js'"}, {"pending", "unknown"}),
        big_file=(f"migrations/{BIG}_x.js", f"{BIG}_x.js")),
    "sequelize": Framework(
        {".sequelizerc": "", "migrations/1-a.js": ""}, 'CREATE TABLE "SequelizeMeta" (name varchar(255) NOT NULL)',
        {"name": "'1-a.js'"}, "1-a.js", {}, columns=("name",), others={"name": {"pending"}},
        big_row=({"name": f"'{BIG}-x.js'"}, {"pending"}), big_file=(f"migrations/{BIG}-x.js", f"{BIG}-x.js")),
    "node-pg-migrate": Framework(
        {"migrations/1_a.js": ""}, "CREATE TABLE pgmigrations (id serial, name varchar(255) NOT NULL, run_on timestamp NOT NULL)",
        {"name": "'1_a'", "run_on": "now()"}, "1_a", {"migrations/1_a.sql": ""}, columns=("name",), unread=("id", "run_on"),
        others={"name": {"pending"}}, big_row=({"name": f"'{BIG}_a'"}, {"pending"}), big_file=(f"migrations/{BIG}_x.js", f"{BIG}_x")),
    "mikro-orm": Framework(
        {"migrations/Migration1.js": ""}, "CREATE TABLE mikro_orm_migrations (id serial, name varchar(255), executed_at timestamptz)",
        {"name": "'Migration1'"}, "Migration1", {"migrations/Migration1.ts": ""}, columns=("name",), unread=("id", "executed_at"),
        others={"name": {"pending"}}, big_row=({"name": f"'Migration{BIG}'"}, {"pending"}),
        big_file=(f"migrations/Migration{BIG}.js", f"Migration{BIG}")),
    "golang-migrate": Framework(
        {"migrations/1_a.up.sql": ""}, "CREATE TABLE schema_migrations (version bigint NOT NULL, dirty boolean NOT NULL)",
        {"version": "1", "dirty": "false"}, "1", {"migrations/01_b.up.sql": ""}, columns=("version", "dirty"),
        others={"version": UNDECIDED, "dirty": UNDECIDED}, big_row=({"version": BIG}, UNDECIDED),
        # what is no number of 64 bits even without a sign is passed over, as the tool itself does
        big_file=("migrations/9223372036854775808_x.up.sql", None)),
    "goose": Framework(
        {"migrations/1_a.sql": "-- +goose Up\n"},
        "CREATE TABLE goose_db_version (id serial, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp)",
        {"version_id": "1", "is_applied": "true"}, "1", {"migrations/01_b.sql": "-- +goose Up\n"},
        columns=("id", "version_id", "is_applied"), unread=("tstamp",),
        others={"id": UNDECIDED, "version_id": UNDECIDED, "is_applied": UNDECIDED}, big_row=({"version_id": BIG}, UNDECIDED),
        big_file=(f"migrations/{BIG}_x.sql", None)),
    "dbmate": Framework(
        {"db/migrations/1_a.sql": "-- migrate:up\n"}, "CREATE TABLE schema_migrations (version varchar(128) NOT NULL)",
        {"version": "'1'"}, "1", {"db/migrations/1_b.sql": "-- migrate:up\n"}, columns=("version",), others={"version": {"pending"}},
        big_row=({"version": f"'{BIG}'"}, {"pending"}), big_file=(f"db/migrations/{BIG}_x.sql", BIG)),
    "ecto": Framework(
        {"priv/repo/migrations/1_a.exs": ""}, "CREATE TABLE schema_migrations (version bigint NOT NULL, inserted_at timestamp(0))",
        {"version": "1", "inserted_at": "now()"}, "1", {"priv/repo/migrations/x/01_b.exs": ""}, columns=("version", "inserted_at"),
        nulls={"inserted_at": set()}, others={"version": UNDECIDED, "inserted_at": set()}, big_row=({"version": BIG}, UNDECIDED),
        big_file=(f"priv/repo/migrations/{BIG}_x.exs", None)),
    "diesel": Framework(
        {"diesel.toml": "", "migrations/1_a/up.sql": ""},
        "CREATE TABLE __diesel_schema_migrations (version varchar(50) NOT NULL, run_on timestamp NOT NULL DEFAULT now())",
        {"version": "'1'"}, "1", {"migrations/1_b/up.sql": ""}, columns=("version",), unread=("run_on",),
        others={"version": {"pending"}}, big_row=({"version": f"'{BIG}'"}, {"pending"}), big_file=(f"migrations/{BIG}_x/up.sql", BIG)),
    "doctrine": Framework(
        {"migrations/Version1.php": "<?php namespace M; class Version1 {}"},
        "CREATE TABLE doctrine_migration_versions (version varchar(191) NOT NULL, executed_at timestamp, execution_time integer)",
        {"version": "'M\\Version1'"}, "M\\Version1", {"migrations/2026/Version1.php": "<?php namespace M; class Version1 {}"},
        columns=("version",), unread=("executed_at", "execution_time"), others={"version": {"pending"}},
        big_row=({"version": f"'M\\Version{BIG}'"}, {"pending"}), big_file=(f"migrations/Version{BIG}.php", f"M\\Version{BIG}")),
    "phinx": Framework(
        {"phinx.php": "", "db/migrations/20260101000000_a.php": ""},
        "CREATE TABLE phinxlog (version bigint NOT NULL, migration_name varchar(100), start_time timestamp, end_time timestamp, "
        "breakpoint boolean NOT NULL DEFAULT false)", {"version": "20260101000000"}, "20260101000000",
        {"db/migrations/20260101000000_b.php": ""}, columns=("version",),
        unread=("migration_name", "start_time", "end_time", "breakpoint"), others={"version": UNDECIDED},
        big_row=({"version": BIG}, UNDECIDED), big_file=(f"db/migrations/{BIG}_x.php", None)),
    "tern": Framework(
        {"tern.conf": "", "migrations/1_a.sql": ""}, "CREATE TABLE schema_version (version int4 NOT NULL)", {"version": "1"}, "1",
        {"migrations/001_b.sql": ""}, columns=("version",), others={"version": UNDECIDED}, big_row=({"version": BIG}, UNDECIDED),
        big_file=(f"migrations/{BIG}_x.sql", None)),
    "flyway": Framework(
        {"db/migration/V1__a.sql": ""},
        "CREATE TABLE flyway_schema_history (installed_rank integer NOT NULL, version varchar(50), description varchar(200) NOT NULL, "
        "type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum integer, installed_by varchar(100) NOT NULL, "
        "installed_on timestamp NOT NULL DEFAULT now(), execution_time integer NOT NULL, success boolean NOT NULL)",
        {"installed_rank": "1", "version": "'1'", "description": "'a'", "type": "'SQL'", "script": "''", "checksum": "0",
         "installed_by": "''", "execution_time": "1", "success": "true"}, "1", {"db/migration/V1.0__b.sql": ""},
        columns=("installed_rank", "version", "description", "type", "checksum", "success"),
        nulls={"version": {"pending", "unknown"}, "description": {"changed"}, "checksum": {"changed"}},
        unread=("script", "installed_by", "installed_on", "execution_time"),
        others={"installed_rank": UNDECIDED, "version": UNDECIDED, "description": {"changed"}, "type": {"pending"},
                "checksum": {"changed"}, "success": UNDECIDED},
        sums=("checksum",), big_row=({"version": f"'{BIG}'"}, {"pending"}), big_file=(f"db/migration/V{BIG}__x.sql", BIG)),
    "liquibase": Framework(
        {"changelog.sql": "--liquibase formatted sql\n--changeset a:1\nselect 1;\n"},
        "CREATE TABLE databasechangelog (id varchar(255) NOT NULL, author varchar(255) NOT NULL, filename varchar(255) NOT NULL, "
        "dateexecuted timestamp, orderexecuted integer, exectype varchar(10) NOT NULL, md5sum varchar(35))",
        {"id": "'1'", "author": "'a'", "filename": "'changelog.sql'", "exectype": "'EXECUTED'", "md5sum": "NULL"}, "changelog.sql::1::a",
        {"changelog.sql": "--liquibase formatted sql\n--changeset a:1\nselect 1;\n--changeset a:1\nselect 2;\n"},
        columns=("id", "author", "filename", "exectype", "md5sum"), nulls={"md5sum": set()}, unread=("dateexecuted", "orderexecuted"),
        others={"id": {"pending"}, "author": {"pending"}, "filename": {"pending"}, "exectype": set(), "md5sum": UNDECIDED},
        sums=("md5sum",), big_row=({"id": f"'{BIG}'"}, {"pending"}),
        big_file=("changelog.sql", f"changelog.sql::{BIG}::a")),
    "prisma": Framework(
        {"prisma/migrations/1_a/migration.sql": ""},
        "CREATE TABLE _prisma_migrations (id varchar(36), checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name "
        "varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz, applied_steps_count integer)",
        {"id": "'x'", "checksum": f"'{sha('')}'", "finished_at": "now()", "migration_name": "'1_a'"}, "1_a", {},
        columns=("migration_name", "checksum", "finished_at", "rolled_back_at"),
        nulls={"checksum": set(), "finished_at": {"failed"}, "rolled_back_at": set()},
        unread=("id", "logs", "started_at", "applied_steps_count"),
        others={"migration_name": {"pending"}, "checksum": set(), "finished_at": set(), "rolled_back_at": {"pending"}},
        sums=("checksum",), big_row=({"migration_name": f"'{BIG}_a'"}, {"pending"}),
        big_file=(f"prisma/migrations/{BIG}_x/migration.sql", f"{BIG}_x")),
    "typeorm": Framework(
        {"migrations/1767225600000-A.js": "exports.A1767225600000 = class A1767225600000 {};\n"},
        "CREATE TABLE migrations (id serial, timestamp bigint NOT NULL, name varchar NOT NULL)",
        {"timestamp": "1767225600000", "name": "'A1767225600000'"}, "A1767225600000",
        {"migrations/1767225600001-A.js": "exports.A1767225600000 = class A1767225600000 {};\n"},
        columns=("timestamp", "name"), nulls={"timestamp": set()}, unread=("id",), others={"timestamp": set(), "name": {"pending"}},
        big_row=({"name": f"'A{BIG}'"}, {"pending"}), big_file=(f"migrations/{BIG}-X.js", f"X{BIG}")),
    "drizzle": Framework(
        {"drizzle/meta/_journal.json": '{"entries": [{"idx": 0, "when": 1767225600000, "tag": "0000_a"}]}', "drizzle/0000_a.sql": ""},
        "CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id serial, hash text NOT NULL, created_at bigint)",
        {"hash": f"'{sha('')}'", "created_at": "1767225600000"}, "0000_a",
        {"drizzle/meta/_journal.json": '{"entries": [{"when": 1, "tag": "0000_a"}, {"when": 1767225600000, "tag": "0000_a"}]}'},
        schema="drizzle", columns=("hash", "created_at"), nulls={"hash": set()}, unread=("id",),
        others={"hash": set(), "created_at": UNDECIDED}, sums=("hash",), big_row=({"hash": "'x'", "created_at": BIG}, UNDECIDED),
        big_file=("drizzle/meta/_journal.json", None)),
    "drizzle 1.0": Framework(
        {"drizzle/20260101000000_a/migration.sql": ""},
        "CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id serial, hash text NOT NULL, created_at bigint, name text, "
        "applied_at timestamptz DEFAULT now())",
        {"hash": f"'{sha('')}'", "created_at": "1767225600000", "name": "'20260101000000_a'"}, "20260101000000_a", {},
        schema="drizzle", columns=("hash", "created_at"), nulls={"hash": set(), "created_at": set()}, unread=("id", "applied_at"),
        others={"hash": set(), "created_at": set(), "name": {"pending"}}, sums=("hash",),
        big_row=({"name": f"'{BIG}_a'"}, {"pending"}), big_file=(f"drizzle/{BIG}_x/migration.sql", f"{BIG}_x")),
    "ef-core": Framework(
        {}, 'CREATE TABLE "__EFMigrationsHistory" ("MigrationId" varchar(150) NOT NULL, "ProductVersion" varchar(32) NOT NULL)',
        {'"MigrationId"': "'1_A'", '"ProductVersion"': "'9'"}, "1_A", {}, listing='[{"id": "1_A"}]',
        columns=("MigrationId",), unread=("ProductVersion",), others={"MigrationId": {"pending"}},
        big_row=({'"MigrationId"': f"'{BIG}_A'"}, {"pending"})),
    "sqlx": Framework(
        {"sqlx.toml": "", "migrations/1_a.sql": "SELECT 1;\n"},
        "CREATE TABLE _sqlx_migrations (version bigint NOT NULL, description text, installed_on timestamptz, success boolean NOT NULL, "
        "checksum bytea NOT NULL, execution_time bigint)",
        {"version": "1", "success": "true", "checksum": "'\\x" + sha("SELECT 1;\n", "sha384") + "'"}, "1", {"migrations/01_b.sql": ""},
        columns=("version", "success", "checksum"), unread=("description", "installed_on", "execution_time"),
        others={"version": UNDECIDED, "success": UNDECIDED, "checksum": UNDECIDED}, sums=("checksum",),
        big_row=({"version": BIG}, UNDECIDED), big_file=(f"migrations/{BIG}_x.sql", None)),
    "refinery": Framework(
        {"refinery.toml": "", "migrations/V1__create_orders.sql": "create table orders (id int primary key);\n"},
        "CREATE TABLE refinery_schema_history (version int4 NOT NULL, name varchar(255), applied_on varchar(255), checksum varchar(255))",
        {"version": "1", "name": "'create_orders'", "checksum": "'2327143394972725837'"}, "1", {"migrations/V01__b.sql": ""},
        columns=("version", "name", "checksum"), nulls={"name": {"changed"}, "checksum": {"changed"}}, unread=("applied_on",),
        others={"version": UNDECIDED, "name": {"changed"}, "checksum": {"changed"}}, sums=("checksum",),
        big_row=({"version": BIG}, UNDECIDED), big_file=(f"migrations/V{BIG}__x.sql", None)),
    "atlas": Framework(
        {"migrations/1_a.sql": "", "migrations/atlas.sum": atlas_sum(("1_a.sql", ""))},
        "CREATE TABLE atlas_schema_revisions (version varchar NOT NULL, description varchar, type bigint NOT NULL DEFAULT 2, applied bigint "
        "NOT NULL, total bigint NOT NULL, error text, hash varchar)",
        {"version": "'1'", "applied": "1", "total": "1"}, "1",
        {"migrations/1_b.sql": "", "migrations/atlas.sum": atlas_sum(("1_a.sql", ""), ("1_b.sql", ""))},
        columns=("version", "type", "applied", "total", "error"), unread=("description", "hash"),
        nulls={"type": set(), "applied": {"failed"}, "total": {"failed"}, "error": set()},
        others={"version": set(), "type": set(), "applied": {"failed"}, "total": {"failed"}, "error": set()},
        big_row=({"version": f"'{BIG}'"}, set()), big_file=("migrations/" + BIG + "_x.sql", BIG)),
    "sqitch": Framework(
        {"sqitch.conf": "[core]\nengine = pg\n", "deploy/a.sql": "",
         "sqitch.plan": "%syntax-version=1.0.0\n%project=p\n\na 2026-01-01T00:00:00Z A <a@example.test> # a\n"},
        "CREATE SCHEMA sqitch; CREATE TABLE sqitch.changes (change_id text NOT NULL, script_hash text, change text NOT NULL, project text NOT NULL)",
        {"change_id": "'LABEL'", "script_hash": "'SUM'", "change": "'a'", "project": "'p'"}, "a",
        {"sqitch.plan": "%syntax-version=1.0.0\n%project=p\n\na 2026-01-01T00:00:00Z A <a@example.test> # a\n"
                        "a 2026-01-01T00:00:00Z A <a@example.test> # a\n"},
        schema="sqitch", columns=("change_id", "script_hash", "change", "project"), nulls={"script_hash": set()},
        others={"change_id": {"pending", "unknown"}, "script_hash": set(), "change": set(), "project": {"pending"}}, sums=("script_hash",),
        big_row=({"change_id": f"'{BIG}'"}, {"pending", "unknown"}), big_file=("sqitch.plan", BIG)),
    "sql": Framework(
        {"list.txt": "1\n"}, "CREATE TABLE log (version numeric)", {"version": "1"}, "1", {"list.txt": "1\n1\n"},
        columns=("version",), others={"version": {"pending"}}, big_row=({"version": BIG}, {"pending"}), big_file=("list.txt", BIG)),
}
NAMES = sorted(FRAMEWORKS)


class Case(History):
    def __init__(self, gate, folder, database, name):
        super().__init__(gate, folder, database, name.split()[0])
        self.name, self.one = name, FRAMEWORKS[name]
        self.table = re.search(r'CREATE TABLE (?:\w+\.)?"?(\w+)"?', self.one.ddl)[1]
        for path, text in self.one.files.items():
            self.write(path, text)
        if self.name == "sql":
            self.settings["migrations_applied_query"] = "SELECT version FROM {schema}.log"
            self.settings["tenants_schemas"] = "public"
        if self.one.listing or self.name == "sql":
            self.make_manifest()
        database.sql(self.one.ddl)

    def make_manifest(self):
        text = self.one.listing or (self.folder / "list.txt").read_text()
        done = self.call("manifest", "--from", self.framework, "-o", "listed.json", "-", stdin=text)
        assert done.code == 0, done
        self.settings["migrations_manifest"] = "listed.json"

    def values(self):
        """The row; Sqitch's ids are computed."""
        values = dict(self.one.row)
        if self.name == "sqitch":
            entry, = json.loads(self.call("manifest").out)["migrations"]
            values["change_id"], values["script_hash"] = f"'{entry['label']}'", f"'{entry['checksums'][0]}'"
        return values

    def apply(self, **changes):
        values = {**self.values(), **changes}
        self.database.sql(f"INSERT INTO {ident(self.one.schema)}.{ident(self.table)} ({', '.join(values)}) VALUES ({', '.join(values.values())})")

    def sql(self, text):
        """With {t} for the table."""
        self.database.sql(text.replace("{t}", f"{ident(self.one.schema)}.{ident(self.table)}"))

    def found(self):
        """The kinds that close the gate; and what every finding must have: the tenant, and (undecided) the table."""
        code, failing, _ = self.verify()
        assert code == (1 if failing else 0), self.last
        for finding in self.last.report["findings"]:
            assert finding["tenant"] == self.one.schema and finding["message"], self.last
            if finding["kind"] == "undecided" and self.name != "sql":
                assert self.table in finding["message"], self.last
        return set(failing.get(self.one.schema, {}))


@pytest.fixture
def make(bare_gate, db, tmp_path):
    return lambda name: Case(bare_gate, tmp_path, db, name)


def test_the_table_has_them_all(bare_gate):
    listed = re.findall(r"^(\S+)  ", bare_gate.call("help", "frameworks").out.split("\n\n")[0], re.M)
    assert sorted({name.split()[0] for name in FRAMEWORKS} | {"NAME"}) == sorted(listed)


@pytest.mark.parametrize("name", NAMES)
def test_applied_and_not(make, name):
    case = make(name)
    assert case.found() == {"pending"}
    case.apply()
    assert case.opens(), case.last


@pytest.mark.parametrize("name", NAMES)
def test_a_column_is_missing(make, name):
    case, one = make(name), FRAMEWORKS[name]
    case.apply()
    for column in one.unread:
        case.sql(f"ALTER TABLE {{t}} DROP COLUMN {ident(column)}")
    assert case.opens(), case.last
    for column in one.columns:
        case.sql(f"ALTER TABLE {{t}} RENAME {ident(column)} TO gone")
        assert case.found() == UNDECIDED, (column, case.last)
        told = case.call("verify").said
        assert column in told and one.schema in told and "What to do" in told, told
        assert ("cannot be read" if name == "sql" else "does not have the columns that") in told, told
        case.sql(f"ALTER TABLE {{t}} RENAME gone TO {ident(column)}")
    assert case.opens(), case.last


@pytest.mark.parametrize("name, column", [(name, column) for name in NAMES for column in FRAMEWORKS[name].columns])
def test_a_null(make, name, column):
    case, one = make(name), FRAMEWORKS[name]
    case.apply()
    case.sql(f"ALTER TABLE {{t}} ALTER {ident(column)} DROP NOT NULL")
    case.sql(f"UPDATE {{t}} SET {ident(column)} = NULL")
    assert case.found() == one.nulls.get(column, UNDECIDED), case.last
    if column not in one.nulls:
        told = case.call("verify").said
        assert "a row with a null" in told and one.schema in told and "What to do" in told, told
        assert name == "sql" or column in told, told


@pytest.mark.parametrize("name, column", [(name, column) for name in NAMES for column in FRAMEWORKS[name].others])
def test_a_column_of_another_type(make, name, column):
    """A text in every place: the same text is the same history, another one is told or undecided, never taken for something."""
    case, one = make(name), FRAMEWORKS[name]
    case.apply()
    case.sql(f"ALTER TABLE {{t}} ALTER {ident(column)} DROP DEFAULT, ALTER {ident(column)} TYPE text")
    if (name, column) != ("sqlx", "checksum"):
        assert case.found() == set(), case.last
    case.sql(f"UPDATE {{t}} SET {ident(column)} = 'zz'")
    assert case.found() == one.others[column], case.last
    if column in one.sums and not one.others[column]:
        assert case.warns(one.schema) == {"changed": [one.id]}, case.last


@pytest.mark.parametrize("name", NAMES)
def test_a_row_whose_version_64_bits_cannot_hold(make, name):
    """Beside the applied one (which changes nothing to a framework that takes texts), and instead of it."""
    case = make(name)
    values, wanted = FRAMEWORKS[name].big_row
    for column in values:
        if FRAMEWORKS[name].row[column].isdigit():
            case.sql(f"ALTER TABLE {{t}} ALTER {column} TYPE numeric")
    case.apply(**values)
    assert case.found() == wanted, case.last
    if wanted == UNDECIDED:
        assert BIG in case.last.out and "64 bits" in case.last.out, case.last


@pytest.mark.parametrize("name", [name for name in NAMES if FRAMEWORKS[name].big_file])
def test_a_file_whose_version_64_bits_cannot_hold(make, name):
    case = make(name)
    path, wanted = FRAMEWORKS[name].big_file
    text = {"django": "from django.db import migrations\nclass Migration(migrations.Migration):\n    dependencies = [('shop', '0001_initial')]\n",
            "alembic": f"revision = '{BIG}'\ndown_revision = 'a1'\n", "typeorm": f"exports.X = class X{BIG} {{}};\n",
            "doctrine": f"<?php namespace M; class Version{BIG} {{}}",
            "liquibase": f"--liquibase formatted sql\n--changeset a:1\nselect 1;\n--changeset a:{BIG}\nselect 1;\n",
            "sqitch": f"{FRAMEWORKS['sqitch'].files['sqitch.plan']}{BIG} 2026-01-01T00:00:00Z A <a@example.test> # a\n",
            "drizzle": f'{{"entries": [{{"when": {BIG}, "tag": "0000_a"}}]}}', "sql": f"1\n{BIG}\n"}.get(name, "")
    case.write(path, text)
    if name == "sqitch":
        case.write(f"deploy/{BIG}.sql")
    if name == "atlas":
        case.write("migrations/atlas.sum", atlas_sum(("18446744073709551617_x.sql", ""), ("1_a.sql", "")))
    if name == "sql":
        case.make_manifest()
    if wanted is None:
        done = case.refused(path)
        assert "64 bits" in done.said or "too big integer" in done.said, done
    else:
        read = (case.folder / "listed.json").read_text() if name == "sql" else case.call("manifest").out
        assert wanted in [item["id"] for item in json.loads(read)["migrations"]]


@pytest.mark.parametrize("name", [name for name in NAMES if FRAMEWORKS[name].twins and name != "django"])
def test_one_migration_twice(make, name):
    case, one = make(name), FRAMEWORKS[name]
    for path, text in one.twins.items():
        case.write(path, text)
    if name == "sql":
        done = case.call("manifest", "--from", "sql", "-", stdin=one.twins["list.txt"])
        assert done.code == 78 and "migration 1 is there twice. " in done.said, done
        return
    done = case.refused()
    assert one.id in done.said.replace("\\\\", "\\") and "What to do" in done.said, done
    if name != "drizzle":  # a journal, which names the file that it has twice
        assert any(path in done.said or path.rpartition("/")[0] in done.said for path in one.twins), done


@pytest.mark.parametrize("name", NAMES)
def test_a_manifest_that_is_cut_or_edited(make, name):
    """Whatever is taken out or changed in it: it is refused, by its name, and says what to do."""
    case = make(name)
    if "migrations_manifest" not in case.settings:
        done = case.call("manifest", "-o", "listed.json")
        assert done.code == 0, done
        case.settings["migrations_manifest"] = "listed.json"
    text = (case.folder / "listed.json").read_text()
    whole = json.loads(text)
    case.apply()
    assert case.opens()
    changes = [text[:cut] for cut in range(0, len(text) - 2, len(text) // 7)]
    for key in whole:
        changes += [json.dumps({k: v for k, v in whole.items() if k != key})]
        changes += [json.dumps({**whole, key: value}) for value in (None, 1, "x", [], {}) if value != whole[key] and value is not None]
    entry = whole["migrations"][0]
    for key in {*entry, "checksums", "label", "place"}:
        for value in ("md5:zz", ["md5:zz"], 7, {}):
            changes.append(json.dumps({**whole, "migrations": [{**entry, key: value}]}))
    changes.append(json.dumps({**whole, "migrations": []}))
    harmless = ("tenancy", "flask_migrate", "tenants", "table", "schema", "project")  # what the digest does not cover
    for change in changes[NAMES.index(name) % 3::3]:  # each of them with a third of the frameworks
        case.write("listed.json", change)
        done = case.call("verify")
        same = change.startswith("{") and change.endswith("}") and {
            k: v for k, v in json.loads(change).items() if k not in harmless} == {k: v for k, v in whole.items() if k not in harmless}
        assert done.code == 78 or same, (change, done)
        assert same or ("listed.json: " in done.said and "Make the manifest again" in done.said), (change, done)
