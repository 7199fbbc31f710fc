/* Values that a module imports from other modules of its project: `from .base import *`, `from .base import APPS`. The other
 * module is read and followed, and what its names are bound to is copied. */
#pragma once

#include "base/buf.h"
#include "python/module.h"
#include "python/roots.h"

/* A module that was read for another. */
struct py_lender {
    char *dotted, *package; /* its name, and what relative imports in it start from */
    char *path, *file;      /* `file` is escaped, for messages */
    struct buf text;
    struct py_module module;
    bool reading, known;
    bool lent; /* some value of it was taken over */
};

/* A list, set or dictionary that stands for one and the same object in several modules. */
struct py_version {
    const struct py_value *origin; /* where the object was made */
    const struct py_value *parent; /* the version that this one was copied from */
    struct py_value *copy;
    const struct py_module *owner;
};

struct py_lenders {
    struct py_roots *roots;
    const char *root; /* the dotted name of the module that all are read for; "" where it has none; borrowed */
    const struct py_module *start; /* that module */
    void (*inspect)(struct py_module *module); /* the caller's own distrust of what stands in a module; or NULL */
    struct py_lender **items;
    size_t count, cap;
    struct py_version *versions;
    size_t version_count, version_cap;
    /* Some object was changed in one module while another had it, in an order that is not followed: nothing is certain. */
    bool shared;
    bool unread; /* some module of the project is imported and could not be read: who knows what it changes */
};

void py_lenders_done(struct py_lenders *lenders);

/* Lets the module that all is about borrow from others, before it is read. `package` is what its relative imports start from (""
 * where that is not known), borrowed; the lenders must live as long as the module. */
void py_borrow_start(struct py_lenders *lenders, struct py_module *module, const char *package);

/* To be asked when the module was read: may its values be trusted? Not when what it borrowed could be changed elsewhere. */
bool py_borrow_settled(struct py_lenders *lenders, const struct py_module *module);
