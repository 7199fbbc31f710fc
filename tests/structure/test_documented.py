"""What the program can say stands where people look: exit codes, commands and options."""
import re
import subprocess

import pytest

from harness.paths import BINARY, REPOSITORY

SOURCE = REPOSITORY / "src"
CODES = {
    name: int(value)
    for name, value in re.findall(r"^    EXIT_(\w+) = (\d+),", (SOURCE / "gate" / "outcome.h").read_text(), re.MULTILINE)
}
REASONS = {
    "open", "tenants_not_migrated", "too_few_tenants", "no_expected_migrations", "configuration", "database_unavailable",
    "database_refused", "dependency_unavailable", "deadline", "step_failed", "lock_timeout", "signalled", "internal",
}  # fmt: skip


def said(*args):
    done = subprocess.run([BINARY, *args], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def shown(code):
    return "128+N" if code == CODES["SIGNAL_BASE"] else str(code)


def test_the_codes_were_found():
    assert CODES["OPEN"] == 0 and CODES["NOT_MIGRATED"] == 1 and len(CODES) >= 10


def codes_in(text):
    """Codes at the head of a table's row or of an entry of the list: "126, 127", "128+N"."""
    return {code for entry in text for code in re.findall(r"128\+N|\d+", entry)}


def test_help_tells_every_exit_code_and_no_other():
    part = said("help").split("\nExit codes\n")[1].split("\n\n")[0]
    entries = re.findall(r"(?:^|  )((?:\d+|128\+N)(?:, \d+)*) \w", part, re.MULTILINE)
    assert codes_in(entries) == {shown(code) for code in CODES.values()}


def test_the_readme_tells_every_exit_code_and_no_other():
    part = (REPOSITORY / "README.md").read_text().split("## Exit codes\n")[1].split("\n## ")[0]
    entries = re.findall(r"^\| ([\d, +N]+) \|", part, re.MULTILINE)
    assert codes_in(entries) == {shown(code) for code in CODES.values()}


def test_the_manual_page_tells_every_exit_code_and_no_other():
    part = (SOURCE / "tenantgate.1").read_text().split(".SH EXIT STATUS\n")[1].split(".SH ")[0]
    entries = re.findall(r"^\.TP\n\.[BIR]+ (.*)$", part, re.MULTILINE)
    assert codes_in(entry.replace("+ N", "+N") for entry in entries) == {shown(code) for code in CODES.values()}


def test_every_reason_is_one_of_the_reports():
    text = (SOURCE / "gate" / "outcome.c").read_text() + (SOURCE / "gate" / "gate.c").read_text() + (
        SOURCE / "gate" / "verdict.c").read_text()
    used = set(re.findall(r'\{EXIT_\w+, "(\w+)"\}', text)) | set(re.findall(r'reason = .*"(\w+)"', text))
    assert len(used) > 5
    assert used <= REASONS


def commands():
    text = (SOURCE / "cli" / "commands.c").read_text()
    return re.findall(r'^    \{"(\w+)", COMMAND_', text, re.MULTILINE)


@pytest.mark.parametrize("command", commands())
def test_help_tells_of_every_command(command):
    assert re.search(rf"^  {command} +\S", said("help"), re.MULTILINE)
    assert f"tenantgate {command}" in said("help", command)


def options():
    text = (SOURCE / "cli" / "options.c").read_text()
    return re.findall(r'^    \{"(--[\w-]+)", (?:"(-\w)"|NULL), OPTION_\w+, \w+, (?:"[^"]*"|NULL), (?:"([^"]*)"|NULL)\}', text, re.MULTILINE)


def test_the_options_were_found():
    assert len(options()) == len(re.findall(r'^    \{"--', (SOURCE / "cli" / "options.c").read_text(), re.MULTILINE)) > 10


@pytest.mark.parametrize("name, short, takers", options())
def test_help_tells_of_every_option(name, short, takers):
    places = [said("help")] + [said("help", command) for command in takers.split()]
    assert any(re.search(rf"(?<![\w-]){name}(?![\w-])", text) for text in places)
    if short:
        assert any(re.search(rf"(?<![\w-]){short}(?![\w-])", text) for text in places)


def test_the_version_is_the_projects():
    wanted = re.search(r"^  version: '([\d.]+)'", (REPOSITORY / "meson.build").read_text(), re.MULTILINE)[1]
    assert said("version") == f"tenantgate {wanted}\n"


# The first word is what people call it: "Rails (ActiveRecord)", "Alembic / Flask-Migrate".
FRAMEWORKS = [title.split()[0] for title in re.findall(r'^        \.title = "(.*)",', (SOURCE / "framework/rows.c").read_text(),
                                                      re.MULTILINE) if title != "two queries of your own"]


@pytest.mark.parametrize("name", ["README.md", "src/expected/README.md"])
def test_every_framework_is_in_the_tables(name):
    assert len(FRAMEWORKS) >= 26
    table = "\n".join(line for line in (REPOSITORY / name).read_text().splitlines() if line.startswith("| "))
    assert [title for title in FRAMEWORKS if title not in table] == []
