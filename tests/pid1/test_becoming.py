"""Becoming the app: it finds itself as it would without the gate. Each test starts the app both ways, from the same
inherited state, and compares what the kernel says of the two."""
import contextlib
import os
import resource
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness.gate import check_manners, Result
from inside import NAMESPACE, Started

RESERVED = (32, 33, 34)  # by one C library or the other
UNSTOPPABLE = (signal.SIGKILL, signal.SIGSTOP)
ALL_SIGNALS = [n for n in range(1, 65) if n not in RESERVED and n not in UNSTOPPABLE]


class Both:
    """Starts the app with the gate and without."""

    def __init__(self, gate, app, place):
        self.gate = gate
        self.app = app
        self.place = place

    def pair(self, *words, options=(), plain_env=None, **started):
        """The two states: without the gate, and with it."""
        words = words or ("pause",)
        gated_env = self.gate.environment(plain_env)
        bare_env = {key: value for key, value in gated_env.items() if not key.startswith("TENANTGATE_")}
        return (self.state([self.app, *words], bare_env, options, **started),
                self.state([str(self.gate.binary), "--", self.app, *words], gated_env, options, **started))

    def state(self, command, env, options=(), **started):
        if callable(started.get("stdin")):
            started["stdin"] = started["stdin"]()
        process = Started(self.app, command, options=options, prefix=self.place, env=env, **started)
        try:
            return process.wait_until_paused()
        finally:
            process.end()

    def same(self, *words, **how):
        bare, gated = self.pair(*words, **how)
        assert not list(bare.differences(gated))
        return gated


@pytest.fixture
def both(open_gate, app, place):
    return Both(open_gate, app, place)


@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for end in ends:
        with contextlib.suppress(OSError):
            os.close(end)


def test_nothing_differs(both):
    state = both.same()
    assert state.rest["threads"] == "1" and state.rest["children"] == ""
    assert set(state.files) == {0, 1, 2}


def test_the_app_keeps_the_process_number(open_gate, place, app):
    result = open_gate.call("--", "sh", "-c", "echo $$ $PPID", prefix=place)
    if place:
        assert result.out == "1 0\n"
    else:
        with subprocess.Popen([str(open_gate.binary), "--", "sh", "-c", "echo $$"], env=open_gate.environment(),
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert int(process.stdout.read()) == process.pid


def test_nothing_is_written_to_standard_output(open_gate, place, app):
    result = open_gate.call("run", "-v", "--", app, "exit", "0", prefix=place)
    assert (result.code, result.out) == (0, "")
    assert "the gate is open" in result.err


def test_every_exit_code_passes_through(open_gate, place, app):
    env = open_gate.environment()

    def code(number):
        return subprocess.run([*place, str(open_gate.binary), "-q", "--", app, "exit", str(number)], env=env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode

    codes = range(256) if place else [0, 1, 2, 69, 77, 78, 126, 127, 128, 129, 137, 143, 200, 254, 255]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(code, codes)) == list(codes)


def test_death_by_a_signal_is_seen_as_usual(open_gate, app):
    env = open_gate.environment()
    ending = [n for n in ALL_SIGNALS if n not in (signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH, signal.SIGTSTP,
                                                  signal.SIGTTIN, signal.SIGTTOU)]

    def code(number):
        return subprocess.run([str(open_gate.binary), "-q", "--", app, "raise", str(number)], env=env,
                              stdin=subprocess.DEVNULL, capture_output=True).returncode

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(code, [*ending, signal.SIGKILL])) == [-n for n in [*ending, signal.SIGKILL]]


def test_a_fault_of_the_app_is_one(open_gate, app, place):
    done = subprocess.run([*place, str(open_gate.binary), "-q", "--", app, "fault"], env=open_gate.environment(),
                          stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == -signal.SIGSEGV


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGRTMIN + 3], ids=lambda n: f"{int(n)}")
def test_as_process_1_the_app_gets_signals_as_without_the_gate(open_gate, app, number):
    """KILL from outside ends it; one that it does not handle has no effect, which is the kernel's rule for process 1."""
    codes = []
    env = open_gate.environment()
    for command in ([app, "pause"], [str(open_gate.binary), "--", app, "pause"]):
        process = Started(app, command, prefix=NAMESPACE, env=env)
        process.wait_until_paused()
        os.kill(process.pid, number)
        try:
            codes.append(process.process.wait(0.3))
        except subprocess.TimeoutExpired:
            codes.append(None)
        process.end()
    assert codes[0] == codes[1]
    assert (codes[1] is not None) == (number == signal.SIGKILL)


# Arguments, environment, folder

@pytest.mark.parametrize("words", [
    ("pause", "", " ", "a b", "", "--", "-c", "--set", "x=y", "--help"),
    ("pause", "ünïcödé", "日本", "\udcff\udcfe", "line\nbreak", "\ttab", "$HOME", "`id`", "*", "'", '"'),
    ("pause", *(f"argument {n}" for n in range(1000))),
    ("pause", "x" * 100_000),
], ids=["empty", "strange", "thousand", "long"])
def test_arguments_are_untouched(both, words):
    state = both.same(*words)
    assert state.arguments == [os.fsencode(both.app), *map(os.fsencode, words)]


def test_a_path_is_not_resolved_and_the_name_stays_as_given(both, tmp_path):
    (tmp_path / "the-app").symlink_to(both.app)
    env = both.gate.environment({"PATH": f"/nowhere:/usr/bin:{tmp_path}"})
    state = both.state([str(both.gate.binary), "--", "the-app", "pause"], env)
    assert state.arguments[0] == b"the-app"


STRANGE = ["PATH=/usr/bin:/bin", "A=1", "A=2", "EMPTY=", "NOTHING", "=x", "SPACES=  a  b ", "LINES=a\nb", "BYTES=\udcff",
           "LATER=${NOT_SET}", "LD_LIBRARY_PATH=/nowhere", "PGPASSWORD=x", "tenantgate_lower=1", "TENANTGAT=1", "A=3"]


def test_the_environment_is_the_same_but_for_our_own_variables(both):
    ours = [f"{key}={value}" for key, value in both.gate.environment().items() if key.startswith("TENANTGATE_")]
    assert ours
    bare = both.state([both.app, "pause"], None, [("env", text) for text in STRANGE])
    mixed = [ours[0], *STRANGE[:5], *ours[1:], *STRANGE[5:], "TENANTGATE_LOG_LEVEL=debug", "TENANTGATE_SERVICE_HOST=10.0.0.1",
             "TENANTGATE_WITHOUT_VALUE"]
    gated = both.state([str(both.gate.binary), "--", both.app, "pause"], None, [("env", text) for text in mixed])
    assert gated.environment == bare.environment == [os.fsencode(text) for text in STRANGE]


@pytest.mark.parametrize("unset, gone, kept", [
    ("SECRET, TENANTGATE_DATABASE_URL", {"SECRET", "TENANTGATE_DATABASE_URL"}, {"SECRETS", "MY_KEY", "TENANTGATE_APP_UNSET"}),
    ("*_KEY", {"MY_KEY"}, {"SECRET", "TENANTGATE_DATABASE_URL"}),
    ("TENANTGATE_*, SECRET?, [M]Y_*", {"TENANTGATE_DATABASE_URL", "SECRETS", "MY_KEY"}, {"SECRET", "PATH"}),
    ("", set(), {"TENANTGATE_DATABASE_URL", "SECRET", "MY_KEY"}),
    ("*", {"PATH", "SECRET", "TENANTGATE_DATABASE_URL"}, set()),
])
def test_what_is_unset_for_the_app(both, unset, gone, kept):
    env = both.gate.environment({"SECRET": "1", "SECRETS": "2", "MY_KEY": "3"}, app_unset=unset)
    state = both.state([str(both.gate.binary), "--", both.app, "pause"], env)
    names = {os.fsdecode(text).split("=")[0] for text in state.environment}
    assert not gone & names and kept <= names


def test_an_environment_of_nothing_but_our_own_variables(both):
    env = both.gate.environment({"PATH": None, "HOME": None, "LANG": None})
    env = {key: value for key, value in env.items() if key.startswith("TENANTGATE_")}
    assert both.state([str(both.gate.binary), "--", both.app, "pause"], env).environment == []


@pytest.mark.parametrize("mask", ["077", "000", "027"])
def test_folder_and_umask(both, mask, tmp_path):
    state = both.same(cwd=tmp_path, options=[("umask", mask)])
    assert state.folder == str(tmp_path) and state.status["Umask"] == "0" + mask


def test_the_working_folder_that_is_asked_for(both, tmp_path):
    (tmp_path / "app folder").mkdir()
    env = both.gate.environment(app_workdir=tmp_path / "app folder")
    state = both.state([str(both.gate.binary), "--", both.app, "pause"], env, cwd="/")
    assert state.folder == str(tmp_path / "app folder")


def test_a_folder_that_was_removed_meanwhile(both, tmp_path):
    gone = tmp_path / "gone"
    script = f"mkdir {gone} && cd {gone} && rmdir {gone} && exec \"$@\""
    env = both.gate.environment()
    states = [both.state(["/bin/sh", "-c", script, "sh", *command, both.app, "pause"], env)
              for command in ((), (str(both.gate.binary), "--"))]
    assert states[0].folder == states[1].folder == f"{gone} (deleted)"


# Descriptors

def test_standard_descriptors_are_the_inherited_ones(both, pipe, tmp_path):
    (tmp_path / "in").write_text("0123456789")
    state = both.same(stdin=lambda: open(tmp_path / "in"), stdout=pipe[1], stderr=subprocess.DEVNULL)
    assert state.files[0][0] == str(tmp_path / "in") and state.files[0][2] == "0", "somebody read from standard input"
    assert state.files[1][0].startswith("pipe:")


def test_the_apps_input_and_output_are_not_touched(open_gate, place):
    result = open_gate.call("--", "cat", stdin="all of it\n", prefix=place)
    assert (result.code, result.out) == (0, "all of it\n")


def test_inherited_descriptors_pass_through(both, pipe, tmp_path):
    """As socket activation and log shippers need it."""
    with socket.socket() as listener, open(tmp_path / "file", "w+") as file:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        fds = (*pipe, listener.fileno(), file.fileno())
        state = both.same(fds=fds)
    assert set(state.files) == {0, 1, 2, *fds}


def test_a_high_descriptor_passes_through(both, pipe):
    high = 900
    os.dup2(pipe[0], high)
    try:
        assert high in both.same(fds=(high,)).files
    finally:
        os.close(high)


def test_flags_of_shared_descriptors_are_not_changed(both, pipe):
    blocking = both.same(stderr=pipe[1], stdout=pipe[1])
    assert int(blocking.files[2][1], 8) & os.O_NONBLOCK == 0
    open_ended = both.same(stderr=pipe[1], stdout=pipe[1], options=[("nonblock", 2)])
    assert int(open_ended.files[2][1], 8) & os.O_NONBLOCK


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)], ids=str)
def test_closed_standard_descriptors_stay_closed(both, closed):
    state = both.same(options=[("close", fd) for fd in closed])
    assert set(state.files) == {0, 1, 2} - set(closed)


def test_with_all_closed_the_gate_still_refuses(open_gate, place, app):
    env = open_gate.environment(tenants_schemas="nobody")
    process = Started(app, [str(open_gate.binary), "--", app, "exit", "0"], prefix=place, env=env,
                      options=[("close", fd) for fd in (0, 1, 2)])
    assert process.process.wait(10) == 1


# Signals

def test_every_signal_ignored_one_after_another(both):
    for number in (signal.SIGHUP, signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGTSTP):
        state = both.same(options=[("ignore", int(number))])
        assert int(state.status["SigIgn"], 16) == 1 << number - 1


@pytest.mark.parametrize("options", [
    [("ignore", 1)],
    [("ignore", 13), ("ignore", 25)],
    [("ignore", n) for n in ALL_SIGNALS],
    [("block", 10), ("block", 12), ("block", 60)],
    [("block", 15), ("block", 2), ("ignore", 1)],
    [("block", n) for n in ALL_SIGNALS],
    [("block", n) for n in RESERVED],
    [("ignore", n) for n in RESERVED],
    [("pend", 17)],
    [("pend", 28), ("pend", 18), ("ignore", 13), ("block", 64)],
    [("ignore", 10), ("pend", 10)],
], ids=["hup-ignored", "pipe-xfsz-ignored", "all-ignored", "some-blocked", "term-blocked", "all-blocked", "reserved-blocked",
        "reserved-ignored", "chld-pending", "others-pending", "ignored-pending"])
def test_signal_state(both, options):
    state = both.same(options=options)
    ignored = sum(1 << n - 1 for how, n in options if how == "ignore")
    blocked = sum(1 << n - 1 for how, n in options if how in ("block", "pend"))
    assert int(state.status["SigIgn"], 16) == ignored and int(state.status["SigCgt"], 16) == 0
    assert int(state.status["SigBlk"], 16) == blocked


def test_nohup(both):
    env = both.gate.environment()
    for command in (["nohup"], ["nohup", str(both.gate.binary), "--"]):
        state = both.state(["/usr/bin/env", *command, both.app, "pause"], env)
        assert int(state.status["SigIgn"], 16) == 1 << signal.SIGHUP - 1


# Everything else

def test_limits_pass_through(both):
    limits = [("limit", "nofile:100:200"), ("limit", "core:0:0"), ("limit", "fsize:1000000:2000000"), ("limit", "nproc:500:600"),
              ("limit", f"stack:{4 << 20}:{resource.RLIM_INFINITY & 0xffffffffffffffff}"), ("limit", "memlock:4096:8192")]
    state = both.same(options=limits)
    assert "Max open files            100                  200 " in state.limits


def test_niceness_and_timer_slack_pass_through(both):
    state = both.same(options=[("nice", 7), ("slack", 123456)])
    assert state.rest["nice"] == "7" and state.rest["timer slack"] == "123456\n"


def test_capabilities_and_user_pass_through(both):
    assert int(both.same(options=[("drop", 21), ("drop", 13)]).status["CapBnd"], 16) & (1 << 21 | 1 << 13) == 0
    os.chmod(both.gate.defaults["migrations_manifest"], 0o644)
    for folder in both.gate.defaults["migrations_manifest"].parents:
        if str(folder).startswith("/tmp/"):
            os.chmod(folder, os.stat(folder).st_mode | 0o055)
    state = both.same(options=[("uid", 54321)], cwd="/")
    assert state.status["Uid"].split() == ["54321"] * 4 and int(state.status["CapEff"], 16) == 0


def test_the_app_has_no_children_of_ours(open_gate, place, app):
    result = open_gate.call("--", app, "children", prefix=place)
    assert result.out == "none\n"


def test_a_child_of_the_process_before_is_still_the_apps(open_gate, place, app):
    """What a shell leaves behind when it execs the gate is neither waited for nor lost."""
    script = "sh -c 'exit 3' & exec \"$0\" -- " + app + " children"
    done = subprocess.run([*place, "sh", "-c", script, str(open_gate.binary)], env=open_gate.environment(), capture_output=True,
                          text=True, stdin=subprocess.DEVNULL)
    assert done.stdout.strip().isdigit(), done


def test_a_run_with_tls_leaves_nothing_either(both):
    """libpq and OpenSSL set signals and descriptors of their own while they connect."""
    url = both.gate.defaults["database_url"] + "?sslmode=prefer&gssencmode=prefer"
    both.gate.defaults["database_url"] = url
    both.same()


def test_after_a_long_wait_nothing_differs(own_server, both, manifest):
    """Many failed attempts, a lost connection and threads lie behind this one."""
    from harness.history import tenant
    own_server.start()
    own_server.sql(tenant("acme"))
    own_server.stop()
    both.gate.defaults["database_url"] = own_server.url()
    env = both.gate.environment(database_retry_max="50ms")
    process = Started(both.app, [str(both.gate.binary), "--", both.app, "pause"], prefix=both.place, env=env)
    try:
        with pytest.raises(AssertionError):
            process.wait_until_paused(0.7)
        own_server.start()
        gated = process.wait_until_paused()
    finally:
        process.end()
    bare = both.state([both.app, "pause"], {k: v for k, v in env.items() if not k.startswith("TENANTGATE_")})
    assert not list(bare.differences(gated))


def test_manners_of_an_open_run(open_gate):
    check_manners(open_gate.run(), True)
    assert isinstance(open_gate.run(), Result)
