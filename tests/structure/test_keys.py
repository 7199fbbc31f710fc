"""Every key is explained, and every key that an example names exists."""
import os
import re
import subprocess

import pytest

from harness.paths import BINARY, REPOSITORY

DEFINITIONS = (REPOSITORY / "src" / "config" / "keys.def").read_text()
EXAMPLES = sorted((REPOSITORY / "config").glob("*.ini"))


def sections():
    """{id: (name, must have a NAME)}"""
    found = re.findall(r'^SECTION\((\w+), "(\w+)", (?:true|false), (true|false),', DEFINITIONS, re.MULTILINE)
    return {id: (name, must == "true") for id, name, must in found}


def keys():
    """[(section name, key, default)]"""
    found = re.findall(r'^KEY\((\w+), (\w+), \w+, "([^"]*)"', DEFINITIONS, re.MULTILINE)
    return [(sections()[id][0], key, default) for id, key, default in found]


def run(*args, **environment):
    env = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run([BINARY, *args], capture_output=True, text=True, env=env, cwd="/", check=False)


@pytest.fixture(scope="module")
def help_by_section():
    done = run("help", "config")
    assert done.returncode == 0, done.stderr
    parts = re.split(r"^\[(\w+)(?:\.NAME)?\]", done.stdout, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def test_the_table_was_read_whole():
    assert len(keys()) == len(re.findall(r"^KEY\(", DEFINITIONS, re.MULTILINE)) > 80
    assert len(sections()) == len(re.findall(r"^SECTION\(", DEFINITIONS, re.MULTILINE))


def test_help_lists_the_sections_of_the_table(help_by_section):
    assert list(help_by_section) == [name for name, _ in sections().values()]


@pytest.mark.parametrize("section, key, default", keys())
def test_help_lists_every_key_with_its_default(help_by_section, section, key, default):
    assert re.search(rf"^  {key} = {re.escape(default)}( |$)", help_by_section[section], re.MULTILINE)


@pytest.mark.parametrize("section, key, default", keys())
def test_every_key_has_an_environment_variable(section, key, default):
    named = next(must for name, must in sections().values() if name == section)
    variable = f"TENANTGATE_{section}_{'_X__' if named else ''}{key}".upper()
    done = run("config", **{variable: default})
    assert done.returncode == 0, done.stderr
    assert re.search(rf"^# from {variable}\n{key} =", done.stdout, re.MULTILINE)


def named_in(example):
    """(section, key) of an example, those behind a comment sign included where they look like a key."""
    section, found = None, []
    for line in example.read_text().splitlines():
        if opened := re.match(r"^#? ?\[(\w+)(?:\.[\w-]+)?\]$", line):
            section = opened[1]
        elif key := re.match(r"^(?:# )?([a-z_]+) =", line):
            found.append((section, key[1]))
    return found


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_names_only_keys_that_exist(example):
    found = named_in(example)
    assert found, "an example without a key shows nothing"
    unknown = set(found) - {(section, key) for section, key, _ in keys()}
    assert not unknown


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_can_be_loaded(example):
    done = run("config", "--config", str(example))
    assert done.returncode == 0, done.stderr
    assert str(example) in done.stdout


def test_there_are_examples_and_their_readme_names_each():
    assert EXAMPLES
    text = (REPOSITORY / "config" / "README.md").read_text()
    assert [example.name for example in EXAMPLES if example.name not in text] == []
