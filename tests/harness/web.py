"""HTTP servers on loopback, or on a unix socket, that answer as the test says."""
import http.server
import socket
import socketserver
import ssl
import threading
import time


class Web:
    """Answers every request with `status` and `body`, after `delay` seconds; `paths` overrides the status by path.

    requests   what was asked: (method, path, headers, body)"""

    def __init__(self, status=200, body=b"fine", delay=0.0, paths=None, headers=None, tls=None, unix=None):
        self.status, self.body, self.delay = status, body, delay
        self.paths, self.headers = paths or {}, headers or {}
        self.requests = []
        self.changed = threading.Condition()
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                data = self.rfile.read(length)
                with web.changed:
                    web.requests.append((self.command, self.path, dict(self.headers), data))
                    web.changed.notify_all()
                time.sleep(web.delay)
                self.send_response(web.paths.get(self.path, web.status))
                for name, value in web.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(web.body)))
                self.end_headers()
                try:
                    self.wfile.write(web.body)
                except OSError:
                    pass

            do_GET = do_POST = do_HEAD = answer

            def log_message(self, *_):
                pass

            def address_string(self):
                return "client"

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def server_bind(self):
                socketserver.TCPServer.server_bind(self)
                self.server_name, self.server_port = "localhost", 0

            def handle_error(self, *_):
                pass

        if unix:
            Server.address_family = socket.AF_UNIX
        self.server = Server(str(unix) if unix else ("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = None if unix else self.server.server_address[1]
        self.scheme = "https" if tls else "http"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def url(self, path="/", host="127.0.0.1"):
        return f"{self.scheme}://{host}:{self.port}{path}"

    def wait_for(self, count, seconds=10):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.requests) >= count, seconds), self.requests
        return self.requests

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def certificate(authority, folder, name, names):
    """Files of a certificate and its key, for `tls`."""
    certificate_text, key_text = authority.issue(name, names)
    (folder / "web.crt").write_text(certificate_text)
    (folder / "web.key").write_text(key_text)
    return folder / "web.crt", folder / "web.key"
