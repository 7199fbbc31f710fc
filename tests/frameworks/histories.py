"""Histories that the real tools wrote (tests/cases), loaded into a database, and what the gate says of them."""
import json
import re
import shutil
from pathlib import Path

from harness.postgres import ident, literal
from projects import CASES


def load(database, dump, schema=None):
    """Loads a dump's schema and data; `schema` names another schema dump than the data's own."""
    for part in (f"{schema or dump}_schema.sql", f"{dump}_data.sql"):
        database.sql((CASES / "dumps" / part).read_text())


class History:
    """One case: its files, where they can be changed, and its database."""

    def __init__(self, gate, folder, database, framework, case=None):
        self.gate, self.database, self.framework = gate, database, framework
        self.folder = folder / "project"
        if case:
            shutil.copytree(CASES / case, self.folder)
        else:
            self.folder.mkdir(parents=True)
        self.env = {}
        self.settings = {"migrations_framework": framework, "tenants_settle": "0s", "database_url": database.url()}

    def write(self, name, text=""):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def remove(self, name):
        path = self.folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    def call(self, *words, **settings):
        return self.gate.call(*words, cwd=self.folder, **{"env": self.env, **self.settings, **settings})

    def verify(self, **settings):
        """(exit code, {tenant: {kind: items}}, the same of warnings only)"""
        done = self.call("verify", "--format", "json", **settings)
        found = {"fail": {}, "warn": {}}
        for finding in done.report["findings"]:
            found[finding["severity"]].setdefault(finding["tenant"], {})[finding["kind"]] = finding["items"]
        self.last = done
        return done.code, found["fail"], found["warn"]

    def opens(self, **settings):
        code, fail, warn = self.verify(**settings)
        assert (code == 0) == (not fail), self.last
        return code == 0 and not warn

    def fails(self, tenant="public", **settings):
        """The failing kinds of one tenant."""
        code, fail, _ = self.verify(**settings)
        assert code == (1 if fail else 0), self.last
        return fail.get(tenant, {})

    def warns(self, tenant="public", **settings):
        return self.verify(**settings)[2].get(tenant, {})

    def refused(self, part=None, **settings):
        """The image itself cannot be judged by: 78, with these words."""
        done = self.call("verify", **settings)
        assert done.code == 78, done
        assert part is None or part in done.said, done
        return done

    def ids(self, **settings):
        """What the files are read as."""
        done = self.call("manifest", **settings)
        assert done.code == 0, done
        return [json.loads(item) for item in re.findall(r'^      "id": (".*")', done.out, re.M)]


class Replay(History):
    """A project and its database, taken from one state to the next of those that a real tool left (cases/recorded)."""

    def __init__(self, gate, folder, database, recording):
        self.recording = json.loads(Path(recording).read_text())
        super().__init__(gate, folder, database, self.recording["tool"])
        for schema, table in self.recording["tables"].items():
            database.sql(f"CREATE SCHEMA IF NOT EXISTS {schema};{table}")

    @staticmethod
    def name(table):
        return table.split("(")[0].split(".")[1].strip()

    def take(self, state):
        for name, text in state.get("files", {}).items():
            self.write(name, text)
        for name in state.get("gone", []):
            path = self.folder / name
            shutil.rmtree(path.parent) if path.parent.suffix == ".sql" else path.unlink()
        if "rows" in state:
            tables = [f"{schema}.{self.name(table)}" for schema, table in self.recording["tables"].items()]
            self.database.sql(f"TRUNCATE {', '.join(tables)};" + "".join(state["rows"]))

    def take_all_applied(self):
        """Up to the first state that the tool finds fine."""
        for state in self.recording["states"]:
            self.take(state)
            if state["fine"]:
                return


def delete(table, column, value, schema="public"):
    return f"DELETE FROM {ident(schema)}.{ident(table)} WHERE {ident(column)}::text = {literal(value)};"
