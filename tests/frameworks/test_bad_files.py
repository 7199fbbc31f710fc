"""Files that nobody expects in a project: each gets a message with the file's name, exit code 78 and a closed gate; where the
framework has an opinion, the gate shares it."""
import os
import shutil
import subprocess
import sys

import pytest
from projects import CASES, AlembicProject, DjangoProject, failing

HERE = "catalog/migrations/"
DEPENDS = "from django.db import migrations\nclass Migration(migrations.Migration):\n    dependencies = [('vendored', '0001_initial')]\n"


@pytest.fixture
def tree(tmp_path, base):
    return DjangoProject(tmp_path / "tree", "django", base)


@pytest.fixture
def checked(bare_gate, base):
    """`manifest --check`, and the gate in front of an app, which must agree; returns the check's result."""
    def check(folder, **settings):
        result = bare_gate.call("manifest", "--check", cwd=folder, **settings)
        gated = bare_gate.run(cwd=folder, database_url=base.url(), tenants_settle="0", **settings)
        assert result.out == ""
        if result.code != 0:
            assert result.code == gated.code == 78 and gated.out == "", gated
            assert "Startup is BLOCKED" in gated.banner and "Exit code 78" in gated.banner
        else:
            assert gated.code in (0, 1), gated
        return result
    return check


def django_takes(tree):
    """Does Django itself load the files?"""
    return tree.manage("showmigrations", "--plan", check=False).returncode == 0


# What is not a project at all

def test_an_empty_folder(checked, tmp_path):
    (tmp_path / "empty").mkdir()
    result = checked(tmp_path / "empty")
    assert result.code == 78 and "no migration framework is recognised" in result.said
    for name in ("manage.py", "alembic.ini", "migrations.framework", "migrations.manifest"):
        assert name in result.said


def test_a_folder_that_is_not_there(checked, tmp_path):
    result = checked(tmp_path, migrations_path=tmp_path / "none")
    assert result.code == 78 and "none" in result.said


def test_a_path_that_is_a_file(checked, tmp_path):
    (tmp_path / "file").write_text("x")
    result = checked(tmp_path, migrations_path=tmp_path / "file", migrations_framework="django")
    assert result.code == 78 and "file" in result.said


@pytest.mark.parametrize("name", ["rails5", "djangoo", "", "\x1b[31mred", "x" * 500])
def test_an_unknown_framework(checked, tree, name):
    result = checked(tree.folder, migrations_framework=name)
    assert result.code == 78 and "migrations.framework" in result.said
    assert "help frameworks" in result.said


def test_two_frameworks_in_one_folder(checked, tree, tmp_path):
    """Nothing is guessed: one has to be named, and then counts alone."""
    shutil.copytree(CASES / "alembic_linear" / "migrations", tree.folder / "migrations")
    shutil.copy(CASES / "alembic_linear" / "alembic.ini", tree.folder)
    result = checked(tree.folder)
    assert result.code == 78 and "manage.py" in result.said and "alembic.ini" in result.said
    assert "migrations.framework" in result.said
    for name in ("django", "alembic"):
        named = checked(tree.folder, migrations_framework=name)
        assert named.code == 0 and ("23 migrations of Django" if name == "django" else "5 migrations of Alembic") in named.said


def test_a_project_without_migrations(checked, tmp_path, base):
    tree = DjangoProject(tmp_path / "tree", "django", base)
    tree.write("shop/settings.py", "SECRET_KEY = 'x'\nINSTALLED_APPS = ['nsapp']\n")
    result = checked(tree.folder)
    assert result.code == 78 and "no" in result.said and "migrations" in result.said


# Folders that Python sees otherwise than a person

@pytest.mark.parametrize("kept", [(), ("__init__.py",)], ids=["nothing kept", "__init__.py kept"])
def test_only_byte_code_in_pycache(checked, tree, kept):
    """Django sees no migrations at all there. Without __init__.py the sources were taken out of the image, which is refused;
    with it, it may be what another branch of the repository left behind, which is only said."""
    folder = tree.folder / "override" / "vendored_migrations"
    tree.run(sys.executable, "-m", "compileall", "-q", folder, PYTHONDONTWRITEBYTECODE="")
    for path in folder.glob("*.py"):
        if path.name not in kept:
            path.unlink()
    assert (folder / "__pycache__").is_dir()
    assert "vendored" not in tree.manage("showmigrations", "--plan").stdout
    result = checked(tree.folder)
    assert result.code == (0 if kept else 78)
    assert "vendored_migrations: holds only __pycache__" in result.said and "Django does not load them" in result.said


def test_byte_code_beside_no_source(checked, tree, bare_gate, base):
    """Compiled in place (`compileall -b`), it is a migration by its name, though its parents cannot be read."""
    tree.run(sys.executable, "-m", "compileall", "-b", "-q", "catalog/migrations")
    for path in (tree.folder / HERE).glob("0*.py"):
        path.unlink()
    assert django_takes(tree)
    assert checked(tree.folder).code == 0
    bare_gate.defaults = {"database_url": base.url(), "tenants_settle": "0"}
    assert bare_gate.verify(cwd=tree.folder).code == 0
    (tree.folder / HERE / "0005_more.pyc").write_bytes((tree.folder / HERE / "0004_item_weight.pyc").read_bytes())
    assert failing(bare_gate.verify(cwd=tree.folder).report) == {"public": {"pending"}}


def test_a_folder_named_like_a_migration(checked, tree):
    (tree.folder / HERE / "0005_folder.py").mkdir()
    assert django_takes(tree) == (checked(tree.folder).code == 0)


# Files

def put(tree, data, name="0005_bad.py"):
    path = tree.folder / HERE / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize("data", [
    b"\0" * 100, bytes(range(256)) * 50, DEPENDS.encode() + b"\0", b"\x7fELF" + b"\1" * 1000, b"\xff\xfe" + DEPENDS.encode("utf-16-le"),
    b"# coding: no-such-codec\n" + DEPENDS.encode(), b"\xe9 = 1\n" + DEPENDS.encode(), b"(" * 100_000, b"'''" + b"x" * 100_000,
    b"class Migration:\n\tdependencies = [\n", b"class Migration(migrations.Migration):\ndependencies = []\n",
], ids=["nul", "bytes", "nul-at-end", "elf", "utf-16", "codec", "latin-1", "parentheses", "string", "open list", "indentation"])
def test_a_file_that_python_cannot_read(checked, tree, data):
    put(tree, data)
    assert not django_takes(tree)
    result = checked(tree.folder)
    assert result.code == 78 and "0005_bad" in result.said, result


@pytest.mark.parametrize("data", [
    b"\xef\xbb\xbf" + DEPENDS.encode(), DEPENDS.replace("\n", "\r\n").encode(), DEPENDS.replace("\n", "\r").encode(),
    b"# -*- coding: latin-1 -*-\n# \xe9\n" + DEPENDS.encode(), ("# ü 日本\n" + DEPENDS).encode(), DEPENDS.encode().rstrip(),
    DEPENDS.replace("    ", "\t").encode(), b"\f\n" + DEPENDS.encode(),
], ids=["byte order mark", "crlf", "cr", "latin-1", "utf-8", "no line end", "tabs", "form feed"])
def test_a_file_that_python_can_read(checked, tree, data):
    put(tree, data, "0005_odd.py")
    assert django_takes(tree)
    result = checked(tree.folder)
    assert result.code == 78 and "0005_odd" in result.said, "two leaves now: they are what keeps it closed"


def test_a_file_without_permission(bare_gate, tree, tmp_path):
    path = put(tree, DEPENDS)
    path.chmod(0)
    for folder in (tmp_path, *tmp_path.parents, tree.folder, bare_gate.binary.parent):
        if str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    done = subprocess.run([str(bare_gate.binary), "manifest", "--check"], cwd=tree.folder, env=bare_gate.environment(),
                          capture_output=True, text=True, user=54321, group=54321, extra_groups=[])
    assert done.returncode == 78 and "0005_bad.py" in done.stderr and "Permission denied" in done.stderr, done
    path.unlink()
    (tree.folder / HERE).chmod(0o700)
    done = subprocess.run([str(bare_gate.binary), "manifest", "--check"], cwd=tree.folder, env=bare_gate.environment(),
                          capture_output=True, text=True, user=54321, group=54321, extra_groups=[])
    assert done.returncode == 78 and "catalog/migrations" in done.stderr and "Permission denied" in done.stderr, done


def test_a_huge_file(checked, tree):
    with open(put(tree, "#"), "r+b") as file:
        file.truncate(1 << 40)
    result = checked(tree.folder)
    assert result.code == 78 and "0005_bad.py" in result.said and "larger than" in result.said
    assert result.seconds < 5


@pytest.mark.parametrize("make", [
    lambda path: os.mkfifo(path), lambda path: path.symlink_to("/dev/zero"), lambda path: path.symlink_to(path),
    lambda path: path.symlink_to("/nowhere"),
], ids=["pipe", "endless device", "circle", "dangling"])
def test_no_file_at_all(checked, tree, make):
    """Nothing hangs, nothing is read without end."""
    make(tree.folder / HERE / "0005_bad.py")
    result = checked(tree.folder)
    assert result.code == 78 and "0005_bad.py" in result.said and result.seconds < 5


@pytest.mark.parametrize("name", ["0005_\x1b[31mred.py", "0005_\nnew line.py", "0005_ünï.py", "0005_日本.py", "0005_\u202etxt.py",
                                  "0005 blank.py", "0005-dash.py", "0005_'quote.py", '0005_"quote.py'])
def test_a_name_with_odd_characters(checked, tree, bare_gate, base, name):
    """A migration all the same, for Django too; its name is never shown raw (every run is checked for that)."""
    put(tree, DEPENDS.replace("vendored", "catalog").replace("0001_initial", "0004_item_weight"), name)
    assert django_takes(tree)
    assert checked(tree.folder).code == 0
    bare_gate.defaults = {"database_url": base.url(), "tenants_settle": "0"}
    report = bare_gate.verify(cwd=tree.folder).report
    assert "pending" in failing(report)["public"]
    base_rows = "INSERT INTO django_migrations (app, name, applied) VALUES ('catalog', %s, now())"
    base.sql(base_rows, name.removesuffix(".py"))
    try:
        with tree.worker() as django:
            assert django.ask("public") == (0, "")
        assert bare_gate.verify(cwd=tree.folder).code == 0
    finally:
        base.sql("DELETE FROM django_migrations WHERE name = %s", name.removesuffix(".py"))


def test_a_name_that_is_not_utf8(tree, bare_gate, base):
    """PostgreSQL cannot even hold it, so it can never be recorded: closed, by Django too, and shown without harm."""
    path = os.fsencode(tree.folder / HERE) + b"/0005_\xff.py"
    with open(path, "w") as file:
        file.write(DEPENDS.replace("vendored", "catalog").replace("0001_initial", "0004_item_weight"))
    assert not tree.is_migrated()
    result = bare_gate.run(cwd=tree.folder, database_url=base.url(), tenants_settle="0")
    assert result.code in (1, 78) and result.out == "" and "0005_" in result.said


def test_many_files(tree, base, bare_gate):
    """Two thousand migrations in a row."""
    before = "0004_item_weight"
    for number in range(5, 2005):
        name = f"{number:04}_step"
        (tree.folder / HERE / f"{name}.py").write_text("from django.db import migrations\nclass Migration(migrations.Migration):\n"
                                                       f"    dependencies = [('catalog', '{before}')]\n")
        before = name
    result = bare_gate.call("manifest", "--check", cwd=tree.folder)
    assert result.code == 0 and "2023 migrations" in result.said
    assert result.seconds < 3


# The file that a manifest is written to

def test_a_manifest_goes_into_devices_and_links_and_never_takes_their_place(tree, bare_gate, tmp_path):
    """As root in an image's build, `-o /dev/null` must not make a file of it."""
    device = tmp_path / "null"
    os.mknod(device, 0o666 | 0o020000, os.makedev(1, 3))
    done = bare_gate.call("manifest", "-o", device, cwd=tree.folder)
    assert done.code == 0 and device.is_char_device()

    (tmp_path / "target.json").write_text("old")
    (tmp_path / "link.json").symlink_to("target.json")
    assert bare_gate.call("manifest", "-o", tmp_path / "link.json", cwd=tree.folder).code == 0
    assert (tmp_path / "link.json").is_symlink() and "tenantgate_manifest" in (tmp_path / "target.json").read_text()

    piped = tree.shell(f"{bare_gate.binary} manifest -o /dev/stdout | cat")
    assert piped.stdout == (tmp_path / "target.json").read_text()
    assert {path.name for path in tmp_path.iterdir()} == {"null", "target.json", "link.json", "tree", "tree.bin", "home"}


def test_a_manifest_that_cannot_be_written(tree, bare_gate, tmp_path):
    for path in (tmp_path, tmp_path / "none" / "manifest.json"):
        result = bare_gate.call("manifest", "-o", path, cwd=tree.folder, manners=False)
        assert result.code == 70 and "cannot be written" in result.said


# Alembic

def test_odd_files_among_the_revisions(tmp_path, base, checked):
    project = AlembicProject(tmp_path / "linear", "alembic_linear", base)
    assert checked(project.folder).code == 0
    for name, data, code in [("README.md", b"# no", 0), ("__init__.py", b"junk = (", 0), ("_.py", b"\0\0", 78),
                             (".#x.py", b"junk = (", 0), ("x.PY", b"junk = (", 0)]:
        path = project.folder / "migrations/versions" / name
        path.write_bytes(data)
        result = checked(project.folder)
        assert result.code == code, (name, result)
        assert (project.alembic("heads", check=False).returncode == 0) == (code == 0), name
        path.unlink()


def test_versions_that_are_empty(tmp_path, base, checked):
    project = AlembicProject(tmp_path / "linear", "alembic_linear", base)
    project.remove("migrations/versions")
    (project.folder / "migrations/versions").mkdir()
    result = checked(project.folder)
    assert result.code == 78 and "no Alembic revisions" in result.said
