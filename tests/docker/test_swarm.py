"""config/swarm.yaml on a real swarm: an image whose migrations are missing is rolled back by itself."""
import json

import pytest
from engine import PASSWORD, Container, Postgres, call, docker, environment, eventually, remove
from harness import paths

MIGRATION = """\
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("finance", "0003_invoice_paid")]
    operations = [migrations.RunSQL("ALTER TABLE finance_invoice ADD COLUMN note text")]
"""


@pytest.fixture
def swarm(engine):
    """The engine as a swarm of one; it leaves it again, unless it was one before."""
    if docker("info", "--format", "{{.Swarm.LocalNodeState}}").stdout.strip() == "active":
        yield
        return
    bridge = "docker_gwbridge" in docker("network", "ls", "--format", "{{.Name}}").stdout.split()
    try:
        docker("swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1")
        yield
    finally:
        docker("swarm", "leave", "--force", check=False)
        if not bridge:
            docker("network", "rm", "docker_gwbridge", check=False)


@pytest.fixture
def newer(images, session, tmp_path):
    """The app's image with one migration more."""
    (tmp_path / "0004_note.py").write_text(MIGRATION)
    (tmp_path / "0004_note.py").chmod(0o644)
    (tmp_path / "Dockerfile").write_text(f"FROM {images['APP_IMAGE']}\nCOPY 0004_note.py finance/migrations/\n")
    name = f"{session}/newer"
    docker("build", "--quiet", "--tag", name, tmp_path, seconds=120)
    yield name
    docker("image", "rm", "--force", name, check=False)


class Stack:
    """The stack of config/swarm.yaml with its own name, beside a database that is no service of it."""

    def __init__(self, name, network, image):
        self.name, self.service, self.network, self.image = name, f"{name}_app", network, image

    def deploy(self, *files):
        env = environment(APP_IMAGE=self.image, DATABASE_URL=f"postgresql://app:{PASSWORD}@db:5432/app",
                          CONFIG_VERSION=self.name)
        words = [word for file in files for word in ("--compose-file", file)]
        call("docker", "stack", "deploy", "--resolve-image", "never", *words, self.name, env=env)

    def inspect(self):
        return json.loads(docker("service", "inspect", self.service).stdout)[0]

    def update(self, image):
        docker("service", "update", "--detach", "--no-resolve-image", "--image", image, self.service)

    def state(self):
        return (self.inspect().get("UpdateStatus") or {}).get("State")

    def serving(self):
        """The containers that are healthy, by the swarm's own tasks."""
        running = docker("ps", "--quiet", "--no-trunc", "--filter", f"label=com.docker.swarm.service.name={self.service}",
                         "--filter", "health=healthy").stdout.split()
        return {ident: Container(ident) for ident in running}

    def log(self):
        return docker("service", "logs", "--raw", self.service, merge=True, check=False).stdout

    def says(self):
        return docker("service", "ps", "--no-trunc", self.service, check=False).stdout + self.log()

    def close(self):
        docker("stack", "rm", self.name, check=False)
        ours = ("--filter", f"label=com.docker.stack.namespace={self.name}")
        eventually(lambda: not any(docker(*what, "--quiet", *ours).stdout
                                   for what in (("ps", "--all"), ("service", "ls"), ("config", "ls"), ("secret", "ls"))))


@pytest.fixture
def stack(swarm, newer, new_project, images, session, tmp_path):
    project = new_project()
    network = f"{session}-swarm"
    label = f"tenantgate.test={network}"
    made = Stack(f"{session}-stack", network, images["APP_IMAGE"])
    # `newer` is asked for here so that its image goes only after the stack that uses it.
    (tmp_path / "network.yaml").write_text(f"version: '3.8'\nnetworks:\n  default:\n    external: true\n    name: {network}\n")
    try:
        project.migrate()
        docker("network", "create", "--driver", "overlay", "--attachable", "--label", label, network)
        made.database = project.container("db", Postgres)
        docker("network", "connect", "--alias", "db", network, made.database.ident)
        made.deploy(paths.REPOSITORY / "config" / "swarm.yaml", tmp_path / "network.yaml")
        yield made
    finally:
        made.close()
        project.close()
        remove(label)


def answers(container):
    return container.exec("tenantgate", "healthcheck", "http://127.0.0.1:8000/t/demo/", check=False).returncode == 0


def test_an_update_whose_migrations_are_missing_is_rolled_back_and_the_old_replicas_keep_serving(stack, newer):
    old = eventually(lambda: len(stack.serving()) == 2 and stack.serving(), seconds=60, says=stack.says)
    assert all(answers(each) for each in old.values())

    stack.update(newer)
    looks = 0

    def rolled_back():
        nonlocal looks
        assert all(answers(each) for each in old.values()), stack.says()
        looks += 1
        return stack.state() == "rollback_completed"
    eventually(rolled_back, seconds=90, says=stack.says)
    assert looks > 3
    service = stack.inspect()
    assert service["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"].removesuffix(":latest") == stack.image
    assert set(stack.serving()) == set(old), "the very same containers"
    assert all(each.restarts == 0 for each in old.values())
    tasks = docker("service", "ps", "--no-trunc", "--format", "{{.Image}} {{.CurrentState}} {{.Error}}", stack.service).stdout
    tried = [line for line in tasks.splitlines() if line.startswith(newer)]
    failed = [line for line in tried if " Failed " in line]
    assert failed and all("non-zero exit (1)" in line for line in failed), tasks
    assert not [line for line in tried if " Running " in line], tasks
    log = " ".join(stack.log().split())
    assert "4 tenants lack finance.0004_note: acme, bravo, demo and public" in log and "BLOCKED" in log, log

    # With the migrations there the same update goes through, one replica at a time.
    docker("run", "--rm", "--label", f"tenantgate.test={stack.network}", "--network", stack.network, "--entrypoint", "python",
           "--env", f"DATABASE_URL=postgresql://app:{PASSWORD}@db:5432/app", newer, "manage.py", "migrate_schemas")
    stack.update(newer)

    def updated():
        assert any(answers(each) for each in stack.serving().values()), stack.says()
        return stack.state() == "completed"
    eventually(updated, seconds=90, says=stack.says)
    new = eventually(lambda: len(stack.serving()) == 2 and stack.serving(), says=stack.says)
    assert not set(new) & set(old) and all(answers(each) for each in new.values())
    assert {each.inspect()["Config"]["Image"].removesuffix(":latest") for each in new.values()} == {newer}
