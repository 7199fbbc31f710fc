"""Sequelize: `sequelize-cli db:migrate:status`. It shows a row without a file as applied."""
import nodetools
import pytest

A, B, C = "20260101000000-a.js", "20260102000000-b.cjs", "20260103000000-c.js"


class Sequelize(nodetools.NodeProject):
    framework = "sequelize"

    def start(self):
        super().start()
        self.options()
        for name, table in ((A, "a"), (B, "b"), (C, "c")):
            self.migration(name, table)

    def options(self, more=""):
        self.write("config/config.js", "module.exports = {development: {url: process.env.DATABASE_URL, dialect: 'postgres', "
                   f"logging: false, {more}}}}};\n")

    def migration(self, name, table, up=None):
        self.write(f"migrations/{name}", "module.exports = {" + (up or f"""
  up: (q, S) => q.createTable('{table}', {{id: {{type: S.INTEGER, primaryKey: true}}}}),
  down: q => q.dropTable('{table}'),""") + "\n};\n")

    def cli(self, *words, **options):
        return self.bin("sequelize-cli", *words, **options)

    def tool_pending(self):
        return [line[5:] for line in self.cli("db:migrate:status").out.splitlines() if line.startswith("down ")]


@pytest.fixture
def case(project):
    return project(Sequelize)


def test_sequelize_none_half_all_and_back(case):
    case.closed(no_history_table=[])
    case.agree(A, B, C)
    case.cli("db:migrate", "--to", B)
    case.agree(C)
    case.cli("db:migrate")
    case.agree()
    case.write("package.json", '{"devDependencies": {"sequelize-cli": "6"}}')
    assert case.verify(migrations_framework="auto") == ({}, {})
    case.cli("db:migrate:undo")
    case.agree(C)


def test_sequelize_an_older_one_that_came_later_is_run_too(case):
    case.remove(f"migrations/{B}")
    case.cli("db:migrate")
    case.migration(B, "b")
    case.agree(B)
    case.cli("db:migrate")
    case.agree()


def test_sequelize_removed_and_edited(case):
    case.cli("db:migrate")
    case.migration(B, "other")
    case.agree()
    case.remove(f"migrations/{C}")
    case.agree(warn={"unknown": [C]})


def test_sequelize_failed(case):
    case.migration(B, "b", "up: q => q.sequelize.query('select 1 / 0'), down: async () => {}")
    assert case.cli("db:migrate", check=False).code == 1
    case.agree(B, C)


def test_sequelize_what_else_lies_in_the_folder(case):
    nothing = "module.exports = {up: async () => {}, down: async () => {}};\n"
    for name in ("readme.md", "types.d.ts", "sub/20260105000000-x.js", "x.mjs", "y.json"):
        case.write(f"migrations/{name}", nothing)
    for name in (".hidden.js", "helper.js", "Z.cjs"):
        case.write(f"migrations/{name}", nothing)
    case.agree(".hidden.js", A, B, C, "Z.cjs", "helper.js")
    case.cli("db:migrate")
    case.agree()


def test_sequelize_another_table_in_another_schema(case, db):
    db.sql("CREATE SCHEMA meta")
    case.options("migrationStorageTableName: 'done', migrationStorageTableSchema: 'meta'")
    case.settings.update(migrations_table="done", tenants_schemas="meta")
    case.history = "meta"
    case.cli("db:migrate", "--to", A)
    case.agree(B, C)
    case.cli("db:migrate")
    case.agree()


def test_sequelize_status_is_a_listing(case):
    case.lists(case.cli("db:migrate:status").out)
    case.cli("db:migrate", "--to", A)
    case.lists(case.cli("db:migrate:status").out)
    case.lists(case.cli("db:migrate:status", FORCE_COLOR="1").out)
