"""Signals to a gate as process 1 in every phase in which it runs something, or waits to: each that would end a process ends it
within a second with 128 + its number, and of what it had started nothing is left."""
import os
import signal
import time

import pytest
from harness.history import INITIAL, tenant
from harness.inits import can_unshare
from inside import NAMESPACE, child_of
from test_ending import ending
from test_steps_pid1 import leaves_nothing

pytestmark = pytest.mark.skipif(not can_unshare(), reason="PID namespaces need root and unshare")

SOME = [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGABRT, signal.SIGUSR1, signal.SIGSEGV, signal.SIGPIPE, signal.SIGALRM,
        signal.SIGTERM, signal.SIGRTMIN + 1, signal.SIGRTMAX]

# src/step/lock.h: "tglk", and FNV-1a of "steps".
KEY = 0x74676C6B2C35B134

# The step sleeps for MARK seconds, a number that no other process has in its command line.
PHASES = {
    "before verification": "run = sh -c 'echo begun; sleep MARK & sleep MARK'",
    "after verification": "run = sh -c 'echo begun; sleep MARK & sleep MARK'\nat = after",
    "side by side": "run = sh -c 'echo begun; sleep MARK' {tenant}\neach = tenant\njobs = 4",
    "recovering": "run = sh -c 'echo known; exit 1'\nrecover_on = known\nrecover = sh -c 'echo begun; sleep MARK'",
    "with the lock": "run = sh -c 'echo begun; sleep MARK'\nlock = yes",
    "deaf": "run = sh -c 'trap \"\" HUP INT TERM; echo begun; while :; do sleep MARK; done'",
    "stopped": "run = sh -c 'echo begun; sleep MARK & kill -STOP $$$$'",
}


@pytest.fixture
def begin(bare_gate, db, manifest):
    def begin(step, count, behind):
        if not db.sql("SELECT 1 FROM pg_namespace WHERE nspname = 't0'"):
            db.sql("".join(tenant(f"t{n}", [INITIAL] if behind else (INITIAL, "finance.0002_lines", "finance.0003_paid"))
                           for n in range(6)))
        (bare_gate.folder / "tenantgate.ini").write_text(f"[step.odd]\n{step}\n")
        bare_gate.defaults = {"database_url": db.url(), "migrations_manifest": manifest, "tenants_settle": "0s"}
        return [bare_gate.begin("run", "--", "echo", "the app runs", prefix=NAMESPACE) for _ in range(count)]
    return begin


def all_end(gates, numbers):
    """Sends each of the gates its signal."""
    for gate, number in zip(gates, numbers):
        sent = time.monotonic()
        os.kill(child_of(gate.pid), number)
        code = gate.process.wait(10)
        assert code == 128 + number and time.monotonic() - sent < 1.5, (number, code, time.monotonic() - sent, gate.err)
        result = gate.finish()
        assert result.out == "" and f"Exit code {128 + number} (signalled)" in result.banner, result


@pytest.mark.parametrize("phase", PHASES)
def test_signals_in_a_step(begin, binary, phase):
    """All of them where steps usually run; where only the way there is another, a few of each kind."""
    mark = str(100_000_000 + os.getpid() * 100 + list(PHASES).index(phase))
    numbers = ending(binary) if phase == "before verification" else SOME
    # With the lock one gate at a time is in its step.
    for some in ([[number] for number in numbers] if phase == "with the lock" else [numbers]):
        gates = begin_all(begin, phase, mark, some)
        for gate in gates:
            gate.wait_for("] begun", seconds=30)
        all_end(gates, some)
    assert leaves_nothing(mark)


def begin_all(begin, phase, mark, numbers):
    return begin(PHASES[phase].replace("MARK", mark), len(numbers), phase == "side by side")


def test_signals_while_the_lock_is_waited_for(begin, db):
    holder = db.connect(application_name="somebody")
    holder.cursor().execute("SELECT pg_advisory_lock(%s)", (KEY,))
    gates = begin("run = echo begun\nlock = yes", len(SOME), False)
    for gate in gates:
        gate.wait_for("the lock is held by")
    all_end(gates, SOME)
    assert not any("] begun" in gate.err for gate in gates)
    holder.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_while_an_earlier_steps_statement_is_waited_for(begin, db, number):
    left = db.connect(application_name="tenantgate-step:odd")
    left.autocommit = False
    left.cursor().execute("SELECT 1")
    gates = begin("run = echo begun\nlock = yes", 1, False)
    gates[0].wait_for("waiting for what an earlier step left running")
    all_end(gates, [number])
    assert "] begun" not in gates[0].err
    left.close()
