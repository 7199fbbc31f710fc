"""Signals to the closed gate as process 1, which no signal ends by default: each that would end a process ends it within a
second with 128 + its number, in every phase."""
import contextlib
import os
import pathlib
import random
import select
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness.history import ALL, django_rows, tenant
from harness.network import Relay, black_hole
from harness.postgres import free_port
from harness.tls import Authority, secure
from inside import NAMESPACE, Started, child_of, is_static, send

HARMLESS = (signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH)
STOPPING = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGSTOP)
APP = ("run", "--", "echo", "the app runs")


def ending(binary):
    reserved = (32, 33, 34) if is_static(binary) else (32, 33)
    return [n for n in range(1, 65) if n not in (*HARMLESS, *STOPPING, *reserved, signal.SIGKILL)]


@contextlib.contextmanager
def many(gate, app, count, prefix=NAMESPACE, options=(), settings=None):
    """That many closed gates at once, all waiting for their database; those of them that still run are ended."""
    env = gate.environment(**(settings or {}))
    started = [Started(app, [str(gate.binary), "--", "/bin/echo", "the app runs"], prefix=prefix, env=env, options=options,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(count)]
    try:
        for one in started:
            assert b"waiting for the database" in one.process.stderr.readline()
        yield started
    finally:
        for one in started:
            one.end()


def ends(running, number=signal.SIGTERM):
    """Sends the signal to process 1 of a gate that harness.gate runs: it must be gone within a second."""
    assert not running.over, running.err
    sent = send(running, number)
    result = running.finish(10)
    assert time.monotonic() - sent < 1, f"it took {time.monotonic() - sent:.1f} s: {result}"
    assert result.code == 128 + number and result.out == "", result
    assert f"Exit code {128 + number} (signalled)" in result.banner, result
    return result


# Which signals

def test_every_signal_that_ends_a_process_ends_the_closed_gate(closed_gate, app, binary):
    numbers = ending(binary)
    assert len(numbers) in (53, 52)
    with many(closed_gate, app, len(numbers)) as gates:
        took = {}
        for gate, number in zip(gates, numbers):
            sent = time.monotonic()
            os.kill(gate.pid, number)
            try:
                code = gate.process.wait(3)
            except subprocess.TimeoutExpired:
                code = None
            took[number] = (code, time.monotonic() - sent)
        assert {number: code for number, (code, _) in took.items()} == {number: 128 + number for number in numbers}
        assert max(seconds for _, seconds in took.values()) < 1
        for gate, number in zip(gates, numbers):
            assert gate.process.stdout.read() == b""
            said = gate.process.stderr.read().decode()
            assert f"Exit code {128 + number} (signalled)" in said, said


def test_the_other_signals_end_nothing(closed_gate, app, binary):
    others = [n for n in range(1, 65) if n not in ending(binary) and n not in (signal.SIGKILL, signal.SIGSTOP)]
    with many(closed_gate, app, len(others)) as gates:
        for gate, number in zip(gates, others):
            os.kill(gate.pid, number)
        time.sleep(0.3)
        assert [number for gate, number in zip(gates, others) if gate.process.poll() is not None] == []
        for gate in gates:  # and are still heard afterwards
            os.kill(gate.pid, signal.SIGTERM)
        assert {gate.process.wait(3) for gate in gates} == {143}


def test_ignored_signals_stay_ignored(closed_gate, app, binary, place):
    """nohup, and shells that start something in the background."""
    numbers = ending(binary)
    ignored = [n for n in numbers if n != signal.SIGTERM]
    with many(closed_gate, app, 1, place, [("ignore", n) for n in ignored]) as (gate,):
        for number in ignored:
            os.kill(gate.pid, number)
        time.sleep(0.3)
        assert gate.process.poll() is None
        os.kill(gate.pid, signal.SIGTERM)
        assert gate.process.wait(3) == 143


def test_a_term_that_came_ignored_is_ignored(closed_gate, app):
    """Only its own deadline ends such a gate."""
    with many(closed_gate, app, 1, NAMESPACE, [("ignore", 15)], {"database_wait": "1s"}) as (gate,):
        os.kill(gate.pid, signal.SIGTERM)
        assert gate.process.wait(5) == 69


def test_a_signal_that_came_blocked_ends_it_too(closed_gate, app, place):
    """Some parents leave signals blocked by mistake; `docker stop` must not take ten seconds because of it."""
    with many(closed_gate, app, 1, place, [("block", 15), ("block", 2)]) as (gate,):
        os.kill(gate.pid, signal.SIGTERM)
        assert gate.process.wait(1) == 143


def test_a_signal_that_was_pending_before_the_start_ends_it(closed_gate, app, place):
    process = Started(app, [str(closed_gate.binary), "--", "/bin/echo"], prefix=place, env=closed_gate.environment(),
                      options=[("pend", 15)], stderr=subprocess.PIPE)
    assert process.process.wait(2) == 143
    process.end()


def test_two_signals_at_once_end_it_by_one_of_them(closed_gate, app):
    with many(closed_gate, app, 1) as (gate,):
        pid = gate.pid
        os.kill(pid, signal.SIGSTOP)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
            os.kill(pid, number)
        os.kill(pid, signal.SIGCONT)
        assert gate.process.wait(2) in (143, 130, 138)


def test_from_inside_the_container_too(closed_gate, app):
    """As `docker exec ... kill 1` does."""
    with many(closed_gate, app, 1) as (gate,):
        done = subprocess.run(["nsenter", "--target", str(gate.pid), "--pid", "--mount", "kill", "-TERM", "1"])
        assert done.returncode in (0, -signal.SIGKILL)  # the namespace goes with its process 1, and `kill` with it
        assert gate.process.wait(1) == 143


def state_of(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP, signal.SIGTTIN, signal.SIGTTOU], ids=lambda n: n.name)
def test_an_ordinary_process_is_stopped_and_continued(closed_gate, app, number):
    """Control-Z in a terminal. (A process group without a parent shell in its session is not stopped by TSTP, TTIN and
    TTOU: the kernel's rule; the test runner is that parent here.)"""
    with many(closed_gate, app, 1, ()) as (gate,):
        os.kill(gate.pid, number)
        until = time.monotonic() + 2
        while state_of(gate.pid) != "T" and time.monotonic() < until:
            time.sleep(0.01)
        orphaned = state_of(gate.pid) != "T" and number != signal.SIGSTOP
        if not orphaned:
            os.kill(gate.pid, signal.SIGCONT)
            time.sleep(0.1)
            assert state_of(gate.pid) in "SR"
        os.kill(gate.pid, signal.SIGTERM)
        assert gate.process.wait(1) == 143


def test_a_stopped_gate_that_is_continued_still_opens(own_server, bare_gate, app, manifest):
    own_server.start()
    own_server.sql(tenant("acme"))
    own_server.stop()
    bare_gate.defaults = {"database_url": own_server.url(), "migrations_manifest": manifest, "database_retry_max": "100ms"}
    with many(bare_gate, app, 1) as (gate,):
        os.kill(gate.pid, signal.SIGSTOP)
        own_server.start()
        time.sleep(0.3)
        assert gate.process.poll() is None
        os.kill(gate.pid, signal.SIGCONT)
        assert gate.process.wait(5) == 0
        assert gate.process.stdout.read() == b"the app runs\n"


# In which phase

MUTE_RESOLVER = """
import os, socket, sys
said = int(sys.argv[1])
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
if os.fork() == 0:
    server.recv(512)
    os.write(said, b"asked")
    os._exit(0)
os.set_inheritable(server.detach(), True)
os.close(said)
os.execvp(sys.argv[2], sys.argv[2:])
"""


def test_term_in_a_name_look_up(bare_gate, tmp_path):
    """A name server that takes questions and never answers, in a network of its own."""
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:30 attempts:5\n")
    (tmp_path / "nsswitch.conf").write_text("hosts: dns\n")
    (tmp_path / "mute.py").write_text(MUTE_RESOLVER)
    asked, said = os.pipe()
    script = (f"ip link set lo up && mount --bind {tmp_path}/resolv.conf \"$(readlink -f /etc/resolv.conf)\" && "
              f"mount --bind {tmp_path}/nsswitch.conf /etc/nsswitch.conf && exec python3 {tmp_path}/mute.py {said} \"$@\"")
    os.set_inheritable(said, True)
    process = subprocess.Popen(["unshare", "--mount", "--net", "sh", "-c", script, "sh", *NAMESPACE, str(bare_gate.binary), "wait"],
                               env=bare_gate.environment(database_url="postgresql://u@db.example.test/x"), pass_fds=[said],
                               stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        os.close(said)
        assert select.select([asked], [], [], 10)[0] and os.read(asked, 9) == b"asked", process.stderr.read()
        pid = next(int(word) for word in pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                   if pathlib.Path(f"/proc/{word}/comm").read_text() == "tenantgate\n")
        sent = time.monotonic()
        os.kill(pid, signal.SIGTERM)
        assert process.wait(10) == 143
        assert time.monotonic() - sent < 1
    finally:
        os.close(asked)
        process.kill()
        process.wait()
        process.stderr.close()


def connecting(port):
    """Is somebody's SYN to that port without an answer?"""
    return any(words[3] == "02" and words[2].endswith(f":{port:04X}")
               for words in map(str.split, pathlib.Path("/proc/net/tcp").read_text().splitlines()))


def has_threads(running):
    try:
        return len(os.listdir(f"/proc/{child_of(running.pid)}/task")) > 2  # itself, the beacon, and one more
    except (OSError, IndexError, ValueError):
        return False


def wait_until(condition, seconds=10):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.01)


def test_term_while_packets_are_swallowed(closed_gate):
    with black_hole() as port:
        running = closed_gate.begin(*APP, prefix=NAMESPACE, database_url=f"postgresql://u@127.0.0.1:{port}/x",
                                    database_attempt_timeout="60s")
        # The hole itself is made of unanswered SYNs: what counts is that the gate has a thread that connects.
        wait_until(lambda: connecting(port) and has_threads(running))
        ends(running)


@pytest.mark.parametrize("sslmode", ["disable", "require"])
def test_term_after_the_first_packet_to_a_mute_server(server, closed_gate, sslmode):
    with Relay(server.port, mode="mute") as relay:
        running = closed_gate.begin(*APP, prefix=NAMESPACE, database_attempt_timeout="60s",
                                    database_url=server.url(port=relay.port, sslmode=sslmode, gssencmode="disable"))
        wait_until(lambda: relay.accepted > 0)
        time.sleep(0.1)
        ends(running)


class HalfTls:
    """A server that says yes to TLS, and then nothing."""

    def __enter__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(8)
        self.port = self.listener.getsockname()[1]
        self.hello = threading.Event()
        self.clients = []
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.clients.append(client)
                client.recv(8)
                client.sendall(b"S")
                if client.recv(4096):
                    self.hello.set()

    def __exit__(self, *_):
        self.listener.close()
        for client in self.clients:
            client.close()


def test_term_in_a_tls_handshake(closed_gate):
    with HalfTls() as half:
        running = closed_gate.begin(*APP, prefix=NAMESPACE, database_attempt_timeout="60s",
                                    database_url=f"postgresql://u@127.0.0.1:{half.port}/x?sslmode=require&gssencmode=disable")
        assert half.hello.wait(10)
        ends(running)


def test_term_at_any_moment_of_connecting_never_crashes(clusters, bare_gate, tmp_path):
    """The gate walks away from a thread that may be in the middle of OpenSSL's work: that must not show at its exit."""
    server = clusters.create("tls")
    secure(server, Authority(tmp_path / "ca"), "localhost", ["IP:127.0.0.1"])
    server.start()
    env = bare_gate.environment(database_url=server.url(sslmode="require"), database_stable_for="60s")
    chance = random.Random(20)

    def code(delay):
        with subprocess.Popen([str(bare_gate.binary), "-q", "wait"], env=env, stderr=subprocess.DEVNULL) as process:
            time.sleep(delay)
            process.terminate()
            return process.wait(5)

    with ThreadPoolExecutor(4) as pool:
        codes = set(pool.map(code, [chance.uniform(0.003, 0.05) for _ in range(300)]))
    server.discard()
    assert codes <= {143, -signal.SIGTERM} and 143 in codes


def test_term_while_the_server_starts_up(own_server, closed_gate):
    hold = own_server.write("hold", "")
    own_server.write("recovery.signal", "")
    own_server.start(wait=False, restore_command=f"while [ -e {hold} ]; do sleep 0.05; done; false")
    running = closed_gate.begin(*APP, prefix=NAMESPACE, database_url=own_server.url())
    running.wait_for("57P03")
    ends(running)
    hold.unlink()


def test_term_in_the_grace_of_a_refusal(server, closed_gate):
    running = closed_gate.begin(*APP, prefix=NAMESPACE, database_url=server.url("not_there"), database_grace="60s",
                                database_retry_interval="20s", database_retry_max="20s")
    running.wait_for("refuses us")
    ends(running)


def test_term_while_the_server_must_stay_up(server, closed_gate):
    running = closed_gate.begin(*APP, prefix=NAMESPACE, database_url=server.url(), database_stable_for="60s")
    time.sleep(0.6)
    ends(running)


@pytest.fixture
def verifying(bare_gate, db, manifest):
    bare_gate.defaults = {"database_url": db.url(), "migrations_manifest": manifest}
    return bare_gate


def test_term_in_the_tenant_query(verifying, db):
    running = verifying.begin(*APP, prefix=NAMESPACE, tenants_query="SELECT 'x' FROM pg_sleep(60)",
                              database_statement_timeout="0")
    db.server.wait_for_gate("%pg_sleep%")
    ends(running)


def test_term_while_a_tenants_history_is_locked(verifying, db):
    db.sql(tenant("acme"))
    with contextlib.closing(db.connect()) as session:
        session.cursor().execute("BEGIN; LOCK TABLE acme.django_migrations IN ACCESS EXCLUSIVE MODE")
        running = verifying.begin(*APP, prefix=NAMESPACE)
        db.server.wait_for_gate("%django_migrations%")
        ends(running)


def test_term_while_a_tenant_settles(verifying, db):
    db.sql(tenant("acme", ()))
    running = verifying.begin(*APP, prefix=NAMESPACE, tenants_settle="60s")
    for number in range(100):
        if running.says("being migrated"):
            break
        db.sql(django_rows("acme", [f"other.{number}"]))
        time.sleep(0.05)
    ends(running)


def test_term_while_somebody_elses_migrations_are_waited_for(verifying, db):
    db.sql(tenant("acme", ALL[:1]))
    running = verifying.begin(*APP, prefix=NAMESPACE, migrations_wait="60s", gate_recheck="30s", tenants_settle="0")
    running.wait_for("migrations.wait")
    ends(running)


def test_term_after_the_connection_was_lost(own_server, bare_gate, manifest):
    own_server.start()
    own_server.sql(tenant("acme"))
    bare_gate.defaults = {"database_url": own_server.url(), "migrations_manifest": manifest}
    running = bare_gate.begin(*APP, prefix=NAMESPACE, tenants_query="SELECT 'acme' FROM pg_sleep(30)",
                              database_statement_timeout="0")
    own_server.wait_for_gate("%pg_sleep%")
    own_server.stop("immediate")
    running.wait_for("waiting for the database again")
    time.sleep(0.3)
    ends(running)


def test_term_while_the_closed_gate_is_held(verifying, db):
    db.sql(tenant("acme", ALL[:1]))
    running = verifying.begin(*APP, prefix=NAMESPACE, gate_on_failure="hold", gate_recheck="60s", tenants_settle="0")
    running.wait_for("on hold")
    time.sleep(0.2)
    sent = send(running, signal.SIGTERM)
    running.process.wait(5)
    assert time.monotonic() - sent < 1 and running.process.returncode == 143


def test_term_while_the_exit_is_put_off(verifying, db):
    """What there was to say has been said: its code stays."""
    db.sql(tenant("acme", ALL[:1]))
    running = verifying.begin(*APP, prefix=NAMESPACE, gate_exit_pause="10m", tenants_settle="0")
    running.wait_for("Exit code 1")
    sent = send(running, signal.SIGTERM)
    assert running.finish(5).code == 1
    assert time.monotonic() - sent < 1


def test_term_while_another_dependency_is_waited_for(verifying):
    env = {"TENANTGATE_WAIT__CACHE__URL": "tcp://127.0.0.1:1", "TENANTGATE_WAIT__CACHE__TIMEOUT": "60s"}
    running = verifying.begin(*APP, prefix=NAMESPACE, env=env)
    running.wait_for("waiting for")
    ends(running)


@pytest.mark.parametrize("command", [("verify", "--format", "json"), ("status",), ("wait",)], ids=lambda c: c[0])
def test_term_to_the_other_commands(closed_gate, command):
    running = closed_gate.begin(*command, prefix=NAMESPACE)
    running.wait_for("waiting for the database")
    sent = send(running, signal.SIGTERM)
    assert running.finish(5).code == 143
    assert time.monotonic() - sent < 1


def test_a_signal_right_after_the_start_is_not_lost(closed_gate, app):
    """As soon as the gate has anything to show, it heeds signals."""
    env = closed_gate.environment(database_url=f"postgresql://u@127.0.0.1:{free_port()}/x")
    for delay in (0.002, 0.004, 0.006, 0.008, 0.01, 0.015, 0.02, 0.03):
        process = Started(app, [str(closed_gate.binary), "--", "/bin/echo"], prefix=NAMESPACE, env=env)
        pid = process.pid
        wait_until(lambda: is_gate(pid) and takes(pid, signal.SIGTERM))
        time.sleep(delay)
        os.kill(pid, signal.SIGTERM)
        assert process.process.wait(1) == 143
        process.end()


def is_gate(pid):
    return pathlib.Path(f"/proc/{pid}/comm").read_text() == "tenantgate\n"


def takes(pid, number):
    """Is the signal blocked, and so taken by the gate's own hand?"""
    lines = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines["SigBlk"], 16) >> (number - 1) & 1
