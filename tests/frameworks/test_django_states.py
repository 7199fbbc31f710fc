"""Every state of a Django history that was tried out by hand, and many random ones: the gate opens where `manage.py migrate
--check` exits with 0, and stays closed where it does not, whichever way the expected migrations were told."""
import random

import pytest
from harness.postgres import ident, literal
from projects import DjangoProject, failing, manifests_of

SETTINGS = "shop.settings"
SQUASHED = ("0001_initial", "0002_item_sku", "0003_item_sku_index")


@pytest.fixture(scope="session")
def manifests(trees, tmp_path_factory):
    """The manifests of each tree, in every way: manifests[tree][way]."""
    from harness.gate import Gate
    gate = Gate(tmp_path_factory.mktemp("manifests"))
    return {case: manifests_of(gate, tree, SETTINGS) for case, tree in trees.items()}


def is_open(result):
    report = result.report
    assert report["reason"] in ("open", "tenants_not_migrated"), result
    return report["result"] == "open"


@pytest.fixture
def verdicts(bare_gate, manifests):
    """What the gate says of a tree and a database, by way."""
    def judge(tree, database, case=None):
        case = case or tree.case
        bare_gate.defaults = {"database_url": database.url(), "tenants_settle": "0"}
        answers = {"read": is_open(bare_gate.verify(cwd=tree.folder))}
        for way, path in manifests.get(case, {}).items():
            answers[way] = is_open(bare_gate.verify(migrations_manifest=path))
        return answers
    return judge


def test_all_ways_tell_the_same(manifests):
    for case, ways in manifests.items():
        texts = {way: path.read_text() for way, path in ways.items()}
        assert texts["script"] == texts["found"], case
        lists = {way: [(m["id"], sorted(m.get("parents", [])), sorted(m.get("replaces", []))) for m in entries(text)]
                 for way, text in texts.items()}
        assert lists["files"] == lists["script"], case


def entries(text):
    import json
    found = json.loads(text)["migrations"]
    assert len(found) >= 20
    return found


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


@pytest.mark.parametrize("name", STATES)
def test_a_known_state(name, trees, base, make_database, verdicts):
    case, sql, expected = STATES[name]
    tree = trees[case]
    database = make_database("state", base)
    if sql:
        database.sql(sql)
    tree.use(database)
    done = tree.manage("migrate", "--check", "--plan", check=False)
    assert done.returncode == expected, done
    assert set(verdicts(tree, database).values()) == {expected == 0}
    database.drop()


def test_the_one_state_where_the_gate_is_stricter(trees, base, make_database, verdicts):
    """A squash partly applied while the files of its other parts are gone: Django lets the squash vanish without a word."""
    database = make_database("stricter", base)
    database.sql(delete("0002_item_sku"))
    tree = trees["django_squash_pruned"]
    tree.use(database)
    assert tree.is_migrated()
    assert set(verdicts(tree, database).values()) == {False}
    database.drop()


def test_histories_that_each_tree_wrote_from_nothing(trees, base, make_database, verdicts):
    """Every tree before the history that every tree wrote into an empty database."""
    histories = {"django": base}
    for case in ("django_squash", "django_squash_pruned", "django_squash_done"):
        histories[case] = make_database("fresh")
        trees[case].use(histories[case])
        trees[case].manage("migrate")
    seen = set()
    for case, tree in trees.items():
        for writer, database in histories.items():
            tree.use(database)
            with tree.worker() as django:
                code, why = django.ask("public")
            assert set(verdicts(tree, database).values()) == {code == 0}, (case, writer, why)
            seen.add(code)
        assert is_open_for(verdicts, tree, histories[case])
    assert seen == {0, 1}


def is_open_for(verdicts, tree, database):
    return set(verdicts(tree, database).values()) == {True}


def test_migrate_mends_what_was_refused(trees, base, make_database, verdicts):
    """Through the states of a squash: before, while both exist, after."""
    database = make_database("mend", base)
    database.sql(delete("0004_item_weight") + "DELETE FROM django_migrations WHERE app = 'billing';"
                 "ALTER TABLE catalog_item DROP COLUMN weight; DROP TABLE billing_invoice")
    for case in ("django", "django_squash", "django_squash_pruned", "django_squash_done"):
        tree = trees[case]
        tree.use(database)
        before = verdicts(tree, database)
        assert set(before.values()) == {tree.is_migrated()}
        tree.manage("migrate")
        assert is_open_for(verdicts, tree, database), case
    database.drop()


# What showmigrations tells is a list and no graph: every entry must be applied.

@pytest.mark.parametrize("name", [name for name, (case, _, _) in STATES.items() if case == "django"])
def test_the_list_of_showmigrations(name, trees, base, make_database, bare_gate):
    case, sql, expected = STATES[name]
    tree = trees[case]
    tree.use(base)
    path = bare_gate.folder / "flat.json"
    tree.shell(f"python manage.py showmigrations --plan | {bare_gate.binary} manifest --from django -o {path} -")
    database = make_database("flat", base)
    if sql:
        database.sql(sql)
    bare_gate.defaults = {"database_url": database.url(), "migrations_manifest": path, "tenants_settle": "0"}
    result = bare_gate.verify()
    assert is_open(result) == (expected == 0)
    database.drop()


def test_the_list_of_showmigrations_says_what_it_lacks(trees, base, bare_gate):
    tree = trees["django"]
    tree.use(base)
    done = tree.shell(f"python manage.py showmigrations --plan | {bare_gate.binary} manifest --from django -o /dev/null -",
                      check=False)
    path = bare_gate.folder / "flat.json"
    said = tree.shell(f"python manage.py showmigrations --plan | {bare_gate.binary} manifest --from django -o {path} -").stderr
    assert done.returncode in (0, 70)
    assert "parents" in said or "order" in said or "depend" in said, said


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
    for app, name in list(rows):
        if chance.random() < 0.02:
            rows.discard((app, name))
            rows.add(chance.choice([(app, name.upper()), (app, name + "_x"), ("other", name), (app.upper(), name)]))
    while chance.random() < 0.25:
        rows.add(chance.choice([("catalog", "0001_squashed_0003"), ("catalog", "0005_future"), ("gone", "0001_initial"),
                                ("catalog", "__first__"), ("catalog", "")]))
    return sorted(rows) + chance.sample(sorted(rows), min(len(rows), chance.randint(0, 2)))


def vanished(tree_names, rows):
    """The state in which the gate is stricter on purpose: a squash, partly applied, not recorded, whose other parts have
    no files."""
    parts = {("catalog", name) for name in SQUASHED}
    squash = ("catalog", "0001_squashed_0003")
    applied = parts & set(rows)
    return squash in tree_names and applied not in (set(), parts) and squash not in rows and not parts <= tree_names


@pytest.mark.parametrize("case, count", [("django", 70), ("django_squash", 100), ("django_squash_pruned", 80),
                                         ("django_squash_done", 50)])
def test_random_histories(case, count, trees, base, make_database, bare_gate, manifests):
    """Each history in a schema of its own; Django is asked schema by schema, the gate once for all of them."""
    tree = trees[case]
    chance = random.Random(f"{case} 2")
    listed = {tuple(entry["id"].split(".", 1)) for entry in entries(manifests[case]["files"].read_text())}
    names = sorted(listed | {("catalog", name) for name in SQUASHED} if case != "django" else listed)
    database = make_database("walk")
    histories = {f"s{number:03}": random_history(chance, names) for number in range(count)}
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
    stricter = {schema for schema, rows in histories.items() if oracle[schema][0] == 0
                and vanished(listed if case != "django_squash_pruned" else listed, rows)}
    expected = {schema: code == 0 and schema not in stricter for schema, (code, _) in oracle.items()}
    reasons = {why for _, why in oracle.values()}
    assert {"", "pending", "InconsistentMigrationHistory"} <= reasons and sum(expected.values()) >= 5

    bare_gate.defaults = {"database_url": database.url(), "tenants_settle": "0", "tenants_schemas": ", ".join(histories)}
    for way in ("read", *manifests[case]):
        result = bare_gate.verify(cwd=tree.folder if way == "read" else None,
                                  migrations_manifest=None if way == "read" else manifests[case][way])
        closed = failing(result.report)
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
    assert ident("hollow") == '"hollow"'
    database.drop()


# Files that Django itself would not load

def put(tree, name, body):
    tree.write(name, "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n" + body)


BROKEN = {
    "two leaves": lambda tree: put(tree, "override/vendored_migrations/0002_a.py",
                                   "    dependencies = [('vendored', '0001_initial')]\n")
    or put(tree, "override/vendored_migrations/0002_b.py", "    dependencies = [('vendored', '0001_initial')]\n"),
    "dependency on a file that is not there": lambda tree: tree.remove("catalog/migrations/0002_item_sku.py"),
    "dependency on an app that is not there": lambda tree: put(tree, "override/vendored_migrations/0002_a.py",
                                                               "    dependencies = [('vendored', '0001_initial'), "
                                                               "('nowhere', '0001_initial')]\n"),
    "no class Migration": lambda tree: tree.write("catalog/migrations/0005_notes.py", "notes = 'to do'\n"),
    "an empty file": lambda tree: tree.write("catalog/migrations/0005_empty.py", ""),
    "a syntax error": lambda tree: tree.write("catalog/migrations/0005_broken.py", "class Migration(:\n"),
    "a circle": lambda tree: put(tree, "override/vendored_migrations/0002_a.py",
                                 "    dependencies = [('vendored', '0003_b')]\n")
    or put(tree, "override/vendored_migrations/0003_b.py", "    dependencies = [('vendored', '0002_a')]\n"),
    "itself": lambda tree: put(tree, "override/vendored_migrations/0002_a.py",
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
    (lambda tree: put(tree, "catalog/migrations/letters.py", "    dependencies = [('catalog', '0004_item_weight')]\n"), 1),
    (lambda tree: put(tree, "catalog/migrations/0005_tuple.py", "    dependencies = (('catalog', '0004_item_weight'),)\n"), 1),
    (lambda tree: put(tree, "catalog/migrations/0005_latest.py",
                      "    dependencies = [('catalog', '0004_item_weight'), ('vendored', '__latest__'), ('auth', '__first__')]\n"), 1),
    (lambda tree: put(tree, "override/vendored_migrations/0002_before.py",
                      "    dependencies = [('vendored', '0001_initial')]\n    run_before = [('billing', '0002-total')]\n"), 1),
    (lambda tree: put(tree, "catalog/migrations/0005_swap.py", "    dependencies = [('catalog', '0004_item_weight'), "
                      "migrations.swappable_dependency('accounts.Member')]\n"), 1),
], ids=["underscore", "tilde", "dot", "text", "package", "letters", "tuple", "latest", "run-before", "swappable"])
def test_files_that_django_accepts(change, more, base, make_database, bare_gate, tmp_path):
    """With the new file the history is behind, or not, as Django has it; after `migrate` the gate is open."""
    database = make_database("accept", base)
    tree = DjangoProject(tmp_path / "tree", "django", database)
    change(tree)
    bare_gate.defaults = {"database_url": database.url(), "tenants_settle": "0"}
    result = bare_gate.verify(cwd=tree.folder)
    assert is_open(result) == tree.is_migrated()
    assert sum(len(finding["items"]) for finding in result.report["findings"] if finding["kind"] == "pending") in (0, more)
    tree.manage("migrate", check=False)
    migrated = tree.is_migrated()
    assert is_open(bare_gate.verify(cwd=tree.folder)) == migrated
    database.drop()
