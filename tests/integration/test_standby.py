"""Streaming replication: standbys are ready when they accept connections, and target_session_attrs chooses."""
import time

import pytest
from harness.history import LINES, django_rows, tenant

# Which of [primary, standby] the URL's words choose.
PRIMARY, STANDBY = "in_recovery_false", "in_recovery_true"


@pytest.fixture(scope="module")
def pair(clusters):
    primary = clusters.create("primary").start()
    primary.sql(tenant("acme"))
    standby = primary.standby().start()
    until = time.monotonic() + 20
    while standby.sql("SELECT pg_last_wal_replay_lsn()") < primary.sql("SELECT pg_current_wal_lsn()"):
        assert time.monotonic() < until
        time.sleep(0.05)
    yield primary, standby
    standby.discard()
    primary.discard()


def both(first, second, attrs=None, name="postgres"):
    url = f"postgresql://postgres@127.0.0.1:{first.port},127.0.0.1:{second.port}/{name}"
    return url + (f"?target_session_attrs={attrs}" if attrs else "")


def chosen(gate, url, manifest):
    """Which server the gate verified: the tenant's name tells."""
    result = gate.verify(database_url=url, migrations_manifest=manifest, tenants_settle="0s",
                         tenants_query="SELECT 'in_recovery_' || pg_is_in_recovery()")
    assert result.code == 1
    return result.report["findings"][0]["tenant"]


def test_a_hot_standby_is_ready_and_its_tenants_are_judged(pair, bare_gate, manifest):
    primary, standby = pair
    for command in ("wait", "verify"):
        assert bare_gate.call(command, database_url=standby.url(), migrations_manifest=manifest).code == 0
    result = bare_gate.run(database_url=standby.url(), migrations_manifest=manifest)
    assert (result.code, result.out) == (0, "the app runs\n")


def test_a_standby_shows_a_tenant_that_is_behind(pair, bare_gate, manifest):
    primary, standby = pair
    primary.sql("CREATE SCHEMA behind; CREATE TABLE behind.django_migrations (LIKE acme.django_migrations INCLUDING ALL)")
    primary.sql(django_rows("behind", [LINES]))
    until = time.monotonic() + 20
    while not standby.sql("SELECT to_regclass('behind.django_migrations') IS NOT NULL")[0][0]:
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(0.2)
    result = bare_gate.verify(database_url=standby.url(), migrations_manifest=manifest, tenants_settle="0s")
    primary.sql("DROP SCHEMA behind CASCADE")
    assert result.code == 1
    assert {f["tenant"] for f in result.report["findings"]} == {"behind"}


@pytest.mark.parametrize("attrs, expected", [
    (None, None), ("any", None), ("read-write", PRIMARY), ("primary", PRIMARY), ("read-only", STANDBY), ("standby", STANDBY),
    ("prefer-standby", STANDBY)])
def test_target_session_attrs_chooses_whatever_the_order(pair, bare_gate, manifest, attrs, expected):
    primary, standby = pair
    assert chosen(bare_gate, both(primary, standby, attrs), manifest) == (expected or PRIMARY)
    assert chosen(bare_gate, both(standby, primary, attrs), manifest) == (expected or STANDBY)


def test_prefer_standby_takes_the_primary_where_there_is_no_standby(pair, bare_gate, manifest):
    primary, _ = pair
    assert chosen(bare_gate, primary.url(target_session_attrs="prefer-standby"), manifest) == PRIMARY


def test_a_standby_where_a_primary_is_asked_for_is_waited_for_until_it_is_promoted(clusters, bare_gate):
    primary = clusters.create("old").start()
    standby = primary.standby("new").start()
    try:
        running = bare_gate.begin("wait", database_url=both(standby, standby, "read-write"), database_retry_max="100ms")
        running.wait_for("session is read-only")
        time.sleep(0.3)
        assert not running.over
        standby.sql("SELECT pg_promote()")
        assert running.finish().code == 0
    finally:
        standby.discard()
        primary.discard()


def test_a_primary_where_a_standby_is_asked_for_is_not_taken(pair, bare_gate):
    primary, _ = pair
    result = bare_gate.wait(database_url=primary.url(target_session_attrs="standby"), database_wait="600ms")
    assert result.code == 69
    assert "server is not in hot standby mode" in result.said
