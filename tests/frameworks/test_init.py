"""tenantgate init: a starting configuration for what is found, and the ecosystems' ways of schemas for tenants."""
import pytest
from harness import paths
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


def test_where_nothing_can_be_written(make):
    done = make("rails").call("init", "-o", "no/such/folder.ini", manners=False)
    assert done.code == 70 and "cannot be written: No such file or directory" in done.err and "-o - prints it" in done.err


def test_nothing_to_find(make):
    done = make().call("init")
    assert done.code == 78 and "no migration framework is recognised" in done.err


def test_projects_below_are_named(make):
    case = make(None, "package.json", "apps/api/prisma/schema.prisma", "services/billing/db/migrate/1_a.rb",
                "node_modules/x/alembic.ini", "tests/alembic.ini", "a/b/c/d/alembic.ini", ".hidden/alembic.ini")
    done = case.call("init", env={"DJANGO_SETTINGS_MODULE": "shop.settings"})
    assert done.code == 78 and not (case.folder / "tenantgate.ini").exists()
    assert "Below it there is apps/api (Prisma Migrate) and services/billing (Rails (ActiveRecord)): go to" in done.said


def test_the_steps_are_the_projects_own_commands(make):
    case = make(None, "migrations/alembic.ini")
    case.write("migrations/env.py", "from flask import current_app\n")
    case.write("migrations/versions/a.py", "revision = 'a'\ndown_revision = None\n")
    assert "# run = flask db upgrade heads\n" in case.call("init", "-o", "-").out


def test_the_steps_of_tenants_with_migrations_of_their_own(make):
    case = make(None, "artisan", "config/tenancy.php", "database/migrations/2026_01_01_a.php",
                "database/migrations/tenant/2026_01_01_b.php")
    text = case.call("init", "-o", "-").out
    assert "# [step.migrate]\n# run = php artisan migrate --force\n" in text
    assert "# [step.tenants]\n# run = php artisan tenants:migrate --force\n" in text


def test_a_table_in_a_schema_of_its_own(make):
    assert "# schemas = drizzle\n" in make("drizzle").call("init", "-o", "-").out


def test_two_frameworks_get_a_section_each(make):
    case = make(None, "db/migrate/1_a.rb", "sqlx.toml", "migrations/1_a.sql")
    done = case.call("init")
    text = (case.folder / "tenantgate.ini").read_text()
    assert done.code == 0 and "[migrations.rails]" in text and "# [step.rails]" in text and "# [step.sqlx]" in text
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
    assert "# Set migrations.path to the folder that holds them" in done.out


# Tenants

def test_a_command_that_knows_no_tenants_is_said_to_be_for_one_schema(make, db):
    case = make("dbmate")
    db.sql("CREATE SCHEMA acme; CREATE TABLE acme.schema_migrations (version varchar);"
           "CREATE TABLE public.schema_migrations (version varchar);")
    said = "The command migrates the schema that its connection is in"
    closed = case.call("verify", tenants_schemas="acme")
    assert closed.code == 1 and said in closed.said and "dbmate up" in closed.said
    closed = case.call("verify", tenants_schemas="public")
    assert closed.code == 1 and said not in closed.said and "dbmate up" in closed.said
    db.sql("DROP TABLE acme.schema_migrations")
    ecto = case.call("verify", migrations_framework="ecto", tenants_schemas="acme", migrations_path=CASES / "ecto")
    assert "mix ecto.migrate --prefix acme" in ecto.said and said not in ecto.said
    mikro = case.call("verify", migrations_framework="mikro-orm", tenants_schemas="acme", migrations_path=CASES / "mikro-orm")
    assert "npx mikro-orm migration:up --schema=acme" in mikro.said and said not in mikro.said
    db.sql("CREATE SCHEMA drizzle")
    drizzle = case.call("verify", migrations_framework="drizzle", tenants_schemas="drizzle", migrations_path=CASES / "drizzle")
    assert "npx drizzle-kit migrate" in drizzle.said and said not in drizzle.said


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


def test_laravel_with_a_database_for_each_tenant(make, db, make_database):
    """config/laravel-tenancy.ini."""
    case = make(None, "artisan", "config/tenancy.php", "database/migrations/2026_01_01_a.php",
                "database/migrations/tenant/2026_01_01_b.php")
    first, second = make_database("one"), make_database("two")
    db.sql("CREATE TABLE tenants (id text PRIMARY KEY, data jsonb); "
           "CREATE TABLE migrations (id serial, migration varchar(255), batch int);"
           "INSERT INTO migrations (migration) VALUES ('2026_01_01_a');")
    db.sql("INSERT INTO tenants VALUES ('x', %s)", f'{{"tenancy_db_name": "{first.name}"}}')
    db.sql("INSERT INTO tenants VALUES ('y', %s)", f'{{"tenancy_db_name": "{second.name}"}}')
    table = "CREATE TABLE migrations (id serial, migration varchar(255), batch int);"
    first.sql(table + "INSERT INTO migrations (migration) VALUES ('2026_01_01_b');")
    second.sql(table)
    url = db.url().replace(f"/{db.name}", "/{database}")
    run = {"database_url": url, "env": {"DATABASE_URL": db.url()}}
    closed = case.call("verify", "--config", paths.REPOSITORY / "config/laravel-tenancy.ini", "--format", "json", **run)
    assert [(f["database"], f["source"], f["items"]) for f in closed.report["findings"]] == [
        (second.name, "tenants", ["2026_01_01_b"])]
    assert closed.report["remedies"] == [f"php artisan tenants:migrate --force #db={second.name}"]
    assert "tenants only" not in closed.err  # both are named
    closed = case.call("verify", "--config", paths.REPOSITORY / "config/laravel-tenancy.ini", **run)
    assert f"TENANTGATE_TENANTS_EXCLUDE={second.name}" in closed.said, closed
    second.sql("INSERT INTO migrations (migration) VALUES ('2026_01_01_b');")
    assert case.call("verify", "--config", paths.REPOSITORY / "config/laravel-tenancy.ini", **run).code == 0
    db.sql("DELETE FROM migrations")
    closed = case.call("verify", "--config", paths.REPOSITORY / "config/laravel-tenancy.ini", "--format", "json", **run)
    assert closed.report["remedies"] == ["php artisan migrate --force #db=central"]


def test_ecto_with_triplex(make, db):
    case = make("ecto")
    case.write("priv/repo/tenant_migrations/20260101000000_only.exs")
    assert case.call("init").code == 0
    assert "path = priv/repo/tenant_migrations" in (case.folder / "tenantgate.ini").read_text()
    load(db, "ecto")
    db.sql("CREATE TABLE tenants (id text); INSERT INTO tenants VALUES ('ta'); DELETE FROM ta.schema_migrations WHERE version > 7;")
    assert case.verify()[1] == {"ta": {"pending": ["20260101000000"]}}


def test_ecto_with_triplex_in_a_release(make, db):
    """The folders of a release have the version in their names; the file that was written in the sources serves there too."""
    case = make("ecto")
    case.write("priv/repo/tenant_migrations/20260101000000_only.exs")
    case.write("lib/triplex-1.3.0/priv/pg_test_repo/tenant_migrations/20160711125401_notes.exs")
    (case.folder / "lib/shop-0.1.0").mkdir(parents=True)
    (case.folder / "priv").rename(case.folder / "lib/shop-0.1.0/priv")
    load(db, "ecto")
    db.sql("CREATE TABLE tenants (id text); INSERT INTO tenants VALUES ('ta'); DELETE FROM ta.schema_migrations WHERE version > 7;")
    done = case.call("verify", migrations_framework="auto")
    assert "lib/shop-0.1.0/priv/repo/tenant_migrations holds migrations that are for tenants only (triplex)" in done.said
    assert case.call("init").code == 0
    assert "path = priv/repo/tenant_migrations" in (case.folder / "tenantgate.ini").read_text()
    assert case.verify()[1] == {"ta": {"pending": ["20260101000000"]}}
    db.sql("INSERT INTO ta.schema_migrations VALUES (20260101000000);")
    assert case.verify()[1] == {}
    case.write("lib/other-0.2.0/priv/repo/tenant_migrations/1_a.exs")
    case.refused("migrations could be in more than one folder")


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


def test_two_services_with_a_list_of_tenants_each_are_two_gates_in_a_row(make, db):
    case = make("rails")
    case.write("service/migrations/1_a.up.sql")
    case.write("app.ini", "[migrations]\nframework = rails\n[tenants]\nschemas = north, south\n")
    case.write("service.ini", "[migrations]\nframework = golang-migrate\npath = service\n[tenants]\npattern = ^svc_\nsettle = 0s\n")
    load(db, "rails_apartment")
    db.sql("CREATE SCHEMA svc_one; CREATE TABLE svc_one.schema_migrations (version bigint, dirty bool);")
    words = ("run", "--config", "app.ini", "--", paths.BINARY, "run", "--config", "service.ini", "--", "echo", "both")
    closed = case.call(*words, env={"DATABASE_URL": db.url()})
    assert closed.code == 1 and "1 tenant lacks 1: svc_one" in closed.said and "both" not in closed.out
    db.sql("INSERT INTO svc_one.schema_migrations VALUES (1, false);")
    opened = case.call(*words, env={"DATABASE_URL": db.url()})
    assert opened.code == 0 and opened.out == "both\n"
    db.sql("DELETE FROM north.schema_migrations;")
    assert case.call(*words, env={"DATABASE_URL": db.url()}).code == 1
