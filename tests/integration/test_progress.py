"""Progress: a bar on a terminal, a line every few seconds elsewhere, neither when quiet or when there is nothing to wait for."""
import contextlib
import fcntl
import itertools
import json
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import time

import pytest
from harness.gate import restore_signals
from harness.history import tenant
from harness.postgres import Database

_numbers = itertools.count(1)
SLOW = "SELECT 'acme' FROM pg_sleep(1.2)"


@pytest.fixture
def four(gate, db, server):
    """Four databases that take more than a second each, one after the other."""
    made = [Database(server, f"slow{next(_numbers)}") for _ in range(3)]
    for other in [db, *made]:
        other.sql(tenant("acme"))
    for other in made:
        gate.defaults[f"database__{other.name}__url"] = other.url()
    gate.defaults.update(database_connections="1", tenants_query=SLOW)
    yield
    for other in made:
        other.drop()


@pytest.fixture
def locked(gate, db):
    """A tenant in the midst of 350 is locked for a while."""
    db.sql("".join(f"CREATE SCHEMA t{i:03}; CREATE TABLE t{i:03}.django_migrations AS SELECT 'finance'::text AS app, n AS name "
                   "FROM unnest(ARRAY['0001_initial', '0002_lines', '0003_paid']) AS n;" for i in range(350)))

    @contextlib.contextmanager
    def lock(seconds):
        session = db.connect()
        session.autocommit = False
        session.cursor().execute("LOCK TABLE t150.django_migrations")
        timer = threading.Timer(seconds, session.rollback)
        timer.start()
        yield
        timer.join()
        session.close()

    return lock


def on_terminal(gate, *arguments, columns=80, term="xterm", **settings):
    """Runs it with a terminal for standard error; returns its code and all that the terminal got."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([str(gate.binary), *arguments], env=gate.environment({"TERM": term}, **settings), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=theirs, cwd=gate.folder, preexec_fn=restore_signals)
    os.close(theirs)
    got = b""
    with contextlib.suppress(OSError):
        while chunk := os.read(ours, 65536):
            got += chunk
    os.close(ours)
    process.stdout.read()
    return process.wait(30), got.decode()


def screen(text):
    """What is left in the lines of the terminal at the end."""
    return [re.split(r"\r\033\[K", line)[-1] for line in text.replace("\r\n", "\n").split("\n")]


def test_a_bar_on_a_terminal_is_gone_at_the_end(gate, four):
    code, text = on_terminal(gate, "verify")
    assert code == 0
    bars = re.findall(r"\r\033\[K(verifying: \d of 4 databases, \d tenants? ?[^\r]*)", text)
    assert any(re.fullmatch(r"verifying: 2 of 4 databases, 2 tenants \[#{15}\.{15}\]", bar) for bar in bars), text
    assert not any("verifying" in line for line in screen(text))
    assert "the gate is open" in text


def test_the_bar_fits_a_narrow_terminal(gate, four):
    for columns in (20, 41):
        code, text = on_terminal(gate, "verify", columns=columns)
        bars = re.findall(r"\033\[K(verifying[^\r\n]*)", text)
        assert code == 0 and bars and all(len(bar) < columns for bar in bars)


def test_what_is_logged_meanwhile_stands_on_lines_of_its_own(gate, four, own_server):
    """One more database, that is refused: a warning while the bar is drawn."""
    code, text = on_terminal(gate, "verify", database__zz__url="postgresql://postgres@127.0.0.1:1/x", database__zz__wait="1500ms")
    assert code == 69 and "verifying" in text
    lines = screen(text)
    assert any(line.startswith("tenantgate: waiting for the database at 127.0.0.1:1/x") for line in lines)
    assert not any("verifying" in line for line in lines)


def test_tenants_are_counted(gate, locked):
    with locked(3):
        code, text = on_terminal(gate, "verify")
    assert code == 0
    assert re.search(r"verifying: \d+ of 350 tenants \[[#.]{30}\]", text), text
    assert not any("verifying" in line for line in screen(text))


@pytest.mark.parametrize("how", [dict(arguments=["-q"]), dict(log_level="warning"), dict(tenants_query="SELECT 'acme'")],
                         ids=["quiet", "level", "quick"])
def test_no_bar_when_quiet_or_quick(gate, four, how):
    code, text = on_terminal(gate, "verify", *how.pop("arguments", []), **how)
    assert code == 0 and "verifying" not in text and "\033[K" not in text


def test_a_terminal_that_is_dumb_and_json_get_lines(gate, four):
    code, text = on_terminal(gate, "verify", term="dumb")
    assert code == 0 and "\033" not in text and "tenantgate: verifying: " in text
    code, text = on_terminal(gate, "verify", log_format="json")
    assert code == 0 and "\033" not in text
    events = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert [e["message"] for e in events if e["event"] == "progress"], text


def test_lines_elsewhere(gate, four):
    result = gate.call("verify")
    lines = [line for line in result.log if "verifying" in line]
    assert result.code == 0 and 1 <= len(lines) <= 2
    assert re.fullmatch(r"tenantgate: verifying: \d of 4 databases, \d tenants", lines[0])
    assert "verifying" not in gate.call("verify", "-q").err


def test_none_elsewhere_where_it_is_quick(gate, four):
    assert "verifying" not in gate.call("verify", tenants_query="SELECT 'acme'").err


def test_a_signal_leaves_no_bar(gate, four):
    ours, theirs = pty.openpty()
    process = subprocess.Popen([str(gate.binary), "run", "--", "true"], env=gate.environment({"TERM": "xterm"}), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=theirs, cwd=gate.folder, preexec_fn=restore_signals)
    os.close(theirs)
    got, until = b"", time.monotonic() + 20
    with contextlib.suppress(OSError):
        while chunk := os.read(ours, 65536):
            got += chunk
            if b"verifying" in got and process.poll() is None:
                process.terminate()
            assert time.monotonic() < until
    os.close(ours)
    assert process.wait(10) == 143
    assert not any("verifying" in line for line in screen(got.decode()))
