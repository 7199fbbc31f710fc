"""Random small Django projects and histories, each a state that people get into: squashes before, while and after their
originals are deleted, branches, merges, files that are missing, rows that came and went."""
import dataclasses

LABELS = ["shop", "a", "a_b", "users"]


@dataclasses.dataclass
class File:
    """A migration file."""

    dependencies: list = dataclasses.field(default_factory=list)
    run_before: list = dataclasses.field(default_factory=list)
    replaces: list = dataclasses.field(default_factory=list)


def _chains(dice, labels):
    """Each app's migrations, mostly one behind the other, with dependencies on other apps."""
    project, order = {}, []
    wanted = [label for label in labels for _ in range(dice.randint(1, 5))]
    dice.shuffle(wanted)
    made = {label: [] for label in labels}
    for label in wanted:
        key = (label, f"{len(made[label]) + 1:04}")
        file = File()
        if made[label]:
            branch = dice.random() < 0.02
            file.dependencies.append(dice.choice(made[label]) if branch else made[label][-1])
            if dice.random() < 0.05:
                file.dependencies.append(dice.choice(made[label]))
        others = [other for other in order if other[0] != label]
        if others and dice.random() < 0.4:
            file.dependencies.append(dice.choice(others))
        project[key] = file
        made[label].append(key)
        order.append(key)
    return project, order


def _outer_dependencies(project, targets):
    found = []
    for target in targets:
        for parent in project[target].dependencies:
            if parent not in targets and parent not in found:
                found.append(parent)
    return found


def _add_squash(dice, project, label, number):
    """As `squashmigrations` writes it, over a run of the app's migrations."""
    chain = [key for key in project if key[0] == label and not project[key].replaces]
    if len(chain) < 2:
        return None
    first = dice.randrange(len(chain) - 1)
    last = dice.randint(first + 1, len(chain) - 1)
    targets = chain[first : last + 1]
    key = (label, f"{targets[0][1]}_squashed_{targets[-1][1]}" + ("" if number == 0 else f"_{number}"))
    if key in project:
        return None
    project[key] = File(dependencies=_outer_dependencies(project, targets), replaces=list(targets))
    return key


def _use_squash(dice, project, squash, chance):
    """Those that hang on the originals are pointed to the squash, as people do before deleting the originals."""
    targets = project[squash].replaces
    for key, file in project.items():
        if key != squash and key not in targets and not set(project[squash].dependencies) & {key}:
            for at, parent in enumerate(file.dependencies):
                if parent in targets and dice.random() < chance:
                    file.dependencies[at] = squash


def _delete_originals(dice, project, squash):
    targets = project[squash].replaces
    how = dice.random()
    for target in targets:
        if how < 0.6 or dice.random() < 0.5:
            project.pop(target, None)


def _disturb(dice, project, order):
    """What goes wrong in real life, and what only malice does."""
    what = dice.random()
    key = dice.choice(list(project))
    if what < 0.35:
        del project[key]
    elif what < 0.5:
        project[key].dependencies.append((dice.choice(LABELS), "0404_gone"))
    elif what < 0.65:
        project[key].dependencies.append(dice.choice(order))
    elif what < 0.75:
        project[key].run_before.append(dice.choice(list(project)))
    elif what < 0.9 and project[key].dependencies:
        project[key].dependencies.remove(dice.choice(project[key].dependencies))
    elif project[key].replaces:
        project[key].replaces.pop(dice.randrange(len(project[key].replaces)))


def make_project(dice):
    """Files by (app, name), and all keys that a history could name."""
    labels = dice.sample(LABELS, dice.randint(1, 3))
    project, order = _chains(dice, labels)
    for label in labels:
        for number in range(dice.choice([0, 0, 1, 1, 1, 1, 1, 2])):
            squash = _add_squash(dice, project, label, number)
            if squash is None:
                continue
            if dice.random() < 0.5:
                _use_squash(dice, project, squash, dice.choice([1.0, 1.0, 0.5]))
            if dice.random() < 0.5:
                _delete_originals(dice, project, squash)
    universe = sorted(set(project) | set(order))
    if dice.random() < 0.25:
        _disturb(dice, project, order)
    # A folder is read in no particular order, and Django's answer does not hang on it, but for one case: squashes that
    # share a target. There the judge has one order, by name, and the comparison is with that one.
    targets = [target for file in project.values() for target in file.replaces]
    keys = sorted(project, key=".".join)
    if len(targets) == len(set(targets)):
        dice.shuffle(keys)
    return {key: project[key] for key in keys}, universe


def make_histories(dice, project, universe, count):
    """Sets of applied migrations: consistent ones mostly, and all kinds of broken ones."""
    histories = [set(), set(universe)]
    squashes = [key for key in project if project[key].replaces]
    while len(histories) < count:
        rows = set(universe)
        how = dice.random()
        if how < 0.2:
            rows = set(universe[: dice.randrange(len(universe) + 1)])
        elif how < 0.4:
            rows -= set(dice.sample(universe, min(len(universe), dice.randint(1, 2))))
        elif how < 0.5:
            likely = dice.choice([0.2, 0.5, 0.8, 0.95])
            rows = {key for key in universe if dice.random() < likely}
        elif how < 0.6:
            label = dice.choice(universe)[0]
            last = dice.randrange(len(universe))
            rows -= {key for at, key in enumerate(universe) if key[0] == label and at >= last}
        for squash in squashes:
            state = dice.choice(["as it comes", "none", "all", "some", "unrecorded", "only recorded"])
            targets = set(project[squash].replaces)
            if state == "none":
                rows -= targets | {squash}
            elif state == "all":
                rows |= targets
            elif state == "some":
                rows |= targets
                rows -= set(dice.sample(sorted(targets), dice.randint(1, len(targets)))) | {squash}
            elif state == "unrecorded":
                rows.discard(squash)
            elif state == "only recorded":
                rows = (rows - targets) | {squash}
        if dice.random() < 0.1:
            rows.add(("gone", "0001_of_a_removed_app"))
        histories.append(rows)
    return histories
