"""`tenantgate healthcheck`: 0 or 1, over the network, and what it says of a gate that is closed."""
import json
import os
import shutil
import socket
import subprocess
import threading
import time

import pytest
from harness import history
from harness.network import Relay, black_hole
from harness.postgres import free_port
from harness.tls import Authority
from harness.web import Web, certificate


@pytest.fixture
def bare_gate(bare_gate, tmp_path):
    """Gates are told apart by their container and their program: here every test is given a program of its own."""
    own = tmp_path / "tenantgate"
    shutil.copy(bare_gate.binary, own)
    bare_gate.binary = own
    tmp_path.chmod(0o755)
    return bare_gate


@pytest.fixture
def web():
    with Web() as made:
        yield made


def check(gate, *arguments, **settings):
    result = gate.call("healthcheck", *arguments, **settings)
    assert result.code in (0, 1), result
    assert result.out.startswith("healthy: " if result.code == 0 else "unhealthy: ") or result.err, result
    assert "\n" not in result.out.rstrip("\n"), result
    return result


def test_a_url_that_answers_is_healthy(bare_gate, web):
    assert check(bare_gate, web.url("/health")).code == 0
    method, path, headers, _ = web.requests[0]
    assert (method, path) == ("GET", "/health") and headers["User-Agent"].startswith("tenantgate/")


@pytest.mark.parametrize("status, code", [(200, 0), (204, 0), (302, 0), (399, 0), (400, 1), (404, 1), (500, 1), (503, 1)])
def test_2xx_and_3xx_are_healthy(bare_gate, status, code):
    with Web(status=status, body=b"" if status == 204 else b"x", headers={"Location": "/elsewhere"}) as web:
        result = check(bare_gate, web.url())
        assert result.code == code and str(status) in result.out
        assert len(web.requests) == 1  # a redirect is an answer, not followed


def test_a_certain_status_may_be_asked_for(bare_gate, web):
    web.status = 418
    assert check(bare_gate, "--expect-status", "418", web.url()).code == 0
    web.status = 200
    result = check(bare_gate, web.url(), health_expect_status=418)
    assert result.code == 1 and "200, not 418" in result.out


def test_a_text_may_be_asked_for(bare_gate, web):
    web.body = b'{"status": "pass"}'
    assert check(bare_gate, "--expect-text", '"pass"', web.url()).code == 0
    result = check(bare_gate, web.url(), health_expect_text="warn")
    assert result.code == 1 and "without the expected text" in result.out


def test_only_the_beginning_of_a_long_answer_is_read(bare_gate, web):
    web.body = b"x" * 60000 + b"HERE" + b"y" * 50_000_000 + b"FAR"
    assert check(bare_gate, web.url(), health_expect_text="HERE").code == 0
    assert check(bare_gate, web.url(), health_expect_text="FAR").code == 1
    assert check(bare_gate, web.url()).code == 0


def test_the_url_may_be_configured(bare_gate, web):
    assert check(bare_gate, health_url=web.url()).code == 0
    web.status = 500
    assert check(bare_gate, health_url=web.url()).code == 1


def test_an_answer_that_comes_too_late_is_unhealthy(bare_gate, web):
    web.delay = 5
    began = time.monotonic()
    result = check(bare_gate, web.url(), health_timeout="500ms")
    assert result.code == 1 and "within 500 ms" in result.out and time.monotonic() - began < 2
    assert check(bare_gate, "--timeout", "300ms", web.url()).seconds < 2


def test_a_server_that_says_nothing_is_unhealthy(bare_gate, web):
    with Relay(web.port, mode="mute") as mute:
        result = check(bare_gate, f"http://127.0.0.1:{mute.port}/", health_timeout="400ms")
        assert result.code == 1 and result.seconds < 2


def test_a_server_that_hangs_up_is_unhealthy(bare_gate, web):
    with Relay(web.port, mode="drop") as drop:
        assert check(bare_gate, f"http://127.0.0.1:{drop.port}/").code == 1


def test_an_answer_that_is_no_http_is_unhealthy(bare_gate):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def talk():
            client, _ = listener.accept()
            client.recv(1000)
            client.sendall(b"\x00\x1b[31m SSH-2.0 hello\r\n\r\n")
            client.close()
        threading.Thread(target=talk, daemon=True).start()
        assert check(bare_gate, f"http://127.0.0.1:{listener.getsockname()[1]}/").code == 1


def test_tcp(bare_gate, web):
    assert check(bare_gate, f"tcp://127.0.0.1:{web.port}").code == 0
    assert check(bare_gate, f"tcp://localhost:{web.port}").code == 0
    result = check(bare_gate, f"tcp://127.0.0.1:{free_port()}")
    assert result.code == 1 and "refused" in result.out
    with black_hole() as port:
        assert check(bare_gate, f"tcp://127.0.0.1:{port}", health_timeout="300ms").seconds < 2
    assert check(bare_gate, "tcp://no.such.host.invalid:80").code == 1


def test_unix_sockets(bare_gate, tmp_path):
    path = tmp_path / "app.sock"
    assert check(bare_gate, f"unix:{path}").code == 1
    with Web(unix=path, body=b"over the socket") as web:
        assert check(bare_gate, f"unix:{path}").code == 0
        assert check(bare_gate, f"unix://{path}").code == 0
        url = f"http+unix://{str(path).replace('/', '%2F')}/health"
        assert check(bare_gate, "--expect-text", "socket", url).code == 0
        assert web.requests[-1][1] == "/health"
        web.status = 503
        assert check(bare_gate, url).code == 1


def test_https_is_verified(bare_gate, tmp_path):
    authority = Authority(tmp_path / "ca")
    with Web(tls=certificate(authority, tmp_path, "localhost", ["DNS:localhost"])) as web:
        url = web.url(host="localhost")
        unknown = check(bare_gate, url)
        assert unknown.code == 1 and "certificate" in unknown.out.lower()
        assert check(bare_gate, url, env={"SSL_CERT_FILE": authority.certificate}).code == 0
        other_name = check(bare_gate, web.url(), env={"SSL_CERT_FILE": authority.certificate})
        assert other_name.code == 1


def test_a_proxy_is_used_but_not_for_this_machine(bare_gate, web):
    with Web(body=b"from the proxy") as proxy:
        env = {"http_proxy": proxy.url()}
        assert check(bare_gate, "--expect-text", "proxy", "http://app.test/health", env=env).code == 0
        assert proxy.requests[0][1] == "http://app.test/health"
        assert check(bare_gate, "--expect-text", "fine", web.url(), env=env).code == 0


@pytest.mark.parametrize("url", ["ftp://host/", "host:80", "tcp://host", "tcp://host:http", "tcp://host:0", "tcp://:1",
                                 "tcp://host:99999", "unix:relative", "unix:", "unix:/" + "x" * 200, "http://", "http://a b/",
                                 "http+unix://relative/x", "", "file:///etc/passwd"])
def test_what_is_no_url_is_unhealthy(bare_gate, url):
    result = check(bare_gate, url)
    assert result.code == 1


def test_mistakes_are_unhealthy_too(bare_gate, web):
    """Docker knows no other code than 0 and 1."""
    assert bare_gate.call("healthcheck", "--no-such-option").code == 1
    assert bare_gate.call("healthcheck", web.url(), web.url()).code == 1
    assert bare_gate.call("healthcheck", "--", "true").code == 1
    assert bare_gate.call("healthcheck", web.url(), health_timeout="soon").code == 1
    assert bare_gate.call("healthcheck", "--config", "/no/such/file", web.url()).code == 1


def test_no_gate_and_no_url_is_not_called_healthy(bare_gate):
    result = check(bare_gate)
    assert result.code == 1 and "health.url" in result.out


def test_passwords_and_queries_are_not_shown(bare_gate, web):
    web.status = 500
    url = f"http://user:cAnArY7Qx@127.0.0.1:{web.port}/health?key=cAnArY7Qx"
    result = check(bare_gate, url)
    assert result.code == 1 and "/health" in result.out
    assert web.requests[0][1] == "/health?key=cAnArY7Qx" and "Authorization" in web.requests[0][2]


# The closed gate

@pytest.fixture
def closed(gate, db):
    """A gate whose database is not there."""
    gate.defaults["database_url"] = f"postgresql://app:cAnArY7Qx@127.0.0.1:{free_port()}/app"
    gate.defaults["database_wait"] = "60s"
    return gate


def test_while_the_gate_is_closed_it_says_what_the_gate_is_doing(closed, web):
    running = closed.begin("run", "--", "true")
    running.wait_for("waiting for the database")
    for arguments in ((), (web.url(),)):
        result = check(closed, *arguments)
        assert result.code == 1
        assert "the gate is closed" in result.out and "waiting for the database" in result.out
        assert "refused" in result.out
    assert not web.requests  # the app is not there yet: nobody is asked
    running.signal(15)
    assert running.finish().code == 143
    assert "no gate" in check(closed).out


def test_a_quiet_gate_can_be_asked_too(closed):
    running = closed.begin("run", "-q", "--", "true")
    time.sleep(0.7)
    assert "waiting for the database" in check(closed).out
    running.kill()
    assert "no gate" in check(closed).out  # nothing stays behind, not even of a gate that was killed


def test_once_open_only_the_url_counts(gate, db, web):
    db.sql(history.tenant("acme"))
    running = gate.begin("run", "--", "sleep", "30", tenants_schemas="acme")
    until = time.monotonic() + 10
    while check(gate, web.url()).code != 0:
        assert time.monotonic() < until
    assert check(gate, "tcp://127.0.0.1:1").code == 1
    assert "no gate" in check(gate).out
    running.kill()


def test_the_app_inherits_nothing_of_it(gate, db):
    db.sql(history.tenant("acme"))
    result = gate.run("sh", "-c", "ls /proc/self/fd | wc -l; ls -l /proc/self/fd", tenants_schemas="acme")
    assert result.out.split()[0] == "4", result  # 0, 1, 2 and the folder that ls reads


def own_mounts(*more):
    return ("unshare", "--mount", *more)


needs_root = pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root and unshare")


@needs_root
def test_gates_of_two_containers_are_not_confused(closed):
    """Two containers that share PID and network namespaces have mount namespaces of their own."""
    running = closed.begin("run", "--", "true", prefix=own_mounts())
    running.wait_for("waiting for the database")
    assert "no gate" in check(closed).out
    inside = closed.call("healthcheck", prefix=("nsenter", "-t", str(running.pid), "--mount"))
    assert inside.code == 1 and "waiting for the database" in inside.out
    running.kill()


@needs_root
def test_a_gate_that_is_not_pid_1_on_a_read_only_root_is_found(closed):
    """As with `init: true`: the gate is a child of PID 1."""
    script = ('mount --bind / /mnt && mount -o remount,ro,bind /mnt && mount -t proc proc /mnt/proc && cd / && '
              'chroot /mnt "$@" & wait $!')
    running = closed.begin("run", "--", "true",
                           prefix=("unshare", "--mount", "--pid", "--fork", "sh", "-c", script, "sh"))
    running.wait_for("waiting for the database")
    children = subprocess.run(["pgrep", "-P", str(running.pid)], capture_output=True, text=True).stdout.split()
    inside = closed.call("healthcheck", prefix=("nsenter", "-t", children[0], "--mount", "--pid", "chroot", "/mnt"), cwd="/")
    assert inside.code == 1 and "waiting for the database" in inside.out, inside
    for child in children:
        subprocess.run(["kill", "-9", child])
    running.kill()


@needs_root
def test_a_stranger_s_socket_is_not_believed(bare_gate, web):
    """Abstract names are free to all: one that another user took says nothing about us."""
    mounts, program = os.stat("/proc/self/ns/mnt"), os.stat(bare_gate.binary)
    name = f"tenantgate/{mounts.st_ino}/{program.st_dev}:{program.st_ino}/0"
    script = (f"import os,socket,time\nos.setuid(65534)\ns=socket.socket(socket.AF_UNIX)\n"
              f"s.bind('\\0{name}')\ns.listen()\nprint('up',flush=True)\n"
              "while True:\n c,_=s.accept(); c.sendall(b'closed\\nfor 1 s: a lie'); c.close()")
    squatter = subprocess.Popen(["python3", "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert squatter.stdout.readline() == "up\n"
        result = bare_gate.call("healthcheck", web.url(), prefix=("setpriv", "--reuid=65533", "--clear-groups"), cwd="/")
        assert result.code == 0, result
        running = bare_gate.begin("run", "--", "true", database_url=f"postgresql://127.0.0.1:{free_port()}/x",
                                  migrations_manifest=history.make_manifest(bare_gate), tenants_schemas="a")
        running.wait_for("waiting for the database")  # it takes the next name
        assert "the gate is closed" in check(bare_gate).out
        running.kill()
    finally:
        squatter.kill()


def test_what_it_says_is_one_safe_line(bare_gate, tmp_path):
    result = check(bare_gate, f"unix:{tmp_path}/\x1b[31m\nevil")
    assert result.code == 1 and json.dumps(result.out)


def test_two_gates_at_once_the_closed_one_counts(closed, web):
    first = closed.begin("run", "--", "true")
    second = closed.begin("run", "--", "true")
    first.wait_for("waiting for the database")
    second.wait_for("waiting for the database")
    first.kill()
    assert "the gate is closed" in check(closed, web.url()).out
    second.kill()
    assert check(closed, web.url()).code == 0
