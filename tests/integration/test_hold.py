"""gate.on_failure = hold: closed, alive, and open as soon as it may be."""
import shutil
import time

import pytest
from harness import history
from harness.network import Relay
from harness.postgres import free_port
from harness.web import Web


@pytest.fixture
def held(gate):
    gate.defaults.update(gate_on_failure="hold", gate_recheck="200ms", tenants_schemas="acme", database_wait="500ms",
                         database_retry_max="100ms", database_grace="200ms")
    return gate


def begin(gate, *options, **settings):
    return gate.begin("run", *options, "--", "echo", "the app runs", **settings)


def opens(running):
    result = running.finish()
    assert result.code == 0 and result.out == "the app runs\n", result
    return result


def test_it_opens_by_itself_once_the_tenant_is_migrated(held, db):
    db.sql(history.tenant("acme", history.ALL[:2]))
    running = begin(held)
    running.wait_for("Held: closed and alive")
    time.sleep(1)
    assert not running.over and running.out == []
    db.sql(history.django_rows("acme", history.ALL[2:]))
    result = opens(running)
    assert result.err.count("FATAL:") == 1 and "Exit code" not in result.err
    assert result.err.count("on hold: ") == 1  # nothing changed until it passed
    assert "a re-check passed" in result.err and "the gate is open" in result.err


def test_a_line_only_when_the_state_changes(held, db):
    db.sql(history.tenant("acme", history.ALL[:1]) + history.tenant("beta", history.ALL[:1]))
    running = begin(held, tenants_schemas="acme, beta")
    running.wait_for("2 of 2 tenants")
    time.sleep(1)
    assert "still on hold" not in running.err
    db.sql(history.django_rows("acme", history.ALL[1:]))
    running.wait_for("still on hold: 1 of 2 tenants")
    time.sleep(1)
    assert running.err.count("still on hold") == 1
    db.sql(history.django_rows("beta", history.ALL[1:]))
    assert opens(running).err.count("FATAL:") == 1


def test_a_database_that_goes_and_comes_back(held, db):
    db.sql(history.tenant("acme"))
    port = int(held.defaults["database_url"].split(":")[-1].split("/")[0])
    with Relay(port, mode="refuse") as relay:
        url = held.defaults["database_url"].replace(f":{port}/", f":{relay.port}/")
        running = begin(held, database_url=url)
        running.wait_for("Held: closed and alive")
        assert "database_unavailable" in running.err
        time.sleep(0.7)
        relay.mode = "mute"
        time.sleep(0.7)
        relay.cut()
        relay.mode = "pass"
        opens(running)


def test_a_missing_database_is_held_for_too(held, db):
    name = db.name + "_later"
    url = held.defaults["database_url"].replace(db.name, name)
    running = begin(held, database_url=url)
    running.wait_for("Held: closed and alive")
    assert "database_refused" in running.err
    db.server.sql(f"CREATE DATABASE {name}")
    try:
        running.wait_for("still on hold")
        later = db.server.url(name)
        assert later
        db.server.sql(history.tenant("acme"), database=name)
        opens(running)
    finally:
        running.kill()
        db.server.sql(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_dependency_that_comes_up_late(held, db):
    db.sql(history.tenant("acme"))
    with Web(status=503) as web:
        env = {"TENANTGATE_WAIT__API__URL": web.url(), "TENANTGATE_WAIT__API__TIMEOUT": "300ms"}
        running = begin(held, env=env)
        running.wait_for("Held: closed and alive")
        assert "dependency_unavailable" in running.err
        web.status = 200
        opens(running)


def test_the_gate_s_deadline_does_not_end_it(held, db):
    db.sql(history.tenant("acme", []))
    running = begin(held, gate_timeout="600ms")
    running.wait_for("Held: closed and alive")
    time.sleep(1.5)
    assert not running.over
    db.sql(history.django_rows("acme", history.ALL))
    opens(running)


@pytest.mark.parametrize("number", [1, 2, 3, 15])
def test_signals_end_it_at_once(held, number):
    running = begin(held)
    running.wait_for("Held: closed and alive")
    time.sleep(0.3)
    running.signal(number)
    began = time.monotonic()
    assert running.finish().code == 128 + number
    assert time.monotonic() - began < 1


def test_a_signal_ends_a_look_that_hangs(held, db):
    port = int(held.defaults["database_url"].split(":")[-1].split("/")[0])
    with Relay(port, mode="refuse") as relay:
        url = held.defaults["database_url"].replace(f":{port}/", f":{relay.port}/")
        running = begin(held, database_url=url, database_attempt_timeout="30s")
        running.wait_for("Held: closed and alive")
        relay.mode = "mute"
        time.sleep(0.6)
        running.signal(15)
        began = time.monotonic()
        assert running.finish().code == 143 and time.monotonic() - began < 1


def test_a_health_check_says_that_it_holds(held, db):
    # A gate is known by its binary: with one of its own the check finds none of another test's.
    own = held.folder / "own-tenantgate"
    shutil.copy(held.binary, own)
    held.binary = own
    running = begin(held)
    running.wait_for("on hold: ")
    result = held.call("healthcheck")
    assert result.code == 1 and "on hold" in result.out and "1 of 1 tenants" in result.out
    running.kill()


def test_expected_migrations_that_cannot_be_read_are_read_again(held, db, tmp_path):
    db.sql(history.tenant("acme"))
    path = tmp_path / "later.json"
    running = begin(held, migrations_manifest=path)
    running.wait_for("Held: closed and alive")
    path.write_bytes(held.defaults["migrations_manifest"].read_bytes())
    opens(running)


def test_steps_are_not_run_over_and_over(held, db, tmp_path):
    """A re-check runs no step; when it passes the gate is passed again from the beginning, steps and all."""
    db.sql(history.tenant("acme", []))
    log = tmp_path / "runs"
    env = {"TENANTGATE_STEP__PREPARE__RUN": f"sh -c 'echo ran >> {log}'"}
    running = begin(held, env=env)
    running.wait_for("Held: closed and alive")
    time.sleep(1)
    assert log.read_text().count("ran") == 1
    db.sql(history.django_rows("acme", history.ALL))
    opens(running)
    assert log.read_text().count("ran") == 2


@pytest.mark.parametrize("command", ["verify", "wait", "status"])
def test_only_run_holds(held, command):
    result = held.call(command, database_url=f"postgresql://127.0.0.1:{free_port()}/x", database_wait="0s")
    assert result.code == 69 and result.seconds < 5


def test_mistakes_of_the_configuration_itself_are_not_held(held):
    assert held.call("run", "--", "true", gate_recheck="soon").code == 78
