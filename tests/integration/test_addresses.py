"""How the database can be named: URLs of the ecosystems, parts, PG* variables, service and password files."""
import os

import pytest
from harness.gate import PASSWORD
from harness.history import tenant
from harness.network import namespaces, why_no_namespaces
from harness.postgres import free_port, has_ipv6


def sees(result, name):
    """The gate judged this very database: `where` holds a tenant of that name."""
    return result.code == 0 and result.report["status"][0]["tenant"] == name


@pytest.fixture
def here(bare_gate, db, manifest):
    """A gate that finds a tenant named like the database, and knows of no database yet."""
    db.sql(tenant(db.name))
    bare_gate.defaults = {"migrations_manifest": manifest, "tenants_settle": "0s"}
    return bare_gate


@pytest.mark.parametrize("scheme", [
    "postgres", "postgresql", "postgresql+psycopg2", "postgresql+asyncpg", "postgres+psycopg", "postgis", "psql", "pgsql",
    "ecto", "timescaledb", "POSTGRESQL", "jdbc:postgresql"])
def test_schemes_of_the_ecosystems(here, db, scheme):
    query = {} if not scheme.startswith("jdbc") else {"user": "postgres"}
    url = db.url(scheme=scheme) if not query else f"{scheme}://127.0.0.1:{db.server.port}/{db.name}?user=postgres"
    for env, settings in (({"DATABASE_URL": url}, {}), ({}, {"database_url": url})):
        assert sees(here.verify(env=env, **settings), db.name)


@pytest.mark.parametrize("url", ["mysql://root@127.0.0.1/x", "sqlite:///db.sqlite3", "http://127.0.0.1/", "postgresqlx://h/d"])
def test_urls_of_other_systems_are_refused(here, url):
    result = here.verify(env={"DATABASE_URL": url})
    assert result.code == 78
    assert "DATABASE_URL" in result.report["error"] and "not one of PostgreSQL" in result.report["error"]


def test_the_configured_url_wins_over_database_url(here, db):
    assert sees(here.verify(env={"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}, database_url=db.url()), db.name)


def test_key_value_strings(here, db):
    assert sees(here.verify(database_url=f"host=127.0.0.1 port={db.server.port} dbname='{db.name}' user=postgres"), db.name)


def test_parts_alone(here, db):
    assert sees(here.verify(database_host="127.0.0.1", database_port=db.server.port, database_name=db.name,
                            database_user="postgres"), db.name)


def test_parts_win_over_the_url(here, db):
    assert sees(here.verify(database_url="postgresql://nobody:x@192.0.2.1:9/x", database_host="127.0.0.1",
                            database_port=db.server.port, database_name=db.name, database_user="postgres"), db.name)


def test_pg_variables_alone(here, db):
    env = {"PGHOST": "127.0.0.1", "PGPORT": db.server.port, "PGDATABASE": db.name, "PGUSER": "postgres"}
    assert sees(here.verify(env=env), db.name)


def test_pghostaddr_alone(here, db):
    env = {"PGHOSTADDR": "127.0.0.1", "PGPORT": db.server.port, "PGDATABASE": db.name, "PGUSER": "postgres"}
    assert sees(here.verify(env=env), db.name)


def test_nothing_names_a_database(here):
    result = here.verify()
    assert result.code == 78
    assert "nothing says which database" in result.report["error"] and "DATABASE_URL" in result.report["hint"]


@pytest.mark.parametrize("how", ["variable", "url", "key-value", "system"])
def test_a_service_file(here, db, tmp_path, how):
    folder = tmp_path / "etc"
    folder.mkdir()
    file = folder / "pg_service.conf"
    file.write_text(f"[shop]\nhost=127.0.0.1\nport={db.server.port}\ndbname={db.name}\nuser=postgres\n")
    env = {"PGSYSCONFDIR": folder} if how == "system" else {"PGSERVICEFILE": file}
    url = {"variable": None, "url": "postgresql:///?service=shop"}.get(how, "service=shop")
    if how == "variable":
        env["PGSERVICE"] = "shop"
    assert sees(here.verify(env=env, database_url=url), db.name)


def test_a_service_that_no_file_defines(here, tmp_path):
    (tmp_path / "service.conf").write_text("[other]\nhost=127.0.0.1\n")
    result = here.verify(env={"PGSERVICEFILE": tmp_path / "service.conf"}, database_url="service=shop")
    assert result.code == 78
    assert 'definition of service "shop" not found' in result.report["error"]


@pytest.fixture(scope="module")
def guarded(clusters):
    """A server that asks for passwords on every way but the test's own."""
    made = clusters.create("guarded", hba="local all postgres trust\nlocal all app scram-sha-256\n"
                                          "host all all 127.0.0.1/32 scram-sha-256\nhost all all ::1/128 scram-sha-256\n")
    made.start()
    made.sql(f"CREATE ROLE app LOGIN PASSWORD '{PASSWORD}'")
    yield made
    made.discard()


def test_a_password_file(bare_gate, guarded, tmp_path):
    secret = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    file = tmp_path / "pgpass"
    file.write_text(f"127.0.0.1:{guarded.port}:*:app:{secret}\n")
    file.chmod(0o600)
    url = guarded.url("postgres", "app")
    assert bare_gate.wait(env={"PGPASSFILE": file}, database_url=url).code == 0
    assert bare_gate.wait(database_url=url + f"?passfile={file}").code == 0
    file.rename(bare_gate.home / ".pgpass")
    assert bare_gate.wait(database_url=url).code == 0
    (bare_gate.home / ".pgpass").unlink()
    assert bare_gate.wait(database_url=url, database_grace="0").code == 77


def test_the_password_of_a_host_given_by_name_is_found_in_the_password_file(bare_gate, guarded, tmp_path):
    """The gate looks names up itself; libpq must still match the name, not the address."""
    file = tmp_path / "pgpass"
    secret = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    file.write_text(f"localhost:{guarded.port}:*:app:{secret}\n127.0.0.1:*:*:*:wrong\n")
    file.chmod(0o600)
    assert bare_gate.wait(env={"PGPASSFILE": file}, database_grace="0",
                          database_url=guarded.url("postgres", "app", host="localhost")).code == 0


def test_a_password_from_its_own_key_and_file_and_from_pgpassword(bare_gate, guarded, tmp_path):
    url = guarded.url("postgres", "app")
    (tmp_path / "secret").write_text(PASSWORD + "\n")
    assert bare_gate.wait(database_url=url, database_password=PASSWORD).code == 0
    assert bare_gate.wait(database_url=url, database_password_file=tmp_path / "secret").code == 0
    assert bare_gate.wait(database_url=url, env={"PGPASSWORD": PASSWORD}).code == 0
    assert bare_gate.wait(database_url=guarded.url("postgres", "app", "wrong"), database_password=PASSWORD).code == 0


def test_a_unix_socket(here, db):
    folder, port = db.server.sockets, db.server.port
    assert sees(here.verify(database_url=f"postgresql:///{db.name}?host={folder}&port={port}&user=postgres"), db.name)
    assert sees(here.verify(database_url=f"postgresql://postgres@{str(folder).replace('/', '%2F')}:{port}/{db.name}"), db.name)
    assert sees(here.verify(database_host=folder, database_port=port, database_name=db.name, database_user="postgres"), db.name)
    assert sees(here.verify(env={"PGHOST": folder, "PGPORT": port, "PGDATABASE": db.name, "PGUSER": "postgres"}), db.name)


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback (::1)")
def test_ipv6(bare_gate, clusters):
    made = clusters.create("six", hosts="::1").start()
    try:
        assert bare_gate.wait(database_url=made.url(host="[::1]")).code == 0
        assert bare_gate.wait(database_host="::1", database_port=made.port, database_user="postgres",
                              database_name="postgres").code == 0
    finally:
        made.discard()


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback (::1)")
def test_a_name_with_several_addresses_of_which_one_answers(bare_gate, clusters, tmp_path):
    prefix = namespaces(tmp_path, {"/etc/hosts": "127.0.0.1 both.test\n::1 both.test\n127.0.0.3 both.test\n"})
    if why_no_namespaces(prefix):
        pytest.skip(why_no_namespaces(prefix))
    for address in ("::1", "127.0.0.1", "127.0.0.3"):
        made = clusters.create("one", hosts=address, hba="local all all trust\nhost all all all trust\n").start()
        try:
            result = bare_gate.wait(prefix=prefix, database_url=made.url(host="both.test"), database_wait="0")
            assert result.code == 0, address
        finally:
            made.discard()


def test_several_hosts_with_one_port_and_with_a_port_each(here, db):
    port = db.server.port
    assert sees(here.verify(database_url=f"postgresql://postgres@127.0.0.2,127.0.0.1:{port}/{db.name}"
                                         .replace("127.0.0.2", f"127.0.0.2:{port}")), db.name)
    assert sees(here.verify(database_url=f"host=127.0.0.2,127.0.0.1 port={port} dbname={db.name} user=postgres"), db.name)
    assert sees(here.verify(database_url=f"host=127.0.0.1,127.0.0.1 port={free_port()},{port} dbname={db.name} user=postgres"),
                db.name)


def test_prismas_schema_is_the_schema_to_judge(here, db):
    db.sql(tenant("shop"))
    result = here.verify(database_url=db.url() + "?schema=shop&pgbouncer=true&connection_limit=5")
    assert result.code == 0
    assert [row["tenant"] for row in result.report["status"]] == ["shop"]
    assert result.count("parameter 'pgbouncer' is not libpq's") == 1
    assert result.count("parameter 'connection_limit' is not libpq's") == 1


def test_prismas_schema_does_not_outvote_configured_tenants(here, db):
    db.sql(tenant("shop"))
    result = here.verify(database_url=db.url() + "?schema=shop", tenants_schemas=db.name)
    assert [row["tenant"] for row in result.report["status"]] == [db.name]


def test_prismas_schema_that_is_not_there_is_refused(here, db):
    result = here.verify(database_url=db.url() + "?schema=nowhere")
    assert result.code == 1
    assert [(f["tenant"], f["kind"]) for f in result.report["findings"]] == [("nowhere", "missing_schema")]


def test_parameters_of_others_are_dropped_and_named_without_their_values(here, db):
    result = here.verify(database_url=db.url() + "?pool=5&socketTimeout=9&sslmode=prefer&application_name=mine")
    assert sees(result, db.name)
    assert result.count("'pool'") == 1 and result.count("'socketTimeout'") == 1
    assert "sslmode" not in result.err and "application_name" not in result.err


def test_the_default_port_and_database_name_are_libpqs(here, db):
    """With no database in the URL libpq takes the one named like the user."""
    db.sql(f'CREATE ROLE "{db.name}" LOGIN SUPERUSER')
    try:
        assert sees(here.verify(database_url=f"postgresql://{db.name}@127.0.0.1:{db.server.port}"), db.name)
        assert sees(here.verify(database_url=f"postgresql://{db.name}@127.0.0.1/", env={"PGPORT": db.server.port}), db.name)
    finally:
        db.sql(f'DROP ROLE "{db.name}"')


def test_special_characters_in_names_and_passwords(bare_gate, guarded):
    password = PASSWORD + " ü&=#?+\\'\""
    guarded.sql('DROP ROLE IF EXISTS "a b@c"; CREATE ROLE "a b@c" LOGIN')
    guarded.sql('ALTER ROLE "a b@c" PASSWORD %s', password)
    if not guarded.sql("SELECT 1 FROM pg_database WHERE datname = 'sp ace/é'"):
        guarded.sql('CREATE DATABASE "sp ace/é"')
    assert bare_gate.wait(database_url=guarded.url("sp ace/é", "a b@c", password), database_grace="0").code == 0
    assert bare_gate.wait(database_host="127.0.0.1", database_port=guarded.port, database_name="sp ace/é",
                          database_user="a b@c", database_password=password, database_grace="0").code == 0


def test_the_gate_is_seen_by_name_in_the_server(here, db):
    """fallback_application_name: unless the operator named it."""
    here.verify(database_url=db.url(), tenants_query="SELECT current_setting('application_name')",
                tenants_missing_schema="ignore")
    result = here.verify(database_url=db.url(), tenants_query="SELECT current_setting('application_name')")
    assert result.report["findings"][0]["tenant"] == "tenantgate"
    result = here.verify(database_url=db.url(application_name="mine"), tenants_query="SELECT current_setting('application_name')")
    assert result.report["findings"][0]["tenant"] == "mine"


def test_home_may_be_unset(here, db):
    assert sees(here.verify(database_url=db.url(), env={"HOME": None}), db.name)


def test_no_locale_and_no_path(here, db):
    assert sees(here.verify(database_url=db.url(), env={"LANG": None, "PATH": None}), db.name)


def test_the_caller_is_not_looked_up_where_the_url_names_a_user(here, db):
    """A FROM scratch image has no /etc/passwd: a number that nobody has is enough."""
    if os.geteuid() != 0:
        pytest.skip("another user can only be taken as root")
    result = here.verify(database_url=db.url(), prefix=["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"],
                         cwd="/", migrations_manifest=None, tenants_settle=None)
    assert result.code == 78, "the manifest is not configured here: but not for want of a user name"
    result = here.wait(database_url=db.url(), prefix=["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"], cwd="/")
    assert result.code == 0
    result = here.wait(database_url=f"postgresql://127.0.0.1:{db.server.port}/x", cwd="/", database_grace="0",
                       prefix=["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"])
    assert result.code == 78 and "Name the user" in result.said
