"""A real app with a schema per tenant (docker/app): what the gate refuses, and that the commands it prints mend it when they
are run as printed."""
import json
import sys

import pytest
from harness.postgres import ident, literal
from projects import failing, manifests_of, printed_commands, printed_lines

ALL = "finance.0001_initial", "finance.0002_lines", "finance.0003_invoice_paid"


@pytest.fixture
def gated(app, bare_gate):
    """Runs the gate in the app's folder, as the image does."""
    def call(*words, **settings):
        return bare_gate.call(*(words or ("--", "echo", "the app runs")), cwd=app.folder, env=app.variables, **settings)
    return call


def opens(result):
    return (result.code, result.out) == (0, "the app runs\n")


def test_nothing_has_to_be_configured(gated, app):
    assert opens(gated())
    report = gated("verify", "--format", "json").report
    assert report["tenants"]["total"] == 3  # public too
    assert report["sources"][0]["framework"] == "django"


@pytest.mark.parametrize("way", ["files", "script"])
def test_a_manifest_of_either_kind(gated, app, bare_gate, way):
    manifest = manifests_of(bare_gate, app)[way]
    document = json.loads(manifest.read_text())
    assert "customers_client" in json.dumps(document)
    elsewhere = bare_gate.call("--", "echo", "the app runs", env=app.variables, migrations_manifest=manifest, cwd="/")
    assert opens(elsewhere)
    app.manage("create_tenant", "demo", "--no-migrate")
    closed = bare_gate.call("--", "echo", "the app runs", env=app.variables, migrations_manifest=manifest, cwd="/")
    assert closed.code == 1 and printed_commands(closed) == ["python manage.py migrate_schemas --schema=demo"]


def test_a_database_that_was_never_migrated_is_mended_by_what_is_printed(gated, app, make_database):
    app.use(make_database("never"))
    assert not opens(gated())
    for _ in range(3):
        result = gated()
        if opens(result):
            break
        for line in printed_commands(result):
            app.shell(line)
    assert opens(gated()) and app.is_migrated()


def test_a_new_tenant_that_was_not_migrated(gated, app):
    app.manage("create_tenant", "demo", "--no-migrate")
    assert not app.is_migrated()
    result = gated()
    assert (result.code, result.out) == (1, "")
    assert "1 of 4 tenants is not fully migrated" in result.banner and "demo" in result.said
    commands = printed_commands(result)
    assert commands == ["python manage.py migrate_schemas --schema=demo"]
    app.shell(commands[0])
    assert opens(gated()) and app.is_migrated()


def test_a_new_tenant_whose_path_shows_publics_history(gated, app):
    """Django's own check, run with the usual search path, takes public's table for the tenant's and finds nothing to do."""
    app.manage("create_tenant", "demo", "--no-migrate")
    script = ("import django; django.setup()\n"
              "from django.core.management import call_command\n"
              "from django.core.management.commands.migrate import Command\n"
              "call_command(Command(), check_unapplied=True, plan=True)\n")
    fooled = app.run(sys.executable, "-c", script, DJANGO_SETTINGS_MODULE="project.settings", PGOPTIONS="-c search_path=demo,public")
    assert "No planned migration operations" in fooled.stdout
    for settings in ({}, {"env": {}}):
        result = gated("verify", "--format", "json")
        assert failing(result.report) == {"demo": {"no_history_table"}}, settings
    url = app.database.url(options="-c search_path=demo,public")
    app.variables["DATABASE_URL"] = url
    assert failing(gated("verify", "--format", "json").report) == {"demo": {"no_history_table"}}
    app.variables.update(DATABASE_URL=app.database.url(), PGOPTIONS="-c search_path=demo,public")
    assert failing(gated("verify", "--format", "json").report) == {"demo": {"no_history_table"}}
    app.database.sql(f"ALTER ROLE postgres IN DATABASE {ident(app.database.name)} SET search_path TO demo, public")
    assert failing(gated("verify", "--format", "json").report) == {"demo": {"no_history_table"}}


def test_a_tenant_without_a_schema(gated, app):
    app.database.sql("INSERT INTO customers_client (schema_name, created_on) VALUES ('ghost', now())")
    assert not app.is_migrated()
    result = gated("verify", "--format", "json")
    assert failing(result.report) == {"ghost": {"missing_schema"}}
    said = gated()
    assert said.code == 1 and "there is no such schema" in said.said and "Create the schema" in said.said
    warned = gated(tenants_missing_schema="warn")
    assert opens(warned) and "ghost" in warned.err
    app.manage("create_tenant", "ghost")
    assert opens(gated())


def test_a_schema_without_a_tenant_is_nobodys(gated, app):
    app.database.sql("CREATE SCHEMA orphan; CREATE TABLE orphan.django_migrations (id int, app text, name text, applied date)")
    assert app.is_migrated() and opens(gated())


def test_a_schema_in_another_case_is_another(gated, app):
    app.database.sql('INSERT INTO customers_client (schema_name, created_on) VALUES (\'Acme\', now())')
    assert failing(gated("verify", "--format", "json").report) == {"Acme": {"missing_schema"}}
    assert not app.is_migrated()


def test_a_new_image_with_one_more_migration(gated, app):
    """Every tenant is behind then, public as well: one command for all, and it mends all."""
    app.write("finance/migrations/0004_note.py", """from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("finance", "0003_invoice_paid")]
    operations = [migrations.AddField("invoice", "note", models.CharField(max_length=9, default=""))]
""")
    assert not app.is_migrated()
    result = gated()
    assert result.code == 1 and "3 of 3 tenants" in result.banner and "finance.0004_note" in result.said
    for line in printed_commands(result):
        app.shell(line)
    assert opens(gated()) and app.is_migrated()


@pytest.mark.parametrize("tenant", ["acme", "public"])
def test_one_schema_behind_the_others(gated, app, tenant):
    app.manage("migrate_schemas", "--schema", tenant, "finance", "0002_lines")
    result = gated()
    assert result.code == 1 and f"1 tenant lacks finance.0003_invoice_paid: {tenant}" in result.said
    commands = printed_commands(result)
    assert commands == [f"python manage.py migrate_schemas --schema={tenant}"]
    app.shell(commands[0])
    assert opens(gated()) and app.is_migrated()


def test_a_rollback_of_the_image_opens_with_a_warning(gated, app):
    app.remove("finance/migrations/0003_invoice_paid.py")
    result = gated()
    assert opens(result) and "finance.0003_invoice_paid" in result.err
    assert app.is_migrated()
    closed = gated(migrations_unknown="fail")
    assert closed.code == 1


NAMES = ["O'Brien", 'say "hi"', "x; touch pwned", "ünïcödé 日本", "n" * 63, ("w " * 32)[:63], "a,b", "/x/", " lead", "trail ",
         "a$b", "${HOME}", "$$", "-dash", "--help", "back\\slash", "`touch pwned`", "$(touch pwned)", "*", "~", "#h", "%d", "a;b",
         "'", "''", "Gamma", "beta-co", "a.b", "tenants", "é" * 31, "all", "'" * 10]
RUN = ["O'Brien", "$(touch pwned)", ("w " * 32)[:63], "-dash"]


def test_tenants_with_any_name(gated, app, bare_gate):
    """Each alone is behind, and each printed line does what it says in a real shell: the assignment leaves this tenant out,
    the command names it, and for some it is run to its end."""
    app.manage("create_tenant", "--no-migrate", "--", *NAMES)
    copy = "CREATE TABLE {0}.django_migrations AS SELECT * FROM public.django_migrations;"
    app.database.sql("".join(copy.format(ident(name)) for name in NAMES))
    assert opens(gated())
    wrong = {}
    for name in NAMES:
        app.database.sql(f"DROP TABLE {ident(name)}.django_migrations")
        lines = printed_lines(gated())
        command = [line for line in lines if line.startswith("python ")]
        leave_out = [line for line in lines if line.startswith("TENANTGATE_TENANTS_EXCLUDE=")]
        if len(command) != 1 or len(leave_out) != 1:
            wrong[name] = lines
            continue
        words = app.shell("python() { printf '%s\\0' \"$@\"; }; " + command[0], check=False).stdout.split("\0")
        without = app.shell(f"{leave_out[0]} {bare_gate.binary} -- echo the app runs", check=False).stdout
        if words != ["manage.py", "migrate_schemas", f"--schema={name}", ""] or without != "the app runs\n":
            wrong[name] = lines, words, without
        if name in RUN:
            app.shell(command[0])
        else:
            app.database.sql(copy.format(ident(name)))
        if not opens(gated()):
            wrong[name] = command[0]
    assert wrong == {}
    assert not (app.folder / "pwned").exists()


def test_a_name_that_cannot_be_shown_is_mended_by_the_command_for_all(gated, app):
    app.manage("create_tenant", "--no-migrate", "tab\tname", "line\nname")
    result = gated()
    assert result.code == 1 and "tab\\tname" in result.said
    assert printed_commands(result) == ["python manage.py migrate_schemas"]
    app.shell(printed_commands(result)[0])
    assert opens(gated())


def test_many_tenants_behind(gated, app):
    """More than the banner can show by name: it counts the rest, and its command mends them all."""
    sql = "".join(f"CREATE SCHEMA {ident(f't{n:02}')}; INSERT INTO customers_client (schema_name, created_on) VALUES "
                  f"({literal(f't{n:02}')}, now());" for n in range(12))
    app.database.sql(sql)
    result = gated()
    assert "12 of 15 tenants are not fully migrated" in result.banner and "more" in result.said
    commands = printed_commands(result)
    assert len(commands) == 1
    app.shell(commands[0])
    assert opens(gated()) and app.is_migrated()


def test_a_tenants_table_with_rows_that_the_role_may_not_see(gated, app):
    """Row-level security would make a tenant look empty, and public look like it has no tenants."""
    app.database.sql("DROP ROLE IF EXISTS web; CREATE ROLE web LOGIN; GRANT USAGE ON SCHEMA acme, globex, public TO web;"
                     "GRANT SELECT ON ALL TABLES IN SCHEMA acme, globex, public TO web")
    app.variables["DATABASE_URL"] = app.database.url(user="web")
    assert opens(gated())
    app.database.sql("ALTER TABLE customers_client ENABLE ROW LEVEL SECURITY")
    result = gated()
    assert result.code == 77 and result.out == "", result
    app.database.sql("ALTER TABLE customers_client DISABLE ROW LEVEL SECURITY; REVOKE SELECT ON acme.django_migrations FROM web")
    assert failing(gated("verify", "--format", "json").report) == {"acme": {"no_privilege"}}
    app.database.sql("DROP OWNED BY web; DROP ROLE web")
