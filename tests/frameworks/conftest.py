"""Real frameworks, in copies of the case trees, each with a database that the framework itself migrated."""
import itertools

import pytest
from harness.postgres import Database, ident
from projects import DjangoProject, TenantsApp

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def make_database(server):
    """Makes databases that last for the session: make_database(name) or a copy of one."""
    def make(name, template=None):
        full = f"{name}{next(_numbers)}"
        if template is None:
            return Database(server, full)
        server.sql(f"CREATE DATABASE {ident(full)} TEMPLATE {ident(template.name)}")
        made = object.__new__(Database)
        made.server, made.name = server, full
        return made
    return make


@pytest.fixture(scope="session")
def trees(make_database, tmp_path_factory):
    """The Django trees by name."""
    folder = tmp_path_factory.mktemp("trees")
    nothing = make_database("nothing")
    return {case: DjangoProject(folder / case, case, nothing)
            for case in ("django", "django_squash", "django_squash_pruned", "django_squash_done")}


@pytest.fixture(scope="session")
def base(make_database, trees):
    """A database that Django migrated with the tree `django`."""
    made = make_database("base")
    trees["django"].use(made)
    trees["django"].manage("migrate")
    return made


@pytest.fixture(scope="session")
def migrated_app(make_database, tmp_path_factory):
    """Two tenants, fully migrated by the app's own commands."""
    database = make_database("tenants")
    app = TenantsApp(tmp_path_factory.mktemp("tenants") / "app", database)
    app.manage("migrate_schemas")
    app.manage("create_tenant", "acme", "globex")
    return database


@pytest.fixture
def app(migrated_app, make_database, tmp_path, bare_gate):
    """A copy of the app and of its database, and the gate in front of it with nothing configured but the URL."""
    database = make_database("tenants", migrated_app)
    made = TenantsApp(tmp_path / "app", database)
    bare_gate.defaults = {}
    yield made
    database.drop()
