/* The migrations package of one app: which files in it are migrations (django/db/migrations/loader.py, load_disk;
 * Python's pkgutil.iter_modules). */
#pragma once

#include "django/apps.h"
#include "django/migration.h"

/* One migration on disk. */
struct django_node {
    char *id;     /* "label.name" */
    uint32_t app; /* index of the app */
    char *file;
    bool compiled; /* only a compiled file: the graph is not known from it */
    struct django_migration migration;
};

struct django_nodes {
    struct django_node *items;
    size_t count, cap;
};

void django_nodes_done(struct django_nodes *nodes);
#define _cleanup_django_nodes_ __attribute__((cleanup(django_nodes_done)))

/* Adds the migrations of the app. `*ret_migrated` is false when Django sees none in it ("an app without migrations").
 * Notices go to `notices`. */
int django_package_read(struct py_roots *roots, struct django_reader *reader, const struct django_app *app,
                        uint32_t app_index, struct django_nodes *nodes, bool *ret_migrated, struct strv *notices,
                        struct err *reterr);
