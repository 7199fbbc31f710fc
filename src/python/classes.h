/* Classes across files: which class a dotted name means, what it derives from, and what its attributes are. */
#pragma once

#include "python/module.h"
#include "python/roots.h"

struct py_stars;

enum py_derives {
    PY_DERIVES_NO = 0,
    PY_DERIVES_YES,
    PY_DERIVES_UNKNOWN, /* the query's err says why */
};

/* An attribute as found along the bases: the first class that binds it counts. */
struct py_class_attribute {
    enum { PY_ATTRIBUTE_ABSENT = 0, PY_ATTRIBUTE_STRING, PY_ATTRIBUTE_BOOL, PY_ATTRIBUTE_UNKNOWN } state;
    char *text;     /* PY_ATTRIBUTE_STRING; owned */
    bool truth;     /* PY_ATTRIBUTE_BOOL */
    struct err err; /* PY_ATTRIBUTE_UNKNOWN: where and why */
};

/* Most attributes that one query can ask for. */
#define PY_CLASS_ATTRIBUTES 8

struct py_class_query {
    struct py_roots *roots;
    struct py_stars *stars;        /* to resolve import *; NULL: what they bind is not known */
    bool watch_self;               /* an attribute that some method sets on `self` is not known */
    const char *const *targets;    /* dotted names of the class that is looked for among the bases; NULL at the end */
    const char *const *attributes; /* names of the attributes to be found; NULL at the end */
    struct py_class_attribute found[PY_CLASS_ATTRIBUTES]; /* in the order of `attributes` */
    struct err err;                                       /* PY_DERIVES_UNKNOWN */
    size_t loads;                                         /* files read so far */
};

void py_class_query_done(struct py_class_query *query);

/* A module that a class was found in. */
struct py_class_module {
    struct py_module *module;
    const char *file;    /* for messages, escaped */
    const char *package; /* dotted name that relative imports start from */
};

/* Looks at a class of a module that was read. */
enum py_derives py_class_of(struct py_class_query *query, const struct py_class_module *in, const struct py_value *cls,
                            int depth);
/* Looks at whatever the dotted name stands for; what is no class does not derive. Reads files, as many as it takes (but
 * not for ever). */
enum py_derives py_class_named(struct py_class_query *query, const char *dotted, int depth);

/* The absolute form of a dotted name that may begin with dots, seen from `package`; to be freed. NULL: it leads out of
 * the top-level package. */
char *py_absolute_name(const char *dotted, const char *package);

/* Reads the module's text and follows it. `buf` keeps the text. */
int py_module_load(struct py_module *module, const char *path, struct buf *text, struct err *reterr);
