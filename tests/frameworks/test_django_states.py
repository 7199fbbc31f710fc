"""Every state of a Django history that was tried out by hand, and many random ones: the gate opens where `manage.py migrate
--check` exits with 0, and stays closed where it does not, whichever way the expected migrations were told.

Each state is a schema of one database, so that Django is asked by one process and the gate judges all of them at once."""
import json
import random

import pytest
from harness.gate import Gate
from harness.postgres import literal
from projects import DjangoProject, failing, manifests_of

SQUASHED = ("0001_initial", "0002_item_sku", "0003_item_sku_index")
SQUASH = "0001_squashed_0003"


@pytest.fixture(scope="session")
def manifests(trees, tmp_path_factory):
    """The manifests of each tree, in every way: manifests[tree][way]."""
    gate = Gate(tmp_path_factory.mktemp("manifests"))
    return {case: manifests_of(gate, tree) for case, tree in trees.items()}


def entries(path):
    found = json.loads(path.read_text())["migrations"]
    assert len(found) >= 20
    return found


def closed_schemas(gate, tree, manifests, database, schemas):
    """The schemas that keep the gate closed, and why, for each way of telling what is expected."""
    gate.defaults = {"database_url": database.url(), "tenants_settle": "0", "tenants_schemas": ", ".join(schemas)}
    answers = {}
    for way in ("read", *manifests):
        result = gate.verify(cwd=tree.folder if way == "read" else None,
                             migrations_manifest=None if way == "read" else manifests[way])
        answers[way] = failing(result.report)
        assert set(answers[way]) <= set(schemas)
        assert (result.code == 0) == (not answers[way]), result
    return answers


def test_all_ways_tell_the_same(manifests):
    for case, ways in manifests.items():
        lists = {way: [(m["id"], sorted(m.get("parents", [])), sorted(m.get("replaces", []))) for m in entries(path)]
                 for way, path in ways.items()}
        assert lists["files"] == lists["script"], case
    assert manifests["django"]["found"].read_text() == manifests["django"]["script"].read_text()


def delete(*names, app="catalog"):
    return f"DELETE FROM django_migrations WHERE app = '{app}' AND name IN ({', '.join(map(literal, names))});"


def insert(*pairs):
    values = ", ".join(f"({literal(app)}, {literal(name)}, now())" for app, name in pairs)
    return f"INSERT INTO django_migrations (app, name, applied) VALUES {values};"


# name: (tree, what is done to a database that the tree `django` was migrated into, exit code of `migrate --check`)
STATES = {
    "as migrated": ("django", "", 0),
    "pending": ("django", delete("0004_item_weight") + delete("0002-total", app="billing"), 1),
    "one pending at the end": ("django", delete("0002-total", app="billing"), 1),
    "inconsistent": ("django", delete("0002_item_sku"), 1),
    "only the root is missing": ("django", delete("0001_initial"), 1),
    "ahead": ("django", insert(("catalog", "0005_future"), ("gone_app", "0001_initial")), 0),
    "duplicate rows": ("django", insert(("catalog", "0004_item_weight")) * 3, 0),
    "case differs": ("django", "UPDATE django_migrations SET name = '0004_Item_weight' WHERE name = '0004_item_weight'", 1),
    "blank behind the name": ("django", "UPDATE django_migrations SET name = '0004_item_weight ' WHERE name = '0004_item_weight'", 1),
    "other app, same name": ("django", "UPDATE django_migrations SET app = 'billing' WHERE name = '0004_item_weight'", 1),
    "no table": ("django", "DROP TABLE django_migrations", 1),
    "empty table": ("django", "TRUNCATE django_migrations", 1),
    "the app with byte code only is missing": ("django", delete("0001_initial", app="pyconly"), 1),
    "the app moved by MIGRATION_MODULES is missing": ("django", delete("0001_initial", app="vendored"), 1),
    "an app of Django itself is missing": ("django", delete("0012_alter_user_first_name_max_length", app="auth"), 1),
    "recorded for the app without migrations": ("django", insert(("nsapp", "0001_initial")), 0),
    "squash, all replaced applied": ("django_squash", "", 0),
    "squash, all applied and itself": ("django_squash", insert(("catalog", "0001_squashed_0003")), 0),
    "squash, nothing applied": ("django_squash", "DELETE FROM django_migrations WHERE app IN ('catalog', 'billing')", 1),
    "squash, partly applied": ("django_squash", delete("0003_item_sku_index", "0004_item_weight")
                               + "DELETE FROM django_migrations WHERE app = 'billing'", 1),
    "squash, a part is missing below": ("django_squash", delete("0003_item_sku_index"), 1),
    "squash, only its own row": ("django_squash", delete(*SQUASHED) + insert(("catalog", "0001_squashed_0003")), 0),
    "squash, neither its row nor theirs": ("django_squash", delete(*SQUASHED), 1),
    "pruned, all replaced applied": ("django_squash_pruned", "", 0),
    "pruned, all applied and itself": ("django_squash_pruned", insert(("catalog", "0001_squashed_0003")), 0),
    "pruned, only its own row": ("django_squash_pruned", delete(*SQUASHED) + insert(("catalog", "0001_squashed_0003")), 0),
    "pruned, only the first part": ("django_squash_pruned", delete("0002_item_sku", "0003_item_sku_index", "0004_item_weight")
                                    + "DELETE FROM django_migrations WHERE app = 'billing'", 1),
    "done, only the replaced applied": ("django_squash_done", "", 1),
    "done, its own row too": ("django_squash_done", insert(("catalog", "0001_squashed_0003")), 0),
    "done, only its own row": ("django_squash_done", delete(*SQUASHED) + insert(("catalog", "0001_squashed_0003")), 0),
    "done, nothing applied": ("django_squash_done", "TRUNCATE django_migrations", 1),
}


@pytest.fixture(scope="session")
def asked(trees, base, make_database, manifests, tmp_path_factory):
    """What Django and the gate say of each of the states: {name: (Django's exit code, {way: why the gate is closed})}."""
    database = make_database("states", base)
    names = list(STATES)
    schemas = {name: f"state{number}" for number, name in enumerate(names)}
    for name, schema in schemas.items():
        database.sql(f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.django_migrations (LIKE public.django_migrations INCLUDING "
                     f"ALL); INSERT INTO {schema}.django_migrations SELECT * FROM public.django_migrations; "
                     f"ALTER TABLE {schema}.django_migrations ALTER id SET DEFAULT (random() * 1e9)::int; "
                     f"SET search_path TO {schema}; {STATES[name][1]}")
    answers = {}
    gate = Gate(tmp_path_factory.mktemp("asked"))
    for case, tree in trees.items():
        tree.use(database)
        mine = [name for name in names if STATES[name][0] == case]
        with tree.worker() as django:
            codes = {name: django.ask(schemas[name])[0] for name in mine}
        closed = closed_schemas(gate, tree, manifests[case], database, [schemas[name] for name in mine])
        for name in mine:
            answers[name] = (codes[name], {way: found.get(schemas[name]) for way, found in closed.items()})
    return answers


@pytest.mark.parametrize("name", STATES)
def test_a_known_state(name, asked):
    code, closed = asked[name]
    assert code == STATES[name][2], "Django says something else than it was seen to say"
    assert {way: why is None for way, why in closed.items()} == dict.fromkeys(closed, code == 0), closed
    assert len(closed) >= 3


@pytest.mark.parametrize("name", ["as migrated", "pending", "inconsistent", "ahead"])
def test_the_command_itself_says_the_same(name, trees, base, make_database):
    """`python manage.py migrate --check`, as a person runs it, and the process that the other tests ask."""
    case, sql, expected = STATES[name]
    database = make_database("command", base)
    if sql:
        database.sql(sql)
    trees[case].use(database)
    assert trees[case].manage("migrate", "--check", "--plan", check=False).returncode == expected
    with trees[case].worker() as django:
        assert django.ask("public")[0] == expected
    database.drop()


def test_the_one_state_where_the_gate_is_stricter(trees, base, make_database, manifests, bare_gate):
    """A squash partly applied while the files of its other parts are gone: Django lets the squash vanish without a word."""
    database = make_database("stricter", base)
    database.sql(delete("0002_item_sku"))
    tree = trees["django_squash_pruned"]
    tree.use(database)
    assert tree.is_migrated()
    for closed in closed_schemas(bare_gate, tree, manifests[tree.case], database, ["public"]).values():
        assert closed == {"public": {"inconsistent"}}
    database.drop()


def test_histories_that_each_tree_wrote_from_nothing(trees, make_database, manifests, bare_gate):
    """Every tree before the history that every tree wrote, with its real `migrate`, into an empty schema."""
    database = make_database("fresh")
    schemas = {case: f"by_{case}" for case in trees}
    for case, tree in trees.items():
        database.sql(f"CREATE SCHEMA {schemas[case]}")
        tree.use(database)
        tree.manage("migrate", PGOPTIONS=f"-c search_path={schemas[case]}")
    seen = set()
    for case, tree in trees.items():
        with tree.worker() as django:
            codes = {schema: django.ask(schema)[0] for schema in schemas.values()}
        assert codes[schemas[case]] == 0
        seen |= set(codes.values())
        for way, closed in closed_schemas(bare_gate, tree, manifests[case], database, list(schemas.values())).items():
            assert {schema: int(schema in closed) for schema in codes} == codes, (case, way, closed)
    assert seen == {0, 1}
    database.drop()


def test_migrate_mends_what_was_refused(trees, base, make_database, bare_gate):
    """Through the life of a squash: before, while both exist, without the replaced files, without `replaces`."""
    database = make_database("mend", base)
    database.sql(delete("0004_item_weight") + "DELETE FROM django_migrations WHERE app = 'billing';"
                 "ALTER TABLE catalog_item DROP COLUMN weight; DROP TABLE billing_invoice")
    before = []
    for tree in trees.values():
        tree.use(database)
        before.append(bool(closed_schemas(bare_gate, tree, {}, database, ["public"])["read"]))
        tree.manage("migrate")
        assert closed_schemas(bare_gate, tree, {}, database, ["public"])["read"] == {}, tree.case
    assert before == [True, False, False, False]
    database.drop()


# What showmigrations tells is a list and no graph: every entry must be applied.

def test_the_list_of_showmigrations(trees, base, make_database, bare_gate):
    """For a tree without squashes that is the same verdict in every state."""
    tree = trees["django"]
    tree.use(base)
    path = bare_gate.folder / "flat.json"
    said = tree.shell(f"python manage.py showmigrations --plan | {bare_gate.binary} manifest --from django -o {path} -").stderr
    assert "parents" in said, said
    names = [name for name, (case, _, _) in STATES.items() if case == "django"]
    database = make_database("flat", base)
    for number, name in enumerate(names):
        database.sql(f"CREATE SCHEMA state{number}; CREATE TABLE state{number}.django_migrations AS SELECT * FROM "
                     f"public.django_migrations; SET search_path TO state{number}; {STATES[name][1]}")
    schemas = [f"state{number}" for number in range(len(names))]
    closed = closed_schemas(bare_gate, tree, {"flat": path}, database, schemas)["flat"]
    assert {name: int(schema in closed) for name, schema in zip(names, schemas)} == {name: STATES[name][2] for name in names}
    database.drop()


# Random histories

def random_history(chance, names):
    """Rows as they might be found: mostly nearly complete, some thin, some with strangers among them."""
    strategy = chance.random()
    if strategy < 0.15:
        rows = set(names)
    elif strategy < 0.65:
        rows = set(names) - set(chance.sample(names, chance.randint(1, 3)))
    elif strategy < 0.85:
        rows = {name for name in names if chance.random() < chance.choice((0.5, 0.8, 0.95))}
    else:  # one app alone is in disorder
        app = chance.choice(["catalog", "catalog", "billing", "accounts"])
        rows = {name for name in names if name[0] != app or chance.random() < 0.5}
    for app, name in sorted(rows):  # a set's order changes from run to run
        if chance.random() < 0.02:
            rows.discard((app, name))
            rows.add(chance.choice([(app, name.upper()), (app, name + "_x"), ("other", name), (app.upper(), name)]))
    while chance.random() < 0.25:
        rows.add(chance.choice([("catalog", SQUASH), ("catalog", "0005_future"), ("gone", "0001_initial"),
                                ("catalog", "__first__"), ("catalog", "")]))
    return sorted(rows) + chance.sample(sorted(rows), min(len(rows), chance.randint(0, 2)))


def vanished(tree_names, rows):
    """The state in which the gate is stricter on purpose: a squash, partly applied, not recorded, whose other parts have
    no files."""
    parts = {("catalog", name) for name in SQUASHED}
    squash = ("catalog", SQUASH)
    applied = parts & set(rows)
    return squash in tree_names and applied not in (set(), parts) and squash not in rows and not parts <= tree_names


@pytest.mark.parametrize("case, count", [("django", 70), ("django_squash", 100), ("django_squash_pruned", 80),
                                         ("django_squash_done", 50)])
def test_random_histories(case, count, trees, make_database, bare_gate, manifests):
    tree = trees[case]
    chance = random.Random(f"{case} 2")
    listed = {tuple(entry["id"].split(".", 1)) for entry in entries(manifests[case]["files"])}
    names = sorted(listed | {("catalog", name) for name in SQUASHED})
    database = make_database("walk")
    histories = {f"s{number:03}": random_history(chance, names) for number in range(count)}
    histories["last"] = sorted(set(names) - {("billing", "0002-total")})  # pending in every tree, whatever chance brings
    sql = ""
    for schema, rows in histories.items():
        sql += (f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.django_migrations (id bigserial PRIMARY KEY, "
                "app varchar(255) NOT NULL, name varchar(255) NOT NULL, applied timestamptz NOT NULL DEFAULT now());")
        if rows:
            values = ", ".join(f"({literal(app)}, {literal(name)})" for app, name in rows)
            sql += f"INSERT INTO {schema}.django_migrations (app, name) VALUES {values};"
    database.sql(sql)
    tree.use(database)
    with tree.worker() as django:
        oracle = {schema: django.ask(schema) for schema in histories}
    expected = {schema: code == 0 and not vanished(listed, histories[schema]) for schema, (code, _) in oracle.items()}
    assert {"", "pending", "InconsistentMigrationHistory"} <= {why for _, why in oracle.values()}
    assert 5 <= sum(expected.values()) <= count - 20
    for way, closed in closed_schemas(bare_gate, tree, manifests[case], database, list(histories)).items():
        disagreements = {schema: (oracle[schema], closed.get(schema), histories[schema]) for schema in histories
                         if expected[schema] != (schema not in closed)}
        assert disagreements == {}, way
    database.drop()


def test_a_state_in_the_search_path_is_not_the_tenants(trees, base, make_database, bare_gate):
    """Django looks through the search path; the gate looks into the tenant's schema and nowhere else."""
    database = make_database("path", base)
    database.sql("CREATE SCHEMA hollow")
    tree = trees["django"]
    tree.use(database)
    with tree.worker() as django:
        assert django.ask("hollow", "public") == (0, "")
        assert django.ask("hollow")[0] == 1
    bare_gate.defaults = {"database_url": database.url(), "tenants_schemas": "public, hollow", "tenants_settle": "0"}
    result = bare_gate.verify(cwd=tree.folder)
    assert failing(result.report) == {"hollow": {"no_history_table"}}
    database.drop()


# Files that Django itself would not load

def put(tree, name, body):
    tree.write(name, "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n" + body)


VENDORED = "override/vendored_migrations/"

BROKEN = {
    "two leaves": lambda tree: put(tree, VENDORED + "0002_a.py",
                                   "    dependencies = [('vendored', '0001_initial')]\n")
    or put(tree, VENDORED + "0002_b.py", "    dependencies = [('vendored', '0001_initial')]\n"),
    "dependency on a file that is not there": lambda tree: tree.remove("catalog/migrations/0002_item_sku.py"),
    "dependency on an app that is not there": lambda tree: put(tree, VENDORED + "0002_a.py",
                                                               "    dependencies = [('vendored', '0001_initial'), "
                                                               "('nowhere', '0001_initial')]\n"),
    "no class Migration": lambda tree: tree.write("catalog/migrations/0005_notes.py", "notes = 'to do'\n"),
    "an empty file": lambda tree: tree.write("catalog/migrations/0005_empty.py", ""),
    "a syntax error": lambda tree: tree.write("catalog/migrations/0005_broken.py", "class Migration(:\n"),
    "a circle": lambda tree: put(tree, VENDORED + "0002_a.py",
                                 "    dependencies = [('vendored', '0003_b')]\n")
    or put(tree, VENDORED + "0003_b.py", "    dependencies = [('vendored', '0002_a')]\n"),
    "itself": lambda tree: put(tree, VENDORED + "0002_a.py",
                               "    dependencies = [('vendored', '0001_initial'), ('vendored', '0002_a')]\n"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_files_that_django_refuses(name, base, bare_gate, tmp_path):
    """Refused by Django's own command, by `manifest --check`, by `manifest` and by the gate, each with the culprit's name."""
    tree = DjangoProject(tmp_path / "tree", "django", base)
    BROKEN[name](tree)
    assert tree.manage("migrate", "--check", "--plan", check=False).returncode == 1
    bare_gate.defaults = {"database_url": base.url(), "tenants_settle": "0"}
    for words in (("manifest", "--check"), ("manifest",)):
        result = bare_gate.call(*words, cwd=tree.folder)
        assert (result.code, result.out) == (78, ""), result
    culprit = {"dependency on a file that is not there": "0002_item_sku", "two leaves": "0002_b", "an empty file": "0005_empty",
               "no class Migration": "0005_notes", "a syntax error": "0005_broken", "a circle": "0002_a", "itself": "0002_a",
               "dependency on an app that is not there": "nowhere"}[name]
    assert culprit in result.said, result
    gated = bare_gate.run(cwd=tree.folder)
    assert gated.code == 78 and gated.out == "" and culprit in gated.said, gated


@pytest.mark.parametrize("change, more", [
    (lambda tree: tree.write("catalog/migrations/_notes.py", "junk = ("), 0),
    (lambda tree: tree.write("catalog/migrations/~0005_backup.py", "junk = ("), 0),
    (lambda tree: tree.write("catalog/migrations/0005.old.py", "junk = ("), 0),
    (lambda tree: tree.write("catalog/migrations/0005_notes.txt", "junk"), 0),
    (lambda tree: tree.write("catalog/migrations/0010_more/__init__.py", ""), 0),
    (lambda tree: put(tree, VENDORED + "letters.py", "    dependencies = [('vendored', '0001_initial')]\n"), 1),
    (lambda tree: put(tree, VENDORED + "0002_tuple.py", "    dependencies = (('vendored', '0001_initial'),)\n"), 1),
    (lambda tree: put(tree, VENDORED + "0002_latest.py",
                      "    dependencies = [('vendored', '0001_initial'), ('catalog', '__latest__'), ('auth', '__first__')]\n"), 1),
    (lambda tree: put(tree, VENDORED + "0002_before.py",
                      "    dependencies = [('vendored', '0001_initial')]\n    run_before = [('billing', '0003_after')]\n")
     or put(tree, "apps_pkg/billing_app/migrations/0003_after.py", "    dependencies = [('billing', '0002-total')]\n"), 2),
    (lambda tree: put(tree, VENDORED + "0002_swap.py", "    dependencies = [('vendored', '0001_initial'), "
                      "migrations.swappable_dependency('accounts.Member')]\n"), 1),
], ids=["underscore", "tilde", "dot", "text", "package", "letters", "tuple", "latest", "run-before", "swappable"])
def test_files_that_django_accepts(change, more, base, make_database, bare_gate, tmp_path):
    """With the new file the history is behind, or not, as Django has it; after `migrate` the gate is open."""
    database = make_database("accept", base)
    tree = DjangoProject(tmp_path / "tree", "django", database)
    change(tree)
    with tree.worker() as django:
        assert django.ask("public")[0] == (more > 0)
        bare_gate.defaults = {"database_url": database.url(), "tenants_settle": "0"}
        result = bare_gate.verify(cwd=tree.folder)
        assert failing(result.report) == ({"public": {"pending"}} if more else {})
        assert sum(len(finding["items"]) for finding in result.report["findings"] if finding["severity"] == "fail") == more
        if more:
            tree.manage("migrate")
            assert django.ask("public")[0] == 0
            assert bare_gate.verify(cwd=tree.folder).code == 0
    database.drop()


@pytest.mark.parametrize("name, body", [
    ("catalog/migrations/0005_behind_latest.py", "    dependencies = [('catalog', '0004_item_weight')]\n"),
    (VENDORED + "0002_before.py", "    dependencies = [('vendored', '0001_initial')]\n    run_before = [('billing', '0002-total')]\n"),
], ids=["__latest__", "run_before"])
def test_a_new_file_below_one_that_is_applied(name, body, base, bare_gate, tmp_path):
    """billing.0002-total, which is applied, comes to depend on the new one: Django stops there, and so does the gate."""
    tree = DjangoProject(tmp_path / "tree", "django", base)
    put(tree, name, body)
    with tree.worker() as django:
        assert django.ask("public") == (1, "InconsistentMigrationHistory")
    bare_gate.defaults = {"database_url": base.url(), "tenants_settle": "0"}
    assert failing(bare_gate.verify(cwd=tree.folder).report) == {"public": {"pending", "inconsistent"}}
