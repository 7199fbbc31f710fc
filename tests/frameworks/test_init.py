"""tenantgate init: a starting configuration for what is found, and the ecosystems' ways of schemas for tenants."""
import pytest
from histories import History, load
from projects import CASES

TREES = sorted(path.name for path in CASES.iterdir() if path.is_dir() and path.name not in ("flask_migrate", "dumps", "recorded"))


@pytest.fixture
def make(bare_gate, db, tmp_path):
    def made(case=None, *files):
        made = History(bare_gate, tmp_path, db, "auto", case)
        for name in files:
            made.write(name)
        del made.settings["migrations_framework"]
        return made
    return made


@pytest.mark.parametrize("tree", TREES)
def test_what_it_writes_can_be_used(make, tree):
    case = make(tree)
    done = case.call("init")
    assert done.code == 0, done
    shown = case.call("config")
    assert shown.code == 0, shown
    known = [name for name in ("django", "alembic", tree) if tree.startswith(name) or name == tree]
    assert "framework = " + ("django" if tree == "dtenants" else known[0]) in shown.out
    # What is commented out is meant to be used: it loads too.
    text = (case.folder / "tenantgate.ini").read_text()
    keys = [line[2:] if line.startswith(("# [", "# run", "# when", "# lock", "# minimum")) else line for line in text.splitlines()]
    case.write("all.ini", "\n".join(keys) + "\n")
    assert case.call("config", "--config", "all.ini").code == 0


def test_it_never_overwrites(make):
    case = make("rails")
    case.write("tenantgate.ini", "[gate]\n")
    done = case.call("init")
    assert done.code == 64 and "tenantgate.ini is there already" in done.err and "--force" in done.err
    assert (case.folder / "tenantgate.ini").read_text() == "[gate]\n"
    assert case.call("init", "-o", "other.ini").code == 0
    done = case.call("init", "-o", "-")
    assert done.code == 0 and done.out == (case.folder / "other.ini").read_text()
    assert case.call("init", "--force").code == 0
    assert (case.folder / "tenantgate.ini").read_text() == done.out


def test_nothing_to_find(make):
    done = make().call("init")
    assert done.code == 78 and "no migration framework is recognised" in done.err


def test_two_frameworks_get_a_section_each(make):
    case = make(None, "db/migrate/1_a.rb", "sqlx.toml", "migrations/1_a.sql")
    done = case.call("init")
    assert done.code == 0 and "[migrations.rails]" in (case.folder / "tenantgate.ini").read_text()
    case.database.sql("CREATE TABLE schema_migrations (version varchar); INSERT INTO schema_migrations VALUES ('1');")
    assert case.fails() == {"no_history_table": []}


def test_names_from_outside_are_escaped(make):
    case = make(None, "x\nrun = y/meta/_journal.json")
    assert case.call("init", "-o", "-").code == 0
    case.call("init")
    assert case.call("config").code == 0 and "run = y" not in case.call("config").out


def test_what_cannot_be_read_is_said(make):
    done = make(None, "db/migrate/1_A.rb", "db/migrate/1_a_b.rb").call("init", "-o", "-")
    assert done.code == 0 and "# Not readable as it is: " in done.out and "lower-case letters" in done.err


# Tenants

def test_apartment(make, db):
    case = make("rails")
    load(db, "rails_apartment")
    assert case.opens()
    db.sql("DELETE FROM north.schema_migrations WHERE version = '7'; DELETE FROM public.schema_migrations WHERE version = '7';")
    assert set(case.verify()[1]) == {"north", "public"}
    assert case.last.report["remedies"] == ["DB=north bundle exec rails apartment:migrate", "bundle exec rails db:migrate"]


def test_laravel_tenants_have_migrations_of_their_own(make, db):
    case = make(None, "artisan", "config/tenancy.php", "database/migrations/2026_01_01_a.php",
                "database/migrations/tenant/2026_01_01_b.php")
    warned = case.call("verify")
    assert "migrations that are for tenants only (stancl/tenancy)" in warned.err
    assert case.call("init").code == 0
    table = "CREATE TABLE {0}.migrations (id serial, migration varchar(255), batch int);"
    db.sql("CREATE SCHEMA tenantx;" + table.format("public") + table.format("tenantx") +
           "CREATE TABLE tenants (id text PRIMARY KEY); INSERT INTO tenants VALUES ('x');"
           "INSERT INTO public.migrations (migration) VALUES ('2026_01_01_a');")
    assert case.verify()[1] == {"tenantx": {"pending": ["2026_01_01_b"]}}
    assert case.last.report["remedies"] == ["php artisan tenants:migrate --force"]
    db.sql("INSERT INTO tenantx.migrations (migration) VALUES ('2026_01_01_b');")
    assert case.opens()


def test_ecto_with_triplex(make, db):
    case = make("ecto")
    case.write("priv/repo/tenant_migrations/20260101000000_only.exs")
    assert case.call("init").code == 0
    assert "path = priv/repo/tenant_migrations" in (case.folder / "tenantgate.ini").read_text()
    load(db, "ecto")
    db.sql("CREATE TABLE tenants (id text); INSERT INTO tenants VALUES ('ta'); DELETE FROM ta.schema_migrations WHERE version > 7;")
    assert case.verify()[1] == {"ta": {"pending": ["20260101000000"]}}


def test_several_sources_in_one_database(make, db):
    """Rails with a schema for each tenant, and a Go service in a schema of its own."""
    case = make("rails")
    case.write("service/migrations/1_a.up.sql")
    case.write("tenantgate.ini", "[migrations.app]\nframework = rails\n[migrations.service]\nframework = golang-migrate\n"
                                 "path = service\nschemas = service\n[tenants]\nschemas = public, north, south\n")
    load(db, "rails_apartment")
    db.sql("CREATE SCHEMA service; CREATE TABLE service.schema_migrations (version bigint, dirty bool);")
    assert case.verify()[1] == {"service": {"pending": ["1"]}}
    db.sql("INSERT INTO service.schema_migrations VALUES (1, false);")
    assert case.opens()
    assert [source["framework"] for source in case.last.report["sources"]] == ["rails", "golang-migrate"]
