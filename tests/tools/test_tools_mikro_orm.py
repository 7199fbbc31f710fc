"""MikroORM: its migrator's own list of what is pending."""
import json

import nodetools
import pytest

A, B, C = "Migration20260101000000_a", "Migration20260102000000", "Migration20260103000000_c"

RUN = """\
import { MikroORM, EntitySchema } from "@mikro-orm/postgresql";
import { Migrator } from "@mikro-orm/migrations";
const orm = await MikroORM.init({
  entities: [new EntitySchema({ name: "Item", properties: { id: { type: "number", primary: true } } })],
  ...(process.env.TENANT ? { schema: process.env.TENANT } : {}),
  clientUrl: process.env.DATABASE_URL, extensions: [Migrator],
  migrations: { path: "./migrations", snapshot: false },
  logger: () => {},
});
try {
  if (process.argv[2] === "up") await orm.migrator.up(process.argv[3] ? { to: process.argv[3] } : {});
  if (process.argv[2] === "down") await orm.migrator.down();
  console.log(JSON.stringify((await orm.migrator.getPendingMigrations()).map(m => m.name)));
} finally { await orm.close(true); }
"""


class MikroOrm(nodetools.NodeProject):
    framework = "mikro-orm"
    module = "module"

    def start(self):
        super().start()
        self.write("run.mjs", RUN)
        for name in (A, B, C):
            self.migration(name)

    def migration(self, name, up=None, ending=".js"):
        table = "t" + name.replace("Migration", "").replace("_", "")
        text = (f"import {{ Migration }} from '@mikro-orm/migrations';\nexport class {name} extends Migration {{\n"
                f"  async up() {{ this.addSql('{up or f'create table if not exists {table} ()'}'); }}\n"
                f"  async down() {{ this.addSql('drop table if exists {table}'); }}\n}}\n")
        if ending == ".cjs":
            text = text.replace("import { Migration } from '@mikro-orm/migrations';",
                                "const { Migration } = require('@mikro-orm/migrations');").replace(
                                f"export class {name}", f"exports.{name} = class {name}")
        self.write(f"migrations/{name}{ending}", text)

    def mikro(self, *words, **options):
        return self.run("node", "run.mjs", *words, **options)

    def tool_pending(self):
        return json.loads(self.mikro().out.splitlines()[-1])


@pytest.fixture
def case(project):
    return project(MikroOrm)


def test_mikro_orm_none_half_all_and_back(case):
    case.closed(no_history_table=[])
    case.agree(A, B, C)
    case.mikro("up", B)
    case.agree(C)
    case.mikro("up")
    case.agree()
    assert case.verify(migrations_framework="auto") == ({}, {})
    case.mikro("down")
    case.agree(C)


def test_mikro_orm_an_older_one_that_came_later_is_run_too(case):
    case.remove(f"migrations/{B}.js")
    case.mikro("up")
    case.migration(B)
    case.agree(B)
    case.mikro("up")
    case.agree()


def test_mikro_orm_removed_and_edited(case):
    case.mikro("up")
    case.migration(A, "create table other ()")
    case.agree()
    case.remove(f"migrations/{C}.js")
    case.agree(warn={"unknown": [C]})


def test_mikro_orm_failed(case):
    case.migration(B, "select 1 / 0")
    assert case.mikro("up", check=False).code == 1
    case.agree(A, B, C)


def test_mikro_orm_rows_with_an_ending_and_other_endings(case, db):
    case.mikro("up")
    db.sql("UPDATE mikro_orm_migrations SET name = name || '.ts'")
    case.agree()
    case.write("migrations/types.d.ts", "")
    case.write("migrations/notes.md", "")
    case.migration("Migration20260104000000", ending=".cjs")
    told = case.tool_pending()
    assert sorted(told) == sorted(set(case.ids()) - {A, B, C}), f"the tool calls it {told}"
    case.mikro("up")
    case.agree()


def test_mikro_orm_tenants(case, db):
    for schema in ("ta", "tb"):
        db.sql(f"CREATE SCHEMA {schema}")
        case.mikro("up", TENANT=schema)
    case.closed()
    case.mikro("down", TENANT="tb")
    assert case.verify()[0] == {"tb": {"pending": [C]}}
