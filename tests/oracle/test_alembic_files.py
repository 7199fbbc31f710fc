"""The reader of Alembic's files against Alembic's own code: random projects on disk, written in the many ways that people
write them, must give the same graph, and what Alembic refuses to load must be refused."""
import json
import os
import pathlib
import random
import subprocess

import pytest

from harness import paths

PROJECTS = int(os.environ.get("ORACLE_PROJECTS", "4000")) // 20
SEED = int(os.environ.get("ORACLE_SEED", "20240229"))
HERE = pathlib.Path(__file__).resolve().parent
PYTHON = os.environ.get("ORACLE_PYTHON", "/usr/bin/python3")


def literal(dice, text):
    """One string, spelled in one way or another."""
    return dice.choice(['"{}"', "'{}'", "'''{}'''", 'r"{}"', "'' '{}'", '(\n    "{}"  # comment\n)', "u'{}'"]).format(text)


def sequence(dice, names, scalar=True):
    if not names:
        return "None" if scalar or dice.random() < 0.8 else "()"
    if len(names) == 1 and scalar and dice.random() < 0.8:
        return literal(dice, names[0])
    items = ", ".join(literal(dice, name) for name in names)
    return f"({items},)" if dice.random() < 0.6 else f"[{items}]"


def revision_text(dice, rev):
    values = {
        "revision": literal(dice, rev["id"]),
        "down_revision": sequence(dice, rev["down"]),
        "branch_labels": sequence(dice, rev["labels"]),
        "depends_on": sequence(dice, rev["depends"]),
    }
    if dice.random() < 0.3 and not rev["labels"]:
        del values["branch_labels"]
    if dice.random() < 0.3 and not rev["depends"]:
        del values["depends_on"]
    if dice.random() < 0.01:
        del values["down_revision"]
    how = dice.random()
    if how < 0.2:
        lines = "; ".join(f"{key} = {value}" for key, value in values.items()) + "\n"
    elif how < 0.35:
        lines = f"{', '.join(values)} = {', '.join(values.values())}\n"
    elif how < 0.6:
        lines = "".join(f"{key}: Union[str, Sequence[str], None] = {value}\n" for key, value in values.items())
    elif how < 0.7:
        lines = "".join(f"{key} = old_{key} = {value}\n" for key, value in values.items())
    else:
        lines = "".join(f"{key} = {value}\n" for key, value in values.items())
    decoy = dice.choice(["", "def helper():\n    revision = 'decoy'\n    down_revision = revision\n    return down_revision\n",
                         "NOTE = '''\nrevision = \"decoy\"\n'''\n", "class Old:\n    revision = 'decoy'\n",
                         "# revision = 'decoy'\n", "if True:\n    other = f\"{'revision'} = 1\"\n"])
    return (f'"""message\n\nRevision ID: decoy\nRevises: decoy2\n"""\nfrom typing import Sequence, Union\n\n{decoy if dice.random() < 0.5 else ""}'
            f"{lines}{decoy}\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n")


def make_revisions(dice):
    revisions = []
    for number in range(dice.randint(1, 8)):
        known = [rev["id"] for rev in revisions]
        down = dice.sample(known, min(len(known), dice.choice([0, 1, 1, 1, 1, 2])))
        depends = dice.sample(known, min(len(known), dice.choice([0, 0, 0, 1, 2]))) if dice.random() < 0.3 else []
        labels = [f"label{number}"] if not down and dice.random() < 0.5 else []
        for other in revisions:
            if other["labels"] and dice.random() < 0.1:
                depends.append(other["labels"][0])
        name = dice.choice(["{:x}", "rev_{}", "R{}", "{:04}"]).format(number + 160)
        revisions.append({"id": name, "down": down, "depends": depends, "labels": labels})
    wrong = dice.random()
    one = dice.choice(revisions)
    if wrong < 0.05:
        one["down"].append("gone")
    elif wrong < 0.08:
        one["depends"].append("gone")
    elif wrong < 0.11:
        one["down"].append(dice.choice(revisions)["id"])
    elif wrong < 0.13:
        one["id"] = "a-b"
    elif wrong < 0.15:
        one["labels"] = [dice.choice(revisions)["id"]]
    elif wrong < 0.17:
        one["depends"].append(dice.choice(revisions)["id"])
    return revisions


def write(dice, folder):
    locations = dice.choice([[], [], ["migrations/versions"], ["one", "two"], ["one", "migrations/versions"]])
    places = locations or ["migrations/versions"]
    lines = ["[alembic]", f"script_location = {dice.choice(['migrations', '%(here)s/migrations', './migrations/'])}"]
    if locations:
        separator = dice.choice([None, ("os", ":"), ("space", " "), (";", ";")])
        prefix = dice.choice(["", "%(here)s/"])
        lines.append("version_locations = " + (separator[1] if separator else dice.choice([" ", ", ", ","])).join(prefix + loc for loc in locations))
        if separator:
            lines.append(f"version_path_separator = {separator[0]}")
    # recursive_version_locations is for Alembic 1.10 and later, and Debian 12 has an older one: see tests/unit instead.
    (folder / "migrations").mkdir(parents=True)
    (folder / "alembic.ini").write_text("\n".join(lines) + "\n\n[loggers]\nkeys = root\n")
    (folder / "migrations/env.py").write_text("from alembic import context\ncontext.configure(url='postgresql://')\n")
    for place in places:
        (folder / place).mkdir(parents=True, exist_ok=True)
    for number, rev in enumerate(make_revisions(dice)):
        place = folder / dice.choice(places)
        name = dice.choice([f"{rev['id']}_message.py", f"_{number}.py", f"2026-{number}.py", f".h{number}.py"])
        (place / name).write_text(revision_text(dice, rev))
    for odd in [".#lock.py", "__init__.py", "__init__x.py", "notes.txt", "old.pyc"]:
        if dice.random() < 0.2:
            (folder / places[0] / odd).write_text("raise RuntimeError\n")
    if dice.random() < 0.3:
        (folder / places[0] / "unread").mkdir(exist_ok=True)
        (folder / places[0] / "unread" / "x.py").write_text("raise RuntimeError\n")


def is_circular(migrations):
    left = {m["id"]: set(m["parents"]) | set(m["depends"]) for m in migrations}
    while True:
        free = {rev for rev, needs in left.items() if not needs & set(left)}
        if not free:
            return bool(left)
        left = {rev: needs for rev, needs in left.items() if rev not in free}


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    root = tmp_path_factory.mktemp("projects")
    made = []
    for number in range(PROJECTS):
        folder = root / str(number)
        folder.mkdir()
        write(random.Random(SEED + number), folder)
        made.append(folder)
    done = subprocess.run([PYTHON, HERE / "alembic_files.py", *made], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(zip(made, map(json.loads, done.stdout.splitlines())))


def test_the_same_graph_as_alembic(projects):
    loaded = refused = 0
    for folder, says in projects:
        done = subprocess.run([paths.BINARY, "manifest"], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, cwd=folder)
        assert done.returncode in (0, 78), done.stderr
        if "error" in says:
            assert done.returncode == 78, f"{folder}: Alembic refuses it: {says['error']}"
            refused += 1
            continue
        if done.returncode == 78 and is_circular(says["migrations"]):  # Alembic's own check misses some circles
            assert "in a circle" in done.stderr
            continue
        assert done.returncode == 0, f"{folder}: {done.stderr}"
        got = [{"id": m["id"], "parents": sorted(m["parents"]), "depends": sorted(m.get("depends", []))}
               for m in json.loads(done.stdout)["migrations"]]
        assert got == says["migrations"], folder
        loaded += 1
    print(f"{loaded} the same, {refused} refused by both")
    assert loaded > PROJECTS // 2, (loaded, refused)
