"""Configuration from the outside: files, environment, command line, and every way to get it wrong."""
import os
import re

import pytest
from harness.gate import CANARY
from harness.history import INITIAL, tenant


def effective(result):
    """`tenantgate config` as {section.key: (value, where it came from)}."""
    assert result.code == 0, result
    values, section, where = {}, None, None
    for line in result.out.splitlines():
        if match := re.fullmatch(r"\[(.*)\]", line):
            section = match[1]
        elif line.startswith("# from "):
            where = line[len("# from "):]
        elif match := re.match(r"(# )?([a-z_]+) =(.*)", line):
            values[f"{section}.{match[2]}"] = (match[3].strip(), None if match[1] else where)
        elif line.startswith("    "):
            last = list(values)[-1]
            values[last] = (values[last][0] + "\n" + line.strip(), values[last][1])
    return values


@pytest.fixture
def config(bare_gate, tmp_path):
    """Writes tenantgate.ini and shows what comes of it."""
    def show(text=None, *arguments, name="tenantgate.ini", code=0, **settings):
        if text is not None:
            (tmp_path / name).write_text(text) if isinstance(text, str) else (tmp_path / name).write_bytes(text)
        result = bare_gate.call("config", *arguments, **settings)
        assert result.code == code, result
        return effective(result) if code == 0 else result
    return show


def wrong(config, text, *words, **settings):
    result = config(text, code=78, **settings)
    for word in words:
        assert word in result.said, (word, result)
    return result


# Layers

def test_defaults(config):
    values = config()
    assert values["gate.timeout"] == ("5m", None) and values["database.wait"] == ("60s", None)
    assert values["tenants.minimum"] == ("1", None) and values["app.unset"] == ("TENANTGATE_*", None)


def test_file_environment_command_line_in_this_order(config):
    file = "[gate]\ntimeout = 1m\n[database]\nwait = 11s\n[log]\nlevel = error\n"
    assert config(file)["gate.timeout"] == ("1m", "tenantgate.ini:2")
    values = config(file, gate_timeout="2m", database_wait="12s")
    assert values["gate.timeout"] == ("2m", "TENANTGATE_GATE_TIMEOUT")
    assert values["log.level"] == ("error", "tenantgate.ini:6")
    values = config(file, "--timeout", "3m", "--set", "database.wait=13s", gate_timeout="2m", database_wait="12s")
    assert values["gate.timeout"] == ("3m", "--timeout") and values["database.wait"] == ("13s", "--set")


def test_the_last_of_several_options_wins(config):
    assert config(None, "--set", "gate.timeout=1s", "--timeout", "2s", "--set=gate.timeout=3s")["gate.timeout"][0] == "3s"


def test_where_the_file_is_looked_for(bare_gate, tmp_path):
    for name, value in (("tenantgate.ini", "1s"), ("other.ini", "2s"), ("third.ini", "3s")):
        (tmp_path / name).write_text(f"[gate]\ntimeout = {value}\n")

    def timeout(*arguments, env=None):
        return effective(bare_gate.call("config", *arguments, env=env))["gate.timeout"][0]
    assert timeout() == "1s"
    assert timeout(env={"TENANTGATE_CONFIG": tmp_path / "other.ini"}) == "2s"
    assert timeout("--config", tmp_path / "third.ini", env={"TENANTGATE_CONFIG": tmp_path / "other.ini"}) == "3s"
    assert timeout("-c", "other.ini") == "2s"
    (tmp_path / "tenantgate.ini").unlink()
    assert timeout() == "5m"


@pytest.mark.parametrize("how", ["option", "variable"])
def test_a_named_file_that_is_not_there_is_an_error(bare_gate, tmp_path, how):
    arguments, env = (["-c", "nowhere.ini"], {}) if how == "option" else ([], {"TENANTGATE_CONFIG": "nowhere.ini"})
    result = bare_gate.call("verify", *arguments, env=env)
    assert result.code == 78 and "nowhere.ini" in result.said and "No such file" in result.said


def test_a_file_that_may_not_be_read_is_an_error(bare_gate, tmp_path):
    (tmp_path / "tenantgate.ini").mkdir()
    result = bare_gate.call("config")
    assert result.code == 78 and "is a folder" in result.said
    if os.geteuid() == 0:
        (tmp_path / "tenantgate.ini").rmdir()
        (tmp_path / "tenantgate.ini").write_text("[gate]\n")
        (tmp_path / "tenantgate.ini").chmod(0)
        tmp_path.chmod(0o755)
        for parent in list(tmp_path.parents)[:3]:
            parent.chmod(parent.stat().st_mode | 0o011)
        result = bare_gate.call("config", prefix=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
        assert result.code == 78 and "Permission denied" in result.said


def test_a_value_from_a_file_loses_one_newline(config, tmp_path):
    (tmp_path / "level").write_text("error\n")
    values = config(None, log_level_file=tmp_path / "level")
    assert values["log.level"] == ("error", "TENANTGATE_LOG_LEVEL_FILE")
    (tmp_path / "level").write_text("error\n\n")
    config(None, log_level_file=tmp_path / "level", code=78)
    (tmp_path / "level").write_text("error")
    assert config(None, log_level_file=tmp_path / "level")["log.level"][0] == "error"


def test_a_variable_and_its_file_are_one_too_many(config, tmp_path):
    (tmp_path / "level").write_text("error\n")
    result = config(None, log_level="info", log_level_file=tmp_path / "level", code=78)
    assert "TENANTGATE_LOG_LEVEL and TENANTGATE_LOG_LEVEL_FILE are both set" in result.said


@pytest.mark.parametrize("content, words", [(None, "No such file"), (b"a\0b", "NUL")])
def test_a_value_file_that_cannot_be_read(config, tmp_path, content, words):
    if content is not None:
        (tmp_path / "value").write_bytes(content)
    result = config(None, log_level_file=tmp_path / "value", code=78)
    assert words in result.said and "TENANTGATE_LOG_LEVEL_FILE" in result.said


def test_named_sections_in_the_environment(config):
    values = config("[migrations.two]\npath = a\n[step.make-it]\nrun = true\n", migrations__two__path="b",
                    step__make_it__timeout="7s", migrations__three__path="c")
    assert values["migrations.two.path"] == ("b", "TENANTGATE_MIGRATIONS__TWO__PATH")
    assert values["step.make-it.timeout"][0] == "7s" and values["step.make-it.run"][0] == "true"
    assert values["migrations.three.path"][0] == "c"


# Values

def test_references_to_the_environment(config):
    env = {"LEVEL": "error", "EMPTY": "", "DOLLAR": "${LEVEL}"}
    assert config("[log]\nlevel = ${LEVEL}\n", env=env)["log.level"][0] == "error"
    assert config("[log]\nlevel = ${NONE:-debug}\n", env=env)["log.level"][0] == "debug"
    assert config("[log]\nlevel = ${EMPTY:-debug}\n", env=env)["log.level"][0] == "debug"
    assert config("[log]\nlevel = ${LEVEL:-debug}\n", env=env)["log.level"][0] == "error"
    assert config("[migrations]\ntable = a$$b$${LEVEL}c\n", env=env)["migrations.table"][0] == "a$$b$${LEVEL}c"
    assert config("[migrations]\ntable = x${LEVEL}y${LEVEL}z\n", env=env)["migrations.table"][0] == "xerroryerrorz"
    assert config("[migrations]\ntable = ${DOLLAR}\n", env=env)["migrations.table"][0] == "$${LEVEL}", "not expanded twice"
    assert config("[migrations]\ntable = $LEVEL a$ $\n", env=env)["migrations.table"][0] == "$$LEVEL a$$ $$"


@pytest.mark.parametrize("value, words", [("${NOT_SET}", "NOT_SET is not set"), ("${", "${"), ("${}", "${"), ("${A-B}", "${"),
                                          ("${A", "${"), ("${A:-b", "${")])
def test_references_that_cannot_be_followed(config, value, words):
    wrong(config, f"[gate]\n\n[migrations]\ntable = {value}\n", "tenantgate.ini:4", "migrations.table", words)


def test_a_default_in_a_reference_may_hold_anything_but_a_brace(config):
    assert config("[database]\nurl = ${X:-postgresql://h/d?a=b:-c}\n")["database.url"][0] == "postgresql://h/d?a=b:-c"


def test_variables_are_taken_as_they_are(config):
    """A password with a dollar sign in an environment variable is a password with a dollar sign."""
    assert config(None, migrations_table="a${HOME}b$$c")["migrations.table"][0] == "a$${HOME}b$$$$c"


def test_values_with_signs_that_begin_comments_elsewhere(config):
    values = config("[migrations]\ntable = a;b # c ; d\n; a comment\n# another\n  \n[tenants]\nquery = SELECT 'x;y' -- z\n")
    assert values["migrations.table"][0] == "a;b # c ; d" and values["tenants.query"][0] == "SELECT 'x;y' -- z"


def test_long_values(config):
    long = "SELECT '" + "x" * 100000 + "'"
    assert config(f"[tenants]\nquery = {long}\n")["tenants.query"][0] == long


def test_values_over_several_lines(config):
    values = config("[tenants]\nquery = SELECT s\n   FROM customers\n\t; a comment\n\tWHERE live\nminimum = 2\n"
                    "[log]\nlevel = error\n")
    assert values["tenants.query"][0] == "SELECT s\nFROM customers\nWHERE live"
    assert values["tenants.minimum"] == ("2", "tenantgate.ini:6")
    assert values["log.level"] == ("error", "tenantgate.ini:8"), "line numbers stay right behind folded lines"


def test_a_query_over_several_lines_is_run(gate, db, tmp_path):
    db.sql(tenant("acme") + "CREATE TABLE public.customers AS SELECT 'acme' AS s")
    (tmp_path / "tenantgate.ini").write_text("[tenants]\nquery =\n  SELECT s -- a remark\n  FROM public.customers\n")
    result = gate.verify()
    assert result.code == 0 and [row["tenant"] for row in result.report["status"]] == ["acme"]


@pytest.mark.parametrize("text", ["\ufeff[gate]\ntimeout = 9s\n", "[gate]\r\ntimeout = 9s\r\n", "[gate]\ntimeout = 9s",
                                  "  [gate]  \n   timeout   =    9s   \n", "[gate]\ntimeout=9s\n", "[gate]\nTimeout = 9s\n",
                                  "[gate]\ntimeout: 9s\n", "[gate]\n[database]\n[gate]\ntimeout = 9s\n"], ids=range(8))
def test_files_as_people_and_editors_write_them(config, text):
    assert config(text.encode())["gate.timeout"][0] == "9s"


@pytest.mark.parametrize("value, good", [
    ("0", True), ("500ms", True), ("30s", True), ("5m", True), ("1h", True), ("1m30s", True), ("2d", True), ("", False),
    ("5", False), ("-5s", False), ("5 s", False), ("1.5s", False), ("5S", False), ("5min", False), ("s", False),
    ("99999999999999999999s", False), ("9999999999h", False), ("١s", False), ("1e3s", False), ("0x10s", False), ("+5s", False)])
def test_durations(config, value, good):
    result = config(f"[gate]\ntimeout = {value}\n", code=0 if good else 78)
    assert good or ("tenantgate.ini:2" in result.said and "gate.timeout" in result.said and "no duration" in result.said)


@pytest.mark.parametrize("value, good", [(v, True) for v in "yes no true false on off 1 0 YES No".split()]
                         + [(v, False) for v in ("y", "2", "", "ja", "yes no", "tru")])
def test_booleans(config, value, good):
    result = config(f"[tenants]\nauto = {value}\n", code=0 if good else 78)
    assert good or ("tenants.auto" in result.said and "neither yes nor no" in result.said)


@pytest.mark.parametrize("key, value", [
    ("database.connections", "0"), ("database.connections", "65"), ("tenants.minimum", "-1"), ("tenants.minimum", "1000001"),
    ("tenants.minimum", "one"), ("gate.banner", "loud"), ("log.format", "xml"), ("tenants.missing_schema", "maybe"),
    ("tenants.pattern", "("), ("tenants.exclude", "/[/"), ("database.attempt_timeout", "0"), ("database.retry_interval", "0s"),
    ("migrations.pending", "off"), ("tenants.schemas", '"open')])
def test_values_out_of_range(config, key, value):
    section, name = key.split(".")
    wrong(config, f"# first\n[{section}]\n{name} = {value}\n", "tenantgate.ini:3", key)
    result = config("", "--set", f"{key}={value}", code=78)
    assert "--set" in result.said
    variable = f"TENANTGATE_{section}_{name}".upper()
    assert variable in config("", code=78, **{f"{section}_{name}": value}).said


# Mistakes in files

@pytest.mark.parametrize("text, words", [
    ("[gate]\ntimeot = 5s\n", ["tenantgate.ini:2", "no key 'timeot'", "Did you mean 'timeout'"]),
    ("[gates]\ntimeout = 5s\n", ["tenantgate.ini", "no section [gates]"]),
    ("timeout = 5s\n", ["tenantgate.ini:1", "before any [section]"]),
    ("[gate]\ntimeout = 5s\ntimeout = 6s\n", ["tenantgate.ini:3", "set twice", "tenantgate.ini:2"]),
    ("[gate]\ntimeout = 5s\n[log]\n[gate]\ntimeout = 6s\n", ["tenantgate.ini:5", "set twice"]),
    ("[gate]\ntimeout = 5s\nTIMEOUT = 5s\n", ["tenantgate.ini:3", "set twice"]),
    ("[gate]\nnonsense\n", ["tenantgate.ini:2", "neither a [section]"]),
    ("[gate\ntimeout = 5s\n", ["tenantgate.ini:1"]),
    ("[gate] x\ntimeout = 5s\n", ["tenantgate.ini:1", "after the section"]),
    ("[]\nx = y\n", ["tenantgate.ini"]), ("[gate]\n= 5s\n", ["tenantgate.ini:2"]),
    ("[step]\nrun = x\n", ["[step] needs a name"]), ("[gate.two]\ntimeout = 5s\n", ["no section [gate.two]"]),
    ("[step.]\nrun = x\n", ["tenantgate.ini"]), ("[database.default]\nurl = x\n", ["tenantgate.ini"]),
    ("[" + "x" * 60 + "]\na = b\n", ["tenantgate.ini:1"]), ("[gate]\n" + "k" * 300 + " = 5s\n", ["tenantgate.ini:2"]),
    ("[gate]\ntimeout = 5s\n\x1b[31mred = 1\n", ["tenantgate.ini:3"])], ids=range(18))
def test_mistakes_are_told_with_their_line(config, text, words):
    wrong(config, text, *words)


@pytest.mark.parametrize("content", [b"[gate]\ntime\0out = 5s\n", b"\x7fELF\x02\x01\x01\0\0\0", bytes(range(256)),
                                     b"[gate]\ntimeout = \xff\xfe\n", b"\xff\xfe[\0g\0a\0t\0e\0]\0"], ids=range(5))
def test_files_that_are_no_text(config, content):
    wrong(config, content, "tenantgate.ini")


def test_a_huge_file_is_refused(config):
    wrong(config, "[gate]\n" + "# " + "x" * (5 << 20) + "\n", "larger than")


def test_a_pipe_as_file_does_not_hang(bare_gate, tmp_path):
    os.mkfifo(tmp_path / "pipe.ini")
    result = bare_gate.call("config", "-c", "pipe.ini", seconds=10)
    assert result.code == 78 and "special" in result.said


@pytest.mark.parametrize("variable, hint", [
    ("TENANTGATE_GATE_TIMEOT", "TENANTGATE_GATE_TIMEOUT"), ("TENANTGATE_TENANT_QUERY", "TENANTGATE_TENANTS_QUERY"),
    ("TENANTGATE_TIMEOUT", None), ("TENANTGATE_", None), ("TENANTGATE_GATE__X__TIMEOUT", None), ("TENANTGATE_STEP_RUN", None),
    ("TENANTGATE_STEP__RUN", None), ("TENANTGATE_gate_timeot", None), ("TENANTGATE_GATE_TIMEOUT_FILE_FILE", None)])
def test_unknown_variables_are_errors(bare_gate, variable, hint):
    result = bare_gate.call("config", env={variable: "5s"})
    assert result.code == 78 and variable in result.said
    assert hint is None or f"Did you mean {hint}?" in result.said


def test_what_kubernetes_injects_for_a_service_of_that_name_is_passed_over(gate, db):
    db.sql(tenant("acme"))
    env = {"TENANTGATE_SERVICE_HOST": "10.0.0.1", "TENANTGATE_SERVICE_PORT": "80", "TENANTGATE_SERVICE_PORT_HTTP": "80",
           "TENANTGATE_PORT": "tcp://10.0.0.1:80", "TENANTGATE_PORT_80_TCP": "tcp://10.0.0.1:80",
           "TENANTGATE_PORT_80_TCP_PROTO": "tcp", "TENANTGATE_PORT_80_TCP_PORT": "80", "TENANTGATE_PORT_80_TCP_ADDR": "10.0.0.1"}
    assert gate.verify(env=env).code == 0


# What is not built yet

@pytest.mark.parametrize("setting, refused_by", [
    ({"structure_snapshot": "f"}, {"run", "verify", "status"}),
    ({"structure_drift": "warn"}, {"run", "verify", "status"})],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "")
def test_keys_whose_feature_is_not_built_are_refused_by_who_would_act_on_them(gate, db, setting, refused_by):
    db.sql(tenant("acme"))
    for command in ("run", "wait", "verify", "status", "config"):
        arguments = ["--", "true"] if command == "run" else []
        result = gate.call(command, *arguments, **setting)
        if command in refused_by:
            assert result.code == 78, (command, result)
            said = result.out if command == "status" else result.said  # status tells where it tells all
            assert "cannot act on" in said and "Remove the" in said
        else:
            assert result.code == 0, (command, result)


def test_a_key_that_is_not_built_at_its_default_is_fine(gate, db):
    db.sql(tenant("acme"))
    assert gate.run(structure_drift="FAIL", tenants_databases="all").code == 0


# `tenantgate config`

def test_config_hides_every_secret(config):
    values = config(
        f"[database]\nurl = postgresql://app:{CANARY}@h/d?sslpassword={CANARY}\npassword = {CANARY}\n"
        f"[notify]\nurl = https://hooks.test/{CANARY}\n[lock]\nurl = host=h password='{CANARY} x' user=u\n",
        health_url=f"http://u:{CANARY}@h/", wait__x__url=f"http://u:{CANARY}@h/")
    assert values["database.password"][0] == "***" and values["notify.url"][0] == "***"
    assert values["database.url"][0].startswith("postgresql://app:***@h/d")
    assert values["lock.url"][0] == "host=h password=*** user=u"


def test_config_can_be_read_again(bare_gate, config, tmp_path):
    text = ("[gate]\ntimeout = 7s\n[tenants]\nquery = SELECT '$$' || s\n  FROM x -- ; #\nexclude = /^a\\d,b/, \"c,d\"\n"
            "[migrations.two]\ntable = a$$b\n")
    first = bare_gate.call("config", "-c", (tmp_path / "one.ini").write_text(text) and "one.ini")
    (tmp_path / "two.ini").write_text(first.out)
    second = bare_gate.call("config", "-c", "two.ini")
    assert {key: value for key, (value, _) in effective(second).items()} == \
        {key: value for key, (value, _) in effective(first).items()}


def test_config_needs_no_database_and_says_which_file(bare_gate, tmp_path):
    (tmp_path / "tenantgate.ini").write_text("[gate]\ntimeout = 7s\n")
    assert "tenantgate.ini" in bare_gate.call("config").out.splitlines()[0]
    (tmp_path / "tenantgate.ini").unlink()
    assert "none" in bare_gate.call("config").out.splitlines()[0]


# The app's side

def test_variables_that_the_app_needs(gate, db):
    db.sql(tenant("acme"))
    result = gate.run(app_require="SECRET_KEY, OTHER", env={"OTHER": "x"})
    assert result.code == 78 and "SECRET_KEY is not set" in result.said and result.out == ""
    result = gate.run(app_require="SECRET_KEY", env={"SECRET_KEY": ""})
    assert result.code == 78 and "SECRET_KEY is empty" in result.said
    assert gate.run(app_require="SECRET_KEY", env={"SECRET_KEY": "x"}).code == 0


def test_the_apps_environment_is_the_callers_without_the_gates(gate, db):
    db.sql(tenant("acme"))
    result = gate.run("env", env={"KEEP": "a b=c", "EMPTY": "", "TENANTGATE_PORT": "tcp://x"})
    assert result.code == 0
    names = {line.split("=")[0] for line in result.out.splitlines()}
    assert {"KEEP", "EMPTY", "PATH", "HOME"} <= names
    assert not [name for name in names if name.startswith("TENANTGATE_")]
    result = gate.run("env", app_unset="KEEP, X_*", env={"KEEP": "1", "X_1": "1", "X_2": "1", "Y": "1"})
    names = {line.split("=")[0] for line in result.out.splitlines()}
    assert "Y" in names and not names & {"KEEP", "X_1", "X_2"} and "TENANTGATE_APP_UNSET" in names


def test_the_apps_folder(gate, db, tmp_path):
    db.sql(tenant("acme"))
    (tmp_path / "app").mkdir()
    assert gate.run("pwd", app_workdir=tmp_path / "app").out.strip() == str(tmp_path / "app")
    result = gate.run("pwd", app_workdir=tmp_path / "nowhere")
    assert result.code == 126 and "nowhere" in result.err and result.out == ""


def test_a_pending_tenant_stays_closed_whatever_the_environment_adds(gate, db):
    db.sql(tenant("acme", [INITIAL]))
    assert gate.run(env={"TENANTGATE_PORT": "1", "FORCE": "1"}).code == 1
