"""Standard error that nobody reads, that is gone, or slow; standard output that nobody reads."""
import contextlib
import fcntl
import json
import os
import signal
import subprocess
import threading
import time

import pytest
from harness.history import tenant
from inside import NAMESPACE, Started


@pytest.fixture
def full():
    """A pipe without room, which nobody reads: (end to read, end to write)."""
    ends = os.pipe()
    os.set_blocking(ends[1], False)
    with contextlib.suppress(BlockingIOError):
        while os.write(ends[1], b"x" * 4096):
            pass
    with contextlib.suppress(BlockingIOError):
        while os.write(ends[1], b"x"):
            pass
    os.set_blocking(ends[1], True)
    yield ends
    for end in ends:
        os.close(end)


@pytest.fixture
def broken():
    """The end to write of a pipe without a reader."""
    read, write = os.pipe()
    os.close(read)
    yield write
    os.close(write)


@pytest.fixture(params=["blocking", "nonblocking"])
def stuck(request, full):
    os.set_blocking(full[1], request.param == "blocking")
    return full[1]


def start(gate, app, place, *words, stderr, stdout=subprocess.DEVNULL, options=(), **settings):
    return Started(app, [str(gate.binary), *words], prefix=place, env=gate.environment(**settings), stderr=stderr,
                   stdout=stdout, options=options)


@contextlib.contextmanager
def ending(process):
    try:
        yield process
    finally:
        process.end()


def test_the_app_is_started_though_nobody_reads_the_log(open_gate, app, stuck):
    began = time.monotonic()
    with ending(start(open_gate, app, NAMESPACE, "-v", "--", app, "exit", "7", stderr=stuck)) as process:
        assert process.process.wait(5) == 7
    assert time.monotonic() - began < 2


def test_a_refusal_ends_though_nobody_reads_it(open_gate, app, stuck):
    began = time.monotonic()
    with ending(start(open_gate, app, NAMESPACE, "-v", "--", app, "exit", "0", stderr=stuck, tenants_schemas="nobody")) as process:
        assert process.process.wait(5) == 1
    assert time.monotonic() - began < 2


def test_a_signal_is_heeded_though_nobody_reads_the_log(closed_gate, app, stuck):
    with ending(start(closed_gate, app, NAMESPACE, "-v", "--", app, "exit", "0", stderr=stuck)) as process:
        time.sleep(0.3)  # in the middle of saying that it waits
        assert process.process.poll() is None
        sent = time.monotonic()
        os.kill(process.pid, signal.SIGTERM)
        assert process.process.wait(5) == 143
        assert time.monotonic() - sent < 1.5


def test_waiting_goes_on_though_nobody_reads_the_log(own_server, bare_gate, app, manifest, full):
    bare_gate.defaults = {"database_url": own_server.url(), "migrations_manifest": manifest, "database_retry_max": "100ms"}
    with ending(start(bare_gate, app, NAMESPACE, "-v", "--", app, "exit", "7", stderr=full[1])) as process:
        time.sleep(0.3)
        own_server.start()
        own_server.sql(tenant("acme"))
        assert process.process.wait(10) in (1, 7)  # 1: it looked before the tenant was there


def test_what_a_late_reader_still_gets(open_gate, app, full):
    """The pipe was full only for a moment: nothing is lost."""
    def drain():
        time.sleep(0.4)
        while data := os.read(full[0], 65536):
            said.append(data)

    said = []
    reader = threading.Thread(target=drain, daemon=True)
    reader.start()
    with ending(start(open_gate, app, NAMESPACE, "--", app, "exit", "0", stderr=full[1], tenants_schemas="nobody")) as process:
        assert process.process.wait(5) == 1
    os.write(full[1], b"END")
    until = time.monotonic() + 5
    while not said or not said[-1].endswith(b"END"):
        assert time.monotonic() < until
        time.sleep(0.01)
    text = b"".join(said).decode().lstrip("x")
    assert "FATAL: 1 of 1 tenants" in text and text.endswith("Exit code 1 (tenants_not_migrated)\nEND")


def test_a_slow_reader_gets_all_of_a_long_banner(bare_gate, db, manifest, app):
    """Many groups of findings, a few bytes at a time."""
    names = [f"tenant_{n}_{'x' * 40}" for n in range(300)]
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    bare_gate.defaults = {"database_url": db.url(), "migrations_manifest": manifest, "tenants_schemas": ", ".join(names),
                          "tenants_settle": "0", "log_level": "debug"}
    with ending(start(bare_gate, app, (), "--", app, "exit", "0", stderr=write)) as process:
        os.close(write)
        text = b""
        while data := os.read(read, 200):
            text += data
            time.sleep(0.002)
        assert process.process.wait(5) == 1
    os.close(read)
    assert text.decode().endswith("Exit code 1 (tenants_not_migrated)\n")


@pytest.mark.parametrize("options", [(), [("ignore", 13)], [("block", 13)]], ids=["plain", "pipe-ignored", "pipe-blocked"])
def test_a_reader_that_is_gone_harms_neither_gate_nor_app(open_gate, app, place, broken, options):
    with ending(start(open_gate, app, place, "-v", "--", app, "pause", stderr=broken, options=options)) as process:
        gated = process.wait_until_paused()
    env = {key: value for key, value in open_gate.environment().items() if not key.startswith("TENANTGATE_")}
    with ending(Started(app, [app, "pause"], prefix=place, env=env, stderr=broken, options=options)) as process:
        bare = process.wait_until_paused()
    assert not list(bare.differences(gated))
    assert int(gated.status["SigPnd"], 16) == int(gated.status["ShdPnd"], 16) == 0


def test_a_refusal_to_a_reader_that_is_gone(open_gate, app, place, broken):
    with ending(start(open_gate, app, place, "--", app, "exit", "0", stderr=broken, tenants_schemas="nobody")) as process:
        assert process.process.wait(5) == 1


def test_somebody_elses_sigpipe_ends_the_gate_although_ours_do_not(closed_gate, app, broken):
    with ending(start(closed_gate, app, NAMESPACE, "-v", "--", app, "exit", "0", stderr=broken)) as process:
        time.sleep(0.3)
        assert process.process.poll() is None
        os.kill(process.pid, signal.SIGPIPE)
        assert process.process.wait(1) == 128 + signal.SIGPIPE


def test_a_full_disk_behind_standard_error(open_gate, app, place):
    with open("/dev/full", "w") as disk, ending(start(open_gate, app, place, "-v", "--", app, "exit", "7", stderr=disk)) as process:
        assert process.process.wait(5) == 7


def test_standard_error_that_can_only_be_read(open_gate, app, place):
    with open("/dev/null") as null, ending(start(open_gate, app, place, "-v", "--", app, "exit", "7", stderr=null)) as process:
        assert process.process.wait(5) == 7


# Reports on standard output

@pytest.mark.parametrize("command", [("verify", "--format", "json"), ("status",), ("verify", "--format", "junit")],
                         ids=lambda words: words[-1])
def test_a_signal_is_heeded_though_nobody_reads_the_report(open_gate, app, stuck, command):
    with ending(start(open_gate, app, NAMESPACE, *command, stderr=subprocess.DEVNULL, stdout=stuck)) as process:
        time.sleep(0.4)
        assert process.process.poll() is None, "the report went nowhere"
        sent = time.monotonic()
        os.kill(process.pid, signal.SIGTERM)
        assert process.process.wait(5) == 143
        assert time.monotonic() - sent < 1


def test_a_report_to_a_reader_that_is_gone(open_gate, app, place, broken):
    with ending(start(open_gate, app, place, "verify", "--format", "json", stderr=subprocess.DEVNULL, stdout=broken)) as process:
        assert process.process.wait(5) == 0


def test_a_late_reader_gets_the_whole_report(open_gate, app, full):
    read = full[0]
    os.set_blocking(full[1], False)
    with ending(start(open_gate, app, (), "verify", "--format", "json", stderr=subprocess.DEVNULL, stdout=full[1])) as process:
        time.sleep(1.2)
        os.set_blocking(read, False)
        text = b""
        until = time.monotonic() + 5
        while process.process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(BlockingIOError):
                text += os.read(read, 65536)
        with contextlib.suppress(BlockingIOError):
            text += os.read(read, 65536)
        assert process.process.wait(1) == 0
    report = json.loads(text.decode().lstrip("x"))
    assert report["result"] == "open"


def test_a_report_that_cannot_be_written_is_said(open_gate, app):
    """`verify > /dev/full` must not look like success to a cron job that keeps the report."""
    with open("/dev/full", "w") as disk:
        done = subprocess.run([str(open_gate.binary), "verify", "--format", "json"], env=open_gate.environment(), stdout=disk,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    assert done.returncode == 70
    assert "standard output" in done.stderr and "No space left on device" in done.stderr
    assert "the gate is open" not in done.stderr
