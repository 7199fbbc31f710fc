"""Which PostgreSQL schema the connection works in."""

from contextlib import contextmanager

from django.db import connection

PUBLIC = "public"


def current():
    return getattr(connection, "tenant_schema", PUBLIC)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def set_path(*names):
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('search_path', %s, false)", [", ".join(map(quoted, names))])


def exists(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s", [name])
        return cursor.fetchone() is not None


@contextmanager
def schema(name, alone=False):
    """Works in the schema NAME; what is not found there is looked for in `public`, unless `alone`."""
    before = current()
    connection.tenant_schema = name
    set_path(*([name] if alone or name == PUBLIC else [name, PUBLIC]))
    try:
        yield
    finally:
        connection.tenant_schema = before
        set_path(*([before] if before == PUBLIC else [before, PUBLIC]))
