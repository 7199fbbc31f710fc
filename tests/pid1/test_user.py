"""app.user: the app is that user, with its groups and nothing of root's, whichever way it is started."""
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

PASSWD = """\
# comment:x:77:77::/:
root:x:0:0:root:/root:/bin/sh
app:x:1234:2345:App,,,:/home/app:/bin/sh
+nis:x:1:1:::
bare:x:1300:1300
broken:x:12a:1::/:
homeless:x:1400:1400:::
twin:x:1234:9999:::
"""
GROUP = """\
root:x:0:
app:x:2345:
logs:x:3001:other,app
extra:x:3002:app
apps:x:3003:application,ap
twice:x:3001:app
4000:x:4001:app
bad:x:x:app
"""
SHOW = "grep -E '^(Uid|Gid|Groups|Cap(Inh|Prm|Eff|Amb))' /proc/self/status; echo HOME=$HOME; pwd"


@pytest.fixture(scope="module")
def root():
    """A folder with accounts that every user can get into, unlike pytest's own."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tgtest-"))
    (folder / "etc").mkdir()
    (folder / "etc/passwd").write_text(PASSWD)
    (folder / "etc/group").write_text(GROUP)
    (folder / "tmp").mkdir(mode=0o777)
    folder.chmod(0o755)
    (folder / "tmp").chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(params=["no", "yes"], ids=["exec", "supervised"])
def start(request, open_gate, root, manifest):
    """Runs a shell script as the app, as app.user says, where /etc has the accounts above."""
    shutil.copy(manifest, root / "tmp/manifest.json")

    def run(user, script=SHOW, prefix="", **settings):
        env = open_gate.environment(app_user=user, app_supervise=request.param,
                                    **{"migrations_manifest": root / "tmp/manifest.json", **settings})
        command = f"mount --bind {root}/etc/passwd /etc/passwd && mount --bind {root}/etc/group /etc/group && exec {prefix} \"$@\""
        return subprocess.run(["unshare", "--mount", "sh", "-c", command, "sh", str(open_gate.binary), "-q", "run", "--", "sh",
                               "-c", script], env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
                              cwd="/")
    return run


def shown(done):
    assert done.returncode == 0, done.stderr
    rows = done.stdout.splitlines()
    found = {key: value.split() for key, _, value in (row.partition(":") for row in rows) if value}
    found["home"] = [row[5:] for row in rows if row.startswith("HOME=")][0]
    return found


@pytest.mark.parametrize("user, uid, gid, groups, home", [
    ("app", 1234, 2345, {2345, 3001, 3002, 4001}, "/home/app"),
    ("1234", 1234, 2345, {2345, 3001, 3002, 4001}, "/home/app"),
    ("app:logs", 1234, 3001, {3001}, "/home/app"),
    ("app:4000", 1234, 4000, {4000}, "/home/app"),
    ("app:0", 1234, 0, {0}, "/home/app"),
    ("5678:8765", 5678, 8765, {8765}, "/"),
    ("5678", 5678, 5678, {5678}, "/"),
    ("bare", 1300, 1300, {1300}, "/"),
    ("homeless", 1400, 1400, {1400}, "/"),
    ("4294967294:4294967294", 4294967294, 4294967294, {4294967294}, "/"),
])
def test_ids_groups_and_capabilities(start, user, uid, gid, groups, home):
    found = shown(start(user))
    assert found["Uid"] == [str(uid)] * 4 and found["Gid"] == [str(gid)] * 4
    assert {int(group) for group in found["Groups"]} == groups
    assert found["home"] == home
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(found[name][0], 16) == 0, name


def test_no_capability_comes_back(start):
    """Not even those that were made inheritable and ambient, with the kernel told not to take any away."""
    for prefix in ("setpriv --inh-caps +net_raw,+setuid --ambient-caps +net_raw,+setuid --",
                   "setpriv --inh-caps +setuid --ambient-caps +setuid --securebits +no_setuid_fixup --"):
        found = shown(start("app", prefix=prefix))
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert int(found[name][0], 16) == 0, (prefix, name)


def test_no_way_back(start):
    done = start("app", "python3 -c '\nimport os\n"
                        "for call in (lambda: os.setuid(0), lambda: os.setresuid(-1, 0, -1), lambda: os.setgid(0),\n"
                        "             lambda: os.setgroups([0]), lambda: os.setresgid(0, 0, 0)):\n"
                        "    try: call(); print(\"back\")\n"
                        "    except PermissionError: print(\"no\")'")
    assert done.stdout == "no\n" * 5, done


def test_environment(start):
    done = start("app", "env", env_probe=None)
    assert "HOME=/home/app\n" in done.stdout and "TENANTGATE" not in done.stdout
    done = start("app", "env", app_unset="TENANTGATE_*, HOME")
    assert "HOME=" not in done.stdout.replace("_HOME=", "")


def test_working_directory_is_entered_as_the_user(start, root):
    closed = root / "tmp/closed"
    closed.mkdir(exist_ok=True)
    closed.chmod(0o700)
    os.chown(closed, 0, 0)
    done = start("app", app_workdir=closed)
    assert done.returncode == 126 and "Permission denied" in done.stderr
    os.chown(closed, 1234, 2345)
    assert start("app", "pwd", app_workdir=closed).stdout == f"{closed}\n"


def test_program_is_looked_for_as_the_user(start, root):
    """What root could execute does not count."""
    program = root / "tmp/program"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o700)
    assert start("app", f"{program}").returncode == 126
    done = start("root", f"{program}")
    assert done.returncode == 0, done


@pytest.mark.parametrize("user, says", [
    ("nobody-here", "/etc/passwd has no user 'nobody-here'"),
    ("app:no-group", "/etc/group has no group 'no-group'"),
    ("app:", "the group is missing"),
    (":app", "the user is missing"),
    (":", "the user is missing"),
    ("4294967295", "4294967295 cannot be a user ID"),
    ("1:4294967295", "4294967295 cannot be a group ID"),
    ("99999999999999999999", "cannot be a user ID"),
    ("-1", "no user '-1'"),
    ("0x10", "no user '0x10'"),
    ("broken", "no user 'broken'"),
    ("+nis", "no user"),
    ("app:app:app", "no group 'app:app'"),
    ("ap", "no user 'ap'"),
])
def test_unknown_users_are_refused_before_anything_is_waited_for(start, user, says):
    done = start(user, "echo the app runs", database_url="postgresql://127.0.0.1:1/x")
    assert done.returncode == 78 and done.stdout == ""
    assert says in done.stderr and "app.user" in done.stderr, done.stderr


def test_root_without_the_capabilities_is_told_at_once(start):
    done = start("app", "echo the app runs", prefix="setpriv --bounding-set -setuid,-setgid --inh-caps -all --",
                 database_url="postgresql://127.0.0.1:1/x")
    assert done.returncode == 78 and "SETUID" in done.stderr and done.stdout == "", done


def test_not_root(start):
    """Another user is refused; the one that it is already is fine."""
    plain = "setpriv --reuid 1234 --regid 2345 --clear-groups --"
    done = start("bare", "echo the app runs", prefix=plain, database_url="postgresql://127.0.0.1:1/x")
    assert done.returncode == 78 and "only root can become bare (1300:1300)" in done.stderr and done.stdout == ""
    assert start("app:logs", prefix=plain).returncode == 78
    for user in ("app", "1234", "app:app", "1234:2345"):
        found = shown(start(user, prefix=plain))
        assert found["Uid"] == ["1234"] * 4 and found["Gid"] == ["2345"] * 4


def test_root_itself(start):
    found = shown(start("root"))
    assert found["Uid"] == ["0"] * 4 and int(found["CapEff"][0], 16) != 0
    found = shown(start("0:3001"))
    assert found["Gid"] == ["3001"] * 4 and found["Groups"] == ["3001"]


def test_only_run_looks_at_it(open_gate):
    for command in ("verify", "wait", "status"):
        assert open_gate.call(command, app_user="nobody-here").code == 0


def test_values_from_files_never_reach_the_app(start, root):
    secret = root / "tmp/secret"
    secret.write_text("hush-hush\n")
    secret.chmod(0o600)
    done = start("app", "env; cat /proc/self/environ", database_password_file=secret)
    assert done.returncode == 0, done.stderr
    assert "hush-hush" not in done.stdout and "TENANTGATE" not in done.stdout
    # The app's own choice of what it must not see.
    done = start("app", "env", database_password_file=secret, app_unset="LANG")
    assert "hush-hush" not in done.stdout and "\nLANG=" not in "\n" + done.stdout
    assert "TENANTGATE_APP_UNSET=LANG\n" in done.stdout


@pytest.mark.parametrize("supervise", ["no", "yes"])
def test_numbers_in_an_empty_image(open_gate, manifest, static_binary, app, tmp_path, supervise):
    """No /etc, no /proc, no /dev: nothing but the binary and the app."""
    image = tmp_path / "image"
    image.mkdir()
    for source, name in ((static_binary, "tenantgate"), (app, "app"), (manifest, "manifest.json")):
        shutil.copy(source, image / name)
    (image / "app").chmod(0o755)
    env = open_gate.environment(app_user="1000:1001", app_supervise=supervise, migrations_manifest="/manifest.json")

    def run(*words, **settings):
        return subprocess.run(["/tenantgate", "-q", "--", "/app", *words], capture_output=True, text=True, cwd="/",
                              env={**env, **settings}, stdin=subprocess.DEVNULL, timeout=60,
                              preexec_fn=lambda: (os.chroot(image), os.chdir("/")))
    done = run("exit", "33")
    assert done.returncode == 33, done.stderr
    done = run("exit", "0", TENANTGATE_APP_USER="app")
    assert done.returncode == 78 and "/etc/passwd has no user 'app'" in done.stderr
    (image / "app").chmod(0o700)
    assert run("exit", "0").returncode == 126, "it is root's only"
    os.chown(image / "app", 1000, 1001)
    assert run("exit", "0").returncode == 0


def test_user_namespace_without_that_number(open_gate, manifest):
    """What the kernel refuses is known before the gate waits."""
    env = open_gate.environment(app_user="1000:1000", database_url="postgresql://127.0.0.1:1/x")
    done = subprocess.run(["unshare", "--user", "--map-root-user", str(open_gate.binary), "--", "true"], env=env,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    if "unshare" in done.stderr.split("\n")[0]:
        pytest.skip("no user namespaces here")
    assert done.returncode == 78 and "cannot become 1000:1000" in done.stderr, done
