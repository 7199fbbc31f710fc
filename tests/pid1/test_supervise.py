"""app.supervise = yes: the gate stays as the app's parent, and does all that the best small inits do."""
import concurrent.futures
import ctypes
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pytest

from harness import inits
from harness.inits import UNSHARE, children, eventually, state, status

SIGNAL_APP = [sys.executable, pathlib.Path(__file__).with_name("signal_app.py")]
# 32 and 33 belong to the C library: Python cannot wait for them.
CATCHABLE = sorted(int(s) for s in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})
needs_namespace = pytest.mark.skipif(not inits.can_unshare(), reason="a PID namespace needs root and unshare(1)")
PLACES = [pytest.param(True, id="pid1", marks=needs_namespace), pytest.param(False, id="child")]


@pytest.fixture(params=PLACES)
def supervised(request, open_gate):
    """The gate that stays, as PID 1 and as any other process."""
    return inits.make("tenantgate", open_gate, request.param)


@pytest.fixture(params=["tenantgate", "tini", "dumb-init", "catatonit"])
def any_init(request):
    if request.param != "tenantgate" and shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return request.param


@pytest.fixture
def started():
    """Starts an init; whatever is left of it goes at the end."""
    processes = []

    def start(init, *app, **options):
        processes.append(init.start(*app, **options))
        return processes[-1]
    yield start
    for process in processes:
        for pid in [*children(process.pid), process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()


def become_nobody():
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)


def line(process):
    return process.stdout.readline().decode().strip()


def ready(process):
    """Waits for the app; returns its PID seen from outside."""
    assert line(process).startswith("ready")
    return children(process.init)[0]


# The end of the app

@pytest.mark.parametrize("as_pid1", PLACES)
def test_every_exit_code(open_gate, any_init, as_pid1):
    init = inits.make(any_init, open_gate, as_pid1)

    def run(code):
        return init.run("sh", "-c", f"exit {code}").returncode
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(run, range(256))) == list(range(256)), init


@pytest.mark.parametrize("number", [1, 2, 3, 6, 9, 11, 13, 15, 34, 64])
def test_app_that_dies_by_a_signal(supervised, number):
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    assert supervised.run("sh", "-c", f"kill -{number} $$").returncode == 128 + number


def test_app_that_cannot_be_started(supervised, tmp_path):
    script = tmp_path / "script"
    script.write_text("no program")
    assert supervised.run("/no/such/app").returncode == 127
    assert supervised.run("no-such-app").returncode == 127
    assert supervised.run(script).returncode == 126
    script.chmod(0o755)
    done = supervised.run(script)
    assert done.returncode == 126 and b"#!" in done.stderr
    done = supervised.run("true", env={"TENANTGATE_APP_WORKDIR": "/no/such/folder"})
    assert done.returncode == 126 and b"/no/such/folder" in done.stderr


def test_it_ends_with_the_app_whatever_is_left_running(supervised):
    began = time.monotonic()
    done = supervised.run("sh", "-c", "sleep 5 >/dev/null 2>&1 & exit 7")
    assert done.returncode == 7 and time.monotonic() - began < 4


def test_sigchld_ignored_by_the_starter(supervised):
    for _ in range(5):
        done = supervised.run("sh", "-c", "exit 9", preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        assert done.returncode == 9


# What the app gets

@pytest.mark.parametrize("blocked, ignored", [
    ((), ()), ((), (signal.SIGHUP, signal.SIGINT)), ((signal.SIGTERM, signal.SIGUSR1), ()),
    ((signal.SIGCHLD, signal.SIGTSTP, 40), (signal.SIGCHLD, signal.SIGPIPE, signal.SIGTTOU, 41)),
    (CATCHABLE, ()), ((), [s for s in CATCHABLE])])
def test_signals_are_as_the_gate_got_them(supervised, blocked, ignored):
    def prepare():
        for number in CATCHABLE:
            signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    show = ["grep", "-E", "^(Sig(Pnd|Blk|Ign|Cgt)|ShdPnd|NoNewPrivs|Threads)", "/proc/self/status"]
    # unshare(1) has settings of its own: compared with what comes out of it without the gate.
    direct = subprocess.run([*(UNSHARE if supervised.as_pid1 else ()), *show], capture_output=True, preexec_fn=prepare).stdout
    done = supervised.run(*show, preexec_fn=prepare)
    assert done.stdout == direct and b"SigBlk" in direct, done.stderr


def test_descriptors_are_as_the_gate_got_them(supervised):
    inside, outside = os.pipe()
    os.dup2(inside, 57)
    show = ["sh", "-c", "cd /proc/self/fd && echo *"]
    try:
        def run(command, **options):
            return subprocess.run(command, pass_fds=(inside, outside, 57), capture_output=True, stdin=subprocess.DEVNULL,
                                  **options).stdout
        assert run([*supervised.prefix, *show], env=supervised.env) == run(show) != b""
    finally:
        for fd in (inside, outside, 57):
            os.close(fd)


def test_standard_descriptors_that_came_closed(supervised):
    done = supervised.run("sh", "-c", "[ ! -e /proc/self/fd/0 ] && [ ! -e /proc/self/fd/1 ] && exit 5", stdin=None,
                          stdout=None, stderr=subprocess.PIPE, capture_output=False,
                          preexec_fn=lambda: (os.close(0), os.close(1)))
    assert done.returncode == 5, done.stderr


def test_input_and_output_pass_through(supervised):
    data = os.urandom(1 << 20) * 8
    done = supervised.run("cat", input=data, stdin=None)
    assert done.returncode == 0 and done.stdout == data


def test_the_gate_keeps_nothing_of_the_app_open(open_gate, started):
    """Whoever reads the app's output sees its end when the app closes it."""
    inside, outside = os.pipe()
    init = inits.make("tenantgate", open_gate, False)
    # bash: a plain sh knows no descriptors above 9
    process = started(init, "bash", "-c", f"echo hello; exec >&- {outside}>&-; exec sleep 60", pass_fds=(outside,))
    os.close(outside)
    assert process.stdout.read() == b"hello\n" and os.read(inside, 1) == b""
    assert process.poll() is None
    kept = {os.readlink(f"/proc/{process.init}/fd/{fd}") for fd in os.listdir(f"/proc/{process.init}/fd") if fd != "2"}
    assert not any(name.startswith("pipe:") for name in kept), kept
    os.close(inside)


def test_the_app_cannot_read_what_it_must_not_see(open_gate, manifest):
    """Supervised by the same user, the app finds the gate in /proc."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        settings = {"migrations_manifest": shutil.copy(manifest, folder), "database_password": "not-for-the-app"}
        init = inits.make("tenantgate", open_gate, False, **settings)
        script = "env; echo; cat /proc/$PPID/environ; head -c1 /proc/$PPID/mem; ls /proc/$PPID/fd"
        done = init.run("sh", "-c", script, preexec_fn=become_nobody, cwd="/")
    assert done.stdout.startswith(b"LANG") or b"PATH=" in done.stdout, done.stderr
    assert b"not-for-the-app" not in done.stdout and b"TENANTGATE" not in done.stdout
    assert done.stderr.count(b"ermission denied") == 3, done.stderr


# Signals

def test_every_signal_is_handed_on(supervised, started):
    process = started(supervised, *SIGNAL_APP)
    ready(process)
    for number in CATCHABLE:
        os.kill(process.init, number)
        assert line(process) == str(number)
    assert process.poll() is None


@pytest.mark.parametrize("number", [32, 33])
def test_signals_of_the_c_library_are_handed_on(supervised, started, number):
    process = started(supervised, "sh", "-c", "echo ready; exec sleep 60")
    app = ready(process)
    eventually(lambda: status(app).get("Name") == "sleep")
    ctypes.CDLL(None).kill(process.init, number)
    assert process.wait(10) == 128 + number


def test_real_time_signals_are_all_handed_on_with_their_values(supervised, started):
    receive = ("import signal, os; s = {40}; signal.pthread_sigmask(signal.SIG_BLOCK, s); print('ready', flush=True)\n"
               "import ctypes\n"
               "class Info(ctypes.Structure): _fields_ = [('head', ctypes.c_int * 6), ('value', ctypes.c_int), "
               "('rest', ctypes.c_int * 25)]\n"
               "mask = (ctypes.c_ulong * 16)(1 << 39); libc = ctypes.CDLL(None)\n"
               "for _ in range(50):\n"
               "    info = Info(); libc.sigwaitinfo(mask, ctypes.byref(info)); print(info.value, flush=True)")
    process = started(supervised, sys.executable, "-c", receive)
    ready(process)
    for value in range(50):
        assert ctypes.CDLL(None).sigqueue(process.init, 40, ctypes.c_void_p(value)) == 0
    assert [int(line(process)) for _ in range(50)] == list(range(50))
    assert process.wait(10) == 0


@needs_namespace
def test_signals_from_inside_the_namespace(open_gate, started):
    """PID 1 has no default actions: there are only those that it takes."""
    init = inits.make("tenantgate", open_gate, True)
    process = started(init, "sh", "-c", "trap 'echo got it; exit 3' TERM; echo ready; sh -c 'sleep .2; kill -TERM 1'; sleep 9")
    ready(process)
    assert line(process) == "got it" and process.wait(10) == 3


def test_default_actions_of_signals(open_gate, any_init, started):
    """A plain app ends by what is sent to the init, and is stopped and continued."""
    init = inits.make(any_init, open_gate, False)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2, signal.SIGQUIT):
        process = started(init, "sh", "-c", "echo ready; exec sleep 60")
        app = ready(process)
        eventually(lambda: status(app).get("Name") == "sleep")
        os.kill(process.init, number)
        assert process.wait(10) == 128 + number


def test_stop_and_continue(supervised, started):
    process = started(supervised, "sh", "-c", "echo ready; exec sleep 60", start_new_session=True)
    app = ready(process)
    for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
        os.kill(process.init, number)
        eventually(lambda: state(app) == "T")
        time.sleep(0.05)
        assert state(app) == "T" and state(process.init) == "S", "it stays stopped, and the init stays awake"
        os.kill(process.init, signal.SIGCONT)
        eventually(lambda: state(app) == "S")
    os.kill(process.init, signal.SIGTERM)
    assert process.wait(10) == 143


def test_app_that_was_stopped_by_itself_still_ends(supervised, started):
    process = started(supervised, "sh", "-c", "echo ready; kill -STOP $$; exit 4")
    app = ready(process)
    eventually(lambda: state(app) == "T")
    os.kill(process.init, signal.SIGTERM)
    os.kill(process.init, signal.SIGCONT)
    assert process.wait(10) in (143, 4)


@pytest.mark.parametrize("group", ["no", "yes"])
@pytest.mark.parametrize("as_pid1", PLACES)
def test_process_group(open_gate, started, group, as_pid1):
    """Only the app gets the signal, or its whole group."""
    init = inits.make("tenantgate", open_gate, as_pid1, app_signal_group=group)
    script = ("trap 'echo app' USR1; (trap 'echo child; exit' USR1; echo up; while :; do sleep 0.02; done) & "
              "read x < /dev/null; echo ready; while :; do wait; done")
    process = started(init, "sh", "-c", script)
    assert {line(process), line(process)} == {"up", "ready"}
    os.kill(process.init, signal.SIGUSR1)
    got = {line(process)}
    if group == "yes":
        got.add(line(process))
    assert got == ({"app", "child"} if group == "yes" else {"app"})


def test_group_of_its_own(supervised):
    """Neither the gate nor whoever started it gets what the app sends to its group."""
    done = supervised.run("sh", "-c", "trap 'exit 6' TERM; kill -TERM 0; exit 1")
    assert done.returncode == 6


def test_broken_standard_error_is_no_signal_to_the_app(supervised):
    inside, outside = os.pipe()
    os.close(inside)
    done = supervised.run("sh", "-c", "sleep 0.2; exit 8", stderr=outside, capture_output=False,
                          env={"TENANTGATE_LOG_LEVEL": "debug"})
    os.close(outside)
    assert done.returncode == 8


# Orphans

@pytest.mark.parametrize("as_pid1", PLACES)
def test_hundreds_of_orphans_are_reaped(open_gate, any_init, started, as_pid1):
    if any_init == "dumb-init" and not as_pid1:
        return  # it does not become a subreaper: nothing to compare with
    init = inits.make(any_init, open_gate, as_pid1)
    # 20 shells, each of which leaves 20 behind that end later, by themselves and in any order.
    script = ("for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do "
              "(for j in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do (sleep 0.$j; (sleep 0.1) & ) & done) & done; "
              "wait; echo ready; exec sleep 60")
    process = started(init, "sh", "-c", script)
    app = ready(process)
    eventually(lambda: children(process.init) == [app], 20, "the last orphan's end")
    eventually(lambda: status(app).get("Name") == "sleep")
    os.kill(process.init, signal.SIGTERM)
    assert process.wait(10) == 143


def test_children_from_before_are_reaped(supervised, started):
    """What a shell had started before it became the gate."""
    command = [*supervised.command, "sh", "-c", "echo ready; exec sleep 60"]
    shell = inits.Init("sh", ["sh", "-c", 'sleep 0.3 & exec "$@"', "sh"], supervised.env, supervised.as_pid1)
    process = started(shell, *command)
    assert line(process).startswith("ready")
    eventually(lambda: len(children(process.init)) == 1, what="the end of the other child")


# Between opening and the app

def test_signal_while_the_gate_is_closed_ends_it(closed_gate, started):
    init = inits.make("tenantgate", closed_gate, False)
    process = started(init, "echo", "the app runs")
    eventually(lambda: "S" == state(process.pid) and status(process.pid).get("SigBlk", "0") != "0" * 16)
    os.kill(process.init, signal.SIGTERM)
    assert process.wait(10) == 143 and process.stdout.read() == b""


def test_memory_is_small(open_gate, started):
    init = inits.make("tenantgate", open_gate, False)
    process = started(init, "sh", "-c", "echo ready; exec sleep 60")
    ready(process)
    private = sum(int(row.split()[1]) for row in pathlib.Path(f"/proc/{process.init}/smaps_rollup").read_text().splitlines()
                  if row.startswith(("Private_Clean", "Private_Dirty")))
    assert private < 8192, f"{private} kB of its own"
