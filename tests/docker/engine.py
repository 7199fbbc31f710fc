"""A real Docker engine, what the tests make on it, and how all of that goes away again."""
import datetime
import functools
import json
import os
import re
import subprocess
import time
import urllib.parse
import urllib.request

from harness import paths
from harness.gate import CANARY, Result, check_manners

# In URLs as it stands, since compose.yaml puts it into one. No output of the gate may hold it.
PASSWORD = f"word-{CANARY}"
# Marks whatever is made without Compose, which has a label of its own.
LABEL = "tenantgate.test"


def environment(**more):
    """What the machine has, without anything that would change what the gate, Compose or the builds do."""
    ours = ("TENANTGATE_", "COMPOSE_", "POSTGRES_", "PG", "APP_")
    kept = {key: value for key, value in os.environ.items()
            if not key.startswith(ours) and key not in ("DATABASE_URL", "DEBIAN_IMAGE", "PYTHON_IMAGE", "BUILDX_BUILDER")}
    return {**kept, **more}


def call(*command, seconds=60, env=None, check=True, merge=False, **more):
    """Runs a command to its end. `merge`: standard error comes with standard output."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT if merge else subprocess.PIPE, text=True, timeout=seconds,
                          env=environment() if env is None else env, **more)
    if check and done.returncode != 0:
        words = " ".join(map(str, command))
        raise AssertionError(f"{words}: exit code {done.returncode}\n{done.stdout}\n{done.stderr or ''}")
    return done


def docker(*arguments, **how):
    return call("docker", *arguments, **how)


def eventually(what, seconds=30, pause=0.1, says=lambda: ""):
    """Waits until `what()` is true and returns what it is."""
    until = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"not so after {seconds} s\n{says()}")
        time.sleep(pause)


def remove(label):
    """Removes every container, volume and network with this label, running or not."""
    for kind, every, force in (("container", ["--all"], ["--force", "--volumes"]), ("volume", [], ["--force"]),
                               ("network", [], [])):
        left = functools.partial(lambda *words: docker(*words).stdout.split(), kind, "ls", "--quiet", *every, "--filter",
                                 f"label={label}")
        found = left()
        if found:
            # One that goes away by itself meanwhile (--rm) is no error; whether all have gone is looked at.
            docker(kind, "rm", *force, *found, check=False)
            eventually(lambda gone=left: not gone(), says=left)


def moment(text):
    """A time as Docker or PostgreSQL writes it, in seconds."""
    text = re.sub(r"(\.\d{6})\d+", r"\1", text.strip()).replace("Z", "+00:00")
    return datetime.datetime.fromisoformat(re.sub(r"([+-]\d\d)$", r"\1:00", text)).timestamp()


def banners(log):
    """Every whole banner in a log of several attempts."""
    found = re.split(r"^(?=┌|\+-+\+\n\| FATAL)", log, flags=re.M)[1:]
    return [each for each in found if re.search(r"^Exit code \d+", each, re.M)]


def url(user="postgres", password=PASSWORD, host="database", database="postgres", **query):
    """Where the gate finds the server of the tests."""
    secret = "" if password is None else ":" + urllib.parse.quote(password, safe="")
    made = f"postgresql://{user}{secret}@{host}:5432/{database}"
    return made + ("?" + urllib.parse.urlencode(query) if query else "")


def settings(**named):
    """Options for `docker run`: tenants_minimum=0 is TENANTGATE_TENANTS_MINIMUM; database_url is DATABASE_URL."""
    variables = {"DATABASE_URL" if name == "database_url" else f"TENANTGATE_{name.upper()}": value
                 for name, value in named.items()}
    return [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]


class Container:
    """A container that is there, running or not."""

    def __init__(self, ident):
        self.ident = ident

    def inspect(self):
        return json.loads(docker("container", "inspect", self.ident).stdout)[0]

    @property
    def state(self):
        return self.inspect()["State"]

    @property
    def running(self):
        return self.state["Status"] == "running"

    @property
    def restarts(self):
        return self.inspect()["RestartCount"]

    @property
    def log(self):
        """Both streams, as `docker logs` shows them."""
        return docker("logs", self.ident, merge=True).stdout

    def wait_for(self, words, seconds=30):
        eventually(lambda: words in self.log, seconds, says=lambda: f"{words!r} was not said:\n{self.log}")

    def wait_until_healthy(self, seconds=30):
        eventually(lambda: self.state.get("Health", {}).get("Status") == "healthy", seconds,
                   says=lambda: f"not healthy: {self.state}\n{self.log}")

    def code(self, seconds=30):
        """Waits for the end; the exit code."""
        return int(docker("wait", self.ident, seconds=seconds).stdout)

    def stop(self):
        """`docker stop`, with the ten seconds that it gives by default; how long that took."""
        began = time.monotonic()
        docker("stop", self.ident)
        return time.monotonic() - began

    def exec(self, *command, **how):
        return docker("exec", self.ident, *command, **how)

    def cat(self, path):
        return self.exec("cat", path).stdout

    def get(self, path="/"):
        """What the app answers at its published port."""
        port = self.inspect()["NetworkSettings"]["Ports"]["8000/tcp"][0]["HostPort"]
        # A proxy that the machine may have is not for this.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return json.load(answer)

    def result(self):
        """An ended gate as the harness has it, its manners checked."""
        code = self.code()
        done = docker("logs", self.ident)
        return polite(self.inspect()["Args"], code, done.stdout, done.stderr)


def polite(arguments, code, out, err, seconds=0.0, closed=True):
    result = Result(arguments, code, out, err, seconds)
    check_manners(result, closed)
    return result


class Postgres(Container):
    """A container with a PostgreSQL server."""

    DATA = "/var/lib/postgresql/data"

    def sql(self, text, database="postgres", user="postgres", options=()):
        """Runs SQL as the superuser through the socket in the container; the rows, unaligned."""
        return docker("exec", *options, self.ident, "psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-U", user,
                      "-d", database, "-c", text).stdout

    def wait_until_ready(self):
        # By TCP: the temporary server of the first start has only the socket.
        eventually(lambda: self.exec("pg_isready", "-q", "-h", "127.0.0.1", check=False).returncode == 0,
                   says=lambda: self.log)


class Workshop:
    """Makes containers and networks without Compose, and removes them all."""

    def __init__(self, name):
        self.label = f"{LABEL}={name}"
        self.name = name
        self.made = 0

    def unique(self, word):
        self.made += 1
        return f"{self.name}-{word}{self.made}"

    def network(self):
        name = self.unique("net")
        docker("network", "create", "--label", self.label, name)
        return name

    def volume(self):
        name = self.unique("volume")
        docker("volume", "create", "--label", self.label, name)
        return name

    def start(self, image, *command, options=(), kind=Container):
        """Starts a container in the background."""
        made = docker("create", "--label", self.label, *options, image, *command).stdout.strip()
        docker("start", made)
        return kind(made)

    def run(self, image, *command, options=(), seconds=60, closed=True, stdin=None):
        """Runs a gate in a container to its end, its manners checked."""
        name = self.unique("run")
        began = time.monotonic()
        try:
            done = docker("run", "--rm", "--name", name, "--label", self.label, *(["-i"] if stdin else []), *options, image,
                          *command, check=False, seconds=seconds, input=stdin)
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"still running after {seconds} s: {command}\n{docker('logs', name, merge=True).stdout}") \
                from late
        assert done.returncode != 125, f"Docker could not run it: {done.stderr}"
        return polite(command, done.returncode, done.stdout, done.stderr, time.monotonic() - began, closed)

    def close(self):
        remove(self.label)


class Compose:
    """The example in docker/compose.yaml as a project of its own."""

    def __init__(self, project, env, files=(), template=None):
        self.project = project
        self.template = template  # a database that is migrated already: its container, stopped
        files = [paths.REPOSITORY / "docker" / "compose.yaml", *files]
        self.env = environment(**env, COMPOSE_PROJECT_NAME=project, COMPOSE_FILE=os.pathsep.join(map(str, files)),
                               POSTGRES_PASSWORD=PASSWORD, APP_PORT="0")

    def __call__(self, *arguments, **how):
        return docker("compose", *arguments, env=self.env, **how)

    def shell(self, command, seconds=60):
        """A command line as somebody would type or paste it."""
        return call("sh", "-c", command, env=self.env, seconds=seconds, check=False, merge=True, cwd="/")

    def containers(self, service):
        return [Container(ident) for ident in self("ps", "--all", "--quiet", service).stdout.split()]

    def container(self, service, kind=Container):
        return kind(self("ps", "--all", "--quiet", service).stdout.strip())

    def up(self, service, *options):
        """Starts a service and what it depends on, without waiting for anything."""
        self("up", "--detach", *options, service)
        return self.container(service)

    def run(self, service, *command, options=(), seconds=60):
        """`docker compose run`: a container of this service, once."""
        return self("run", "--rm", "-T", *options, service, *command, check=False, seconds=seconds)

    def gate(self, *command, options=(), closed=True):
        """The same for the app's service, which goes through the gate; its manners are checked."""
        began = time.monotonic()
        done = self.run("app", *command, options=options)
        return polite(["--", *command], done.returncode, done.stdout, done.stderr, time.monotonic() - began, closed)

    def manage(self, *command):
        """manage.py, past the gate."""
        done = self.run("app", "manage.py", *command, options=["--entrypoint", "python"])
        assert done.returncode == 0, f"manage.py {command}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def set_up(self):
        """The example's own set-up: everything migrated, and the tenants acme, bravo and demo."""
        done = self.run("setup")
        assert done.returncode == 0, f"setup: {done.stdout}\n{done.stderr}"

    def migrate(self):
        """The same as a copy of what the set-up has made before: the files of that database in this project's volume."""
        self("create", "db")
        database = self.container("db", Postgres)
        docker("run", "--rm", "--label", f"com.docker.compose.project={self.project}", "--entrypoint", "cp",
               "--volumes-from", f"{self.template.ident}:ro", "--volume", f"{self.project}_database:/copy",
               self.env["POSTGRES_IMAGE"], "-a", f"{Postgres.DATA}/.", "/copy/")
        docker("start", database.ident)
        database.wait_until_ready()

    def one_off(self, *command, options=()):
        """A container of the app's service in the background, once."""
        return Container(self("run", "--detach", *options, "app", *command).stdout.strip())

    def close(self):
        remove(f"com.docker.compose.project={self.project}")
