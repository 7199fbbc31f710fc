"""Private PostgreSQL clusters: initdb runs once a session, every cluster is a copy of that."""
import atexit
import contextlib
import functools
import itertools
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

import psycopg2
import psycopg2.extensions

from . import paths

SUPERUSER = "postgres"

QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "100",
    "autovacuum": "off",
    "logging_collector": "off",
    "log_min_duration_statement": "-1",
    "timezone": "UTC",
    "max_wal_size": "256MB",
}

TRUST = """\
local all all trust
host all all 127.0.0.1/32 trust
host all all ::1/128 trust
local replication all trust
host replication all 127.0.0.1/32 trust
"""


def _server_user():
    """PostgreSQL refuses to run as root: another user does, with no privileges."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("running as root, and there is neither a user postgres nor nobody to run a server as")


USER = _server_user()


def as_server_user():
    """Arguments for subprocess: run as the user that owns the clusters."""
    return {"user": USER.pw_uid, "group": USER.pw_gid, "extra_groups": []} if USER else {}


def own(path):
    """Gives a file to the user that the servers run as."""
    if USER:
        os.chown(path, USER.pw_uid, USER.pw_gid)


def roomy_folder():
    """Memory, where there is enough of it: clusters are thousands of small files. Otherwise the usual folder."""
    memory = "/dev/shm"
    with contextlib.suppress(OSError):
        if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 3 << 30 and "TMPDIR" not in os.environ:
            return memory
    return None


def free_port():
    """A port below the range that the kernel gives to clients, so that it stays free until a server takes it."""
    while True:
        port = random.randrange(20000, 32000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


def ident(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    return "'" + text.replace("'", "''") + "'" if "\\" not in text else \
        "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


class Clusters:
    """A folder for clusters, with the one that initdb made; all of it goes at the end."""

    def __init__(self):
        self.bin = paths.postgres_bin()
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="tgtest-", dir=roomy_folder()))
        self.base.chmod(0o711)
        self.servers = []
        self.numbers = itertools.count(1)
        self._origin = None
        atexit.register(self.close)

    def folder(self, name):
        """A new folder that the servers' user owns."""
        path = self.base / f"{name}{next(self.numbers)}"
        path.mkdir(mode=0o700)
        own(path)
        return path

    def call(self, program, *args, **options):
        """Runs one of PostgreSQL's own programs as the servers' user; it must succeed."""
        done = subprocess.run([self.bin / program, *map(str, args)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              cwd=self.base, **as_server_user(), **options)
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
        return done.stdout

    def origin(self):
        if self._origin is None:
            path = self.folder("origin")
            self.call("initdb", "-D", path, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C",
                      "--no-sync", "--no-instructions", "--wal-segsize=1")
            self._origin = path
        return self._origin

    def create(self, name="server", **options):
        """A new cluster, not started."""
        data = self.base / f"{name}{next(self.numbers)}"
        subprocess.run(["cp", "-a", "--reflink=auto", self.origin(), data], check=True)
        return Server(self, data, **options)

    def close(self):
        for server in self.servers:
            server.discard()
        self.servers = []
        shutil.rmtree(self.base, ignore_errors=True)


class Server:
    """One cluster. Settings in `settings` are PostgreSQL's; `hba` replaces pg_hba.conf."""

    def __init__(self, clusters, data, *, settings=None, hba=TRUST, hosts="127.0.0.1"):
        self.clusters = clusters
        self.data = data
        self.port = free_port()
        self.sockets = clusters.folder("s")
        self.sockets.chmod(0o711)
        self.log = clusters.base / f"{data.name}.log"
        self.process = None
        self.settings = {**QUICK, "port": str(self.port), "listen_addresses": hosts,
                         "unix_socket_directories": str(self.sockets), **(settings or {})}
        self.set_hba(hba)
        clusters.servers.append(self)

    # Life

    def write(self, name, text, mode=0o600):
        """Writes a file of the cluster."""
        path = self.data / name
        path.write_text(text)
        own(path)
        path.chmod(mode)
        return path

    def set_hba(self, text):
        """Replaces pg_hba.conf; a running server reads it at once."""
        self.write("pg_hba.conf", text)
        if self.running:
            self.process.send_signal(signal.SIGHUP)
            time.sleep(0.2)

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def start(self, wait=True, **settings):
        """Starts the server; `settings` are for this start only."""
        assert not self.running
        arguments = [self.clusters.bin / "postgres", "-D", self.data]
        for key, value in {**self.settings, **settings}.items():
            arguments += ["-c", f"{key}={value}"]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.data,
                                            start_new_session=True, **as_server_user())
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=30):
        until = time.monotonic() + seconds
        while True:
            try:
                self.connect().close()
                return self
            except psycopg2.OperationalError as why:
                if not self.running or time.monotonic() > until:
                    raise RuntimeError(f"the server does not come up: {why}\n{self.log_text()[-3000:]}") from why
            time.sleep(0.02)

    def wait_writable(self, seconds=30):
        """Waits until recovery is over."""
        self.wait_ready(seconds)
        until = time.monotonic() + seconds
        while self.sql("SELECT pg_is_in_recovery()")[0][0]:
            assert time.monotonic() < until, "the server stays in recovery"
            time.sleep(0.02)
        return self

    def stop(self, mode="fast"):
        """Ends the server as PostgreSQL's modes say: smart, fast, immediate."""
        signals = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
        if self.running:
            self.process.send_signal(signals[mode])
            self.process.wait(30)

    def kill(self):
        """kill -9 of the whole server, as an out-of-memory killer would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)

    def restart(self, mode="fast"):
        self.stop(mode)
        return self.start()

    def discard(self):
        self.stop("immediate")

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    # Access

    @functools.cached_property
    def version(self):
        """150020 for 15.20."""
        return int(self.sql("SHOW server_version_num")[0][0])

    def connect(self, database="postgres", user=SUPERUSER, **options):
        """A session of the test's own, past whatever the test does to the network; in autocommit mode."""
        options = {"host": str(self.sockets), "port": self.port, "dbname": database, "user": user,
                   "application_name": "test", **options}
        session = psycopg2.connect(**options)
        session.autocommit = True
        return session

    def sql(self, statements, *parameters, database="postgres", user=SUPERUSER):
        """Runs statements and returns the last one's rows."""
        session = self.connect(database, user)
        try:
            with session.cursor() as cursor:
                cursor.execute(statements, parameters or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            session.close()

    def url(self, database="postgres", user=SUPERUSER, password=None, host="127.0.0.1", port=None, scheme="postgresql",
            **query):
        quoted = urllib.parse.quote
        login = quoted(user, safe="") + (":" + quoted(password, safe="") if password is not None else "")
        text = f"{scheme}://{login}@{host}:{port or self.port}/{quoted(database, safe='')}"
        return text + ("?" + urllib.parse.urlencode(query, quote_via=quoted) if query else "")

    def gate_sessions(self):
        """What the gate's sessions are doing just now."""
        return self.sql("SELECT pid, state, query, wait_event_type FROM pg_stat_activity "
                        "WHERE application_name = 'tenantgate'")

    def wait_for_gate(self, query_like="%", seconds=10):
        """Waits until a session of the gate runs a statement like that; returns its process number."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            rows = self.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'tenantgate' "
                            "AND state = 'active' AND query LIKE %s", query_like)
            if rows:
                return rows[0][0]
            time.sleep(0.02)
        raise AssertionError(f"no session of the gate runs {query_like!r}: {self.gate_sessions()}")

    def standby(self, name="standby", **settings):
        """A streaming standby of this server, not started."""
        data = self.clusters.folder(name)
        self.clusters.call("pg_basebackup", "-D", data, "-h", self.sockets, "-p", self.port, "-U", SUPERUSER, "-R",
                           "--checkpoint=fast", "--no-sync", "-X", "stream")
        return Server(self.clusters, data, settings=settings)


class Database:
    """One database of a server, made for one test."""

    def __init__(self, server, name):
        self.server = server
        self.name = name
        strategy = "STRATEGY file_copy" if server.version >= 150000 else ""
        server.sql(f"CREATE DATABASE {ident(name)} {strategy}")

    def drop(self):
        self.server.sql(f"DROP DATABASE IF EXISTS {ident(self.name)} WITH (FORCE)")

    def url(self, **options):
        return self.server.url(self.name, **options)

    def connect(self, user=SUPERUSER, **options):
        return self.server.connect(self.name, user, **options)

    def sql(self, statements, *parameters, user=SUPERUSER):
        return self.server.sql(statements, *parameters, database=self.name, user=user)
