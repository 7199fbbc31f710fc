"""Processes seen from outside: starting one in an odd state, with a PID namespace around it or not, and reading everything
that the kernel tells about it."""
import dataclasses
import os
import pathlib
import signal
import struct
import subprocess
import time

# Inside, the command is process 1, as in a container.
NAMESPACE = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")

# What differs between two runs of anything.
NOT_COMPARED = {"Name", "State", "Tgid", "Ngid", "Pid", "PPid", "TracerPid", "NStgid", "NSpid", "NSpgid", "NSsid", "FDSize",
                "VmPeak", "VmSize", "VmLck", "VmPin", "VmHWM", "VmRSS", "RssAnon", "RssFile", "RssShmem", "VmData", "VmStk",
                "VmExe", "VmLib", "VmPTE", "VmSwap", "HugetlbPages", "SigQ", "voluntary_ctxt_switches",
                "nonvoluntary_ctxt_switches"}


def is_static(path):
    """Has the program no interpreter, and so no dynamic loader?"""
    data = pathlib.Path(path).read_bytes()[:4096]
    assert data[:4] == b"\x7fELF" and data[4] == 2, path
    offset, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    return all(struct.unpack_from("<I", data, offset + i * size)[0] != 3 for i in range(count))


def child_of(pid, seconds=5):
    """The one child of a process, once it is there."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            found = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except FileNotFoundError:
            found = []
        if found:
            return int(found[0])
        time.sleep(0.002)
    raise AssertionError(f"{pid} has no child")


@dataclasses.dataclass
class State:
    """What the kernel tells about a process that matters to an app."""
    status: dict
    files: dict
    limits: str
    arguments: list
    environment: list
    folder: str
    rest: dict

    def differences(self, other):
        mine, theirs = dataclasses.asdict(self), dataclasses.asdict(other)
        for name in ("status", "files", "rest"):
            for key in sorted(set(mine[name]) | set(theirs[name]), key=str):
                if mine[name].get(key) != theirs[name].get(key):
                    yield name, key, mine[name].get(key), theirs[name].get(key)
        for name in ("limits", "arguments", "environment", "folder"):
            if mine[name] != theirs[name]:
                yield name, mine[name], theirs[name]


def read_state(pid):
    base = pathlib.Path(f"/proc/{pid}")
    lines = (line.split(":", 1) for line in (base / "status").read_text().splitlines())
    status = {key: value.strip() for key, value in lines if key not in NOT_COMPARED}
    files = {}
    for name in os.listdir(base / "fd"):
        info = dict(line.split(":\t", 1) for line in (base / "fdinfo" / name).read_text().splitlines() if ":\t" in line)
        files[int(name)] = (os.readlink(base / "fd" / name), info["flags"].strip(), info["pos"].strip())
    fields = (base / "stat").read_text().rpartition(")")[2].split()
    rest = {"nice": fields[16], "priority": fields[15], "threads": fields[17], "exit signal": fields[35],
            "realtime priority": fields[37], "policy": fields[38],
            "own process group": int(fields[2]) == pid, "own session": int(fields[3]) == pid, "terminal": fields[4],
            "children": (base / "task" / str(pid) / "children").read_text(),
            "tasks": len(os.listdir(base / "task")),
            "timer slack": pathlib.Path(f"/proc/{pid}/timerslack_ns").read_text(),
            **{name: (base / name).read_text() for name in ("oom_score_adj", "personality", "coredump_filter", "timers")}}
    split = lambda data: data.split(b"\0")[:-1]  # noqa: E731
    return State(status, files, (base / "limits").read_text(), split((base / "cmdline").read_bytes()),
                 split((base / "environ").read_bytes()), os.readlink(base / "cwd"), rest)


class Started:
    """A command started through `app start`; `options` are that program's, as pairs."""

    def __init__(self, app, command, *, options=(), prefix=(), env, fds=(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                 stderr=subprocess.DEVNULL, cwd=None, executable=None):
        words = [word for pair in options for word in map(str, pair)]
        self.in_namespace = bool(prefix)
        self.process = subprocess.Popen([*prefix, app, "start", *words, "--", *command], env=env, stdin=stdin, stdout=stdout,
                                        stderr=stderr, pass_fds=fds, cwd=cwd, restore_signals=False)

    @property
    def pid(self):
        """Of the command itself, as seen from out here."""
        return child_of(self.process.pid) if self.in_namespace else self.process.pid

    def wait_until_paused(self, seconds=20):
        """Waits until the command has become `app pause`, and returns what it looks like."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self.process.poll() is None, f"it ended with {self.process.returncode}"
            pid = self.pid
            try:
                words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
                if words[1:2] == [b"pause"] and state == "S":
                    return read_state(pid)
            except (FileNotFoundError, ProcessLookupError):
                pass
            time.sleep(0.003)
        raise AssertionError("the app did not come up")

    def end(self):
        """Kills it, whatever it is."""
        if self.process.poll() is None:
            try:
                os.kill(self.pid, signal.SIGKILL)
            except (AssertionError, ProcessLookupError):
                pass
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


def send(running, number):
    """Sends a signal to the gate that a harness.gate.Running has in a namespace. Returns when."""
    pid = child_of(running.pid)
    os.kill(pid, number)
    return time.monotonic()
