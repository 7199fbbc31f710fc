"""A certificate authority of our own, made with openssl."""
import pathlib
import subprocess

from . import paths


class Authority:
    def __init__(self, folder, name="tenantgate test authority"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate = self.folder / "ca.crt"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                      "-subj", f"/CN={name}", "-keyout", "ca.key", "-out", "ca.crt")

    def _openssl(self, *arguments):
        done = subprocess.run([paths.program("openssl"), *arguments], cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {arguments[0]} failed:\n{done.stderr}")

    def issue(self, common_name, names=()):
        """A certificate and its key, as two texts. `names`: "DNS:db", "IP:127.0.0.1"."""
        (self.folder / "extensions").write_text("subjectAltName=" + ",".join(names) + "\n" if names else "")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                      f"/CN={common_name}", "-keyout", "leaf.key", "-out", "leaf.csr")
        self._openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days",
                      "30", "-extfile", "extensions", "-out", "leaf.crt")
        return (self.folder / "leaf.crt").read_text(), (self.folder / "leaf.key").read_text()


def secure(server, authority, common_name, names):
    """Gives a server that is not running a certificate, and turns TLS on."""
    certificate, key = authority.issue(common_name, names)
    server.write("server.crt", certificate)
    server.write("server.key", key)
    server.settings["ssl"] = "on"
