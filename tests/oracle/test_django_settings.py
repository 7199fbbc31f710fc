"""Settings in several files, with conditions: what the reader decides must be what Python finds in INSTALLED_APPS, whichever way the
conditions go. It may always say that it is not decided; how often it does is bounded, so that it cannot hide there."""
import json
import os
import random
import subprocess

from harness import paths

PROJECTS = int(os.environ.get("ORACLE_PROJECTS", "4000")) // 10
SEED = int(os.environ.get("ORACLE_SEED", "20261121"))
PYTHON = os.environ.get("ORACLE_PYTHON", "/usr/bin/python3")

MIGRATED, PLAIN = ["a", "b", "c", "d"], ["p", "q"]
NAMES = ["APPS", "MORE", "INSTALLED_APPS"]
FILES = ["base", "extra", "parts"]

RUN = """
import importlib, json, os, sys
sys.dont_write_bytecode = True
answers = []
for choice in range(4):
    os.environ["ONE"], os.environ["TWO"] = str(choice & 1), str(choice >> 1)
    for name in [name for name in sys.modules if name.split(".")[0] == "shop"]:
        del sys.modules[name]
    try:
        apps = list(importlib.import_module("shop.settings.production").INSTALLED_APPS)
        answers.append(apps if len(set(apps)) == len(apps) and all(os.path.isdir(str(app)) for app in apps) else None)
    except Exception:
        answers.append(None) # Django would not start
print(json.dumps(answers))
"""


def texts(dice):
    picked = dice.sample(MIGRATED + PLAIN, dice.randint(1, 3)) + (["absent"] if dice.random() < 0.1 else [])
    return ", ".join(f"'{name}'" for name in picked)


def change(dice, name):
    other = dice.choice(NAMES)
    return dice.choice([
        f"{name} += [{texts(dice)}]", f"{name} += [{texts(dice)}]", f"{name}.append('{dice.choice(MIGRATED + PLAIN)}')",
        f"{name}.extend(({texts(dice)},))", f"{name}.insert(0, '{dice.choice(MIGRATED)}')", f"{name} = {name} + [{texts(dice)}]",
        f"{name} = [x for x in {name} if x not in {other}]", f"{name} = [{texts(dice)}]", f"{name} = {other}",
        f"{name} = list({other})", f"{name} += [x for x in {other} if x not in {name}]", f"{name} = {other} + [x for x in {name} if x not in {other}]",
        f"{name}.remove('{dice.choice(MIGRATED)}')", f"{name} = [*{other}, '{dice.choice(PLAIN)}']", f"{name} += {other}",
        f"{name} = list(dict.fromkeys({name} + {other}))",
    ])


def imports(dice, file, files):
    others = [other for other in files if other != file]
    if not others:
        return "import os"
    other, name = dice.choice(others), dice.choice(NAMES)
    return dice.choice([
        f"from .{other} import *", f"from .{other} import *", f"from shop.settings.{other} import *", f"from .{other} import {name}",
        f"from .{other} import {name} as {dice.choice(NAMES)}", f"from . import {other}\n{other}.{name}.append('{dice.choice(MIGRATED)}')",
        f"from . import {other}", f"import shop.settings.{other} as other",
        "from .gone import *" if dice.random() < 0.1 else f"from .{other} import *",
    ])


def statement(dice, file, files):
    roll = dice.random()
    if roll < 0.25:
        return imports(dice, file, files)
    if roll < 0.35:
        return f"try:\n    from .{dice.choice(['local', *files])} import *\nexcept ImportError:\n    pass"
    if roll < 0.42:
        inside = f"    from .{dice.choice(files)} import {dice.choice(NAMES)} as X\n    X" if files and dice.random() < 0.3 else \
            f"    {dice.choice(NAMES)}"
        called = "\nf()" if dice.random() < 0.5 else ""
        return f"def f():\n{inside}.append('{dice.choice(MIGRATED)}'){called}"
    text = change(dice, dice.choice(NAMES))
    if roll < 0.7:
        return text
    otherwise = f"\nelse:\n    {change(dice, dice.choice(NAMES))}" if dice.random() < 0.3 else ""
    return f"if os.environ['{dice.choice(['ONE', 'TWO'])}'] == '1':\n    {text}{otherwise}"


def module(dice, file, files):
    lines = ["import os"]
    if dice.random() < 0.7 and len(files) > 0:
        lines.append(imports(dice, file, files))
    for name in NAMES:
        if dice.random() < (0.9 if file == "base" else 0.15):
            lines.append(f"{name} = [{texts(dice)}]")
    lines += [statement(dice, file, files) for _ in range(dice.randint(0, 4))]
    return "\n".join(lines) + "\n"


def make(dice, folder):
    for app in MIGRATED + PLAIN:
        (folder / app).mkdir(parents=True)
        (folder / app / "__init__.py").touch()
    for app in MIGRATED:
        (folder / app / "migrations").mkdir()
        (folder / app / "migrations" / "__init__.py").touch()
        (folder / app / "migrations" / "0001_initial.py").write_text(
            "from django.db import migrations\nclass Migration(migrations.Migration):\n    pass\n")
    settings = folder / "shop" / "settings"
    settings.mkdir(parents=True)
    for package in (folder / "shop", settings):
        (package / "__init__.py").touch()
    files = FILES[:dice.randint(1, 3)]
    if dice.random() < 0.2:
        (settings / "__init__.py").write_text(module(dice, "__init__", files))
    for number, file in enumerate([*files, "production"]):
        # Mostly those that come before it; a circle now and then.
        reach = files if dice.random() < 0.1 else files[:number]
        (settings / f"{file}.py").write_text(module(dice, file, reach))


def test_settings_are_what_python_finds_or_not_decided(tmp_path):
    dice = random.Random(SEED)
    decided = 0
    alive = 0
    for number in range(PROJECTS):
        folder = tmp_path / str(number)
        make(dice, folder)
        env = {"PATH": "/usr/bin:/bin", "DJANGO_SETTINGS_MODULE": "shop.settings.production"}
        done = subprocess.run([str(paths.BINARY.resolve()), "manifest", "--set", "migrations.framework=django"], cwd=folder, env=env,
                              capture_output=True, text=True)
        said = json.loads(subprocess.run([PYTHON, "-c", RUN], cwd=folder, env=env, capture_output=True, text=True, check=True).stdout)
        answers = [sorted(app for app in apps if app in MIGRATED) for apps in said if apps is not None]
        alive += bool(answers)
        assert done.returncode in (0, 78), done
        if done.returncode == 78:
            continue
        decided += bool(answers)
        ours = sorted({migration["id"].split(".")[0] for migration in json.loads(done.stdout)["migrations"]})
        shown = "\n".join(f"# {file.name}\n{file.read_text()}" for file in sorted((folder / "shop" / "settings").iterdir()))
        assert all(ours == answer for answer in answers), (ours, answers, shown)
    assert decided > alive * 0.15, (decided, alive)
