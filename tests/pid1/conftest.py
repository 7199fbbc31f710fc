"""The gate as process 1: every test here runs with each kind of binary that there is, since each has its own C library."""
import os
import pathlib
import subprocess

import pytest
from harness import paths
from harness.gate import Gate
from harness.history import tenant
from harness.postgres import Database
from inside import NAMESPACE, is_static

STATIC = pathlib.Path(os.environ.get("TENANTGATE_STATIC_BINARY", paths.REPOSITORY / "build-static" / "tenantgate")).absolute()
HERE = pathlib.Path(__file__).resolve().parent


def kinds():
    if is_static(paths.BINARY):
        return [pytest.param(paths.BINARY, id="static")]
    return [pytest.param(paths.BINARY, id="dynamic"), pytest.param(STATIC, id="static")]


@pytest.fixture(params=kinds() if paths.BINARY.exists() else [], scope="session")
def binary(request):
    if not request.param.exists():
        pytest.skip("no static binary: scripts/build-static makes it")
    return request.param


@pytest.fixture(scope="session")
def static_binary():
    made = paths.BINARY if is_static(paths.BINARY) else STATIC
    if not made.exists():
        pytest.skip("no static binary: scripts/build-static makes it")
    return made


@pytest.fixture(params=["pid1", "ordinary"])
def place(request):
    """What to put before a command: nothing, or what makes it process 1."""
    return NAMESPACE if request.param == "pid1" else ()


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    """app.c, compiled."""
    made = tmp_path_factory.mktemp("app") / "app"
    done = subprocess.run(["cc", "-O1", "-static", "-o", made, HERE / "app.c"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    made.parent.chmod(0o755)
    return str(made)


@pytest.fixture
def bare_gate(tmp_path, binary):
    made = Gate(tmp_path, binary)
    yield made
    made.close()


@pytest.fixture(scope="session")
def migrated(server):
    """A database with one tenant, fully migrated; read only by the tests."""
    made = Database(server, "migrated")
    made.sql(tenant("acme"))
    yield made
    made.drop()


@pytest.fixture
def open_gate(bare_gate, migrated, manifest):
    """A gate that opens."""
    bare_gate.defaults = {"database_url": migrated.url(), "migrations_manifest": manifest, "tenants_schemas": "acme"}
    return bare_gate


@pytest.fixture
def closed_gate(bare_gate, manifest):
    """A gate that waits for a server that is not there."""
    bare_gate.defaults = {"database_url": "postgresql://u@127.0.0.1:1/x", "migrations_manifest": manifest}
    return bare_gate
