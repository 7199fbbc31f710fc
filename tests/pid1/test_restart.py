"""health.restart = yes: an app that stops answering is ended, the gate passed again, and the app started again."""
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import pytest
from harness import inits, paths
from harness.inits import children, eventually

pytestmark = pytest.mark.skipif(not inits.can_unshare(), reason="a PID namespace needs root and unshare(1)")

# Answers on a port for so many seconds, then still runs and does not answer; a helper of its own stays in its group.
APP = """
import os, signal, socket, subprocess, sys, time
port, seconds, deaf = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3] == "deaf"
if deaf:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("start", os.getpid(), sorted(os.listdir("/proc/self/fd")), flush=True)
helper = subprocess.Popen(["sleep", "600"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
listener = socket.create_server(("127.0.0.1", port), reuse_port=False)
until = time.monotonic() + seconds
listener.settimeout(0.05)
while time.monotonic() < until:
    try:
        listener.accept()[0].close()
    except TimeoutError:
        pass
listener.close()
print("deaf", flush=True)
while True:
    time.sleep(60)
"""


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(params=[True, False], ids=["pid1", "child"])
def as_pid1(request):
    return request.param


@pytest.fixture
def start(as_pid1, open_gate, port):
    made = []

    def run(seconds, kind="polite", **settings):
        init = inits.make("tenantgate", open_gate, as_pid1, **{
            "health_restart": "yes", "health_url": f"tcp://127.0.0.1:{port}", "health_interval": "100ms", "health_retries": 2,
            "health_timeout": "500ms", "health_start_period": "2s", **settings})
        made.append(init.start(sys.executable, "-c", APP, port, seconds, kind, stderr=subprocess.PIPE))
        return made[-1]
    yield run
    for process in made:
        for pid in [*children(process.pid), process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.wait()


def line(process):
    return process.stdout.readline().decode().split()


def test_restart(start):
    process = start(1)
    first = line(process)
    assert first[0] == "start" and line(process) == ["deaf"]
    second = line(process)
    assert second[0] == "start" and second[1] != first[1] and second[2:] == first[2:], "the same descriptors again"
    assert len(children(process.init)) == 1
    # Passing signals on works as before.
    os.kill(process.init, signal.SIGTERM)
    assert process.wait(15) == 143
    said = process.stderr.read().decode()
    assert "does not answer" in said and "the gate is passed again" in said


@pytest.mark.parametrize("as_pid1", [True])  # each takes the ten seconds
def test_app_that_ignores_being_ended(start):
    process = start(0.5, "deaf")
    began = time.monotonic()
    assert line(process)[0] == "start" and line(process) == ["deaf"]
    assert line(process)[0] == "start" and 10 < time.monotonic() - began < 20
    os.kill(process.init, signal.SIGKILL)


@pytest.mark.parametrize("as_pid1", [True])  # each takes the ten seconds
def test_stopped_while_unhealthy_is_the_end(start):
    process = start(0.5, "deaf")
    assert line(process)[0] == "start" and line(process) == ["deaf"]
    time.sleep(1)
    os.kill(process.init, signal.SIGTERM)
    assert process.wait(20) == 137
    assert process.stdout.read() == b""


def test_signal_in_the_pause(start):
    process = start(0.5)
    assert line(process)[0] == "start" and line(process) == ["deaf"]
    eventually(lambda: not children(process.init))
    os.kill(process.init, signal.SIGTERM)
    assert process.wait(10) == 143 and process.stdout.read() == b""


def test_the_gate_is_passed_again(start, migrated):
    """What is no longer migrated then is refused."""
    process = start(1, tenants_settle="0s")
    assert line(process)[0] == "start"
    migrated.sql("ALTER TABLE acme.django_migrations RENAME TO gone")
    try:
        assert line(process) == ["deaf"]
        assert process.wait(15) == 1 and process.stdout.read() == b""
    finally:
        migrated.sql("ALTER TABLE acme.gone RENAME TO django_migrations")


def test_an_app_that_is_well_or_starts_slowly_is_left_alone(start):
    process = start(60)
    assert line(process)[0] == "start"
    time.sleep(2.5)
    assert process.poll() is None
    ticks = pathlib.Path(f"/proc/{process.init}/stat").read_text().rpartition(")")[2].split()[11:13]
    assert sum(map(int, ticks)) < os.sysconf("SC_CLK_TCK") // 2, "it waits without being busy"
    os.kill(process.init, signal.SIGTERM)
    assert process.wait(10) == 143


def test_an_app_that_ends_by_itself_is_not_started_again(open_gate):
    init = inits.make("tenantgate", open_gate, False, health_restart="yes", health_url="tcp://127.0.0.1:1")
    assert init.run("sh", "-c", "exit 3").returncode == 3


@pytest.mark.parametrize("settings, says", [
    ({"app_supervise": "no"}, "app.supervise"), ({"health_url": None}, "health.url"), ({"health_url": "nonsense"}, "health.url")])
def test_what_cannot_work_is_refused(open_gate, settings, says):
    init = inits.make("tenantgate", open_gate, False, **{"health_restart": "yes", "health_url": "tcp://127.0.0.1:1", **settings})
    done = init.run("true")
    assert done.returncode == 78 and says in done.stderr.decode()


@pytest.mark.parametrize("binary", [paths.BINARY], indirect=True, ids=["one"])  # the pauses take half a minute
def test_an_app_that_never_answers_is_given_up_after_growing_pauses(open_gate, port):
    init = inits.make("tenantgate", open_gate, True, health_restart="yes", health_url=f"tcp://127.0.0.1:{port}",
                      health_interval="50ms", health_retries=2, health_start_period="0s")
    process = init.start("sh", "-c", "echo start; exec sleep 600", stderr=subprocess.PIPE)
    starts = []
    while process.stdout.readline():
        starts.append(time.monotonic())
    pauses = [later - earlier for earlier, later in zip(starts, starts[1:])]
    assert [round(pause) for pause in pauses] == [1, 2, 4, 8, 16], pauses
    said = process.stderr.read().decode()
    assert process.wait(10) == 143 and "for the 6th time: giving up" in said, said


def test_an_app_that_may_not_come_back_is_held_and_started_once_it_may(start, migrated):
    process = start(1, tenants_settle="0s", gate_on_failure="hold", gate_recheck="100ms")
    assert line(process)[0] == "start"
    migrated.sql("ALTER TABLE acme.django_migrations RENAME TO gone")
    try:
        assert line(process) == ["deaf"]
        while b"Held: closed and alive" not in (said := process.stderr.readline()):
            assert said, "it ended"
        assert process.poll() is None and not children(process.init)
    finally:
        migrated.sql("ALTER TABLE acme.gone RENAME TO django_migrations")
    assert line(process)[0] == "start"
    os.kill(process.init, signal.SIGTERM)
    assert process.wait(10) == 143
