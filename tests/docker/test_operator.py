"""An operator's scripts against a deployment: scripts/, and config/create-tenant in the app's container."""

import pytest
from engine import call, docker
from harness import paths
from harness.gate import CANARY

SCRIPTS = paths.REPOSITORY / "scripts"
# As scripts/verify-tenant has them.
RUNNING = "docker compose exec -T app"
NEW = "docker compose run --rm -T --entrypoint env app"


def by_hand(project, place, script, *words):
    done = call(SCRIPTS / script, *words, env={**project.env, "IN": place}, check=False, cwd="/")
    assert CANARY not in done.stdout + done.stderr
    return done


def test_one_tenant_of_a_deployment_is_mended_past_the_gate_and_the_app_comes_up(migrated):
    migrated.manage("migrate_schemas", "--schema=demo", "finance", "0001")
    app = migrated.up("app")
    app.wait_for("BLOCKED")
    assert by_hand(migrated, NEW, "verify-all").returncode == 1
    assert by_hand(migrated, NEW, "verify-tenant", "acme").returncode == 0
    done = by_hand(migrated, NEW, "fix-tenant", "demo")
    assert done.returncode == 0, done
    assert "fix-tenant: python manage.py migrate_schemas --schema=demo" in done.stderr
    assert "the gate is open: 1 tenant is fully migrated" in done.stderr
    app.wait_until_healthy(seconds=60)
    assert by_hand(migrated, RUNNING, "verify-all").returncode == 0


@pytest.fixture
def with_script(new_project, tmp_path):
    (tmp_path / "script.yaml").write_text(
        "services:\n  app:\n    volumes:\n"
        f"      - {paths.REPOSITORY / 'config' / 'create-tenant'}:/usr/local/bin/create-tenant:ro\n")
    made = new_project(tmp_path / "script.yaml")
    made.migrate()
    yield made
    made.close()


def test_a_tenant_is_made_while_the_app_runs(with_script):
    app = with_script.up("app")
    app.wait_until_healthy()
    done = app.exec("create-tenant", "newcomer", check=False, merge=True)
    assert done.returncode == 0 and "newcomer is there and fully migrated" in done.stdout, done
    assert app.get("/t/newcomer/")["invoices"] == 0
    again = app.exec("create-tenant", "newcomer", check=False, merge=True)
    assert again.returncode == 1 and "already" in again.stdout and app.get("/t/newcomer/")["invoices"] == 0
    # And the gate lets the app start with it.
    docker("restart", app.ident)
    app.wait_until_healthy()
    assert app.get("/")["tenants"] == ["acme", "bravo", "demo", "newcomer"]
