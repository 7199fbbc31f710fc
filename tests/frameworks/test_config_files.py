"""The files of config/ in front of real projects, by the real frameworks' commands, each for the deployment it is made for."""
import os
import re
import signal
import subprocess

import pytest
from harness import paths
from harness.inits import eventually
from harness.web import Web
from projects import CASES, AlembicProject, DjangoProject, Project, TenantsApp, failing

CONFIG = paths.REPOSITORY / "config"


@pytest.fixture
def run(bare_gate):
    """Runs the gate with a file of config/ in a project's folder, as its image would."""
    def call(project, database, name, *words, **more):
        env = {**project.environment(), "DATABASE_URL": database.url(), **more}
        env["PATH"] = f"{paths.postgres_bin()}:{env['PATH']}"
        return bare_gate.call(*(words or ("run", "--config", CONFIG / name, "--", "echo", "the app runs")), cwd=project.folder,
                              env=env, tenants_settle="0s")
    return call


def opens(result):
    return (result.code, result.out) == (0, "the app runs\n")


def commands(result, step):
    """What a step has run, from the log."""
    return re.findall(rf"^tenantgate: step {step}(?: \S+)?: (python .*|flask .*)$", result.err, re.M)


# --- Plain Django

@pytest.fixture
def django(tmp_path, make_database):
    database = make_database("plain")
    yield DjangoProject(tmp_path / "plain", "django", database), database
    database.drop()


def test_plain_django_on_a_platform_host_migrates_itself(django, run):
    project, database = django
    result = run(project, database, "django-migrate.ini")
    assert opens(result) and project.is_migrated(), result
    assert commands(result, "migrate") == ["python manage.py migrate --noinput"]
    # This project has no static files: a warning, and no reason not to start.
    assert "going on, since the step is not required" in result.err and "collectstatic" in result.err, result
    again = run(project, database, "django-migrate.ini")
    assert opens(again) and "step migrate: nothing is pending" in again.err and not commands(again, "migrate"), again


def test_plain_django_that_only_looks(django, run):
    project, database = django
    assert run(project, database, "django.ini").code == 1
    project.manage("migrate")
    assert opens(run(project, database, "django.ini"))


# --- A schema per tenant

@pytest.fixture
def new_app(tmp_path, make_database):
    """The app before its very first deployment, with a command of its own as django-tenants-migrate.ini wants one."""
    database = make_database("new")
    made = TenantsApp(tmp_path / "app", database)
    made.write("tenancy/management/commands/ensure_tenant.py", (
        "from tenancy.management.commands.create_tenant import Command as CreateTenant\n\n\n"
        "class Command(CreateTenant):\n"
        "    def handle(self, **options):\n"
        "        super().handle(**{**options, 'exist_ok': True})\n"))
    yield made
    database.drop()


def test_tenants_with_super_and_guest_and_a_backup_before_migrating(new_app, run, tmp_path):
    backup = tmp_path / "backup"
    backup.mkdir()

    def deploy():
        return run(new_app, new_app.database, "django-tenants-migrate.ini", BACKUP_DIR=str(backup))

    first = deploy()
    assert opens(first) and new_app.is_migrated(), first
    assert new_app.database.sql("SELECT schema_name FROM customers_client ORDER BY 1") == [("guest",), ("super",)]
    order = [first.err.index(f"step {name}: ") for name in ("backup", "shared", "super", "guest")]
    assert order == sorted(order)

    new_app.manage("create_tenant", "acme", "globex")
    new_app.manage("migrate_schemas", "--schema=globex", "finance", "0002")
    second = deploy()
    assert opens(second) and new_app.is_migrated(), second
    assert commands(second, "tenants") == ["python manage.py migrate_schemas --schema=globex --noinput"], second
    # What was kept is the database as it was before: with it one could go back.
    kept = subprocess.run([paths.postgres_bin() / "pg_restore", "--data-only", "--schema=globex", "--table=django_migrations",
                           "--file=-", backup / "before-migrating.dump"], capture_output=True, text=True, check=True).stdout
    assert "0002_lines" in kept and "0003_invoice_paid" not in kept

    before = (backup / "before-migrating.dump").stat().st_mtime_ns
    third = deploy()
    assert opens(third) and not commands(third, "tenants") and "step backup: nothing is pending" in third.err, third
    assert (backup / "before-migrating.dump").stat().st_mtime_ns == before, "the backup is not overwritten for nothing"


def test_a_backup_that_fails_keeps_the_database_as_it_is(new_app, run, tmp_path):
    result = run(new_app, new_app.database, "django-tenants-migrate.ini", BACKUP_DIR=str(tmp_path / "none"))
    assert result.code == 73 and "step backup" in result.said, result
    assert new_app.database.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_tenants_that_are_only_looked_at(app, run):
    assert opens(run(app, app.database, "django-tenants.ini"))
    app.manage("migrate_schemas", "--schema=acme", "finance", "0001")
    result = run(app, app.database, "django-tenants.ini")
    assert result.code == 1 and "acme" in result.banner, result


# --- Flask and Alembic

@pytest.fixture
def flask(tmp_path, make_database):
    """A Flask-Migrate project of two revisions, laid out by its own commands."""
    database = make_database("flask")
    project = Project(tmp_path / "flask", CASES / "flask_migrate")
    project.variables.update(CASE_DB=database.name, CASE_PORT=str(database.server.port))
    project.replace("app.py", "postgresql+psycopg:", "postgresql+psycopg2:")
    first = (project.folder / "migrations/versions/5f00aa11bb22_first.py").read_text()
    project.remove("migrations")
    project.run("flask", "db", "init")
    project.write("migrations/versions/5f00aa11bb22_first.py", first)
    yield project, database
    database.drop()


def test_flask_migrates_itself(flask, run):
    project, database = flask
    result = run(project, database, "flask-recovery.ini")
    assert opens(result) and commands(result, "upgrade") == ["flask db upgrade"], result
    assert "recovery" not in result.err
    assert database.sql("SELECT version_num FROM alembic_version") == [("5f00aa11bb22",)]


def test_flask_recovers_from_tables_that_were_made_by_hand(flask, run):
    """By db.create_all(), as in many an app's first days: the migration fails with "already exists"."""
    project, database = flask
    project.run(project.bin / "python", "-c", "from app import app, db\nwith app.app_context(): db.create_all()")
    assert database.sql("SELECT to_regclass('account') IS NOT NULL") == [(True,)]
    result = run(project, database, "flask-recovery.ini")
    assert opens(result), result
    assert "already exists" in result.err
    assert re.findall(r"step upgrade: (?:recovering: |again: )?(flask db \w+)", result.err) == [
        "flask db upgrade", "flask db stamp", "flask db upgrade"], result
    assert database.sql("SELECT version_num FROM alembic_version") == [("5f00aa11bb22",)]


def test_flask_does_not_recover_from_anything_else(flask, run):
    project, database = flask
    project.replace("migrations/versions/5f00aa11bb22_first.py", "def upgrade():\n", "def upgrade():\n    raise Exception('no')\n")
    result = run(project, database, "flask-recovery.ini")
    assert result.code == 73 and "stamp" not in result.err, result


def test_alembic_that_only_looks(tmp_path, make_database, run):
    database = make_database("linear")
    project = AlembicProject(tmp_path / "linear", "alembic_linear", database)
    assert run(project, database, "alembic.ini").code == 1
    project.alembic("upgrade", "heads")
    assert opens(run(project, database, "alembic.ini"))
    database.drop()


# --- Cron: verification beside the running app

def test_a_job_that_verifies_alerts_once_and_leaves_its_figures(app, run, tmp_path):
    metrics = tmp_path / "tenantgate.prom"
    with Web() as hook:
        def job():
            return run(app, app.database, "cron.ini", "verify", "--config", CONFIG / "cron.ini", "--format", "json",
                       "--set", "migrations.wait=0s", "--set", f"metrics.file={metrics}",
                       ALERT_WEBHOOK=hook.url("/alert"), TMPDIR=str(tmp_path))
        assert job().code == 0 and not hook.requests
        assert re.search(r"^tenantgate_open\S* 1$", metrics.read_text(), re.M), metrics.read_text()
        app.manage("migrate_schemas", "--schema=globex", "finance", "0002")
        result = job()
        assert result.code == 1 and failing(result.report) == {"globex": {"pending"}}, result
        (method, path, _, body), = hook.requests
        assert (method, path) == ("POST", "/alert") and b"globex" in body
        assert job().code == 1 and len(hook.requests) == 1, "the same is not told again"
        assert re.search(r"^tenantgate_open\S* 0$", metrics.read_text(), re.M), metrics.read_text()
        app.manage("migrate_schemas", "--schema=globex")
        assert job().code == 0 and len(hook.requests) == 1


# --- Hold

def test_a_held_container_tells_and_opens_by_itself(app, bare_gate, tmp_path):
    app.manage("migrate_schemas", "--schema=globex", "finance", "0002")
    with Web() as other, Web() as hook:
        running = bare_gate.begin(
            "run", "--config", CONFIG / "hold.ini", "--", "echo", "the app runs", cwd=app.folder,
            env={**app.environment(), "ALERT_WEBHOOK": hook.url(), "TMPDIR": str(tmp_path)}, tenants_settle="0s",
            gate_recheck="200ms", wait__redis__url=f"tcp://127.0.0.1:{other.port}", wait__search__url=other.url())
        running.wait_for("Held: closed and alive")
        hook.wait_for(1)
        app.manage("migrate_schemas", "--schema=globex")
        result = running.finish()
        assert opens(result), result
        assert b"globex" in hook.requests[0][3] and len(hook.requests) == 2


# --- Making a tenant at run time

@pytest.fixture
def create(app, bare_gate):
    """config/create-tenant in the app's folder, in a process group of its own."""
    (app.bin / "tenantgate").symlink_to(paths.BINARY)
    app.variables.update(TENANTGATE_TENANTS_SETTLE="0s")

    def start(name):
        return subprocess.Popen([CONFIG / "create-tenant", name], cwd=app.folder, env=app.environment(), text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                start_new_session=True)
    return start


def there(app, name):
    """Is it a tenant, and is there a schema?"""
    return app.database.sql("SELECT EXISTS (SELECT FROM customers_client WHERE schema_name = %s), "
                            "EXISTS (SELECT FROM pg_namespace WHERE nspname = %s)", name, name)[0]


def finish(process):
    out, _ = process.communicate(timeout=60)
    return process.returncode, out


@pytest.mark.parametrize("name", ["newcomer", "Tom's & \"sons\"", "漢字"])
def test_a_tenant_is_created_migrated_and_verified(app, create, name):
    code, out = finish(create(name))
    assert code == 0, out
    assert there(app, name) == (True, True) and app.is_migrated()
    assert "the gate is open: 1 tenant is fully migrated" in out and "is there and fully migrated" in out


def test_a_tenant_whose_migration_fails_is_rolled_back(app, create):
    app.write("finance/migrations/0004_fails.py",
              "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
              "    dependencies = [('finance', '0003_invoice_paid')]\n"
              "    operations = [migrations.RunSQL('SELECT 1/0')]\n")
    code, out = finish(create("newcomer"))
    assert code == 1 and "division by zero" in out and "rolling back" in out, out
    assert there(app, "newcomer") == (False, False) and there(app, "acme") == (True, True)


def test_a_tenant_that_the_gate_refuses_is_rolled_back_though_every_command_said_well_done(app, create):
    app.replace("tenancy/management/commands/migrate_schemas.py", "target = [word for word in (app_label, migration_name) if word]",
                "target = ['finance', '0002']")
    code, out = finish(create("newcomer"))
    assert code == 1 and "1 tenant lacks" in out and "finance.0003_invoice_paid" in out, out
    assert "newcomer was not verified (exit code 1): rolling back" in out
    assert there(app, "newcomer") == (False, False)


def test_a_tenant_that_is_there_already_is_left_alone(app, create):
    code, out = finish(create("acme"))
    assert code == 1 and 'there is a tenant "acme" already' in out and "rolling back" not in out, out
    assert there(app, "acme") == (True, True) and app.is_migrated()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_in_the_middle_rolls_back_too(app, create, number):
    app.write("finance/migrations/0004_waits.py",
              "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
              "    dependencies = [('finance', '0003_invoice_paid')]\n"
              "    operations = [migrations.RunSQL('SELECT pg_advisory_xact_lock_shared(4711)')]\n")
    held = app.database.connect()
    held.cursor().execute("SELECT pg_advisory_lock(4711)")
    process = create("newcomer")
    eventually(lambda: app.database.sql("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))
    os.killpg(process.pid, number)
    held.close()
    code, out = finish(process)
    assert code == 128 + number and "rolling back" in out, out
    assert there(app, "newcomer") == (False, False)
