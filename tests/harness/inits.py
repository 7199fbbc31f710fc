"""The gate as an init that stays, and the small inits it is measured against, each in front of an app."""
import os
import pathlib
import shutil
import subprocess
import time

UNSHARE = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")


def can_unshare():
    return os.geteuid() == 0 and shutil.which("unshare") is not None and \
        subprocess.run([*UNSHARE, "true"], capture_output=True).returncode == 0


def status(pid):
    """/proc/PID/status as a dictionary; {} where it is gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return {key: value.strip() for key, _, value in (line.partition(":") for line in text.splitlines())}


def state(pid):
    """One letter: R, S, T, Z ...; "" where it is gone."""
    return status(pid).get("State", " ")[0].strip()


def children(pid):
    try:
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def eventually(check, seconds=10, what="it"):
    """Waits until check() is true; returns what it returned."""
    until = time.monotonic() + seconds
    while True:
        result = check()
        if result:
            return result
        assert time.monotonic() < until, f"{what} has not happened within {seconds} s"
        time.sleep(0.005)


class Init:
    """One of them: what stands in front of the app's command line."""

    def __init__(self, name, command, env, as_pid1):
        self.name = name
        self.command = list(command)
        self.env = env
        self.as_pid1 = as_pid1

    def __repr__(self):
        return f"{self.name} as {'PID 1' if self.as_pid1 else 'a child'}"

    @property
    def prefix(self):
        return [*(UNSHARE if self.as_pid1 else ()), *self.command]

    def run(self, *app, env=None, seconds=60, **options):
        """Runs the app to its end."""
        return subprocess.run([*self.prefix, *map(str, app)], env={**self.env, **(env or {})}, timeout=seconds,
                              **{"stdin": subprocess.DEVNULL, "capture_output": True, **options})

    def start(self, *app, env=None, **options):
        """Starts it; the result has .init, the init's PID seen from outside, once it stands."""
        process = subprocess.Popen([*self.prefix, *map(str, app)], env={**self.env, **(env or {})},
                                   **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "bufsize": 0, **options})
        process.init = eventually(lambda: children(process.pid), what="unshare's child")[0] if self.as_pid1 else process.pid
        return process


def make(name, gate, as_pid1, **settings):
    """`gate` supervises unless the settings say otherwise; the others come with the distribution."""
    if name == "tenantgate":
        env = gate.environment(**{"app_supervise": "yes", **settings})
        return Init(name, [gate.binary, "-q", "run", "--"], env, as_pid1)
    command = {"tini": ["tini", "-s", "--"], "dumb-init": ["dumb-init", "--"], "catatonit": ["catatonit", "--"]}[name]
    return Init(name, command, gate.environment(), as_pid1)
