"""Databases that change while they are looked at: locks, tenants that come and go, migrations under way."""
import contextlib
import threading
import time

import pytest
from harness.history import ALL, INITIAL, LINES, django_rows, tenant


@contextlib.contextmanager
def locked(db, *schemas):
    """Holds ACCESS EXCLUSIVE on the history of these tenants, as a migration that alters the table would."""
    with contextlib.closing(db.connect()) as session:
        cursor = session.cursor()
        cursor.execute("BEGIN")
        for schema in schemas:
            cursor.execute(f'LOCK TABLE "{schema}".django_migrations IN ACCESS EXCLUSIVE MODE')
        yield cursor


class Meanwhile(threading.Thread):
    """Does something in the database while the gate runs; what it raises fails the test."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work = work
        self.failure = None

    def run(self):
        try:
            self.work()
        except BaseException as why:  # handed on to the test
            self.failure = why

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.join(30)
        if self.failure:
            raise self.failure


def test_a_table_locked_for_a_moment_opens(gate, db):
    db.sql(tenant("acme") + tenant("beta"))
    with locked(db, "acme") as holder:
        running = gate.begin("run", "--", "echo", "the app runs")
        db.server.wait_for_gate("%django_migrations%")
        time.sleep(0.3)
        assert not running.over
        holder.execute("COMMIT")
        result = running.finish()
    assert (result.code, result.out) == (0, "the app runs\n")


def test_a_table_locked_for_longer_than_one_look_opens_when_it_is_free(gate, db):
    db.sql(tenant("acme") + tenant("beta"))
    with locked(db, "acme") as holder:
        running = gate.begin("verify", "--format", "json")
        db.server.wait_for_gate("%django_migrations%")
        time.sleep(3)  # longer than the time-out of one lock
        assert not running.over, running.err
        holder.execute("COMMIT")
        result = running.finish()
    assert result.code == 0


def test_tables_locked_for_ever_are_undecided_and_the_others_are_reported(gate, db):
    """In bounded time: what many locks take does not add up to minutes."""
    names = [f"tenant_{number:02}" for number in range(40)]
    db.sql("".join(tenant(name) for name in names) + tenant("behind", [INITIAL]))
    with locked(db, *names[:12]):
        result = gate.verify()
    assert result.code == 1
    assert result.report["tenants"] == {"total": 41, "ok": 28, "failed": 13, "warned": 0}
    found = {f["tenant"]: f["kind"] for f in result.report["findings"]}
    assert found == {**{name: "undecided" for name in names[:12]}, "behind": "pending"}
    assert all("lock" in f["message"] for f in result.report["findings"] if f["kind"] == "undecided")
    assert result.seconds < 40


def test_a_writer_does_not_block_the_gate(gate, db):
    """Row locks and uncommitted rows: only what is committed counts, and nobody waits."""
    db.sql(tenant("acme", [INITIAL, LINES]))
    with contextlib.closing(db.connect()) as session:
        session.cursor().execute("BEGIN; " + django_rows("acme", ALL[2:]))
        result = gate.verify()
        assert result.code == 1 and result.seconds < 2
        session.cursor().execute("COMMIT")
    assert gate.verify().code == 0


def test_the_gate_blocks_no_migration(gate, db):
    """While its tenant query sleeps, the history tables can be altered."""
    db.sql(tenant("acme"))
    running = gate.begin("verify", tenants_query="SELECT 'acme' FROM pg_sleep(1)")
    db.server.wait_for_gate("%pg_sleep%")
    db.sql("SET lock_timeout = '300ms'; ALTER TABLE acme.django_migrations ADD COLUMN extra int")
    assert running.finish().code == 0


def test_a_tenant_that_is_being_migrated_opens_when_it_is_through(gate, db):
    db.sql(tenant("acme", ()) + tenant("beta"))

    def migrate():
        for name in ALL:
            time.sleep(0.2)
            db.sql(django_rows("acme", [name]))

    with Meanwhile(migrate):
        result = gate.run(tenants_settle=None)
    assert (result.code, result.out) == (0, "the app runs\n")
    assert result.count("being migrated right now") == 1


def test_a_tenant_whose_history_stops_growing_is_refused_soon(gate, db):
    db.sql(tenant("acme", [INITIAL]))
    result = gate.verify(tenants_settle="30s")
    assert result.code == 1
    assert result.seconds < 3, "it was not growing: there was nothing to wait for"


def test_settling_has_an_end(gate, db):
    db.sql(tenant("acme", [INITIAL]))
    stop = threading.Event()

    def never_done():
        number = 0
        while not stop.wait(0.1):
            db.sql(django_rows("acme", [f"other.{number:04}"]))
            number += 1

    with Meanwhile(never_done):
        result = gate.verify(tenants_settle="1500ms")
        stop.set()
    assert result.code == 1
    assert 1.4 < result.seconds < 5
    assert "pending" in {f["kind"] for f in result.report["findings"]}


def test_a_tenant_that_is_being_created_settles(gate, db):
    """Schema first, then the table, then its rows: as `migrate_schemas` does for a new tenant."""
    db.sql(tenant("beta") + "CREATE SCHEMA acme")

    def create():
        time.sleep(0.15)
        db.sql(tenant("acme", [INITIAL]).replace('CREATE SCHEMA "acme";\n', ""))
        for name in ALL[1:]:
            time.sleep(0.2)
            db.sql(django_rows("acme", [name]))

    with Meanwhile(create):
        result = gate.verify(tenants_schemas="acme, beta", tenants_settle="10s")
    assert result.code == 0


def test_pending_migrations_that_somebody_else_applies_in_time(gate, db):
    db.sql(tenant("acme", [INITIAL]))

    def migrate():
        time.sleep(1.2)
        db.sql(django_rows("acme", ALL[1:]))

    with Meanwhile(migrate):
        result = gate.run(migrations_wait="20s", gate_recheck="100ms")
    assert (result.code, result.out) == (0, "the app runs\n")
    assert result.count("migrations.wait") == 1
    assert 1 < result.seconds < 10


def test_a_database_that_is_migrated_for_the_first_time_by_somebody_else(gate, db):
    """Nothing is there at all: neither the tenant's schema nor its table."""

    def migrate():
        time.sleep(1)
        db.sql(tenant("acme", ()))
        for name in ALL:
            time.sleep(0.1)
            db.sql(django_rows("acme", [name]))

    with Meanwhile(migrate):
        result = gate.run(migrations_wait="20s", gate_recheck="100ms", tenants_schemas="acme")
    assert (result.code, result.out) == (0, "the app runs\n")


def test_waiting_for_somebody_elses_migrations_has_an_end(gate, db):
    db.sql(tenant("acme", [INITIAL]))
    result = gate.verify(migrations_wait="1s", gate_recheck="100ms")
    assert result.code == 1 and result.report["reason"] == "tenants_not_migrated"
    assert 0.9 < result.seconds < 5


def test_waiting_for_migrations_ends_at_the_gate_timeout(gate, db):
    db.sql(tenant("acme", [INITIAL]))
    result = gate.verify(migrations_wait="60s", gate_recheck="100ms", gate_timeout="1s")
    assert result.code in (1, 69), result
    assert result.seconds < 5, "gate.timeout is the deadline for waiting and verifying"


def test_nobody_waits_for_what_migrating_cannot_mend(gate, db):
    db.sql("CREATE SCHEMA acme; CREATE TABLE acme.django_migrations (id int)")
    result = gate.verify(migrations_wait="30s")
    assert result.code == 1 and result.seconds < 10
    assert [f["kind"] for f in result.report["findings"]] == ["undecided"]


def test_the_other_tenants_are_judged_anew_after_waiting(gate, db):
    """What was fine at first may be behind at the end: every verdict comes from the last look."""
    db.sql(tenant("acme", [INITIAL]) + tenant("beta"))

    def work():
        time.sleep(0.6)
        db.sql("DELETE FROM beta.django_migrations WHERE name = '0003_paid'; " + django_rows("acme", ALL[1:]))

    with Meanwhile(work):
        result = gate.verify(migrations_wait="2s", gate_recheck="100ms")
    assert result.code == 1
    assert {f["tenant"] for f in result.report["findings"]} == {"beta"}


def test_a_tenant_dropped_between_listing_and_reading(gate, db):
    db.sql(tenant("acme") + tenant("beta"))
    with contextlib.closing(db.connect()) as session:
        session.cursor().execute("BEGIN; DROP SCHEMA acme CASCADE")
        running = gate.begin("verify", "--format", "json")
        db.server.wait_for_gate("%django_migrations%")
        session.cursor().execute("COMMIT")
        result = running.finish()
    assert result.code == 1
    assert [(f["tenant"], f["kind"]) for f in result.report["findings"]] == [("acme", "missing_schema")]
    assert gate.verify().code == 0, "the next look no longer lists it"


def test_a_tenant_renamed_between_listing_and_reading_is_not_taken_for_another(gate, db):
    db.sql(tenant("acme", [INITIAL]) + tenant("spare"))
    with contextlib.closing(db.connect()) as session:
        session.cursor().execute("BEGIN; LOCK TABLE acme.django_migrations IN ACCESS EXCLUSIVE MODE")
        running = gate.begin("verify", "--format", "json", tenants_schemas="acme")
        db.server.wait_for_gate("%django_migrations%")
        session.cursor().execute("ALTER SCHEMA acme RENAME TO gone; COMMIT")
        result = running.finish()
    assert result.code == 1
    assert [f["tenant"] for f in result.report["findings"]] == ["acme"]


def test_a_history_column_altered_meanwhile(gate, db):
    db.sql(tenant("acme") + tenant("beta"))
    with contextlib.closing(db.connect()) as session:
        session.cursor().execute("BEGIN; ALTER TABLE acme.django_migrations RENAME COLUMN name TO title")
        running = gate.begin("verify", "--format", "json")
        db.server.wait_for_gate("%django_migrations%")
        session.cursor().execute("COMMIT")
        result = running.finish()
    assert result.code == 1
    assert [(f["tenant"], f["kind"]) for f in result.report["findings"]] == [("acme", "undecided")]


@pytest.mark.parametrize("count", [300])
def test_many_tenants_with_a_few_behind(gate, db, count):
    names = [f"tenant_{number:04}" for number in range(count)]
    behind = [names[17], names[170], names[299]]
    db.sql("".join(tenant(name, ALL[:2] if name in behind else ALL) for name in names))
    result = gate.verify()
    assert result.code == 1
    assert sorted(f["tenant"] for f in result.report["findings"]) == behind
    assert result.report["tenants"] == {"total": count, "ok": count - 3, "failed": 3, "warned": 0}
    assert f"3 of {count} tenants are not fully migrated" in result.said
    assert f"3 tenants lack finance.0003_paid: {behind[0]}, {behind[1]} and {behind[2]}" in result.said
    assert len(result.banner.splitlines()) < 30
    assert result.seconds < 10
    db.sql("".join(django_rows(name, ALL[2:]) for name in behind))
    assert gate.verify().code == 0
    db.sql("".join(f"DELETE FROM {name}.django_migrations WHERE name = '0003_paid';" for name in names[:250]))
    result = gate.verify()
    assert f"250 tenants lack finance.0003_paid: {', '.join(names[:6])} and 244 more" in result.said
    assert len(result.banner.splitlines()) < 30
