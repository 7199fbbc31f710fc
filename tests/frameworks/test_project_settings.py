"""Where migrations are, as the frameworks' own documentation writes it into a project's configuration."""
import json

import pytest

# framework, the file and its text, the folder that it means
DOCUMENTED = [
    ("sequelize", ".sequelizerc", "const path = require('path');\n\nmodule.exports = {\n"
     "  'config': path.resolve('config', 'database.json'),\n  'models-path': path.resolve('db', 'models'),\n"
     "  'seeders-path': path.resolve('db', 'seeders'),\n  'migrations-path': path.resolve('db', 'migrations')\n};\n",
     "db/migrations"),
    ("sequelize", ".sequelizerc", "module.exports = { 'migrations-path': path.join(__dirname, 'server', 'migrations') }\n",
     "server/migrations"),
    ("knex", "knexfile.js", "module.exports = { client: 'pg', migrations: { directory: __dirname + '/server/db' } };\n", "server/db"),
    ("knex", "knexfile.ts", "export default { migrations: { directory: path.join(__dirname, 'server', 'db') } };\n", "server/db"),
    ("knex", "knexfile.mjs", "export default { migrations: { directory: `${__dirname}/server/db` } };\n", "server/db"),
    ("mikro-orm", "mikro-orm.config.js", "module.exports = { migrations: { path: path.join(__dirname, './dist/db') } };\n", "dist/db"),
    ("phinx", "phinx.php", "<?php\nreturn ['paths' => ['migrations' => '%%PHINX_CONFIG_DIR%%/db/steps']];\n", "db/steps"),
    ("phinx", "phinx.php", "<?php\nreturn ['paths' => ['migrations' => __DIR__ . '/db/steps']];\n", "db/steps"),
]
NAMES = {"sequelize": "20260101000000-a.js", "knex": "20260101000000_a.js", "mikro-orm": "Migration20260101000000.js",
         "phinx": "20260101000000_a.php"}


@pytest.mark.parametrize("framework, file, text, folder", DOCUMENTED)
def test_a_folder_as_the_documentation_writes_it(bare_gate, tmp_path, framework, file, text, folder):
    (tmp_path / file).write_text(text)
    for place in (folder, "migrations", "db/migrations"): # those where nothing is said must not be taken instead
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
    (tmp_path / folder / NAMES[framework]).touch()
    done = bare_gate.call("manifest", cwd=tmp_path, migrations_framework=framework)
    assert done.code == 0, done
    assert len(json.loads(done.out)["migrations"]) == 1
    (tmp_path / folder / NAMES[framework]).unlink()
    done = bare_gate.call("manifest", cwd=tmp_path, migrations_framework=framework)
    assert done.code == 78 and f"in ./{folder}" in done.err.replace("in " + folder, "in ./" + folder), done


def test_a_folder_that_only_code_knows_is_not_guessed(bare_gate, tmp_path):
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / NAMES["knex"]).touch()
    (tmp_path / "knexfile.js").write_text("module.exports = {\n  migrations: {\n    directory: path.join(ROOT, 'db') } };\n")
    done = bare_gate.call("manifest", cwd=tmp_path, migrations_framework="knex")
    assert done.code == 78 and "knexfile.js:3: the folder of the migrations is computed" in done.err
    assert "Set migrations.path" in done.err


def test_braces_behind_braces_are_given_up(bare_gate, tmp_path):
    """Two to the power of forty folders: no start takes so long."""
    (tmp_path / "db").mkdir()
    (tmp_path / "phinx.php").write_text("<?php\nreturn ['paths' => ['migrations' => 'db/" + "{a,b}" * 40 + "']];\n")
    done = bare_gate.call("manifest", cwd=tmp_path, migrations_framework="phinx", seconds=10)
    assert done.code == 78 and "there is no such folder" in done.err, done
    for name in ("a1", "b2"):
        (tmp_path / "db" / name).mkdir()
        (tmp_path / "db" / name / f"2026010100000{name[1]}_{name}.php").touch()
    (tmp_path / "phinx.php").write_text("<?php\nreturn ['paths' => ['migrations' => 'db/{a,b}{1,2}']];\n")
    done = bare_gate.call("manifest", cwd=tmp_path, migrations_framework="phinx")
    assert done.code == 0 and len(json.loads(done.out)["migrations"]) == 2, done


def test_an_empty_working_directory_is_not_called_by_its_dot(bare_gate, tmp_path):
    done = bare_gate.call("manifest", cwd=tmp_path, migrations_framework="doctrine")
    assert done.code == 78 and "there are no migrations like Version20260101000000.php in the working directory. " in done.err, done
