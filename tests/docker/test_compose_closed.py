"""docker/compose.yaml with something not migrated: the gate stays closed, says how to go on, and opens after that."""
import re
import shlex
import subprocess
import time

import pytest
from engine import Container, banners, docker, eventually

SHELL_NAME = "Tom's & \"sons\""


def empty(project):
    project.up("db")


def behind(project):
    project.migrate()
    project.manage("migrate_schemas", "--schema=demo", "finance", "0001")


def never_migrated(project):
    """A schema that has no history table yet: it is known from the tenants' table alone."""
    project.migrate()
    project.manage("create_tenant", "--no-migrate", "echo")


def for_a_shell(project):
    """A name that a shell would take apart."""
    project.migrate()
    project.manage("create_tenant", "--no-migrate", SHELL_NAME)


def several(project):
    project.migrate()
    project.manage("migrate_schemas", "--schema=demo", "finance", "0002")
    project.manage("create_tenant", "--no-migrate", "echo", "foxtrot")


CASES = [
    # what to do, the words with which the banner tells it, who is behind, the tenants in the end
    pytest.param(empty, ["1 of 1 tenants", "1 tenant (public): no table django_migrations"], ["public"], [], id="empty"),
    pytest.param(behind, ["1 of 4 tenants", "1 tenant lacks finance.0002_lines and finance.0003_invoice_paid: demo"],
                 ["demo"], ["acme", "bravo", "demo"], id="behind"),
    pytest.param(never_migrated, ["1 of 5 tenants", "1 tenant (echo): no table django_migrations"],
                 ["echo"], ["acme", "bravo", "demo", "echo"], id="never migrated"),
    pytest.param(for_a_shell, ["1 of 5 tenants", "no table django_migrations"],
                 [SHELL_NAME], [SHELL_NAME, "acme", "bravo", "demo"], id="a name for a shell"),
    pytest.param(several, ["3 of 6 tenants", "2 tenants (echo and foxtrot): no table django_migrations",
                           "1 tenant lacks finance.0003_invoice_paid: demo"],
                 ["demo", "echo", "foxtrot"], ["acme", "bravo", "demo", "echo", "foxtrot"], id="several"),
]


def words(text):
    return " ".join(text.replace("│", " ").replace("|", " ").split())


def commands(banner, start):
    """The commands in a banner that begin with this word, as they would be pasted: to the end of the line, and on to the
    next one after a backslash."""
    found = re.findall(rf"^ +({re.escape(start)} (?:.*\\\n)*.*)$", banner, re.M)
    assert found, banner
    return found


def refused(app):
    """Waits until it has ended and Docker is about to try it again for the third time."""
    def paused():
        found = app.inspect()
        return found["RestartCount"] >= 2 and found["State"]["Status"] == "restarting" and found
    assert eventually(paused, pause=0.05, says=lambda: app.log)["State"]["ExitCode"] == 1, app.log


# The app's own word on whether everything is migrated.
CHECK = ["python", "manage.py", "migrate_schemas", "--check"]


@pytest.mark.parametrize(("make", "says", "names", "tenants"), CASES)
def test_refused_and_open_after_the_very_command_that_the_banner_prints(project, make, says, names, tenants):
    make(project)
    assert project.run("app", *CHECK[1:], options=["--entrypoint", "python"]).returncode == 1
    app = project.up("app")
    refused(app)

    # As a person sees it. Compose itself clears each line for a terminal, also where there is none.
    shown = project("logs", "--no-color", "app").stdout.replace("\033[2K", "")
    assert shown.splitlines() and all(line.startswith("app-1") for line in shown.splitlines())
    banner = banners(re.sub(r"^app-1 +\| ?", "", shown, flags=re.M))[-1]
    lines = banner.splitlines()
    assert "FATAL: " in lines[1] and "Startup is BLOCKED: gunicorn was not started." in lines[2], banner
    for each in says:
        assert each in words(banner), banner
    assert "Exit code 1 (tenants_not_migrated)" in banner
    assert "Starting gunicorn" not in shown

    # The framework's command for each tenant, and how it is run here. That is said once, for the last of them.
    plain = commands(banner, "python")
    assert [shlex.split(command) for command in plain] == [
        ["python", "manage.py", "migrate_schemas", f"--schema={name}"] for name in names], banner
    past, = commands(banner, "docker compose")
    before = "docker compose run --rm --entrypoint python SERVICE"
    assert shlex.split(past.replace("\\\n", "")) == before.split() + shlex.split(plain[-1])[1:], banner
    for command in [past] + [f"{before} {command.removeprefix('python ')}" for command in plain[:-1]]:
        done = project.shell(command.replace("SERVICE", "app"))
        assert done.returncode == 0, (command, done.stdout)

    # Nobody touches the app's container.
    app.wait_for("Booting worker", seconds=60)
    assert project.container("app").ident == app.ident
    assert f"the gate is open: {len(tenants) + 1} tenant" in app.log
    assert app.exec(*CHECK, check=False).returncode == 0
    assert app.get("/") == {"tenants": tenants}


@pytest.fixture(scope="module")
def closed(new_project):
    """A project whose tenant demo is behind. For tests that leave it as it is."""
    made = new_project()
    behind(made)
    yield made
    made.close()


def test_one_run_of_a_closed_gate(closed):
    """Its code comes out of `docker compose run`, nothing goes to standard output, and the manners are right."""
    result = closed.gate("echo", "started")
    assert (result.code, result.out) == (1, ""), result
    assert "BLOCKED: echo was not started" in result.said
    assert "demo" in result.banner and not re.search(r"\b(acme|bravo|public)\b", result.banner), result


def test_what_the_banner_says_about_leaving_a_tenant_out(closed):
    banner = closed.gate("echo", "started").banner
    variable = re.search(r"^ +(TENANTGATE_TENANTS_EXCLUDE=\S+)$", banner, re.M).group(1)
    result = closed.gate("echo", "started", options=["--env", variable])
    assert (result.code, result.out) == (0, "started\n"), result
    assert "NOT verified" in result.said and "demo" in result.said


def test_a_client_is_refused_while_the_gate_is_closed_and_let_go_after(project):
    behind(project)
    app = project.up("app")
    refused(app)
    client = project.run("client")
    assert client.returncode != 0 and client.stdout == "", client
    assert "dependency failed to start" in client.stderr, client.stderr

    project.manage("migrate_schemas")
    app.wait_until_healthy(seconds=60)
    client = project.run("client")
    assert client.returncode == 0 and "demo" in client.stdout, client


def test_a_client_is_held_back_while_the_gate_waits_and_let_go_by_itself(migrated):
    """Here nothing fails: the database cannot be reached for a while, and the client is started late."""
    database = migrated.container("db")
    network = f"{migrated.project}_default"
    docker("network", "disconnect", network, database.ident)
    command = ["docker", "compose", "run", "--rm", "-T", "client"]
    with subprocess.Popen(command, env=migrated.env, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as client:
        try:
            app = Container(eventually(lambda: migrated("ps", "--quiet", "app").stdout.strip()))
            app.wait_for("waiting for the database")
            until = time.monotonic() + 4  # two rounds of the health check
            while time.monotonic() < until:
                running = docker("ps", "--quiet", "--filter", f"label=com.docker.compose.project={migrated.project}",
                                 "--filter", "label=com.docker.compose.service=client").stdout
                assert running == "" and client.poll() is None
                time.sleep(0.2)
            docker("network", "connect", "--alias", "db", network, database.ident)
            out, err = client.communicate(timeout=30)
        finally:
            client.kill()
    assert client.returncode == 0 and "bravo" in out, (out, err)
    assert app.restarts == 0


@pytest.mark.parametrize("why", ["no such name", "no answer"])
def test_docker_stop_ends_a_waiting_gate_at_once(project, why):
    if why == "no answer":
        # A frozen server: the kernel still takes connections for it, and nobody answers.
        project.up("db").wait_until_healthy()
        project("pause", "db")
    app = project.up("app", "--no-deps")
    if why == "no answer":
        time.sleep(1)
        assert app.running and "ready" not in app.log
    else:
        app.wait_for("waiting for the database")
    assert app.cat("/proc/1/comm").strip() == "tenantgate"
    assert app.stop() < 2
    state = app.state
    assert (state["Status"], state["ExitCode"]) == ("exited", 143), app.log
    assert "gunicorn" not in app.log.replace("gunicorn was not started", "")


def test_the_first_start_of_a_database_is_no_reason_to_give_up(project):
    """Everything at once on a new volume: the cluster is being made, a temporary server comes and goes, and only then is
    there a database to judge. None of it is a refusal, or a time-out."""
    began = time.monotonic()
    app = project.up("app")
    app.wait_for("FATAL")
    eventually(lambda: banners(app.log))
    log = app.log
    first = banners(log)[0]
    assert "Exit code 1 (tenants_not_migrated)" in first and "public" in first, log
    assert "waiting for the database at db:5432/app" in log and "refuses" not in log, log
    assert "PostgreSQL init process complete" in project.container("db").log
    assert time.monotonic() - began < 30


def test_the_defaults_are_the_official_images(images, project):
    """Without any variable: what a user gets who has a registry."""
    env = {key: value for key, value in project.env.items() if not key.endswith("_IMAGE")}
    done = docker("compose", "--profile", "*", "config", "--images", env=env)
    assert set(done.stdout.split()) == {"postgres:17", "tenantgate-example-app"}
