"""Started as root on an engine: who the steps and the app are, and what the app may know."""
import pytest
from engine import PASSWORD
from harness.gate import CANARY

SHOW = "id; grep -E '^(Cap(Prm|Eff|Bnd|Amb)|Groups)' /proc/self/status; env; cat /run/secrets/database"


@pytest.fixture
def secret(tmp_path):
    """As the engine mounts secrets: a file of root's."""
    path = tmp_path / "database"
    path.write_text(f"postgresql://app:{PASSWORD}@db:5432/app\n")
    path.chmod(0o400)
    return ["--volume", f"{path}:/run/secrets/database:ro", "--env", "TENANTGATE_DATABASE_URL_FILE=/run/secrets/database"]


@pytest.mark.parametrize("supervise", ["no", "yes"])
def test_root_reads_the_secret_and_the_app_is_somebody_else_who_knows_nothing_of_it(opened, secret, supervise):
    step = 'sh -c \'id -u; test "$DATABASE_URL" = for-steps && echo "it has the variable"\''
    result = opened.gate("sh", "-c", SHOW, closed=False, options=[
        "--user", "0:0", *secret, "--env", "TENANTGATE_APP_USER=10001", "--env", f"TENANTGATE_APP_SUPERVISE={supervise}",
        "--env", "DATABASE_URL=for-steps", "--env", "TENANTGATE_APP_UNSET=TENANTGATE_*, DATABASE_URL",
        "--env", f"TENANTGATE_STEP__LOOK__RUN={step}"])
    assert "the gate is open" in result.err and "[look] 10001" in result.err and "[look] it has the variable" in result.err, result
    assert "uid=10001 gid=10001 groups=10001" in result.out, result
    assert [line for line in result.out.splitlines() if line.startswith(("CapPrm", "CapEff", "CapAmb"))] == [
        f"{name}:\t{'0' * 16}" for name in ("CapPrm", "CapEff", "CapAmb")], result
    assert "TENANTGATE" not in result.out and "DATABASE_URL" not in result.out and CANARY not in result.out
    assert "Permission denied" in result.err and result.code == 1, "cat's own: the secret is root's"


def test_an_image_without_rights_to_become_somebody_else_is_refused_at_once(opened, secret):
    """Compose has no option to take capabilities away for one run, but an image's own user has none."""
    result = opened.gate("true", options=["--user", "12345", "--env", "TENANTGATE_APP_USER=10001"])
    assert result.code == 78 and "10001" in result.said and "waiting" not in result.said, result
