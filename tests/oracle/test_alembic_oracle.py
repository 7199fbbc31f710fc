"""The judge against Alembic's own code: the gate is open exactly where the rows are the effective heads, what is pending
is what `alembic upgrade heads` would run, and an image is refused exactly where Alembic cannot load it or its revisions
go round in a circle (Alembic 1.8 overlooks some of those, and then never ends)."""
import collections
import graphlib
import os
import random
import warnings

import pytest
from alembic.script.revision import CycleDetected, Revision, RevisionError, RevisionMap

from . import driver

PROJECTS = int(os.environ.get("ORACLE_PROJECTS", "4000"))
HISTORIES = 12
SEED = int(os.environ.get("ORACLE_SEED", "20240229"))


class Project:
    """Revisions with their down revisions and dependencies."""

    def __init__(self):
        self.down = {}
        self.depends = {}

    def add(self, name, down, depends):
        self.down[name], self.depends[name] = list(dict.fromkeys(down)), list(dict.fromkeys(depends))

    def load(self):
        """Alembic's map of them; fails as Alembic does."""
        revisions = [Revision(name, tuple(self.down[name]), dependencies=tuple(self.depends[name])) for name in self.down]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = RevisionMap(lambda: revisions)
            made.heads  # noqa: B018: loads it
        return made

    def task(self, histories):
        migrations = [{"id": name, "parents": self.down[name], "depends": self.depends[name]} for name in self.down]
        return {"framework": "alembic", "migrations": migrations, "histories": [sorted(rows) for rows in histories]}

    def ancestors(self, rows):
        """The rows that are there, and all they build on."""
        found, todo = set(), [row for row in rows if row in self.down]
        while todo:
            name = todo.pop()
            if name not in found and name in self.down:
                found.add(name)
                todo += self.down[name] + self.depends[name]
        return found

    def has_circle(self):
        try:
            graphlib.TopologicalSorter({name: self.down[name] + self.depends[name] for name in self.down}).prepare()
        except graphlib.CycleError:
            return True
        return False

    def effective_heads(self, applied):
        below = {parent for name in applied for parent in self.down[name] + self.depends[name]}
        return applied - below

    def __repr__(self):
        return "\n".join(f"{name}: down {self.down[name]}, depends {self.depends[name]}" for name in self.down)


def make_project(dice):
    project, names = Project(), []
    for number in range(dice.randint(1, 9)):
        name = f"{dice.randrange(16**4):04x}{number}"
        base = not names or dice.random() < 0.12
        down = [] if base else [names[-1]] if dice.random() < 0.7 else dice.sample(names, min(len(names), dice.randint(1, 3)))
        depends = dice.sample(names, dice.randint(1, min(2, len(names)))) if names and dice.random() < 0.25 else []
        project.add(name, down, [other for other in depends if other not in down])
        names.append(name)
    what = dice.random()
    name = dice.choice(names)
    if what < 0.03:
        project.down[name].append("gone")
    elif what < 0.06:
        project.depends[name].append("gone")
    elif what < 0.09:
        project.down[name].append(dice.choice(names))
    elif what < 0.12:
        project.depends[name].append(dice.choice(names))
    elif what < 0.15:
        del project.down[name], project.depends[name]
    return project


def make_histories(dice, project):
    names = sorted(project.down)
    histories = [set(), project.effective_heads(set(names))]
    # What `alembic current --check-heads` took for the heads: those that no down_revision names.
    histories.append(set(names) - {parent for name in names for parent in project.down[name]})
    while len(histories) < HISTORIES and names:
        applied = project.ancestors(dice.sample(names, dice.randint(0, len(names))))
        how = dice.random()
        rows = project.effective_heads(applied)
        if how < 0.2:
            rows = set(dice.sample(names, dice.randint(0, len(names))))
        elif how < 0.3:
            rows |= {dice.choice(names)}
        elif how < 0.4:
            rows |= {"not_in_this_image"}
        histories.append(rows)
    return histories


@pytest.fixture(scope="module")
def cases():
    """(project, Alembic's map or None, histories, the judge's answer) for each random project."""
    made = []
    for number in range(PROJECTS):
        dice = random.Random(f"{SEED} {number}")
        project = make_project(dice)
        if not project.down:
            continue
        try:
            revisions = project.load()
        except (CycleDetected, KeyError):
            revisions = None
        made.append((project, revisions, make_histories(dice, project) if revisions else []))
    answers = driver.judge([project.task(histories) for project, _, histories in made])
    return [(*case, answer) for case, answer in zip(made, answers)]


def test_an_image_is_refused_exactly_where_alembic_cannot_load_it(cases):
    seen = collections.Counter()
    for project, revisions, _, answer in cases:
        sound = revisions is not None and not project.has_circle()
        assert (answer["error"] is None) == sound, f"{answer['error']}\n{project}"
        seen["sound" if sound else "circle" if project.has_circle() else "missing"] += 1
    assert min(seen["sound"], seen["circle"], seen["missing"]) >= PROJECTS // 50, seen


def test_the_gate_is_open_exactly_where_the_rows_are_the_effective_heads(cases):
    seen = collections.Counter()
    for project, revisions, histories, answer in cases:
        for rows, verdict in zip(histories, answer["verdicts"]):
            heads = set(revisions._real_heads)
            assert verdict["open"] == (rows == heads), f"rows {rows}, heads {heads}, {verdict}\n{project}"
            seen["open" if rows == heads else "closed"] += 1
            if heads != set(revisions.heads) and rows == set(revisions.heads):
                seen["redundant by depends_on"] += 1
    assert min(seen["open"], seen["closed"], seen["redundant by depends_on"]) >= PROJECTS // 50, seen


def upgrade_heads(revisions, rows):
    """What `alembic upgrade heads` would run; None where it stops with an error."""
    try:
        return {script.revision for script in revisions.iterate_revisions("heads", tuple(sorted(rows)), implicit_base=True)}
    except RevisionError:
        return None


def test_what_is_pending_is_what_upgrade_heads_would_run(cases):
    seen = collections.Counter()
    for project, revisions, histories, answer in cases:
        for rows, verdict in zip(histories, answer["verdicts"]):
            plan = upgrade_heads(revisions, rows)
            if plan is None:
                assert not verdict["open"], f"rows {rows}, {verdict}\n{project}"
                seen["stops"] += 1
            elif not verdict["inconsistent"]:
                assert set(verdict["pending"]) == plan, f"rows {rows}, {verdict}, {plan}\n{project}"
                seen["pending" if plan else "nothing"] += 1
    assert min(seen["stops"], seen["pending"], seen["nothing"]) >= PROJECTS // 50, seen


def test_applied_counts_all_that_a_row_builds_on(cases):
    for project, _, histories, answer in cases:
        for rows, verdict in zip(histories, answer["verdicts"]):
            assert verdict["applied"] == len(project.ancestors(rows)), f"rows {rows}\n{project}"


def test_pending_revisions_are_named_in_an_order_in_which_they_can_be_applied(cases):
    compared = 0
    for project, _, _, answer in cases:
        for verdict in answer["verdicts"]:
            places = {name: at for at, name in enumerate(verdict["pending"])}
            for name in places:
                for parent in project.down[name] + project.depends[name]:
                    if parent in places:
                        assert places[parent] < places[name], f"{verdict['pending']}\n{project}"
                        compared += 1
    assert compared > PROJECTS
