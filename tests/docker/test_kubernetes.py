"""config/kubernetes.yaml and config/kubernetes.ini: what the kubelet would start, probe and read, done by hand."""
import pytest
import yaml
from engine import PASSWORD, eventually
from harness import paths
from harness.gate import CANARY

CONFIG = paths.REPOSITORY / "config"
POD = yaml.safe_load((CONFIG / "kubernetes.yaml").read_text())["spec"]["template"]["spec"]


@pytest.fixture(scope="module")
def cluster(new_project):
    """The database, with everything migrated."""
    made = new_project()
    made.migrate()
    yield made
    made.close()


@pytest.fixture
def behind(cluster):
    cluster.manage("migrate_schemas", "--schema=demo", "finance", "0001")
    yield cluster
    cluster.manage("migrate_schemas")


@pytest.fixture
def message(tmp_path):
    """/dev/termination-log as the kubelet makes it: a file of its own that everybody may write."""
    path = tmp_path / "termination-log"
    path.touch()
    path.chmod(0o666)
    return path


@pytest.fixture
def pod(workshop, cluster, images, message):
    """Starts one of the pod's containers, in the way the file says."""
    def start(spec, **env):
        security = spec.get("securityContext", {})
        options = ["--network", f"{cluster.project}_default", "--volume", f"{message}:/dev/termination-log",
                   *(["--read-only"] if security.get("readOnlyRootFilesystem") else []),
                   *[word for name in security.get("capabilities", {}).get("drop", []) for word in ("--cap-drop", name)]]
        for each in spec["env"]:
            assert each == {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "database", "key": "url"}}}
            options += ["--env", f"DATABASE_URL=postgresql://app:{PASSWORD}@db:5432/app"]
        for each in spec["volumeMounts"]:
            volume, = [volume for volume in POD["volumes"] if volume["name"] == each["name"]]
            if "emptyDir" in volume:
                options += ["--tmpfs", each["mountPath"]]
            else:
                assert volume["configMap"] == {"name": "tenantgate"}
                options += ["--volume", f"{CONFIG / 'kubernetes.ini'}:{each['mountPath']}/tenantgate.ini:ro"]
        for name, value in env.items():
            options += ["--env", f"{name}={value}"]
        entrypoint, *more = spec["command"]
        return workshop.start(images["APP_IMAGE"], *more, *spec.get("args", []), options=[*options, "--entrypoint", entrypoint])
    return start


INIT, = POD["initContainers"]
APP, = POD["containers"]


def probe(container, name):
    done = container.exec(*APP[name]["exec"]["command"], check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_init_container_waits_for_the_job_that_migrates(pod, behind, message):
    waiting = pod(INIT)
    waiting.wait_for("waiting up to 120 s for someone else's migrations")
    assert waiting.running
    behind.manage("migrate_schemas", "--schema=demo")
    result = waiting.result()
    assert result.code == 0 and "the gate is open: 4 tenants are fully migrated" in result.said, result
    assert message.read_text() == ""


@pytest.mark.parametrize("spec", [INIT, APP], ids=["init container", "entrypoint"])
def test_the_reason_is_in_the_termination_message(pod, behind, message, spec):
    ended = pod(spec, TENANTGATE_MIGRATIONS_WAIT="0s")
    result = ended.result()
    assert result.code == 1, result
    text = message.read_text()
    assert "1 of 4 tenants is not fully migrated" in text.splitlines()[0] and "exit code 1" in text.splitlines()[0]
    assert "demo" in text and "finance.0002_lines" in text and CANARY not in text and len(text.encode()) <= 4096


def test_a_reason_that_is_not_the_migrations_is_there_too(pod, message):
    result = pod(APP, TENANTGATE_DATABASE_WAIT="1s", TENANTGATE_DATABASE_HOST="nobody.invalid").result()
    assert result.code == 69, result
    assert "database_unavailable, exit code 69" in message.read_text() and CANARY not in message.read_text()


def test_probes_fail_while_the_gate_is_closed_and_pass_once_the_app_answers(pod, behind, message):
    app = pod(APP)
    app.wait_for("waiting up to 120 s for someone else's migrations")
    for name in ("startupProbe", "livenessProbe"):
        code, said = probe(app, name)
        assert code == 1 and "the gate is closed" in said and "someone else's migrations" in said, said
    behind.manage("migrate_schemas", "--schema=demo")
    eventually(lambda: probe(app, "startupProbe")[0] == 0, says=lambda: app.log)
    assert probe(app, "livenessProbe")[0] == 0
    assert app.stop() < 5 and app.state["ExitCode"] == 0
    assert message.read_text() == "", "the app's own end is no reason of the gate's"
