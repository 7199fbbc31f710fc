"""Makes new tenants: a row, a schema and, unless told otherwise, all tables in it."""

from django.apps import apps
from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection, transaction

from tenancy import schemas


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("name", nargs="+", help="of the tenant and of its schema")
        parser.add_argument("--no-migrate", action="store_true", help="leave the schema empty")
        parser.add_argument("--exist-ok", action="store_true", help="pass over those that are there already")

    def handle(self, *, name, no_migrate, exist_ok, verbosity, **options):
        model = apps.get_model(settings.TENANT_MODEL)
        for each in name:
            if not 0 < len(each.encode()) < 64 or each.lower().startswith("pg_") or each == schemas.PUBLIC:
                raise CommandError(f'"{each}" cannot be the name of a tenant\'s schema')
            with transaction.atomic():
                known = not model.objects.get_or_create(schema_name=each)[1]
                if known and schemas.exists(each):
                    if exist_ok:
                        continue
                    raise CommandError(f'there is a tenant "{each}" already')
                with connection.cursor() as cursor:
                    cursor.execute("CREATE SCHEMA IF NOT EXISTS " + schemas.quoted(each))
            if not no_migrate:
                call_command("migrate_schemas", schema=each, interactive=False, verbosity=verbosity)
            if verbosity:
                self.stdout.write(self.style.SUCCESS(f'created tenant "{each}"'))
