"""Every signal that would end a process ends the closed gate within a second, with 128 + its number, in every phase."""
import os
import signal
import sys
import time

import pytest
from harness.history import tenant
from harness.network import Relay, black_hole, namespaces, why_no_namespaces

ENDING = [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM,
          signal.SIGPIPE, signal.SIGRTMIN + 3]


def ends(running, number, closed=True):
    """Sends the signal; the gate must be gone within a second, and say why."""
    assert not running.over, running.err
    sent = time.monotonic()
    running.signal(number)
    result = running.finish(5)
    assert time.monotonic() - sent < 1, "it took more than a second"
    assert result.code == 128 + number, result
    name = signal.Signals(number).name if number in list(signal.Signals) else ""
    assert "ended by a signal" in result.said and f"Exit code {128 + number} (signalled)" in result.banner
    assert name.removeprefix("SIG") in result.said, result
    return result


@pytest.mark.parametrize("number", ENDING, ids=lambda n: f"{int(n)}")
def test_while_waiting_for_a_server_that_is_down(bare_gate, number):
    running = bare_gate.begin("wait", database_url="postgresql://u@127.0.0.1:1/x", database_retry_interval="20s",
                              database_retry_max="20s")
    running.wait_for("waiting for the database")
    ends(running, number)


@pytest.mark.parametrize("number", [signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH],
                         ids=lambda n: n.name)
def test_signals_that_end_nothing_end_nothing(bare_gate, number):
    running = bare_gate.begin("wait", database_url="postgresql://u@127.0.0.1:1/x", database_wait="1s")
    running.wait_for("waiting for the database")
    running.signal(number)
    assert running.finish().code == 69


def test_the_app_is_not_started_after_a_signal(bare_gate, manifest):
    running = bare_gate.begin("run", "--", "echo", "the app runs", database_url="postgresql://u@127.0.0.1:1/x",
                              migrations_manifest=manifest)
    running.wait_for("waiting for the database")
    result = ends(running, signal.SIGTERM)
    assert result.out == ""
    assert "echo was not started" in result.said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1], ids=lambda n: n.name)
def test_while_a_refusal_is_retried(server, bare_gate, number):
    running = bare_gate.begin("wait", database_url=server.url("not_there"), database_grace="60s",
                              database_retry_interval="20s", database_retry_max="20s")
    running.wait_for("refuses us")
    ends(running, number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
def test_while_a_host_swallows_packets(bare_gate, number):
    with black_hole() as port:
        running = bare_gate.begin("wait", database_url=f"postgresql://u@127.0.0.1:{port}/x", database_attempt_timeout="60s")
        time.sleep(0.4)
        ends(running, number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
def test_while_a_host_accepts_and_says_nothing(server, bare_gate, number):
    with Relay(server.port, mode="mute") as relay:
        running = bare_gate.begin("wait", database_url=server.url(port=relay.port), database_attempt_timeout="60s")
        time.sleep(0.4)
        ends(running, number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR2], ids=lambda n: n.name)
def test_while_the_server_must_stay_stable(server, bare_gate, number):
    running = bare_gate.begin("wait", database_url=server.url(), database_stable_for="60s")
    time.sleep(0.8)
    ends(running, number)


@pytest.mark.parametrize("number", ENDING, ids=lambda n: f"{int(n)}")
def test_while_the_tenant_query_runs(gate, db, number):
    running = gate.begin("run", "--", "echo", "the app runs", tenants_query="SELECT 'x' FROM pg_sleep(60)",
                         database_statement_timeout="0")
    db.server.wait_for_gate("%pg_sleep%")
    assert ends(running, number).out == ""


def test_while_a_tenants_table_is_locked(gate, db):
    db.sql(tenant("acme"))
    session = db.connect()
    session.cursor().execute("BEGIN; LOCK TABLE acme.django_migrations IN ACCESS EXCLUSIVE MODE")
    running = gate.begin("run", "--", "echo", "the app runs")
    db.server.wait_for_gate("%django_migrations%")
    assert ends(running, signal.SIGTERM).out == ""
    session.close()


def test_while_pending_migrations_are_waited_for(gate, db):
    db.sql(tenant("acme", ()))
    running = gate.begin("run", "--", "echo", "the app runs", migrations_wait="60s", gate_recheck="30s")
    running.wait_for("migrations.wait")
    assert ends(running, signal.SIGTERM).out == ""


def test_while_a_tenant_settles(gate, db):
    db.sql(tenant("acme", ()))
    running = gate.begin("run", "--", "echo", "the app runs", tenants_settle="60s")
    deadline = time.monotonic() + 5
    session = db.connect()
    while not running.says("being migrated") and time.monotonic() < deadline:
        session.cursor().execute("INSERT INTO acme.django_migrations (app, name, applied) VALUES ('other', "
                                 "clock_timestamp()::text, now())")
        time.sleep(0.05)
    session.close()
    running.wait_for("being migrated")
    ends(running, signal.SIGTERM)


def test_the_json_report_of_a_signal(gate, db):
    running = gate.begin("verify", "--format", "json", tenants_query="SELECT 'x' FROM pg_sleep(60)")
    db.server.wait_for_gate("%pg_sleep%")
    result = ends(running, signal.SIGTERM)
    assert result.report["reason"] == "signalled" and result.report["result"] == "closed"


MUTE_RESOLVER = """
import os, socket, sys
# A name server that never answers: bound here, inherited by the gate, read by nobody.
for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
    server = socket.socket(socket.AF_INET, kind)
    server.bind(("127.0.0.1", 53))
    if kind == socket.SOCK_STREAM:
        server.listen(1)
    os.set_inheritable(server.detach(), True)
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.fixture(scope="module")
def mute_resolver(tmp_path_factory):
    """What to put before the command, so that name look-ups hang: a network and a mount namespace of its own."""
    folder = tmp_path_factory.mktemp("resolver")
    (folder / "mute.py").write_text(MUTE_RESOLVER)
    files = {"/etc/resolv.conf": "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n"}
    if os.path.exists("/etc/nsswitch.conf"):
        files["/etc/nsswitch.conf"] = "hosts: dns\n"
    prefix = namespaces(folder, files, network=True)
    reason = why_no_namespaces(prefix)
    if reason:
        pytest.skip(reason)
    return [*prefix, sys.executable, str(folder / "mute.py")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2,
                                    signal.SIGQUIT], ids=lambda n: n.name)
def test_while_a_name_look_up_hangs(bare_gate, mute_resolver, number):
    running = bare_gate.begin("wait", prefix=mute_resolver, database_url="postgresql://u@db.test/x", log_level="debug")
    deadline = time.monotonic() + 10
    while open(f"/proc/{running.pid}/comm").read().strip() != "tenantgate" and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.4)
    assert len(os.listdir(f"/proc/{running.pid}/task")) == 2, "no look-up is under way"
    ends(running, number)


def test_a_look_up_that_hangs_is_given_up_at_database_wait(bare_gate, mute_resolver):
    result = bare_gate.wait(prefix=mute_resolver, database_url="postgresql://u@db.test/x", database_wait="700ms",
                            database_attempt_timeout="500ms")
    assert result.code == 69
    assert result.seconds < 5
