"""The gate as a process, in an environment of its own, and the manners that every run must have."""
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import unicodedata

from . import paths

# Every password that a test uses holds this: no output may.
CANARY = "cAnArY7Qx"
PASSWORD = f"s3cret {CANARY}@/:%"

DOCUMENTED = {0, 1, 64, 69, 70, 73, 75, 77, 78, 126, 127}
REASONS = {"open", "tenants_not_migrated", "too_few_tenants", "no_expected_migrations", "configuration",
           "database_unavailable", "database_refused", "dependency_unavailable", "deadline", "step_failed", "lock_timeout",
           "signalled", "internal"}
KINDS = {"pending", "unknown", "failed", "changed", "inconsistent", "out_of_order", "no_history_table", "missing_schema",
         "no_privilege", "missing_table", "missing_column", "unexpected_table", "unexpected_column", "different", "conflict",
         "undecided"}
# Every run of the test that is just going on, shown where it fails.
RUNS = []

ALWAYS_FAIL = {"no_history_table", "no_privilege", "conflict", "undecided"}


def columns(text):
    """How wide a terminal shows the text."""
    return sum(0 if unicodedata.combining(c) or unicodedata.category(c) in ("Cf", "Me", "Mn")
               else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def is_control(char):
    return unicodedata.category(char) in ("Cc", "Zl", "Zp") or char in "\u200e\u200f\u202a\u202b\u202c\u202d\u202e" \
        "\u2066\u2067\u2068\u2069\u200b\ufeff"


class Result:
    """What came of one run."""

    def __init__(self, arguments, code, out, err, seconds, stamps=()):
        self.arguments = arguments
        self.code = code
        self.out = out
        self.err = err
        self.seconds = seconds
        RUNS.append(self)
        self.stamps = stamps  # (monotonic time, line) of standard error, where it was read while running

    def __repr__(self):
        return (f"\n$ tenantgate {' '.join(map(str, self.arguments))}\nexit code {self.code} after {self.seconds:.2f} s\n"
                f"--- stdout\n{self.out}\n--- stderr\n{self.err}")

    @property
    def report(self):
        """The JSON report, checked against the contract."""
        return check_report(json.loads(self.out), self)

    @property
    def banner(self):
        """Standard error from the box on, while a gate holds only to the banner's last line; "" where there is no banner."""
        found = re.search(r"^(\+-|┌)", self.err, re.M)
        if not found:
            return ""
        held = re.search(r"^Held: closed and alive, .*\n", self.err[found.start():], re.M)
        return self.err[found.start():][:held.end() if held else None]

    @property
    def said(self):
        """Standard error as running text: what the banner wraps is in one piece."""
        return " ".join(self.err.replace("│", " ").replace("|", " ").split())

    @property
    def log(self):
        """The log's lines without the banner."""
        return self.err.replace(self.banner, "").splitlines()

    def count(self, words):
        """How many lines of the log hold these words."""
        return sum(words in line for line in self.log)


def check_report(report, result=None):
    """The JSON report as the contract has it. Returns it."""
    assert isinstance(report, dict), result
    for key, kind in {"version": str, "result": str, "exit_code": int, "reason": str, "duration_ms": int, "sources": list,
                      "tenants": dict, "findings": list, "remedies": list}.items():
        assert type(report.get(key)) is kind, (key, result)
    assert report["result"] in ("open", "closed") and report["reason"] in REASONS, result
    assert (report["result"] == "open") == (report["exit_code"] == 0) == (report["reason"] == "open"), result
    assert report["duration_ms"] >= 0, result
    for source in report["sources"]:
        assert set(source) >= {"name", "framework", "expected", "digest"}, result
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", source["digest"]) and source["expected"] > 0, result
    counts = report["tenants"]
    assert set(counts) >= {"total", "ok", "failed", "warned"}, result
    assert counts["total"] == counts["ok"] + counts["failed"] + counts["warned"], result
    failing = set()
    for finding in report["findings"]:
        assert set(finding) >= {"database", "tenant", "source", "kind", "severity", "items", "message"}, result
        assert finding["kind"] in KINDS and finding["severity"] in ("fail", "warn"), result
        assert isinstance(finding["items"], list) and finding["message"], result
        assert "\n" not in finding["message"], result
        if finding["kind"] in ALWAYS_FAIL:
            assert finding["severity"] == "fail", result
        if finding["severity"] == "fail":
            failing.add((finding["database"], finding["tenant"]))
    assert counts["failed"] == len(failing), result
    if failing:
        assert report["result"] == "closed", result
        # Of several databases one that cannot be judged at all decides, and says so; the findings of the others are there.
        broken = [database for database in report.get("databases", []) if database["error"]]
        assert report["reason"] == "tenants_not_migrated" or (broken and report["error"]), result
    if result is not None:
        assert report["exit_code"] == result.code, result
    return report


def check_manners(result, closed_command):
    """What holds for every run: no secrets, no raw control characters, a banner that fits, a documented exit code."""
    for text in (result.out, result.err):
        assert CANARY not in text, f"a password was printed: {result}"
    plain = re.sub(r"\033\[[0-9;]*m", "", result.err)
    strange = {c for c in plain if is_control(c) and c != "\n"}
    assert not strange, f"raw control characters {strange!r}: {result}"
    assert result.code >= 0, f"killed by signal {-result.code}: {result}"
    if closed_command:
        assert result.code in DOCUMENTED or 128 < result.code < 128 + 65, result
        assert result.code != 70, f"an internal error: {result}"
        assert "BUG" not in result.err, result
    banner = re.sub(r"\033\[[0-9;]*m", "", result.banner)
    for line in banner.splitlines():
        assert columns(line) <= 100, f"a line of the banner is {columns(line)} columns wide: {line!r}"
    if banner:
        lines = banner.splitlines()
        assert "FATAL:" in lines[1] and "BLOCKED" in "".join(lines[2:5]), result
        held = re.search(r"^Held: closed and alive, .*$", banner, re.M)
        assert held or f"Exit code {result.code}" in lines[-1], result


class Running:
    """A gate that runs while the test does something else."""

    def __init__(self, arguments, process):
        self.arguments = arguments
        self.process = process
        self.began = time.monotonic()
        self.stamps = []
        self.out = []
        self.changed = threading.Condition()
        self.threads = [threading.Thread(target=self._read_err, daemon=True),
                        threading.Thread(target=lambda: self.out.append(process.stdout.read()), daemon=True)]
        for thread in self.threads:
            thread.start()

    def _read_err(self):
        for line in self.process.stderr:
            with self.changed:
                self.stamps.append((time.monotonic(), line))
                self.changed.notify_all()
        with self.changed:
            self.stamps.append((time.monotonic(), None))
            self.changed.notify_all()

    @property
    def err(self):
        return "".join(line for _, line in self.stamps if line is not None)

    @property
    def pid(self):
        return self.process.pid

    def wait_for(self, words, seconds=10):
        """Waits until standard error holds the words; returns when that was."""
        until = time.monotonic() + seconds
        with self.changed:
            while True:
                for when, line in self.stamps:
                    if line is not None and words in line:
                        return when
                ended = bool(self.stamps) and self.stamps[-1][1] is None
                left = until - time.monotonic()
                if ended or left <= 0:
                    break
                self.changed.wait(left)
        self.kill()
        raise AssertionError(f"{'it ended' if ended else 'no sign'} before {words!r} was said:\n{self.err}")

    def says(self, words):
        return words in self.err

    @property
    def over(self):
        return self.process.poll() is not None

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if not self.over:
            self.process.kill()
        self.process.wait()

    def finish(self, seconds=30):
        """Waits for the end."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {seconds} s:\n{self.err}") from None
        for thread in self.threads:
            thread.join(10)
        result = Result(self.arguments, self.process.returncode, "".join(self.out), self.err,
                        time.monotonic() - self.began, [s for s in self.stamps if s[1] is not None])
        check_manners(result, not is_app_run(self.arguments))
        return result


def is_app_run(arguments):
    return "--" in [str(a) for a in arguments]


class Gate:
    """Runs the binary. Settings are given as their variables are named, in lower case and without the prefix:
    tenants_schemas="a, b" is TENANTGATE_TENANTS_SCHEMAS; None takes a default away. A fatal exit is not put off."""

    def __init__(self, folder, binary=None):
        self.folder = pathlib.Path(folder)
        self.binary = binary or paths.BINARY
        self.home = self.folder / "home"
        self.home.mkdir(exist_ok=True)
        self.defaults = {}
        self.running = []

    def environment(self, env=None, **settings):
        """A clean environment: nothing of the caller's that the gate or libpq would act on."""
        result = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(self.home), "LANG": "C.UTF-8"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "LD_LIBRARY_PATH"):
            if name in os.environ:
                result[name] = os.environ[name]
        for key, value in {"gate_exit_pause": "0s", **self.defaults, **settings}.items():
            if value is not None:
                result["TENANTGATE_" + key.upper()] = str(value)
        result.update({key: str(value) for key, value in (env or {}).items() if value is not None})
        for key, value in (env or {}).items():
            if value is None:
                result.pop(key, None)
        return result

    def call(self, *arguments, env=None, stdin=None, seconds=60, cwd=None, prefix=(), text=True, manners=True, **settings):
        """Runs it to its end."""
        began = time.monotonic()
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run([*prefix, str(self.binary), *map(str, arguments)], env=self.environment(env, **settings),
                              input=data if data is not None else b"", capture_output=True, timeout=seconds,
                              cwd=cwd or self.folder)
        result = Result(arguments, done.returncode, done.stdout.decode(errors="surrogateescape"),
                        done.stderr.decode(errors="surrogateescape"), time.monotonic() - began)
        if manners:
            check_manners(result, not is_app_run(arguments))
        return result

    def begin(self, *arguments, env=None, cwd=None, prefix=(), **settings):
        """Starts it and returns at once."""
        process = subprocess.Popen([*prefix, str(self.binary), *map(str, arguments)], env=self.environment(env, **settings),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   errors="surrogateescape", cwd=cwd or self.folder, preexec_fn=restore_signals)
        running = Running(arguments, process)
        self.running.append(running)
        return running

    def verify(self, *arguments, **options):
        """`verify --format json`, to its end."""
        return self.call("verify", "--format", "json", *arguments, **options)

    def wait(self, *arguments, **options):
        return self.call("wait", *arguments, **options)

    def run(self, *app, options=(), **settings):
        """`run` in front of an app, which says so on standard output."""
        return self.call("run", *options, "--", *(app or ("echo", "the app runs")), **settings)

    def close(self):
        for running in self.running:
            running.kill()


def restore_signals():
    """A test runner started by nohup or in the background hands ignored signals on; the gate would keep them ignored."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def quoted(*names):
    """A list as the configuration takes it, each name in quotes."""
    return ", ".join('"' + name.replace('"', '""') + '"' for name in names)
