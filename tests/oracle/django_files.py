"""What Django's own loader says of projects on disk: their graphs as they are before replacements, without a database.

    /usr/bin/python3 tests/oracle/django_files.py PROJECT...

Each project is a folder with a manage.py that names its settings. One line of JSON per project: {"error": ...}, or
{"migrations": [{"id", "parents", "replaces"}, ...]} as in a manifest. "refusal" tells what Django finds wrong with the graph
once replacements are carried out (a missing dependency, a circle), or is empty.
"""
import importlib
import json
import os
import re
import sys
from unittest import mock

import django
from django.conf import settings
from django.db.migrations.exceptions import CircularDependencyError, NodeNotFoundError
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.loader import MigrationLoader
from django.test.utils import override_settings

NAMES = ["AUTH_USER_MODEL", "MIGRATION_MODULES"]


class LenientGraph(MigrationGraph):
    """Keeps what is not there, as the reader does: the judge decides whether a squash stands for it."""

    def validate_consistency(self):
        pass

    def ensure_not_cyclic(self):
        pass


def _text(key):
    return ".".join(key)


def _load():
    # As `migrate` makes it, but for the replacements: an app with an empty package is an error when depended on.
    with mock.patch("django.db.migrations.loader.MigrationGraph", LenientGraph):
        return MigrationLoader(None, replace_migrations=False)


def _refusal():
    """What stops `migrate` on an empty database before it runs anything."""
    try:
        MigrationLoader(None)
    except (NodeNotFoundError, CircularDependencyError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def describe(project):
    """The graph of the project in this folder."""
    with open(os.path.join(project, "manage.py")) as manage:
        name = re.search(r"""DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']""", manage.read()).group(1)
    before = set(sys.modules)
    sys.path.insert(0, os.path.abspath(project))
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(name)
        chosen = {key: getattr(module, key) for key in NAMES if hasattr(module, key)}
        with override_settings(INSTALLED_APPS=module.INSTALLED_APPS, **chosen):
            loader = _load()
            refusal = _refusal()
        nodes = loader.graph.node_map
        return {
            "migrations": [
                {
                    "id": _text(key),
                    "parents": sorted(_text(parent.key) for parent in nodes[key].parents),
                    "replaces": sorted(set(map(_text, migration.replaces))),
                }
                for key, migration in sorted(loader.disk_migrations.items())
            ],
            "refusal": refusal,
        }
    except Exception as error:  # whatever the project's own code makes Django say
        return {"error": f"{type(error).__name__}: {error}"}
    finally:
        sys.path.pop(0)
        for loaded in set(sys.modules) - before:
            del sys.modules[loaded]


def main(projects):
    settings.configure(INSTALLED_APPS=[], USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.AutoField")
    django.setup()
    sys.dont_write_bytecode = True
    for project in projects:
        print(json.dumps(describe(project)))


if __name__ == "__main__":
    main(sys.argv[1:])
