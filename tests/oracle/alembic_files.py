"""What Alembic itself says of projects on disk, without a database.

    /usr/bin/python3 tests/oracle/alembic_files.py PROJECT...

Each project is a folder with an alembic.ini. One line of JSON per project: {"error": ...}, or {"migrations": [{"id", "parents",
"depends"}, ...]} as in a manifest.
"""
import json
import os
import sys
import warnings

from alembic.config import Config
from alembic.script import ScriptDirectory


def describe(project):
    os.chdir(project)
    try:
        script = ScriptDirectory.from_config(Config("alembic.ini"))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            # Loads and checks all files. Nothing is walked: on some circles that its check misses Alembic never comes back.
            known = {rev for rev in script.revision_map._revision_map.values() if rev is not None}
    except Exception as error:  # whatever Alembic says
        return {"error": f"{type(error).__name__}: {error}"}

    def several(value):
        return [] if value is None else [value] if isinstance(value, str) else list(value)

    return {
        "migrations": [
            {
                "id": rev.revision,
                "parents": sorted(set(several(rev.down_revision))),
                "depends": sorted(set(several(rev._resolved_dependencies))),
            }
            for rev in sorted(known, key=lambda rev: rev.revision)
        ]
    }


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    for folder in sys.argv[1:]:
        print(json.dumps(describe(folder)))
