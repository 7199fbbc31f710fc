"""docker/compose.yaml with every tenant migrated: the gate opens and is gone."""
import json
import time

import pytest
from harness.gate import check_report

TENANTS = ["acme", "bravo", "demo"]


def test_the_app_answers_for_every_tenant(opened):
    app = opened.container("app")
    assert app.get("/") == {"tenants": TENANTS}
    before = {tenant: app.get(f"/t/{tenant}/")["invoices"] for tenant in TENANTS}
    opened.manage("add_invoice", "bravo", "4711")
    after = {tenant: app.get(f"/t/{tenant}/")["invoices"] for tenant in TENANTS}
    assert after == {**before, "bravo": before["bravo"] + 1}


def test_the_app_is_process_1_and_the_gate_is_gone(opened):
    app = opened.container("app")
    words = app.cat("/proc/1/cmdline").split("\0")
    assert any(word.endswith("/gunicorn") for word in words[:2]) and "project.wsgi" in words
    assert "python" in app.exec("readlink", "/proc/1/exe").stdout
    processes = app.exec("sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '").stdout
    assert "gunicorn" in processes and "tenantgate" not in processes


def test_the_gate_says_that_it_is_open_before_the_app_says_anything(opened):
    log = opened.container("app").log
    assert log.count("the gate is open: 4 tenants are fully migrated") == 1
    assert log.index("the gate is open") < log.index("Starting gunicorn")
    assert "FATAL" not in log


def test_the_app_keeps_the_user_of_its_image(opened):
    status = opened.container("app").cat("/proc/1/status")
    assert "\nUid:\t10001\t10001\t10001\t10001\n" in status and "\nGid:\t10001\t10001\t10001\t10001\n" in status


def test_the_app_gets_the_environment_without_the_gates_own(opened):
    result = opened.gate("sh", "-c", "env | cut -d = -f 1",
                         options=["--env", "TENANTGATE_DATABASE_WAIT=30s", "--env", "OTHER=kept"])
    assert result.code == 0, result
    names = result.out.split()
    assert "OTHER" in names and "DATABASE_URL" in names
    assert not [name for name in names if name.startswith("TENANTGATE_")]


@pytest.mark.parametrize("code", [0, 1, 7, 77, 255])
def test_the_exit_code_and_the_output_are_the_apps(opened, code):
    result = opened.gate("sh", "-c", f"echo said; exit {code}", closed=False)
    assert (result.code, result.out) == (code, "said\n"), result


@pytest.mark.parametrize(("program", "code", "words"), [("/app/none", 127, "not found"), ("/etc/passwd", 126, "ermission")])
def test_an_app_that_cannot_be_executed(opened, program, code, words):
    result = opened.gate(program)
    assert result.code == code, result
    assert program in result.said and words in result.said, result


def test_status_and_verify_beside_the_running_app(opened):
    status = opened.run("app", "status", options=["--entrypoint", "tenantgate"])
    assert status.returncode == 0, status
    rows = [line.split() for line in status.stdout.splitlines()[1:]]
    assert [(row[0], row[2]) for row in rows] == [(tenant, "0") for tenant in [*TENANTS, "public"]], status.stdout
    assert {row[1] for row in rows} == {rows[0][1]} and int(rows[0][1]) > 10, status.stdout

    verify = opened.run("app", "verify", "--format", "json", options=["--entrypoint", "tenantgate"])
    report = check_report(json.loads(verify.stdout))
    assert verify.returncode == report["exit_code"] == 0, verify
    assert report["tenants"] == {"total": 4, "ok": 4, "failed": 0, "warned": 0}
    assert [source["framework"] for source in report["sources"]] == ["django"]


def test_a_client_that_depends_on_the_app_is_let_go(opened):
    client = opened.run("client")
    assert client.returncode == 0, client
    assert json.loads(client.stdout) == {"tenants": TENANTS}


def test_docker_stop_ends_the_app_as_without_the_gate_and_it_starts_again(migrated):
    app = migrated.up("app")
    app.wait_for("Booting worker")
    seconds = app.stop()
    assert app.state["ExitCode"] == 0 and app.state["Status"] == "exited"
    assert seconds < 5, "the app was killed, not stopped"
    assert "Handling signal: term" in app.log

    migrated("start", "app")
    app.wait_until_healthy()
    assert app.log.count("the gate is open") == 2 and app.get("/") == {"tenants": TENANTS}


def test_docker_stop_gives_the_apps_own_code(opened):
    app = opened.one_off("sh", "-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done")
    app.wait_for("ready")
    assert app.stop() < 5
    assert app.code() == 7


def test_a_database_started_after_the_app_is_waited_for(migrated):
    migrated("stop", "db")
    app = migrated.up("app", "--no-deps")
    app.wait_for("waiting for the database at db:5432/app")
    time.sleep(1.5)
    assert app.running and "ready" not in app.log, app.log
    migrated("start", "db")
    app.wait_until_healthy()
    # It was this very process that waited: Docker did not have to start it again.
    assert app.restarts == 0 and app.get("/") == {"tenants": TENANTS}
    assert app.log.count("waiting for the database") <= 3, "a line per attempt, not per change"


def test_init_true_is_no_hindrance(new_project, tmp_path):
    override = tmp_path / "init.yaml"
    override.write_text("services:\n  app:\n    init: true\n")
    project = new_project(override)
    waiting = project.up("app", "--no-deps")
    waiting.wait_for("waiting for the database")
    assert waiting.stop() < 3
    assert waiting.state["ExitCode"] == 143

    project.migrate()
    app = project.up("app")
    app.wait_until_healthy()
    assert "init" in app.cat("/proc/1/comm") and app.get("/") == {"tenants": TENANTS}
    # The app is the child of that init, in the gate's place.
    assert "gunicorn" in app.exec("sh", "-c", "cat /proc/[0-9]*/cmdline").stdout
    assert app.stop() < 5
    assert app.state["ExitCode"] == 0
