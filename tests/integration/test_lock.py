"""One migrator at a time: replicas that race, holders that die, poolers, and what a dead migrator leaves in the server."""
import os
import signal
import threading
import time

import psycopg2
import pytest
from harness.gate import Gate
from harness.history import ALL, INITIAL, LINES, PAID, django_rows, tenant
from harness.pooler import PgBouncer



def fnv1a(text):
    value = 2166136261
    for byte in text.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return value


# What src/step/lock.h promises.
KEY = (0x74676C6B << 32) | fnv1a("steps")
MIGRATE = django_rows("acme", (LINES, PAID))


@pytest.fixture
def replica(tmp_path, db, manifest):
    """Makes gates with the same configuration, each a replica of the same app."""
    made = []

    def make(step, **settings):
        gate = Gate(tmp_path)
        text = "".join(f"{key} = {value}\n" for key, value in {"lock": "yes", **step}.items())
        (tmp_path / "tenantgate.ini").write_text(f"[step.migrate]\n{text}")
        gate.defaults = {"database_url": db.url(), "migrations_manifest": manifest, "tenants_settle": "0s", **settings}
        made.append(gate)
        return gate
    yield make
    for gate in made:
        gate.close()


@pytest.fixture
def psql(tmp_path, db):
    """A command for a step: SQL by psql, each run noted in a file."""
    note = tmp_path / "runs"
    note.write_text("")
    script = tmp_path / "psql-step"
    script.write_text(f'#!/bin/sh\necho run >> {note}\nexec psql -X -q -v ON_ERROR_STOP=1 -d "{db.url()}" -f "$1"\n')
    script.chmod(0o755)

    class Psql:
        @staticmethod
        def command(sql, name="step.sql"):
            (tmp_path / name).write_text(sql)
            return f"{script} {tmp_path / name}"

        @property
        def runs(self):
            return len(note.read_text().splitlines())
    return Psql()


def lock_sessions(db):
    return db.sql("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'tenantgate-lock%%' "
                  "AND datname = current_database()")


def step_sessions(db):
    return db.sql("SELECT pid, state FROM pg_stat_activity WHERE application_name = 'tenantgate-step:migrate' "
                  "AND datname = current_database()")


def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it never came to be")


def test_replicas_that_race_migrate_once_and_all_open(replica, psql, db):
    db.sql(tenant("acme", [INITIAL]))
    gate = replica({"run": psql.command(f"SELECT pg_sleep(1);\n{MIGRATE}"), "when": "pending"})
    replicas = [gate.begin("run", "--", "echo", "the app runs") for _ in range(5)]
    results = [r.finish() for r in replicas]
    assert [(r.code, r.out) for r in results] == [(0, "the app runs\n")] * 5
    assert psql.runs == 1
    waited = [r for r in results if "the lock is held by" in r.err]
    assert len(waited) == 4
    assert all("tenantgate-lock@" in r.err and "from 127.0.0.1" in r.err and "nothing is pending" in r.err for r in waited)
    assert db.sql("SELECT count(*) FROM acme.django_migrations") == [(3,)]


def test_with_nothing_pending_the_lock_is_not_even_asked_for(replica, psql, db):
    db.sql(tenant("acme"))
    holder = db.connect()
    holder.cursor().execute("SELECT pg_advisory_lock(%s)", (KEY,))
    result = replica({"run": psql.command(MIGRATE), "when": "pending"}).run()
    assert result.code == 0 and psql.runs == 0
    holder.close()


def test_the_lock_is_a_session_advisory_lock_with_the_documented_key_idle_and_outside_a_transaction(replica, psql, db):
    db.sql(tenant("acme", [INITIAL]))
    running = replica({"run": psql.command(f"SELECT pg_sleep(3);\n{MIGRATE}")}).begin("run", "--", "true")
    (pid,), = until(lambda: step_sessions(db) and lock_sessions(db))
    assert db.sql("SELECT state, xact_start, backend_xmin FROM pg_stat_activity WHERE pid = %s", pid) == [("idle", None, None)]
    assert db.sql("SELECT pg_try_advisory_lock(%s)", KEY) == [(False,)]
    assert running.finish().code == 0
    until(lambda: db.sql("SELECT pg_try_advisory_lock(%s)", KEY) == [(True,)])


def test_waiting_ends_at_lock_timeout_with_75_and_says_who_holds_it(replica, psql, db):
    db.sql(tenant("acme", [INITIAL]))
    holder = db.connect(application_name="somebody")
    holder.cursor().execute("SELECT pg_advisory_lock(%s)", (KEY,))
    result = replica({"run": psql.command(MIGRATE)}, lock_timeout="1s").run()
    assert (result.code, result.out) == (75, "") and psql.runs == 0
    assert "Exit code 75 (lock_timeout)" in result.banner
    assert "the lock could not be had within 1 s (lock.timeout)" in result.said and "somebody" in result.said
    assert result.seconds < 4
    holder.close()


def test_waiting_for_the_lock_is_not_bounded_by_the_gates_timeout(replica, psql, db):
    db.sql(tenant("acme", [INITIAL]))
    holder = db.connect()
    holder.cursor().execute("SELECT pg_advisory_lock(%s)", (KEY,))
    threading.Timer(2.5, holder.close).start()
    result = replica({"run": psql.command(MIGRATE), "when": "pending"}, gate_timeout="1500ms").run()
    assert result.code == 0 and psql.runs == 1, result


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_gate_that_waits_for_the_lock(replica, psql, db, number):
    db.sql(tenant("acme", [INITIAL]))
    holder = db.connect()
    holder.cursor().execute("SELECT pg_advisory_lock(%s)", (KEY,))
    running = replica({"run": psql.command(MIGRATE)}).begin("run", "--", "true")
    running.wait_for("the lock is held by")
    began = time.monotonic()
    running.signal(number)
    assert running.finish().code == 128 + number and time.monotonic() - began < 1
    holder.close()


def test_a_lost_lock_ends_the_step_at_once(replica, psql, db):
    db.sql(tenant("acme", [INITIAL]))
    running = replica({"run": "sh -c 'echo begun; exec sleep 60'"}).begin("run", "--", "echo", "the app runs")
    running.wait_for("[migrate] begun")
    began = time.monotonic()
    db.sql("SELECT pg_terminate_backend(%s)", lock_sessions(db)[0][0])
    result = running.finish()
    assert (result.code, result.out) == (73, "") and time.monotonic() - began < 2
    assert "the step migrate was ended: the connection that holds the lock was lost" in result.said


def test_a_lost_lock_is_only_a_warning_where_the_step_is_not_required(replica, psql, db):
    db.sql(tenant("acme"))
    gate = replica({"run": "sh -c 'echo begun; exec sleep 60'", "required": "no"})
    running = gate.begin("run", "--", "echo", "the app runs")
    running.wait_for("[migrate] begun")
    db.sql("SELECT pg_terminate_backend(%s)", lock_sessions(db)[0][0])
    result = running.finish()
    assert (result.code, result.out) == (0, "the app runs\n") and "was lost; going on" in result.err


def test_when_a_holder_is_killed_another_takes_over_once_the_server_is_done(replica, psql, db):
    db.sql(tenant("acme", [INITIAL]))
    gate = replica({"run": psql.command(f"SELECT pg_sleep(4);\n{MIGRATE}"), "when": "pending"})
    first = gate.begin("run", "--", "echo", "the app runs")
    until(lambda: [s for s in step_sessions(db) if s[1] == "active"])
    second = gate.begin("run", "--", "echo", "the app runs")
    second.wait_for("the lock is held by")
    first.process.kill()
    result = second.finish()
    assert (result.code, result.out) == (0, "the app runs\n"), result
    assert "waiting for what an earlier step left running" in result.err
    assert "tenantgate-step:migrate" in result.err
    # the first one's client went with its gate, so its server process ended before it came to the migration
    assert psql.runs == 2 and db.sql("SELECT count(*) FROM acme.django_migrations") == [(3,)]


def test_what_is_left_running_is_waited_for_only_until_lock_timeout(replica, psql, db):
    db.sql(tenant("acme", [INITIAL]))
    session = db.connect(application_name="tenantgate-step:old")
    thread = threading.Thread(target=lambda: _quietly(session, "SELECT pg_sleep(30)"))
    thread.start()
    until(lambda: db.sql("SELECT 1 FROM pg_stat_activity WHERE application_name = 'tenantgate-step:old' AND state = 'active'"))
    result = replica({"run": psql.command(MIGRATE)}, lock_timeout="1s").run()
    assert result.code == 75 and "tenantgate-step:old" in result.said and psql.runs == 0
    session.cancel()
    thread.join()
    # idle outside a transaction it is in nobody's way
    assert replica({"run": psql.command(MIGRATE)}, lock_timeout="1s").run().code == 0
    session.close()


def _quietly(session, sql):
    try:
        session.cursor().execute(sql)
    except psycopg2.Error:
        pass


def test_creating_an_index_concurrently_does_not_wait_for_those_that_wait_for_the_lock(replica, psql, db):
    db.sql(tenant("acme", [INITIAL]) + "CREATE TABLE acme.big AS SELECT generate_series(1, 1000) AS n")
    sql = f"SELECT pg_sleep(2);\nCREATE INDEX CONCURRENTLY big_n ON acme.big (n);\n{MIGRATE}"
    gate = replica({"run": psql.command(sql), "when": "pending", "timeout": "20s"})
    first, second = gate.begin("run", "--", "true"), gate.begin("run", "--", "true")
    assert first.finish().code == 0 and second.finish().code == 0
    assert psql.runs == 1 and ("the lock is held by" in first.err) != ("the lock is held by" in second.err)


@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_a_pooler_is_refused_with_advice_and_a_direct_url_helps(replica, psql, db, mode):
    db.sql(tenant("acme", [INITIAL]))
    pooler = PgBouncer(db.server, mode)
    try:
        gate = replica({"run": psql.command(MIGRATE)}, database_url=pooler.url(db.name))
        result = gate.run()
        assert (result.code, result.out) == (78, "") and psql.runs == 0, result
        assert "goes through a pooler" in result.said and "TENANTGATE_LOCK_URL" in result.said
        result = gate.run(lock_url=db.url())
        assert result.code == 0 and psql.runs == 1, result
    finally:
        pooler.close()


def test_a_standby_is_refused_for_the_lock(replica, psql, clusters):
    primary = clusters.create("primary", settings={"wal_level": "replica", "max_wal_senders": "4"}).start()
    primary.sql(tenant("acme", [INITIAL]))
    standby = primary.standby(hot_standby="on").start()
    try:
        result = replica({"run": psql.command(MIGRATE)}, database_url=standby.url()).run()
        assert result.code == 78 and "standby" in result.said and psql.runs == 0
    finally:
        standby.discard()
        primary.discard()


def test_a_server_that_ends_idle_sessions_does_not_end_the_lock(replica, psql, db):
    db.sql(tenant("acme", [INITIAL]) + f'ALTER DATABASE "{db.name}" SET idle_session_timeout = \'300ms\'')
    result = replica({"run": "sh -c 'sleep 1.5; " + psql.command(MIGRATE) + "'"}).run()
    assert result.code == 0 and psql.runs == 1, result


def test_a_child_does_not_inherit_the_locks_connection(replica, psql, db):
    db.sql(tenant("acme"))
    result = replica({"run": "sh -c 'ls -l /proc/self/fd'"}).run()
    assert result.code == 0 and "socket:" not in result.err and "eventpoll" not in result.err
    assert os.path.exists("/proc/self/fd")


def test_a_step_that_ran_out_of_time_is_tried_again_only_when_its_statement_has_ended(replica, psql, db):
    db.sql(tenant("acme", [INITIAL]))
    gate = replica({"run": psql.command(f"SELECT pg_sleep(3);\n{MIGRATE}"), "timeout": "1s", "retries": 1, "when": "pending"})
    result = gate.run()
    assert result.code == 73 and psql.runs == 2
    assert "waiting for what an earlier step left running" in result.err, result


def test_all_is_as_it_was_for_verify_and_status(replica, psql, db):
    db.sql(tenant("acme", ALL))
    holder = db.connect()
    holder.cursor().execute("SELECT pg_advisory_lock(%s)", (KEY,))
    gate = replica({"run": psql.command(MIGRATE)})
    assert gate.verify().code == 0 and gate.call("status").code == 0
    holder.close()
