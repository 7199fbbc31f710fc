/* Where Python would find a module: the folders of sys.path as far as files show them, and Python's rules for
 * packages, plain modules and namespace packages (importlib's FileFinder; PEP 420). */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/environ.h"
#include "base/err.h"
#include "base/strmap.h"
#include "base/strv.h"

struct py_root {
    char *folder;
    int rank; /* folders of one rank and different groups are alternatives: which one counts is not known */
    int group;
};

enum py_found_kind {
    PY_FOUND_NONE = 0,
    PY_FOUND_MODULE,    /* NAME.py, or a compiled one */
    PY_FOUND_PACKAGE,   /* a folder with __init__ */
    PY_FOUND_NAMESPACE, /* folders without */
};

struct py_found {
    enum py_found_kind kind;
    char *source;         /* the .py file (of a package its __init__.py); NULL: only compiled, or a namespace package */
    char *compiled;       /* the compiled file, where there is no source */
    struct strv folders;  /* where a package's modules are */
    bool folders_changed; /* the package's __init__.py changes __path__: more folders may count */
};

struct py_roots {
    struct py_root *items;
    size_t count, cap;
    int ranks; /* given out so far */
    bool incomplete; /* what is not found may be somewhere all the same: sys.path has places that are not known here */
    struct py_cached *cache; /* what was looked up before; owned */
    size_t cache_count, cache_cap;
    struct strmap cached; /* dotted name: index in the cache */
};

/* The folders: `paths` in their order, PYTHONPATH, the virtual environments ($VIRTUAL_ENV, $CONDA_PREFIX, those
 * whose bin is in $PATH, .venv and venv in the paths, /opt/venv), the user's own, the system's. `prefix` stands in
 * front of the absolute ones ("" outside of tests). Folders that do not exist are left out. */
void py_roots_init(struct py_roots *roots, const struct strv *paths, const struct environment *env, const char *prefix);
void py_roots_done(struct py_roots *roots);
#define _cleanup_py_roots_ __attribute__((cleanup(py_roots_done)))

/* Adds a folder in front of, or behind, all others (sys.path.insert(0, ...), sys.path.append(...)). */
void py_roots_add(struct py_roots *roots, const char *folder, bool in_front);

/* Finds the module of this dotted name. `*ret` belongs to `roots` and is valid until the next call; it is of kind
 * PY_FOUND_NONE when there is none. Fails (ERR_NO_EXPECTED) when that is not decided. */
int py_roots_find(struct py_roots *roots, const char *dotted, const struct py_found **ret, struct err *reterr);

/* Is there something at this path? */
bool py_file_exists(const char *path);
/* Reads a Python file (at most 16 MiB). */
int py_file_read(const char *path, struct buf *out, struct err *reterr);
/* "FOLDER/NAME"; the folder "." is left out. */
char *py_path_join(const char *folder, const char *name);
