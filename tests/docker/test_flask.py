"""A Flask-Migrate app in a container, with config/flask-recovery.ini."""
import re
import shutil

import pytest
from engine import docker, eventually, settings, url
from harness import paths

CASE = paths.TESTS / "cases" / "flask_migrate"
REVISION = "5f00aa11bb22"

DOCKERFILE = """\
FROM {python}
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends python3-flask-migrate && apt-get clean
COPY --from={gate} /tenantgate /usr/local/bin/tenantgate
WORKDIR /app
COPY app.py .
RUN flask db init
COPY first.py migrations/versions/{revision}_first.py
COPY flask-recovery.ini /etc/tenantgate/tenantgate.ini
USER 10001:10001
ENTRYPOINT ["tenantgate", "--"]
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "app:app"]
"""


@pytest.fixture(scope="module")
def flask_image(bases, image, session, tmp_path_factory):
    folder = tmp_path_factory.mktemp("flask")
    source = (CASE / "app.py").read_text()
    app, found = re.subn(r'"postgresql\+psycopg://.*\n.*\n', 'os.environ.get("DATABASE_URL", "postgresql:///app")\n', source)
    assert found == 1
    (folder / "app.py").write_text(app)
    shutil.copy(CASE / "migrations" / "versions" / f"{REVISION}_first.py", folder / "first.py")
    shutil.copy(paths.REPOSITORY / "config" / "flask-recovery.ini", folder)
    (folder / "Dockerfile").write_text(DOCKERFILE.format(python=bases["PYTHON_IMAGE"], gate=image, revision=REVISION))
    for each in folder.iterdir():
        each.chmod(0o644)
    name = f"{session}/flask"
    docker("build", "--quiet", "--tag", name, folder, seconds=300)
    yield name
    docker("image", "rm", "--force", name, check=False)


@pytest.fixture
def start(workshop, flask_image, network, server):
    server.sql("CREATE DATABASE flask")

    def start(*command, options=()):
        return workshop.start(flask_image, *command, options=["--network", network, *settings(database_url=url(database="flask")),
                                                              *options])
    yield start
    workshop.close()
    server.sql("DROP DATABASE flask WITH (FORCE)")


def version(server):
    return server.sql("SELECT version_num FROM alembic_version", "flask").split()


def test_two_replicas_migrate_an_empty_database_once(start, server):
    both = [start(), start()]
    for each in both:
        each.wait_for("Booting worker")
    assert sum(each.log.count("Running upgrade") for each in both) == 1 and version(server) == [REVISION]


def test_tables_that_were_there_before_their_migration_are_recovered_from(start, server):
    made = start("-c", "from app import app, db\nwith app.app_context(): db.create_all()", options=["--entrypoint", "python"])
    assert made.code() == 0, made.log
    app = start()
    app.wait_for("Booting worker")
    log = app.log
    assert 'relation "account" already exists' in log and version(server) == [REVISION]
    assert re.findall(r"step upgrade: (?:recovering: |again: )?(flask db .*)", log) == [
        "flask db upgrade", "flask db stamp head", "flask db upgrade"], log
    again = start()
    eventually(lambda: "Booting worker" in again.log, says=lambda: again.log)
    assert "step upgrade: nothing is pending" in again.log
