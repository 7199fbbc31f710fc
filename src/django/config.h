/* One entry of INSTALLED_APPS: which AppConfig Django makes of it (django/apps/config.py, AppConfig.create, as of
 * Django 4.1; 3.2 differs only in the deprecated default_app_config). */
#pragma once

#include "base/err.h"
#include "python/stars.h"

/* `stars->roots` tells where modules are looked for. Finds the app's name (its Python package) and label; the caller
 * frees both, also after a failure. */
int django_config_read(struct py_stars *stars, const char *entry, char **ret_name, char **ret_label,
                       struct err *reterr);
