"""Prints, as JSON, which migrations a Django project expects. It opens no database.

Run it with the app's own interpreter and DJANGO_SETTINGS_MODULE set, in the project's folder:

    tenantgate manifest --script django | python - | tenantgate manifest --from django -o FILE -
"""
import json
import os
import re
import sys

sys.path.insert(0, os.getcwd())
if not os.environ.get("DJANGO_SETTINGS_MODULE"):
    with open("manage.py") as manage:
        found = re.search(r"""DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']""", manage.read())
    if found:
        os.environ["DJANGO_SETTINGS_MODULE"] = found.group(1)

import django

django.setup()
from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

loader = MigrationLoader(None, ignore_no_migrations=True, replace_migrations=False)
out = {
    "framework": "django",
    "version": django.get_version(),
    "apps_without_migrations": sorted(loader.unmigrated_apps),
    "migrations": [
        {
            "app": app,
            "name": name,
            "replaces": sorted(map(list, migration.replaces)),
            "parents": sorted(list(parent.key) for parent in loader.graph.node_map[app, name].parents),
        }
        for (app, name), migration in sorted(loader.disk_migrations.items())
    ],
}
if getattr(settings, "TENANT_MODEL", None):
    out["tenants"] = {
        "table": apps.get_model(settings.TENANT_MODEL)._meta.db_table,
        "public_schema": getattr(settings, "PUBLIC_SCHEMA_NAME", "public"),
    }
json.dump(out, sys.stdout, indent=1)
print()
