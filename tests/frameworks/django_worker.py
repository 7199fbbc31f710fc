"""Django's own `migrate --check` as a service: started in a project's folder, it answers one question a line, for the schema
named there. (`--plan` beside `--check` keeps older releases from going on to migrate where nothing is pending; the verdict is the same.)"""
import importlib
import json
import os
import sys

sys.path.insert(0, os.getcwd())
os.environ.setdefault("DJANGO_SETTINGS_MODULE", sys.argv[1])

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.core.management.commands.migrate import Command  # noqa: E402
from django.db import connection  # noqa: E402

sink = open(os.devnull, "w")
for line in sys.stdin:
    schemas = json.loads(line)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('search_path', %s, false)", [", ".join(f'"{name}"' for name in schemas)])
        importlib.invalidate_caches()
        call_command(Command(), check_unapplied=True, plan=True, verbosity=0, stdout=sink)
        answer = [0, ""]
    except SystemExit as end:
        answer = [end.code, "pending"]
    except Exception as why:  # what manage.py would end with a traceback or a message for, with exit code 1
        answer = [1, type(why).__name__]
    print(json.dumps(answer), flush=True)
