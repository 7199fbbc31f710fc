/* One Django migration file: what its class Migration says about its place in the graph. */
#pragma once

#include "base/err.h"
#include "base/strv.h"
#include "python/classes.h"
#include "python/stars.h"

/* Where a file's words need a setting that is a string: `*ret` is borrowed, and NULL when the settings certainly do not
 * set it; fails when that is not known. */
typedef int django_get_setting(void *context, const char *name, const char **ret, struct err *reterr);

/* Is an app of this name (its Python package) among the project's? */
typedef bool django_is_installed(void *context, const char *name);

struct django_migration {
    struct strv dependencies; /* "label.name", also "label.__first__" */
    struct strv run_before;
    struct strv replaces;
};

struct django_reader {
    struct py_module module; /* used again for each file */
    struct buf text;
    struct py_roots *roots; /* to follow other base classes and import *; NULL: only Django's own class is known */
    struct py_stars stars;
    struct strmap bases; /* base classes found to add nothing to the graph (keys in base_names) */
    struct strv base_names;
    django_get_setting *get_setting;
    django_is_installed *is_installed;
    void *context;
};

void django_reader_done(struct django_reader *reader);

/* Reads the migration from `text`. `file` is how messages call it (escaped); `package` the dotted name of its package,
 * for relative imports. */
int django_migration_parse(struct django_reader *reader, const char *file, const char *package, const char *text,
                           size_t len, struct django_migration *ret, struct err *reterr);
void django_migration_done(struct django_migration *migration);
#define _cleanup_django_migration_ __attribute__((cleanup(django_migration_done)))
