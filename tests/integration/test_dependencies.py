"""[wait.NAME]: other things that must be up before the app."""
import time

import pytest
from harness import history
from harness.network import Relay, black_hole
from harness.postgres import free_port
from harness.tls import Authority
from harness.web import Web, certificate


@pytest.fixture
def web():
    with Web() as made:
        yield made


@pytest.fixture
def ready(gate, db):
    """A gate that would open."""
    db.sql(history.tenant("acme"))
    gate.defaults.update(tenants_schemas="acme", gate_exit_pause="0s")
    return gate


def needs(*pairs, timeout="10s"):
    """The variables of dependencies, from their names and URLs."""
    return {f"TENANTGATE_WAIT__{name}__{key}": value
            for name, url in pairs for key, value in (("URL", url), ("TIMEOUT", timeout))}


def test_all_kinds_that_are_up_open_the_gate(ready, web, tmp_path):
    with Web(unix=tmp_path / "app.sock"):
        env = needs(("API", web.url("/ready")), ("REDIS", f"tcp://127.0.0.1:{web.port}"), ("SOCKET", f"unix:{tmp_path}/app.sock"))
        assert ready.verify(env=env).report["result"] == "open"
        assert ready.wait(env=env).code == 0
        assert ready.run(env=env).out == "the app runs\n"
    assert [r[1] for r in web.requests] == ["/ready"] * 3


@pytest.mark.parametrize("command", ["run", "verify", "wait"])
def test_one_that_does_not_come_up_closes_it(ready, command):
    env = needs(("SEARCH", f"tcp://127.0.0.1:{free_port()}"), timeout="700ms")
    arguments = ("run", "--", "echo", "the app runs") if command == "run" else (command,)
    result = ready.call(*arguments, env=env)
    assert result.code == 69 and result.out == ""
    assert "search (tcp://127.0.0.1:" in result.said and "refused" in result.said and "(dependency_unavailable)" in result.said
    assert 0.6 < result.seconds < 3


def test_the_report_names_the_reason(ready):
    report = ready.verify(env=needs(("SEARCH", f"tcp://127.0.0.1:{free_port()}"), timeout="200ms")).report
    assert report["reason"] == "dependency_unavailable" and report["exit_code"] == 69 and "search" in report["error"]


def test_status_does_not_wait_for_them(ready):
    assert ready.call("status", env=needs(("SEARCH", f"tcp://127.0.0.1:{free_port()}"))).code == 0


def test_they_are_waited_for_side_by_side(ready):
    """Two that each come up after a second, and a database that does too: about one second in all."""
    with Web() as one, Web() as two:
        relays = [Relay(web.port, mode="refuse") for web in (one, two)]
        port = int(ready.defaults["database_url"].split(":")[-1].split("/")[0])
        database = Relay(port, mode="refuse")
        url = ready.defaults["database_url"].replace(f":{port}/", f":{database.port}/")
        running = ready.begin("verify", database_url=url, env=needs(*((f"N{i}", f"tcp://127.0.0.1:{r.port}")
                                                                      for i, r in enumerate(relays))))
        running.wait_for("waiting for n0")
        running.wait_for("waiting for n1")
        running.wait_for("waiting for the database")
        time.sleep(0.8)
        for relay in (*relays, database):
            relay.mode = "pass"
        result = running.finish()
        assert result.code == 0 and result.seconds < 4.5
        assert result.count("n0 is up after") == result.count("n1 is up after") == 1
        for relay in (*relays, database):
            relay.close()


def test_a_line_per_change_of_state(ready, web):
    with Relay(web.port, mode="refuse") as relay:
        running = ready.begin("verify", env=needs(("API", f"http://127.0.0.1:{relay.port}/")))
        running.wait_for("waiting for api")
        web.status = 503
        relay.mode = "pass"
        running.wait_for("it answered 503")
        time.sleep(1.5)
        web.status = 200
        result = running.finish()
        assert result.code == 0
        assert result.count("waiting for api") == 2 and result.count("api is up after") == 1


def test_a_failure_ends_the_wait_for_the_database_as_well(ready):
    """Who cannot open any more need not wait for the rest."""
    env = needs(("SEARCH", f"tcp://127.0.0.1:{free_port()}"), timeout="500ms")
    for command in ("wait", "verify"):
        result = ready.call(command, env=env, database_url=f"postgresql://127.0.0.1:{free_port()}/x", database_wait="30s")
        assert result.code == 69 and "(dependency_unavailable)" in result.said and result.seconds < 3


def test_the_gate_s_own_deadline_holds_for_them_too(ready):
    with black_hole() as port:
        result = ready.verify("--timeout", "800ms", env=needs(("HOLE", f"tcp://127.0.0.1:{port}"), timeout="60s"))
    assert result.code == 69 and result.seconds < 3


@pytest.mark.parametrize("path", ["mute", "hole", "slow", "name"])
def test_a_signal_ends_the_wait_at_once(ready, web, path):
    with Relay(web.port, mode="mute") as mute, black_hole() as hole:
        web.delay = 30
        url = {"mute": f"http://127.0.0.1:{mute.port}/", "hole": f"tcp://127.0.0.1:{hole}", "slow": web.url(),
               "name": "http://no.such.host.invalid/"}[path]
        running = ready.begin("run", "--", "true", env=needs(("THING", url), timeout="60s"))
        time.sleep(0.8)
        running.signal(15)
        began = time.monotonic()
        assert running.finish().code == 143
        assert time.monotonic() - began < 1


def test_zero_is_one_look(ready):
    result = ready.verify(env=needs(("SEARCH", f"tcp://127.0.0.1:{free_port()}"), timeout="0s"))
    assert result.code == 69 and result.seconds < 1.5 and "is not up" in result.said


def test_https_with_an_authority_of_one_s_own(ready, tmp_path):
    authority = Authority(tmp_path / "ca")
    with Web(tls=certificate(authority, tmp_path, "localhost", ["DNS:localhost"])) as web:
        url = web.url(host="localhost")
        refused = ready.verify(env=needs(("API", url), timeout="300ms"))
        assert refused.code == 69 and "certificate" in refused.said.lower()
        assert ready.verify(env={**needs(("API", url)), "SSL_CERT_FILE": authority.certificate}).code == 0


def test_a_password_is_not_shown(ready, web):
    web.status = 500
    url = f"http://user:cAnArY7Qx@127.0.0.1:{web.port}/ready?token=cAnArY7Qx"
    result = ready.verify(env=needs(("API", url), timeout="500ms"))
    assert result.code == 69 and "/ready" in result.said
    shown = ready.call("config", env=needs(("API", url)))
    assert shown.code == 0 and "***" in shown.out


@pytest.mark.parametrize("url", ["", "redis:6379", "tcp://redis", "ftp://x/"])
def test_a_url_that_cannot_be_asked_is_a_mistake(ready, url):
    result = ready.call("verify", "--set", f"wait.redis.url={url}")
    assert result.code == 78 and "wait.redis" in result.said


def test_the_app_inherits_nothing_of_it(ready, web):
    result = ready.run("sh", "-c", "ls /proc/self/fd | wc -l", env=needs(("API", web.url())))
    assert result.out.split() == ["4"]
