"""Each header stands alone: it brings what it needs, can be included twice, and says what it is for."""
import os
import shutil
import subprocess

import pytest

from harness.paths import REPOSITORY

SOURCE = REPOSITORY / "src"
HEADERS = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.h"))
COMPILER = os.environ.get("CC") or shutil.which("cc") or "gcc"


@pytest.fixture(scope="module")
def flags():
    libraries = subprocess.run(
        ["pkg-config", "--cflags", "libpq", "jansson"], capture_output=True, text=True, check=True
    ).stdout.split()
    return [
        "-std=c17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-D_GNU_SOURCE", '-DTENANTGATE_VERSION="test"',
        f"-I{SOURCE}", "-include", str(SOURCE / "base" / "banned.h"), *libraries,
    ]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_compiles_alone_and_twice(header, flags, tmp_path):
    source = tmp_path / "alone.c"
    source.write_text(f'#include "{header}"\n#include "{header}"\n')
    done = subprocess.run([COMPILER, *flags, source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_says_first_what_it_is_for(header):
    text = (SOURCE / header).read_text()
    assert text.startswith("/* "), "its first line is a comment on its job"
    assert text.count("#pragma once") == 1


@pytest.mark.parametrize("name", sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.c")))
def test_a_source_file_says_first_what_it_is_for(name):
    assert (SOURCE / name).read_text().startswith("/* ")
