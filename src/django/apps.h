/* The apps of a Django project: their labels and where their migrations are, as Django's own app registry finds them
 * (django/apps/config.py: AppConfig.create, registry.py: Apps.populate; Django 3.2 and later). */
#pragma once

#include "django/settings.h"

struct django_app {
    char *entry; /* as in INSTALLED_APPS */
    char *label;
    char *name;       /* Python package of the app; NULL where only its migrations were named by hand */
    char *migrations; /* Python package of the migrations; NULL: the app has none, or `folder` holds them */
    char *folder;     /* of the migrations, named by hand */
    bool explicit;    /* the package was named in MIGRATION_MODULES or by hand: it must be there */
};

struct django_apps {
    struct django_app *items;
    size_t count, cap;
    struct strmap by_label;
};

/* Makes the registry from the entries of INSTALLED_APPS, or of migrations.apps (`by_hand`: there, LABEL=PACKAGE and
 * LABEL=FOLDER are entries, too). */
int django_apps_read(const struct source *source, struct py_roots *roots, struct django_settings *settings,
                     const struct strv *entries, bool by_hand, struct django_apps *ret, struct err *reterr);
void django_apps_done(struct django_apps *apps);
#define _cleanup_django_apps_ __attribute__((cleanup(django_apps_done)))
