"""framework = sql: two queries of the operator's own."""
import pytest
from harness.postgres import Database
from histories import History

EXPECTED = "SELECT version FROM release.migrations ORDER BY version"
APPLIED = "SELECT version FROM {schema}.log WHERE done -- the finished ones"
TABLES = ("CREATE SCHEMA release; CREATE TABLE release.migrations (version int); INSERT INTO release.migrations VALUES (1), (2), (10);"
          "CREATE SCHEMA a; CREATE SCHEMA \"B-c\"; CREATE TABLE a.log (version int, done bool); CREATE TABLE \"B-c\".log (version int, done bool);")


@pytest.fixture
def case(bare_gate, db, tmp_path):
    made = History(bare_gate, tmp_path, db, "sql")
    made.settings.update(migrations_expected_query=EXPECTED, migrations_applied_query=APPLIED, tenants_schemas='a, "B-c"')
    db.sql(TABLES)
    return made


def test_pending_open_and_unknown(case, db):
    assert case.verify()[1] == {"a": {"pending": ["1", "2", "10"]}, "B-c": {"pending": ["1", "2", "10"]}}
    db.sql("INSERT INTO a.log VALUES (1, true), (2, true), (10, true); INSERT INTO \"B-c\".log SELECT * FROM a.log;")
    assert case.opens()
    assert [source["expected"] for source in case.last.report["sources"]] == [3]
    db.sql("UPDATE a.log SET done = false WHERE version = 2; INSERT INTO \"B-c\".log VALUES (11, true);")
    code, fail, warn = case.verify()
    assert (code, fail) == (1, {"a": {"pending": ["2"]}})
    assert warn == {"a": {"out_of_order": ["2"]}, "B-c": {"unknown": ["11"]}}
    db.sql("INSERT INTO release.migrations VALUES (12); UPDATE a.log SET done = true;")
    assert case.fails("a") == {"pending": ["12"]}, "it is asked anew each time"


def test_a_tenant_without_the_table_does_not_hide_the_others(case, db):
    db.sql("CREATE SCHEMA hollow; CREATE TABLE public.log (version int, done bool); INSERT INTO public.log VALUES (1, true);"
           "INSERT INTO a.log VALUES (1, true), (2, true), (10, true);")
    assert case.verify(tenants_schemas="a, hollow, gone")[1] == {"hollow": {"no_history_table": []}, "gone": {"missing_schema": []}}


def test_many_tenants(case, db):
    names = [f"t{n}" for n in range(60)]
    db.sql("".join(f"CREATE SCHEMA {name}; CREATE TABLE {name}.log AS SELECT 1 AS version, true AS done;" for name in names))
    code, fail, _ = case.verify(tenants_schemas=None, tenants_pattern="^t[0-9]+$")
    assert code == 1 and len(fail) == 60 and all(kinds == {"pending": ["2", "10"]} for kinds in fail.values())


def test_it_reads_only(case, db):
    done = case.call("verify", migrations_applied_query="INSERT INTO {schema}.log VALUES (1, true) RETURNING version")
    assert done.code == 1, done
    done = case.call("verify", migrations_expected_query="CREATE TABLE x ()")
    assert done.code == 78, done
    assert db.sql("SELECT count(*) FROM a.log") == [(0,)]


def test_a_list_in_a_manifest(case, db):
    done = case.call("manifest", "--from", "sql", "-o", "m.json", "-", stdin="1\n2\r\n10\n",
                     migrations_expected_query=None, migrations_applied_query=None)
    assert done.code == 0, done
    assert case.fails("a", migrations_expected_query=None, migrations_manifest="m.json") == {"pending": ["1", "2", "10"]}


@pytest.mark.parametrize("settings, words", [
    ({"migrations_applied_query": "SELECT 1"}, "needs migrations.applied_query, with {schema} in it"),
    ({"migrations_expected_query": None}, "needs either migrations.expected_query or migrations.manifest"),
    ({"migrations_framework": "rails"}, "are for framework = sql"),
    ({"tenants_schemas": None}, "names no table by which the tenants could be found"),
    ({"migrations_expected_query": "SELECT 1 WHERE false"}, "the image expects no migrations at all"),
    ({"migrations_expected_query": "SELECT NULL"}, "row 1 holds no migration"),
    ({"migrations_expected_query": "SELECT 1 UNION ALL SELECT 1"}, "migration 1 is there twice"),
    ({"migrations_expected_query": "SELEC 1"}, "migrations.expected_query: "),
    ({"migrations_expected_query": "SELECT x FROM nowhere"}, "migrations.expected_query: "),
])
def test_what_cannot_work(case, settings, words):
    case.refused(words, **settings)


def test_an_applied_query_that_cannot_work_is_undecided(case):
    assert case.fails("a", migrations_applied_query="SELECT nothing FROM {schema}.log") == {"undecided": []}


def test_each_of_several_databases_says_what_it_expects(case, db, server):
    other = Database(server, db.name + "_other")
    try:
        other.sql(TABLES + "INSERT INTO release.migrations VALUES (11);")
        for database in (db, other):
            database.sql("INSERT INTO a.log VALUES (1, true), (2, true), (10, true); INSERT INTO \"B-c\".log SELECT * FROM a.log;")
        done = case.call("verify", "--format", "json", database_url=None, database__one__url=db.url(), database__two__url=other.url())
        found = {(f["database"], f["tenant"]): f["items"] for f in done.report["findings"] if f["severity"] == "fail"}
        assert found == {("two", "a"): ["11"], ("two", "B-c"): ["11"]}
    finally:
        other.drop()
