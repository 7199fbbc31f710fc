"""Waiting for a server that is not there yet, comes up slowly, goes down, or has no room."""
import contextlib
import time

import pytest
from harness.history import tenant
from harness.network import Relay, black_hole
from harness.postgres import free_port, own

WAITING = "waiting for the database"


@pytest.fixture
def patient(bare_gate, own_server):
    """The gate in front of a server that the test starts, stops and kills."""
    bare_gate.defaults = {"database_url": own_server.url(), "database_retry_max": "200ms"}
    return bare_gate


def test_a_server_that_starts_late_is_waited_for(patient, own_server):
    running = patient.begin("wait")
    running.wait_for("Connection refused")
    own_server.start()
    up = time.monotonic()
    result = running.finish(10)
    assert result.code == 0
    assert time.monotonic() - up < 3
    assert "is ready after" in result.err and result.out == ""


def test_the_app_starts_only_once_a_late_server_is_up(patient, own_server, manifest):
    own_server.start()
    own_server.sql(tenant("acme"))
    own_server.stop()
    running = patient.begin("run", "--", "echo", "the app runs", migrations_manifest=manifest)
    running.wait_for(WAITING)
    time.sleep(0.5)
    assert not running.over and running.out == []
    own_server.start()
    result = running.finish(10)
    assert (result.code, result.out) == (0, "the app runs\n")


def test_with_no_wait_at_all_a_server_that_is_down_is_refused_at_once(patient):
    result = patient.wait(database_wait="0")
    assert result.code == 69
    assert "was not ready" in result.said and "Connection refused" in result.said
    assert "Exit code 69 (database_unavailable)" in result.banner
    assert result.seconds < 3


def test_with_no_wait_at_all_a_server_that_is_up_opens(patient, own_server):
    own_server.start()
    assert patient.wait(database_wait="0").code == 0


def test_waiting_ends_at_database_wait(patient):
    result = patient.wait(database_wait="700ms")
    assert result.code == 69
    assert 0.6 < result.seconds < 4
    assert "database.wait" in result.banner and "TENANTGATE_DATABASE_WAIT" in result.banner


def test_waiting_ends_at_the_gate_timeout(patient, manifest):
    result = patient.verify(gate_timeout="700ms", migrations_manifest=manifest)
    assert result.code == 69
    assert 0.6 < result.seconds < 4
    assert result.report["reason"] in ("deadline", "database_unavailable")


def test_timeout_on_the_command_line_is_the_gate_timeout(patient):
    result = patient.wait("--timeout", "500ms")
    assert result.code == 69 and result.seconds < 4


def test_the_log_tells_each_change_of_state_and_not_each_attempt(patient, own_server):
    running = patient.begin("wait", database_retry_interval="20ms", database_retry_max="20ms")
    running.wait_for(WAITING)
    time.sleep(1.5)  # some seventy attempts
    own_server.start()
    result = running.finish()
    assert result.code == 0
    assert result.count("Connection refused") == 1, result
    assert result.count("is ready after") == 1, result
    assert len(result.log) <= 5, result


def test_a_server_killed_while_others_wait_and_started_again(own_server, patient, manifest):
    own_server.start()
    own_server.sql(tenant("acme"))
    own_server.kill()
    running = patient.begin("run", "--", "echo", "the app runs", migrations_manifest=manifest)
    running.wait_for(WAITING)
    own_server.start()
    result = running.finish()
    assert (result.code, result.out) == (0, "the app runs\n")


def test_a_server_that_is_starting_up_is_waited_for(own_server, patient):
    hold = own_server.write("hold", "")
    own_server.write("recovery.signal", "")
    own_server.start(wait=False, restore_command=f"while [ -e {hold} ]; do sleep 0.05; done; false")
    running = patient.begin("wait")
    running.wait_for("57P03")
    assert not running.over
    assert running.says("the database system is starting up") or running.says("not yet accepting connections")
    hold.unlink()
    result = running.finish()
    assert result.code == 0


def test_a_server_in_recovery_that_takes_nobody_is_waited_for_and_told(own_server, patient):
    own_server.write("standby.signal", "")
    own_server.start(wait=False, hot_standby="off")
    running = patient.begin("wait")
    running.wait_for("57P03", 20)
    time.sleep(0.5)
    assert not running.over
    own_server.stop("immediate")
    (own_server.data / "standby.signal").unlink()
    own_server.start()
    assert running.finish().code == 0


def test_a_server_that_is_shutting_down_is_waited_for(own_server, patient):
    own_server.start()
    with contextlib.closing(own_server.connect()):
        own_server.process.terminate()  # smart: waits for the session of the test
        running = patient.begin("wait")
        running.wait_for("57P03")
        assert running.says("shutting down")
    own_server.process.wait(20)
    own_server.start()
    assert running.finish().code == 0


def test_a_server_without_a_free_slot_is_waited_for(own_server, patient):
    own_server.start(max_connections="4", superuser_reserved_connections="1", max_wal_senders="0")
    own_server.sql("CREATE ROLE app LOGIN")
    guests = [own_server.connect(user="app") for _ in range(3)]
    running = patient.begin("wait", database_url=own_server.url(user="app"))
    running.wait_for("(SQLSTATE 53300)")
    time.sleep(0.4)
    assert not running.over
    for guest in guests:
        guest.close()
    assert running.finish().code == 0


def test_a_role_at_its_connection_limit_is_waited_for(server, bare_gate):
    server.sql("DROP ROLE IF EXISTS narrow; CREATE ROLE narrow LOGIN CONNECTION LIMIT 1")
    guest = server.connect(user="narrow")
    running = bare_gate.begin("wait", database_url=server.url(user="narrow"))
    running.wait_for("(SQLSTATE 53300)")
    guest.close()
    assert running.finish().code == 0


def test_the_double_start_of_an_image_is_survived_with_stable_for(own_server, patient):
    own_server.start()
    running = patient.begin("wait", database_stable_for="1500ms")
    deadline = time.monotonic() + 10
    while "connection authorized" not in own_server.log_text() and time.monotonic() < deadline:
        if own_server.sql("SELECT count(*) FROM pg_stat_database WHERE datname = 'postgres' AND sessions > 1")[0][0]:
            break
        time.sleep(0.05)
    time.sleep(0.7)
    assert not running.over
    own_server.restart()
    second = time.monotonic()
    result = running.finish()
    assert result.code == 0
    assert time.monotonic() - second > 1.2, "it did not stay up for 1.5 s since its second start"


def test_a_quick_restart_between_two_looks_starts_stable_for_anew(own_server, patient):
    """Nobody may see the server down: its start time tells."""
    own_server.start()
    running = patient.begin("wait", database_stable_for="2s")
    time.sleep(1.2)
    own_server.stop("immediate")
    own_server.start()
    second = time.monotonic()
    assert running.finish().code == 0
    assert time.monotonic() - second > 1.7


def test_a_server_that_never_stays_up_is_not_waited_for_for_ever(own_server, patient):
    own_server.start()
    running = patient.begin("wait", database_stable_for="30s", gate_timeout="1500ms")
    result = running.finish(10)
    assert result.code == 69 and "did not stay up" in result.banner


def test_a_host_that_swallows_packets_takes_one_attempt_and_then_the_next_host_counts(server, bare_gate):
    with black_hole() as port:
        url = f"postgresql://postgres@127.0.0.1:{port},127.0.0.1:{server.port}/postgres"
        result = bare_gate.wait(database_url=url, database_attempt_timeout="600ms")
    assert result.code == 0
    assert 0.5 < result.seconds < 4


def test_a_host_that_accepts_and_says_nothing_takes_one_attempt(server, bare_gate):
    with Relay(server.port, mode="mute") as relay:
        url = f"postgresql://postgres@127.0.0.1:{relay.port},127.0.0.1:{server.port}/postgres"
        result = bare_gate.wait(database_url=url, database_attempt_timeout="600ms")
    assert result.code == 0
    assert 0.5 < result.seconds < 4


def test_a_mute_host_alone_is_given_up_after_database_wait(server, bare_gate):
    with Relay(server.port, mode="mute") as relay:
        result = bare_gate.wait(database_url=server.url(port=relay.port), database_attempt_timeout="300ms",
                                database_wait="1s")
    assert result.code == 69
    assert "no answer from 127.0.0.1 within 300 ms" in result.said
    assert 0.9 < result.seconds < 4


def test_a_pooler_that_answers_for_a_dead_server_is_no_health(server, bare_gate):
    """The log-in goes through and every query hangs: only a query shows whether the server is there."""
    with Relay(server.port) as relay:
        relay.delay = 0.0
        running = bare_gate.begin("wait", database_url=server.url(port=relay.port, sslmode="disable", gssencmode="disable"),
                                  database_attempt_timeout="400ms", database_stable_for="1500ms", database_wait="3s")
        time.sleep(0.4)
        relay.mode = "mute"
        result = running.finish(15)
    assert result.code == 69, result


def test_a_host_that_drops_connections_is_waited_for(server, bare_gate):
    with Relay(server.port, mode="drop") as relay:
        running = bare_gate.begin("wait", database_url=server.url(port=relay.port), database_retry_max="200ms")
        running.wait_for(WAITING)
        time.sleep(0.3)
        assert not running.over
        relay.mode = "pass"
        assert running.finish().code == 0


def test_a_slow_network_opens(server, bare_gate):
    with Relay(server.port, delay=0.15) as relay:
        result = bare_gate.wait(database_url=server.url(port=relay.port))
    assert result.code == 0


def test_a_name_that_does_not_resolve_yet_is_waited_for(bare_gate):
    result = bare_gate.wait(database_url="postgresql://u@no-such-host.invalid/x", database_wait="500ms",
                            database_attempt_timeout="5s")
    assert result.code == 69
    assert 'was not ready after 0.5 s: could not translate host name "no-such-host.invalid"' in result.said


def test_a_socket_that_is_not_there_yet_is_waited_for(own_server, patient):
    running = patient.begin("wait", database_url=f"postgresql:///postgres?host={own_server.sockets}&port={own_server.port}"
                                                 "&user=postgres")
    running.wait_for(WAITING)
    own_server.start()
    assert running.finish().code == 0


def test_a_socket_folder_that_comes_later_is_waited_for(own_server, patient, clusters):
    folder = own_server.sockets / "later"
    running = patient.begin("wait", database_host=folder, database_port=own_server.port, database_user="postgres",
                            database_name="postgres", database_url=None)
    running.wait_for(WAITING)
    folder.mkdir()
    own(folder)
    own_server.start(wait=False, unix_socket_directories=folder)
    assert running.finish().code == 0


def test_one_dead_host_of_two_does_not_matter(server, bare_gate):
    url = f"postgresql://postgres@127.0.0.1:{free_port()},127.0.0.1:{server.port}/postgres"
    result = bare_gate.wait(database_url=url, database_wait="3s")
    assert result.code == 0 and result.seconds < 3


def test_a_refusal_of_the_first_host_gives_way_to_a_second_that_is_only_starting(own_server, server, bare_gate):
    """What may still turn into a yes outweighs a no."""
    hold = own_server.write("hold", "")
    own_server.write("recovery.signal", "")
    own_server.start(wait=False, restore_command=f"while [ -e {hold} ]; do sleep 0.05; done; false")
    server.sql("DROP DATABASE IF EXISTS elsewhere")
    url = f"postgresql://postgres@127.0.0.1:{server.port},127.0.0.1:{own_server.port}/elsewhere"
    running = bare_gate.begin("wait", database_url=url, database_grace="1500ms", database_retry_max="100ms")
    running.wait_for("57P03")
    time.sleep(2)  # longer than the grace
    assert not running.over, running.err
    hold.unlink()
    own_server.wait_writable()
    own_server.sql("CREATE DATABASE elsewhere")
    result = running.finish()
    assert result.code == 0
