"""Several databases: shards that the configuration names, and one database per tenant that a query lists."""
import contextlib
import itertools
import signal
import time
import xml.etree.ElementTree

import pytest
from harness.gate import CANARY
from harness.history import alembic_tenant, make_alembic_manifest, tenant
from harness.postgres import Database

_numbers = itertools.count(1)


def found(result):
    return sorted((f["database"], f["tenant"], f["kind"]) for f in result.report["findings"])


def judged(result):
    return sorted((row["database"], row["tenant"]) for row in result.report["status"])


def errors(result):
    return {row["name"]: row["error"] for row in result.report["databases"]}


@pytest.fixture
def more(server):
    """Makes further databases of the shared server."""
    made = []

    def make(name=None):
        made.append(Database(server, name or f"more{next(_numbers)}"))
        return made[-1]

    yield make
    for database in made:
        database.drop()


@pytest.fixture
def two(gate, db, more):
    """Two shards, each with a tenant acme and one of its own; the gate in front of both."""
    second = more()
    db.sql(tenant("acme") + tenant("beta"))
    second.sql(tenant("acme") + tenant("gamma"))
    gate.defaults["database__second__url"] = second.url()
    return db, second


# Shards

def test_all_are_verified(gate, two):
    result = gate.verify()
    assert result.code == 0, result
    assert judged(result) == [("default", "acme"), ("default", "beta"), ("second", "acme"), ("second", "gamma")]
    assert result.report["tenants"]["total"] == 4
    assert errors(result) == {"default": None, "second": None}
    assert gate.run().code == 0 and gate.wait().code == 0


def test_the_same_name_in_two_databases_is_two_tenants(gate, two):
    two[1].sql("DELETE FROM acme.django_migrations WHERE name <> '0001_initial'")
    result = gate.verify()
    assert result.code == 1 and found(result) == [("second", "acme", "pending")]
    assert result.report["tenants"] == {"total": 4, "ok": 3, "failed": 1, "warned": 0}
    assert any("#db=second" in line for line in result.report["remedies"])
    banner = gate.run()
    assert "1 tenant lacks finance.0002_lines and finance.0003_paid: acme in second" in banner.said
    status = gate.call("status")
    assert status.code == 1 and "acme in second" in status.out and "acme in default" in status.out
    junit = xml.etree.ElementTree.fromstring(gate.call("verify", "--format", "junit").out)
    assert [c.get("name") for c in junit.iter("testcase") if c.find("failure") is not None] == ["acme in second"]


def test_the_same_gap_in_several_is_one_group(gate, two):
    for db in two:
        db.sql("DELETE FROM acme.django_migrations WHERE name = '0003_paid'")
    assert "2 tenants lack finance.0003_paid: acme in default and acme in second" in gate.run().said


def test_tenant_option_matches_in_any(gate, two):
    assert judged(gate.verify("--tenant", "acme")) == [("default", "acme"), ("second", "acme")]
    result = gate.verify("--tenant", "gamma")
    assert result.code == 0 and judged(result) == [("second", "gamma")]
    result = gate.verify("--tenant", "nowhere")
    assert result.code == 1 and "the tenant nowhere is in none of the databases" in result.report["error"]
    result = gate.verify("--tenant", "gamma", "--tenant", "nowhere")
    assert result.code == 1 and "nowhere" in result.report["error"]


def test_the_minimum_counts_over_all(gate, two):
    assert gate.verify(tenants_minimum="4").code == 0
    result = gate.verify(tenants_minimum="5")
    assert result.code == 1 and result.report["reason"] == "too_few_tenants"


def test_structure_is_checked_in_each(gate, two):
    for db in two:
        for (schema,) in db.sql("SELECT nspname FROM pg_namespace WHERE nspname IN ('acme', 'beta', 'gamma')"):
            db.sql(f"CREATE TABLE {schema}.users (id int)")
    assert gate.verify(structure_tables="users").code == 0
    two[1].sql("DROP TABLE gamma.users")
    assert found(gate.verify(structure_tables="users")) == [("second", "gamma", "missing_table")]
    assert gate.verify(structure_tables="users", structure_databases="default").code == 0


def test_a_source_may_be_in_some_of_them_only(gate, two, bare_gate):
    two[1].sql(alembic_tenant("billing", ["bbb"]))
    alembic = make_alembic_manifest(bare_gate, "aaa -> bbb (head), second\n<base> -> aaa, first\n")
    settings = dict(migrations__billing__manifest=alembic, migrations__billing__schemas="billing")
    assert gate.verify(migrations__billing__databases="second", **settings).code == 0
    result = gate.verify(**settings)
    assert found(result) == [("default", "billing", "missing_schema")]
    assert result.report["findings"][0]["source"] == "billing"
    assert judged(gate.verify(tenants_databases="second")) == [("second", "acme"), ("second", "gamma")]


@pytest.mark.parametrize("setting", ["tenants_databases", "structure_databases", "migrations_databases"])
def test_a_database_that_is_not_configured_cannot_be_named(gate, two, setting):
    result = gate.verify(**{setting: "second, third"})
    assert result.code == 78 and "there is no [database.third]" in result.report["error"]
    assert gate.verify(**{setting: ""}).code == 78


def test_the_plain_section_counts_only_where_it_names_one(gate, two):
    settings = dict(database_url=None, database__first__url=two[0].url(), database_connections="7")
    assert {name for name, _ in judged(gate.verify(**settings))} == {"first", "second"}
    result = gate.verify(env={"DATABASE_URL": two[0].url()}, **settings)
    assert {name for name, _ in judged(result)} == {"default", "first", "second"}


def test_a_named_section_may_differ_in_parts(gate, two):
    result = gate.verify(database_url=None, database__second__url=None, database__second__name=two[1].name,
                         env={"DATABASE_URL": two[0].url()})
    assert result.code == 0 and len(judged(result)) == 4


# Some that cannot be reached

def test_one_is_down_and_the_rest_is_verified(gate, two, own_server):
    two[1].sql("DELETE FROM acme.django_migrations WHERE name <> '0001_initial'")
    result = gate.verify(database__third__url=own_server.url(), database__third__wait="1s")
    assert result.code == 69 and result.report["reason"] == "database_unavailable"
    assert found(result) == [("second", "acme", "pending")]
    assert len(judged(result)) == 4
    assert "third" in result.report["error"] and "Connection refused" in errors(result)["third"]
    assert errors(result)["second"] is None
    banner = gate.run(database__third__url=own_server.url(), database__third__wait="1s")
    assert banner.code == 69 and "acme in second" in banner.said and "1 of 3 databases could not be judged" in banner.said


@pytest.mark.parametrize("extra", [dict(step__never__run="echo the step runs"), dict(wait__x__url="tcp://127.0.0.1:{port}")],
                         ids=["step", "dependency"])
def test_one_is_down_before_the_steps(gate, two, own_server, extra):
    """No step is run then; the others are judged all the same, and nothing is waited for twice."""
    two[1].sql("DELETE FROM acme.django_migrations WHERE name <> '0001_initial'")
    extra = {key: value.format(port=two[0].server.port) for key, value in extra.items()}
    result = gate.run(database__third__url=own_server.url(), database__third__wait="1s", **extra)
    assert result.code == 69 and "the step runs" not in result.err and result.seconds < 3
    assert "acme in second" in result.said and "third: the database at" in result.said


def test_down_refused_and_pending_at_once(gate, two, own_server):
    two[1].sql("DELETE FROM acme.django_migrations WHERE name <> '0001_initial'")
    result = gate.verify(database__down__url=own_server.url(), database__down__wait="1s", database__refused__grace="200ms",
                         database__refused__url=two[0].server.url("no_such_database", password=CANARY))
    assert result.code == 77 and result.report["reason"] == "database_refused"
    assert found(result) == [("second", "acme", "pending")]
    said = errors(result)
    assert 'database "no_such_database" does not exist' in said["refused"] and "not ready" in said["down"]
    assert "refused: " in result.report["error"] and "down: " in result.report["error"]
    result = gate.wait(database__down__url=own_server.url(), database__down__wait="1s")
    assert result.code == 69 and "down" in result.said


def test_one_that_comes_up_late_is_waited_for(gate, two, own_server):
    running = gate.begin("run", "--", "echo", "the app runs", database__late__url=own_server.url(), tenants_minimum="0")
    running.wait_for("waiting for the database")
    own_server.start()
    own_server.sql(tenant("late"))
    assert running.finish().code in (0, 1)


def test_one_whose_tenants_cannot_be_listed(gate, two):
    two[1].sql("CREATE TABLE public.customers AS SELECT 'acme' AS s")
    result = gate.verify(tenants_query="SELECT s FROM public.customers")
    assert result.code == 78 and judged(result) == [("second", "acme")]
    assert 'relation "public.customers" does not exist' in errors(result)["default"]


def test_one_that_breaks_meanwhile(gate, two):
    two[1].sql("CREATE TABLE public.customers AS SELECT 'acme' AS s")
    two[0].sql("CREATE TABLE public.customers AS SELECT 'acme' AS s")
    running = gate.begin("verify", "--format", "json", database_wait="2s", database__second__wait="2s",
                         tenants_query="SELECT s FROM public.customers, pg_sleep(2)")
    pid = two[1].server.wait_for_gate("%pg_sleep%")
    two[1].server.sql("SELECT pg_terminate_backend(%s)", pid)
    assert running.finish().code == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_every_signal_ends_it_within_a_second(gate, two, own_server, number):
    running = gate.begin("run", "--", "true", database__third__url=own_server.url(), database_connections="3",
                         tenants_query="SELECT 'acme' FROM pg_sleep(20)")
    running.wait_for("waiting for the database")
    two[1].server.wait_for_gate("%pg_sleep%")
    began = time.monotonic()
    running.signal(number)
    assert running.finish().code == 128 + number
    assert time.monotonic() - began < 1


def test_the_deadline_of_the_gate_counts_for_all(gate, two, own_server):
    result = gate.verify(database__third__url=own_server.url(), gate_timeout="1s")
    assert result.code == 69 and result.seconds < 3 and len(judged(result)) == 4


def test_another_dependency_that_fails_ends_the_waiting(gate, two, own_server):
    result = gate.run(database__third__url=own_server.url(), wait__x__url="tcp://127.0.0.1:1", wait__x__timeout="500ms")
    assert result.code == 69 and result.seconds < 5 and "x (tcp://127.0.0.1:1)" in result.said


def test_hold_opens_when_the_last_one_is_up(gate, two, own_server):
    running = gate.begin("run", "--", "echo", "the app runs", database__third__url=own_server.url(), database__third__wait="300ms",
                         gate_on_failure="hold", gate_recheck="200ms", tenants_minimum="0")
    running.wait_for("Held:")
    own_server.start()
    own_server.sql(tenant("late"))
    result = running.finish()
    assert result.code == 0 and "the app runs" in result.out


# The budget

def most_sessions(server, running):
    most = 0
    while not running.over:
        rows = server.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tenantgate' AND state IS NOT NULL")
        most = max(most, rows[0][0])
        time.sleep(0.01)
    return most


@pytest.mark.parametrize("connections", [1, 3])
def test_the_budget_bounds_the_sum_of_connections(gate, db, more, connections):
    for _ in range(6):
        other = more()
        other.sql(tenant("acme"))
        gate.defaults[f"database__{other.name}__url"] = other.url()
    db.sql(tenant("acme"))
    running = gate.begin("verify", "--format", "json", database_connections=connections,
                         tenants_query="SELECT 'acme' FROM pg_sleep(0.2)")
    assert most_sessions(db.server, running) == connections
    assert running.finish().code == 0


# One database per tenant

@pytest.fixture
def fleet(gate, db, more):
    """Three databases of tenants, and one that lists them."""
    names = [f"fleet{next(_numbers)}" for _ in range(3)]
    for name in names:
        more(name).sql(tenant("app"))
    db.sql("CREATE TABLE public.customers (name text); INSERT INTO public.customers VALUES " + ", ".join(f"('{n}')" for n in names))
    gate.defaults.update(database_url=db.url().replace(f"/{db.name}", "/{database}"), tenants_catalog_url=db.url(),
                         tenants_databases_query="SELECT name FROM public.customers")
    return names


def test_every_database_of_the_query_is_verified(gate, fleet):
    result = gate.verify()
    assert result.code == 0 and judged(result) == sorted((name, "app") for name in fleet)
    assert gate.run().code == 0 and gate.wait().code == 0 and gate.call("status").code == 0


def test_one_of_them_is_behind(gate, fleet, server):
    server.sql("DELETE FROM app.django_migrations WHERE name <> '0001_initial'", database=fleet[1])
    result = gate.verify()
    assert result.code == 1 and found(result) == [(fleet[1], "app", "pending")]
    assert gate.verify("--tenant", fleet[0]).code == 0
    assert judged(gate.verify("--tenant", fleet[1])) == [(fleet[1], "app")]
    result = gate.verify(tenants_exclude=fleet[1])
    assert result.code == 0 and result.report["excluded"] == [fleet[1]] and "NOT verified" in result.err


def test_none_is_too_few(gate, fleet, db):
    db.sql("DELETE FROM public.customers")
    result = gate.verify()
    assert result.code == 1 and result.report["reason"] == "too_few_tenants"
    assert gate.verify(tenants_minimum="0").code == 0


def test_a_database_that_vanishes_between_query_and_connect(gate, fleet, db):
    db.sql("INSERT INTO public.customers VALUES ('gone_by_now')")
    result = gate.verify(database_grace="200ms")
    assert result.code == 77 and len(judged(result)) == 3
    assert 'database "gone_by_now" does not exist' in errors(result)["gone_by_now"]


ODD = ["with blank", "Capital", "per%cent", "per%20cent", "sla/sh", "que?stion&mark=1", "at@sign:5432", "quo'te\"d", "back\\slash",
       "größe", "eq=uals", "host=evil.example dbname=postgres", "postgresql://evil.example/postgres", "{database}", "x'; DROP TABLE y; --", " lead", "-c",
       "a,b", "$HOME", "${HOME}", "x" * 63]


@pytest.mark.parametrize("form", ["url", "pairs"])
def test_odd_names_are_names_and_nothing_else(gate, fleet, db, more, form):
    for name in ODD:
        more(name).sql(tenant("app"))
        db.sql("INSERT INTO public.customers VALUES (%s)", name)
    if form == "pairs":
        gate.defaults["database_url"] = f"host=127.0.0.1 port={db.server.port} user=postgres dbname={{database}}"
    result = gate.verify()
    assert result.code == 0, result
    assert judged(result) == sorted((name, "app") for name in fleet + ODD)
    for name in ODD:
        db.server.sql("DELETE FROM app.django_migrations WHERE name <> '0001_initial'", database=name)
    assert gate.run().code == 1
    assert gate.call("status").code == 1
    remedies = gate.verify().report["remedies"]
    assert remedies and all(len(line.split(" #db=")) == 2 and " " not in line.split(" #db=")[1] for line in remedies)


def test_a_name_that_the_server_would_cut_is_refused(gate, fleet, db, more):
    """PostgreSQL lets a longer name in where its first 63 bytes name a database."""
    more("y" * 63).sql(tenant("app"))
    db.sql("INSERT INTO public.customers VALUES (%s)", "y" * 64)
    result = gate.verify()
    assert result.code == 78 and "63 bytes" in result.report["error"]


@pytest.mark.parametrize("query, words", [
    ("SELECT nothing FROM public.customers", 'column "nothing" does not exist'), ("SELECT NULL", "row 1 holds a null"),
    ("SELECT ''", "row 1 holds an empty"), ("DROP TABLE public.customers", None), ("SELECT", "no column"),
    ("INSERT INTO public.customers VALUES ('x') RETURNING name", "read-only transaction")])
def test_queries_that_cannot_work(gate, fleet, db, query, words):
    result = gate.verify(tenants_databases_query=query)
    assert result.code == 78 and "tenants.databases_query" in result.report["error"], result
    assert words is None or words in result.report["error"]
    assert len(db.sql("SELECT * FROM public.customers")) == 3


@pytest.mark.parametrize("settings, words", [
    ({"tenants_catalog_url": None}, "tenants.catalog_url is empty"), ({"tenants_databases_query": None}, "tenants.databases_query"),
    ({"database_url": "postgresql://postgres@127.0.0.1/app"}, "does not hold {database}"),
    ({"database_url": "postgresql://postgres@{database}.example/{database}"}, "stands in the parameter host"),
    ({"database_url": "postgresql://h/{database}?options={database}"}, "stands in the parameter options"),
    ({"database__other__url": "postgresql://h/{database}"}, "two databases hold {database}"),
    ({"tenants_catalog_url": "mysql://h/d"}, "tenants.catalog_url")])
def test_settings_that_do_not_fit_together(gate, fleet, settings, words):
    result = gate.verify(**settings)
    assert result.code == 78 and words in result.report["error"], result


def test_a_catalog_that_is_down_is_waited_for_and_told(gate, fleet, own_server):
    result = gate.verify(tenants_catalog_url=own_server.url(), database_wait="1s")
    assert result.code == 69


def test_two_hundred_databases(own_server, bare_gate, manifest):
    """Made from one template, which is quick; verified by few connections, and the query by one."""
    own_server.start()
    own_server.sql(tenant("app") + "UPDATE pg_database SET datistemplate = true WHERE datname = 'postgres'")
    own_server.sql("CREATE DATABASE origin TEMPLATE template0")
    own_server.sql(tenant("app"), database="origin")
    with contextlib.closing(own_server.connect()) as session:
        for i in range(200):
            session.cursor().execute(f"CREATE DATABASE tenant{i:03} TEMPLATE origin STRATEGY file_copy" if own_server.version >= 150000
                                     else f"CREATE DATABASE tenant{i:03} TEMPLATE origin")
    own_server.sql("DELETE FROM app.django_migrations WHERE name = '0003_paid'", database="tenant077")
    result = bare_gate.verify(database_url=own_server.url("{database}").replace("%7B", "{").replace("%7D", "}"), tenants_catalog_url=own_server.url(), tenants_settle="0s",
                              tenants_databases_query="SELECT datname FROM pg_database WHERE datname LIKE 'tenant%'",
                              migrations_manifest=manifest)
    assert result.code == 1 and found(result) == [("tenant077", "app", "pending")]
    assert result.report["tenants"]["total"] == 200


# Steps

def test_a_step_for_each_tenant_is_told_its_own_database(gate, two):
    for db in two:
        db.sql("DELETE FROM acme.django_migrations WHERE name = '0003_paid'")
    sql = "INSERT INTO {tenant}.django_migrations (app, name, applied) VALUES ('finance', '0003_paid', now())"
    result = gate.run(step__migrate__run=f'sh -c \'echo "in $1: $PGDATABASE"; psql -q -c "$2"; psql -q "$DATABASE_URL" -c "SELECT 1" >&2\' x '
                      f'{{database}} "{sql}"', step__migrate__each="tenant", env={"PATH": f"{two[0].server.clusters.bin}:/usr/bin:/bin"})
    assert result.code == 0, result
    assert f"in default: {two[0].name}" in result.err and f"in second: {two[1].name}" in result.err
    assert "acme in second" in result.err


def test_another_step_is_told_the_first(gate, two):
    result = gate.run(step__look__run="sh -c 'echo db=$PGDATABASE url=${DATABASE_URL##*@}'")
    assert result.code == 0 and f"db={two[0].name}" in result.err and two[0].name in result.err.split("url=")[1]


def test_with_one_database_nothing_is_told(gate, db):
    db.sql(tenant("acme"))
    result = gate.run(step__look__run="sh -c 'echo db=$PGDATABASE. url=$DATABASE_URL.'")
    assert result.code == 0 and "db=. url=." in result.err


def test_a_step_of_a_listed_database(gate, fleet, server):
    server.sql("DELETE FROM app.django_migrations WHERE name = '0003_paid'", database=fleet[2])
    sql = "INSERT INTO {tenant}.django_migrations (app, name, applied) VALUES ('finance', '0003_paid', now())"
    result = gate.run(step__migrate__run=f'psql -q -c "{sql}"', step__migrate__each="tenant", step__migrate__lock="yes",
                      env={"PATH": f"{server.clusters.bin}:/usr/bin:/bin"})
    assert result.code == 0, result
    assert f"app in {fleet[2]}" in result.err


def test_steps_may_make_the_databases(gate, db, more):
    """Before them the query finds no table to ask."""
    other = more()
    gate.defaults.update(database_url=db.url().replace(f"/{db.name}", "/{database}"), tenants_catalog_url=db.url(),
                         tenants_databases_query="SELECT name FROM public.customers")
    other.sql(tenant("app"))
    result = gate.run(step__make__run=f"psql -q -c \"CREATE TABLE public.customers AS SELECT '{other.name}' AS name\"",
                      step__make__when="pending", env={"PATH": f"{db.server.clusters.bin}:/usr/bin:/bin"})
    assert result.code == 0, result
