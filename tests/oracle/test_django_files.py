"""The reader of Django's files against Django's own loader: random projects on disk, written in the many ways that people
write them, must give the same graph, and what Django refuses to load must be refused."""
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
# Debian's own interpreter has Debian's Django; another one in PATH need not.
PYTHON = os.environ.get("ORACLE_PYTHON", "/usr/bin/python3")


class Writer:
    """Writes one random project."""

    def __init__(self, dice, folder):
        self.dice = dice
        self.folder = folder
        self.apps = []  # (entry, label, python package of the migrations or None)
        self.files = {}  # label: [names]

    def file(self, name, text=""):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def add_app(self, number):
        dice = self.dice
        name = f"app{number}"
        package = dice.choice([name, name, f"apps.{name}", f"deep.er.{name}"])
        folder = package.replace(".", "/")
        for parent in [folder.rsplit("/", n)[0] for n in range(1, folder.count("/") + 1)]:
            if dice.random() < 0.7:  # the others are namespace packages
                self.file(f"{parent}/__init__.py")
        self.file(f"{folder}/__init__.py")
        label, entry = name, package
        how = dice.random()
        if how < 0.5:
            label, entry = self.add_config(package, folder, name)
        migrations = f"{package}.migrations"
        kind = dice.random()
        if kind < 0.08:
            migrations = None
        elif kind < 0.12:
            self.file(f"{folder}/migrations.py", "x = 1\n")
            migrations = None
        elif kind < 0.2:
            migrations = f"over_{name}.here"
            self.file(f"over_{name}/__init__.py")
        self.apps.append((entry, label, migrations, kind))

    def add_config(self, package, folder, name):
        dice = self.dice
        label = dice.choice([name, f"label_{name}"])
        given = f"    label = {label!r}\n" if label != name or dice.random() < 0.5 else ""
        head = dice.choice(["from django.apps import AppConfig\n", "from django import apps\nAppConfig = apps.AppConfig\n",
                            "import django.apps\nfrom django.apps.config import AppConfig as Base\nclass AppConfig(Base):\n    default = False\n"])
        body = f"class Config(AppConfig):\n    default_auto_field = 'django.db.models.AutoField'\n    name = {package!r}\n{given}"
        how = dice.random()
        if head.startswith("from django import"):
            head, body = "from django import apps\n", body.replace("(AppConfig)", "(apps.AppConfig)")
        if "Base" in head:
            body += "    default = True\n"
        elif how < 0.2:
            body += "\nclass Other(Config):\n    label = 'never'\n    default = False\n"
        elif how < 0.3:
            body += f"\nclass Second(Config):\n    label = 'second_{name}'\n"
            label = name  # two, and none is the default: Django's plain class is used
        elif how < 0.4:
            body += f"\nclass Second(Config):\n    label = 'second_{name}'\n    default = True\n"
            label = f"second_{name}"
        self.file(f"{folder}/apps.py", head + "import os\nfrom pathlib import Path\n\n\n" + body)
        if dice.random() < 0.3:
            return ("never" if "Other" in body else label if "Second" not in body else f"second_{name}",
                    f"{package}.apps.{'Other' if 'Other' in body else 'Second' if 'Second' in body else 'Config'}")
        return label, package

    def pairs(self, pairs):
        """A list of pairs, spelled in one way or another; the text before the class, and the expression."""
        dice = self.dice
        items = [dice.choice(['("{}", "{}")', "('{}', '{}',)", "(\n            '{}',  # a comment\n            '{}')", "('{}', '' '{}')"]).format(*pair)
                 for pair in pairs]
        how = dice.random()
        if how < 0.6:
            return "", "[\n        " + "".join(f"{item},\n        " for item in items) + "]"
        if how < 0.75:
            return "", "(" + "".join(f"{item}, " for item in items) + ")"
        if how < 0.85 and items:
            return f"BEFORE = [{', '.join(items[1:])}]\n", f"[{items[0]}] + BEFORE"
        return f"BEFORE = [{', '.join(items)}]\n", "[*BEFORE]"

    def add_migrations(self, label, migrations, kind):
        dice = self.dice
        folder = migrations.replace(".", "/")
        init = kind >= 0.25 or dice.random() < 0.6
        if init:
            self.file(f"{folder}/__init__.py")
        names = [f"{n:04}_{dice.choice(['initial', 'x', 'auto', 'a-b'])}" for n in range(1, 2 if dice.random() < 0.3 else 1 if dice.random() < 0.02 else dice.randint(2, 5))]
        self.files[label] = names if init else []
        for at, name in enumerate(names):
            self.add_migration(label, folder, names, at)
        if len(names) > 2 and dice.random() < 0.4:
            squash = f"0001_squashed_{names[1]}"
            before, replaces = self.pairs([(label, names[0]), (label, names[1])])
            self.file(f"{folder}/{squash}.py",
                      f"from django.db import migrations\n{before}\nclass Migration(migrations.Migration):\n    replaces = {replaces}\n")
            if dice.random() < 0.3:
                (self.folder / folder / f"{names[0]}.py").unlink()
        for odd in ["_helper.py", "0009.dotted.py", "notes.txt", "~x.py", ".hidden.py"]:
            if dice.random() < 0.2:
                self.file(f"{folder}/{odd}", "not_a_migration = 1\n")
        if dice.random() < 0.1:
            self.file(f"{folder}/0008_package/__init__.py", "x = 1\n")
        if dice.random() < 0.02:
            self.file(f"{folder}/0007_bad.py", "x = 1\n")

    def add_migration(self, label, folder, names, at):
        dice = self.dice
        dependencies = [(label, names[at - 1])] if at else []
        others = [other for _, other, _, _ in self.apps if other != label]
        if dice.random() < 0.95:  # forwards only leads to circles
            others = [other for other in others if other in self.files]
        for other in dice.sample(others, min(len(others), dice.choice([0, 0, 1, 2]))):
            known = self.files.get(other)
            target = dice.choice(["__first__", "__latest__", *(known or [])])
            dependencies.append((other, target))
        if dice.random() < 0.02:
            dependencies.append((dice.choice(["gone", label]), dice.choice(["__first__", "0404"])))
        before, text = self.pairs(dependencies)
        if dice.random() < 0.2:
            text = f"[migrations.swappable_dependency(settings.AUTH_USER_MODEL)] + list({text})"
        head = dice.choice(["from django.db import migrations, models\nclass Migration(migrations.Migration):\n",
                            "from django.db.migrations import Migration as Base\nfrom django.db import migrations\nclass Migration(Base):\n",
                            "import django.db.migrations\nfrom django.db import migrations\nclass Migration(django.db.migrations.Migration):\n"])
        run_before = ""
        if dice.random() < 0.05 and any(self.files.get(other) for other in others):
            other = dice.choice([other for other in others if self.files.get(other)])
            run_before = f"    run_before = [({other!r}, {dice.choice(self.files[other])!r})]\n"
        imports, rest = head.rsplit("class ", 1)
        self.file(f"{folder}/{names[at]}.py",
                  f"# Generated\nfrom django.conf import settings\n{imports}\n\ndef forwards(apps, schema_editor):\n    dependencies = []\n"
                  f"    for x in dependencies:\n        setattr(x, 'y', 1)\n\n\n{before}\nclass {rest}    '''dependencies = 1'''\n    initial = True\n"
                  f"    dependencies = {text}\n{run_before}    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]\n")

    def add_settings(self):
        dice = self.dice
        entries = [entry for entry, _, _, _ in self.apps]
        modules = {label: package if "over_" in (package or "") else None for _, label, package, kind in self.apps
                   if "over_" in (package or "") or (package and kind > 0.97)}
        cut = dice.randint(0, len(entries))
        one, two = entries[:cut], entries[cut:]
        text = dice.choice([
            f"INSTALLED_APPS = {entries!r}\n",
            f"INSTALLED_APPS = {tuple(one)!r}\nINSTALLED_APPS += {tuple(two)!r}\n",
            f"A = {one!r}\nB = {two!r}\nINSTALLED_APPS = A + B\n",
            f"SHARED_APPS = {one!r}\nTENANT_APPS = {entries!r}\nINSTALLED_APPS = SHARED_APPS + [a for a in TENANT_APPS if a not in SHARED_APPS]\n",
            f"INSTALLED_APPS = [\n    *{one!r},\n]\nINSTALLED_APPS.extend({two!r})\n",
            f"INSTALLED_APPS = list({tuple(one)!r})\n" + "".join(f"INSTALLED_APPS.append({app!r})\n" for app in two),
        ])
        user = dice.choice([label for _, label, _, _ in self.apps])
        wild = "import os\nDEBUG = os.environ.get('DEBUG') == '1'\nif DEBUG:\n    EXTRA = ['x']\nLOGGING = {'x': [1, {'y': DEBUG}]}\n"
        self.file("conf/__init__.py")
        self.file("conf/settings.py", f"{wild}{text}AUTH_USER_MODEL = '{user}.User'\nMIGRATION_MODULES = {modules!r}\n")
        self.file("manage.py", "import os\n\n\ndef main():\n    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'conf.settings')\n")

    def write(self):
        for number in range(self.dice.randint(2, 5)):
            self.add_app(number)
        for _, label, migrations, kind in self.apps:
            if migrations is not None:
                self.add_migrations(label, migrations, kind)
        self.add_settings()


def read(project):
    """What the reader makes of it: (manifest or None, message)."""
    done = subprocess.run([paths.BINARY, "manifest", "--set", f"migrations.path={project}"], capture_output=True, text=True,
                          env={"PATH": "/usr/bin:/bin"}, cwd=project)
    assert done.returncode in (0, 78), done.stderr
    return (json.loads(done.stdout) if done.returncode == 0 else None), done.stderr


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    root = tmp_path_factory.mktemp("projects")
    made = []
    for number in range(PROJECTS):
        folder = root / str(number)
        Writer(random.Random(SEED + number), folder).write()
        made.append(folder)
    done = subprocess.run([PYTHON, HERE / "django_files.py", *made], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(zip(made, map(json.loads, done.stdout.splitlines())))


def test_the_same_graph_as_djangos_loader(projects):
    loaded = refused = undecided = 0
    for folder, says in projects:
        manifest, message = read(folder)
        if "error" in says:
            assert manifest is None, f"{folder}: Django refuses it: {says['error']}"
            refused += 1
            continue
        if manifest is None and ("is not decided: Django may take it" in message or "is to run before" in message
                                 or "there are no migrations" in message):
            undecided += 1
            continue
        if manifest is None and "contradict each other" in message:  # the judge's word on the graph
            assert says["refusal"], f"{folder}: {message}"
            refused += 1
            continue
        assert manifest is not None, f"{folder}: {message}"
        got = [{"id": m["id"], "parents": sorted(m["parents"]), "replaces": sorted(m.get("replaces", []))}
               for m in manifest["migrations"]]
        assert got == says["migrations"], folder
        loaded += 1
    print(f"{loaded} the same, {refused} refused by both, {undecided} undecided")
    assert loaded > PROJECTS // 3 and undecided < PROJECTS // 4, (loaded, refused, undecided)
