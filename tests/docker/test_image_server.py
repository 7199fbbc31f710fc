"""The static binary in FROM scratch before a real server: Docker's own DNS, TLS, nobody's rights, signals as process 1."""
import signal
import time

import pytest
from engine import PASSWORD, Postgres, docker, moment, polite, settings, url
from harness.gate import CANARY
from harness.history import CHAIN, INITIAL, django_listing, django_table, tenant
from harness.tls import Authority

HARDENED = ["--user", "12345:12345", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]


@pytest.fixture
def run(workshop, image, network, server):
    """Runs a gate on the server's network, as nobody and with nothing to write to."""
    def run(*command, options=(), host_network=network, **named):
        named = {"database_url": url(), "database_grace": "0s", **named}
        return workshop.run(image, *command, options=["--network", host_network, *HARDENED, *options, *settings(**named)])
    return run


@pytest.fixture
def start(workshop, image, network):
    """The same in the background."""
    def start(*command, options=(), host_network=network, **named):
        return workshop.start(image, *command, options=["--network", host_network, *HARDENED, *options, *settings(**named)])
    return start


# --- DNS

def test_the_server_is_found_by_its_alias(run):
    result = run("wait")
    assert result.code == 0 and "ready" in result.said, result


def test_the_server_is_found_by_the_name_of_its_container(run, server):
    """With an underscore, which host names may not have, but those of containers do."""
    name = server.inspect()["Name"].lstrip("/")
    assert "_" in name
    result = run("wait", database_url=url(host=name))
    assert result.code == 0, result


def test_a_name_that_nobody_has_is_asked_for_until_the_deadline(run):
    result = run("wait", database_url=url(host="nobody"), database_wait="2s")
    assert result.code == 69, result
    assert 2 <= result.seconds < 6
    assert "nobody" in result.said and "could not translate host name" in result.said, result
    assert result.count("waiting for the database at nobody:5432") == 1, result


def test_a_name_that_comes_later_is_found(start, workshop, server):
    other = workshop.network()
    gate = start("wait", host_network=other, database_url=url(host="later"))
    gate.wait_for("could not translate host name")
    docker("network", "connect", "--alias", "later", other, server.ident)
    try:
        result = gate.result()
    finally:
        docker("network", "disconnect", other, server.ident)
    assert result.code == 0 and "ready after" in result.said, result


# --- TLS

@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("stranger"), "somebody else")


def mounted(authority, path="/ca.crt"):
    authority.certificate.chmod(0o644)
    return ["--volume", f"{authority.certificate}:{path}:ro"]


def secured(**query):
    return url(user="secured", **query)


def test_without_tls_this_role_is_refused(run):
    """So that what the tests below open with is TLS indeed."""
    result = run("wait", database_url=secured(sslmode="disable"))
    assert result.code == 77 and "no encryption" in result.said, result


def test_verify_full_with_the_authoritys_file(run, authority):
    result = run("wait", database_url=secured(sslmode="verify-full", sslrootcert="/ca.crt"), options=mounted(authority))
    assert result.code == 0, result


def test_verify_full_with_another_authoritys_file(run, stranger):
    result = run("wait", database_url=secured(sslmode="verify-full", sslrootcert="/ca.crt"), options=mounted(stranger))
    assert result.code == 77 and "certificate verify failed" in result.said, result
    assert result.seconds < 4


def test_verify_full_with_another_name(run, authority):
    result = run("wait", options=mounted(authority),
                 database_url=secured(host="alias", sslmode="verify-full", sslrootcert="/ca.crt"))
    assert result.code == 77 and 'does not match host name "alias"' in result.said, result


def test_verify_full_without_the_file(run):
    result = run("wait", database_url=secured(sslmode="verify-full", sslrootcert="/ca.crt"))
    assert result.code == 77 and "/ca.crt" in result.said and "FROM scratch" in result.said, result


def test_the_systems_authorities_are_the_bundle_in_the_image(run, authority):
    """That bundle does not know ours, and would not be looked at if it lay in the wrong place."""
    system = secured(sslmode="verify-full", sslrootcert="system")
    result = run("wait", database_url=system)
    assert result.code == 77 and "certificate verify failed" in result.said, result
    result = run("wait", database_url=system, options=mounted(authority, "/etc/ssl/certs/ca-certificates.crt"))
    assert result.code == 0, result


# --- Refused for good

@pytest.mark.parametrize(("wrong", "words"), [
    ({"password": f"wrong-{CANARY}"}, 'password authentication failed for user "postgres"'),
    ({"user": "nobody"}, 'password authentication failed for user "nobody"'),
    ({"database": "none"}, 'database "none" does not exist'),
], ids=["password", "role", "database"])
def test_refused_for_good(start, server, wrong, words):
    """From the log that Docker keeps: no password in it, which is looked at in every result."""
    gate = start("wait", database_url=url(**wrong), database_grace="1s")
    result = gate.result()
    assert result.code == 77 and words in result.said, result
    assert f"{CANARY}" not in gate.log + server.log
    state = gate.state
    assert 0.9 < moment(state["FinishedAt"]) - moment(state["StartedAt"]) < 5, "the grace was not kept"
    assert sum("in case it is still being set up" in line for line in result.log) == 1, result


def test_the_password_from_a_file(run, tmp_path):
    """As Docker's secrets come."""
    secret = tmp_path / "secret"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o644)
    parts = {"database_url": "", "database_host": "database", "database_user": "postgres", "database_name": "postgres",
             "database_password_file": "/run/secrets/password"}
    right = run("wait", options=["--volume", f"{secret}:/run/secrets/password:ro"], **parts)
    assert right.code == 0, right
    secret.write_text("wrong\n")
    wrong = run("wait", options=["--volume", f"{secret}:/run/secrets/password:ro"], **parts)
    assert wrong.code == 77, wrong


def test_the_password_from_a_file_beside_the_url(run, tmp_path):
    """The app's own DATABASE_URL, which has no password in it: that is where the gate has to look as well."""
    (tmp_path / "secret").write_text(PASSWORD)
    (tmp_path / "secret").chmod(0o644)
    result = run("wait", options=["--volume", f"{tmp_path / 'secret'}:/run/secrets/password:ro"], database_wait="3s",
                 database_url=url(password=None), database_password_file="/run/secrets/password")
    assert result.code == 0, result


# --- The verdict

@pytest.fixture(scope="module")
def tenants(server):
    """A database with two tenants, one of them behind, and public."""
    server.sql("CREATE DATABASE tenants")
    server.sql(tenant("acme") + tenant("bravo", [INITIAL]) + django_table("public"), "tenants")
    yield "tenants"
    server.sql("DROP DATABASE tenants WITH (FORCE)")


@pytest.fixture
def manifest(workshop, image, tmp_path):
    """Made by the image, too."""
    made = workshop.run(image, "manifest", "--from", "django", "-", stdin=django_listing(CHAIN), options=["--network", "none"])
    assert made.code == 0, made
    (tmp_path / "manifest.json").write_text(made.out)
    (tmp_path / "manifest.json").chmod(0o644)
    return ["--volume", f"{tmp_path / 'manifest.json'}:/manifest.json:ro"]


def test_verify_closed_and_open(run, tenants, manifest):
    named = {"database_url": url(database=tenants), "migrations_manifest": "/manifest.json", "tenants_settle": "0s"}
    closed = run("verify", "--format", "json", options=manifest, **named)
    assert closed.code == 1, closed
    assert closed.report["tenants"] == {"total": 3, "ok": 2, "failed": 1, "warned": 0}
    assert [(f["tenant"], f["kind"], f["items"]) for f in closed.report["findings"]] == [
        ("bravo", "pending", ["finance.0002_lines", "finance.0003_paid"])]
    opened = run("verify", "--format", "json", options=manifest, **named, tenants_exclude="bravo")
    assert opened.code == 0, opened
    assert opened.report["tenants"] == {"total": 2, "ok": 2, "failed": 0, "warned": 0}


def test_closed_nothing_is_started(run, tenants, manifest):
    """The app would be the gate's own binary: there is no other program here."""
    named = {"database_url": url(database=tenants), "migrations_manifest": "/manifest.json", "tenants_settle": "0s"}
    closed = run("--", "/tenantgate", "version", options=manifest, **named)
    assert (closed.code, closed.out) == (1, "") and "bravo" in closed.banner, closed
    opened = run("--", "/tenantgate", "version", options=manifest, **named, tenants_exclude="bravo")
    assert opened.code == 0 and opened.out, opened


# --- Signals as process 1

@pytest.mark.parametrize("name", ["TERM", "INT", "QUIT", "HUP", "USR1", "USR2"])
def test_a_signal_ends_a_waiting_gate(start, name):
    gate = start("wait", database_url=url(host="nobody"))
    gate.wait_for("waiting for the database")
    began = time.monotonic()
    docker("kill", "--signal", name, gate.ident)
    result = gate.result()
    assert time.monotonic() - began < 2
    assert result.code == 128 + getattr(signal, f"SIG{name}"), result
    assert f"SIG{name}" in result.said, result


def test_docker_stop_ends_a_waiting_gate(start):
    gate = start("wait", database_url=url(host="nobody"))
    gate.wait_for("waiting for the database")
    assert gate.stop() < 2
    assert gate.result().code == 143


def test_with_an_init_above(start, run):
    assert run("wait", options=["--init"]).code == 0
    gate = start("wait", database_url=url(host="nobody"), options=["--init"])
    gate.wait_for("waiting for the database")
    assert gate.stop() < 2
    assert gate.code() == 143
    polite(["wait"], 143, "", gate.log)


# --- The first start

def test_the_temporary_server_of_the_first_start_is_seen_through(workshop, image, bases, tmp_path):
    """Through the socket, where it can be seen: with `stable_for` the gate stays closed until the real server is there. A
    gate without it is the control: it is let in by the temporary one."""
    script = tmp_path / "slow.sh"
    script.write_text("sleep 0.7\n")
    script.chmod(0o644)
    tmp_path.chmod(0o755)
    sockets = workshop.volume()
    common = {"database_url": "host=/sockets user=postgres dbname=postgres", "database_retry_max": "100ms"}
    seat = ["--volume", f"{sockets}:/sockets", "--network", "none"]
    patient = workshop.start(image, "wait", options=[*seat, *settings(**common, database_stable_for="2s")])
    hasty = workshop.start(image, "wait", options=[*seat, *settings(**common)])
    server = workshop.start(bases["POSTGRES_IMAGE"], kind=Postgres, options=[
        "--env", "POSTGRES_HOST_AUTH_METHOD=trust", "--volume", f"{sockets}:/var/run/postgresql",
        "--volume", f"{tmp_path}:/docker-entrypoint-initdb.d:ro"])
    results = hasty.result(), patient.result()
    assert [result.code for result in results] == [0, 0], results

    real = moment(server.sql("SELECT pg_postmaster_start_time()"))
    assert moment(hasty.state["FinishedAt"]) < real
    assert moment(patient.state["StartedAt"]) < real
    assert 2 <= moment(patient.state["FinishedAt"]) - real < 8
