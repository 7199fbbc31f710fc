"""PgBouncer before a server."""
import subprocess
import time

import psycopg2

from . import paths
from .postgres import as_server_user, free_port, own


class PgBouncer:
    def __init__(self, server, mode="transaction"):
        self.program = paths.program("pgbouncer")
        assert self.program, "no pgbouncer: apt-get install pgbouncer"
        self.server = server
        self.port = free_port()
        folder = server.clusters.folder("b")
        self.users = folder / "users.txt"
        self.users.write_text('"postgres" ""\n')
        self.config = folder / "pgbouncer.ini"
        self.config.write_text(f"""[databases]
* = host=127.0.0.1 port={server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = trust
auth_file = {self.users}
pool_mode = {mode}
ignore_startup_parameters = extra_float_digits
""")
        for path in (self.users, self.config):
            own(path)
        self.process = subprocess.Popen([self.program, "-q", str(self.config)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **as_server_user())
        self.wait_ready()

    def wait_ready(self, seconds=10):
        until = time.monotonic() + seconds
        while True:
            try:
                psycopg2.connect(self.url()).close()
                return
            except psycopg2.OperationalError:
                if time.monotonic() > until or self.process.poll() is not None:
                    raise
            time.sleep(0.05)

    def url(self, database="postgres"):
        return self.server.url(database, port=self.port)

    def close(self):
        self.process.kill()
        self.process.wait()
