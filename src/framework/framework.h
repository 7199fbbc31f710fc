/* The frameworks: one row each, and nothing about a single one of them anywhere else than in this table and in the
 * reader and judge it names. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "expected/expected.h"
#include "expected/source.h"

/* A column of the history table, and what of it is read, as text. */
struct framework_column {
    const char *name; /* NULL: the end of the list */
    enum framework_cell {
        CELL_TEXT,    /* the value */
        CELL_BYTES,   /* a bytea, in hexadecimal digits */
        CELL_PRESENT, /* "true" or "false": is it not null? */
    } cell;
    bool optional; /* where the table lacks it, the cell is null */
};

#define FRAMEWORK_COLUMNS 8 /* room for that many, with the end */

struct framework_row {
    enum framework id;
    const char *name;
    const char *title;      /* as its makers write it */
    const char *table;      /* default history table */
    struct framework_column columns[FRAMEWORK_COLUMNS]; /* what is read of a row, in this order (verify/recorded.c) */
    int (*read)(const struct source *source, struct expected *ret, struct err *reterr);
    const char *migrate;         /* the command that applies what is pending */
    const char *migrate_tenant;  /* the same for one tenant ("%s"), or NULL */
    const char *show;            /* the command that shows the state */
};

/* NULL for FRAMEWORK_AUTO. */
const struct framework_row *framework_row(enum framework id);
/* NULL for a name that is not built. */
const struct framework_row *framework_by_name(const char *name);
/* All rows, for help. */
const struct framework_row *framework_rows(size_t *ret_count);

size_t framework_column_count(const struct framework_row *row);

/* Reads what the image expects from its files; detects the framework where the source says FRAMEWORK_AUTO. */
int framework_read(const struct source *source, struct expected *ret, struct err *reterr);

/* The command that shows the state. */
const char *framework_show(const struct expected *expected);

/* How the parts of a loop over tenants look, where one command cannot do them all:
 * for tenant in A B; do COMMAND with "$tenant"; done */
#define FRAMEWORK_LOOP "for tenant in"
#define FRAMEWORK_LOOP_DO "; do "
#define FRAMEWORK_LOOP_DONE "; done"

/* Adds the commands that apply what is pending in these tenants: one each while they are few, else one for all. */
void framework_remedies(const struct expected *expected, const struct strv *tenants, struct strv *ret);
