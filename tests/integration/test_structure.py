"""What the configuration asserts about structure: tables, columns and what must be gone, whatever the history says."""
import contextlib
import re
import threading
import time
import xml.etree.ElementTree

import pytest
from harness import paths
from harness.gate import quoted
from harness.history import INITIAL, alembic_tenant, make_alembic_manifest, tenant
from harness.pooler import PgBouncer
from harness.postgres import ident

CONFIG = paths.REPOSITORY / "config" / "structure.ini"


def found(result):
    return [(f["tenant"], f["kind"], f["items"]) for f in result.report["findings"]]


@pytest.fixture
def three(db):
    """Three tenants that are fully migrated by their histories."""
    db.sql("".join(tenant(name) + f"CREATE TABLE {name}.users (id int, avatar text); CREATE TABLE {name}.orders (id int);"
                   for name in ("acme", "beta", "gamma")))
    return db


# What is there and what is not

def test_a_healthy_structure_opens(gate, three):
    result = gate.verify(structure_tables="users, orders", structure_columns="users.avatar, orders.id",
                         structure_absent="oldies, users.password")
    assert result.code == 0 and not result.report["findings"]
    assert gate.run(structure_tables="users").code == 0


def test_a_table_that_is_missing_although_the_history_says_applied(gate, three):
    three.sql("DROP TABLE beta.users")
    result = gate.verify(structure_tables="users, orders")
    assert result.code == 1 and result.report["reason"] == "tenants_not_migrated"
    assert found(result) == [("beta", "missing_table", ["users"])]
    finding = result.report["findings"][0]
    assert 'relation "users" does not exist' in finding["message"]
    assert finding["database"] == "default" and finding["source"] is None and finding["severity"] == "fail"
    assert gate.verify("--tenant", "acme", structure_tables="users, orders").code == 0
    assert gate.verify("--tenant", "beta", structure_tables="users, orders").code == 1


def test_a_column_that_is_missing(gate, three):
    three.sql("ALTER TABLE beta.users DROP COLUMN avatar; ALTER TABLE gamma.users RENAME avatar TO picture")
    result = gate.verify(structure_columns="users.avatar")
    assert result.code == 1
    assert found(result) == [("beta", "missing_column", ["users.avatar"]), ("gamma", "missing_column", ["users.avatar"])]
    assert 'column "avatar" does not exist' in result.report["findings"][0]["message"]


def test_a_column_of_a_table_that_is_missing_is_a_missing_table(gate, three):
    three.sql("DROP TABLE beta.users")
    assert found(gate.verify(structure_columns="users.avatar")) == [("beta", "missing_table", ["users"])]


def test_what_must_be_gone(gate, three):
    three.sql("CREATE TABLE beta.oldies (x int); ALTER TABLE gamma.users ADD password text")
    result = gate.verify(structure_absent="oldies, users.password, nothing.at_all")
    assert result.code == 1
    assert found(result) == [("beta", "unexpected_table", ["oldies"]), ("gamma", "unexpected_column", ["users.password"])]


def test_system_columns_are_no_columns(gate, three):
    assert gate.verify(structure_absent="users.ctid, users.xmin").code == 0
    assert gate.verify(structure_columns="users.ctid").code == 1


@pytest.mark.parametrize("sql", [
    "CREATE VIEW {0} AS SELECT 1 AS avatar", "CREATE MATERIALIZED VIEW {0} AS SELECT 1 AS avatar",
    "CREATE TABLE {0} (avatar text) PARTITION BY LIST (avatar)", "CREATE UNLOGGED TABLE {0} (avatar text)",
    "CREATE FOREIGN TABLE {0} (avatar text) SERVER nowhere"], ids=["view", "materialized", "partitioned", "unlogged", "foreign"])
def test_what_can_be_selected_from_is_a_table(gate, db, sql):
    db.sql(tenant("acme") + "CREATE EXTENSION IF NOT EXISTS file_fdw; CREATE SERVER nowhere FOREIGN DATA WRAPPER file_fdw;"
           if "FOREIGN" in sql else tenant("acme"))
    db.sql(sql.format("acme.users") + (" OPTIONS (filename '/nowhere')" if "FOREIGN" in sql else ""))
    assert gate.verify(structure_tables="users", structure_columns="users.avatar").code == 0
    assert gate.verify(structure_absent="users").code == 1


@pytest.mark.parametrize("sql", ["CREATE SEQUENCE {0}", "CREATE TYPE {0} AS (avatar text)",
                                 "CREATE TABLE acme.t (i int); CREATE INDEX users ON acme.t (i)"], ids=["sequence", "type", "index"])
def test_what_cannot_be_selected_from_is_no_table(gate, db, sql):
    db.sql(tenant("acme") + sql.format("acme.users"))
    assert found(gate.verify(structure_tables="users")) == [("acme", "missing_table", ["users"])]
    assert gate.verify(structure_absent="users").code == 0


def test_only_the_tenants_own_schema_counts(gate, three):
    three.sql("DROP TABLE beta.users; CREATE TABLE public.users (id int, avatar text);"
              f"ALTER DATABASE {three.name} SET search_path = acme, public")
    assert found(gate.verify(structure_tables="users")) == [("beta", "missing_table", ["users"])]


def test_pending_and_missing_stand_side_by_side(gate, three):
    three.sql("DROP TABLE beta.users; DELETE FROM beta.django_migrations WHERE name <> '0001_initial'")
    assert {f[1] for f in found(gate.verify(structure_tables="users"))} == {"pending", "missing_table"}


def test_a_missing_table_does_not_make_a_tenant_pending(gate, three):
    """A step that runs when something is pending is for migrations; what it could not mend it is not run for."""
    three.sql("DROP TABLE beta.users")
    result = gate.run(structure_tables="users", step__migrate__run="echo it runs", step__migrate__when="pending")
    assert result.code == 1 and "it runs" not in result.err


# Who must be able to read

@pytest.fixture
def role(three):
    name = f"reader_{three.name}"
    three.sql(f"CREATE ROLE {name} LOGIN;" + "".join(
        f"GRANT USAGE ON SCHEMA {s} TO {name}; GRANT SELECT ON ALL TABLES IN SCHEMA {s} TO {name};" for s in ("acme", "beta", "gamma")))
    yield name
    three.sql(f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_the_role_must_be_able_to_read_the_tables(gate, three, role):
    assert gate.verify(structure_tables="users, orders", structure_role=role).code == 0
    three.sql(f"REVOKE SELECT ON beta.users FROM {role}; REVOKE USAGE ON SCHEMA gamma FROM {role}")
    result = gate.verify(structure_tables="users, orders", structure_role=role)
    assert found(result) == [("beta", "no_privilege", ["users"]), ("gamma", "no_privilege", [])]
    assert "permission denied for table users" in result.report["findings"][0]["message"]
    grants = [line for line in result.report["remedies"] if line.startswith("GRANT")]
    assert any(f'GRANT SELECT ON "beta"."users" TO "{role}";' in line for line in grants)
    for line in grants:
        three.sql(line)
    assert gate.verify(structure_tables="users, orders", structure_role=role).code == 0


def test_without_a_role_it_is_the_one_that_connects(gate, three, role):
    url = three.url(user=role)
    assert gate.verify(database_url=url, structure_tables="users").code == 0
    three.sql(f"REVOKE SELECT ON beta.users FROM {role}")
    result = gate.verify(database_url=url, structure_tables="users")
    assert found(result) == [("beta", "no_privilege", ["users"])]
    assert "the_role" in "".join(result.report["remedies"])


def test_rights_come_from_groups_public_owners_and_columns(gate, three, role):
    three.sql(f"REVOKE ALL ON ALL TABLES IN SCHEMA acme, beta, gamma FROM {role}; CREATE ROLE group_{role};"
              f"GRANT SELECT ON acme.users TO group_{role}; GRANT group_{role} TO {role};"
              f"GRANT SELECT ON beta.users TO PUBLIC; ALTER TABLE gamma.users OWNER TO {role}")
    try:
        assert gate.verify(structure_tables="users", structure_role=role).code == 0
        three.sql(f"REVOKE SELECT ON beta.users FROM PUBLIC; GRANT SELECT (id, avatar) ON beta.users TO {role}")
        assert gate.verify(structure_tables="users", structure_role=role).code == 0, "every column can be read"
        three.sql(f"REVOKE SELECT (avatar) ON beta.users FROM {role}")
        assert found(gate.verify(structure_tables="users", structure_role=role)) == [("beta", "no_privilege", ["users"])]
    finally:
        three.sql(f"DROP OWNED BY group_{role}; DROP ROLE group_{role}")


def test_columns_alone_need_no_right(gate, three, role):
    three.sql(f"REVOKE ALL ON ALL TABLES IN SCHEMA beta FROM {role}")
    assert gate.verify(structure_columns="users.avatar", structure_role=role).code == 0


def test_a_role_that_does_not_exist_is_a_mistake_in_the_configuration(gate, three):
    result = gate.verify(structure_tables="users", structure_role="no_such_role")
    assert result.code == 78 and result.report["reason"] == "configuration"
    assert 'structure.role: role "no_such_role" does not exist' in result.report["error"] and result.report["hint"]
    assert gate.verify(structure_tables="users", structure_role="POSTGRES").code == 78, "letters are taken as they stand"


def test_a_role_that_steps_will_make(gate, three, role):
    """Before the steps it is not there yet, as the tenants may not be."""
    sql = three.server.clusters.bin / "psql"
    new = f"made_{three.name}"
    run = f"{sql} -q {three.url()} -c 'CREATE ROLE {new} SUPERUSER'"
    try:
        result = gate.run(structure_tables="users", structure_role=new, step__make__run=run, step__make__when="pending")
        assert result.code == 0, result
    finally:
        three.sql(f"DROP ROLE IF EXISTS {new}")


# Names

@pytest.mark.parametrize("name", ["Users", "My.Table", 'say "hi"', "a b", "a,b", "größe", "ta'ble; DROP", "{a}", "NULL", "a\\b", "x" * 63])
def test_odd_names(gate, db, name):
    db.sql(tenant("acme") + f"CREATE TABLE acme.{ident(name)} ({ident(name)} int)")
    item = quoted(name)
    assert gate.verify(structure_tables=item, structure_columns=f"{item}.{item}").code == 0
    assert gate.verify(structure_absent=item).code == 1
    db.sql(f"DROP TABLE acme.{ident(name)}")
    result = gate.verify(structure_tables=item)
    assert [f[1] for f in found(result)] == ["missing_table"]
    assert gate.verify(structure_absent=item).code == 0
    assert gate.call("verify", structure_tables=item).code == 1


def test_letters_are_taken_as_they_stand(gate, three):
    assert found(gate.verify("--tenant", "acme", structure_tables="Users")) == [("acme", "missing_table", ["Users"])]


@pytest.mark.parametrize("line, words", [
    ("tables = public.users", "'public.users' is no table"), ("tables = a, a", "'a' is there twice"),
    ("tables = users accounts", "is a comma missing"), ("tables = " + "x" * 64, "64 bytes"), ("tables = \"\"", "an empty name"),
    ("columns = users", "'users' names no column"), ("columns = users.", "an empty name"), ("columns = .avatar", "an empty name"),
    ("columns = a.b.c", "more than a table and a column"), ("columns = users.avatar, users.\"avatar\"", "is there twice"),
    ("columns = users." + "ü" * 32, "64 bytes"), ("absent = a.b.c", "more than"), ('absent = "a', "does not end"),
    ("role = " + "x" * 64, "no such role")], ids=range(14))
def test_what_cannot_be_meant_is_refused_with_file_and_line(gate, three, tmp_path, line, words):
    file = tmp_path / "gate.ini"
    file.write_text(f"[structure]\n{line}\n")
    result = gate.verify("--config", file)
    assert result.code == 78 and words in result.report["error"] and f"{file}:2" in result.report["error"], result


def test_what_contradicts_itself_is_refused_before_anything_is_waited_for(gate, tmp_path):
    file = tmp_path / "gate.ini"
    file.write_text("[structure]\ntables = users\nabsent = users\n")
    result = gate.verify("--config", file, database_url="postgresql://127.0.0.1:1/x")
    assert result.code == 78 and f"{file}:3" in result.report["error"] and f"{file}:2" in result.report["error"]


# Which tenants

def test_excluded_tenants_are_still_judged_by_their_history(gate, three):
    three.sql("DROP TABLE beta.users; DELETE FROM gamma.django_migrations WHERE name <> '0001_initial'; DROP TABLE gamma.users")
    result = gate.verify(structure_tables="users", structure_exclude="beta, /^gam/")
    assert [f[:2] for f in found(result)] == [("gamma", "pending")]


def test_a_source_outside_of_the_tenants_does_not_make_its_schema_one(gate, three, bare_gate):
    three.sql(alembic_tenant("shared", ["bbb"]))
    alembic = make_alembic_manifest(bare_gate, "aaa -> bbb (head), second\n<base> -> aaa, first\n")
    result = gate.verify(structure_tables="users", migrations__shared__manifest=alembic, migrations__shared__schemas="shared")
    assert result.code == 0, result


def test_without_tenants_the_sources_schemas_are_judged(gate, three):
    three.sql("DROP TABLE beta.users")
    assert gate.verify(migrations_schemas="acme, gamma", structure_tables="users").code == 0
    assert found(gate.verify(migrations_schemas="acme, beta", structure_tables="users")) == [("beta", "missing_table", ["users"])]


@pytest.mark.parametrize("rule, code", [("fail", 1), ("warn", 0), ("ignore", 0)])
def test_a_schema_that_is_not_there_is_told_once(gate, three, rule, code):
    result = gate.verify(tenants_schemas="acme, nowhere", structure_tables="users", tenants_missing_schema=rule)
    assert result.code == code
    assert [f[:2] for f in found(result)] == ([] if rule == "ignore" else [("nowhere", "missing_schema")])


# Many, and while they change

@pytest.fixture
def many(db):
    with contextlib.closing(db.connect()) as session:
        for at in range(0, 2300, 100):
            session.cursor().execute("".join(
                f"CREATE SCHEMA t{i:04}; CREATE TABLE t{i:04}.users (avatar int); CREATE TABLE t{i:04}.django_migrations AS "
                "SELECT 'finance'::text AS app, n AS name FROM unnest(ARRAY['0001_initial', '0002_lines', '0003_paid']) AS n;"
                for i in range(at, at + 100)))
    return db


def test_more_tenants_than_one_statement_takes(gate, many):
    assert gate.verify(structure_tables="users", structure_columns="users.avatar").code == 0
    many.sql("DROP TABLE t0000.users, t0999.users, t1000.users, t2299.users; ALTER TABLE t1500.users DROP COLUMN avatar;"
             "CREATE TABLE t2001.oldies (x int)")
    result = gate.verify(structure_tables="users", structure_columns="users.avatar", structure_absent="oldies")
    assert found(result) == [("t0000", "missing_table", ["users"]), ("t0999", "missing_table", ["users"]),
                             ("t1000", "missing_table", ["users"]), ("t1500", "missing_column", ["users.avatar"]),
                             ("t2001", "unexpected_table", ["oldies"]), ("t2299", "missing_table", ["users"])]
    assert result.report["tenants"] == {"total": 2300, "ok": 2294, "failed": 6, "warned": 0}
    text = gate.call("verify", structure_tables="users")
    assert '4 tenants (t0000, t0999, t1000 and t2299): relation "users" does not exist' in text.said


def test_only_a_handful_of_statements_is_spent_on_it(own_server, bare_gate, manifest):
    """Never one per tenant."""
    own_server.start(log_statement="all")
    own_server.sql("".join(tenant(f"t{i:03}") + f"CREATE TABLE t{i:03}.users (avatar int);" for i in range(150)))
    before = len(own_server.log_text())
    settings = dict(database_url=own_server.url(), migrations_manifest=manifest, tenants_settle="0s")
    assert bare_gate.verify(**settings).code == 0
    plain = own_server.log_text()[before:].count("execute <unnamed>")
    before = len(own_server.log_text())
    assert bare_gate.verify(structure_tables="users", structure_columns="users.avatar", structure_absent="a, b, c", **settings).code == 0
    log = own_server.log_text()[before:]
    assert log.count("execute <unnamed>") - plain <= 8
    assert "information_schema." not in log


def test_schemas_that_come_and_go_meanwhile_are_no_error(gate, many):
    """Those that stay are judged; one that goes is a tenant without a schema, or none at all."""
    stop = threading.Event()

    def churn():
        session = many.connect()
        cursor = session.cursor()
        i = 1000
        while not stop.is_set() and i < 2000:
            cursor.execute(f"DROP SCHEMA t{i:04} CASCADE")
            i += 1
        session.close()

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(4):
            result = gate.verify(structure_tables="users", structure_columns="users.avatar", tenants_settle="0s")
            assert result.code in (0, 1), result
            assert {f[1] for f in found(result)} <= {"missing_schema", "no_history_table", "undecided", "missing_table"}, result
            assert all("t1000" <= f[0] < "t2000" for f in found(result)), result
    finally:
        stop.set()
        thread.join()


# Ways to the server

def test_on_a_hot_standby(clusters, bare_gate, manifest):
    primary = clusters.create("primary").start()
    primary.sql(tenant("acme") + "CREATE TABLE acme.users (avatar int); CREATE TABLE acme.oldies (x int)")
    standby = primary.standby().start()
    settings = dict(database_url=standby.url(), migrations_manifest=manifest, tenants_settle="0s")
    until = time.monotonic() + 20
    while standby.sql("SELECT pg_last_wal_replay_lsn()") < primary.sql("SELECT pg_current_wal_lsn()"):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert bare_gate.verify(structure_tables="users", structure_columns="users.avatar", **settings).code == 0
    assert bare_gate.verify(structure_absent="oldies", **settings).code == 1
    standby.discard()
    primary.discard()


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_behind_pgbouncer(gate, three, mode):
    bouncer = PgBouncer(three.server, mode)
    try:
        three.sql("DROP TABLE beta.users")
        result = gate.verify(database_url=bouncer.url(three.name), structure_tables="users", structure_columns="orders.id")
        assert found(result) == [("beta", "missing_table", ["users"])]
    finally:
        bouncer.close()


def test_nothing_that_a_schema_offers_is_used(gate, three):
    """Functions and operators of the same names, first in the path."""
    three.sql("""CREATE SCHEMA evil; CREATE FUNCTION evil.has_table_privilege(oid, oid, text) RETURNS bool LANGUAGE sql AS 'SELECT true';
        CREATE FUNCTION evil.eq(name, text) RETURNS bool LANGUAGE sql AS 'SELECT true';
        CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = text, FUNCTION = evil.eq);
        CREATE FUNCTION evil.unnest(text[]) RETURNS SETOF text LANGUAGE sql AS 'SELECT NULL::text'; DROP TABLE beta.users""" +
              f"; ALTER DATABASE {three.name} SET search_path = evil, pg_catalog")
    assert found(gate.verify(structure_tables="users")) == [("beta", "missing_table", ["users"])]


# What people and machines are shown

def test_the_banner_ends_the_search(gate, three):
    three.sql("DROP TABLE acme.users; DROP TABLE beta.users; ALTER TABLE gamma.users DROP avatar")
    result = gate.run(structure_tables="users", structure_columns="users.avatar")
    assert result.code == 1
    assert '2 tenants (acme and beta): relation "users" does not exist' in result.said
    assert '1 tenant (gamma): column "avatar" does not exist in relation "users"' in result.said
    assert "whatever the history says" in result.said


def test_status_and_junit_tell(gate, three):
    three.sql("DROP TABLE beta.users")
    status = gate.call("status", structure_tables="users")
    assert status.code == 1 and re.search(r"^beta .* missing_table$", status.out, re.M)
    junit = gate.call("verify", "--format", "junit", structure_tables="users")
    failures = xml.etree.ElementTree.fromstring(junit.out).findall(".//testcase[@name='beta']/failure")
    assert [f.get("type") for f in failures] == ["missing_table"] and 'relation "users"' in failures[0].text


def test_hold_opens_once_the_table_is_there(gate, three):
    three.sql("DROP TABLE beta.users")
    running = gate.begin("run", "--", "echo", "the app runs", structure_tables="users", gate_on_failure="hold", gate_recheck="100ms")
    running.wait_for("Held:")
    three.sql("CREATE TABLE beta.users (id int)")
    assert running.finish().code == 0


def test_the_example_is_true(gate, db):
    """config/structure.ini against a database as it describes it."""
    db.sql("CREATE ROLE app; CREATE TABLE public.customers_client AS SELECT unnest(ARRAY['public', 'acme', 'archive_1']) AS schema_name;"
           + tenant("acme") + tenant("archive_1") + tenant("public").replace('CREATE SCHEMA "public";\n', "") +
           'CREATE TABLE acme.users_pendingregistration (id int); CREATE TABLE acme."Legacy.Orders" (id int);'
           "CREATE TABLE acme.finance_invoice (id int, paid_at date); CREATE TABLE acme.users_user (id int, avatar text);"
           "GRANT USAGE ON SCHEMA acme TO app; GRANT SELECT ON ALL TABLES IN SCHEMA acme TO app")
    try:
        assert gate.verify("--config", CONFIG).code == 0
        db.sql("DROP TABLE acme.users_pendingregistration; ALTER TABLE acme.users_user ADD password_plain text")
        result = gate.verify("--config", CONFIG)
        assert found(result) == [("acme", "missing_table", ["users_pendingregistration"]),
                                 ("acme", "unexpected_column", ["users_user.password_plain"])]
        assert 'relation "users_pendingregistration" does not exist' in result.report["findings"][0]["message"]
    finally:
        db.sql("DROP OWNED BY app; DROP ROLE app")
