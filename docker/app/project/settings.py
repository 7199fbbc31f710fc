"""One PostgreSQL schema per tenant; works with Django 3.2, 4.2 and 5.2."""

import os

from project.database import from_url

SECRET_KEY = os.environ.get("SECRET_KEY", "only-good-enough-for-an-example")
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The lists of apps are plain literals, so that tenantgate can read them without running this file.

# These have their tables in the schema `public`.
SHARED_APPS = [
    "tenancy",
    "customers",
    "django.contrib.contenttypes",
    "django.contrib.auth",
]
# These have their tables in every tenant's schema.
TENANT_APPS = [
    "finance",
]
INSTALLED_APPS = list(SHARED_APPS) + [app for app in TENANT_APPS if app not in SHARED_APPS]

# The model whose rows are the tenants.
TENANT_MODEL = "customers.Client"

DATABASES = {"default": from_url(os.environ.get("DATABASE_URL", "postgresql:///app"))}
DATABASE_ROUTERS = ["tenancy.routers.SchemaRouter"]
