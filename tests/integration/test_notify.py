"""[notify], the termination message, and the pause before a fatal exit."""
import json
import os
import stat
import time

import pytest
from harness import history
from harness.gate import CANARY
from harness.network import Relay, black_hole
from harness.postgres import free_port
from harness.tls import Authority
from harness.web import Web, certificate


@pytest.fixture
def hook():
    with Web(body=b"ok") as made:
        yield made


@pytest.fixture
def closed(gate, db, hook, tmp_path):
    """A gate that stays closed and tells the hook; what it remembers is the test's own."""
    db.sql(history.tenant("acme", history.ALL[:1]) + history.tenant("beta"))
    (tmp_path / "state").mkdir()
    gate.defaults.update(tenants_schemas="acme, beta", notify_url=hook.url(f"/hooks/{CANARY}"), gate_exit_pause="0s",
                         notify_state=tmp_path / "state")
    return gate


def sent(hook, number=0):
    method, path, headers, body = hook.wait_for(number + 1)[number]
    assert method == "POST" and path.endswith(CANARY) and headers["Content-Type"] == "application/json"
    assert CANARY.encode() not in body
    return json.loads(body)


@pytest.mark.parametrize("command", ["run", "verify"])
def test_a_closed_gate_is_told_as_json(closed, hook, command):
    result = closed.call(*(("run", "--", "gunicorn") if command == "run" else ("verify",)))
    assert result.code == 1 and len(hook.requests) == 1
    message = sent(hook)
    assert message["result"] == "closed" and message["exit_code"] == 1 and message["reason"] == "tenants_not_migrated"
    assert message["command"] == command and message["held"] is False
    assert message["app"] == ("gunicorn" if command == "run" else None)
    assert message["tenants"] == {"total": 2, "ok": 1, "failed": 1, "warned": 0}
    assert "1 of 2 tenants is not fully migrated" in message["message"] and "acme" in message["message"]
    assert message["findings"][0]["tenant"] == "acme" and message["remedies"]
    assert message["host"] == os.uname().nodename and message["time"].endswith("Z")


def test_slack(closed, hook):
    assert closed.run(notify_format="slack").code == 1
    message = sent(hook)
    assert set(message) == {"text"} and len(message["text"]) <= 40000
    assert "1 of 2 tenants" in message["text"] and message["text"].count("```") == 2


def test_discord(closed, hook):
    assert closed.run(notify_format="discord").code == 1
    message = sent(hook)
    assert set(message) == {"content", "allowed_mentions"} and message["allowed_mentions"] == {"parse": []}
    assert len(message["content"]) <= 2000 and message["content"].count("```") == 2


@pytest.mark.parametrize("form, key, most", [("discord", "content", 2000), ("slack", "text", 40000)])
def test_long_and_hostile_names_fit_and_call_nobody(closed, hook, db, form, key, most):
    names = [f"@everyone <!channel> ``` Größe&{'漢' * 6} {i}" for i in range(120)]
    db.sql("".join(history.tenant(name, history.ALL[:i % 3]) for i, name in enumerate(names)))
    closed.run(notify_format=form, tenants_schemas=None, tenants_pattern="everyone")
    text = sent(hook)[key]
    assert len(text.encode("utf-16-le")) // 2 <= most
    assert text.count("```") == 2 and text.endswith("```") and "\ufffd" not in text
    if form == "slack":
        assert "<!channel>" not in text and "&lt;!channel&gt;" in text


def test_an_open_gate_is_told_only_where_asked_for(closed, hook, db):
    db.sql(history.django_rows("acme", history.ALL[1:]))
    assert closed.run().code == 0
    assert not hook.requests
    assert closed.run(notify_on="all").out == "the app runs\n"
    assert sent(hook)["result"] == "open" and sent(hook)["reason"] == "open"


@pytest.mark.parametrize("command", ["wait", "status"])
def test_other_commands_tell_nobody(closed, hook, command):
    closed.call(command)
    assert not hook.requests


def test_a_restart_loop_tells_once(closed, hook, db):
    for _ in range(4):
        assert closed.run().code == 1
    assert len(hook.requests) == 1
    db.sql(history.django_rows("acme", history.ALL[1:2]))  # something else is wrong now
    assert closed.run().code == 1
    assert len(hook.requests) == 2
    assert closed.run(notify_repeat="0s").code == 1
    assert len(hook.requests) == 3
    time.sleep(1.1)
    assert closed.run(notify_repeat="1s").code == 1
    assert len(hook.requests) == 4


def test_open_in_between_is_news(closed, hook, db):
    closed.run()
    db.sql(history.django_rows("acme", history.ALL[1:]))
    assert closed.run().code == 0
    db.sql("DELETE FROM acme.django_migrations WHERE name <> '0001_initial'")
    closed.run()
    assert len(hook.requests) == 2


def test_durations_do_not_make_it_new(closed, hook):
    url = f"postgresql://127.0.0.1:{free_port()}/x"
    for wait in ("100ms", "300ms"):
        assert closed.run(database_url=url, database_wait=wait).code == 69
    assert len(hook.requests) == 1 and sent(hook)["reason"] == "database_unavailable"


def test_what_it_remembers_is_a_private_file_without_secrets(closed, hook, tmp_path):
    closed.run()
    [path] = (tmp_path / "state").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert CANARY not in path.name and len(path.read_bytes()) == 16


def test_a_link_in_its_place_is_not_followed(closed, hook, tmp_path):
    closed.run()
    [path] = (tmp_path / "state").iterdir()
    path.unlink()
    victim = tmp_path / "victim"
    victim.write_text("mine")
    path.symlink_to(victim)
    assert closed.run().code == 1
    assert victim.read_text() == "mine" and len(hook.requests) == 2


def test_without_a_place_to_remember_every_crash_tells(closed, hook):
    for _ in range(2):
        assert closed.run(notify_state="/no/such/folder").code == 1
    assert len(hook.requests) == 2


def test_a_hook_that_fails_is_a_warning(closed, hook):
    hook.status = 500
    result = closed.run()
    assert result.code == 1 and "notice (notify.url) could not be sent: it answered 500" in result.err
    assert "Exit code 1" in result.err.splitlines()[-1]
    hook.status = 200
    closed.run()  # it was not told yet
    assert len(hook.requests) == 2


@pytest.mark.parametrize("how", ["mute", "hole", "slow"])
def test_a_hook_that_hangs_costs_three_seconds(closed, hook, how):
    with Relay(hook.port, mode="mute") as mute, black_hole() as hole:
        hook.delay = 30
        port = {"mute": mute.port, "hole": hole, "slow": hook.port}[how]
        result = closed.run(notify_url=f"http://user:{CANARY}@127.0.0.1:{port}/{CANARY}")
        assert result.code == 1 and 2.5 < result.seconds < 4.5 and "could not be sent" in result.err


@pytest.mark.parametrize("url", [f"https://no.such.host.invalid/{CANARY}", f"http://127.0.0.1:1/{CANARY}", f"nonsense {CANARY}",
                                 f"file:///etc/passwd?{CANARY}", f"http://[{CANARY}/"])
def test_no_error_shows_the_url(closed, url):
    result = closed.run(notify_url=url)
    assert result.code == 1 and "could not be sent" in result.err  # the canary is looked for in every output
    assert CANARY not in closed.call("config", notify_url=url).out


def test_a_signal_ends_the_telling(closed, hook):
    hook.delay = 30
    running = closed.begin("run", "--", "true")
    hook.wait_for(1)
    running.signal(15)
    began = time.monotonic()
    assert running.finish().code == 1  # the verdict had been given
    assert time.monotonic() - began < 1


def test_a_signal_while_telling_of_an_open_gate_keeps_the_app_from_starting(closed, hook, db):
    db.sql(history.django_rows("acme", history.ALL[1:]))
    hook.delay = 30
    running = closed.begin("run", "--", "echo", "started", notify_on="all")
    hook.wait_for(1)
    running.signal(15)
    result = running.finish()
    assert result.code == 143 and result.out == ""


def test_being_stopped_is_not_told(closed, hook):
    running = closed.begin("run", "--", "true", database_url=f"postgresql://127.0.0.1:{free_port()}/x")
    running.wait_for("waiting for the database")
    running.signal(15)
    assert running.finish().code == 143 and not hook.requests


def test_a_hold_is_told_once_and_its_end_where_asked_for(closed, hook, db):
    running = closed.begin("run", "--", "echo", "started", gate_on_failure="hold", gate_recheck="200ms", notify_on="all")
    assert sent(hook)["held"] is True
    time.sleep(1)
    assert len(hook.requests) == 1
    db.sql(history.django_rows("acme", history.ALL[1:]))
    assert running.finish().out == "started\n"
    assert sent(hook, 1)["result"] == "open"


def test_https_and_proxies(closed, hook, tmp_path):
    authority = Authority(tmp_path / "ca")
    with Web(tls=certificate(authority, tmp_path, "localhost", ["DNS:localhost"])) as web:
        url = web.url(f"/{CANARY}", host="localhost")
        assert "could not be sent" in closed.run(notify_url=url).err
        assert "could not be sent" not in closed.run(notify_url=url, env={"SSL_CERT_FILE": authority.certificate}).err
        assert len(web.requests) == 1
    closed.run(notify_url=f"http://hooks.test/{CANARY}", env={"http_proxy": hook.url()})
    assert hook.requests[-1][1] == f"http://hooks.test/{CANARY}"


# The termination message

def test_the_reason_is_left_for_kubernetes(closed, tmp_path):
    path = tmp_path / "termination-log"
    path.write_text("old " * 2000)
    result = closed.run(gate_termination_log=path, notify_url=None)
    text = path.read_text()
    assert result.code == 1 and len(text.encode()) <= 4096
    assert "1 of 2 tenants is not fully migrated" in text.splitlines()[0] and "exit code 1" in text.splitlines()[0]
    assert "acme" in text and "old" not in text
    assert closed.wait(gate_termination_log=path, database_url=f"postgresql://x:{CANARY}@127.0.0.1:1/x", database_wait="0s").code == 69
    assert "database_unavailable" in path.read_text() and CANARY not in path.read_text()


def test_long_reasons_are_cut(closed, tmp_path, db):
    db.sql("".join(history.tenant(f"漢字漢字漢字漢字漢字{i:03}", history.ALL[:i % 3]) for i in range(150)))
    path = tmp_path / "termination-log"
    path.touch()
    closed.run(gate_termination_log=path, notify_url=None, tenants_schemas=None, tenants_pattern="漢")
    assert 100 < len(path.read_bytes()) <= 4096 and path.read_text()


def test_a_termination_message_is_never_made_and_only_a_file_is_written(closed, tmp_path):
    path = tmp_path / "none"
    closed.run(gate_termination_log=path)
    assert not path.exists()
    os.mkfifo(path)
    assert closed.run(gate_termination_log=path).code == 1
    assert closed.run(gate_termination_log=tmp_path).code == 1


def test_an_open_gate_leaves_none(closed, db, tmp_path):
    db.sql(history.django_rows("acme", history.ALL[1:]))
    path = tmp_path / "termination-log"
    path.touch()
    assert closed.run(gate_termination_log=path).code == 0 and path.read_text() == ""


# The pause

def test_a_fatal_exit_waits_a_random_moment(closed):
    seconds = [closed.run(gate_exit_pause="1s", notify_url=None).seconds for _ in range(4)]
    assert all(0.25 <= s < 2.5 for s in seconds) and max(seconds) - min(seconds) > 0.01


def test_who_waited_long_already_does_not_pause(closed):
    url = f"postgresql://127.0.0.1:{free_port()}/x"
    result = closed.run(gate_exit_pause="1s", notify_url=None, database_url=url, database_wait="1500ms")
    assert result.code == 69 and result.seconds < 2.4


@pytest.mark.parametrize("arguments, settings", [(("verify",), {}), (("run", "--", "true"), {"migrations_manifest": "/none"})])
def test_only_run_pauses_and_not_for_mistakes(closed, arguments, settings):
    assert closed.call(*arguments, gate_exit_pause="20s", notify_url=None, **settings).seconds < 3


def test_a_signal_ends_the_pause(closed):
    running = closed.begin("run", "--", "true", gate_exit_pause="1h", notify_url=None)
    running.wait_for("Exit code 1")
    time.sleep(0.2)
    running.signal(15)
    began = time.monotonic()
    assert running.finish().code == 1 and time.monotonic() - began < 1
