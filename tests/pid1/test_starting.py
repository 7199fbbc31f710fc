"""An app that cannot be started: 127 and 126 as shells have it, and what to do about it; the forms a command line can take."""
import os
import shutil
import subprocess

import pytest


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "bin"
    made.mkdir()
    return made


def put(path, text, mode=0o755):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def refused(result, code, *words):
    assert (result.code, result.out) == (code, ""), result
    assert "the gate is open" in result.err
    for word in words:
        assert word in result.said, (word, result)
    assert result.said.count("tenantgate: error:") == 1
    return result


# 127: not found

@pytest.mark.parametrize("name", ["no-such-app", "./no-such-app", "/no/such/app", "bin/no-such-app", "", "no/such\x1bapp"])
def test_not_found(open_gate, place, name):
    refused(open_gate.call("--", name, "x", prefix=place), 127, "was not found: No such file or directory")


def test_not_found_in_path_says_where_to_look(open_gate, place):
    refused(open_gate.call("--", "gunicornn", prefix=place), 127, "gunicornn was not found", "folder of PATH")


def test_a_file_where_a_folder_should_be(open_gate, folder):
    put(folder / "file", "")
    refused(open_gate.call("--", str(folder / "file" / "app")), 127, "Not a directory")


def test_a_whole_command_in_one_word(open_gate, place):
    """ENTRYPOINT ["tenantgate", "--", "gunicorn app.wsgi"] is a usual slip."""
    refused(open_gate.call("--", "echo the app runs", prefix=place), 127, "echo the app runs was not found",
            "each argument", "of its own")


def test_the_path_of_the_app_counts_not_the_gates(open_gate, folder):
    put(folder / "my-app", "#!/bin/sh\necho mine\n")
    found = open_gate.call("--", "my-app", env={"PATH": f"/usr/bin:{folder}"})
    assert (found.code, found.out) == (0, "mine\n")
    refused(open_gate.call("--", "my-app", env={"PATH": "/usr/bin:/bin"}), 127)


def test_without_path_the_usual_folders_are_searched(open_gate):
    assert open_gate.call("--", "sh", "-c", "exit 9", env={"PATH": None}).code == 9
    assert open_gate.call("--", "sh", "-c", "exit 9", app_unset="PATH, TENANTGATE_*").code == 9


@pytest.mark.parametrize("path", ["", ":/nowhere", "/nowhere:", "/nowhere::/nowhere", "."])
def test_an_empty_part_of_path_is_the_working_folder(open_gate, folder, path):
    put(folder / "here", "#!/bin/sh\necho here\n")
    assert open_gate.call("--", "here", env={"PATH": path}, cwd=folder).out == "here\n"


def test_a_file_that_cannot_be_executed_is_passed_over_in_path(open_gate, tmp_path):
    for name, mode in (("first", 0o644), ("second", 0o755)):
        (tmp_path / name).mkdir()
        put(tmp_path / name / "my-app", f"#!/bin/sh\necho {name}\n", mode)
    path = f"{tmp_path}/first:{tmp_path}/second"
    assert open_gate.call("--", "my-app", env={"PATH": path}).out == "second\n"


def test_a_missing_interpreter(open_gate, folder, place):
    put(folder / "my-script", "#!/usr/bin/no-such-python3.99\n")
    for call, env in ((str(folder / "my-script"), None), ("my-script", {"PATH": f"/usr/bin:{folder}"})):
        refused(open_gate.call("--", call, env=env, prefix=place), 127, "The file is there", "/usr/bin/no-such-python3.99")


def test_a_missing_interpreter_of_a_relative_name(open_gate, folder):
    put(folder / "my-script", "#!/usr/bin/no-such-python3.99 -u\n")
    refused(open_gate.call("--", "./my-script", cwd=folder), 127, "The file is there", "/usr/bin/no-such-python3.99")
    refused(open_gate.call("--", "./my-script", app_workdir=folder), 127, "The file is there", "/usr/bin/no-such-python3.99")


def test_line_ends_of_windows(open_gate, folder):
    put(folder / "entry.sh", "#!/bin/sh\r\necho hello\r\n")
    refused(open_gate.call("--", str(folder / "entry.sh")), 127, "The file is there", "line ends of Windows")


def test_a_missing_dynamic_loader(open_gate, folder):
    """A program of glibc in an image of musl, or the other way round."""
    data = bytearray(shutil.which("true") and open("/usr/bin/true", "rb").read())
    at = data.index(b"/lib64/ld-linux-x86-64.so.2\0") if b"/lib64/ld-linux" in data else data.index(b"/lib/ld-linux")
    data[at + 1:at + 4] = b"xxx"
    put(folder / "true", bytes(data))
    refused(open_gate.call("--", str(folder / "true")), 127, "The file is there", "dynamic loader")


# 126: found, but not to be executed

def test_not_executable(open_gate, folder, place):
    put(folder / "app", "#!/bin/sh\n", 0o644)
    for name, env in ((str(folder / "app"), None), ("app", {"PATH": f"/usr/bin:{folder}"})):
        refused(open_gate.call("--", name, env=env, prefix=place), 126, "cannot be executed: Permission denied",
                "executable bit")


def test_a_folder(open_gate, folder, place):
    refused(open_gate.call("--", str(folder), prefix=place), 126, "cannot be executed", "is a folder")


def test_a_folder_in_path_is_passed_over(open_gate, tmp_path):
    (tmp_path / "first" / "my-app").mkdir(parents=True)
    (tmp_path / "second").mkdir()
    put(tmp_path / "second" / "my-app", "#!/bin/sh\necho second\n")
    assert open_gate.call("--", "my-app", env={"PATH": f"{tmp_path}/first:{tmp_path}/second"}).out == "second\n"


@pytest.mark.parametrize("text", ["echo hello\n", "", "\x7fELF", b"\x7fELF\2\1\1" + b"\0" * 200, b"\0\1\2\3" * 100])
def test_neither_script_nor_program(open_gate, folder, place, text):
    put(folder / "app", text)
    refused(open_gate.call("--", str(folder / "app"), prefix=place), 126, "cannot be executed", "#!/bin/sh")


def test_a_name_that_is_too_long(open_gate):
    refused(open_gate.call("--", "x" * 300), 126, "cannot be executed: File", "too long")


def test_links_in_a_circle(open_gate, folder):
    (folder / "app").symlink_to(folder / "app")
    refused(open_gate.call("--", str(folder / "app")), 126, "ymbolic link")


def test_a_file_that_is_being_written(open_gate, folder):
    shutil.copy("/usr/bin/true", folder / "true")
    with open(folder / "true", "r+b"):
        refused(open_gate.call("--", str(folder / "true")), 126, "Text file busy")


def test_a_user_that_may_not_execute_it(open_gate, folder, app, tmp_path):
    put(folder / "app", "#!/bin/sh\n", 0o700)
    for path in [folder, *folder.parents, *open_gate.defaults["migrations_manifest"].parents]:
        if str(path).startswith("/tmp/"):
            path.chmod(path.stat().st_mode | 0o055)
    done = subprocess.run([app, "start", "uid", "54321", "--", str(open_gate.binary), "--", str(folder / "app")], cwd="/",
                          env=open_gate.environment(), capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 126 and "cannot be executed: Permission denied" in done.stderr, done


def test_the_log_in_json_tells_it_too(open_gate):
    result = open_gate.call("--", "no-such-app", log_format="json")
    assert result.code == 127 and '"event":"app_not_started"' in result.err


# app.workdir and app.require

def test_the_working_folder_counts_for_relative_names(open_gate, folder):
    put(folder / "my-app", "#!/bin/sh\npwd\n")
    for name in ("./my-app", "../bin/my-app"):
        assert open_gate.call("--", name, app_workdir=folder, cwd="/").out == f"{folder}\n"
    assert open_gate.call("--", "my-app", app_workdir=folder, env={"PATH": "/usr/bin:."}, cwd="/").out == f"{folder}\n"


def test_a_working_folder_that_is_not_there(open_gate, folder, place):
    result = open_gate.call("--", "echo", "x", app_workdir=folder / "none", prefix=place)
    refused(result, 126, "app.workdir", str(folder / "none"), "No such file or directory")


def test_a_working_folder_that_is_none(open_gate, folder):
    put(folder / "file", "")
    refused(open_gate.call("--", "echo", "x", app_workdir=folder / "file"), 126, "app.workdir", "Not a directory")


@pytest.mark.parametrize("value, word", [(None, "is not set"), ("", "is empty")])
def test_a_required_variable(open_gate, place, value, word):
    result = open_gate.call("--", "echo", "x", app_require="HOME, SECRET_KEY", env={"SECRET_KEY": value}, prefix=place)
    assert (result.code, result.out) == (78, "")
    assert f"the environment variable SECRET_KEY {word}" in result.said and "app.require" in result.said
    assert "Exit code 78 (configuration)" in result.banner


def test_required_variables_that_are_set(open_gate):
    assert open_gate.call("--", "echo", "x", app_require="HOME, SECRET_KEY", env={"SECRET_KEY": " "}).out == "x\n"


def test_required_variables_are_checked_before_anything_is_waited_for(closed_gate):
    result = closed_gate.call("--", "echo", "x", app_require="SECRET_KEY", database_wait="60s")
    assert result.code == 78 and result.seconds < 1


# Forms of the command line, as ENTRYPOINT and CMD put them together

@pytest.mark.parametrize("words, out", [
    (["--", "echo", "x"], "x\n"),
    (["run", "--", "echo", "x"], "x\n"),
    (["-q", "--", "echo", "x"], "x\n"),
    (["run", "-q", "--", "echo", "-q", "--", "x"], "-q -- x\n"),
    (["--", "echo", "run", "--", "x"], "run -- x\n"),
    (["--set", "gate.banner=none", "--timeout", "60s", "--", "echo", "--timeout"], "--timeout\n"),
    (["--set=gate.banner=none", "run", "--timeout=60s", "--", "echo", "x"], "x\n"),
    (["--", "sh", "-c", 'echo "$1" "$2"', "sh", "a b", ""], "a b \n"),
    (["--", "/bin/sh", "-c", "echo x && echo y"], "x\ny\n"),
    (["--", "echo", "${HOME}", "$(id)", "*"], "${HOME} $(id) *\n"),
    (["--", "sh", "-c", 'echo "$0"', "--help"], "--help\n"),
])
def test_forms(open_gate, place, words, out):
    result = open_gate.call(*words, prefix=place)
    assert (result.code, result.out) == (0, out)


@pytest.mark.parametrize("words, said", [
    ([], "In front of an app: tenantgate -- APP"),
    (["--"], "which app?"),
    (["run"], "which app?"),
    (["run", "--"], "which app?"),
    (["gunicorn", "app.wsgi"], "write `--` before it: tenantgate -- gunicorn"),
    (["run", "gunicorn", "app.wsgi"], "An app stands behind `--`"),
    (["--nonsense", "--", "echo", "x"], "there is no option --nonsense"),
    (["run", "--tenant", "acme", "--", "echo", "x"], "always judges all tenants"),
    (["verify", "--", "echo", "x"], "starts no app"),
    (["--set", "gate.timeout", "--", "echo", "x"], "SECTION.KEY=VALUE"),
])
def test_forms_that_cannot_be_meant(open_gate, place, words, said):
    result = open_gate.call(*words, prefix=place)
    assert (result.code, result.out) == (64, ""), result
    assert said in result.said


def test_shell_form_of_an_entrypoint(open_gate, place):
    """ENTRYPOINT tenantgate -- echo x makes a shell process 1, which execs nothing by itself: it works all the same."""
    done = subprocess.run([*place, "/bin/sh", "-c", f"{open_gate.binary} -- sh -c 'exit 5'"], env=open_gate.environment(),
                          stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 5


def test_with_an_init_in_front(open_gate, place, app):
    """Compose's `init: true`: a small init is process 1, and the gate its child."""
    script = "\"$@\" & wait $!"
    done = subprocess.run([*place, "/bin/sh", "-c", script, "sh", str(open_gate.binary), "--", app, "exit", "6"],
                          env=open_gate.environment(), stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 6


def test_a_gate_behind_a_gate(open_gate, place):
    result = open_gate.call("--", str(open_gate.binary), "--", "echo", "x", prefix=place, app_unset="NOTHING",
                            env={"PATH": os.environ["PATH"]})
    assert (result.code, result.out) == (0, "x\n")
