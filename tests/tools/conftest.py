"""Real tools, on small projects of their own."""
import pytest
import realtools


@pytest.fixture(scope="session")
def node():
    """The folder with the npm tools; installed once for each lock file."""
    return realtools.node_tools()


@pytest.fixture
def project(bare_gate, db, tmp_path):
    """Makes a project of one of the classes: project(Knex)."""
    made = []

    def make(kind, *words, **settings):
        made.append(kind(bare_gate, tmp_path / f"project{len(made)}", db, *words, **settings))
        return made[-1]

    return make
