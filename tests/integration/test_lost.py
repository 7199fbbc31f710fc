"""A connection that breaks while tenants are verified: the gate waits again, and opens when all is well."""
import time

import pytest
from harness.history import ALL, django_rows, tenant
from harness.network import Relay
from harness.postgres import Database

# The tenant query of these tests takes as long as the table `pace` says.
SLOW = "SELECT s FROM public.shops, pg_sleep((SELECT seconds FROM public.pace))"


@pytest.fixture
def slow(gate, db):
    """A gate whose tenant query hangs until `pace` is set to 0."""
    db.sql(tenant("acme") + "CREATE TABLE public.shops AS SELECT 'acme' AS s; CREATE TABLE public.pace AS SELECT 60 AS seconds")
    gate.defaults.update(tenants_query=SLOW, database_statement_timeout="0", database_retry_max="200ms")
    return gate


def terminate(server, pid):
    assert server.sql("SELECT pg_terminate_backend(%s)", pid)[0][0]


def test_a_terminated_session_is_made_anew(slow, db):
    running = slow.begin("run", "--", "echo", "the app runs")
    pid = db.server.wait_for_gate("%pg_sleep%")
    db.sql("UPDATE public.pace SET seconds = 0")
    terminate(db.server, pid)
    result = running.finish()
    assert (result.code, result.out) == (0, "the app runs\n")
    assert result.count("waiting for the database again") == 1 and "57P01" in result.err


def test_a_verdict_is_never_taken_from_before_the_break(slow, db):
    """What was seen on the lost connection counts for nothing: the tenant is judged as it is afterwards."""
    db.sql("DELETE FROM acme.django_migrations WHERE name = '0003_paid'")
    running = slow.begin("verify", "--format", "json")
    pid = db.server.wait_for_gate("%pg_sleep%")
    db.sql("UPDATE public.pace SET seconds = 0; " + django_rows("acme", ALL[2:]))
    terminate(db.server, pid)
    assert running.finish().code == 0


def test_a_server_restarted_while_tenants_are_listed(own_server, bare_gate, manifest):
    db = Database(own_server.start(), "shop")
    db.sql(tenant("acme") + "CREATE TABLE public.shops AS SELECT 'acme' AS s; CREATE TABLE public.pace AS SELECT 60 AS seconds")
    running = bare_gate.begin("run", "--", "echo", "the app runs", database_url=db.url(), tenants_query=SLOW,
                              database_statement_timeout="0", migrations_manifest=manifest, database_retry_max="200ms")
    own_server.wait_for_gate("%pg_sleep%")
    db.sql("UPDATE public.pace SET seconds = 0")
    own_server.stop()
    running.wait_for("Connection refused")
    own_server.start()
    result = running.finish()
    assert (result.code, result.out) == (0, "the app runs\n")


def test_a_server_killed_while_a_table_is_locked(own_server, bare_gate, manifest):
    own_server.start()
    own_server.sql(tenant("acme"))
    session = own_server.connect()
    session.cursor().execute("BEGIN; LOCK TABLE acme.django_migrations IN ACCESS EXCLUSIVE MODE")
    running = bare_gate.begin("verify", database_url=own_server.url(), migrations_manifest=manifest, database_retry_max="200ms")
    own_server.wait_for_gate("%django_migrations%")
    own_server.kill()
    running.wait_for("database again")
    own_server.start()
    assert running.finish().code == 0


def test_a_connection_that_the_network_resets(slow, db):
    with Relay(db.server.port) as relay:
        running = slow.begin("verify", database_url=db.url(port=relay.port))
        db.server.wait_for_gate("%pg_sleep%")
        db.sql("UPDATE public.pace SET seconds = 0")
        relay.cut()
        result = running.finish()
    assert result.code == 0
    assert result.count("waiting for the database again") == 1


def test_a_server_that_ends_every_session_is_given_up_after_database_wait(slow, db):
    running = slow.begin("verify", "--format", "json", database_wait="1500ms")
    until = time.monotonic() + 10
    while not running.over and time.monotonic() < until:
        db.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tenantgate'")
        time.sleep(0.05)
    result = running.finish(1)
    assert result.code == 69
    assert result.report["reason"] in ("database_unavailable", "deadline")
    assert result.seconds < 8


def test_an_answer_that_never_comes_ends_at_the_gate_timeout(slow, db):
    """The network swallows the answer: TCP alone would notice after a quarter of an hour."""
    with Relay(db.server.port) as relay:
        running = slow.begin("verify", "--format", "json", database_url=db.url(port=relay.port), gate_timeout="2s")
        db.server.wait_for_gate("%pg_sleep%")
        relay.mode = "mute"
        result = running.finish(10)
    assert result.code == 69 and result.report["reason"] == "deadline"
    assert result.seconds < 5


def test_a_slow_statement_ends_at_the_gate_timeout(slow, db):
    result = slow.verify(gate_timeout="1s")
    assert result.code == 69 and result.report["reason"] == "deadline"
    assert 0.9 < result.seconds < 4


def test_a_statement_that_the_server_cancels_is_tried_again(slow, db):
    running = slow.begin("verify")
    pid = db.server.wait_for_gate("%pg_sleep%")
    db.sql("UPDATE public.pace SET seconds = 0")
    db.server.sql("SELECT pg_cancel_backend(%s)", pid)
    assert running.finish().code == 0


def test_a_tenant_query_that_always_takes_too_long_is_given_up(slow, db):
    result = slow.verify(database_statement_timeout="200ms", database_wait="1s")
    assert result.code == 69
    assert "57014" in result.report["error"] and "tenants.query" in result.report["error"]
    assert "database.statement_timeout" in result.report["hint"]
    assert result.count("57014") == 1, "once, not for each try"
    assert result.seconds < 6


def test_a_database_that_is_dropped_meanwhile_is_refused(gate, db, server):
    running = gate.begin("verify", "--format", "json", tenants_query="SELECT 'x' FROM pg_sleep(60)", database_grace="300ms")
    server.wait_for_gate("%pg_sleep%")
    db.drop()
    result = running.finish()
    assert result.code == 77 and result.report["reason"] == "database_refused"
    assert "does not exist" in result.report["error"]
