"""Steps that misbehave, with the gate as PID 1 and as a child of another init."""
import json
import os
import signal
import subprocess
import time

import pytest
from harness.history import INITIAL, tenant
from harness.inits import UNSHARE, can_unshare, children, eventually, state, status

pytestmark = pytest.mark.skipif(not can_unshare(), reason="PID namespaces need root and unshare")


@pytest.fixture(params=["pid1", "child"])
def prefix(request):
    return UNSHARE if request.param == "pid1" else ()


@pytest.fixture
def stepping(gate, db, prefix):
    """Configures one step in front of a tenant that is migrated."""
    db.sql(tenant("acme"))

    class Stepping:
        folder = gate.folder

        @staticmethod
        def configure(run, **keys):
            text = "".join(f"{key} = {value}\n" for key, value in {"run": run, **keys}.items())
            (gate.folder / "tenantgate.ini").write_text(f"[step.odd]\n{text}")

        def run(self, run, *app, seconds=60, **keys):
            self.configure(run, **keys)
            return gate.call("run", "--", *(app or ("echo", "the app runs")), prefix=prefix, seconds=seconds)

        def begin(self, run, **keys):
            """Returns the running gate and its PID seen from here."""
            self.configure(run, **keys)
            running = gate.begin("run", "--", "echo", "the app runs", prefix=prefix)
            pid = eventually(lambda: children(running.pid))[0] if prefix else running.pid
            return running, pid
    return Stepping()


def leaves_nothing(pattern):
    """Is there no process whose command line holds that?"""
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    if pattern.encode() in file.read() and state(int(entry)) not in ("", "Z"):
                        return False
            except OSError:
                pass
    return True


def flood(stepping, gate, prefix, run):
    """Runs the step with standard error in a file; returns that file and the gate's peak memory in kB."""
    stepping.configure(run, timeout="5m")
    said = gate.folder / "said"
    with open(said, "wb") as err:
        process = subprocess.Popen([*prefix, str(gate.binary), "run", "--", "true"], env=gate.environment(), cwd=gate.folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err)
    peak = 0
    while process.poll() is None:
        pid = (children(process.pid) or [0])[0] if prefix else process.pid
        peak = max(peak, int(status(pid).get("VmHWM", "0 kB").split()[0]))
        time.sleep(0.05)
    assert process.returncode == 0, said.read_text()[-2000:]
    return said, peak


def test_a_flood_of_output_takes_no_memory_and_is_passed_on_whole(stepping, gate, prefix):
    said, peak = flood(stepping, gate, prefix,
                       "sh -c 'yes 0123456789012345678901234567890123456789012345678 | head -n 2000000; echo last'")
    with open(said) as lines:
        assert sum(line.startswith("[odd] 0123456789") and len(line) == 56 for line in lines) == 2000000
    assert "[odd] last\n" in said.read_text()[-1000:]
    assert 0 < peak < 24 * 1024, f"{peak} kB"


def test_a_flood_without_line_ends_takes_no_memory(stepping, gate, prefix):
    said, peak = flood(stepping, gate, prefix, "sh -c 'head -c 100000000 /dev/zero | tr \"\\\\0\" x'")
    with open(said) as lines:
        assert sum(line.count("x") for line in lines if line.startswith("[odd] xxx")) == 100000000
    assert 0 < peak < 24 * 1024, f"{peak} kB"


def test_a_step_that_ignores_term_is_killed(stepping):
    result = stepping.run("sh -c 'trap \"\" TERM; echo deaf; while :; do sleep 1; done'", timeout="300ms")
    assert result.code == 73 and 5 < result.seconds < 8 and "not done within" in result.said
    assert leaves_nothing("echo deaf")


def test_term_ends_a_gate_in_a_step_within_a_second_whatever_the_step_does(stepping):
    for run in ("sleep 987654", "sh -c 'trap \"\" TERM; echo up; while :; do sleep 987654; done'",
                "sh -c 'trap \"\" TERM; sleep 987654 & trap \"\" TERM; exec >/dev/null 2>&1; sleep 987654; sleep 987654'",
                "sh -c 'kill -STOP $$$$'", "yes 987654"):
        running, pid = stepping.begin(run)
        running.wait_for("step odd:")
        time.sleep(0.3)
        began = time.monotonic()
        os.kill(pid, signal.SIGTERM)
        assert running.process.wait(10) == 143, running.err[-2000:]
        assert time.monotonic() - began < 1.5
        assert leaves_nothing("987654"), run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2])
def test_every_signal_ends_a_gate_in_a_step(stepping, number):
    running, pid = stepping.begin("sleep 987655")
    running.wait_for("step odd:")
    os.kill(pid, number)
    assert running.process.wait(10) == 128 + number
    assert leaves_nothing("987655")


def test_a_step_that_forks_away_is_not_waited_for(stepping):
    result = stepping.run("sh -c 'setsid sh -c \"sleep 3; echo late\" & echo done'")
    assert result.code == 0 and "[odd] done" in result.err and result.seconds < 2.5


def test_what_a_step_leaves_in_its_group_is_ended(stepping):
    result = stepping.run("sh -c '(trap \"\" TERM; sleep 876543; sleep 876543) & echo done'")
    assert result.code == 0 and result.seconds < 4
    assert leaves_nothing("876543")


def test_a_step_that_closes_its_pipes_is_waited_for(stepping):
    result = stepping.run("sh -c 'exec >&- 2>&- </dev/null; sleep 1; touch done; exit 0'")
    assert result.code == 0 and (stepping.folder / "done").exists() and result.seconds > 1


def test_a_step_that_stops_itself_ends_at_its_timeout(stepping):
    result = stepping.run("sh -c 'kill -STOP $$$$; echo on'", timeout="1500ms")
    assert result.code == 73 and "is stopped (signal 19)" in result.said and result.seconds < 8


def test_orphans_are_reaped_while_steps_run(stepping):
    running, pid = stepping.begin("sh -c 'for i in 1 2 3 4 5; do (setsid sleep 0.2 &); done; sleep 2; echo over'")
    running.wait_for("step odd:")
    time.sleep(1.5)
    zombies = [child for child in children(pid) if state(child) == "Z"]
    assert running.process.wait(10) == 0 and not zombies


def test_a_step_cannot_ask_the_terminal_or_read_input(stepping):
    result = stepping.run("sh -c 'cat; (: </dev/tty) 2>/dev/null || echo no terminal'")
    assert result.code == 0 and "[odd] no terminal" in result.err


def test_steps_get_the_signals_that_the_gate_was_given(stepping):
    result = stepping.run("grep -E '^(SigBlk|SigIgn)' /proc/self/status", "grep", "-E", "^(SigBlk|SigIgn)", "/proc/self/status")
    assert result.code == 0
    app = result.out.splitlines()
    step = [line[len("[odd] "):].replace("\\t", "\t") for line in result.log if line.startswith("[odd] Sig")]
    assert step == app and app[0].split()[1] == "0" * 16, result


def test_a_reader_that_stops_reading_loses_lines_but_holds_nothing_up(stepping, gate, prefix):

    stepping.configure("sh -c 'head -c 3000000 /dev/zero | tr \"\\\\0\" x; touch done'")
    process = subprocess.Popen([*prefix, str(gate.binary), "run", "--", "touch", "ran"], env=gate.environment(),
                               cwd=gate.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        eventually(lambda: (stepping.folder / "ran").exists(), seconds=30)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.stderr.close()


def test_what_forks_away_and_floods_on_is_not_listened_to(stepping):
    """It has the pipe still: that is closed with the step, and who writes to it then ends by that."""
    result = stepping.run("sh -c 'setsid yes 765432 & sleep 0.5'")
    assert result.code == 0 and "[odd] 765432" in result.err and result.seconds < 6
    eventually(lambda: leaves_nothing("yes\0" + "765432"))


@pytest.mark.parametrize("width", [10, 4096])
def test_lines_of_steps_side_by_side_stay_whole(stepping, gate, db, width):
    """Also where the reader is slow, so that half of a line would go out before something else has to be said."""
    db.sql("".join(tenant(f"t{n}", [INITIAL]) for n in range(4)))
    word, count = "0123456789" * (width // 10) + "x" * (width % 10), 10000 // width + 50
    stepping.configure(f"sh -c 'for i in 1 2 3 4 5; do yes \"{word[:-3]}$1\" | head -n {count}; done; exit 3' sh {{tenant}}",
                       each="tenant", jobs=4, required="no", retries=1)
    result = gate.call("run", "--", "true", seconds=60, log_format="json", gate_banner="none")
    assert result.code == 1
    said = [json.loads(line)["message"] for line in result.err.splitlines()]
    for n in range(4):
        assert said.count(f"[odd t{n}] {word[:-3]}t{n}") == 10 * count
    assert sum(line.startswith("step odd t") for line in said) == 16, "started, failed, again, failed"


def test_a_step_that_ends_its_own_gate_ends_it_as_anybody_would(stepping, prefix):
    result = stepping.run("sh -c 'echo begun; kill -TERM $PPID; sleep 654321'")
    assert result.code == 143 and "[odd] begun" in result.err and result.out == ""
    assert leaves_nothing("654321")


def test_a_step_that_cannot_stop_process_1_goes_on(stepping, prefix):
    """Nobody inside can stop or kill process 1; a child that tries has no other effect than its own exit code."""
    if not prefix:
        return
    result = stepping.run("sh -c 'kill -STOP 1; kill -KILL 1; echo on'")
    assert (result.code, result.out) == (0, "the app runs\n") and "[odd] on" in result.err


def test_many_children_of_a_step_are_all_ended_with_it(stepping):
    result = stepping.run("sh -c 'for i in $(seq 300); do sleep 543210 & done; echo begun; wait'", timeout="2s")
    assert result.code == 73 and "[odd] begun" in result.err and result.seconds < 5
    assert leaves_nothing("543210")
