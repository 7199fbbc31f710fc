"""app.supervise = yes on a terminal: the app is in the foreground, and the job behaves as if the gate were not there."""
import fcntl
import os
import pathlib
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import termios
import time

import pytest
from harness import inits
from harness.inits import children, eventually, state

PLACES = [pytest.param(True, id="pid1", marks=pytest.mark.skipif(not inits.can_unshare(), reason="no PID namespace")),
          pytest.param(False, id="child")]
# One process: a shell cannot be stopped while it starts another.
TICK = [sys.executable, "-uc", "import time\nfor i in range(10000): print('tick', i); time.sleep(0.05)"]


class Terminal:
    """A pseudo-terminal with a session of its own on it."""

    def __init__(self):
        self.master, self.slave = pty.openpty()
        self.text = ""
        self.processes = []

    def start(self, command, env):
        def attach():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
        process = subprocess.Popen([str(word) for word in command], env={**env, "TERM": "dumb", "PS1": "prompt> "},
                                   stdin=self.slave, stdout=self.slave, stderr=self.slave, preexec_fn=attach)
        self.processes.append(process)
        return process

    def type(self, text):
        os.write(self.master, text.encode())

    def pump(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            self.text += os.read(self.master, 65536).decode(errors="replace")

    def expect(self, pattern, seconds=10):
        """Waits for the pattern in what has come since the last time."""
        until = time.monotonic() + seconds
        while True:
            found = re.search(pattern, self.text)
            if found:
                self.text = self.text[found.end():]
                return found
            assert time.monotonic() < until, f"no {pattern!r} on the terminal, but:\n{self.text}"
            self.pump(0.1)

    def close(self):
        for process in self.processes:
            for pid in [*(g for c in children(process.pid) for g in children(c)), *children(process.pid), process.pid]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal():
    made = Terminal()
    yield made
    made.close()


@pytest.fixture
def shell(terminal, open_gate):
    """An interactive shell on the terminal, and how to write the gate in it."""
    init = inits.make("tenantgate", open_gate, False)
    terminal.start(["bash", "--norc", "--noprofile", "-i"], init.env)
    terminal.expect("prompt> ")
    terminal.type("stty -echo\n")
    terminal.expect("prompt> ")
    terminal.gate = shlex.join(map(str, init.command))
    return terminal


@pytest.mark.parametrize("as_pid1", PLACES)
def test_the_app_is_in_the_foreground(terminal, open_gate, as_pid1):
    init = inits.make("tenantgate", open_gate, as_pid1)
    process = terminal.start([*init.prefix, sys.executable, "-c",
                              "import os; print('foreground', os.tcgetpgrp(0) == os.getpgrp() == os.getpid())"], init.env)
    terminal.expect("foreground True")
    assert process.wait(10) == 0


@pytest.mark.parametrize("as_pid1", PLACES)
@pytest.mark.parametrize("key, number", [("\x03", 2), ("\x1c", 3)])
def test_keys_reach_the_app_once(terminal, open_gate, as_pid1, key, number):
    init = inits.make("tenantgate", open_gate, as_pid1)
    app = pathlib.Path(__file__).with_name("signal_app.py")
    terminal.start([*init.prefix, sys.executable, app], init.env)
    terminal.expect(r"ready \d+\r\n")
    terminal.type(key)
    assert terminal.expect(r"(\d+)\r\n")[1] == str(number)
    terminal.type("\x1a")
    assert terminal.expect(r"(\d+)\r\n")[1] == str(int(signal.SIGTSTP)), "a key came twice"


@pytest.mark.parametrize("as_pid1", PLACES)
def test_ctrl_c_ends_an_app(terminal, open_gate, as_pid1):
    init = inits.make("tenantgate", open_gate, as_pid1)
    process = terminal.start([*init.prefix, "sh", "-c", "echo ready; exec sleep 60"], init.env)
    terminal.expect("ready")
    time.sleep(0.2)
    terminal.type("\x03")
    assert process.wait(10) == 130


@pytest.mark.parametrize("as_pid1", PLACES)
def test_an_app_can_read_the_terminal(terminal, open_gate, as_pid1):
    init = inits.make("tenantgate", open_gate, as_pid1)
    process = terminal.start([*init.prefix, "sh", "-c", "read x; echo got $x; exit 5"], init.env)
    terminal.type("something\n")
    terminal.expect("got something")
    assert process.wait(10) == 5


@pytest.mark.parametrize("as_pid1", PLACES)
def test_ctrl_z_where_nobody_could_continue_it(terminal, open_gate, as_pid1):
    """In a container there is no shell around the gate: without the gate the kernel would drop the key."""
    init = inits.make("tenantgate", open_gate, as_pid1)
    process = terminal.start([*init.prefix, *TICK], init.env)
    terminal.expect("tick 2")
    terminal.type("\x1a")
    time.sleep(0.3)
    terminal.text = ""
    while select.select([terminal.master], [], [], 0)[0]:
        terminal.pump(0)
    terminal.text = ""
    terminal.expect(r"tick \d+\r\n[^t]*tick")
    assert process.poll() is None


@pytest.mark.parametrize("as_pid1", PLACES)
def test_an_interactive_shell_as_the_app_has_job_control(terminal, open_gate, as_pid1):
    init = inits.make("tenantgate", open_gate, as_pid1)
    process = terminal.start([*init.prefix, "bash", "--norc", "--noprofile", "-i"], init.env)
    terminal.expect("prompt> ")
    assert "no job control" not in terminal.text
    terminal.type("sleep 60\n")
    time.sleep(0.4)
    terminal.type("\x1a")
    terminal.expect("Stopped")
    terminal.type("kill %1; exit 7\n")
    time.sleep(0.2)
    terminal.type("exit 7\n")
    assert process.wait(10) == 7


def test_ctrl_z_under_a_shell(shell):
    """The shell notices, can continue it in the foreground and in the background, and Ctrl-C works again then."""
    shell.type(f"{shell.gate} {shlex.join(TICK)}\n")
    shell.expect("tick 2")
    for _ in range(2):
        shell.type("\x1a")
        shell.expect("Stopped")
        shell.expect("prompt> ")
        shell.type("echo still; sleep 0.2; echo here\n")
        shell.expect("still\r\nhere")  # with no tick between
        shell.type("fg\n")
        shell.expect(r"tick \d+\r\n.*\n?tick")
    shell.type("\x03")
    shell.expect("prompt> ")
    shell.type("echo code $?\n")
    shell.expect("code 130")


def test_background_job(shell):
    """It runs without the terminal, stops when it wants to read, and reads when it is brought to the foreground."""
    shell.type(f"{shell.gate} sh -c 'echo begun; read x; echo got $x; exit 3' &\n")
    shell.expect("begun")
    shell.type("echo shell reads\n")
    shell.expect("shell reads")
    time.sleep(0.3)
    shell.type("jobs\n")
    shell.expect("Stopped")
    shell.type("fg\n")
    time.sleep(0.3)
    shell.type("words\n")
    shell.expect("got words")
    shell.expect("prompt> ")
    shell.type("echo code $?\n")
    shell.expect("code 3")


def test_the_terminal_is_given_back(shell):
    """A script goes on reading it after the gate's end."""
    shell.type(f"bash -c {shlex.quote(shell.gate + ' true; read x; echo got $x')}\n")
    time.sleep(0.5)
    shell.type("words\n")
    shell.expect("got words")


def test_stopped_app_is_killed_with_the_gate_continued(shell):
    shell.type(f"{shell.gate} {shlex.join(TICK)}\n")
    shell.expect("tick 2")
    shell.type("\x1a")
    shell.expect("Stopped")
    shell.type("kill %1; fg\n")
    shell.expect("prompt> ")
    shell.type("echo code $?\n")
    shell.expect("code 143")
    eventually(lambda: state(shell.processes[0].pid) == "S")
