"""Projects of real frameworks: the case trees, copied to where they can be changed, and the frameworks' own commands."""
import json
import pathlib
import py_compile
import re
import shutil
import subprocess
import sys

import alembic.config
import alembic.script
import alembic.util
from harness import paths

CASES = paths.TESTS / "cases"
HERE = pathlib.Path(__file__).resolve().parent


class Project:
    """A copy of a case tree, and what its commands need to find the database."""

    def __init__(self, folder, source):
        self.folder = pathlib.Path(folder)
        shutil.copytree(source, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        self.bin = self.folder.parent / (self.folder.name + ".bin")
        self.bin.mkdir()
        (self.bin / "python").symlink_to(sys.executable)  # as images have it
        self.variables = {}

    def environment(self, **more):
        """Nothing of the caller's, and no byte code left behind in the tree."""
        return {"PATH": f"{self.bin}:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(self.folder.parent), "LANG": "C.UTF-8",
                "PYTHONDONTWRITEBYTECODE": "1", **self.variables, **more}

    def run(self, *words, stdin=None, check=True, **variables):
        """Runs a command in the project's folder."""
        done = subprocess.run([str(word) for word in words], cwd=self.folder, env=self.environment(**variables), text=True,
                              capture_output=True, input=stdin if stdin is not None else "")
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, words))} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
        return done

    def shell(self, line, check=True, **variables):
        """Runs a line as a person would who copied it into a shell."""
        return self.run("sh", "-c", line, check=check, **variables)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def replace(self, name, old, new):
        text = (self.folder / name).read_text()
        assert old in text, f"{name} has no {old!r}"
        self.write(name, text.replace(old, new))

    def remove(self, name):
        path = self.folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()


class DjangoProject(Project):
    """One of the trees django*, whose settings take the database from CASE_DB and CASE_PORT."""

    settings = "shop.settings"

    def __init__(self, folder, case, database):
        super().__init__(folder, CASES / case)
        self.case = case
        self.use(database)
        self.compile_only_app()

    def use(self, database):
        self.variables.update(CASE_DB=database.name, CASE_PORT=str(database.server.port))

    def compile_only_app(self):
        """The app that ships byte code without sources, for the Python that is here."""
        target = self.folder / "pyconly" / "migrations" / "0001_initial.pyc"
        source = self.write("made.py", "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
                                       "    initial = True\n    dependencies = []\n    operations = []\n")
        py_compile.compile(str(source), cfile=str(target), doraise=True)
        source.unlink()

    def manage(self, *words, check=True, **variables):
        return self.run(sys.executable, "manage.py", *words, check=check, **variables)

    def is_migrated(self):
        """The framework's own verdict, from its own command."""
        return self.manage("migrate", "--check", "--plan", check=False).returncode == 0

    def worker(self):
        return Worker(self)


class AlembicProject(Project):
    """One of the trees alembic_*, made fit for the releases of Alembic, SQLAlchemy and psycopg that are here."""

    def __init__(self, folder, case, database):
        super().__init__(folder, CASES / case)
        self.case = case
        self.use(database)
        self.replace("migrations/env.py", "postgresql+psycopg:", "postgresql+psycopg2:")
        self.replace("migrations/env.py", "create_engine(url)", "create_engine(url, future=True)")
        self.replace("alembic.ini", "path_separator", "version_path_separator")

    def use(self, database):
        self.variables.update(CASE_DB=database.name, CASE_PORT=str(database.server.port))

    def alembic(self, *words, check=True, **variables):
        return self.run("alembic", *words, check=check, **variables)

    def scripts(self):
        """Alembic's own view of the files."""
        config = alembic.config.Config(str(self.folder / "alembic.ini"))
        return alembic.script.ScriptDirectory.from_config(config)

    def effective_heads(self):
        return set(self.scripts().revision_map._real_heads)

    def steps(self, rows):
        """What `alembic upgrade heads` would run with these rows, as a number; or what it stops with, as text."""
        try:
            return len(self.scripts()._upgrade_revs("heads", tuple(rows)))
        except alembic.util.CommandError as why:
            return str(why)


class TenantsApp(Project):
    """A copy of docker/app, with a schema per tenant."""

    settings = "project.settings"
    case = "docker"

    def __init__(self, folder, database):
        super().__init__(folder, paths.REPOSITORY / "docker" / "app")
        self.use(database)

    def use(self, database):
        self.database = database
        self.variables["DATABASE_URL"] = database.url()

    def manage(self, *words, check=True, **variables):
        return self.run(sys.executable, "manage.py", *words, check=check, **variables)

    def is_migrated(self):
        return self.manage("migrate_schemas", "--check", check=False).returncode == 0


class Worker:
    """django_worker.py in the project's folder."""

    def __init__(self, project):
        self.process = subprocess.Popen([sys.executable, str(HERE / "django_worker.py"), project.settings], cwd=project.folder,
                                        env=project.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *schemas):
        """(exit code of `migrate --check`, what stopped it) with that search_path."""
        self.process.stdin.write(json.dumps(schemas) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "Django's process has ended"
        return tuple(json.loads(line))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)


def manifests_of(gate, project):
    """Manifests of a Django project in every way that needs no database: {way: file}."""
    def made(way):
        return gate.folder / f"{project.folder.name}.{way}.json"

    project.shell(f"{gate.binary} manifest -o {made('files')}")
    script = f"{gate.binary} manifest --script django | python - | {gate.binary} manifest --from django"
    project.shell(f"{script} -o {made('script')} -", CASE_PORT="1", DJANGO_SETTINGS_MODULE=project.settings)
    if project.case == "django":  # the settings' name is found in manage.py too
        project.shell(f"{script} > {made('found')}", CASE_PORT="1")
    return {way: made(way) for way in ("files", "script", "found") if made(way).exists()}


def failing(report):
    """{tenant: kinds of its failing findings} of a JSON report."""
    found = {}
    for finding in report["findings"]:
        if finding["severity"] == "fail":
            found.setdefault(finding["tenant"], set()).add(finding["kind"])
    return found


def printed_lines(result):
    """What a banner tells to copy: lines four blanks in; one that ends in a backslash goes on in the next."""
    found = []
    for line in result.banner.splitlines():
        if found and found[-1].endswith(" \\"):
            found[-1] += "\n" + line
        elif re.match(r"^    \S", line):
            found.append(line[4:])
    return found


def printed_commands(result, start=("python ", "alembic ", "flask ", "for ")):
    """The framework's commands among them, without those past the gate."""
    return [line for line in printed_lines(result) if line.startswith(start) and "docker compose" not in line]
