"""Who the tenants are: queries, lists, patterns, detection, exclusions, several sources."""
import pytest
from harness.gate import quoted
from harness.history import ALL, CHAIN, INITIAL, alembic_tenant, django_table, make_alembic_manifest, make_manifest, tenant

ALEMBIC = "aaa -> bbb (head), second\n<base> -> aaa, first\n"


def judged(result):
    return [row["tenant"] for row in result.report["status"]]


@pytest.fixture
def three(db):
    db.sql(tenant("acme") + tenant("beta") + tenant("gamma") + "CREATE TABLE public.customers (s text, live bool);"
           "INSERT INTO public.customers VALUES ('acme', true), ('beta', true), ('gone', false)")
    return db


# tenants.query

def test_a_query_names_the_tenants(gate, three):
    result = gate.verify(tenants_query="SELECT s FROM public.customers WHERE live ORDER BY s DESC")
    assert result.code == 0 and judged(result) == ["acme", "beta"]


def test_duplicates_are_dropped(gate, three):
    result = gate.verify(tenants_query="SELECT 'acme' FROM generate_series(1, 5)", tenants_schemas="acme, beta, acme")
    assert result.code == 0 and judged(result) == ["acme", "beta"]


def test_only_the_first_column_counts(gate, three):
    assert judged(gate.verify(tenants_query="SELECT s, 'nowhere', 3 FROM public.customers WHERE live")) == ["acme", "beta"]


@pytest.mark.parametrize("query", [
    "SELECT s FROM public.customers WHERE live;", "  SELECT s FROM public.customers WHERE live  ;  ",
    "SELECT s FROM public.customers WHERE live -- those that pay", "/* all */ SELECT s FROM public.customers WHERE live",
    "WITH c AS (SELECT * FROM public.customers) SELECT s FROM c WHERE live", "VALUES ('acme'), ('beta')",
    "TABLE public.live_ones", "SELECT s::name FROM public.customers WHERE live", "SELECT s::varchar(9) FROM public.live_ones",
    "SELECT s\nFROM public.customers\n  WHERE live", "SELECT unnest(ARRAY['acme', 'beta'])", "SELECT $$acme$$ UNION SELECT E'\\x62eta'",
    "SHOW_ME"], ids=range(13))
def test_queries_as_people_write_them(gate, three, query):
    three.sql("CREATE VIEW public.live_ones AS SELECT s FROM public.customers WHERE live")
    if query == "SHOW_ME":
        assert gate.verify(tenants_query=query).code == 78
        return
    result = gate.verify(tenants_query=query)
    assert result.code == 0, result
    assert judged(result) == ["acme", "beta"]


@pytest.mark.parametrize("query, words", [
    ("SELECT s FROM public.nowhere", 'relation "public.nowhere" does not exist'),
    ("SELECT nothing FROM public.customers", 'column "nothing" does not exist'),
    ("SELEKT 1", "syntax error"), ("SELECT 1/0", "division by zero"), ("SELECT s FROM public.customers WHERE live = 'maybe'",
                                                                     "invalid input syntax"),
    ("SELECT 'acme'; SELECT 'beta'", "cannot insert multiple commands"), ("", None),
    ("SELECT 'acme'; DROP TABLE public.customers", "cannot insert multiple commands"),
    ("COPY public.customers TO STDOUT", "COPY"), ("COPY public.customers FROM STDIN", None), ("SELECT", "no column"),
    ("SELECT s FROM public.customers WHERE live UNION ALL SELECT NULL", "row 3 holds a null"),
    ("SELECT s FROM public.customers WHERE s = $1", "requires 1"),
    ("SELECT ''", "row 1 holds an empty text"), ("BEGIN", None), ("COMMIT", None), ("ROLLBACK", None), ("SET search_path = x", None),
    ("LISTEN x", None), ("-- nothing", None), (";", None), ("VACUUM", None),
    ("INSERT INTO public.customers VALUES ('x', true) RETURNING s", "read-only transaction"),
    ("UPDATE public.customers SET live = true RETURNING s", "read-only transaction"),
    ("CREATE TABLE public.x AS SELECT 'acme' AS s", "read-only transaction"),
    ("WITH d AS (DELETE FROM public.customers RETURNING s) SELECT s FROM d", "read-only transaction"),
    ("SELECT nextval('public.numbers')::text", "read-only transaction"),
    ("SELECT s FROM public.customers FOR UPDATE", "read-only transaction"),
], ids=range(28))
def test_queries_that_cannot_work(gate, three, query, words):
    three.sql("CREATE SEQUENCE public.numbers")
    before = three.sql("SELECT * FROM public.customers ORDER BY 1")
    result = gate.verify(tenants_query=query)
    if query == "":
        assert judged(result) == ["acme", "beta", "gamma"], "an empty value is no query"
        return
    assert result.code == 78, result
    assert result.report["reason"] == "configuration"
    assert "tenants.query" in result.report["error"] and result.report["hint"]
    if words:
        assert words in result.report["error"], result
    assert three.sql("SELECT * FROM public.customers ORDER BY 1") == before
    assert result.seconds < 5, "it was tried again and again, though it can never work"


def test_a_query_that_ends_the_transaction_within_changes_nothing(gate, three):
    """A function cannot leave the read-only transaction."""
    three.sql("CREATE FUNCTION public.sly() RETURNS text LANGUAGE plpgsql AS $$BEGIN SET TRANSACTION READ WRITE; "
              "INSERT INTO public.customers VALUES ('x', true); RETURN 'acme'; END$$")
    result = gate.verify(tenants_query="SELECT public.sly()")
    assert result.code == 78
    assert three.sql("SELECT count(*) FROM public.customers") == [(3,)]


def test_what_a_read_only_transaction_may_leave_behind_does_not_stay(gate, three):
    """Before PostgreSQL 16 it may make large objects."""
    result = gate.verify(tenants_query="SELECT lo_create(0)::text")
    assert result.code in (1, 78)
    assert three.sql("SELECT count(*) FROM pg_largeobject_metadata") == [(0,)]


def test_a_query_without_rows_is_too_few(gate, three):
    result = gate.verify(tenants_query="SELECT s FROM public.customers WHERE false")
    assert result.code == 1
    assert result.report["reason"] == "too_few_tenants"
    assert "there are 0 tenants" in result.report["error"] and "tenants.minimum" in result.report["error"]


def test_a_new_service_may_start_with_no_tenants(gate, three):
    result = gate.run(tenants_query="SELECT s FROM public.customers WHERE false", tenants_minimum="0")
    assert (result.code, result.out) == (0, "the app runs\n")


@pytest.mark.parametrize("minimum, code", [(1, 0), (3, 0), (4, 1)])
def test_minimum(gate, three, minimum, code):
    result = gate.verify(tenants_minimum=minimum)
    assert result.code == code
    assert (result.report["reason"] == "too_few_tenants") == (code == 1)


def test_excluded_tenants_do_not_count_for_the_minimum(gate, three):
    assert gate.verify(tenants_minimum="3", tenants_exclude="beta").code == 1


def test_a_tenant_that_fails_is_a_better_reason_than_too_few(gate, three):
    three.sql("DELETE FROM acme.django_migrations")
    result = gate.verify(tenants_minimum="10")
    assert result.code == 1 and result.report["reason"] == "tenants_not_migrated"


# Lists and patterns

def test_a_list_of_schemas(gate, three):
    assert judged(gate.verify(tenants_schemas=" gamma ,acme,, \n beta\n")) == ["acme", "beta", "gamma"]


def test_a_pattern(gate, three):
    assert judged(gate.verify(tenants_pattern="^(acme|bet.)$")) == ["acme", "beta"]
    assert judged(gate.verify(tenants_pattern="m")) == ["acme", "gamma"]


def test_a_pattern_finds_schemas_without_history_too(gate, three):
    three.sql("CREATE SCHEMA acme_hollow")
    result = gate.verify(tenants_pattern="^acme")
    assert result.code == 1
    assert [(f["tenant"], f["kind"]) for f in result.report["findings"]] == [("acme_hollow", "no_history_table")]


def test_a_pattern_never_takes_the_systems_schemas(gate, three):
    assert judged(gate.verify(tenants_pattern=".*", tenants_exclude="public")) == ["acme", "beta", "gamma"]


def test_a_pattern_that_fits_nothing_is_too_few(gate, three):
    result = gate.verify(tenants_pattern="^zzz")
    assert result.code == 1 and result.report["reason"] == "too_few_tenants"


def test_sources_of_tenants_add_up(gate, three):
    result = gate.verify(tenants_schemas="gamma", tenants_query="SELECT 'acme'", tenants_pattern="^beta$")
    assert judged(result) == ["acme", "beta", "gamma"]


# Detection

def test_every_schema_with_a_history_is_a_tenant(gate, three):
    three.sql("CREATE SCHEMA plain; CREATE TABLE plain.django_migrationsx (a int)")
    assert judged(gate.verify()) == ["acme", "beta", "gamma"]


def test_public_counts_where_it_has_a_history(gate, db):
    db.sql(tenant("acme") + django_table("public"))
    assert judged(gate.verify()) == ["acme", "public"]


def test_a_database_that_was_never_migrated_is_refused(gate, db):
    result = gate.verify()
    assert result.code == 1
    assert [(f["tenant"], f["kind"]) for f in result.report["findings"]] == [("public", "no_history_table")]


def test_a_database_without_a_public_schema_is_refused_too(gate, db):
    db.sql("DROP SCHEMA public")
    result = gate.verify()
    assert result.code == 1
    assert [(f["tenant"], f["kind"]) for f in result.report["findings"]] == [("public", "missing_schema")]


def test_missing_schema_ignored_opens_no_empty_database(gate, db):
    """Nothing was positively seen to be migrated."""
    db.sql("DROP SCHEMA public")
    for word in ("ignore", "warn"):
        result = gate.verify(tenants_missing_schema=word)
        assert result.code == 1 and result.report["reason"] == "too_few_tenants"
        assert result.report["tenants"]["ok"] == 0


def test_missing_tenants_that_are_ignored_do_not_count_as_tenants(gate, three):
    settings = {"tenants_schemas": "acme, gone, beta", "tenants_missing_schema": "ignore"}
    result = gate.verify(**settings)
    assert result.code == 0
    assert result.report["tenants"] == {"total": 2, "ok": 2, "failed": 0, "warned": 0}
    assert "2 tenants are fully migrated" in result.err
    assert gate.verify(tenants_minimum="3", **settings).code == 1
    assert "no such schema (ignored)" in gate.call("status", **settings).out


def test_detection_finds_schemas_that_the_role_may_not_read(gate, three):
    three.sql("CREATE ROLE blind_one LOGIN; GRANT USAGE ON SCHEMA acme, beta TO blind_one;"
              "GRANT SELECT ON acme.django_migrations, beta.django_migrations TO blind_one")
    try:
        result = gate.verify(database_url=three.url(user="blind_one"))
        assert result.code == 1
        assert [(f["tenant"], f["kind"]) for f in result.report["findings"]] == [("gamma", "no_privilege")]
    finally:
        three.sql("DROP OWNED BY blind_one; DROP ROLE blind_one")


def test_detection_in_addition_to_a_list(gate, three):
    three.sql("CREATE SCHEMA hollow")
    result = gate.verify(tenants_schemas="hollow", tenants_auto="yes")
    assert judged(result) == ["acme", "beta", "gamma", "hollow"] and result.code == 1


def test_temporary_tables_are_no_tenants(gate, three):
    session = three.connect()
    session.cursor().execute("CREATE TEMPORARY TABLE django_migrations (app text, name text)")
    assert judged(gate.verify()) == ["acme", "beta", "gamma"]
    session.close()


# django-tenants

@pytest.fixture
def django_tenants(gate, db):
    """A project that uses django-tenants: public has the tenant model's table."""
    manifest = make_manifest(gate, tenants={"table": "customers_client", "public_schema": "public"})
    gate.defaults["migrations_manifest"] = manifest
    db.sql(django_table("public") + tenant("acme") + tenant("beta") + "CREATE TABLE public.customers_client (id int, "
           "schema_name varchar(63) UNIQUE); INSERT INTO public.customers_client VALUES (1, 'public'), (2, 'acme'), (3, 'beta')")
    return gate


def test_django_tenants_judges_the_listed_schemas_and_public(django_tenants, db):
    db.sql(tenant("leftover", [INITIAL]))
    result = django_tenants.verify()
    assert result.code == 0
    assert judged(result) == ["acme", "beta", "public"], "a schema that the table does not list is none of its tenants"


def test_django_tenants_a_listed_schema_that_is_missing(django_tenants, db):
    db.sql("INSERT INTO public.customers_client VALUES (4, 'gone')")
    result = django_tenants.verify()
    assert result.code == 1
    assert [(f["tenant"], f["kind"]) for f in result.report["findings"]] == [("gone", "missing_schema")]


def test_django_tenants_the_way_to_mend_one_tenant(django_tenants, db):
    db.sql("DELETE FROM beta.django_migrations WHERE name = '0003_paid'")
    result = django_tenants.verify()
    assert result.code == 1
    assert result.report["remedies"] == ["python manage.py migrate_schemas --schema=beta"]
    assert "python manage.py migrate_schemas --schema=beta" in result.banner
    assert "docker compose run --rm --entrypoint python SERVICE manage.py migrate_schemas --schema=beta" in result.banner
    in_a_pod = django_tenants.verify(env={"KUBERNETES_SERVICE_HOST": "10.0.0.1"})
    assert "kubectl" in in_a_pod.banner and "docker compose" not in in_a_pod.banner


def test_django_tenants_a_null_in_the_table(django_tenants, db):
    db.sql("INSERT INTO public.customers_client VALUES (4, NULL)")
    result = django_tenants.verify()
    assert result.code == 78 and "holds a null" in result.report["error"]


def test_django_tenants_table_that_is_not_there_though_public_is_migrated(django_tenants, db):
    db.sql("DROP TABLE public.customers_client")
    result = django_tenants.verify()
    assert result.code == 78 and "customers_client" in result.report["error"]


def test_django_tenants_in_a_database_that_was_never_migrated(django_tenants, db):
    db.sql("DROP TABLE public.customers_client; DROP TABLE public.django_migrations; DROP SCHEMA acme CASCADE; "
           "DROP SCHEMA beta CASCADE")
    result = django_tenants.verify()
    assert result.code == 1
    assert [(f["tenant"], f["kind"]) for f in result.report["findings"]] == [("public", "no_history_table")]


def test_django_tenants_table_that_the_role_may_not_read(django_tenants, db):
    role = f"role_{db.name}"
    db.sql(f"CREATE ROLE {role} LOGIN")
    result = django_tenants.verify(database_url=db.url(user=role))
    assert result.code == 77
    assert "customers_client" in result.report["error"] and "GRANT SELECT" in result.report["hint"]
    db.sql(f"ALTER TABLE public.customers_client ENABLE ROW LEVEL SECURITY; GRANT SELECT ON public.customers_client TO {role}")
    result = django_tenants.verify(database_url=db.url(user=role))
    assert result.code == 77 and "row-level security" in result.report["error"]
    db.sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


# tenants.exclude

def test_left_out_tenants_are_not_judged_and_said_on_every_start(gate, three):
    three.sql("DELETE FROM acme.django_migrations")
    for _ in range(2):
        result = gate.run(tenants_exclude="acme")
        assert (result.code, result.out) == (0, "the app runs\n")
        assert result.count("left out on purpose and NOT verified (tenants.exclude): acme") == 1
    report = gate.verify(tenants_exclude="acme")
    assert report.report["excluded"] == ["acme"] and judged(report) == ["beta", "gamma"]
    assert "acme  left out on purpose" in gate.call("status", tenants_exclude="acme").out


def test_left_out_tenants_stand_in_the_banner_too(gate, three):
    three.sql("DELETE FROM beta.django_migrations")
    result = gate.verify(tenants_exclude="acme")
    assert result.code == 1
    assert "Left out on purpose (tenants.exclude)" in result.banner and "acme" in result.banner


@pytest.mark.parametrize("exclude, left", [
    ("acme", ["beta", "gamma"]), ("/^acme$/", ["beta", "gamma"]), ("/m/", ["beta"]), ("/^(acme|beta)$/", ["gamma"]),
    ("acm", ["acme", "beta", "gamma"]), ("ACME", ["acme", "beta", "gamma"]), ("acme, /^g/", ["beta"]),
    ("/^[a,b]/", ["gamma"]), ('"acme"', ["beta", "gamma"]), ("nobody", ["acme", "beta", "gamma"]), ("/x{2,3}/", ["acme", "beta", "gamma"])])
def test_names_and_regular_expressions_to_leave_out(gate, three, exclude, left):
    assert judged(gate.verify(tenants_exclude=exclude)) == left


def test_leaving_all_out_opens_nothing(gate, three):
    result = gate.verify(tenants_exclude="/.*/")
    assert result.code == 1 and result.report["reason"] == "too_few_tenants"


def test_leaving_all_out_with_no_minimum_opens_and_says_so(gate, three):
    result = gate.verify(tenants_exclude="/.*/", tenants_minimum="0")
    assert result.code == 0 and result.report["excluded"] == ["acme", "beta", "gamma"]


def test_a_broken_regular_expression_is_wrong_configuration(gate, three):
    result = gate.verify(tenants_exclude="/(/")
    assert result.code == 78 and "TENANTGATE_TENANTS_EXCLUDE" in result.report["error"]


# --tenant

def test_only_some_tenants(gate, three):
    three.sql("DELETE FROM acme.django_migrations")
    assert gate.verify("--tenant", "beta").code == 0
    result = gate.verify("--tenant", "beta", "--tenant", "acme", "--tenant=beta")
    assert result.code == 1 and judged(result) == ["acme", "beta"]
    status = gate.call("status", "--tenant", "gamma")
    assert status.code == 0 and "gamma" in status.out and "acme" not in status.out


def test_a_tenant_asked_for_by_name_that_is_not_there(gate, three):
    result = gate.verify("--tenant", "nowhere")
    assert result.code == 1
    assert [(f["tenant"], f["kind"]) for f in result.report["findings"]] == [("nowhere", "missing_schema")]


def test_a_tenant_asked_for_by_name_is_not_passed_by_ignoring_missing_ones(gate, three):
    assert gate.verify("--tenant", "nowhere", tenants_missing_schema="ignore").code == 1
    assert gate.verify("--tenant", "acme", "--tenant", "nowhere").code == 1


def test_the_minimum_is_not_asked_of_tenants_chosen_by_name(gate, three):
    assert gate.verify("--tenant", "acme", tenants_minimum="3").code == 0


# Where a source is expected

def test_a_source_expected_in_public_only(gate, db):
    db.sql(django_table("public") + tenant("acme", [INITIAL]))
    result = gate.verify(migrations_schemas="public")
    assert result.code == 0 and judged(result) == ["public"]
    db.sql("DELETE FROM public.django_migrations")
    assert gate.verify(migrations_schemas="public").code == 1


def test_a_source_expected_in_tenants_and_public(gate, db):
    db.sql(django_table("public", [INITIAL]) + tenant("acme"))
    result = gate.verify(migrations_schemas="tenants, public", tenants_schemas="acme")
    assert result.code == 1
    assert {f["tenant"] for f in result.report["findings"]} == {"public"}
    assert result.report["tenants"]["total"] == 2


@pytest.mark.parametrize("schemas", ["", " , "])
def test_a_source_expected_nowhere_is_wrong_configuration(gate, three, schemas):
    result = gate.verify(migrations_schemas=schemas)
    assert result.code == 78 and "migrations.schemas" in result.report["error"]


def test_two_sources_with_a_table_each(gate, db):
    alembic = make_alembic_manifest(gate, ALEMBIC)
    db.sql(tenant("acme") + alembic_tenant("acme", ["bbb"])
           + tenant("beta") + alembic_tenant("beta", ["aaa"]) + tenant("gamma", [INITIAL]) + alembic_tenant("gamma", ["bbb"]))
    both = {"migrations_manifest": None, "migrations__web__manifest": gate.defaults["migrations_manifest"],
            "migrations__jobs__manifest": alembic}
    result = gate.verify(**both)
    assert result.code == 1
    assert sorted((f["tenant"], f["source"], f["kind"]) for f in result.report["findings"]) == [
        ("beta", "jobs", "pending"), ("gamma", "web", "pending")]
    assert sorted((s["name"], s["framework"]) for s in result.report["sources"]) == [("jobs", "alembic"), ("web", "django")]
    assert result.report["tenants"] == {"total": 3, "ok": 1, "failed": 2, "warned": 0}
    db.sql("UPDATE beta.alembic_version SET version_num = 'bbb'; INSERT INTO gamma.django_migrations (app, name, applied) "
           "VALUES ('finance', '0002_lines', now()), ('finance', '0003_paid', now())")
    assert gate.verify(**both).code == 0


def test_a_second_source_in_public_alone(gate, db):
    alembic = make_alembic_manifest(gate, ALEMBIC)
    db.sql(tenant("acme") + alembic_tenant("public", ["aaa"]))
    settings = {"migrations__shared__manifest": alembic, "migrations__shared__schemas": "public"}
    result = gate.verify(**settings)
    assert result.code == 1
    assert [(f["tenant"], f["source"]) for f in result.report["findings"]] == [("public", "shared")]
    db.sql("UPDATE public.alembic_version SET version_num = 'bbb'")
    assert gate.verify(**settings).code == 0


def test_one_bad_source_of_two_closes_the_gate(gate, three, tmp_path):
    (tmp_path / "bad.json").write_text("{}")
    result = gate.verify(migrations__other__manifest=tmp_path / "bad.json")
    assert result.code == 78 and "migrations.other" in result.report["error"]


def test_the_same_graph_gives_the_same_digest(gate, three):
    one = gate.verify(migrations_manifest=make_manifest(gate, dict(reversed(CHAIN.items())))).report["sources"][0]
    two = gate.verify().report["sources"][0]
    assert one["digest"] == two["digest"] and one["expected"] == len(ALL)


def test_names_with_commas_in_lists(gate, db):
    db.sql(tenant("a,b") + tenant('c"d'))
    assert judged(gate.verify(tenants_schemas=quoted("a,b", 'c"d'))) == ["a,b", 'c"d']
