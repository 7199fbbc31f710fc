"""Django's own `migrate` would see to `public` alone and leave every tenant behind; here it means all of them."""

from django.core.management.commands.migrate import Command as DjangoMigrate

from tenancy.management.commands.migrate_schemas import Command as MigrateSchemas


class Command(MigrateSchemas):
    # Since 5.2 Django checks that this command has the same one as makemigrations.
    autodetector = getattr(DjangoMigrate, "autodetector", None)
