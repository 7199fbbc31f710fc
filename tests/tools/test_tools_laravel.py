"""Laravel: Illuminate's own migrator, without a whole application."""
import json
import pathlib
import subprocess

import pytest
import realtools

A, B, C = "2026_01_01_000000_create_a", "2026_01_02_000000_create_b", "2026_01_03_000000_create_c"

MIGRATE = r"""<?php
foreach (['Illuminate/Database', 'Illuminate/Filesystem', 'Illuminate/Events', 'Illuminate/Console'] as $part)
    if (is_file("/usr/share/php/$part/autoload.php")) require_once "/usr/share/php/$part/autoload.php";
use Illuminate\Database\Capsule\Manager as Capsule;
use Illuminate\Database\Migrations\DatabaseMigrationRepository;
use Illuminate\Database\Migrations\Migrator;
use Illuminate\Filesystem\Filesystem;
$c = new Capsule();
$c->addConnection(['driver' => 'pgsql', 'host' => getenv('PGHOST'), 'port' => getenv('PGPORT'), 'database' => getenv('PGDATABASE'),
    'username' => 'postgres', 'password' => '', 'charset' => 'utf8', 'schema' => getenv('TENANT') ?: 'public',
    'search_path' => getenv('TENANT') ?: 'public']);
$c->setAsGlobal();
Illuminate\Support\Facades\Facade::setFacadeApplication($c->getContainer());
$c->getContainer()->instance('db', $c->getDatabaseManager());
$c->getContainer()->bind('db.schema', fn () => $c->getConnection()->getSchemaBuilder());
$repo = new DatabaseMigrationRepository($c->getDatabaseManager(), 'migrations');
$m = new Migrator($repo, $c->getDatabaseManager(), new Filesystem());
$paths = array_map(fn ($p) => __DIR__ . '/' . $p, explode(',', getenv('MIGRATIONS') ?: 'database/migrations'));
$word = $argv[1] ?? '';
if ($word !== '' && !$m->repositoryExists()) $repo->createRepository();
if ($word === 'up') $m->run($paths, ['step' => true]);
if ($word === 'down') $m->rollback($paths, ['step' => 1]);
if ($word === 'status') {
    $command = new Illuminate\Database\Console\Migrations\StatusCommand($m);
    $command->setLaravel($c->getContainer());
    exit($command->run(new Symfony\Component\Console\Input\ArrayInput(['--path' => $paths, '--realpath' => true]),
                       new Symfony\Component\Console\Output\ConsoleOutput()));
}
$ran = $m->repositoryExists() ? $repo->getRan() : [];
echo json_encode(array_values(array_diff(array_keys($m->getMigrationFiles($paths)), $ran))), "\n";
"""


class Laravel(realtools.Project):
    framework = "laravel"

    def start(self):
        self.php = realtools.program("php", "php-cli php-pgsql php-illuminate-database php-illuminate-filesystem")
        probe = subprocess.run([self.php, "-r", "exit((int) !(is_file('/usr/share/php/Illuminate/Database/autoload.php') && "
                                "is_file('/usr/share/php/Illuminate/Filesystem/autoload.php') && extension_loaded('pdo_pgsql')));"])
        if probe.returncode != 0:
            realtools.missing("no Illuminate: apt-get install php-cli php-pgsql php-illuminate-database php-illuminate-filesystem")
        self.write("migrate.php", MIGRATE)
        self.write("artisan", "")
        for name in (A, B, C):
            self.migration(name)

    def migration(self, name, up=None, folder="database/migrations"):
        table = name[-1]
        up = up or f"create table {table} ()"
        label = "".join(part.capitalize() for part in name.split("_")[4:])
        self.write(f"{folder}/{name}.php", "<?php\nuse Illuminate\\Database\\Migrations\\Migration;\n"
                   f"class {label} extends Migration {{\n"
                   f"  public function up() {{ Illuminate\\Database\\Capsule\\Manager::statement('{up}'); }}\n"
                   f"  public function down() {{ Illuminate\\Database\\Capsule\\Manager::statement('drop table {table}'); }}\n}}\n")

    def migrate(self, *words, **options):
        return self.run(self.php, "migrate.php", *words, **options)

    def tool_pending(self):
        return json.loads(self.migrate().out.splitlines()[-1])


@pytest.fixture
def case(project):
    return project(Laravel)


def test_laravel_none_half_all_and_back(case):
    case.closed(no_history_table=[])
    case.migrate("make")
    case.agree(A, B, C)
    case.remove(f"database/migrations/{C}.php")
    case.migrate("up")
    case.migration(C)
    case.agree(C)
    case.migrate("up")
    case.agree()
    assert case.verify(migrations_framework="auto") == ({}, {})
    case.migrate("down")
    case.agree(C)


def test_laravel_an_older_one_that_came_later_is_run_too(case):
    case.remove(f"database/migrations/{B}.php")
    case.migrate("up")
    case.migration(B)
    case.agree(B)
    case.migrate("up")
    case.agree()


def test_laravel_removed_and_edited(case):
    case.migrate("up")
    case.migration(A, "create table other ()")
    case.agree()
    case.remove(f"database/migrations/{C}.php")
    case.agree(warn={"unknown": [C]})


def test_laravel_failed(case):
    case.migration(B, "select 1 / 0")
    assert case.migrate("up", check=False).code != 0
    case.agree(B, C)


def test_laravel_names(case):
    case.migrate("up")
    for name in ("helper.php", "sub/2026_01_04_000000_x.php", ".2026_01_05_hidden.php", "a_b.txt"):
        case.write(f"database/migrations/{name}", "<?php\n")
    case.agree()
    case.write("database/migrations/x_y.php", "<?php\n")
    case.write("database/migrations/z_.php.php", "<?php\n")
    case.agree("x_y", "z_")


def test_laravel_two_folders_with_one_name_in_both(case):
    case.migration(A, folder="modules/x")
    case.migration("2026_01_04_000000_create_d", folder="modules/x")
    case.migrate("up")
    pending = json.loads(case.migrate(MIGRATIONS="database/migrations,modules/x").out)
    assert pending == ["2026_01_04_000000_create_d"]
    assert case.verify(migrations_path="database/migrations, modules/x")[0] == {"public": {"pending": pending}}


def test_laravel_tenants(case, db):
    for schema in ("ta", "tb"):
        db.sql(f"CREATE SCHEMA {schema}")
        case.migrate("up", TENANT=schema)
    case.closed()
    case.migrate("down", TENANT="tb")
    assert case.verify()[0] == {"tb": {"pending": [C]}}


def test_laravel_status_is_a_listing(case):
    """The command of artisan itself, as the distribution has it."""
    if not pathlib.Path("/usr/share/php/Illuminate/Console/autoload.php").exists():
        realtools.missing("no Illuminate\\Console: apt-get install php-illuminate-console")
    case.lists(case.run(case.php, "migrate.php", "status").out)
    case.run(case.php, "migrate.php", "up")
    case.run(case.php, "migrate.php", "down")
    status = case.run(case.php, "migrate.php", "status").out
    assert "Yes" in status and "No " in status
    case.lists(status)
