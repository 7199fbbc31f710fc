"""Little room: few descriptors, no threads, little memory, a read-only or nearly empty file system, a user without a name."""
import os
import pathlib
import shutil
import subprocess

import pytest
from harness import history
from harness.gate import Gate
from inside import NAMESPACE, Started

UNLIMITED = (1 << 64) - 1


def run(gate, app, *words, options=(), prefix=(), seconds=30, env=None, binary=None, cwd="/", **settings):
    """`app start OPTIONS -- gate WORDS`, to its end."""
    options = [word for pair in options for word in map(str, pair)]
    return subprocess.run([*prefix, app, "start", *options, "--", str(binary or gate.binary), *words], cwd=cwd, text=True,
                          env=gate.environment(env, **settings), stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=seconds)


@pytest.fixture
def for_everybody(open_gate):
    """The gate's files, readable by any user."""
    manifest = pathlib.Path(open_gate.defaults["migrations_manifest"])
    for path in (manifest, *manifest.parents):
        if path != pathlib.Path("/tmp") and str(path).startswith("/tmp/"):
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    return open_gate


# Descriptors

def test_with_few_descriptors_it_opens_or_says_so_at_once(open_gate, app):
    """Waiting longer would not help, so however long database.wait is: the app with nothing of ours, or a clear end."""
    codes = {}
    for limit in range(3, 24):
        done = run(open_gate, app, "--", app, "exit", "7", options=[("limit", f"nofile:{limit}:{limit}")], seconds=10,
                   database_wait="60s")
        codes[limit] = done.returncode
        said = " ".join(done.stderr.replace("│", " ").split())
        if done.returncode == 127:
            assert "error while loading shared libraries" in said  # not ours to mend
        elif done.returncode != 7:
            assert done.returncode in (70, 78), (limit, done)
            assert "Too many open files" in said or "No file descriptors available" in said, (limit, done)
        if done.returncode == 70 and "connecting" in said:
            assert "ulimit -n" in said
    assert 70 in codes.values() and 7 not in (codes[3], codes[4]) and codes[16] == codes[23] == 7, codes


# Threads

def test_no_thread_to_be_had(for_everybody, app, place):
    """As under a limit of processes for the container (pids.max) that is used up."""
    done = run(for_everybody, app, "--", app, "exit", "0", options=[("limit", "nproc:1:1"), ("uid", 54321)], prefix=place)
    assert done.returncode == 70, done
    assert "no thread for connecting: Resource temporarily unavailable" in " ".join(done.stderr.split())
    assert "limit" in done.stderr and "Exit code 70 (internal)" in done.stderr


# Memory

def test_with_little_memory_it_opens_or_says_so(scratch_gate, app):
    codes = {}
    # With less than the binary itself and a stack take, the kernel ends it before it begins.
    least = scratch_gate.binary.stat().st_size // 1024 + 320
    for kilobytes in [*range(least, 8000, 200), *range(8000, 16000, 500)]:
        size = kilobytes << 10
        done = run(scratch_gate, app, "--", app, "exit", "7", options=[("limit", f"as:{size}:{size}")], seconds=10)
        codes[kilobytes] = done.returncode
        if done.returncode != 7:
            assert done.returncode == 70 and "memory" in done.stderr, (kilobytes, done)
    assert codes[8000] == codes[15500] == 7, codes


def test_a_manifest_too_large_for_the_memory(scratch_gate, app):
    """It ends as a failure of ours, and does not open."""
    graph = {f"app.{number:05}_{'x' * 80}": [] for number in range(1)}
    for number in range(1, 40000):
        graph[f"app.{number:05}_{'x' * 80}"] = [f"app.{number - 1:05}_{'x' * 80}"]
    large = history.make_manifest(scratch_gate, graph)
    size = 16 << 20
    done = run(scratch_gate, app, "--", app, "exit", "7", options=[("limit", f"as:{size}:{size}")], migrations_manifest=large)
    assert done.returncode == 70 and "memory" in done.stderr, done


# Users

def test_a_user_without_an_entry_in_passwd(for_everybody, app, place):
    done = run(for_everybody, app, "--", app, "exit", "7", options=[("uid", 54321)], prefix=place)
    assert done.returncode == 7, done


def test_a_user_without_an_entry_in_passwd_and_no_user_in_the_url(for_everybody, app, migrated, place):
    url = migrated.url().replace("postgres@", "")
    done = run(for_everybody, app, "--", app, "exit", "7", options=[("uid", 54321)], prefix=place, database_url=url)
    text = " ".join(done.stderr.replace("│", " ").split())
    assert done.returncode == 78, done
    assert "local user" in text and "user" in text.split("What to do")[-1]
    assert "Exit code 78 (configuration)" in text


def test_pguser_is_enough(for_everybody, app, migrated):
    url = migrated.url().replace("postgres@", "")
    done = run(for_everybody, app, "--", app, "exit", "7", options=[("uid", 54321)], database_url=url,
               env={"PGUSER": "postgres"})
    assert done.returncode == 7, done


def test_a_home_that_may_not_be_entered(for_everybody, app, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o700)
    done = run(for_everybody, app, "--", app, "exit", "7", options=[("uid", 54321)],
               env={"HOME": str(tmp_path / "locked"), "PGSSLCERT": None})
    assert done.returncode == 7, done


# File systems

def test_a_read_only_root(open_gate, app, tmp_path):
    script = "mount --make-rprivate / && mount -o remount,ro,bind / && ! touch /probe 2>/dev/null && exec \"$@\""
    prefix = ["unshare", "--mount", "sh", "-c", script, "sh", *NAMESPACE]
    done = run(open_gate, app, "--", app, "exit", "7", prefix=prefix)
    assert done.returncode == 7, done


@pytest.fixture
def scratch_gate(tmp_path, static_binary, migrated, manifest):
    made = Gate(tmp_path, static_binary)
    made.defaults = {"database_url": migrated.url(), "migrations_manifest": manifest, "tenants_schemas": "acme"}
    return made


@pytest.fixture
def empty_root(tmp_path, app, static_binary, manifest):
    """A folder with nothing but the static binary, an app and a manifest, as in an image made from scratch."""
    root = tmp_path / "root"
    root.mkdir()
    shutil.copy(static_binary, root / "tenantgate")
    shutil.copy(app, root / "app")
    shutil.copy(manifest, root / "manifest.json")
    return root


def in_root(gate, app, root, *words, options=(), **settings):
    settings = {"migrations_manifest": "/manifest.json", **settings}
    return run(gate, app, *words, options=[("chroot", root), *options], binary="/tenantgate", **settings)


def test_from_scratch(scratch_gate, app, empty_root):
    done = in_root(scratch_gate, app, empty_root, "--", "/app", "exit", "7")
    assert done.returncode == 7, done
    before = sorted(path.name for path in empty_root.iterdir())
    assert before == ["app", "manifest.json", "tenantgate"], "it wrote something"


def test_from_scratch_as_a_user_of_no_name(scratch_gate, app, empty_root):
    done = in_root(scratch_gate, app, empty_root, "--", "/app", "exit", "7", options=[("uid", 65532)])
    assert done.returncode == 7, done


def test_from_scratch_with_a_closed_gate(scratch_gate, app, empty_root):
    done = in_root(scratch_gate, app, empty_root, "--", "/app", "exit", "7", tenants_schemas="nobody")
    assert done.returncode == 1 and "no such schema" in done.stderr, done


def test_from_scratch_without_a_user_in_the_url(scratch_gate, app, empty_root, migrated):
    """There is no /etc/passwd to look the user up in: said, with what to do."""
    url = migrated.url().replace("postgres@", "")
    done = in_root(scratch_gate, app, empty_root, "--", "/app", "exit", "7", database_url=url)
    text = " ".join(done.stderr.replace("│", " ").split())
    assert done.returncode == 78, done
    assert "user" in text.split("What to do")[-1] and "Exit code 78 (configuration)" in text


def test_from_scratch_a_name_that_nobody_can_look_up(scratch_gate, app, empty_root):
    """Without resolv.conf the look-up goes to 127.0.0.1, where nobody answers."""
    done = in_root(scratch_gate, app, empty_root, "--", "/app", "exit", "7", database_wait="1s", database_attempt_timeout="1s",
                   database_url="postgresql://u@db.example.test/x")
    assert done.returncode == 69, done
    assert "the look-up of the host's name takes too long" in " ".join(done.stderr.split()), done


def test_from_scratch_without_an_app(scratch_gate, app, empty_root):
    done = in_root(scratch_gate, app, empty_root, "--", "sh", "-c", "exit 0")
    assert done.returncode == 127 and "sh was not found" in done.stderr


def test_from_scratch_nothing_says_what_is_expected(scratch_gate, app, empty_root):
    done = in_root(scratch_gate, app, empty_root, "--", "/app", "exit", "7", migrations_manifest=None)
    assert done.returncode == 78 and "Exit code 78 (no_expected_migrations)" in done.stderr, done


def test_from_scratch_every_command_works(scratch_gate, app, empty_root):
    for words in (("verify",), ("status",), ("wait",), ("config",), ("help",), ("version",), ("help", "config"), ("--version",)):
        done = in_root(scratch_gate, app, empty_root, *words)
        assert done.returncode == 0, (words, done)


def test_without_proc_the_dynamic_gate_works_too(open_gate, app):
    """Some sandboxes mount no /proc."""
    script = "mount --make-rprivate / && mount -t tmpfs none /proc && exec \"$@\""
    done = run(open_gate, app, "--", app, "exit", "7", prefix=["unshare", "--mount", "sh", "-c", script, "sh"])
    assert done.returncode == 7, done


def test_without_dev_null(scratch_gate, app, empty_root):
    """Closed standard descriptors cannot be held by /dev/null there: nothing of ours may go into a connection."""
    process = Started(app, ["/tenantgate", "--", "/app", "pause"], options=[("chroot", empty_root), ("close", 0), ("close", 1),
                                                                            ("close", 2)],
                      env=scratch_gate.environment(migrations_manifest="/manifest.json"), cwd="/")
    try:
        state = process.wait_until_paused()
        assert set(state.files) == set()
    finally:
        process.end()


def test_without_dev_null_a_refusal_is_one(scratch_gate, app, empty_root, migrated):
    """The banner must not be taken for a message of ours by the server."""
    process = Started(app, ["/tenantgate", "-v", "--", "/app", "pause"],
                      options=[("chroot", empty_root), *(("close", fd) for fd in (0, 1, 2))], cwd="/",
                      env=scratch_gate.environment(migrations_manifest="/manifest.json", tenants_schemas="nobody"))
    assert process.process.wait(10) == 1
    log = migrated.server.log_text()
    assert "protocol" not in log and "invalid frontend message" not in log, log[-2000:]


def test_a_working_folder_that_may_not_be_read(for_everybody, app, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o700)
    script = f"cd {tmp_path}/locked && exec \"$@\""
    done = run(for_everybody, app, "--", app, "exit", "7", options=[("uid", 54321)], prefix=["sh", "-c", script, "sh"])
    assert done.returncode in (7, 78), done
    if done.returncode == 78:
        assert "Permission denied" in done.stderr


def test_a_file_size_limit_of_nothing(open_gate, app):
    done = run(open_gate, app, "--", app, "exit", "7", options=[("limit", f"fsize:0:{UNLIMITED}")])
    assert done.returncode == 7, done
    assert os.path.exists(app)
