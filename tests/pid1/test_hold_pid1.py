"""A gate on hold as process 1, for as long as it takes."""
import subprocess

import pytest
from harness.history import INITIAL, django_rows, tenant
from harness.inits import can_unshare, children, eventually, state
from inside import NAMESPACE, child_of

pytestmark = pytest.mark.skipif(not can_unshare(), reason="PID namespaces need root and unshare")


def test_orphans_of_those_who_get_in_are_reaped(bare_gate, db, manifest):
    """`docker exec` leaves processes to process 1: of each of these shells one that ends later, and a tree of them."""
    db.sql(tenant("acme", [INITIAL]))
    bare_gate.defaults = {"database_url": db.url(), "migrations_manifest": manifest, "tenants_settle": "0s",
                          "gate_on_failure": "hold", "gate_recheck": "100ms"}
    running = bare_gate.begin("run", "--", "echo", "the app runs", prefix=NAMESPACE)
    running.wait_for("on hold")
    init = child_of(running.pid)
    inside = ("nsenter", "--target", str(init), "--pid", "--mount")
    for _ in range(5):
        subprocess.run([*inside, "sh", "-c", "(sleep 0.2 &); (sh -c '(sleep 0.3 &); sleep 0.1' &); (exec sleep 30 >&- 2>&- &)"],
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert len(children(init)) >= 5
    eventually(lambda: len(children(init)) == 5, what="the end of all but the last of each")
    assert "Z" not in {state(child) for child in children(init)}
    db.sql(django_rows("acme", ["finance.0002_lines", "finance.0003_paid"]))
    result = running.finish()
    assert (result.code, result.out) == (0, "the app runs\n"), result
