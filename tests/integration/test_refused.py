"""A database that refuses for good: exit code 77 after the grace, in the server's own words, and no password anywhere."""
import time

import pytest
from harness.gate import CANARY, PASSWORD
from harness.history import tenant

HBA = """\
local all postgres trust
local all all trust
host open all 127.0.0.1/32 trust
host vault locked 127.0.0.1/32 reject
host vault app,plain 127.0.0.1/32 scram-sha-256
host vault nologin,ghost,nobodyhere 127.0.0.1/32 trust
host closed app 127.0.0.1/32 trust
host nodb app 127.0.0.1/32 trust
host crowded app 127.0.0.1/32 trust
"""


@pytest.fixture(scope="module")
def strict(clusters):
    """A server that asks for passwords."""
    made = clusters.create("strict", hba=HBA, settings={"password_encryption": "scram-sha-256"}).start()
    made.sql(f"CREATE ROLE app LOGIN PASSWORD '{PASSWORD}'")
    made.sql("CREATE ROLE nologin NOLOGIN; CREATE ROLE ghost LOGIN; CREATE ROLE locked LOGIN")
    made.sql("CREATE DATABASE vault")
    made.sql("CREATE DATABASE closed")
    made.sql("CREATE DATABASE crowded CONNECTION LIMIT 0")
    made.sql("REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
    yield made
    made.discard()


@pytest.fixture
def quick(bare_gate):
    bare_gate.defaults = {"database_grace": "400ms", "database_retry_max": "100ms"}
    return bare_gate


def refused(result, code, *words):
    assert result.code == 77, result
    assert result.banner.count("FATAL:") == 1, "the server's words came raw, or twice"
    assert "Exit code 77 (database_refused)" in result.banner
    assert "FATAL: the database refuses the gate" in result.said
    assert f"(SQLSTATE {code})" in result.said if code else "SQLSTATE" not in result.said, result
    for word in words:
        assert word in result.said, (word, result)


def test_the_right_password_opens(strict, quick):
    assert quick.wait(database_url=strict.url("vault", "app", PASSWORD)).code == 0


def test_a_wrong_password_is_final_after_the_grace_and_said_at_once(strict, quick):
    running = quick.begin("wait", database_url=strict.url("vault", "app", PASSWORD + "x"), database_grace="1s")
    said = running.wait_for("refuses us")
    assert said - running.began < 0.8
    result = running.finish()
    assert 0.8 < result.seconds < 4
    refused(result, "28P01", 'password authentication failed for user "app"', "Check the user and the password")
    assert result.count("refuses us") == 1


def test_the_default_grace_is_some_seconds(strict, quick):
    result = quick.wait(database_url=strict.url("vault", "app", PASSWORD + "x"), database_grace=None)
    assert 4 < result.seconds < 9
    refused(result, "28P01")


def test_without_grace_a_wrong_password_is_final_at_once(strict, quick):
    result = quick.wait(database_url=strict.url("vault", "app", PASSWORD + "x"), database_grace="0")
    assert result.seconds < 2
    refused(result, "28P01")


def test_a_password_that_is_mended_within_the_grace_opens(strict, quick):
    strict.sql("DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN PASSWORD 'other'")
    running = quick.begin("wait", database_url=strict.url("vault", "plain", PASSWORD), database_grace="10s")
    running.wait_for("28P01")
    strict.sql(f"ALTER ROLE plain PASSWORD '{PASSWORD}'")
    assert running.finish().code == 0


def test_no_password_where_one_is_asked_for(strict, quick):
    refused(quick.wait(database_url=strict.url("vault", "app")), None, "no password supplied")


def test_a_role_that_does_not_exist(strict, quick):
    refused(quick.wait(database_url=strict.url("vault", "nobodyhere", PASSWORD)), "28000", 'role "nobodyhere" does not exist')


def test_a_role_that_may_not_log_in(strict, quick):
    refused(quick.wait(database_url=strict.url("vault", "nologin", PASSWORD)), "28000", "is not permitted to log in")


def test_a_database_that_does_not_exist(strict, quick):
    refused(quick.wait(database_url=strict.url("nodb", "app", PASSWORD)), "3D000", 'database "nodb" does not exist',
            "Create the database")


def test_a_database_that_is_created_within_the_grace_opens(strict, quick):
    strict.sql("DROP DATABASE IF EXISTS nodb")
    running = quick.begin("wait", database_url=strict.url("nodb", "app", PASSWORD), database_grace="10s")
    running.wait_for("3D000")
    strict.sql("CREATE DATABASE nodb")
    result = running.finish()
    strict.sql("DROP DATABASE nodb WITH (FORCE)")
    assert result.code == 0


def test_no_entry_in_pg_hba(strict, quick):
    refused(quick.wait(database_url=strict.url("unlisted", "app", PASSWORD)), "28000", "no pg_hba.conf entry",
            "pg_hba.conf: the role must exist")


def test_an_entry_in_pg_hba_that_rejects(strict, quick):
    refused(quick.wait(database_url=strict.url("vault", "locked", PASSWORD)), "28000", "pg_hba.conf rejects connection")


def test_no_right_to_connect(strict, quick):
    refused(quick.wait(database_url=strict.url("closed", "app", PASSWORD)), "42501",
            'permission denied for database "closed"', "GRANT CONNECT")


def test_a_database_without_room_is_not_refused_but_waited_for(strict, quick):
    result = quick.wait(database_url=strict.url("crowded", "app", PASSWORD), database_wait="800ms")
    assert result.code == 69 and "53300" in result.said


def test_a_setting_in_the_url_that_the_server_does_not_have(strict, quick):
    refused(quick.wait(database_url=strict.url("vault", "app", PASSWORD, options="-c nosuch=1")), "42704", "nosuch")


def test_options_in_the_url_that_the_server_cannot_read(strict, quick):
    """A plus sign is no blank in a URL of libpq's."""
    refused(quick.wait(database_url=strict.url("vault", "app", PASSWORD) + "?options=-c+jit%3Doff"), "42704",
            'unrecognized configuration parameter "+jit"')


def test_a_refusal_comes_before_database_wait_where_that_is_shorter_than_the_grace(strict, quick):
    result = quick.wait(database_url=strict.url("vault", "app", PASSWORD + "x"), database_wait="600ms", database_grace="30s")
    refused(result, "28P01")
    assert result.seconds < 4


def test_a_refusal_stays_one_where_the_gate_timeout_is_shorter_than_the_grace(strict, quick):
    result = quick.wait(database_url=strict.url("vault", "app", PASSWORD + "x"), gate_timeout="600ms", database_grace="30s")
    refused(result, "28P01")
    assert result.seconds < 4


@pytest.mark.parametrize("command", [["wait"], ["verify", "--format", "json"], ["status"], ["run", "--", "false"]],
                         ids=lambda words: words[0])
def test_every_command_says_77_and_never_the_password(strict, quick, manifest, command):
    """That no password is printed is checked of every run (harness.gate.check_manners)."""
    result = quick.call(*command, database_url=strict.url("vault", "app", PASSWORD + "x"), migrations_manifest=manifest,
                        log_level="debug")
    assert result.code == 77
    assert "28P01" in result.err + result.out
    assert CANARY not in result.err + result.out


def test_the_json_report_of_a_refusal(strict, quick, manifest):
    result = quick.verify(database_url=strict.url("vault", "app", PASSWORD + "x"), migrations_manifest=manifest)
    report = result.report
    assert (report["result"], report["exit_code"], report["reason"]) == ("closed", 77, "database_refused")
    assert "password authentication failed" in report["error"] and report["findings"] == []


@pytest.mark.parametrize("where", ["host", "port", "user", "options", "sslmode", "service"])
def test_no_password_is_printed_where_the_url_is_broken(quick, where):
    broken = {
        "host": f"postgresql://app:{CANARY}@[::1/db", "port": f"postgresql://app:{CANARY}@127.0.0.1:99999999/db",
        "user": f"postgresql://app%zz:{CANARY}@127.0.0.1/db", "options": f"postgresql://app:{CANARY}@127.0.0.1/db?options=%zz",
        "sslmode": f"postgresql://app:{CANARY}@127.0.0.1/db?sslmode=maybe",
        "service": f"postgresql://app:{CANARY}@127.0.0.1/db?service=nosuch",
    }[where]
    result = quick.wait(database_url=broken)
    assert result.code == 78, result
    assert CANARY not in result.err
    assert "configuration" in result.banner


@pytest.mark.parametrize("url", [
    f"postgresql://app:p@ss/{CANARY}@127.0.0.1:1/db", f"postgresql://app:{CANARY}/x@127.0.0.1:1/db",
    f"postgresql://app:{CANARY}#x@127.0.0.1:1/db", f"postgresql://app:x?{CANARY}@127.0.0.1:1/db",
    f"host=127.0.0.1 port=1 user=app password={CANARY}", f"host=127.0.0.1 port=1 user=app password='a {CANARY}'",
    f"host=127.0.0.1 port=1 password={CANARY} nosuch=1", f"mysql://app:{CANARY}@127.0.0.1/db",
    f"postgresql://127.0.0.1:1/db?user=app&password={CANARY}", f"jdbc:postgresql://127.0.0.1:1/db?user=app&password={CANARY}",
], ids=range(10))
def test_no_password_is_printed_however_it_is_written(quick, url):
    result = quick.wait(database_url=url, database_wait="0")
    assert result.code in (69, 78), result
    shown = quick.call("config", database_url=url)
    assert shown.code == 0
    assert CANARY not in result.err + shown.out


def test_a_tenant_list_that_the_role_may_not_read(strict, quick, manifest):
    strict.sql("DROP SCHEMA IF EXISTS acme CASCADE; " + tenant("acme")
               + "CREATE TABLE public.customers (s text); INSERT INTO public.customers VALUES ('acme')", database="vault")
    result = quick.verify(database_url=strict.url("vault", "app", PASSWORD), migrations_manifest=manifest,
                          tenants_query="SELECT s FROM public.customers")
    assert result.code == 77
    assert "permission denied for table customers" in result.report["error"]
    assert "GRANT SELECT" in result.report["hint"]


def test_a_refusal_gives_way_to_waiting_when_the_server_goes_away(own_server, bare_gate):
    own_server.start()
    running = bare_gate.begin("wait", database_url=own_server.url("later"), database_grace="2s", database_retry_max="100ms")
    running.wait_for("3D000")
    own_server.stop()
    running.wait_for("Connection refused")
    time.sleep(2.2)  # longer than the grace: being away is no refusal
    assert not running.over
    own_server.start()
    running.wait_for("3D000")
    own_server.sql("CREATE DATABASE later")
    assert running.finish().code == 0
