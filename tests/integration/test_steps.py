"""Steps: what runs, when, how its output and its end are told, and that the database has the last word."""
import json
import os
import re
import time

import pytest
from harness.gate import CANARY
from harness.history import ALL, INITIAL, LINES, PAID, django_rows, tenant


@pytest.fixture
def steps(gate):
    """Writes a configuration with these steps; each is given as (name, {key: value})."""
    def write(*steps, **sections):
        text = ""
        for section, keys in sections.items():
            text += f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
        for name, keys in steps:
            text += f"[step.{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
        (gate.folder / "tenantgate.ini").write_text(text)
        return gate
    return write


@pytest.fixture
def migrator(gate, db):
    """A small migrator: brings one schema (or, without a name, every schema with a history) up to date by psql, and notes
    each of its runs in a file."""
    note = gate.folder / "runs"
    note.write_text("")
    script = gate.folder / "migrate"
    rows = django_rows("SCHEMA", (LINES, PAID)).replace('"SCHEMA"', ':"schema"')
    script.write_text(f"""#!/bin/sh
echo "$@" >> {note}
psql -X -q -v ON_ERROR_STOP=1 -v schema="$1" "$DATABASE_URL" <<'SQL'
{rows}
SQL
""")
    script.chmod(0o755)
    gate.defaults["database_url"] = None

    class Migrator:
        path = script
        env = {"DATABASE_URL": db.url()}

        @property
        def runs(self):
            return note.read_text().splitlines()
    return Migrator()


# What runs

def test_steps_run_in_the_order_of_the_file_and_then_the_app(steps, db):
    db.sql(tenant("acme"))
    gate = steps(("zebra", {"run": "echo one"}), ("ant", {"run": "echo two"}), ("last", {"run": "echo four", "at": "after"}),
                 ("middle", {"run": "echo three"}))
    result = gate.run()
    assert (result.code, result.out) == (0, "the app runs\n")
    said = [line for line in result.log if line.startswith("[")]
    assert said == ["[zebra] one", "[ant] two", "[middle] three", "[last] four"]
    assert result.count("step ant: done after") == 1


def test_words_are_split_as_a_shell_splits_them_and_nothing_is_expanded(steps, db):
    db.sql(tenant("acme"))
    gate = steps(("words", {"run": r"""printf '<%s>\n' a\ b 'c  d' "e \" f" $$HOME * '' x"y"z | cat"""}))
    result = gate.run()
    assert result.code == 0, result
    said = [line[len("[words] "):] for line in result.log if line.startswith("[words]")]
    assert said == ["<a b>", "<c  d>", '<e " f>', "<$HOME>", "<*>", "<>", "<xyz>", "<|>", "<cat>"], result
    assert result.count("sh -c") == 1


@pytest.mark.parametrize(("keys", "words"), [
    ({"run": "echo 'unfinished"}, "single quote is not closed"),
    ({"run": 'echo "unfinished'}, "double quote is not closed"),
    ({"run": ""}, "has no command"),
    ({"required": "no"}, "has no command"),
    ({"run": "echo x", "each": "tenant"}, "does not hold {tenant}"),
    ({"run": "echo {tenant}"}, "does not run for each tenant"),
    ({"run": "echo", "jobs": "4"}, "jobs needs"),
    ({"run": "echo", "at": "after", "when": "pending"}, "would never run"),
    ({"run": "echo", "recover_on": "exists"}, "belong together"),
    ({"run": "echo", "recover": "echo"}, "belong together"),
])
def test_steps_that_cannot_be_meant_are_refused_before_anything_is_waited_for(steps, keys, words):
    gate = steps(("odd", keys))
    result = gate.run(database_url="postgresql://nobody@127.0.0.1:1/x")
    assert result.code == 78 and words in result.said, result
    assert result.seconds < 2


def test_verify_and_status_run_no_steps(steps, db):
    db.sql(tenant("acme", [INITIAL]))
    gate = steps(("migrate", {"run": "touch ran"}))
    assert gate.verify().code == 1
    assert gate.call("status").code == 1
    assert not (gate.folder / "ran").exists()


# Only what is pending

def test_with_nothing_pending_nothing_runs(steps, db):
    db.sql(tenant("acme"))
    gate = steps(("backup", {"run": "touch ran", "when": "pending"}),
                 ("migrate", {"run": "touch ran-{tenant}", "each": "tenant"}))
    result = gate.run()
    assert result.code == 0 and result.count("nothing is pending") == 2
    assert not list(gate.folder.glob("ran*"))


def test_of_many_tenants_only_those_that_are_behind_get_a_command(steps, db, migrator):
    db.sql("".join(tenant(f"t{n:03}", ALL if n not in (7, 150, 299) else [INITIAL]) for n in range(300)))
    gate = steps(("migrate", {"run": f"{migrator.path} {{tenant}}", "each": "tenant", "jobs": 2}))
    result = gate.run(env=migrator.env)
    assert (result.code, result.out) == (0, "the app runs\n"), result
    assert sorted(migrator.runs) == ["t007", "t150", "t299"]
    assert "3 tenants are behind" in result.err
    assert gate.run(env=migrator.env).code == 0
    assert len(migrator.runs) == 3


def test_backup_migrate_and_seed_all_run_where_something_was_pending(steps, db, migrator):
    db.sql(tenant("acme", [INITIAL]))
    gate = steps(("backup", {"run": "touch backup", "when": "pending"}),
                 ("migrate", {"run": f"{migrator.path} acme", "when": "pending"}),
                 ("seed", {"run": "touch seed", "when": "pending"}),
                 ("again", {"run": "touch again-{tenant}", "each": "tenant"}))
    result = gate.run(env=migrator.env)
    assert result.code == 0, result
    assert migrator.runs == ["acme"]
    assert (gate.folder / "backup").exists() and (gate.folder / "seed").exists()
    assert not list(gate.folder.glob("again*"))


@pytest.mark.parametrize("name", ["with blanks and 'quotes'", "$(touch pwned)", "-rf", "zwölf \U0001f600"])
def test_a_tenant_of_any_name_stays_one_word(steps, db, migrator, name):
    db.sql(tenant(name, [INITIAL]))
    gate = steps(("migrate", {"run": f"{migrator.path} {{tenant}}", "each": "tenant"}))
    result = gate.run(env=migrator.env)
    assert result.code == 0, result
    assert migrator.runs == [name]


def test_jobs_run_side_by_side(steps, db):
    db.sql("".join(tenant(f"t{n}", [INITIAL]) for n in range(6)))
    began = time.monotonic()
    result = steps(("migrate", {"run": "sh -c 'sleep 1 # {tenant}'", "each": "tenant", "jobs": 6})).run()
    assert result.code == 1 and time.monotonic() - began < 4
    result = steps(("migrate", {"run": "sh -c 'echo up {tenant}; sleep 0.1; echo down'", "each": "tenant", "jobs": 1})).run()
    assert [w for w in re.findall(r"\] (up|down)", result.err)] == ["up", "down"] * 6


def test_the_very_first_deployment_migrates_itself(steps, db, gate):
    gate.defaults["database_url"] = None
    sql = gate.folder / "first.sql"
    sql.write_text("CREATE TABLE public.customers (schema_name text);\n" + tenant("acme") +
                   "INSERT INTO public.customers VALUES ('acme');\n")
    steps(("migrate", {"run": f'psql -X -q -d "{db.url()}" -f {sql}', "when": "pending"}),
          tenants={"query": "SELECT schema_name FROM public.customers"}, database={"url": db.url()})
    result = gate.run()
    assert (result.code, result.out) == (0, "the app runs\n"), result
    assert "taken as pending" in result.err


def test_a_tenant_query_that_still_fails_after_the_steps_is_refused(steps, db):
    gate = steps(("migrate", {"run": "true", "when": "pending"}), tenants={"query": "SELECT schema_name FROM public.customers"})
    result = gate.run()
    assert result.code == 78 and "42P01" in result.said


def test_too_few_tenants_count_as_pending(steps, db):
    gate = steps(("migrate", {"run": "touch ran", "when": "pending"}), tenants={"pattern": "^nobody$"})
    result = gate.run()
    assert result.code == 1 and (gate.folder / "ran").exists()
    assert "tenants.minimum" in result.said


def test_a_service_with_no_tenant_yet_migrates_what_is_shared_and_starts(steps, db, gate):
    gate.defaults["database_url"] = None
    sql = gate.folder / "first.sql"
    sql.write_text("CREATE TABLE public.customers (schema_name text);\n")
    gate = steps(("migrate", {"run": f'psql -X -q -d "{db.url()}" -f {sql}', "when": "pending"}),
                 ("tenants", {"run": "touch ran-{tenant}", "each": "tenant"}),
                 tenants={"query": "SELECT schema_name FROM public.customers", "minimum": "0"}, database={"url": db.url()})
    for times in (1, 2):
        result = gate.run()
        assert (result.code, result.out) == (0, "the app runs\n"), result
        assert ("step migrate: psql" in result.err) == (times == 1), "nothing is pending the second time"
    assert not list(gate.folder.glob("ran-*"))


# The database has the last word

def test_a_step_that_ends_well_without_migrating_opens_nothing(steps, db):
    db.sql(tenant("acme", [INITIAL]))
    result = steps(("migrate", {"run": "true", "when": "pending"})).run()
    assert (result.code, result.out) == (1, "")
    assert "lacks finance.0002_lines" in result.said


def test_steps_after_verification_run_only_once_it_has_passed(steps, db):
    db.sql(tenant("acme", [INITIAL]))
    gate = steps(("warm", {"run": "touch ran", "at": "after"}))
    assert gate.run().code == 1 and not (gate.folder / "ran").exists()
    db.sql(django_rows("acme", (LINES, PAID)))
    assert gate.run().code == 0 and (gate.folder / "ran").exists()


def test_a_failed_step_after_verification_keeps_the_gate_closed(steps, db):
    db.sql(tenant("acme"))
    result = steps(("warm", {"run": "sh -c 'echo cold; exit 4'", "at": "after"})).run()
    assert (result.code, result.out) == (73, "")
    assert "exit code 4" in result.banner and "cold" in result.banner


# How it ends

def test_a_failed_step_ends_with_73_and_its_last_lines(steps, db):
    db.sql(tenant("acme"))
    gate = steps(("migrate", {"run": "sh -c 'for i in $(seq 1 30); do echo line $i; done; echo a trap >&2; exit 3'"}),
                 ("later", {"run": "touch ran"}))
    result = gate.run()
    assert (result.code, result.out) == (73, "")
    assert "Exit code 73 (step_failed)" in result.banner
    assert "the step migrate failed: exit code 3" in result.banner
    assert "line 30" in result.banner and "a trap" in result.banner and "line 12\n" in result.banner
    assert "line 11\n" not in result.banner and "[migrate] line 11" in result.err
    assert "docker compose run --rm --entrypoint sh" in result.said
    assert not (gate.folder / "ran").exists()


def test_a_signal_that_killed_it_is_named(steps, db):
    db.sql(tenant("acme"))
    result = steps(("migrate", {"run": "sh -c 'kill -9 $$$$'"})).run()
    assert result.code == 73 and "killed by signal 9 (SIGKILL)" in result.banner


@pytest.mark.parametrize(("command", "words"), [("no-such-program --x", "was not found"),
                                                ("/etc/passwd", "cannot be executed")])
def test_a_program_that_cannot_be_executed_is_said_clearly(steps, db, command, words):
    db.sql(tenant("acme", [INITIAL]) + tenant("beta", [INITIAL]))
    result = steps(("migrate", {"run": command + " {tenant}", "each": "tenant", "retries": 3})).run()
    assert result.code == 73 and words in result.said and result.seconds < 3


def test_one_tenant_that_fails_does_not_keep_the_others_from_migrating(steps, db, migrator):
    db.sql("".join(tenant(name, [INITIAL]) for name in ("acme", "beta", "demo")))
    gate = steps(("migrate", {"run": f"sh -c 'test $$1 != beta && {migrator.path} $$1' sh {{tenant}}", "each": "tenant"}))
    result = gate.run(env=migrator.env)
    assert result.code == 73 and sorted(migrator.runs) == ["acme", "demo"]
    assert "failed for 1 of 3 tenants (beta): exit code 1" in result.said


def test_a_step_that_is_not_required_is_only_a_warning(steps, db):
    db.sql(tenant("acme"))
    gate = steps(("static", {"run": "sh -c 'echo no space; exit 1'", "required": "no"}), ("next", {"run": "touch ran"}))
    result = gate.run()
    assert (result.code, result.out) == (0, "the app runs\n")
    assert result.count("warning: the step static failed: exit code 1; going on") == 1
    assert (gate.folder / "ran").exists()


def test_a_step_gets_its_retries(steps, db):
    db.sql(tenant("acme"))
    gate = steps(("flaky", {"run": "sh -c 'echo x >> tries; test $(wc -l < tries) -ge 3'", "retries": 2}))
    result = gate.run()
    assert result.code == 0 and (gate.folder / "tries").read_text() == "x\n" * 3
    (gate.folder / "tries").unlink()
    gate = steps(("flaky", {"run": "sh -c 'echo x >> tries; exit 1'", "retries": 1}))
    assert gate.run().code == 73 and (gate.folder / "tries").read_text() == "x\n" * 2


def test_time_is_limited_and_the_whole_group_is_ended(steps, db):
    db.sql(tenant("acme"))
    gate = steps(("slow", {"run": "sh -c 'sleep 1234567 & echo $! > pid; wait'", "timeout": "500ms"}))
    result = gate.run()
    assert result.code == 73 and "not done within 0.5 s (step.slow.timeout)" in result.said and result.seconds < 4
    pid = int((gate.folder / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_steps_are_not_bounded_by_the_gates_timeout(steps, db, migrator):
    db.sql(tenant("acme", [INITIAL]))
    gate = steps(("migrate", {"run": f"sh -c 'sleep 2; {migrator.path} acme'", "when": "pending"}), gate={"timeout": "1500ms"})
    result = gate.run(env=migrator.env)
    assert result.code == 0, result


# Recovery

def test_a_known_failure_is_recovered_from_once(steps, db):
    db.sql(tenant("acme"))
    step = {"run": "sh -c 'echo run >> log; test -e fixed || { echo relation \\\"x\\\" already exists >&2; exit 1; }'",
            "recover_on": "already exists|DuplicateColumn", "recover": "sh -c 'echo fix >> log; touch fixed'"}
    gate = steps(("migrate", step))
    result = gate.run()
    assert result.code == 0, result
    assert (gate.folder / "log").read_text().split() == ["run", "fix", "run"]


def test_another_failure_is_not_recovered_from_and_recovery_is_tried_only_once(steps, db):
    db.sql(tenant("acme"))
    gate = steps(("migrate", {"run": "sh -c 'echo something else; exit 1'", "recover_on": "already exists",
                              "recover": "touch fixed"}))
    assert gate.run().code == 73 and not (gate.folder / "fixed").exists()
    gate = steps(("migrate", {"run": "sh -c 'echo run >> log; echo already exists; exit 1'", "recover_on": "already exists",
                              "recover": "sh -c 'echo fix >> log'"}))
    assert gate.run().code == 73
    assert (gate.folder / "log").read_text().split() == ["run", "fix", "run"]


def test_recovery_for_each_tenant_names_the_tenant(steps, db):
    db.sql(tenant("acme", [INITIAL]) + tenant("beta", [INITIAL]))
    gate = steps(("migrate", {"run": "sh -c 'test -e fixed-$$1 || { echo duplicate; exit 1; }' sh {tenant}", "each": "tenant",
                              "recover_on": "^dup", "recover": "touch fixed-{tenant}"}))
    assert gate.run().code == 1
    assert (gate.folder / "fixed-acme").exists() and (gate.folder / "fixed-beta").exists()


# What they see and say

def test_steps_see_the_database_variables_and_the_app_need_not(steps, db):
    db.sql(tenant("acme"))
    gate = steps(("env", {"run": "env"}), app={"unset": "DATABASE_URL, TENANTGATE_*"})
    result = gate.run("env", env={"DATABASE_URL": "postgresql://somewhere/x", "OTHER": "1"})
    assert result.code == 0
    assert "[env] DATABASE_URL=postgresql://somewhere/x" in result.err and "[env] OTHER=1" in result.err
    assert "[env] PGAPPNAME=tenantgate-step:env" in result.err
    assert "[env] TENANTGATE_" not in result.err
    assert "DATABASE_URL" not in result.out and "PGAPPNAME" not in result.out and "OTHER=1" in result.out


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_steps_run_as_the_apps_user_in_the_apps_folder(steps, db):
    db.sql(tenant("acme"))
    gate = steps(("who", {"run": "sh -c 'id -un; id -Gn; echo $$HOME; pwd'"}), app={"user": "nobody", "workdir": "/usr"})
    result = gate.run("id", "-un")
    assert result.code == 0 and result.out == "nobody\n"
    assert [line for line in result.log if line.startswith("[")] == ["[who] nobody", "[who] nogroup", "[who] /nonexistent",
                                                                     "[who] /usr"], result


def test_output_is_escaped_cut_and_free_of_passwords(steps, db):
    db.sql(tenant("acme"))
    script = "import sys; print('\\x1b[31mred\\x1b[0m\\ttab'); print('x' * 10000); print('postgresql://u:%s@h/d' % sys.argv[1])" \
             "; print('no end', end='')"
    gate = steps(("odd", {"run": "python3 say.py " + CANARY}))
    (gate.folder / "say.py").write_text(script)
    result = gate.run(options=("--set", "log.level=warning"))
    assert result.code == 0
    assert r"[odd] \x1b[31mred\x1b[0m\ttab" in result.err
    assert max(len(line) for line in result.err.splitlines()) < 4200 and result.err.count("x" * 1000) >= 3
    assert sum(line.count("x") for line in result.err.splitlines() if "xxx" in line) == 10000
    assert "postgresql://u:***@h/d" in result.err and result.err.endswith("[odd] no end\n")


def test_output_in_a_json_log_is_json(steps, db):
    db.sql(tenant("acme"))
    result = steps(("say", {"run": "echo hello"}), log={"format": "json"}).run()
    lines = [json.loads(line) for line in result.log]
    assert any(line["event"] == "step_output" and line["message"] == "[say] hello" for line in lines)


def test_a_step_that_failed_without_a_word_says_so(steps, db):
    db.sql(tenant("acme"))
    result = steps(("bad", {"run": "false"})).run()
    assert "(step_failed)" in result.banner and "(it said nothing)" in result.banner
