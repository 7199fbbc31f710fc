"""What the tools have in common: a project of a real tool, what the tool says of its state, and what the gate says."""
import fcntl
import functools
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")


def missing(what):
    """A tool that cannot be had here."""
    pytest.skip(what)


def program(name, package):
    found = shutil.which(name, path="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
    return found or missing(f"no {name}: apt-get install {package}")


@functools.cache
def _install_node_tools(files):
    """node_modules by the lock file, in a cache outside the repository. Returns the folder, or why there is none."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None, "no node and npm: apt-get install nodejs npm"
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout.strip()
    if int(version[1:].split(".")[0]) < 20:
        return None, f"node is {version}, and the tools need 20 or newer"
    digest = hashlib.sha256(b"".join((files / name).read_bytes() for name in NPM_FILES)).hexdigest()[:16]
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "tenantgate-npm" / digest
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two runs at once
        if not (cache / "installed").exists():
            for name in NPM_FILES:
                shutil.copy(files / name, cache / name)
            done = subprocess.run([npm, "ci"], cwd=cache, capture_output=True, text=True, stdin=subprocess.DEVNULL)
            if done.returncode != 0:
                return None, f"npm ci failed: {done.stderr[-500:]}"
            (cache / "installed").touch()
    return cache, None


def node_tools(files=HERE):
    """The folder above node_modules, with what the lock file in `files` says."""
    cache, why = _install_node_tools(files)
    return cache or missing(why)


class Done:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def said(self):
        return self.out + self.err

    def __repr__(self):
        return f"code {self.code}\n{self.said}"


class Project:
    """A project in a folder, and its database. A class for each tool says how it is run and asked."""

    framework = None
    history = "public"  # the schema with the history table, which is the tenant that the gate names

    def __init__(self, gate, folder, database):
        self.gate, self.folder, self.database = gate, folder, database
        folder.mkdir(parents=True)
        self.settings = {"migrations_framework": self.framework, "tenants_settle": "0s", "database_url": database.url()}
        self.start()

    def start(self):
        """What every project of the tool has."""

    # Files

    def write(self, name, text=""):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def remove(self, name):
        path = self.folder / name
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    # The tool

    def environment(self):
        return {"PATH": "/usr/local/bin:/usr/bin:/bin:" + os.environ.get("PATH", ""), "HOME": str(self.folder.parent),
                "LANG": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1", "PGPORT": str(self.database.server.port), "PGHOST": "127.0.0.1",
                "PGUSER": "postgres", "PGDATABASE": self.database.name, "DATABASE_URL": self.database.url()}

    def run(self, *words, check=True, **variables):
        done = subprocess.run([str(word) for word in words], cwd=self.folder, env={**self.environment(), **variables},
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
        done = Done(done.returncode, done.stdout, done.stderr)
        assert not check or done.code == 0, f"{' '.join(map(str, words))}: {done}"
        return done

    def tool_pending(self):
        """What the tool itself says is still to be applied, in the gate's ids."""
        raise NotImplementedError

    # The gate

    def verify(self, **settings):
        """{tenant: {kind: items}} of what fails, and of what is a warning."""
        done = self.gate.call("verify", "--format", "json", cwd=self.folder, **{**self.settings, **settings})
        self.last = done
        found = {"fail": {}, "warn": {}}
        if done.code not in (0, 1):
            raise AssertionError(f"the gate could not judge: {done!r}")
        for finding in done.report["findings"]:
            found[finding["severity"]].setdefault(finding["tenant"], {})[finding["kind"]] = sorted(finding["items"])
        assert (done.code == 0) == (not found["fail"]), done
        return found["fail"], found["warn"]

    def refused(self, part=None, **settings):
        """The gate cannot judge by these files, and says why."""
        done = self.gate.call("verify", cwd=self.folder, **{**self.settings, **settings})
        assert done.code == 78, done
        assert part is None or part in done.said, done
        return done

    def ids(self, **settings):
        """The list that the gate reads from the files."""
        done = self.gate.call("manifest", cwd=self.folder, **{**self.settings, **settings})
        assert done.code == 0, done
        return [item["id"] for item in json.loads(done.out)["migrations"]]

    def lists(self, text):
        """What the tool prints is read as the same list as the files are, in every state of the database; cut anywhere it is
        never less, except between lines where the tool does not count them."""
        whole = self.from_listing(text)
        assert whole is not None and sorted(whole) == sorted(self.ids()), text
        for at in range(0, len(text), 7):
            part = self.from_listing(text[:at])
            assert part is None or set(part) - set(whole) or set(part) == set(whole) or text[:at].endswith("\n"), text[:at]

    def from_listing(self, text):
        """The ids, or None where the text is refused."""
        done = self.gate.call("manifest", "--from", self.framework, "-", stdin=text, cwd=self.folder)
        assert done.code == 0 or (done.code == 78 and "standard input" in done.err), done
        return [item["id"] for item in json.loads(done.out)["migrations"]] if done.code == 0 else None

    def agree(self, *pending, warn=None, tenant=None, **fail):
        """The tool and the gate both say that these are pending, and nothing else; the gate is closed by these findings
        (`fail`) and warns of those (`warn`). Without pending or failing ones both say that all is well."""
        wanted = sorted(pending)
        told = self.tool_pending()  # first: it may create its table, as the real one does
        failing, warning = self.verify()
        tenant = tenant or self.history
        here = failing.get(tenant, {})
        assert sorted(told) == wanted, f"the tool says {told}"
        assert here.get("pending", []) == wanted, f"the gate says {failing}, the tool {told}"
        rest = {kind: items for kind, items in here.items() if kind != "pending"}
        assert rest == {kind: sorted(items) for kind, items in fail.items()}, failing
        assert set(failing) <= {tenant}, failing
        shown = {kind: items for kind, items in warning.get(tenant, {}).items() if kind != "out_of_order"}
        assert shown == {kind: sorted(items) for kind, items in (warn or {}).items()}, warning

    def closed(self, **kinds):
        """The gate alone: closed by just these."""
        failing, _ = self.verify()
        assert failing == ({self.history: {kind: sorted(items) for kind, items in kinds.items()}} if kinds else {}), failing
