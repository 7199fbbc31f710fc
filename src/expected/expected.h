/* The migrations that an image expects: what every reader (files, manifest, listing) produces and what the verifier
 * judges the tenants by. Pure data: no files, no database. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strv.h"

enum framework {
    FRAMEWORK_AUTO = 0,
    FRAMEWORK_DJANGO,
    FRAMEWORK_ALEMBIC,
};

/* One migration. Its id is what people read and what rows are compared with:
 *   Django   "label.name" (app labels and module names hold no dots, so this is unambiguous)
 *   Alembic  the revision
 * The graph is the one the framework builds from its files before it looks at any database; ids in it may name
 * migrations that are not there: the verifier judges that, since replacements can make such an edge harmless. */
struct migration {
    char *id;
    struct strv parents;   /* Django: dependencies, with run_before and __first__ / __latest__ resolved.
                              Alembic: down_revision */
    struct strv depends;   /* Alembic: depends_on, resolved to revisions */
    struct strv replaces;  /* Django: the ids a squash stands for */
    bool parents_unknown;  /* the name is sure, the edges are not (a compiled file without its source, a flat list):
                              it must be applied, and takes no part in what is judged by the graph */
    char *file;            /* where it was read, for messages; NULL where there is none */
};

struct expected {
    enum framework framework;
    struct migration *items; /* ordered by id, each id once */
    size_t count;
    size_t cap;
    char *table;  /* history table, where the image's files name another than the framework's default; or NULL */
    char *schema; /* schema of the history table, where the files name one; or NULL */
    bool flask_migrate; /* Alembic: run by `flask db` and not by `alembic` */
    /* Schema-per-tenant Django (django-tenants and its kin) */
    bool django_tenants;  /* the project uses it */
    char *tenant_table;   /* table of the tenant model; NULL: not known from the text */
    char *public_schema;  /* schema of that table and of the shared apps; NULL: "public" */
    struct strv notices;  /* what the person should know though it is no error; one line each */
};

#define EXPECTED_INIT ((struct expected){0})

void expected_done(struct expected *expected);
#define _cleanup_expected_ __attribute__((cleanup(expected_done)))

/* Adds an empty migration of that id; the pointer is valid until the next call. */
struct migration *expected_add(struct expected *expected, const char *id);

/* Orders the migrations by id and each list within by bytes. Fails with ERR_NO_EXPECTED where an id comes twice. */
int expected_finish(struct expected *expected, struct err *reterr);

/* "sha256:HEX" over framework, ids, parents, depends and replaces: equal digests mean the same expectation. The
 * caller frees it. */
char *expected_digest(const struct expected *expected);
