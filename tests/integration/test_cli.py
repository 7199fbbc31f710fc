"""The command line from outside."""
import re

import pytest
from harness.history import tenant

COMMANDS = ["run", "wait", "verify", "status", "manifest", "config", "help", "version"]
LATER = ["snapshot", "repair", "doctor", "completion"]


@pytest.mark.parametrize("arguments, words", [
    ([], "no command and no app"), (["nonsense"], "there is no command 'nonsense'"), (["--nonsense"], "no option --nonsense"),
    (["verify", "--nonsense"], "no option --nonsense"), (["run"], "which app?"), (["--"], "which app?"), (["run", "--"], "which app?"),
    (["verify", "extra"], "what is 'extra'?"), (["verify", "--", "app"], "starts no app"), (["wait", "--", "app"], "starts no app"),
    (["verify", "--format", "yaml"], "not 'yaml'"), (["verify", "--format"], "needs a value"), (["verify", "--config"], "needs a value"),
    (["run", "--tenant", "a", "--", "app"], "takes no --tenant"), (["wait", "--tenant", "a"], "takes no --tenant"),
    (["run", "--format", "json", "--", "app"], "takes no --format"), (["verify", "-o", "x"], "takes no --output"),
    (["verify", "--check"], "takes no --check"), (["--color", "red", "verify"], "not 'red'"), (["verify", "--quiet=1"], "takes no value"),
    (["verify", "--set", "gate.timeout"], "SECTION.KEY=VALUE"), (["verify", "--set", "x=y"], "SECTION.KEY=VALUE"),
    (["verify", "--tenant", ""], "--tenant needs a name"), (["app", "--", "x"], "no command 'app'"),
    (["python", "manage.py"], "tenantgate -- python"), (["-x"], "no option -x"), (["manifest", "extra"], "no operand"),
    (["manifest", "--from", "cobol", "-"], "not 'cobol'"), (["manifest", "--script", "perl"], "--script takes django"),
    (["help", "nonsense"], "no command or topic"), (["\033[31m"], "\\x1b[31m")], ids=range(31))
def test_wrong_command_lines(bare_gate, arguments, words):
    result = bare_gate.call(*arguments)
    assert result.code == 64, result
    assert words in result.err and result.out == ""


@pytest.mark.parametrize("command", LATER)
def test_commands_of_later_say_so(bare_gate, command):
    result = bare_gate.call(command)
    assert result.code == 64 and f"`{command}` is not built yet" in result.err


@pytest.mark.parametrize("arguments", [["--set", "nonsense.key=1"], ["--set", "gate.nonsense=1"], ["--timeout", "soon"]])
def test_wrong_settings_on_the_command_line_are_wrong_configuration(bare_gate, arguments):
    result = bare_gate.call("verify", *arguments)
    assert result.code == 78 and arguments[0] in result.said


def test_help(bare_gate):
    overview = bare_gate.call("--help")
    assert overview.code == 0 and overview.err == ""
    assert bare_gate.call("help").out == bare_gate.call("-h").out == overview.out
    for command in COMMANDS + LATER:
        assert command in overview.out
        one = bare_gate.call("help", command)
        assert one.code == 0 and f"tenantgate {command}" in one.out
        assert one.out.startswith(bare_gate.call(command, "--help").out), "the topic `config` goes on with the keys"
    assert "not built yet" in bare_gate.call("help", "doctor").out.lower()
    for code in ("0", "1", "64", "69", "70", "77", "78", "126, 127", "128+N"):
        assert code in overview.out


def test_help_config_lists_every_key_that_config_shows(bare_gate):
    topic = bare_gate.call("help", "config").out
    section = None
    keys = 0
    for line in bare_gate.call("config").out.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
            assert f"[{section}" in topic
        elif line.startswith("# ") and " =" in line:
            keys += 1
            assert f"  {line[2:].split(' =')[0]} =" in topic, (section, line)
    assert keys > 50


def test_help_frameworks(bare_gate):
    out = bare_gate.call("help", "frameworks").out
    assert "django_migrations" in out and "alembic_version" in out and "drizzle.__drizzle_migrations" in out
    assert max(map(len, out.splitlines())) <= 80, out
    # Each is in the table and among the commands; what a line cannot hold goes on as a shell reads it.
    names = re.findall(r"^([a-z][a-z-]+)  +\S+  *\S", out.split("\n\n")[0], re.M)
    assert len(names) >= 27 and [name for name in names if not re.search(rf"^  {name}  +\S", out, re.M)] == []
    assert re.search(r"atlas migrate apply .* \\\n +\"\$DATABASE_URL\"\n", out)


def test_version(bare_gate):
    for arguments in (["version"], ["--version"]):
        result = bare_gate.call(*arguments)
        assert result.code == 0 and result.out.startswith("tenantgate ") and result.out.count("\n") == 1
    assert "libpq" in bare_gate.call("version", "-v").out


def test_help_and_version_need_no_configuration(bare_gate, tmp_path):
    (tmp_path / "tenantgate.ini").write_text("nonsense")
    for arguments in (["help"], ["version"], ["--help"], ["verify", "--help"], ["help", "config"]):
        assert bare_gate.call(*arguments, env={"TENANTGATE_NONSENSE": "1"}).code == 0


def test_all_behind_the_dashes_belongs_to_the_app(gate, db):
    db.sql(tenant("acme"))
    result = gate.run("printf", "[%s]", "--", "-v", "--config", "", "a b", "${HOME}", "--help")
    assert (result.code, result.out) == (0, "[--][-v][--config][][a b][${HOME}][--help]")


def test_without_the_word_run(gate, db):
    db.sql(tenant("acme"))
    assert gate.call("--", "echo", "here").out == "here\n"
    assert gate.call("-q", "--timeout=30s", "--", "echo", "here").out == "here\n"


def test_options_before_and_after_the_command(gate, db):
    db.sql(tenant("acme"))
    for arguments in (["--format", "json", "verify"], ["verify", "--format=json"], ["-q", "verify", "--format", "json"]):
        result = gate.call(*arguments)
        assert result.code == 0 and result.report["result"] == "open"


def test_the_database_on_the_command_line(gate, db):
    db.sql(tenant("acme"))
    assert gate.call("verify", "--database", db.url(), database_url="postgresql://nobody@127.0.0.1:1/x").code == 0


def test_references_on_the_command_line(gate, db):
    db.sql(tenant("acme"))
    assert gate.call("verify", "--database", "${MINE}", env={"MINE": db.url()}, database_url=None).code == 0


@pytest.mark.parametrize("app, code, words", [
    (["no-such-program"], 127, "was not found"), (["/no/such/program"], 127, "was not found"), (["/etc"], 126, "cannot be executed"),
    (["./plain.txt"], 126, "cannot be executed"), (["./no-interpreter"], 127, "interpreter"), (["./no-shebang"], 126, "#!"),
    ([""], 127, "was not found")])
def test_apps_that_cannot_be_started(gate, db, tmp_path, app, code, words):
    db.sql(tenant("acme"))
    (tmp_path / "plain.txt").write_text("text")
    for name, text in (("no-interpreter", "#!/no/such/interpreter\n"), ("no-shebang", "echo no\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    result = gate.call("run", "--", *app)
    assert result.code == code, result
    assert words in result.err and result.out == ""


@pytest.mark.parametrize("code", [0, 1, 2, 42, 69, 77, 127, 255])
def test_the_apps_exit_code_is_passed_on(gate, db, code):
    db.sql(tenant("acme"))
    assert gate.run("sh", "-c", f"exit {code}").code == code


def test_a_lone_app_needs_no_tenants_to_be_closed(gate, db):
    """The app is looked for only once the gate is open: what is wrong with the tenants comes first."""
    assert gate.call("run", "--", "no-such-program").code == 1
