"""An engine, the images, and projects of their own for the tests.

Where no engine runs one is started, and stopped at the end. Whatever is made on it has a name of this session and is
removed, however the session ends; only the stand-ins for the official images stay, for the next time."""
import hashlib
import itertools
import os
import re
import secrets
import signal

import pytest
from engine import Compose, Postgres, Workshop, PASSWORD, call, docker, environment
from harness import paths
from harness.tls import Authority

SCRIPTS = paths.REPOSITORY / "scripts"
BINARY = paths.REPOSITORY / "build-static" / "tenantgate"


def script(*command, seconds):
    """One of the repository's scripts. TENANTGATE_..., which says where its downloads come from, is handed on."""
    return call(*command, env=dict(os.environ), seconds=seconds, check=False, merge=True, cwd=paths.REPOSITORY)


def succeed(*command, seconds=600):
    done = script(*command, seconds=seconds)
    if done.returncode != 0:
        pytest.fail(f"{command[0]}: exit code {done.returncode}\n{done.stdout}", pytrace=False)


@pytest.fixture(scope="session")
def engine():
    """An engine that answers, with Compose and BuildKit."""
    # What ends the tests from outside must not keep them from cleaning up.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    engine_script = SCRIPTS / "lib" / "docker-engine"
    ran = script(engine_script, "status", seconds=60).returncode == 0
    started = script(engine_script, "start", seconds=600)
    if started.returncode != 0:
        pytest.skip(f"no Docker engine can be had: {' '.join(started.stdout.split())}")
    try:
        succeed(SCRIPTS / "lib" / "docker-plugins")
        yield
    finally:
        if not ran:
            succeed(engine_script, "stop")
        signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def bases(engine):
    """The variables that name the stand-ins for the official images."""
    succeed(paths.REPOSITORY / "docker" / "base-images", seconds=1800)
    named = call(paths.REPOSITORY / "docker" / "base-images", "--env").stdout
    found = dict(line.split("=", 1) for line in named.splitlines())
    assert set(found) == {"DEBIAN_IMAGE", "PYTHON_IMAGE", "POSTGRES_IMAGE"}
    return found


@pytest.fixture(scope="session")
def session(engine):
    """A name that nobody else uses."""
    return f"tenantgate-test-{secrets.token_hex(4)}"


@pytest.fixture(scope="session")
def image(bases, session):
    """The image `tenantgate` out of docker/Dockerfile, with the static binary as it is now."""
    succeed(SCRIPTS / "build-static", seconds=3600)
    name = f"{session}/gate"
    try:
        docker("build", "--quiet", "--tag", name, "--file", "docker/Dockerfile", "--build-arg", "BINARY=prebuilt",
               "--build-arg", "DEBIAN_IMAGE", ".", env=environment(**bases), cwd=paths.REPOSITORY, seconds=300)
        yield name
    finally:
        docker("image", "rm", "--force", name, check=False)


@pytest.fixture(scope="session")
def binary_digest(image):
    """Of the binary that went into the image."""
    return hashlib.sha256(BINARY.read_bytes()).hexdigest()


@pytest.fixture(scope="session")
def images(bases, image, session):
    """What Compose has to know to use our own images; the app's is built by Compose, from compose.yaml."""
    named = {**bases, "TENANTGATE_IMAGE": image, "APP_IMAGE": f"{session}/app"}
    try:
        Compose(session, named)("build", "--quiet", seconds=300)
        yield named
    finally:
        docker("image", "rm", "--force", named["APP_IMAGE"], check=False)


@pytest.fixture(scope="session")
def new_project(images, session):
    """Makes projects that share nothing with each other but the images."""
    numbers = itertools.count(1)
    made = []

    def make(*files):
        made.append(Compose(f"{session}-{next(numbers)}", images, files))
        return made[-1]
    try:
        yield make
    finally:
        for each in made:
            each.close()


@pytest.fixture
def project(new_project):
    """A project with nothing in it, for this test alone."""
    made = new_project()
    yield made
    made.close()


@pytest.fixture
def migrated(project):
    """The same with the database up and everything migrated: public and the tenants acme, bravo and demo."""
    project.migrate()
    return project


@pytest.fixture(scope="module")
def opened(new_project):
    """A project whose app is up. For tests that leave it as it is."""
    made = new_project()
    made.migrate()
    made.up("app").wait_until_healthy()
    yield made
    made.close()


@pytest.fixture
def workshop(session):
    made = Workshop(session)
    yield made
    made.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def network(session):
    """A user-defined network, where names are looked up by the engine's own DNS."""
    shop = Workshop(f"{session}-module")
    try:
        yield shop.network()
    finally:
        shop.close()


@pytest.fixture(scope="module")
def server(bases, session, network, authority, tmp_path_factory):
    """A PostgreSQL server at the name `database` (and `alias`, for which its certificate is not made), with TLS.
    The role `secured` is let in with TLS alone. The set-up is that of the official image: /docker-entrypoint-initdb.d."""
    certificate, key = authority.issue("database", ["DNS:database"])
    folder = tmp_path_factory.mktemp("initdb")
    folder.chmod(0o755)
    for name, text in {"server.crt": certificate, "server.key": key, "tls.sh": f"""\
install -m 600 /docker-entrypoint-initdb.d/server.key /docker-entrypoint-initdb.d/server.crt "$PGDATA"
printf '%s\\n' "ssl = on" "fsync = off" >>"$PGDATA/postgresql.conf"
{{ echo 'hostnossl all secured all reject'; cat "$PGDATA/pg_hba.conf"; }} >"$PGDATA/hba.new"
mv "$PGDATA/hba.new" "$PGDATA/pg_hba.conf"
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" <<'SQL'
CREATE ROLE secured LOGIN PASSWORD '{PASSWORD}';
SQL
"""}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o644)
    shop = Workshop(f"{session}-server")
    names = ["--name", shop.unique("the_server"), "--network-alias", "database", "--network-alias", "alias"]
    try:
        made = shop.start(bases["POSTGRES_IMAGE"], kind=Postgres,
                          options=[*names, "--network", network, "--env", f"POSTGRES_PASSWORD={PASSWORD}",
                                   "--volume", f"{folder}:/docker-entrypoint-initdb.d:ro"])
        made.wait_until_ready()
        yield made
    finally:
        shop.close()


@pytest.fixture(scope="session")
def version():
    """As meson.build has it."""
    return re.search(r"version:\s*'([^']+)'", (paths.REPOSITORY / "meson.build").read_text()).group(1)
