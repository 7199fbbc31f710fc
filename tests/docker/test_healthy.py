"""A container's health: of an app that is supervised, and of a gate that is closed."""
import pytest
from engine import docker, eventually, settings
from harness.gate import CANARY
from harness.history import CHAIN, django_listing

# --- An app that stops answering

RESTARTING = """\
services:
  app:
    restart: "no"
    environment:
      TENANTGATE_APP_SUPERVISE: "yes"
      TENANTGATE_HEALTH_URL: http://127.0.0.1:8000/healthz
      TENANTGATE_HEALTH_RESTART: "yes"
      TENANTGATE_HEALTH_INTERVAL: 500ms
      TENANTGATE_HEALTH_TIMEOUT: 1s
      TENANTGATE_HEALTH_RETRIES: 2
    healthcheck:
      test: [CMD, tenantgate, healthcheck]
      interval: 1s
      timeout: 3s
      retries: 1
"""


@pytest.fixture
def restarting(new_project, tmp_path):
    (tmp_path / "restarting.yaml").write_text(RESTARTING)
    project = new_project(tmp_path / "restarting.yaml")
    project.migrate()
    yield project
    project.close()


def freeze(app):
    """All of gunicorn, as a deadlock would: its port is still open, and nobody answers."""
    names = "for p in /proc/[0-9]*; do if grep -q gunicorn $p/comm; then echo ${p#/proc/}; fi; done"
    pids = app.exec("sh", "-c", names).stdout.split()
    assert len(pids) == 3, pids
    app.exec("sh", "-c", f"kill -STOP {' '.join(pids)}")
    return pids


def test_an_app_that_stops_answering_is_restarted_through_the_gate(restarting):
    app = restarting.up("app")
    app.wait_until_healthy()
    pid, started = app.state["Pid"], app.state["StartedAt"]
    assert app.cat("/proc/1/comm").strip() == "tenantgate"

    frozen = freeze(app)
    eventually(lambda: app.state["Health"]["Status"] == "unhealthy", says=lambda: app.state)
    client = restarting.run("client")
    assert client.returncode != 0 and "dependency failed to start" in client.stderr, client
    eventually(lambda: app.log.count("the gate is open: 4 tenants are fully migrated") == 2, says=lambda: app.log)
    app.wait_until_healthy()
    client = restarting.run("client")
    assert client.returncode == 0 and "demo" in client.stdout, client

    log = app.log
    order = [log.index("Booting worker"), log.index("the app does not answer"), log.index("the gate is passed again in 1 s (1 of 5)"),
             log.rindex("the gate is open"), log.rindex("Booting worker")]
    assert order == sorted(order), log
    # It is the same container, and nothing of the old app is left in it.
    assert (app.state["Pid"], app.state["StartedAt"], app.restarts) == (pid, started, 0)
    assert not [each for each in frozen if app.exec("test", "-e", f"/proc/{each}", check=False).returncode == 0]
    assert app.stop() < 5 and app.state["ExitCode"] == 0, "gunicorn's own code"


def test_a_restart_is_refused_where_a_tenant_has_fallen_behind_meanwhile(restarting, tmp_path):
    """Its page fails from then on, and is what the health check asks for."""
    (tmp_path / "restarting.yaml").write_text(RESTARTING.replace("/healthz", "/t/demo/"))
    app = restarting.up("app")
    app.wait_until_healthy()
    restarting.manage("migrate_schemas", "--schema=demo", "finance", "0002")
    assert app.code() == 1, app.log
    assert "1 tenant lacks finance.0003_invoice_paid: demo" in " ".join(app.log.split()), app.log
    assert "500" in app.log[app.log.index("the app does not answer"):] and app.log.count("Starting gunicorn") == 1


# --- On hold

HELD = """\
services:
  app:
    restart: "no"
    environment:
      TENANTGATE_GATE_ON_FAILURE: hold
      TENANTGATE_GATE_RECHECK: 500ms
    healthcheck:
      test: [CMD, tenantgate, healthcheck, "http://127.0.0.1:8000/healthz"]
      interval: 1s
      timeout: 3s
      retries: 1
      start_period: 0s
"""


def test_a_closed_container_stays_alive_so_that_someone_can_get_in_and_mend_it(new_project, tmp_path):
    (tmp_path / "held.yaml").write_text(HELD)
    project = new_project(tmp_path / "held.yaml")
    project.migrate()
    project.manage("migrate_schemas", "--schema=demo", "finance", "0001")
    app = project.up("app")
    app.wait_for("Held: closed and alive")
    eventually(lambda: app.state["Health"]["Status"] == "unhealthy", says=lambda: app.state)
    code, said = health(app)
    assert code == 1 and "the gate is closed" in said and "on hold" in said, said
    client = project.run("client")
    assert client.returncode != 0 and "dependency failed to start" in client.stderr, client

    app.exec("python", "manage.py", "migrate_schemas", "--schema=demo", "--noinput")
    app.wait_until_healthy()
    assert app.restarts == 0 and app.get("/t/demo/")["invoices"] == 0
    project.close()


# --- `tenantgate healthcheck` while the gate is closed

def health(container):
    """What Docker's own health check of it said last, once it has said something."""
    found = eventually(lambda: container.state["Health"]["Log"], says=lambda: container.log)[-1]
    return found["ExitCode"], found["Output"]


PLACES = {
    "alone": [], "init": ["--init"], "read-only root": ["--read-only"], "nobody": ["--user", "12345:12345"],
    "shared PID namespace": ["--pid", "container:{other}"], "shared network namespace": ["--network", "container:{other}"],
    "all of it": ["--init", "--read-only", "--user", "12345:12345", "--cap-drop", "ALL", "--pid", "container:{other}",
                  "--network", "container:{other}"],
}


@pytest.fixture(scope="module")
def checked_image(image, session):
    """FROM scratch, so with no shell and no curl, and a health check."""
    name = f"{session}/checked"
    docker("build", "--quiet", "--tag", name, "-", seconds=120,
           input=f'FROM {image}\nHEALTHCHECK --interval=300ms CMD ["/tenantgate", "healthcheck"]\n')
    yield name
    docker("image", "rm", "--force", name, check=False)


@pytest.fixture
def closed(workshop, image, checked_image, tmp_path):
    """Starts a gate that waits for a database at that name, which nobody has."""
    made = workshop.run(image, "manifest", "--from", "django", "-", stdin=django_listing(CHAIN), options=["--network", "none"])
    (tmp_path / "manifest.json").write_text(made.out)
    (tmp_path / "manifest.json").chmod(0o644)

    def start(name, options=()):
        made = workshop.start(checked_image, "--", "/tenantgate", "version", options=[
            *options, "--volume", f"{tmp_path / 'manifest.json'}:/manifest.json:ro",
            *settings(database_url=f"postgresql://app:{CANARY}@{name}.invalid/app", database_wait="5m",
                      migrations_manifest="/manifest.json")])
        made.wait_for("waiting for the database")
        return made
    return start


@pytest.mark.parametrize("place", PLACES)
def test_a_health_check_finds_its_own_gate(closed, place):
    """Where another container shares a namespace its gate is another one, whichever of the two is asked."""
    other = closed("first")
    here = closed("second", [word.format(other=other.ident) for word in PLACES[place]])
    for container, name, foreign in ((here, "second", "first"), (other, "first", "second")):
        code, said = health(container)
        assert code == 1 and "the gate is closed" in said, said
        assert f"{name}.invalid" in said and foreign not in said and CANARY not in said, said
