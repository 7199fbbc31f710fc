"""The judge against Django's own code: for any files and any history the gate is open exactly where `migrate --check`
would exit with 0, but for two rules of its own that are stricter:

- an image that could not even migrate an empty database is refused, whatever a database holds;
- a squash that is partly applied, not recorded itself, and whose other targets are gone from the image: Django quietly
  leaves those out for ever; here the history is inconsistent.
"""
import collections
import os
import random

import pytest

from . import driver
from .django_projects import File, make_histories, make_project
from .django_says import migrate_check

PROJECTS = int(os.environ.get("ORACLE_PROJECTS", "4000"))
HISTORIES = 12
SEED = int(os.environ.get("ORACLE_SEED", "20240229"))


def text(key):
    return ".".join(key)


def task(project, histories):
    """What the reader would hand to the judge: run_before is a parent of the migration that it names."""
    parents = {key: set(file.dependencies) for key, file in project.items()}
    for key, file in project.items():
        for child in file.run_before:
            parents[child].add(key)
    migrations = [
        {"id": text(key), "parents": sorted(map(text, parents[key])), "replaces": sorted(map(text, file.replaces))}
        for key, file in project.items()
    ]
    return {
        "framework": "django",
        "migrations": migrations,
        "histories": [sorted(map(text, rows)) for rows in histories],
    }


def has_hole(project, rows):
    """The stricter rule, once more and on its own."""
    for key, file in project.items():
        targets = set(file.replaces)
        lost = {target for target in targets - rows if target not in project}
        if key not in rows and targets & rows and lost:
            return True
    return False


def show(project, rows):
    lines = [f"rows: {sorted(map(text, rows))}"]
    for key, file in sorted(project.items()):
        lines.append(f"{text(key)}: {file}")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def cases():
    """(project, histories, the judge's answer) for each random project."""
    made = []
    for number in range(PROJECTS):
        dice = random.Random(f"{SEED} {number}")
        project, universe = make_project(dice)
        if project:
            made.append((project, make_histories(dice, project, universe, HISTORIES)))
    answers = driver.judge([task(project, histories) for project, histories in made])
    return [(project, histories, answer) for (project, histories), answer in zip(made, answers)]


def test_an_image_is_refused_exactly_where_django_cannot_load_it_for_an_empty_database(cases):
    seen = collections.Counter()
    for project, _, answer in cases:
        django = migrate_check(project, set())
        refused = answer["error"] is not None
        assert refused == (django.refusal != ""), f"Django: {django}\njudge: {answer['error']}\n{show(project, set())}"
        seen[django.refusal] += 1
    for kind in ("", "missing", "circle", "conflict"):
        assert seen[kind] >= PROJECTS // 200, f"too few cases of {kind!r} to mean anything: {seen}"


def test_the_gate_is_open_exactly_where_migrate_check_is_content(cases):
    seen = collections.Counter()
    for project, histories, answer in cases:
        for rows, verdict in zip(histories, answer["verdicts"]):
            django, hole = migrate_check(project, rows), has_hole(project, rows)
            said = f"Django: {django}, hole: {hole}\njudge: {verdict}\n{show(project, rows)}"
            assert verdict["open"] == (django.is_open and not hole), said
            seen["hole" if hole else django.refusal or ("pending" if django.plan else "open")] += 1
    for kind in ("open", "pending", "inconsistent", "missing", "circle", "conflict", "hole"):
        assert seen[kind] >= PROJECTS // 200, f"too few cases of {kind!r} to mean anything: {seen}"


def test_what_is_pending_is_what_django_would_run(cases):
    compared = 0
    for project, histories, answer in cases:
        for rows, verdict in zip(histories, answer["verdicts"]):
            django = migrate_check(project, rows)
            if django.refusal or has_hole(project, rows):
                continue
            assert sorted(verdict["pending"]) == sorted(map(text, django.plan)), show(project, rows)
            compared += 1
    assert compared > PROJECTS


def test_pending_migrations_are_named_in_an_order_in_which_they_can_be_applied(cases):
    compared = 0
    for project, histories, answer in cases:
        for rows, verdict in zip(histories, answer["verdicts"]):
            places = {name: at for at, name in enumerate(verdict["pending"])}
            for parent, child in migrate_check(project, rows).edges:
                if text(parent) in places and text(child) in places:
                    assert places[text(parent)] < places[text(child)], f"{verdict['pending']}\n{show(project, rows)}"
                    compared += 1
    assert compared > PROJECTS


def test_a_conflict_names_what_django_names():
    project = {
        ("shop", "0001"): File(),
        ("shop", "0002_a"): File(dependencies=[("shop", "0001")]),
        ("shop", "0002_b"): File(dependencies=[("shop", "0001")]),
    }
    assert migrate_check(project, set()).refusal == "conflict"
    (answer,) = driver.judge([task(project, [])])
    assert "shop.0002_a and shop.0002_b" in answer["error"]
