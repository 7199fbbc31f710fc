"""Migrates the schema `public` and every tenant's, each by its own table django_migrations."""

from django.apps import apps
from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from tenancy import schemas


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("app_label", nargs="?", help="only this app ...")
        parser.add_argument("migration_name", nargs="?", help="... to exactly this migration, also backwards")
        parser.add_argument("--schema", help="only this schema")
        parser.add_argument("--shared", action="store_true", help="only public")
        parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive", help="never ask")
        parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a schema is behind")

    def handle(self, *, app_label, migration_name, schema, shared, interactive, check, verbosity, **options):
        behind = []
        for name in self.names(schema, shared):
            if not schemas.exists(name):
                raise CommandError(f'tenant "{name}" has no schema; make it with: manage.py create_tenant {name}')
            if verbosity:
                self.stdout.write(self.style.MIGRATE_HEADING(f"=== {name}"))
            if check:
                if not self.is_migrated(name):
                    behind.append(name)
                continue
            # Django looks for its table in the whole search path and would take public's for the tenant's: so the
            # tenant's own is made first, while nothing else is in sight.
            with schemas.schema(name, alone=True):
                MigrationRecorder(connection).ensure_schema()
            with schemas.schema(name):
                target = [word for word in (app_label, migration_name) if word]
                call_command(DjangoMigrate(), *target, interactive=interactive, verbosity=verbosity)
        if behind:
            raise CommandError("not fully migrated: " + ", ".join(behind))

    def names(self, schema, shared):
        if schema:
            yield schema
            return
        yield schemas.PUBLIC
        # Asked for only now: in a new database the tenants' table has come with the migration of public.
        model = apps.get_model(settings.TENANT_MODEL)
        if not shared and model._meta.db_table in connection.introspection.table_names():
            yield from model.objects.order_by("schema_name").values_list("schema_name", flat=True)

    def is_migrated(self, name):
        try:
            with schemas.schema(name, alone=True):
                call_command(DjangoMigrate(), check_unapplied=True, interactive=False, verbosity=0)
        except SystemExit as end:
            return not end.code
        return True
