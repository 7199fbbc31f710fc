"""Fixtures that every suite can use: see tests/harness."""
import itertools
import os
import pathlib
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness import history, paths  # noqa: E402
from harness.gate import RUNS, Gate  # noqa: E402
from harness.postgres import Clusters, Database  # noqa: E402

_numbers = itertools.count(1)


def pytest_configure(config):
    # A runner started by nohup or in the background hands ignored signals on to everything that the tests start.
    for number in (signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a run that is ended takes its servers along
    if not paths.BINARY.exists():
        raise pytest.UsageError(f"{paths.BINARY} is not there: build it, or name another with TENANTGATE_BINARY")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what every run of the gate said."""
    outcome = yield
    report = outcome.get_result()
    if call.when == "setup":
        RUNS.clear()
    if report.failed and call.when == "call":
        report.sections.append(("runs of the gate", "".join(repr(run) for run in RUNS[-5:])))


def pytest_sessionfinish(session, exitstatus):
    """With TENANTGATE_NO_SKIPS a test that was skipped counts as failed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("TENANTGATE_NO_SKIPS") and reporter is not None and reporter.stats.get("skipped") and exitstatus == 0:
        reporter.write_line("skipped tests, and none may be skipped here (TENANTGATE_NO_SKIPS)", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def clusters():
    """The maker of private servers."""
    made = Clusters()
    yield made
    made.close()


@pytest.fixture(scope="session")
def server(clusters):
    """A running server for all tests that only need databases of their own; it trusts everybody."""
    return clusters.create().start()


@pytest.fixture
def own_server(clusters):
    """A server for this test alone, not started: to be stopped, killed and started at will."""
    made = clusters.create("own")
    yield made
    made.discard()


@pytest.fixture
def db(server):
    """An empty database for this test alone."""
    made = Database(server, f"test{next(_numbers)}")
    yield made
    made.drop()


@pytest.fixture
def bare_gate(tmp_path):
    """The gate with nothing configured."""
    made = Gate(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def manifest(tmp_path_factory):
    """Three migrations in a row (harness.history.CHAIN) as a manifest."""
    return history.make_manifest(Gate(tmp_path_factory.mktemp("manifest")))


@pytest.fixture
def gate(bare_gate, db, manifest):
    """The gate in front of `db`, expecting `manifest`; a tenant that is behind is not looked at twice."""
    bare_gate.defaults = {"database_url": db.url(), "migrations_manifest": manifest, "tenants_settle": "0s"}
    return bare_gate
