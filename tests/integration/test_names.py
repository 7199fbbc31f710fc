"""Tenants with odd names: each is judged as itself, shown safely, and hides nobody."""
import json
import shlex
import unicodedata
import xml.etree.ElementTree as ElementTree

import pytest
from harness.gate import columns, quoted
from harness.history import ALL, INITIAL, tenant
from harness.postgres import ident, literal

ODD = {
    "double quote": 'a"b', "only quotes": '""', "single quote": "o'hara", "blank": "big shop", "leading blank": " lead",
    "trailing blank": "trail ", "only blank": " ", "dot": "shop.eu", "comma": "a,b", "brace": "{a,b}", "backslash": "back\\slash",
    "trailing backslash": "end\\", "newline": "line\nbreak", "carriage return": "a\rb", "tab": "a\tb", "escape": "a\033[31mred",
    "bell": "ding\a", "delete": "a\x7fb", "c1": "a\u009bb", "63 bytes": "n" * 63, "63 bytes of two": "ж" * 31,
    "cyrillic": "Бухгалтерия", "chinese": "财务", "emoji": "🚀 launch", "family": "👨‍👩‍👧", "right to left": "שלום",
    "override": "a\u202egpj", "zero width": "a\u200bb", "combining": "e\u0301", "nbsp": "a\u00a0b", "line separator": "a\u2028b",
    "upper case": "Acme", "keyword": "select", "word null": "NULL", "lower null": "null", "word tenants": "tenants",
    "number": "007", "minus": "-x", "two dashes": "--", "dollar": "$user", "reference": "${HOME}", "percent": "100%s%n",
    "semicolon": "x; DROP SCHEMA public", "slash": "/regex/", "hash": "#1", "equals": "a=b", "star": "*", "tilde": "~",
    "angle": "<b>&amp;</b>", "cdata": "]]>", "not pg": "pgfoo", "unicode escape": "U&\"a\"",
}


@pytest.mark.parametrize("name", ODD.values(), ids=ODD.keys())
def test_an_odd_name_by_auto_detection(gate, db, name):
    """Complete it opens; behind it is refused, under its own name."""
    db.sql(tenant(name) + tenant("beta"))
    result = gate.verify()
    assert result.code == 0, result
    assert {row["tenant"] for row in result.report["status"]} == {name, "beta"}
    db.sql(f"DELETE FROM {ident(name)}.django_migrations WHERE name = '0003_paid'")
    result = gate.verify()
    assert result.code == 1
    assert [(f["tenant"], f["kind"]) for f in result.report["findings"]] == [(name, "pending")]


def test_all_odd_names_together_by_query_list_and_pattern(gate, db):
    names = sorted(set(ODD.values()))
    db.sql("".join(tenant(name, ALL if number % 2 else [INITIAL]) for number, name in enumerate(names)))
    db.sql("CREATE TABLE public.customers (s text); INSERT INTO public.customers VALUES "
           + ", ".join(f"({literal(name)})" for name in names))
    behind = {name for number, name in enumerate(names) if number % 2 == 0}
    for tenants in ({"tenants_query": "SELECT s FROM public.customers"}, {"tenants_schemas": quoted(*names)},
                    {"tenants_pattern": "."}):
        result = gate.verify(tenants_exclude="public", **tenants)
        assert result.code == 1
        assert {f["tenant"] for f in result.report["findings"]} == behind
        assert result.report["tenants"] == {"total": len(names), "ok": len(names) - len(behind), "failed": len(behind),
                                            "warned": 0}


def test_no_name_reaches_a_terminal_raw(gate, db):
    """Raw control characters and too wide lines are looked for in every run (check_manners); here all come at once."""
    db.sql("".join(tenant(name, [INITIAL]) for name in ODD.values()))
    result = gate.run()
    assert result.code == 1 and "FATAL:" in result.banner
    status = gate.call("status")
    assert status.code == 1
    assert not [c for c in status.out if unicodedata.category(c) == "Cc" and c != "\n"]
    lines = status.out.splitlines()
    assert len(lines) == len(ODD) + 1
    assert all(line.endswith("pending") for line in lines[1:])
    for format in ("text", "junit"):
        out = gate.call("verify", "--format", format).out
        assert not [c for c in out if unicodedata.category(c) == "Cc" and c != "\n"]
    junit = ElementTree.fromstring(out)
    assert int(junit.get("failures")) == len(ODD) == len(junit.findall("testcase"))


def test_columns_of_the_status_table_stand_under_each_other(gate, db):
    names = ["财务", "e\u0301", "Бухгалтерия", "plain", "a\nb"]
    db.sql("".join(tenant(name) for name in names))
    lines = gate.call("status").out.splitlines()
    assert len(lines) == 6
    assert len({columns(line[:line.rindex("none")]) for line in lines[1:]}) == 1


def test_names_that_differ_only_in_case_or_normal_form_are_two(gate, db):
    db.sql(tenant("acme") + tenant("ACME", [INITIAL]) + tenant("é") + tenant("e\u0301", [INITIAL]))
    result = gate.verify()
    assert {f["tenant"] for f in result.report["findings"]} == {"ACME", "e\u0301"}
    assert result.report["tenants"]["total"] == 4


@pytest.mark.parametrize("name", ["n" * 64, "ж" * 40, "n" * 5000])
def test_a_name_longer_than_any_schema_is_missing_and_not_cut(gate, db, name):
    """PostgreSQL would cut it to 63 bytes and find another tenant."""
    db.sql(tenant("n" * 63) + tenant("ж" * 31) + "CREATE TABLE public.customers (s text)")
    db.sql("INSERT INTO public.customers VALUES (%s)", name)
    for tenants in ({"tenants_schemas": name}, {"tenants_query": "SELECT s FROM public.customers"}):
        result = gate.verify(**tenants)
        assert result.code == 1
        assert [(f["tenant"], f["kind"]) for f in result.report["findings"]] == [(name, "missing_schema")]


def test_the_way_out_for_one_tenant_works_as_it_is_printed(gate, db):
    """TENANTGATE_TENANTS_EXCLUDE=... of the banner, read as a shell would."""
    for name in ("acme", "big shop", "a,b", "o'hara", 'a"b', "back\\slash", "$user", "${HOME}", "/regex/", "trail "):
        db.sql(tenant(name, [INITIAL]) + tenant("fine"))
        result = gate.call("verify")
        assert result.code == 1
        line = next(line for line in result.err.splitlines() if "TENANTGATE_TENANTS_EXCLUDE=" in line)
        word, = shlex.split(line.strip())
        left_out = gate.verify(tenants_exclude=word.split("=", 1)[1])
        assert left_out.code == 0, (name, line, left_out)
        assert left_out.report["excluded"] == [name]
        db.sql(f"DROP SCHEMA {ident(name)} CASCADE; DROP SCHEMA fine CASCADE")


def test_names_in_json_logs_stay_one_object_a_line(gate, db):
    db.sql(tenant("line\nbreak", [INITIAL]) + tenant("a\033[31mred", [INITIAL]) + tenant("fine"))
    result = gate.verify(log_format="json", tenants_exclude='"line\nbreak"', log_level="debug")
    assert result.code == 1
    objects = [json.loads(line) for line in result.log]
    assert objects and all(set(o) == {"time", "level", "event", "message"} for o in objects)
    assert any(o["event"] == "tenants_excluded" and "line\\nbreak" in o["message"] for o in objects)
