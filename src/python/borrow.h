/* Values that a module imports from other modules of its project: `from .base import *`, `from .base import APPS`. The other
 * module is read and followed, and what its names are bound to is copied. */
#pragma once

#include "base/buf.h"
#include "python/module.h"
#include "python/roots.h"

struct py_borrowed; /* a list and its copy */

/* A module that values were taken from. */
struct py_lender {
    char *dotted, *package; /* its name, and what relative imports in it start from */
    char *path, *file;      /* `file` is escaped, for messages */
    struct buf text;
    struct py_module module;
    const struct py_module *borrower; /* only one may borrow: two would share lists that each can change */
    struct py_borrowed *copies;       /* made so far: two names of one list are two names of its copy */
    size_t copy_count, copy_cap;
    bool reading, known;
};

struct py_lenders {
    struct py_roots *roots;
    void (*inspect)(struct py_module *module); /* the caller's own distrust of what stands in a module; or NULL */
    struct py_lender **items;
    size_t count, cap;
    bool shared; /* some list is within the reach of two modules, and only one was seen to change it: nothing is certain */
};

void py_lenders_done(struct py_lenders *lenders);

/* Lets a module borrow from others, before it is read. `package` is what its relative imports start from ("" where that is not
 * known), borrowed; the lenders must live as long as the module. */
void py_borrow_use(struct py_lenders *lenders, struct py_module *module, const char *package);
