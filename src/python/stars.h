/* What `from MODULE import *` binds, found by reading the module's file. */
#pragma once

#include "python/module.h"
#include "python/roots.h"

struct py_stars {
    struct py_roots *roots;
    const char *package; /* relative imports start from it; borrowed */
    int depth;           /* modules that are being read inside one another */
    struct py_star_module *known;
    size_t count, cap;
    struct strmap by_name;
    /* Names that were found to be no class of the kind that is looked for (py_class_query.targets, which must be the
     * same for all queries that share this), or not to be decided: each is followed through its files once. */
    struct strmap strangers;                   /* name: index of the reason in stranger_whys */
    struct strv stranger_names, stranger_whys; /* the reason why it is not decided; "": it is no such class */
};

void py_stars_done(struct py_stars *stars);

/* How a module that is read for something else gets its import * resolved: sets `package` (the dotted name that
 * relative imports start from), and returns what was set before. `stars` may be NULL: then nothing is resolved. */
const char *py_stars_use(struct py_stars *stars, struct py_module *module, const char *package);

/* A py_star_names; `context` is a struct py_stars. Each module is read once. Not known: modules that are not found,
 * that cannot be read, or that bind names in ways the text does not show. */
bool py_stars_names(void *context, const char *dotted, struct strv *names);
