/* Apps that the settings add under a condition: `if DEBUG: INSTALLED_APPS += ["debug_toolbar"]`. */
#pragma once

#include "django/apps.h"
#include "django/migration.h"

/* Does it matter whether these entries of INSTALLED_APPS are in it? Not for one that is nowhere in the image (with it, Django
 * itself would not start), that has no migrations, or that is in `certain` anyway. Fails where it matters or is not known. */
int django_maybe_check(const struct source *source, struct py_roots *roots, struct django_reader *reader,
                       struct django_settings *settings, const struct strv *maybe, const struct strv *certain,
                       struct err *reterr);
