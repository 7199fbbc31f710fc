/* The Django settings of a project, as far as their text decides them. */
#pragma once

#include "expected/source.h"
#include "python/borrow.h"
#include "python/module.h"
#include "python/roots.h"

struct django_settings {
    char *file; /* for messages, escaped; NULL: the settings are not known */
    char *path;
    struct buf text;
    char *name;                /* dotted, or a path */
    char *package;             /* what relative imports in it start from; "" where that is not known */
    struct py_lenders lenders; /* other modules that it takes settings from */
    struct py_module module;   /* followed; borrows from `text` */
};

/* The advice that every undecided value ends with. */
#define DJANGO_HINT                                                                                                    \
    "make a manifest when the image is built: `tenantgate manifest --script django | python - | tenantgate manifest "  \
    "--from django -o FILE -`; or set migrations.settings or migrations.apps"

/* Finds and reads the settings: source->settings, else DJANGO_SETTINGS_MODULE, else what manage.py (or a wsgi.py or
 * asgi.py) names. `required`: fails when there are none; otherwise `ret->file` stays NULL then. */
int django_settings_read(const struct source *source, struct py_roots *roots, bool required,
                         struct django_settings *ret, struct err *reterr);
/* The same from a buffer; `file` is how messages call it. */
int django_settings_parse(const char *file, const char *text, size_t len, struct django_settings *ret,
                          struct err *reterr);
void django_settings_done(struct django_settings *settings);
#define _cleanup_django_settings_ __attribute__((cleanup(django_settings_done)))

/* INSTALLED_APPS; `ret_maybe` gets those that are added under a condition. Fails when it is not set, or not decided by the
 * text. */
int django_settings_apps(struct django_settings *settings, struct strv *ret, struct strv *ret_maybe, struct err *reterr);
/* Fails because it matters whether that entry of `ret_maybe` is installed; `what` says why, after a comma. */
int django_settings_app_undecided(struct django_settings *settings, const char *entry, const char *what, struct err *reterr);

/* A setting that is a string. `*ret` stays NULL when the text certainly does not set it (or sets it to None); it is
 * borrowed. Fails when the text does not decide it. */
int django_settings_string(struct django_settings *settings, const char *name, const char **ret, struct err *reterr);

/* MIGRATION_MODULES[label]: `*ret_set` tells whether the label is in it; `*ret_module` is NULL for None. */
int django_settings_migrations(struct django_settings *settings, const char *label, bool *ret_set,
                               const char **ret_module, struct err *reterr);

/* Reads which settings a manage.py (or wsgi.py) names, from its text: NULL when none. Fails when it is computed, or
 * there are several. The caller frees `*ret`. */
int django_settings_named(const char *file, const char *text, size_t len, char **ret, struct err *reterr);
