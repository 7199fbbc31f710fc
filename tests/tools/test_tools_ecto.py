"""Ecto: what `mix ecto.migrations` prints, asked of Ecto.Migrator itself. Debian has no package of it: elixir must find
ecto_sql and postgrex by itself (ERL_LIBS)."""
import functools
import os
import re
import shutil
import subprocess

import pytest
import realtools

A, B, C = "20260101000000", "20260102000000", "20260103000000"
MIGRATIONS = "priv/repo/migrations"
# ask.exs COMMAND PREFIX FOLDER...: what the mix tasks ecto.migrate, ecto.rollback and ecto.migrations do.
ASK = """
for app <- [:telemetry, :decimal, :db_connection, :ecto, :postgrex, :ecto_sql], do: {:ok, _} = Application.ensure_all_started(app)
Logger.configure(level: :error)
[command, prefix | folders] = System.argv()
more = case System.get_env("MIGRATION_SOURCE") do
  nil -> []
  table -> [migration_source: table]
end
Application.put_env(:shop, Shop.Repo, [url: System.get_env("DATABASE_URL"), log: false, pool_size: 2] ++ more)
defmodule Shop.Repo do
  use Ecto.Repo, otp_app: :shop, adapter: Ecto.Adapters.Postgres
end
{:ok, _} = Shop.Repo.start_link()
options = if prefix == "", do: [log: false], else: [log: false, prefix: prefix]
case command do
  "up" -> Ecto.Migrator.run(Shop.Repo, folders, :up, [all: true] ++ options)
  "down" -> Ecto.Migrator.run(Shop.Repo, folders, :down, [step: 1] ++ options)
  "status" -> for {state, id, name} <- Ecto.Migrator.migrations(Shop.Repo, folders, options), do: IO.puts("#{state} #{id} #{name}")
end
"""


@functools.cache
def elixir():
    """Where elixir is, or why Ecto cannot be asked."""
    found = shutil.which("elixir")
    if not found:
        return None, "no elixir: apt-get install elixir"
    known = subprocess.run([found, "-e", "for m <- [Ecto.Migrator, Postgrex], do: {:module, _} = Code.ensure_loaded(m)"],
                           capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return (found, "") if known.returncode == 0 else (None, "elixir finds no ecto_sql and postgrex: set ERL_LIBS")


class Ecto(realtools.Project):
    framework = "ecto"
    folders = (MIGRATIONS,)
    prefix = ""

    def start(self):
        found, why = elixir()
        self.elixir = found or realtools.missing(why)
        self.write("ask.exs", ASK)
        for version, name in ((A, "a"), (B, "b"), (C, "c")):
            self.migration(f"{version}_{name}.exs", f"create table(:{name})")

    def environment(self):
        return {**super().environment(), **{k: os.environ[k] for k in ("ERL_LIBS",) if k in os.environ}}

    def migration(self, name, up="execute \"SELECT 1\", \"SELECT 1\"", folder=MIGRATIONS):
        module = "M" + re.sub("[^0-9a-zA-Z]", "", folder + name)
        return self.write(f"{folder}/{name}", f"defmodule {module} do\n  use Ecto.Migration\n  def change do\n    {up}\n  end\nend\n")

    def ecto(self, command, check=True, prefix=None, **variables):
        return self.run(self.elixir, "ask.exs", command, self.prefix if prefix is None else prefix, *self.folders, check=check,
                        **variables)

    def status(self, **more):
        return re.findall(r"^(up|down) (-?\d+) (.*)$", self.ecto("status", **more).out, re.M)

    def tool_pending(self):
        return [version for state, version, _ in self.status() if state == "down"]

    def tool_unknown(self):
        return [version for state, version, name in self.status() if name == "** FILE NOT FOUND **"]


@pytest.fixture
def case(project):
    return project(Ecto)


def test_ecto_none_half_all_and_back(case):
    case.closed(no_history_table=[])
    assert case.tool_pending() == [A, B, C]
    for version, name in ((B, "b"), (C, "c")):
        case.remove(f"{MIGRATIONS}/{version}_{name}.exs")
    case.ecto("up")
    case.migration(f"{B}_b.exs", "create table(:b)")
    case.migration(f"{C}_c.exs", "create table(:c)")
    case.agree(B, C)
    case.ecto("up")
    case.agree()
    assert case.verify(migrations_framework="auto") == ({}, {})
    case.ecto("down")
    case.agree(C)


def test_ecto_an_older_one_that_came_later_is_run_too(case):
    case.remove(f"{MIGRATIONS}/{B}_b.exs")
    case.ecto("up")
    case.migration(f"{B}_b.exs", "create table(:b)")
    case.agree(B)
    case.ecto("up")
    case.agree()


def test_ecto_edited_renamed_removed(case):
    case.ecto("up")
    case.migration(f"{A}_a.exs", "create table(:other)")
    case.agree()
    case.remove(f"{MIGRATIONS}/{B}_b.exs")
    case.migration(f"0{B}_renamed.exs")
    case.agree()
    case.remove(f"{MIGRATIONS}/{C}_c.exs")
    assert case.tool_unknown() == [C]
    case.agree(warn={"unknown": [C]})


def test_ecto_failed(case):
    case.migration(f"{B}_b.exs", 'execute "SELECT 1 / 0"')
    assert case.ecto("up", check=False).code != 0
    case.agree(B, C)


def test_ecto_rows_without_a_time(case):
    """`mix ecto.load` makes them so."""
    case.ecto("up")
    case.database.sql("UPDATE schema_migrations SET inserted_at = NULL")
    case.agree()


ODD = ("007_seven.exs", "+4_plus.exs", "-3_minus.exs", "-0_zero.exs", "6_.exs", "2__under.exs", "11_a.b.exs", "19_x.exs.exs",
       "12_ü b.exs", "sub/8_below.exs", "sub/deep/13_deep.exs", "9223372036854775807_most.exs")
PASSED_OVER = ("13-dash.exs", "14.exs", "helper.exs", "15_x.ex", "16_x.EXS", ".10_hidden.exs", ".hidden/9_x.exs", "x17_y.exs",
               " 20_x.exs", "0x21_x.exs", "--22_x.exs", "23_x.txt")


def test_ecto_odd_names(case):
    for number, name in enumerate(ODD + PASSED_OVER):
        case.migration(name, f"create table(:odd{number})")
    case.migration("30_linked.exs", folder="elsewhere")
    (case.folder / MIGRATIONS / "linked").symlink_to("../../../elsewhere")
    (case.folder / MIGRATIONS / "31_link.exs").symlink_to("../../../x31.exs")
    case.write("x31.exs", "defmodule X31 do\n  use Ecto.Migration\n  def change, do: :ok\nend\n")
    want = ["-3", "0", "11", "12", "13", "19", "2", "30", "31", "4", "6", "7", "8", "9223372036854775807", A, B, C]
    assert sorted(case.tool_pending()) == sorted(case.ids()) == sorted(want)
    case.ecto("up")
    case.agree()
    case.database.sql("DELETE FROM schema_migrations WHERE version IN (-3, 0, 7)")
    case.agree("-3", "0", "7")


@pytest.mark.parametrize("kind", ["folder", "dangling"])
def test_ecto_counts_whatever_is_called_like_a_migration(case, kind):
    """A link to nowhere, a folder: its status calls them pending, and its migrator stops there."""
    case.ecto("up")
    path = case.folder / MIGRATIONS / "5_odd.exs"
    path.mkdir() if kind == "folder" else path.symlink_to("nowhere")
    case.agree("5")
    assert case.ecto("up", check=False).code != 0


def test_ecto_a_version_that_the_column_cannot_hold(case):
    case.ecto("up")
    case.migration("9223372036854775808_more.exs")
    assert case.tool_pending() == ["9223372036854775808"]
    assert case.ecto("up", check=False).code != 0, "it can never be recorded"
    case.refused("9223372036854775808_more.exs: the version does not fit into 64 bits")


def test_ecto_two_of_one_name_only_stop_what_is_pending(case):
    """20260104000000_a.exs beside an older a.exs: Ecto looks at those that are pending alone."""
    case.ecto("up")
    case.migration("20260104000000_a.exs")
    case.agree("20260104000000")
    case.ecto("up")
    case.agree()
    case.migration("20260105000000_d.exs")
    case.migration("20260106000000_d.exs")
    assert "is duplicated" in case.ecto("up", check=False).said
    case.agree("20260105000000", "20260106000000")


def test_ecto_two_files_of_one_version(case):
    case.migration(f"sub/0{A}_twice.exs")
    assert f"version {A} is duplicated" in case.ecto("up", check=False).said
    done = case.refused(f"migration {A} is there twice")
    assert "_a.exs" in done.said and "_twice.exs" in done.said


def test_ecto_another_table(case):
    case.ecto("up", MIGRATION_SOURCE="done")
    case.closed(no_history_table=[])
    case.settings["migrations_table"] = "done"
    case.closed()
    case.ecto("down", MIGRATION_SOURCE="done")
    case.closed(pending=[C])


def test_ecto_several_folders(case):
    case.folders = (MIGRATIONS, "priv/repo/more")
    case.migration("5_more.exs", folder="priv/repo/more")
    case.settings["migrations_path"] = f"{MIGRATIONS}, priv/repo/more"
    case.ecto("up")
    case.agree()
    case.migration("6_more.exs", folder="priv/repo/more")
    case.agree("6")


def test_ecto_tenants_by_prefix(case, db):
    for schema in ("ta", "tb"):
        db.sql(f"CREATE SCHEMA {schema}")
        case.ecto("up", prefix=schema)
    case.closed()
    case.ecto("down", prefix="tb")
    assert [row[:2] for row in case.status(prefix="tb")] == [("up", A), ("up", B), ("down", C)]
    assert case.verify()[0] == {"tb": {"pending": [C]}}
    assert "mix ecto.migrate --prefix tb" in " ".join(case.last.report["remedies"])


def test_ecto_tenants_with_migrations_of_their_own(case, db):
    """As Triplex does it."""
    case.ecto("up")
    case.folders = ("priv/repo/tenant_migrations",)
    case.migration("1_own.exs", "create table(:own)", folder=case.folders[0])
    case.migration("2_own_too.exs", "create table(:own_too)", folder=case.folders[0])
    for schema in ("ta", "tb"):
        db.sql(f"CREATE SCHEMA {schema}")
        case.ecto("up", prefix=schema)
    case.ecto("down", prefix="tb")
    both = {"migrations_framework": None, "migrations_x_framework": "ecto"}
    case.write("tenantgate.ini", "[migrations.shared]\nframework = ecto\nschemas = public\n"
               "[migrations.tenants]\nframework = ecto\npath = priv/repo/tenant_migrations\nschemas = tenants\n"
               "[tenants]\nschemas = ta, tb\n")
    case.settings.pop("migrations_framework")
    assert case.verify()[0] == {"tb": {"pending": ["2"]}}, both
    case.ecto("up", prefix="tb")
    case.closed()


def test_ecto_a_release_and_an_umbrella(case):
    case.ecto("up")
    for place in ("lib/shop-0.1.0", "apps/shop"):
        (case.folder / place).mkdir(parents=True)
        (case.folder / "priv").rename(case.folder / place / "priv")
        assert case.verify(migrations_framework="auto") == ({}, {})
        assert case.ids() == [A, B, C]
        (case.folder / place / "priv").rename(case.folder / "priv")
