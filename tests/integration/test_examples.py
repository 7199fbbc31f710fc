"""The files of config/ are true: every one loads, and every key in it is built."""
import pytest
from harness import paths

FILES = sorted((paths.REPOSITORY / "config").glob("*.ini"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_loads(bare_gate, path):
    result = bare_gate.call("config", "--config", path, env={"DATABASE_URL": "postgresql://127.0.0.1:1/x"})
    assert result.code == 0 and f"file: {path}" in result.out, result


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_in_it_is_refused(bare_gate, path):
    """It gets as far as to what is expected, which is not in this empty folder."""
    result = bare_gate.call("run", "--config", path, "--set", "app.require=", "--set", "gate.on_failure=exit", "--", "true",
                            env={"DATABASE_URL": "postgresql://127.0.0.1:1/x"})
    assert result.code == 78 and "cannot act on" not in result.said and "(no_expected_migrations)" in result.said, result


def test_the_readme_names_them_all():
    folder = paths.REPOSITORY / "config"
    text = (folder / "README.md").read_text()
    assert not [path.name for path in folder.iterdir() if path.name != "README.md" and f"[{path.name}]({path.name})" not in text]
