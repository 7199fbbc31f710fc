"""Replicas that migrate themselves: eight that race, and one that is killed in the middle of a migration.

The image has one migration more than the database. It waits for a lock that the test holds, and takes a number from a
sequence, which no rollback gives back: so it is known when it is in the middle, and how often it was run."""
import re

import pytest
from engine import Postgres, docker, eventually

TENANTS = ["acme", "bravo", "demo"]

MIGRATION = """\
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("finance", "0003_invoice_paid")]
    operations = [migrations.RunSQL([
        "SELECT nextval('public.attempts')",
        "SELECT pg_advisory_xact_lock_shared(4711)",
        "ALTER TABLE finance_invoice ADD COLUMN counted integer",
    ])]
"""

CONFIGURATION = """\
[step.migrate]
run = python manage.py migrate_schemas --noinput
when = pending
lock = yes
"""

OVERRIDE = """\
services:
  app:
    restart: "no"
    command: [gunicorn, --bind, "0.0.0.0:8000", project.wsgi]
    volumes:
      - {folder}/0004_counted.py:/app/finance/migrations/0004_counted.py:ro
      - {folder}/tenantgate.ini:/etc/tenantgate/tenantgate.ini:ro
    healthcheck:
      test: [CMD, tenantgate, healthcheck, "http://127.0.0.1:8000/t/demo/"]
      interval: 1s
"""


class Replicas:
    """So many containers of the app in front of a database that cannot be reached yet, so that none of them is ahead."""

    def __init__(self, project):
        self.project = project
        project.migrate()
        self.database = project.container("db", Postgres)
        self.sql("CREATE SEQUENCE public.attempts")
        self.sql("SELECT pg_advisory_lock(4711), pg_sleep(600)", options=["--detach", "--env", "PGAPPNAME=the_test"])
        eventually(lambda: self.sql("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"))
        self.network = f"{project.project}_default"
        docker("network", "disconnect", self.network, self.database.ident)

    def sql(self, text, **how):
        return self.database.sql(text, database="app", user="app", **how)

    def start(self, count):
        self.project("up", "--detach", "--no-deps", "--scale", f"app={count}", "app")
        made = self.project.containers("app")
        assert len(made) == count
        for each in made:
            each.wait_for("waiting for the database")
        docker("network", "connect", "--alias", "db", self.network, self.database.ident)
        return made

    def let_migrate(self):
        self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'the_test'")

    def attempts(self):
        return int(self.sql("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM public.attempts"))

    def history(self):
        """How often each schema has recorded each migration: {(schema, app.name): times}."""
        rows = self.sql(" UNION ALL ".join(
            f"SELECT '{schema}', app || '.' || name, count(*) FROM {schema}.django_migrations GROUP BY app, name"
            for schema in [*TENANTS, "public"]))
        return {tuple(line.split("|")[:2]): int(line.split("|")[2]) for line in rows.splitlines()}


@pytest.fixture
def replicas(new_project, tmp_path):
    for name, text in {"0004_counted.py": MIGRATION, "tenantgate.ini": CONFIGURATION,
                       "replicas.yaml": OVERRIDE.format(folder=tmp_path)}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o644)
    project = new_project(tmp_path / "replicas.yaml")
    yield Replicas(project)
    project.close()


def migrating(containers):
    """The one whose migration waits in the server for the test."""
    return eventually(lambda: [each for each in containers if "Applying finance.0004_counted" in each.log],
                      says=lambda: "\n".join(each.log for each in containers))


def commands(container):
    return len(re.findall(r"step migrate: python manage.py migrate_schemas", container.log))


def test_eight_replicas_race_each_migration_runs_once_and_all_open(replicas):
    eight = replicas.start(8)
    first, = migrating(eight)
    others = [each for each in eight if each.ident != first.ident]
    for each in others:
        each.wait_for("the lock is held by")
    replicas.let_migrate()
    for each in eight:
        each.wait_until_healthy(seconds=60)

    assert [commands(each) for each in eight if commands(each)] == [1] == [commands(first)]
    assert replicas.attempts() == len(TENANTS)
    history = replicas.history()
    assert set(history.values()) == {1}
    assert {schema for schema, name in history if name == "finance.0004_counted"} == {*TENANTS, "public"}
    for each in others:
        assert "step migrate: nothing is pending" in each.log and "FATAL" not in each.log, each.log
    assert all(each.restarts == 0 and each.get("/") == {"tenants": TENANTS} for each in eight)


def test_a_replica_killed_in_the_middle_of_a_migration_another_takes_over_and_the_others_open(replicas):
    three = replicas.start(3)
    killed, = migrating(three)
    others = [each for each in three if each.ident != killed.ident]
    for each in others:
        each.wait_for("the lock is held by")
    docker("kill", "--signal", "KILL", killed.ident)

    # Its lock is free at once, but the server is still at work for it: nobody migrates beside that.
    def next_one():
        return [each for each in others if "waiting for what an earlier step left running" in each.log]
    heir, = eventually(next_one, says=lambda: "\n".join(each.log for each in others))
    assert replicas.attempts() == 1 and not any(commands(each) for each in others)
    replicas.let_migrate()
    for each in others:
        each.wait_until_healthy(seconds=60)

    # The transaction of the killed one was rolled back, so its migration was run anew, once.
    assert [commands(each) for each in others] == [int(each.ident == heir.ident) for each in others]
    assert replicas.attempts() == len(TENANTS) + 1
    assert set(replicas.history().values()) == {1}
    assert all(each.get("/t/demo/")["tenant"] == "demo" for each in others)

    docker("start", killed.ident)
    killed.wait_until_healthy()
    assert commands(killed) == 1, "it finds nothing left to do"


def test_a_replica_that_is_cut_off_ends_its_step_and_another_takes_over(replicas):
    """No connection is closed by anybody: keepalives alone tell the one side that the lock is lost, and the other that its
    holder is gone."""
    two = replicas.start(2)
    cut_off, = migrating(two)
    heir, = [each for each in two if each.ident != cut_off.ident]
    heir.wait_for("the lock is held by")
    docker("network", "disconnect", replicas.network, cut_off.ident)

    heir.wait_for("waiting for what an earlier step left running", seconds=60)
    cut_off.wait_for("the connection that holds the lock was lost", seconds=60)
    assert cut_off.code() == 73, cut_off.log
    assert replicas.attempts() == 1 and not commands(heir)

    # Its statement is still at work in the server, by a name that says whose it is.
    left = "FROM pg_stat_activity WHERE application_name = 'tenantgate-step:migrate'"
    assert replicas.sql(f"SELECT state {left}").split() == ["active"]
    replicas.sql(f"SELECT pg_terminate_backend(pid) {left}")
    replicas.let_migrate()
    heir.wait_until_healthy(seconds=60)
    assert commands(heir) == 1 and replicas.attempts() == len(TENANTS) + 1
    assert set(replicas.history().values()) == {1}
