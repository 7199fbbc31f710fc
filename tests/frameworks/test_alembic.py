"""Real Alembic and Flask-Migrate projects: the gate opens where the rows are the effective heads, and `alembic upgrade heads`
has nothing to do."""
import itertools
import json
import random

import pytest
from harness.postgres import ident, literal
from projects import CASES, AlembicProject, Project, failing, printed_commands


@pytest.fixture
def branches(tmp_path, make_database):
    database = make_database("branches")
    yield AlembicProject(tmp_path / "branches", "alembic_branches", database), database
    database.drop()


@pytest.fixture
def linear(tmp_path, make_database):
    database = make_database("linear")
    yield AlembicProject(tmp_path / "linear", "alembic_linear", database), database
    database.drop()


@pytest.fixture
def gated(bare_gate):
    """Runs the gate in a project's folder with nothing configured but the database."""
    def call(project, database, *words, **settings):
        settings = {"tenants_settle": "0", **settings}
        return bare_gate.call(*(words or ("--", "echo", "the app runs")), cwd=project.folder, database_url=database.url(),
                              env={"PATH": project.environment()["PATH"]}, **settings)
    return call


def opens(result):
    return (result.code, result.out) == (0, "the app runs\n")


def version_table(schema, rows):
    values = "".join(f"INSERT INTO {ident(schema)}.alembic_version VALUES ({literal(row)});" for row in rows)
    return (f"CREATE SCHEMA {ident(schema)}; CREATE TABLE {ident(schema)}.alembic_version (version_num varchar(32) NOT NULL);"
            f"{values}")


# States, one after another, as Alembic itself writes them

def test_a_linear_history_with_a_branch_and_a_merge(linear, gated):
    """Stopped at every revision on the way up, and on the way down again."""
    project, database = linear
    never = gated(project, database, "verify", "--format", "json")
    assert failing(never.report) == {"public": {"no_history_table"}}
    for target, up_to_date in [("1a2b3c4d5e6f", False), ("77aa", False), ("left_wing", False), ("right_wing", False),
                               ("heads", True)]:
        project.alembic("upgrade", target)
        result = gated(project, database)
        assert opens(result) == up_to_date, target
        if not up_to_date:
            assert result.code == 1 and "merge_wings" in result.said
            assert printed_commands(result) == ["alembic upgrade heads"]
    project.alembic("downgrade", "left_wing")
    assert not opens(gated(project, database))
    project.shell(printed_commands(gated(project, database))[0])
    assert opens(gated(project, database))
    project.alembic("downgrade", "base")
    assert failing(gated(project, database, "verify", "--format", "json").report) == {"public": {"pending"}}


def test_branches_with_a_dependency_between_them(branches, gated):
    project, database = branches
    for target, rows, up_to_date in [("c1", {"c1"}, False), ("core@head", {"c3"}, False), ("plugin@head", {"c3", "p2"}, True)]:
        project.alembic("upgrade", target)
        assert {row for row, in database.sql("SELECT version_num FROM alembic_version")} == rows
        assert opens(gated(project, database)) == up_to_date == (rows == project.effective_heads())


def test_a_dependency_that_hides_a_head(branches, gated):
    """Without c3 the row c2 goes once p2, which depends on it, is recorded: one row is all there is."""
    project, database = branches
    project.remove("core_versions/c3.py")
    project.alembic("upgrade", "heads")
    assert database.sql("SELECT version_num FROM alembic_version") == [("p2",)]
    assert opens(gated(project, database))


def test_a_new_revision_in_the_image(branches, gated):
    project, database = branches
    project.alembic("upgrade", "heads")
    assert opens(gated(project, database))
    project.write("plugin_versions/p3.py", 'revision = "p3"\ndown_revision = "p2"\n\n\ndef upgrade():\n    pass\n')
    result = gated(project, database)
    assert result.code == 1 and "1 tenant lacks p3: public" in result.said
    project.shell(printed_commands(result)[0])
    assert opens(gated(project, database))


def test_several_heads_of_one_branch(linear, gated):
    """Legal in the files: `upgrade heads` (not `head`) brings both, and both rows are expected."""
    project, database = linear
    project.remove("migrations/versions/merge_wings.py")
    project.alembic("upgrade", "left_wing")
    result = gated(project, database)
    assert result.code == 1 and "right_wing" in result.said
    assert project.alembic("upgrade", "head", check=False).returncode != 0
    project.shell(printed_commands(result)[0])
    assert opens(gated(project, database))


def test_an_unknown_row(branches, gated):
    """What is applied cannot be told then: Alembic stops, and so does the gate, unless it is told to let it pass."""
    project, database = branches
    project.alembic("upgrade", "heads")
    database.sql("INSERT INTO alembic_version VALUES ('zz9')")
    assert "Can't locate revision" in project.alembic("upgrade", "heads", check=False).stderr + project.alembic(
        "current", check=False).stdout + project.alembic("current", check=False).stderr
    closed = gated(project, database, "verify", "--format", "json")
    assert failing(closed.report) == {"public": {"unknown"}}
    assert "zz9" in closed.said
    warned = gated(project, database, migrations_unknown="warn")
    assert opens(warned) and "zz9" in warned.err
    assert opens(gated(project, database, migrations_unknown="ignore"))
    assert not opens(gated(project, database, migrations_unknown="fail"))


def test_an_older_image_before_a_newer_database(linear, gated):
    project, database = linear
    project.alembic("upgrade", "heads")
    project.remove("migrations/versions/merge_wings.py")
    result = gated(project, database)
    assert result.code == 1 and "merge_wings" in result.said and "ahead" in result.said


def test_a_redundant_row(branches, gated):
    """An ancestor beside its descendant: `upgrade` stops with "overlaps" at that."""
    project, database = branches
    project.alembic("upgrade", "heads")
    database.sql("INSERT INTO alembic_version VALUES ('c1')")
    assert "overlaps" in project.alembic("upgrade", "heads", check=False).stdout + project.alembic(
        "upgrade", "heads", check=False).stderr
    assert failing(gated(project, database, "verify", "--format", "json").report) == {"public": {"inconsistent"}}


def test_an_empty_table(branches, gated):
    project, database = branches
    project.alembic("upgrade", "heads")
    database.sql("DELETE FROM alembic_version")
    assert failing(gated(project, database, "verify", "--format", "json").report) == {"public": {"pending"}}


@pytest.mark.parametrize("case, revisions", [("alembic_branches", ("c1", "c2", "c3", "p1", "p2", "zz9")),
                                             ("alembic_linear", ("1a2b3c4d5e6f", "77aa", "left_wing", "right_wing",
                                                                 "merge_wings", "decoy1", "77AA"))])
def test_every_set_of_rows(case, revisions, tmp_path, make_database, bare_gate):
    """All of up to four rows, each a tenant: read from the files, from their manifest, and from what `alembic history` says."""
    database = make_database("rows")
    project = AlembicProject(tmp_path / case, case, database)
    states = {f"s{number:03}": rows for number, rows in enumerate(
        itertools.chain.from_iterable(itertools.combinations(revisions, size) for size in range(5)))}
    database.sql("".join(version_table(schema, rows) for schema, rows in states.items()))
    heads = project.effective_heads()
    expected = {schema for schema, rows in states.items() if set(rows) != heads}
    assert expected == {schema for schema, rows in states.items() if project.steps(rows) != 0}, "Alembic contradicts itself"
    assert len(expected) == len(states) - 1

    files, listing = tmp_path / "files.json", tmp_path / "listing.json"
    project.shell(f"{bare_gate.binary} manifest -o {files}")
    project.shell(f"alembic history | {bare_gate.binary} manifest --from alembic -o {listing}", CASE_PORT="1")
    assert json.loads(files.read_text())["migrations"] == json.loads(listing.read_text())["migrations"]
    bare_gate.defaults = {"database_url": database.url(), "tenants_settle": "0", "tenants_schemas": ", ".join(states)}
    for settings in ({}, {"migrations_manifest": files}, {"migrations_manifest": listing}):
        result = bare_gate.verify(cwd=project.folder if not settings else None, **settings)
        assert set(failing(result.report)) == expected
    database.drop()


def random_files(chance, count):
    """A history of that many revisions: {revision: (parents, dependencies)}, with branches, merges and several roots."""
    made = {}
    for number in range(count):
        names = list(made)
        kind = chance.random()
        parents = () if not names or kind < 0.12 else (chance.choice(names[-4:]),) if kind < 0.75 else tuple(
            chance.sample(names, min(len(names), 2)))
        others = [name for name in names if name not in parents]
        depends = (chance.choice(others),) if others and chance.random() < 0.2 else ()
        made[f"r{number:02}"] = (parents, depends)
    return made


@pytest.mark.parametrize("seed", range(6))
def test_random_histories(seed, tmp_path, make_database, bare_gate):
    """Files at random; Alembic loads them or refuses; rows at random and the ones it would write itself."""
    chance = random.Random(seed)
    database = make_database("random")
    project = AlembicProject(tmp_path / "random", "alembic_linear", database)
    project.remove("migrations/versions")
    history = random_files(chance, chance.randint(6, 16))
    for name, (parents, depends) in history.items():
        down = None if not parents else parents[0] if len(parents) == 1 else parents
        project.write(f"migrations/versions/{name}.py", f"revision = {name!r}\ndown_revision = {down!r}\n"
                                                        f"depends_on = {list(depends) or None!r}\n"
                                                        "def upgrade(): pass\ndef downgrade(): pass\n")
    heads = project.effective_heads()
    states = {"right": tuple(heads), "empty": ()}
    for number in range(40):
        size = chance.randint(1, 4)
        rows = set(chance.sample(sorted(history), min(size, len(history)))) if chance.random() < 0.5 else set(heads)
        if chance.random() < 0.5 and rows:
            rows.discard(chance.choice(sorted(rows)))
        if chance.random() < 0.3:
            rows.add(chance.choice(sorted(history) + ["gone"]))
        states[f"s{number:02}"] = tuple(sorted(rows))
    database.sql("".join(version_table(schema, rows) for schema, rows in states.items()))
    expected = {schema for schema, rows in states.items() if set(rows) != heads}
    bare_gate.defaults = {"database_url": database.url(), "tenants_settle": "0", "tenants_schemas": ", ".join(states)}
    result = bare_gate.verify(cwd=project.folder)
    closed = failing(result.report)
    assert {schema: states[schema] for schema in set(closed) ^ expected} == {}, (history, heads)
    assert "right" not in closed and "empty" in closed
    for schema, rows in states.items():  # the framework would do nothing exactly where the gate is open
        assert (project.steps(rows) == 0) == (schema not in closed), (schema, rows)
    database.drop()


# Tenants

def test_one_version_table_in_each_tenants_schema(linear, gated):
    project, database = linear
    database.sql('CREATE SCHEMA t1; CREATE SCHEMA t2; CREATE SCHEMA "T 3"')
    settings = {"tenants_schemas": 't1, t2, "T 3"'}
    for _ in range(3):  # one after another, by the printed commands alone
        result = gated(project, database, **settings)
        assert result.code == 1
        project.shell(printed_commands(result)[0], EXPLICIT_SCHEMA="1")
    assert opens(gated(project, database, **settings))
    assert not opens(gated(project, database, tenants_schemas="public"))  # nothing was migrated there
    project.alembic("-x", "tenant=t1", "downgrade", "77aa", EXPLICIT_SCHEMA="1")
    result = gated(project, database, **settings)
    assert result.code == 1 and "1 of 3 tenants" in result.banner
    assert printed_commands(result) == ["alembic -x tenant=t1 upgrade heads"]
    project.shell(printed_commands(result)[0], EXPLICIT_SCHEMA="1")
    assert opens(gated(project, database, **settings))


def test_many_tenants_behind(linear, gated):
    """Alembic has no command for all of them: the printed loop mends them, and public beside them."""
    project, database = linear
    names = ["t1", "t2", "O'Brien", "with blank", "$(id)", "public"]
    database.sql("".join(f"CREATE SCHEMA IF NOT EXISTS {ident(name)};" for name in names))
    settings = {"tenants_schemas": 't1, t2, "O\'Brien", "with blank", $(id), public'}
    result = gated(project, database, **settings)
    commands = printed_commands(result)
    assert len(commands) == 2 and commands[0] == "alembic upgrade heads" and commands[1].startswith("for tenant in ")
    assert 'do docker compose run --rm --entrypoint alembic SERVICE -x tenant="$tenant" upgrade heads; done' in result.said.replace(
        " \\ ", " ")
    for line in commands:
        project.shell(line, EXPLICIT_SCHEMA="1")
    assert opens(gated(project, database, **settings))
    assert {schema for schema, in database.sql("SELECT schemaname FROM pg_tables WHERE tablename = 'alembic_version'")} == set(names)


def test_schemas_with_a_version_table_are_the_tenants_where_none_are_named(linear, gated):
    project, database = linear
    database.sql("CREATE SCHEMA t1; CREATE SCHEMA t2; CREATE SCHEMA other")
    for tenant in ("t1", "t2"):
        project.alembic("-x", f"tenant={tenant}", "upgrade", "heads", EXPLICIT_SCHEMA="1")
    report = gated(project, database, "verify", "--format", "json").report
    assert report["tenants"]["total"] == 2 and report["result"] == "open"
    project.alembic("-x", "tenant=t2", "downgrade", "77aa", EXPLICIT_SCHEMA="1")
    assert set(failing(gated(project, database, "verify", "--format", "json").report)) == {"t2"}


def test_a_tenant_that_alembic_takes_for_migrated(linear, gated):
    """With public in the search path and no schema for the version table, public's rows answer for the tenant."""
    project, database = linear
    project.alembic("upgrade", "heads")
    database.sql("CREATE SCHEMA t4")
    fooled = project.alembic("-x", "tenant=t4", "current", EXPLICIT_SCHEMA="off")
    assert "merge_wings (head)" in fooled.stdout
    result = gated(project, database, "verify", "--format", "json", tenants_schemas="public, t4")
    assert failing(result.report) == {"t4": {"no_history_table"}}


def test_a_query_names_the_tenants(linear, gated):
    project, database = linear
    database.sql("CREATE TABLE tenant (name text); INSERT INTO tenant VALUES ('t1'), ('t2'), ('t1'); CREATE SCHEMA t1; CREATE SCHEMA t2")
    query = "SELECT name FROM public.tenant"
    assert not opens(gated(project, database, tenants_query=query))
    for tenant in ("t1", "t2"):
        project.alembic("-x", f"tenant={tenant}", "upgrade", "heads", EXPLICIT_SCHEMA="1")
    assert opens(gated(project, database, tenants_query=query))


# Where the table is

CONFIGURE = "    context.configure(connection=conn, **kw)\n"


@pytest.mark.parametrize("arguments, where", [
    ('version_table="releases"', "public.releases"),
    ('version_table_schema="meta"', "meta.alembic_version"),
    ('version_table="releases", version_table_schema="meta"', "meta.releases"),
    ('version_table="Odd Name", version_table_schema="Odd Schema", version_table_pk=False', '"Odd Schema"."Odd Name"'),
])
def test_a_version_table_elsewhere(linear, gated, arguments, where):
    project, database = linear
    database.sql('CREATE SCHEMA meta; CREATE SCHEMA "Odd Schema"')
    project.replace("migrations/env.py", CONFIGURE, f"    context.configure(connection=conn, {arguments})\n")
    assert not opens(gated(project, database))
    project.alembic("upgrade", "heads")
    assert database.sql(f"SELECT version_num FROM {where}") == [("merge_wings",)]
    assert opens(gated(project, database))
    database.sql(f"DELETE FROM {where}")
    assert gated(project, database).code == 1


@pytest.mark.parametrize("line", ["    context.configure(connection=conn, version_table=conn.dialect.name, **kw)\n",
                                  "    kw['version_table'] = 'a' + 'b'.upper()\n" + CONFIGURE])
def test_a_version_table_that_the_text_does_not_tell(linear, gated, line):
    """Never a guess: it is said, with the way out, and migrations.table is one."""
    project, database = linear
    project.replace("migrations/env.py", CONFIGURE, line)
    project.alembic("upgrade", "heads")
    table, = [name for name, in database.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
              if name in ("postgresql", "aB")]
    result = gated(project, database)
    assert result.code == 78 and result.out == "" and "migrations.table" in result.said and "env.py" in result.said, result
    assert opens(gated(project, database, migrations_table=table))


# Flask-Migrate

@pytest.fixture
def flask(tmp_path, make_database):
    """As Flask-Migrate's own commands lay it out."""
    database = make_database("flask")
    project = Project(tmp_path / "flask", CASES / "flask_migrate")
    project.variables.update(CASE_DB=database.name, CASE_PORT=str(database.server.port))
    project.replace("app.py", "postgresql+psycopg:", "postgresql+psycopg2:")
    revision = (project.folder / "migrations/versions/5f00aa11bb22_first.py").read_text()
    project.remove("migrations")
    project.run("flask", "db", "init")
    project.write("migrations/versions/5f00aa11bb22_first.py", revision)
    yield project, database
    database.drop()


def test_flask_migrate(flask, gated):
    project, database = flask
    result = gated(project, database)
    assert result.code == 1
    commands = printed_commands(result)
    assert commands == ["flask db upgrade heads"]
    project.shell(commands[0])
    assert opens(gated(project, database))
    report = gated(project, database, "verify", "--format", "json").report
    assert report["sources"][0]["framework"] == "alembic" and report["sources"][0]["expected"] == 1
    # The manifest keeps whose commands are to be told.
    manifest = gated(project, database, "manifest").out
    project.write("manifest.json", manifest)
    project.run("flask", "db", "downgrade", "base")
    assert printed_commands(gated(project, database, migrations_manifest="manifest.json")) == commands


def test_flask_migrates_own_new_revision(flask, gated):
    project, database = flask
    project.run("flask", "db", "upgrade")
    project.replace("app.py", "    email = db.Column(db.String(100))\n",
                    "    email = db.Column(db.String(100))\n    name = db.Column(db.String(100))\n")
    project.run("flask", "db", "migrate", "-m", "a name", "--rev-id", "0a1b2c3d4e5f")
    result = gated(project, database)
    assert result.code == 1 and "1 tenant lacks 0a1b2c3d4e5f: public" in result.said
    project.shell(printed_commands(result)[0])
    assert opens(gated(project, database))


def test_flask_migrates_keywords_reach_the_version_table(flask, gated):
    """They stand in the app's own code: what the text does not tell has to be set."""
    project, database = flask
    database.sql("CREATE SCHEMA vt")
    project.run("flask", "db", "upgrade", VT_SCHEMA="vt")
    assert database.sql("SELECT version_num FROM vt.alembic_version") == [("5f00aa11bb22",)]
    assert not opens(gated(project, database, tenants_schemas="public"))
    assert opens(gated(project, database, tenants_schemas="vt"))


# Files that Alembic refuses

def put(project, name, text):
    project.write(f"migrations/versions/{name}.py", text)


@pytest.mark.parametrize("change, culprit", [
    (lambda p: put(p, "new", 'revision = "new"\ndown_revision = "nowhere"\n'), "nowhere"),
    (lambda p: put(p, "new", 'revision = "new"\ndown_revision = "merge_wings"\ndepends_on = "nowhere"\n'), "nowhere"),
    (lambda p: put(p, "new", 'revision = "new"\ndown_revision = "new"\n'), "new"),
    (lambda p: put(p, "one", 'revision = "one"\ndown_revision = "two"\n') or put(p, "two", 'revision = "two"\ndown_revision = "one"\n'),
     "one"),
    (lambda p: put(p, "new", 'down_revision = "merge_wings"\n'), "new.py"),
    (lambda p: put(p, "new", 'revision = "new"\n'), "new.py"),
    (lambda p: put(p, "new", 'revision = "new\n'), "new.py"),
    (lambda p: put(p, "new", 'revision = "ne@w"\ndown_revision = "merge_wings"\n'), "ne@w"),
], ids=["missing parent", "missing dependency", "itself", "circle", "no revision", "no down_revision", "syntax", "bad character"])
def test_files_that_alembic_refuses(linear, gated, change, culprit):
    project, database = linear
    project.alembic("upgrade", "heads")
    change(project)
    refused = project.alembic("heads", check=False)
    upgrade = project.alembic("upgrade", "heads", check=False)
    assert refused.returncode != 0 or upgrade.returncode != 0, "Alembic takes it"
    for words in (("manifest", "--check"), ("manifest",)):
        result = gated(project, database, *words)
        assert (result.code, result.out) == (78, "") and culprit in result.said, result
    assert gated(project, database).code == 78


def test_the_same_revision_in_two_files(linear, gated):
    """Alembic only warns, and takes one of the two, whichever it reads later: nothing that a gate may rely on."""
    project, database = linear
    put(project, "again", 'revision = "77aa"\ndown_revision = "1a2b3c4d5e6f"\n')
    assert "present more than once" in project.alembic("heads", check=False).stderr
    result = gated(project, database, "manifest", "--check")
    assert result.code == 78 and "77aa" in result.said
