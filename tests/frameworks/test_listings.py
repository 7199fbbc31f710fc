"""`manifest --from`: what the frameworks' own commands print, with what terminals, pipes and other programs do to it. What is
too small to be the whole list is refused: it would open the gate.

The texts are what the tools printed for small projects: Rails 6.1.7, Knex 3.3.0, sequelize-cli 6.6.5, dbmate 2.36.0, Prisma
6.19.3, Sqitch, goose 3.27, Phinx 0.16.5, Doctrine Migrations 3, Laravel 10.48 and (as a table) 8.83, Ecto 3.14. Those of sqlx
and Diesel are in the shape that their sources give."""
import json

import pytest

A, B, C = "20260101000000", "20260102000000", "20260103000000"

RAILS = f"""
database: shop

 Status   Migration ID    Migration Name
--------------------------------------------------
   up     20250101000000  ********** NO FILE **********
   up     {A}  Create a
  down    {B}  Create b
  down    007             Create c

"""
KNEX = f"""Found 1 Completed Migration file/files.
{A}_a.js
Found 2 Pending Migration file/files.
{B}_b.js
{C}_c.cjs

"""
SEQUELIZE = f"""
Sequelize CLI [Node: 20.20.2, CLI: 6.6.5, ORM: 6.37.8]

Loaded configuration file "config/config.js".
Using environment "development".
up {A}-a.js
down {B}-b.cjs
down {C}-c.js
"""
DBMATE = f"""[X] {A}_a.sql
[ ] {B}_b.sql

Applied: 1
Pending: 1
"""
ECTO = f"""
Repo: Shop.Repo

  Status    Migration ID    Migration Name
--------------------------------------------------
  up        7               seven
  down      {A}  create_orders
  up        3               ** FILE NOT FOUND **

"""
PHINX = f"""Phinx by CakePHP - https://phinx.org. 0.16.5

using config file phinx.php
using config parser php
using migration paths
 - /app/db/migrations
warning no environment specified, defaulting to: production
ordering by creation time

 Status  [Migration ID]  Started              Finished             Migration Name
----------------------------------------------------------------------------------
     up  20250101000000  2026-11-21 16:54:32.979675  2026-11-21 16:54:32.979675  Old          ** MISSING MIGRATION FILE **
     up  {A}  2026-11-21 16:54:32  2026-11-21 16:54:32  CreateUsers
         BREAKPOINT SET
   down  {B}                                            AddNote

"""
GOOSE = """2026/08/01 12:00:00     Applied At                  Migration
2026/08/01 12:00:00     =======================================
2026/08/01 12:00:00     Sat Aug  1 12:00:00 2026 -- 00001_a.sql
2026/08/01 12:00:00     Pending                  -- 00002_b.go
"""
SQLX = f"""{A}/installed create users
{B}/installed (different checksum) b
applied migration had checksum 00
local migration has checksum 01
{C}/pending c
"""
DIESEL = """Migrations:
  [X] 00000000000000_diesel_initial_setup
  [ ] 2026-01-01-000000_a
"""
LARAVEL = """
  Migration name .............................................. Batch / Status  \n\
  0001_01_01_000000_create_users_table ............................... [1] Ran  \n\
  2026_01_02_000000_add_note ......................................... Pending  \n\

"""
LARAVEL_8 = """+------+--------------------------------------+-------+
| Ran? | Migration                            | Batch |
+------+--------------------------------------+-------+
| Yes  | 0001_01_01_000000_create_users_table | 1     |
| No   | 2026_01_02_000000_add_note           |       |
+------+--------------------------------------+-------+
"""
DOCTRINE = """+------------------------------------------+-------------------------+---------------------+----------------+-------------+
| Migration Versions                                                                                        |             |
+------------------------------------------+-------------------------+---------------------+----------------+-------------+
| Migration                                | Status                  | Migrated At         | Execution Time | Description |
+------------------------------------------+-------------------------+---------------------+----------------+-------------+
| DoctrineMigrations\\Version20250101000000 | migrated, not available | 2026-11-21 16:54:34 | 0.001s         |             |
| DoctrineMigrations\\Version20260101000000 | migrated                | 2026-11-21 16:54:33 | 0.003s         |             |
| DoctrineMigrations\\Version20260102000000 | not migrated            |                     |                |             |
+------------------------------------------+-------------------------+---------------------+----------------+-------------+
"""
SQITCH = """# Project: shop
# File:    sqitch.plan

a478aacb097a8656c688ff6890b2cb8ef9558cc0 deploy base
c3a90a94f7f7938c0834059916146be7d492a0a3 deploy orders @v1.0.0
"""

STATUS = {
    "rails": (RAILS, {A, B, "7"}),
    "knex": (KNEX, {f"{A}_a.js", f"{B}_b.js", f"{C}_c.cjs"}),
    "sequelize": (SEQUELIZE, {f"{A}-a.js", f"{B}-b.cjs", f"{C}-c.js"}),
    "dbmate": (DBMATE, {A, B}),
    "ecto": (ECTO, {"7", A}),
    "phinx": (PHINX, {A, B}),
    "goose": (GOOSE, {"1", "2"}),
    "sqlx": (SQLX, {A, B, C}),
    "diesel": (DIESEL, {"00000000000000", "20260101000000"}),
    "laravel": (LARAVEL, {"0001_01_01_000000_create_users_table", "2026_01_02_000000_add_note"}),
    "doctrine": (DOCTRINE, {"DoctrineMigrations\\Version20260101000000", "DoctrineMigrations\\Version20260102000000"}),
    "sqitch": (SQITCH, {"base", "orders"}),
}


@pytest.fixture
def read(bare_gate):
    """The ids in the manifest made of a text; None where it is refused, and why is in `read.said`."""
    def reading(framework, text):
        done = bare_gate.call("manifest", "--from", framework, "-", stdin=text if isinstance(text, bytes) else text.encode())
        assert done.code in (0, 78), done
        reading.said = done.said
        assert done.code == 0 or ("standard input" in done.err and done.out == ""), done
        return {item["id"] for item in json.loads(done.out)["migrations"]} if done.code == 0 else None
    return reading


@pytest.mark.parametrize("framework", STATUS)
def test_what_the_status_command_prints(read, framework):
    text, ids = STATUS[framework]
    assert read(framework, text) == ids
    assert read(framework, text.replace("\n", "\r\n")) == ids
    assert read(framework, b"\xef\xbb\xbf" + text.encode()) == ids
    coloured = "".join(f"\033[0m\033[01;32m{line}\033[0m\033[K\n" for line in text.split("\n"))
    assert read(framework, coloured) == ids
    assert read(framework, "Warning: the extension was built for another version.\n" * (framework != "sqitch") + text) == ids


@pytest.mark.parametrize("framework", STATUS)
def test_a_status_that_is_cut_is_refused_or_asks_for_what_is_not_there(read, framework):
    text, ids = STATUS[framework]
    ends = [at for at, char in enumerate(text) if char == "\n"]
    for at in sorted({*range(0, len(text), 11), *ends, *(end + 1 for end in ends[:-1]), *(end + 4 for end in ends[:-1])}):
        got = read(framework, text[:at])
        lines = text[:at].endswith("\n")  # whole lines are all that a pipe may lose unnoticed, where the list does not count them
        assert got is None or got == ids or got - ids or (lines and framework not in ("dbmate", "knex")), (text[:at], got)


def test_laravel_before_9_21_printed_a_table(read):
    assert read("laravel", LARAVEL_8) == STATUS["laravel"][1]
    assert read("laravel", LARAVEL_8.replace("| Yes ", "| Y   ").replace("| No  ", "| N   ")) == STATUS["laravel"][1]


def test_a_name_that_is_wider_than_a_terminal(read):
    """Laravel leaves out the dots then."""
    assert read("laravel", LARAVEL.replace("add_note ...", "add_" + "note" * 40 + "  ").replace("..", "")) == {
        "0001_01_01_000000_create_users_table", "2026_01_02_000000_add_" + "note" * 40}


def test_several_databases_are_not_one(read):
    assert read("rails", RAILS + RAILS.replace(A, C)) is None and "lists of several databases" in read.said
    assert read("ecto", ECTO + ECTO.replace(A, C)) is None and "lists of several databases" in read.said


@pytest.mark.parametrize("text, words", [
    (DBMATE.replace("Applied: 1", "Applied: 2"), "it says that there are 3 migrations, and lists 2"),
    (DBMATE.replace("Pending: 1\n", ""), "it does not say how many are applied and how many pending"),
    (f"[X] {A}_a.sql\n", "it does not say how many"), (DBMATE.replace(f"{B}_b.sql", "b.sql"), "standard input:2: [ ] b.sql: looks like")])
def test_a_list_that_counts_is_held_to_it(read, text, words):
    assert read("dbmate", text) is None and words in read.said


def test_a_list_of_knex_is_held_to_what_it_says(read):
    assert read("knex", KNEX.replace(f"{B}_b.js\n", "")) is None and "it says that there are 3 migrations, and lists 2" in read.said
    assert read("knex", KNEX[:KNEX.index("Found 2")]) is None and "cut short" in read.said


PRISMA = """Prisma schema loaded from prisma/schema.prisma
Datasource "db": PostgreSQL database "shop", schema "public"

3 migrations found in prisma/migrations
Following migrations have not yet been applied:
20260102000000_b

To apply migrations in production run prisma migrate deploy.
"""


@pytest.mark.parametrize("framework, text, words", [
    ("prisma", PRISMA, "standard input:1: this does not look like a name"),
    ("rails", "rake aborted!\nActiveRecord::ConnectionNotEstablished: connection refused\n", "there are no migrations like"),
    ("rails", "", "there are no migrations like"), ("rails", "   up     Create a\n   up     1  Create b\n", "looks like a line"),
    ("laravel", LARAVEL_8.replace("0001_01_01_000000_create_users_table", " " * 36), "standard input:4: "),
    ("laravel", "\n   ERROR  Migration table not found.  \n\n", "there are no migrations like"),
    ("knex", "Error: The migration directory is corrupt, the following files are missing: a.js\n", "this does not look like a name"),
    ("doctrine", "Version20260101000000.php\n", "a name does not tell the namespace"),
    # `sqitch log` lists what is deployed, in the same lines.
    ("sqitch", SQITCH[SQITCH.index("a478"):], "no line '# Project: NAME'")])
def test_what_is_no_whole_list(read, framework, text, words):
    assert read(framework, text) is None and words in read.said


# Lists of names

@pytest.mark.parametrize("text, ids", [
    (f"{A}_a.rb\n007_b.rb\nREADME.md\n", {A, "7"}), (f"./db/migrate/{A}_a.rb\ndb/migrate/nested/007_b.rb\n", {A, "7"}),
    (f"  {A}_a.rb\r\n\r\n007_b.rb", {A, "7"}), (f"\ufeff{A}_a.rb\n", {A}), (f"{A}_a.rb\nREADME.md", {A}),
    (f"\033[0m\033[01;32m{A}_a.rb\033[0m\n007_b.rb\n", {A, "7"})])
def test_names(read, text, ids):
    assert read("rails", text) == ids


@pytest.mark.parametrize("text, words", [
    (f"{A}_a.rb*\n007_b.rb\n", f"standard input:1: {A}_a.rb stands among other words"),  # ls -F
    (f"007_b.rb\n-rwxr-xr-x 1 root root 0 Nov 21 16:00 {A}_a.rb\n", f"standard input:2: {A}_a.rb stands among other words"),
    (f'"{A}_a.rb"\n007_b.rb\n', "stands among other words"),  # ls -Q
    (f"'{A}_a.rb'\n007_b.rb\n", "stands among other words"),
    (f"ls: cannot access 'db/migrate/{A}_a.rb': No such file or directory\n007_b.rb\n", "stands among other words"),
    (f"README.md  {A}_a.rb\n007_b.rb\n", "stands among other words"),  # ls -C
    (f"007_b.rb\n{A}_a.r", "standard input:2: the last line does not end"), (f"007_b.rb\n{A}", "the last line does not end"),
    (f"007_b.rb\n{A}_a\x08.rb\n", "standard input:2: holds control characters"),
    (f"007_b.rb\n\033]0;x\x07{A}_a.rb\n", "holds control characters")])
def test_names_that_were_made_up_for_people(read, text, words):
    assert read("rails", text) is None and words in read.said


def test_folders(read):
    names = {f"{A}_a", f"{B}_b"}
    assert read("prisma", f"{A}_a\n{B}_b\nmigration_lock.toml\n") == names
    assert read("prisma", f"prisma/migrations/{A}_a/\nprisma/migrations/{B}_b/\n") == names
    assert read("prisma", f"total 4\n{A}_a\n") is None and "does not look like a name" in read.said


def test_a_file_is_named(bare_gate, tmp_path):
    (tmp_path / "list.txt").write_text(f"{A}_a.rb\n{B}_b.r")
    done = bare_gate.call("manifest", "--from", "rails", "list.txt", cwd=tmp_path)
    assert done.code == 78 and "list.txt:2: the last line does not end" in done.err
    (tmp_path / "list.txt").write_text("README.md\n")
    assert "in list.txt" in bare_gate.call("manifest", "--from", "rails", "list.txt", cwd=tmp_path).err
