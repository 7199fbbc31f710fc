"""[metrics] file: the outcome in the Prometheus text format."""
import os
import re
import stat
import time

from harness import history
from harness.postgres import free_port

SAMPLE = re.compile(r'^([a-z_]+)(?:\{([a-z]+)="((?:[^"\\]|\\.)*)"\})? (-?[0-9.]+)$')


def read(path):
    """The samples {(name, label): value}, checked for the format."""
    text = path.read_text()
    assert text.endswith("\n")
    samples, described = {}, set()
    for line in text.splitlines():
        if line.startswith("# "):
            kind, name = line.split()[1:3]
            assert kind in ("HELP", "TYPE") and (kind == "HELP" or line.endswith(" gauge"))
            described.add(name)
            continue
        name, _, value, number = SAMPLE.match(line).groups()
        assert name in described and name.startswith("tenantgate_") and (name, value) not in samples
        samples[name, value] = float(number)
    return samples


def test_an_open_gate(gate, db, tmp_path):
    db.sql(history.tenant("acme") + history.tenant("beta"))
    path = tmp_path / "tenantgate.prom"
    assert gate.run(tenants_schemas="acme, beta", metrics_file=path).code == 0
    samples = read(path)
    assert samples["tenantgate_open", None] == 1 and samples["tenantgate_exit_code", None] == 0
    assert samples["tenantgate_tenants", "ok"] == 2 and samples["tenantgate_tenants", "failed"] == 0
    assert samples["tenantgate_expected_migrations", "default"] == 3
    assert abs(samples["tenantgate_last_run_timestamp_seconds", None] - time.time()) < 60
    phases = {label: value for (name, label), value in samples.items() if name == "tenantgate_duration_seconds"}
    assert set(phases) >= {"expected", "wait", "discover", "verify", "total"}
    assert 0 <= sum(phases.values()) - phases["total"] <= phases["total"] + 0.01
    assert samples["tenantgate_build_info", "0.1.0"] == 1
    assert list(tmp_path.glob("tenantgate.prom*")) == [path]  # nothing half-written stays


def test_a_closed_gate(gate, db, tmp_path):
    db.sql(history.tenant("acme", history.ALL[:1]))
    path = tmp_path / "tenantgate.prom"
    path.write_text("old")
    assert gate.verify(tenants_schemas="acme", metrics_file=path).code == 1
    samples = read(path)
    assert samples["tenantgate_open", None] == 0 and samples["tenantgate_exit_code", None] == 1
    assert samples["tenantgate_tenants", "failed"] == 1
    assert samples["tenantgate_reason", "tenants_not_migrated"] == 1


def test_the_wait_is_told(gate, tmp_path):
    path = tmp_path / "tenantgate.prom"
    url = f"postgresql://127.0.0.1:{free_port()}/x"
    assert gate.verify(database_url=url, database_wait="600ms", metrics_file=path, tenants_schemas="a").code == 69
    samples = read(path)
    assert 0.5 < samples["tenantgate_duration_seconds", "wait"] <= samples["tenantgate_duration_seconds", "total"]
    assert ("tenantgate_tenants", "ok") not in samples


def test_a_file_that_cannot_be_written_is_a_warning(gate, db):
    db.sql(history.tenant("acme"))
    result = gate.run(tenants_schemas="acme", metrics_file="/no/such/folder/x")
    assert result.code == 0 and result.out == "the app runs\n" and "metrics.file" in result.err


def test_a_device_is_written_to_and_not_replaced(gate, db, tmp_path):
    db.sql(history.tenant("acme"))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert gate.run(tenants_schemas="acme", metrics_file=pipe).code == 0
    assert b"tenantgate_open 1\n" in os.read(reader, 65536)
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert "metrics.file" in gate.run(tenants_schemas="acme", metrics_file=pipe).err  # nobody reads: told, not waited for


def test_it_follows_a_hold(gate, db, tmp_path):
    db.sql(history.tenant("acme", []))
    path = tmp_path / "tenantgate.prom"
    running = gate.begin("run", "--", "true", tenants_schemas="acme", metrics_file=path, gate_on_failure="hold",
                         gate_recheck="100ms")
    running.wait_for("Held: closed and alive")
    assert read(path)["tenantgate_open", None] == 0
    db.sql(history.django_rows("acme", history.ALL))
    assert running.finish().code == 0
    assert read(path)["tenantgate_open", None] == 1
