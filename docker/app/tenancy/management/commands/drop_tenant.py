"""Removes tenants: the row, and the schema with all that is in it."""

from django.apps import apps
from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import connection, transaction

from tenancy import schemas


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("name", nargs="+", help="of the tenant and of its schema")

    def handle(self, *, name, verbosity, **options):
        model = apps.get_model(settings.TENANT_MODEL)
        for each in name:
            with transaction.atomic():
                # The row says that the schema is a tenant's: nothing else is dropped.
                if not model.objects.filter(schema_name=each).delete()[0]:
                    raise CommandError(f'there is no tenant "{each}"')
                with connection.cursor() as cursor:
                    cursor.execute("DROP SCHEMA IF EXISTS " + schemas.quoted(each) + " CASCADE")
            if verbosity:
                self.stdout.write(self.style.SUCCESS(f'removed tenant "{each}"'))
