"""Prisma: `prisma migrate status` and `deploy`. Where the two differ the gate goes by deploy, which is what changes a database."""
import re

import nodetools
import pytest

A, B, C = "20260101000000_a", "20260102000000_b", "20260103000000_c"

CONFIG = """\
import { defineConfig } from "prisma/config";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";

// The adapter does not know PostgreSQL's type "name" (19), which the engine asks for; the place of "xml" is free.
pg.types.builtins.XML = 19;

export default defineConfig({
  experimental: { adapter: true },
  engine: "js",
  schema: "prisma/schema.prisma",
  adapter: async () => new PrismaPg({ connectionString: process.env.DATABASE_URL, allowExitOnIdle: true }),
});
"""
SCHEMA = """\
generator client {
  provider = "prisma-client-js"
}
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}
"""


class Prisma(nodetools.NodeProject):
    framework = "prisma"

    def start(self):
        super().start()
        self.write("prisma.config.ts", CONFIG)
        self.write("prisma/schema.prisma", SCHEMA)
        self.write("prisma/migrations/migration_lock.toml", 'provider = "postgresql"\n')
        for name in (A, B, C):
            self.migration(name, f"CREATE TABLE {name[-1]} (id int);\n")

    def migration(self, name, text):
        self.write(f"prisma/migrations/{name}/migration.sql", text)

    def environment(self):
        # The engine that runs is the one in WebAssembly; naming some program keeps the tool from looking for others.
        return {**super().environment(), "PRISMA_QUERY_ENGINE_LIBRARY": "/bin/true", "PRISMA_SCHEMA_ENGINE_BINARY": "/bin/true"}

    def prisma(self, *words, **options):
        return self.bin("prisma", "migrate", *words, **options)

    def tool_pending(self):
        done = self.prisma("status", check=False)
        self.status = done
        lines = done.out.splitlines()
        at = next((i for i, line in enumerate(lines) if "have not yet been applied" in line), len(lines))
        return [line for line in lines[at + 1:] if re.fullmatch(r"\w+", line)]


@pytest.fixture
def case(project):
    return project(Prisma)


def test_prisma_never_half_all(case):
    case.closed(no_history_table=[])
    assert case.tool_pending() == [A, B, C] and case.status.code == 1
    case.remove(f"prisma/migrations/{C}")
    case.prisma("deploy")
    case.agree()
    assert case.status.code == 0
    case.migration(C, "CREATE TABLE c (id int);\n")
    case.agree(C)
    assert case.status.code == 1
    case.prisma("deploy")
    case.agree()
    assert case.verify(migrations_framework="auto") == ({}, {})


def test_prisma_an_older_one_that_came_later_is_run_too(case):
    case.remove(f"prisma/migrations/{B}")
    case.prisma("deploy")
    case.migration(B, "CREATE TABLE b (id int);\n")
    case.agree(B)
    case.prisma("deploy")
    case.agree()


def test_prisma_edited_and_removed_are_passed_over(case):
    case.prisma("deploy")
    case.migration(A, "CREATE TABLE other (id int);\n")
    case.agree(warn={"changed": [A]})
    assert case.status.code == 0 and "No pending" in case.prisma("deploy").out
    case.migration(A, "CREATE TABLE a (id int);\r\n")
    case.agree()  # other line ends
    case.remove(f"prisma/migrations/{C}")
    case.agree(warn={"unknown": [C]})
    assert case.status.code == 0 and "No pending" in case.prisma("deploy").out


def test_prisma_failed_rolled_back_and_mended(case):
    case.migration(B, "SELECT 1 / 0;\n")
    assert case.prisma("deploy", check=False).code == 1
    case.tool_pending()
    assert case.status.code == 1
    assert "P3009" in case.prisma("deploy", check=False).said, "nothing goes on before it is resolved"
    case.closed(failed=[B], pending=[C])
    case.prisma("resolve", "--rolled-back", B)
    case.closed(pending=[B, C])
    case.migration(B, "CREATE TABLE b (id int);\n")
    case.prisma("deploy")
    case.agree()
    assert case.status.code == 0


def test_prisma_rolled_back_only_is_up_to_date_to_status_but_not_to_deploy(case):
    case.migration(C, "SELECT 1 / 0;\n")
    assert case.prisma("deploy", check=False).code == 1
    case.prisma("resolve", "--rolled-back", C)
    assert case.tool_pending() == [] and case.status.code == 0, "weaker than deploy"
    case.closed(pending=[C])
    case.migration(C, "CREATE TABLE c (id int);\n")
    assert C in case.prisma("deploy").out
    case.agree()


def test_prisma_a_failed_one_blocks_even_where_its_folder_is_gone(case):
    case.migration(C, "SELECT 1 / 0;\n")
    assert case.prisma("deploy", check=False).code == 1
    case.remove(f"prisma/migrations/{C}")
    assert "P3009" in case.prisma("deploy", check=False).said
    case.closed(failed=[C])


def test_prisma_resolved_as_applied(case):
    case.migration(C, "SELECT 1 / 0;\n")
    assert case.prisma("deploy", check=False).code == 1
    case.prisma("resolve", "--applied", C)
    case.agree()
    assert case.status.code == 0


def test_prisma_baseline_and_squash(case, db):
    db.sql("CREATE TABLE there (id int)")
    assert "P3005" in case.prisma("deploy", check=False).said
    case.closed(no_history_table=[])
    case.prisma("resolve", "--applied", A)
    case.agree(B, C)
    case.prisma("deploy")
    for name in (A, B):
        case.remove(f"prisma/migrations/{name}")
    case.migration("20260104000000_squashed", "SELECT 1;\n")
    case.prisma("resolve", "--applied", "20260104000000_squashed")
    case.agree(warn={"unknown": [A, B]})


def test_prisma_a_folder_without_a_text_and_other_entries(case, tmp_path):
    case.prisma("deploy")
    case.write("prisma/migrations/readme.md", "")
    case.agree()
    (case.folder / "prisma/migrations/drafts").mkdir()
    case.agree("drafts")
    case.remove("prisma/migrations/drafts")
    (case.folder / "prisma/migrations/.hidden").mkdir()
    assert case.prisma("status", check=False).code == 1
    case.closed(pending=[".hidden"])
    case.remove("prisma/migrations/.hidden")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "migration.sql").write_text("SELECT 1;\n")
    (case.folder / "prisma/migrations/20260105000000_link").symlink_to(tmp_path / "elsewhere")
    case.agree()  # a link is no folder to Prisma


def test_prisma_status_is_no_listing_but_the_names_of_the_folders_are(case):
    assert case.from_listing(case.prisma("status", check=False).out) is None
    assert case.from_listing("".join(f"{path.name}\n" for path in (case.folder / "prisma/migrations").iterdir())) == [A, B, C]
