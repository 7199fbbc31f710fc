from django.apps import apps
from django.conf import settings

from tenancy import schemas


class SchemaRouter:
    """An app's tables are made only where they belong.

    The migrations of the other apps do nothing there, but Django records them all the same: every schema's history
    ends up with all migrations of all apps.
    """

    def allow_migrate(self, db, app_label, model_name=None, **hints):
        here = settings.SHARED_APPS if schemas.current() == schemas.PUBLIC else settings.TENANT_APPS
        return apps.get_app_config(app_label).name in here
