"""Reports for machines and people: JSON, JUnit, status lines, the banner."""
import json
import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
from harness.gate import columns
from harness.history import ALL, INITIAL, LINES, make_manifest, tenant


@pytest.fixture
def mixed(gate, db):
    db.sql(tenant("acme") + tenant("beta", [INITIAL]) + tenant("gamma", ALL + ("finance.0009_later",)) + "CREATE SCHEMA delta")
    gate.defaults["tenants_schemas"] = "acme, beta, gamma, delta, epsilon"
    return gate


def test_the_json_report_has_every_field_of_the_contract(mixed):
    """Types and sums are checked in harness.gate.check_report, for every report of every test."""
    report = mixed.verify().report
    assert set(report) >= {"version", "result", "exit_code", "reason", "duration_ms", "sources", "tenants", "findings",
                           "remedies"}
    assert (report["result"], report["exit_code"], report["reason"]) == ("closed", 1, "tenants_not_migrated")
    assert report["tenants"] == {"total": 5, "ok": 1, "failed": 3, "warned": 1}
    assert [(f["tenant"], f["kind"], f["severity"]) for f in report["findings"]] == [
        ("beta", "pending", "fail"), ("delta", "no_history_table", "fail"), ("epsilon", "missing_schema", "fail"),
        ("gamma", "unknown", "warn")]
    assert report["version"] == mixed.call("version").out.split()[1]
    assert 0 <= report["duration_ms"] < 10000
    assert report["remedies"] == ["python manage.py migrate"]


def test_the_json_report_stands_alone_on_standard_output(mixed):
    """result.report parses all of it; the banner is on standard error."""
    result = mixed.verify()
    assert result.report and result.out.endswith("}\n") and "FATAL:" not in result.out
    assert "FATAL:" in result.err


@pytest.mark.parametrize("format", ["json", "junit", "text"])
def test_status_has_the_formats_too(mixed, format):
    result = mixed.call("status", "--format", format)
    assert result.code == 1 and "beta" in result.out


def test_the_junit_report(mixed):
    result = mixed.call("verify", "--format", "junit")
    assert result.code == 1
    suite = ElementTree.fromstring(result.out)
    assert suite.tag == "testsuite"
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("5", "3", "0")
    cases = {case.get("name"): case for case in suite.findall("testcase")}
    assert set(cases) == {"acme", "beta", "gamma", "delta", "epsilon"}
    assert cases["acme"].find("failure") is None and cases["gamma"].find("failure") is None
    assert cases["beta"].find("failure").get("type") == "pending"
    assert "finance.0002_lines" in cases["beta"].find("failure").text
    assert "finance.0009_later" in cases["gamma"].find("system-out").text


def test_the_junit_report_of_an_error(gate):
    result = gate.call("verify", "--format", "junit", database_url="postgresql://u:p@127.0.0.1:1/x", database_wait="0")
    assert result.code == 69
    suite = ElementTree.fromstring(result.out)
    assert suite.get("errors") == "1"
    assert suite.find("testcase/error").get("type") == "database_unavailable"


def test_status_lines(mixed):
    result = mixed.call("status")
    assert result.code == 1
    rows = {line.split()[0]: line.split()[1:] for line in result.out.splitlines()}
    assert rows["TENANT"] == ["APPLIED", "PENDING", "UNKNOWN", "PROBLEMS"]
    assert rows["acme"] == ["3", "0", "0", "none"]
    assert rows["beta"] == ["1", "2", "0", "pending"]
    assert rows["gamma"] == ["3", "0", "1", "unknown", "(warning)"]
    assert rows["delta"] == ["0", "3", "0", "no_history_table"]
    assert rows["epsilon"][3:] == ["missing_schema"]
    assert len(rows) == 6


def test_status_of_healthy_tenants(gate, db):
    db.sql(tenant("acme"))
    result = gate.call("status")
    assert result.code == 0
    assert result.out.splitlines()[1].split() == ["acme", "3", "0", "0", "none"]


def test_the_text_report_tells_a_person_once(mixed):
    result = mixed.call("verify", "--format", "text")
    assert result.code == 1
    assert "closed: 5 tenants, 1 ok, 3 failed, 1 with warnings" in result.out
    assert "finance.0002_lines" in result.out and "finance.0009_later" in result.out
    assert (result.out + result.err).count("1 tenant lacks") == 1


def test_run_writes_nothing_of_its_own_to_standard_output(mixed, gate, db):
    assert mixed.run().out == ""
    db.sql("DELETE FROM gamma.django_migrations WHERE name = '0009_later'")
    result = gate.run("printf", "%s", "exactly this", tenants_schemas="acme, gamma")
    assert (result.code, result.out) == (0, "exactly this")


def test_the_banner_begins_with_a_box_and_says_what_where_and_what_to_do(mixed):
    lines = mixed.run().banner.splitlines()
    assert re.fullmatch(r"┌─+┐", lines[0]) and re.fullmatch(r"└─+┘", lines[3])
    assert lines[1].startswith("│ FATAL: 3 of 5 tenants are not fully migrated")
    assert lines[2].startswith("│ Startup is BLOCKED: echo was not started.")
    assert {columns(line) for line in lines[:4]} == {100}
    body = " ".join(" ".join(lines[4:]).split())
    for words in ("1 tenant lacks finance.0002_lines and finance.0003_paid: beta", "delta", "no table django_migrations",
                  "epsilon", "there is no such schema", "python manage.py migrate", "docker compose run --rm --entrypoint",
                  "TENANTGATE_TENANTS_EXCLUDE=", "Exit code 1 (tenants_not_migrated)", "finance.0009_later"):
        assert words in body, words


@pytest.mark.parametrize("banner, lang, first", [
    ("auto", "C.UTF-8", "┌"), ("auto", "C", "+"), ("auto", "", "+"), ("unicode", "C", "┌"), ("ascii", "C.UTF-8", "+")])
def test_how_the_banner_is_drawn(mixed, banner, lang, first):
    result = mixed.run(gate_banner=banner, env={"LANG": lang})
    assert result.code == 1 and result.banner.startswith(first)
    if first == "+":
        assert result.banner.isascii()


def test_lc_all_decides_before_lang(mixed):
    assert mixed.run(env={"LANG": "C.UTF-8", "LC_ALL": "C"}).banner.startswith("+")
    assert mixed.run(env={"LANG": "C", "LC_ALL": "en_US.utf8"}).banner.startswith("┌")


def test_no_banner_still_says_why(mixed):
    result = mixed.run(gate_banner="none")
    assert result.code == 1 and result.banner == ""
    assert "startup is blocked, exit code 1 (tenants_not_migrated)" in result.err


def test_colors_only_where_they_are_asked_for(mixed):
    assert "\033" not in mixed.run().err
    assert "\033[1;31m" in mixed.run(options=["--color", "always"]).err
    assert "\033" not in mixed.run(options=["--color", "never"]).err


def test_quiet_and_verbose(gate, db):
    db.sql(tenant("acme"))
    assert gate.call("verify", "-q").err == ""
    assert "the gate is open" in gate.call("verify").err
    assert len(gate.call("verify", "-v").log) > len(gate.call("verify").log)


def test_quiet_does_not_hide_the_banner_and_what_was_left_out(mixed):
    result = mixed.call("verify", "-q", tenants_exclude="acme")
    assert result.code == 1 and "FATAL:" in result.banner and "acme" in result.banner


def test_an_exclusion_is_said_even_when_quiet(gate, db):
    db.sql(tenant("acme") + tenant("beta", [INITIAL]))
    result = gate.run(options=["-q"], tenants_exclude="beta")
    assert result.code == 0
    assert "NOT verified" in result.err, "every later start says so"


def test_warnings_are_said_when_the_gate_opens(gate, db):
    db.sql(tenant("acme", ALL + ("finance.0009_later",)))
    result = gate.run()
    assert (result.code, result.out) == (0, "the app runs\n")
    assert result.count("finance.0009_later") == 1


def test_many_migrations_are_shown_shortly_in_the_banner_and_fully_in_json(gate, db):
    graph = {f"finance.{n:04}_a_rather_long_name_of_a_migration": [f"finance.{n - 1:04}_a_rather_long_name_of_a_migration"]
             if n else [] for n in range(200)}
    db.sql(tenant("acme", ()))
    result = gate.verify(migrations_manifest=make_manifest(gate, graph))
    assert result.code == 1
    assert result.report["findings"][0]["items"] == list(graph)
    assert "and 194 more" in result.said and len(result.banner.splitlines()) < 25


def test_words_without_blanks_are_broken_at_the_banners_edge(gate, db):
    long = "finance." + "x" * 240
    db.sql(tenant("n" * 63, ()))
    result = gate.verify(migrations_manifest=make_manifest(gate, {long: []}))
    assert result.code == 1
    assert long in "".join(result.banner.split())


def test_a_long_app_name_does_not_break_the_box(mixed):
    result = mixed.run("/opt/" + "very-long-name-" * 20 + "\033[31m\n", "--flag")
    assert result.code == 1
    box = result.banner.split("└")[0].splitlines()
    assert {columns(line) for line in box} == {100}
    assert "\\x1b[31m\\n" in "".join(line.strip("│ ") for line in box)


def test_many_kinds_of_findings_are_counted_beyond_a_dozen(gate, db):
    db.sql("".join(tenant(f"t{n:02}", [f"other.{n:04}"] + list(ALL[:n % 3])) for n in range(30)))
    result = gate.verify()
    assert result.code == 1
    assert "more kinds of findings; --format json lists all" in result.said
    assert len({f["tenant"] for f in result.report["findings"]}) == 30


def test_json_logs(gate, db):
    db.sql(tenant("acme"))
    result = gate.call("verify", log_format="json")
    assert result.code == 0
    lines = [json.loads(line) for line in result.err.splitlines()]
    assert lines and all(set(line) == {"time", "level", "event", "message"} for line in lines)
    assert lines[-1]["event"] == "open" and lines[-1]["level"] == "info"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", lines[0]["time"])


def test_a_reader_of_standard_output_that_is_gone_changes_no_verdict(mixed):
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([mixed.binary, "verify", "--format", "json"], env=mixed.environment(), stdout=writer,
                          stderr=subprocess.PIPE, timeout=30)
    os.close(writer)
    assert done.returncode == 1


def test_a_closed_standard_error_and_output_change_no_verdict(mixed, gate, db):
    for redirect, code in (("1>&-", 1), ("2>&-", 1), ("0<&- 1>&- 2>&-", 1)):
        done = subprocess.run(["sh", "-c", f"\"$0\" verify {redirect}", mixed.binary], env=mixed.environment(), timeout=30,
                              capture_output=True)
        assert done.returncode == code, redirect


@pytest.mark.parametrize("command", ["verify", "status"])
def test_a_report_that_cannot_be_written_is_no_success(gate, db, command):
    db.sql(tenant("acme"))
    with open("/dev/full", "w") as full:
        done = subprocess.run([gate.binary, command, "--format", "json"], env=gate.environment(), stdout=full,
                              stderr=subprocess.PIPE, timeout=30)
    assert done.returncode == 70
    assert b"cannot be written" in done.stderr


def test_a_report_with_invalid_utf8_from_a_database_in_sql_ascii(gate, server):
    """SQL_ASCII databases hold any bytes: they are shown escaped, and the report stays JSON."""
    server.sql("DROP DATABASE IF EXISTS bytes")
    server.sql("CREATE DATABASE bytes ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    try:
        session = server.connect("bytes")
        cursor = session.cursor()
        cursor.execute("SET client_encoding = 'SQL_ASCII'")
        cursor.execute(tenant("acme", [INITIAL, LINES]))
        cursor.execute("INSERT INTO acme.django_migrations (app, name, applied) VALUES (E'fin\\xff', E'\\xc3', now())")
        session.close()
        result = gate.verify(database_url=server.url("bytes"))
        assert result.code == 1
        assert [f["kind"] for f in result.report["findings"]] in (["pending", "unknown"], ["undecided"])
    finally:
        server.sql("DROP DATABASE bytes WITH (FORCE)")
