"""Knex: `knex migrate:list` and `migrate:latest` themselves. They stop at a row without a file, and so does the gate."""
import nodetools
import pytest

A, B, C = "20260101000000_a.js", "20260102000000_b.js", "20260103000000_c.cjs"


class Knex(nodetools.NodeProject):
    framework = "knex"

    def start(self):
        super().start()
        self.options()
        for name, table in ((A, "a"), (B, "b"), (C, "c")):
            self.migration(name, table)

    def options(self, migrations="", more=""):
        self.write("knexfile.js", "module.exports = {client: 'pg', connection: process.env.DATABASE_URL, "
                   f"{more} migrations: {{directory: './migrations', {migrations}}}}};\n")

    def migration(self, name, table, up=None):
        self.write(f"migrations/{name}", up or f"exports.up = k => k.schema.createTable('{table}', t => t.increments());\n"
                   f"exports.down = k => k.schema.dropTable('{table}');\n")

    def knex(self, *words, **options):
        return self.bin("knex", *words, **options)

    def tool_pending(self):
        lines = self.knex("migrate:list").out.splitlines()
        at = next((i for i, line in enumerate(lines) if "Pending Migration" in line), len(lines))
        assert at < len(lines), lines
        return [line.strip() for line in lines[at + 1:] if line.strip() and not line.startswith("No Pending")]


@pytest.fixture
def case(project):
    return project(Knex)


def test_knex_none_one_half_all_and_back(case):
    case.agree(A, B, C)  # the tool made its table just now
    case.knex("migrate:up")
    case.agree(B, C)
    case.knex("migrate:latest")
    case.agree()
    assert case.verify(migrations_framework="auto") == ({}, {})
    case.knex("migrate:down")
    case.agree(C)
    case.knex("migrate:rollback", "--all")
    case.agree(A, B, C)


def test_knex_never_migrated(case):
    case.closed(no_history_table=[])
    case.knex("migrate:latest")
    case.closed()


def test_knex_an_older_one_that_came_later_is_run_too(case):
    case.remove(f"migrations/{B}")
    case.knex("migrate:latest")
    case.migration(B, "b")
    case.agree(B)
    case.knex("migrate:latest")
    case.agree()


def test_knex_an_edited_file_is_not_noticed(case):
    case.knex("migrate:latest")
    case.migration(B, "other")
    case.agree()


def test_knex_stops_at_a_row_without_a_file(case):
    case.knex("migrate:latest")
    case.remove(f"migrations/{C}")
    for words in (["migrate:list"], ["migrate:latest"]):
        done = case.knex(*words, check=False)
        assert done.code == 1 and "corrupt" in done.said, done
    case.closed(unknown=[C])
    case.options("disableMigrationsListValidation: true")
    case.knex("migrate:latest")
    assert case.verify(migrations_unknown="warn")[0] == {}, "for a project that has the tool's own check off"


def test_knex_a_failed_one_leaves_no_row(case):
    case.migration(C, "c", "exports.up = k => k.raw('select 1 / 0'); exports.down = () => {};\n")
    assert case.knex("migrate:latest", check=False).code == 1
    case.agree(A, B, C)  # the batch is one transaction


def test_knex_extensions_hidden_files_helpers_and_folders(case):
    for name in ("_helpers.mjs", "readme.md", ".hidden.json", ".js", "sub/20260105000000_x.js"):
        case.write(f"migrations/{name}", "exports.up = async () => {}; exports.down = async () => {};\n")
    case.write("migrations/.20260104000000_hidden.js", "exports.up = async () => {}; exports.down = async () => {};\n")
    case.agree(".20260104000000_hidden.js", A, B, C)
    case.knex("migrate:latest")
    case.agree()


def test_knex_tenants_by_search_path(case, db):
    for schema in ("ta", "tb"):
        db.sql(f"CREATE SCHEMA {schema}")
        case.options(more=f"searchPath: ['{schema}'],")
        case.knex("migrate:latest")
    case.knex("migrate:down")
    assert case.verify()[0] == {"tb": {"pending": [C]}}
    assert case.tool_pending() == [C]


def test_knex_another_table(case):
    case.options("tableName: 'history'")
    case.settings["migrations_table"] = "history"
    case.knex("migrate:up")
    case.agree(B, C)
    case.knex("migrate:latest")
    case.agree()


def test_knex_list_is_a_listing(case):
    case.lists(case.knex("migrate:list").out)
    case.knex("migrate:up")
    half = case.knex("migrate:list").out
    case.lists(half)
    assert case.from_listing("".join(half.splitlines(True)[:-3])) is None  # it says how many there are
    case.knex("migrate:latest")
    case.lists(case.knex("migrate:list").out)
    case.database.sql("INSERT INTO knex_migrations (name, batch) VALUES ('gone.js', 1);")
    stopped = case.knex("migrate:list", check=False)
    assert stopped.code != 0 and case.from_listing(stopped.said) is None
