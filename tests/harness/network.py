"""Networks that misbehave, all of them on loopback."""
import contextlib
import os
import pathlib
import queue
import select
import shlex
import socket
import struct
import subprocess
import threading
import time

from . import paths
from .postgres import free_port


class Relay:
    """A TCP relay before a server, whose path can be broken while it is used.

    mode  "pass"    hands everything on
          "mute"    takes connections and data, and never says a word
          "drop"    takes connections and closes them at once
          "refuse"  does not listen
    delay seconds that everything is under way, each way; more can be under way meanwhile, as on a long line"""

    def __init__(self, port, host="127.0.0.1", mode="pass", delay=0.0):
        self.target = (host, port)
        self.port = free_port()
        self.delay = delay
        self.accepted = 0
        self._mode = None
        self._listener = None
        self._pairs = []
        self._lock = threading.Lock()
        self._closed = False
        self.mode = mode
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def mode(self):
        return self._mode

    @mode.setter
    def mode(self, mode):
        assert mode in ("pass", "mute", "drop", "refuse")
        with self._lock:
            self._mode = mode
            if mode == "refuse" and self._listener is not None:
                self._listener.close()
                self._listener = None
            elif mode != "refuse" and self._listener is None:
                listener = socket.socket()
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind(("127.0.0.1", self.port))
                listener.listen(64)
                self._listener = listener

    def _serve(self):
        while not self._closed:
            with self._lock:
                listener = self._listener
            try:
                if listener is None or not select.select([listener], [], [], 0.02)[0]:
                    time.sleep(0.005)
                    continue
                client, _ = listener.accept()
            except (OSError, ValueError):
                continue
            self.accepted += 1
            if self.mode == "drop":
                client.close()
                continue
            server = None
            if self.mode == "pass":
                try:
                    server = socket.create_connection(self.target, timeout=5)
                    server.settimeout(None)
                except OSError:
                    client.close()
                    continue
            with self._lock:
                self._pairs.append((client, server))
            if server is not None:
                for a, b in ((client, server), (server, client)):
                    threading.Thread(target=self._pump, args=(a, b), daemon=True).start()

    def _pump(self, source, sink):
        if not self.delay:
            self._carry(lambda: source.recv(65536), sink)
        else:
            under_way = queue.Queue()

            def arrive():
                due, data = under_way.get()
                time.sleep(max(0, due - time.monotonic()))
                return data

            threading.Thread(target=self._carry, args=(arrive, sink), daemon=True).start()
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    under_way.put((time.monotonic() + self.delay, data))
            under_way.put((time.monotonic() + self.delay, b""))
            return
        with contextlib.suppress(OSError):
            source.shutdown(socket.SHUT_RDWR)

    def _carry(self, take, sink):
        with contextlib.suppress(OSError):
            while data := take():
                while self._mode == "mute":  # from now on, also on connections that stand already
                    if self._closed:
                        return
                    time.sleep(0.02)
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def cut(self):
        """Resets every connection that stands."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                if end is not None:
                    with contextlib.suppress(OSError):
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        end.shutdown(socket.SHUT_RDWR)
                    end.close()

    def close(self):
        self._closed = True
        self.mode = "refuse"
        self.cut()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@contextlib.contextmanager
def black_hole():
    """A port whose packets nobody answers: the listener's queue is full, so the kernel drops every SYN."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        time.sleep(0.1)
        with socket.socket() as probe:
            probe.settimeout(0.3)
            with contextlib.suppress(TimeoutError):
                probe.connect(listener.getsockname())
                raise RuntimeError("the black hole answers")
        yield listener.getsockname()[1]


def namespaces(folder, files, network=False):
    """What to put before a command so that it sees these files ({"/etc/hosts": text}), in a mount namespace of its own and,
    with `network`, in a network namespace with nothing but loopback. The process keeps its PID."""
    folder = pathlib.Path(folder)
    steps = ["ip link set lo up"] if network else []
    for number, (path, text) in enumerate(files.items()):
        (folder / f"file{number}").write_text(text)
        steps.append(f"mount --bind {shlex.quote(str(folder / f'file{number}'))} \"$(readlink -f {shlex.quote(path)})\"")
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    return [paths.program("unshare") or "unshare", "--mount", *(["--net"] if network else []), *user,
            "sh", "-c", " && ".join(steps + ['exec "$@"']), "sh"]


def why_no_namespaces(prefix):
    """Why such a command cannot be run here; None where it can."""
    try:
        probe = subprocess.run([*prefix, "/bin/true"], capture_output=True, text=True)
    except OSError as why:
        return str(why)
    return None if probe.returncode == 0 else f"no namespaces: {probe.stderr.strip()}"
