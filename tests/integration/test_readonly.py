"""The gate never writes, and leaves nothing behind: neither in the database nor in a session that a pooler hands on."""
import itertools
import re
import subprocess
import time

import psycopg2
import pytest
from harness import paths
from harness.history import INITIAL, tenant
from harness.postgres import as_server_user, free_port, own

SETTINGS = ("statement_timeout", "lock_timeout", "search_path", "row_security", "jit", "client_encoding",
            "max_parallel_workers_per_gather", "transaction_read_only", "default_transaction_read_only", "application_name",
            "transaction_isolation", "idle_in_transaction_session_timeout")


def dump(db):
    text = db.server.clusters.call("pg_dump", "-h", db.server.sockets, "-p", db.server.port, "-U", "postgres", db.name)
    return re.sub(r"^\\(un)?restrict .*$", "", text, flags=re.M)


def test_the_database_is_the_same_before_and_after(gate, db):
    db.sql(tenant("acme") + tenant("behind", [INITIAL]) + "CREATE SCHEMA hollow; CREATE SEQUENCE public.numbers;"
           "CREATE TABLE public.customers AS SELECT 'acme' AS s")
    before = dump(db)
    for arguments in (["verify"], ["status"], ["wait"], ["run", "--", "true"], ["verify", "--tenant", "acme"]):
        gate.call(*arguments, tenants_schemas="hollow", tenants_auto="yes", tenants_pattern="^b",
                  tenants_query="SELECT s FROM public.customers")
    assert dump(db) == before


def test_no_transaction_of_the_gate_takes_a_number(gate, db):
    """A transaction that writes anything, a temporary table even, is given one."""
    db.sql(tenant("acme"))
    first = db.sql("SELECT txid_current()")[0][0]
    gate.verify()
    gate.verify(tenants_query="SELECT 'acme'")
    assert db.sql("SELECT txid_current()")[0][0] == first + 1


def test_a_role_that_may_only_read_is_enough(gate, db):
    role = f"role_{db.name}"
    db.sql(tenant("acme") + f"CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA acme TO {role};"
           f"GRANT SELECT ON acme.django_migrations TO {role}; REVOKE TEMPORARY ON DATABASE {db.name} FROM PUBLIC")
    assert gate.run(database_url=db.url(user=role)).code == 0
    db.sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_no_session_is_left_behind(gate, db):
    db.sql(tenant("acme"))
    gate.run("sleep", "0")
    until = time.monotonic() + 5
    while db.sql("SELECT 1 FROM pg_stat_activity WHERE application_name = 'tenantgate' AND datname = current_database()"):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_few_sessions_and_few_round_trips(own_server, bare_gate, manifest):
    """Log-ins are dear to a database that hundreds of replicas wait for."""
    own_server.start(log_connections="on", log_statement="all")
    own_server.sql("".join(tenant(f"t{number}") for number in range(50)))
    before = own_server.log_text()
    assert bare_gate.verify(database_url=own_server.url(), migrations_manifest=manifest).code == 0
    log = own_server.log_text()[len(before):]
    assert log.count("application_name=tenantgate") == 1, log
    assert log.count("execute <unnamed>: BEGIN") <= 6, log
    assert log.count("django_migrations") < 50 * 2 + 20, "each table is read once"


def test_the_app_inherits_no_socket_of_the_gate(gate, db):
    db.sql(tenant("acme"))
    result = gate.run("sh", "-c", "ls -l /proc/self/fd")
    assert result.code == 0 and "socket" not in result.out and "eventfd" not in result.out and "signalfd" not in result.out


# Behind a pooler

@pytest.fixture(scope="module")
def pgbouncer(server, clusters):
    """PgBouncer in transaction mode with a single server connection, so that every client gets the same session."""
    program = paths.program("pgbouncer")
    if program is None:
        pytest.skip("pgbouncer is not installed (apt-get install pgbouncer)")
    folder = clusters.folder("pgbouncer")
    folder.chmod(0o711)
    numbers = itertools.count(1)
    started = []

    def start(target=server, **settings):
        port = free_port()
        users, config = folder / f"users{next(numbers)}", folder / f"config{next(numbers)}.ini"
        users.write_text('"postgres" ""\n"app" ""\n')
        options = {"listen_addr": "127.0.0.1", "listen_port": port, "auth_type": "trust", "auth_file": users, "pool_mode":
                   "transaction", "default_pool_size": 1, "unix_socket_dir": "", "logfile": folder / f"log{next(numbers)}",
                   "server_connect_timeout": 2, "server_login_retry": 1, **settings}
        config.write_text(f"[databases]\n* = host=127.0.0.1 port={target.port}\n[pgbouncer]\n"
                          + "".join(f"{key} = {value}\n" for key, value in options.items()))
        for path in (users, config):
            own(path)
        process = subprocess.Popen([program, "-q", config], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, cwd=folder, **as_server_user())
        started.append(process)
        return port

    yield start
    for process in started:
        process.terminate()
        process.wait(10)


def pooled(db, port, **options):
    until = time.monotonic() + 10
    while True:
        try:
            session = psycopg2.connect(host="127.0.0.1", port=port, dbname=db.name, user="postgres", **options)
            session.autocommit = True
            return session
        except psycopg2.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


@pytest.mark.parametrize("mode", ["transaction", "session", "statement"])
def test_through_a_pooler(gate, db, pgbouncer, mode):
    db.sql(tenant("acme") + tenant("behind", [INITIAL]))
    url = db.url(port=pgbouncer(pool_mode=mode))
    result = gate.verify(database_url=url)
    assert result.code == 1
    assert [(f["tenant"], f["kind"]) for f in result.report["findings"]] == [("behind", "pending")]
    assert gate.verify("--tenant", "acme", database_url=url).code == 0


def test_nothing_of_the_session_leaks_to_the_next_client(gate, db, pgbouncer):
    db.sql(tenant("acme"))
    port = pgbouncer()
    session = pooled(db, port)
    cursor = session.cursor()

    def state():
        result = {}
        for name in SETTINGS:
            cursor.execute(f"SHOW {name}")
            result[name] = cursor.fetchone()[0]
        cursor.execute("SELECT pg_backend_pid(), count(*) FROM pg_prepared_statements")
        return result, cursor.fetchone()

    before, (pid, prepared) = state()
    assert gate.verify(database_url=db.url(port=port)).code == 0
    assert gate.verify(database_url=db.url(port=port), tenants_query="SELECT 'acme' UNION SELECT 1/0::text").code == 78
    after, (pid_after, prepared_after) = state()
    before.pop("application_name"), after.pop("application_name")
    assert pid_after == pid, "the test needs the very session that the gate had"
    assert after == before and prepared_after == prepared == 0
    session.close()


def test_a_session_that_another_client_left_in_disorder(gate, db, pgbouncer):
    """SET without LOCAL by somebody else: none of it reaches the verdict."""
    db.sql(tenant("full") + tenant("acme", [INITIAL]) + "CREATE SCHEMA hollow")
    port = pgbouncer()
    session = pooled(db, port)
    session.cursor().execute("SET search_path = full; SET lock_timeout = '1ms'; SET row_security = on; "
                             "SET default_transaction_isolation = serializable; SET quote_all_identifiers = on; "
                             "SET client_encoding = 'LATIN1'; SET standard_conforming_strings = off; SET array_nulls = off")
    result = gate.verify(database_url=db.url(port=port), tenants_schemas="full, acme, hollow")
    session.close()
    assert result.code == 1
    assert {(f["tenant"], f["kind"]) for f in result.report["findings"]} == {("acme", "pending"), ("hollow", "no_history_table")}


def test_a_pooler_before_a_server_that_is_down_is_waited_for(own_server, bare_gate, pgbouncer):
    """PgBouncer says 08P01, which elsewhere means a broken protocol."""
    port = pgbouncer(own_server)
    running = bare_gate.begin("wait", database_url=own_server.url(port=port), database_retry_max="200ms",
                              database_attempt_timeout="500ms")
    running.wait_for("waiting for the database")
    time.sleep(1)
    assert not running.over
    own_server.start()
    assert running.finish(20).code == 0


def test_a_pooler_without_a_free_place_is_waited_for(gate, db, pgbouncer):
    db.sql(tenant("acme"))
    port = pgbouncer(query_wait_timeout=1)
    holder = pooled(db, port)
    holder.autocommit = False
    holder.cursor().execute("SELECT 1")  # the only server connection, until the transaction ends
    running = gate.begin("verify", database_url=db.url(port=port), database_retry_max="200ms", database_attempt_timeout="5s")
    running.wait_for("waiting for the database", 15)
    assert not running.over
    holder.rollback()
    holder.close()
    assert running.finish(20).code == 0


def test_the_urls_pgbouncer_parameter_is_for_others(gate, db, pgbouncer):
    db.sql(tenant("acme"))
    result = gate.verify(database_url=db.url(port=pgbouncer()) + "?pgbouncer=true")
    assert result.code == 0 and result.count("'pgbouncer'") == 1
