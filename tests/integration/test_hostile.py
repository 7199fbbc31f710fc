"""Databases that would mislead a careless reader: search_path tricks, shadowed names, settings of roles, other tenants' rows."""
import psycopg2
import pytest
from harness.history import ALL, INITIAL, LINES, PAID, alembic_tenant, make_alembic_manifest, tenant


def kinds(result):
    return {(f["tenant"], f["kind"]) for f in result.report["findings"]}


@pytest.fixture
def role(gate, db):
    """A role of its own that owns nothing and may read everything; the gate connects as it."""
    name = f"role_{db.name}"
    db.sql(f"CREATE ROLE {name} LOGIN; GRANT pg_read_all_data TO {name}")
    gate.defaults["database_url"] = db.url(user=name)
    yield name
    db.sql(f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_a_hollow_tenant_does_not_live_on_the_public_history(gate, db):
    """The classic false open: with search_path = acme, public an unqualified name finds public's table."""
    db.sql(tenant_in_public() + "CREATE SCHEMA acme; CREATE TABLE acme.invoices (id int)")
    result = gate.verify(tenants_schemas="acme")
    assert result.code == 1 and kinds(result) == {("acme", "no_history_table")}


def tenant_in_public(applied=ALL):
    return tenant("public", applied).replace('CREATE SCHEMA "public";\n', "")


@pytest.mark.parametrize("path", ["public", "acme, public", "full, public", '"$user", public', "pg_catalog, full", "full, pg_catalog"])
@pytest.mark.parametrize("how", ["role", "database", "both"])
def test_no_search_path_of_role_or_database_matters(gate, db, role, path, how):
    db.sql(tenant_in_public() + tenant("full") + tenant("acme", [INITIAL]) + "CREATE SCHEMA hollow")
    if how != "database":
        db.sql(f"ALTER ROLE {role} SET search_path = {path}")
    if how != "role":
        db.sql(f"ALTER DATABASE {db.name} SET search_path = {path}")
    result = gate.verify(tenants_schemas="full, acme, hollow")
    assert result.code == 1
    assert kinds(result) == {("acme", "pending"), ("hollow", "no_history_table")}


def test_no_search_path_of_the_url_matters(gate, db):
    db.sql(tenant("full") + tenant("acme", [INITIAL]))
    result = gate.verify(database_url=db.url(options="-c search_path=full"), tenants_schemas="acme, full")
    assert result.code == 1 and kinds(result) == {("acme", "pending")}


def test_a_tenant_query_runs_with_the_roles_own_search_path(gate, db, role):
    """It is the operator's: it may rely on what the role has."""
    db.sql(tenant("acme") + f"CREATE SCHEMA shop; CREATE TABLE shop.customers AS SELECT 'acme' AS s;"
           f"ALTER ROLE {role} SET search_path = shop")
    assert gate.verify(tenants_query="SELECT s FROM customers").code == 0
    assert kinds(gate.verify(tenants_query="SELECT 'x' || current_schema()")) == {("xshop", "missing_schema")}


SHADOWS = """
CREATE SCHEMA evil;
CREATE TABLE evil.pg_class (oid oid, relname name, relnamespace oid, relkind "char");
CREATE TABLE evil.pg_namespace (oid oid, nspname name);
CREATE TABLE evil.pg_attribute (attrelid oid, attname name, attnum int2, attisdropped bool);
CREATE FUNCTION evil.unnest(text[]) RETURNS SETOF text LANGUAGE sql AS $$SELECT NULL::text$$;
CREATE FUNCTION evil.has_schema_privilege(oid, text) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION evil.has_column_privilege(oid, int2, text) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION evil.row_security_active(oid) RETURNS bool LANGUAGE sql AS 'SELECT false';
CREATE FUNCTION evil.set_config(text, text, bool) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE 'called'; END$$;
CREATE FUNCTION evil.current_setting(text, bool) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE 'called'; END$$;
CREATE FUNCTION evil.pg_postmaster_start_time() RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE 'called'; END$$;
CREATE FUNCTION evil.yes(text, text) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION evil.yes(name, name) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION evil.yes(oid, oid) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION evil.yes(name, text) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION evil.yes(int2, int4) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.yes);
CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = name, FUNCTION = evil.yes);
CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = text, FUNCTION = evil.yes);
CREATE OPERATOR evil.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = evil.yes);
CREATE OPERATOR evil.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.yes);
CREATE OPERATOR evil.<> (LEFTARG = name, RIGHTARG = name, FUNCTION = evil.yes);
CREATE OPERATOR evil.!~ (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.yes);
CREATE OPERATOR evil.> (LEFTARG = int2, RIGHTARG = int4, FUNCTION = evil.yes);
CREATE DOMAIN evil.text AS varchar(3);
CREATE DOMAIN evil.bool AS boolean;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
"""


@pytest.mark.parametrize("path", ["evil, pg_catalog", "evil, public, pg_catalog", "evil"])
def test_shadows_of_the_catalog_change_nothing(gate, db, role, path):
    db.sql(SHADOWS + tenant("full") + tenant("acme", [INITIAL]) + "CREATE SCHEMA hollow")
    db.sql(f"ALTER ROLE {role} SET search_path = {path}")
    for tenants in ({"tenants_schemas": "full, acme, hollow"}, {"tenants_pattern": "^(full|acme|hollow)$"},
                    {"tenants_schemas": "hollow", "tenants_auto": "yes"}):
        result = gate.verify(**tenants)
        assert result.code == 1
        assert kinds(result) == {("acme", "pending"), ("hollow", "no_history_table")}
        assert result.report["tenants"] == {"total": 3, "ok": 1, "failed": 2, "warned": 0}


@pytest.mark.parametrize("setting", [
    "default_transaction_read_only = on", "default_transaction_isolation = serializable", "default_transaction_deferrable = on",
    "row_security = off", "client_encoding = 'LATIN1'", "client_encoding = 'SQL_ASCII'", "bytea_output = 'escape'",
    "standard_conforming_strings = off", "array_nulls = off", "quote_all_identifiers = on", "transform_null_equals = on",
    "lc_messages = 'C'", "datestyle = 'German'", "client_min_messages = 'debug5'", "enable_seqscan = off", "jit = on",
    "jit_above_cost = 0", "statement_timeout = '10s'", "lock_timeout = '1ms'", "idle_in_transaction_session_timeout = '1ms'",
    "max_parallel_workers_per_gather = 8", "debug_parallel_query = on", "force_parallel_mode = on", "log_statement = 'all'",
    "geqo_threshold = 2", "join_collapse_limit = 1", "work_mem = '64kB'", "plan_cache_mode = force_generic_plan"])
def test_settings_of_the_role_change_nothing(gate, db, role, setting):
    db.sql(tenant("full") + tenant("acme", [INITIAL]) + tenant("größe"))
    try:
        db.sql(f"ALTER ROLE {role} SET {setting}")
    except psycopg2.errors.UndefinedObject:
        assert setting.split()[0] in ("debug_parallel_query", "force_parallel_mode"), "one of the two, by version"
        return
    result = gate.verify()
    assert result.code == 1
    assert kinds(result) == {("acme", "pending")}
    assert [row["tenant"] for row in result.report["status"]] == ["acme", "full", "größe"]


def test_a_statement_timeout_of_the_role_is_replaced_by_ours(gate, db, role):
    db.sql(tenant("acme") + f"ALTER ROLE {role} SET statement_timeout = '50ms'")
    result = gate.verify(tenants_query="SELECT 'acme' FROM pg_sleep(0.3)")
    assert result.code == 0
    assert "57014" not in result.err


def test_settings_are_local_to_the_transaction(gate, db):
    """What a pooler would hand to the next client is untouched: asked of the very session, between the transactions."""
    db.sql(tenant("acme") + "CREATE TABLE public.seen (name text, setting text)")
    probe = ("SELECT 'acme' WHERE current_setting('transaction_read_only') = 'on' AND current_setting('statement_timeout') = "
             "'7s' AND current_setting('row_security') = 'off' AND current_setting('transaction_isolation') = 'read committed'")
    result = gate.verify(tenants_query=probe, database_statement_timeout="7s")
    assert result.code == 0, result
    assert [row["tenant"] for row in result.report["status"]] == ["acme"]


def test_rules_and_triggers_on_the_table_are_not_run_through(gate, db):
    db.sql(tenant("acme", [INITIAL]) + tenant("full"))
    db.sql("CREATE RULE liar AS ON INSERT TO acme.django_migrations DO INSTEAD NOTHING")
    assert kinds(gate.verify()) == {("acme", "pending")}


def test_a_column_that_computes_its_text_cannot_run_code_that_writes(gate, db):
    """READ ONLY: even a cast of somebody else's making changes nothing."""
    db.sql("CREATE SCHEMA acme; CREATE TABLE public.victim (x int); CREATE TYPE acme.odd AS ENUM ('finance');"
           "CREATE FUNCTION acme.cast_it(acme.odd) RETURNS text LANGUAGE plpgsql AS $$BEGIN INSERT INTO public.victim "
           "VALUES (1); RETURN 'finance'; END$$; CREATE CAST (acme.odd AS text) WITH FUNCTION acme.cast_it(acme.odd);"
           "CREATE TABLE acme.django_migrations (app acme.odd, name text); INSERT INTO acme.django_migrations VALUES "
           "('finance', '0001_initial'), ('finance', '0002_lines'), ('finance', '0003_paid')")
    result = gate.verify()
    assert result.code == 1 and kinds(result) == {("acme", "undecided")}
    assert db.sql("SELECT count(*) FROM public.victim") == [(0,)]


def test_code_of_a_column_type_does_not_run_with_the_roles_search_path(gate, db, role):
    """What it would find there could be anybody's."""
    db.sql("CREATE SCHEMA acme; CREATE TYPE acme.odd AS ENUM ('x'); CREATE FUNCTION public.helper() RETURNS text LANGUAGE sql "
           "AS $$SELECT 'finance'$$; CREATE FUNCTION acme.cast_it(acme.odd) RETURNS text LANGUAGE plpgsql AS "
           "$$BEGIN RETURN helper(); END$$; CREATE CAST (acme.odd AS text) WITH FUNCTION acme.cast_it(acme.odd);"
           "CREATE TABLE acme.django_migrations (app acme.odd, name text); INSERT INTO acme.django_migrations VALUES "
           "('x', '0001_initial'), ('x', '0002_lines'), ('x', '0003_paid');" + f"ALTER ROLE {role} SET search_path = public")
    result = gate.verify()
    assert result.code == 1 and kinds(result) == {("acme", "undecided")}


def test_alembic_versions_of_another_schema_do_not_count(gate, db, role):
    manifest = make_alembic_manifest(gate, "aaa -> bbb (head), second\n<base> -> aaa, first\n")
    db.sql(alembic_tenant("full", ["bbb"]) + alembic_tenant("old", ["aaa"]) + alembic_tenant("empty", [])
           + "CREATE SCHEMA hollow; CREATE TABLE public.alembic_version AS SELECT 'bbb' AS version_num")
    db.sql(f"ALTER ROLE {role} SET search_path = full, public")
    result = gate.verify(migrations_manifest=manifest, tenants_schemas="full, old, empty, hollow")
    assert result.code == 1
    assert {(f["tenant"], f["kind"]): f["items"] for f in result.report["findings"]} == {
        ("old", "pending"): ["bbb"], ("empty", "pending"): ["aaa", "bbb"], ("hollow", "no_history_table"): []}


def test_rows_of_the_same_name_in_two_apps_are_two(gate, db):
    db.sql(tenant("acme", ["crm.0001_initial", LINES, PAID]))
    result = gate.verify()
    assert result.code == 1
    assert next(f["items"] for f in result.report["findings"] if f["kind"] == "pending") == [INITIAL]
