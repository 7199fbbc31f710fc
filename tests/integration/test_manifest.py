"""Manifests: made without a database, and judged before one is asked."""
import json

import pytest
from harness.history import ALL, CHAIN, INITIAL, LINES, PAID, django_listing, make_manifest, tenant


def make(gate, stdin, framework="django", **options):
    return gate.call("manifest", "--from", framework, "-", stdin=stdin, **options)


def test_a_manifest_goes_to_standard_output_or_a_file(bare_gate, tmp_path):
    printed = make(bare_gate, django_listing(CHAIN))
    written = bare_gate.call("manifest", "--from", "django", "-o", "m.json", "-", stdin=django_listing(CHAIN))
    assert printed.code == written.code == 0 and written.out == ""
    document = json.loads(printed.out)
    assert document == json.loads((tmp_path / "m.json").read_text())
    assert document["tenantgate_manifest"] == 1 and document["framework"] == "django"
    assert [m["id"] for m in document["migrations"]] == sorted(CHAIN)
    assert document["migrations"][1]["parents"] == [INITIAL]


def test_manifests_are_the_same_each_time(bare_gate):
    assert make(bare_gate, django_listing(CHAIN)).out == make(bare_gate, django_listing(dict(reversed(CHAIN.items())))).out


def test_a_flat_list_is_taken_and_said_to_be_flat(bare_gate):
    plan = "".join(f"[ ]  {name}\n" for name in ALL)
    result = make(bare_gate, plan)
    assert result.code == 0 and "does not tell parents" in result.err
    assert all(m["parents_unknown"] is True for m in json.loads(result.out)["migrations"])


def test_a_flat_list_judges_each_entry(bare_gate, gate, db, tmp_path):
    path = tmp_path / "flat.json"
    path.write_text(make(gate, "".join(f"[X]  {name}\n" for name in ALL)).out)
    db.sql(tenant("acme", [INITIAL, PAID]))
    result = gate.verify(migrations_manifest=path)
    assert result.code == 1
    assert [(f["kind"], f["items"]) for f in result.report["findings"]] == [("pending", [LINES])]


def test_the_output_of_alembic_history(bare_gate):
    result = make(bare_gate, "bbb -> ccc (head), third\naaa -> bbb, second\n<base> -> aaa, first\n", "alembic")
    assert result.code == 0
    assert [m["id"] for m in json.loads(result.out)["migrations"]] == ["aaa", "bbb", "ccc"]


@pytest.mark.parametrize("framework", ["django", "alembic"])
@pytest.mark.parametrize("stdin", [b"", b"\n\n", b"{", b"[]", b"null", b"{}", b"Traceback (most recent call last):\n", b"\0\0",
                                   b"\xff\xfe\xfd", b'{"framework": "django"}', b'{"framework": "rails", "migrations": []}',
                                   b'{"framework": "django", "migrations": []}',
                                   b'{"framework": "django", "migrations": [{"app": "a"}]}',
                                   b'{"framework": "django", "migrations": [{"app": "a", "name": "b", "parents": [["c"]]}]}',
                                   b"[" * 100000, b'{"a":' * 100000, b"[ ]  " + b"x" * 1000000, b"[ ] nodot\n"],
                         ids=range(18))
def test_listings_that_are_none(bare_gate, stdin, framework):
    result = make(bare_gate, stdin, framework)
    assert result.code == 78, result
    assert result.out == "" and "standard input" in result.err


def test_a_listing_that_contradicts_itself(bare_gate):
    for graph, words in (({"a.1": [], "a.2": ["a.1"], "a.3": ["a.1"]}, "each the last migration of the app a"),
                         ({"a.1": ["a.0"]}, "a.0, which is not in the image"), ({"a.1": ["a.2"], "a.2": ["a.1"]}, "circle")):
        result = make(bare_gate, django_listing(graph))
        assert result.code == 78 and words in result.err, result
        assert bare_gate.call("manifest", "--from", "django", "--check", "-", stdin=django_listing(graph)).code == 78


def test_check_only_judges(bare_gate):
    result = bare_gate.call("manifest", "--from", "django", "--check", "-", stdin=django_listing(CHAIN))
    assert result.code == 0 and result.out == "" and "3 migrations" in result.err


def test_a_failed_manifest_leaves_the_old_file(bare_gate, tmp_path):
    (tmp_path / "m.json").write_text("old")
    assert bare_gate.call("manifest", "--from", "django", "-o", "m.json", "-", stdin="").code == 78
    assert (tmp_path / "m.json").read_text() == "old"
    result = bare_gate.call("manifest", "--from", "django", "-o", "no/such/folder/m.json", "-", stdin=django_listing(CHAIN),
                            manners=False)
    assert result.code == 70 and "no/such/folder/m.json: cannot be written" in result.err


# Manifests that the gate is given

@pytest.fixture
def document(manifest):
    return json.loads(manifest.read_text())


def given(gate, tmp_path, content):
    path = tmp_path / "given.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return gate.verify(migrations_manifest=path)


def refused(result, *words):
    assert result.code == 78, result
    assert result.report["reason"] == "no_expected_migrations"
    assert "given.json" in result.report["error"]
    for word in words:
        assert word in result.report["error"], result


def test_a_manifest_that_is_whole_opens(gate, db, tmp_path, document):
    db.sql(tenant("acme"))
    assert given(gate, tmp_path, document).code == 0


def test_an_empty_manifest(gate, tmp_path):
    refused(given(gate, tmp_path, b""), "is empty")


@pytest.mark.parametrize("content", [b"{", b"nonsense", b"\0\0\0", b"\xff\xfe", b"[" * 100000, b'{"a":' * 100000, b"[]", b"{}",
                                     b'"text"', b"123", b"null", b'{"tenantgate_manifest": "1"}', b'{"tenantgate_manifest": 1}',
                                     b'{"tenantgate_manifest": 1, "tenantgate_manifest": 1}'], ids=range(14))
def test_no_manifest_at_all(gate, tmp_path, content):
    refused(given(gate, tmp_path, content))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_manifest(gate, tmp_path, manifest, share):
    text = manifest.read_bytes().rstrip()
    refused(given(gate, tmp_path, text[:int(len(text) * share)]), "damaged")


@pytest.mark.parametrize("format", [2, 0, -1, 1.5, 99999999999])
def test_a_manifest_of_another_format(gate, tmp_path, document, format):
    document["tenantgate_manifest"] = format
    refused(given(gate, tmp_path, document))


def edits(document):
    yield "a migration less", lambda: document["migrations"].pop()
    yield "a migration more", lambda: document["migrations"].append({"id": "x.0001", "parents": []})
    yield "another name", lambda: document["migrations"][0].update(id="finance.0001_other")
    yield "no parents", lambda: document["migrations"][2].update(parents=[])
    yield "a duplicate", lambda: document["migrations"].append(dict(document["migrations"][0]))
    yield "no migrations", lambda: document.update(migrations=[])
    yield "migrations of no list", lambda: document.update(migrations={})
    yield "a migration that is a text", lambda: document["migrations"].append("x.0001")
    yield "a null for an id", lambda: document["migrations"][0].update(id=None)
    yield "an empty id", lambda: document["migrations"][0].update(id="")
    yield "a number among the parents", lambda: document["migrations"][1].update(parents=[1])
    yield "parents that are a text", lambda: document["migrations"][1].update(parents=INITIAL)
    yield "an id with a NUL", lambda: document["migrations"][0].update(id="finance.0001\0x")
    yield "another framework", lambda: document.update(framework="alembic")
    yield "an unknown framework", lambda: document.update(framework="cobol")
    yield "no framework", lambda: document.pop("framework")
    yield "no digest", lambda: document.pop("digest")
    yield "another digest", lambda: document.update(digest="sha256:" + "0" * 64)
    yield "an empty digest", lambda: document.update(digest="")
    yield "parents forgotten by flag", lambda: document["migrations"][2].update(parents_unknown=True)
    yield "a squash invented", lambda: document["migrations"][2].update(replaces=[LINES])


@pytest.mark.parametrize("name", [name for name, _ in edits({})])
def test_an_edited_manifest(gate, tmp_path, document, name):
    dict(edits(document))[name]()
    refused(given(gate, tmp_path, document))


@pytest.mark.parametrize("table, schema", [("other_table", None), (None, "elsewhere"), (None, None)])
def test_whatever_the_manifest_says_of_tables_nothing_opens_by_it(gate, db, tmp_path, document, table, schema):
    """Table and schema are where to look: looking elsewhere finds no history."""
    db.sql(tenant("acme"))
    document.update({key: value for key, value in (("table", table), ("schema", schema)) if value})
    result = given(gate, tmp_path, document)
    assert result.code == (0 if table is schema is None else 1), result


def test_a_manifest_that_is_not_there(gate, tmp_path):
    result = gate.verify(migrations_manifest=tmp_path / "nowhere.json")
    assert result.code == 78 and "nowhere.json" in result.report["error"]
    assert gate.verify(migrations_manifest=tmp_path).code == 78


def test_a_bad_manifest_is_said_without_asking_the_database(gate, tmp_path):
    (tmp_path / "bad.json").write_text("")
    result = gate.verify(migrations_manifest=tmp_path / "bad.json", database_url="postgresql://u@127.0.0.1:1/x")
    assert result.code == 78 and result.seconds < 2


def test_a_huge_number_of_migrations(gate, db):
    graph = {f"a.{n:05}": [f"a.{n - 1:05}"] if n else [] for n in range(5000)}
    db.sql(tenant("acme", list(graph)))
    result = gate.verify(migrations_manifest=make_manifest(gate, graph))
    assert result.code == 0 and result.report["sources"][0]["expected"] == 5000
    assert result.seconds < 10


def test_the_framework_named_must_be_the_manifests(gate, db):
    db.sql(tenant("acme"))
    assert gate.verify(migrations_framework="django").code == 0
    result = gate.verify(migrations_framework="alembic")
    assert result.code == 78 and "the manifest is for django" in result.report["error"]
    assert gate.verify(migrations_framework="cobol").code == 78


MIGRATION = """from django.db import migrations
class Migration(migrations.Migration):
    initial = {initial}
    dependencies = {parents!r}
    operations = []
"""


@pytest.fixture
def project(tmp_path):
    """A small Django project whose files say the same as `manifest`."""
    root = tmp_path / "project"
    folder = root / "finance" / "migrations"
    folder.mkdir(parents=True)
    for package in (root / "finance", folder):
        (package / "__init__.py").write_text("")
    for name, parents in CHAIN.items():
        (folder / (name.split(".")[1] + ".py")).write_text(
            MIGRATION.format(initial=not parents, parents=[tuple(p.split(".")) for p in parents]))
    (root / "settings.py").write_text("INSTALLED_APPS = ['finance']\n")
    (root / "manage.py").write_text("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n")
    return root


def test_manifest_and_files_that_agree(gate, db, project):
    db.sql(tenant("acme"))
    assert gate.verify(migrations_path=project).code == 0
    assert gate.verify(migrations_path=project, migrations_manifest=None).code == 0


def test_manifest_and_files_that_disagree(gate, db, project):
    db.sql(tenant("acme"))
    (project / "finance" / "migrations" / "0004_new.py").write_text(
        MIGRATION.format(initial=False, parents=[("finance", "0003_paid")]))
    result = gate.verify(migrations_path=project)
    assert result.code == 78 and result.report["reason"] == "no_expected_migrations"
    assert "only the files have finance.0004_new" in result.report["error"]
    for name in ("0004_new", "0003_paid"):
        (project / "finance" / "migrations" / f"{name}.py").unlink()
    assert "only the manifest has finance.0003_paid" in gate.verify(migrations_path=project).report["error"]


def test_manifest_of_the_files_is_the_manifest_of_the_listing(gate, project, manifest):
    result = gate.call("manifest", "--set", f"migrations.path={project}", migrations_manifest=None)
    assert result.code == 0
    assert json.loads(result.out)["digest"] == json.loads(manifest.read_text())["digest"]


def test_a_folder_without_migrations_opens_nothing(gate, db, tmp_path):
    db.sql(tenant("acme"))
    (tmp_path / "empty").mkdir()
    result = gate.verify(migrations_manifest=None, migrations_path=tmp_path / "empty")
    assert result.code == 78 and result.report["reason"] == "no_expected_migrations"
    result = gate.verify(migrations_manifest=None, migrations_path=tmp_path / "nowhere")
    assert result.code == 78
