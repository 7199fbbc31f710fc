"""TLS as libpq's parameters ask for it."""
import os

import pytest
from harness.tls import Authority, secure

PLAIN_REFUSED = """\
local all all trust
hostssl all all 127.0.0.1/32 trust
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("stranger"), "somebody else")


@pytest.fixture(scope="module")
def tls_server(clusters, authority):
    """A server whose certificate is for db.test, not for 127.0.0.1; it takes nobody without TLS."""
    made = clusters.create("tls", hba=PLAIN_REFUSED)
    secure(made, authority, "db.test", ["DNS:db.test"])
    made.start()
    yield made
    made.discard()


@pytest.fixture
def quick(bare_gate):
    bare_gate.defaults = {"database_grace": "300ms", "database_retry_max": "100ms"}
    return bare_gate


def named_host(server, **query):
    """db.test at 127.0.0.1."""
    return server.url(host="db.test", hostaddr="127.0.0.1", **query)


def test_a_certificate_of_a_known_authority_for_this_name_opens(tls_server, quick, authority):
    result = quick.wait(database_url=named_host(tls_server, sslmode="verify-full", sslrootcert=authority.certificate))
    assert result.code == 0


def test_the_session_is_encrypted(tls_server, quick, authority, manifest):
    """pg_stat_ssl is PostgreSQL's word on it: the tenant is named by the answer."""
    result = quick.verify(
        database_url=named_host(tls_server, sslmode="verify-full", sslrootcert=authority.certificate),
        migrations_manifest=manifest, tenants_settle="0s",
        tenants_query="SELECT 'tls_' || ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    assert [f["tenant"] for f in result.report["findings"]] == ["tls_true"]


def test_a_certificate_of_another_authority_is_refused(tls_server, quick, stranger):
    result = quick.wait(database_url=named_host(tls_server, sslmode="verify-full", sslrootcert=stranger.certificate))
    assert result.code == 77
    assert "certificate verify failed" in result.said and "sslrootcert" in result.said


def test_a_certificate_for_another_name_is_refused(tls_server, quick, authority):
    result = quick.wait(database_url=tls_server.url(host="other.test", hostaddr="127.0.0.1", sslmode="verify-full",
                                                    sslrootcert=authority.certificate))
    assert result.code == 77
    assert 'server certificate for "db.test" does not match host name "other.test"' in result.said


def test_a_certificate_for_another_name_is_enough_for_verify_ca(tls_server, quick, authority):
    result = quick.wait(database_url=tls_server.url(sslmode="verify-ca", sslrootcert=authority.certificate))
    assert result.code == 0


def test_a_missing_authority_file_is_refused_and_named(tls_server, quick, tmp_path):
    result = quick.wait(database_url=named_host(tls_server, sslmode="verify-full", sslrootcert=tmp_path / "none.crt"))
    assert result.code == 77
    assert "none.crt" in "".join(result.said.split()) and "root certificate file" in result.said


def test_the_authority_may_come_from_pgsslrootcert(tls_server, quick, authority):
    result = quick.wait(database_url=named_host(tls_server), env={"PGSSLMODE": "verify-full",
                                                                 "PGSSLROOTCERT": authority.certificate})
    assert result.code == 0


def test_tls_is_asked_for_and_the_server_has_none(server, quick):
    result = quick.wait(database_url=server.url(sslmode="require"))
    assert result.code == 77
    assert "server does not support SSL, but SSL was required" in result.said


def test_the_server_asks_for_tls_and_the_url_forbids_it(tls_server, quick):
    result = quick.wait(database_url=tls_server.url(sslmode="disable"))
    assert result.code == 77
    assert "no encryption" in result.said and "(SQLSTATE 28000)" in result.said


def test_tls_without_checks_opens_by_default(tls_server, quick):
    assert quick.wait(database_url=tls_server.url()).code == 0


@pytest.mark.parametrize("parameter", ["ssl=true", "ssl=1", "ssl=require"])
def test_other_drivers_ssl_parameter_means_require(tls_server, server, quick, parameter):
    assert quick.wait(database_url=tls_server.url() + "?" + parameter).code == 0
    assert quick.wait(database_url=server.url() + "?" + parameter).code == 77


def test_a_client_certificate_is_used(clusters, authority, quick, tmp_path):
    made = clusters.create("mutual", hba="local all all trust\nhostssl all all 127.0.0.1/32 cert\n")
    secure(made, authority, "db.test", ["DNS:db.test"])
    made.write("root.crt", authority.certificate.read_text())
    made.start(ssl_ca_file="root.crt")
    try:
        made.sql("CREATE ROLE alice LOGIN")
        certificate, key = authority.issue("alice")
        (tmp_path / "alice.crt").write_text(certificate)
        (tmp_path / "alice.key").write_text(key)
        os.chmod(tmp_path / "alice.key", 0o600)
        mine = {"sslmode": "verify-ca", "sslrootcert": authority.certificate}
        with_key = {**mine, "sslcert": tmp_path / "alice.crt", "sslkey": tmp_path / "alice.key"}
        assert quick.wait(database_url=made.url(user="alice", **with_key)).code == 0
        assert quick.wait(database_url=made.url(user="alice", **mine)).code == 77
        os.chmod(tmp_path / "alice.key", 0o644)
        loose = quick.wait(database_url=made.url(user="alice", **with_key))
        assert loose.code == 77 and "private key file" in loose.said
    finally:
        made.discard()


def test_a_plain_server_behind_a_trusting_url_still_opens(server, quick):
    assert quick.wait(database_url=server.url(sslmode="prefer")).code == 0
