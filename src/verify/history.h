/* Reading history tables: each tenant's own, and nothing else. */
#pragma once

#include "base/watch.h"
#include "db/db.h"
#include "framework/framework.h"
#include "verify/recorded.h"

enum history_state {
    HISTORY_READ,
    HISTORY_NO_SCHEMA,
    HISTORY_NO_TABLE,
    HISTORY_NOT_A_TABLE,       /* a view, materialized view or foreign table stands in its place */
    HISTORY_NO_COLUMNS,        /* not the columns this framework's table has */
    HISTORY_NO_SCHEMA_RIGHT,   /* the role has no USAGE on the schema */
    HISTORY_NO_TABLE_RIGHT,    /* the role may not read the table */
    HISTORY_ROW_SECURITY,      /* row-level security would hide rows */
    HISTORY_NULL,              /* a row holds a null */
    HISTORY_FAILED,            /* the server could not read it; detail tells */
    HISTORY_CHANGED,           /* it changed or was locked while being read: worth another try; detail tells */
};

struct history {
    enum history_state state;
    char *detail;           /* the server's words, or NULL */
    struct recorded recorded;
    size_t rows;
};

void history_done(struct history *history);

/* What table to read, and how. Borrowed. */
struct history_table {
    const struct judge *judge;
    const char *table;
    const struct framework_column *columns; /* as in framework_row */
    size_t column_count;
};

/* Reads the tables of `count` schemas in one or two round trips; if one of them makes a statement fail, each is read by
 * itself, so that none hides the others. Fills in `ret` (an array of `count`). Fails as db_run() does, except that what
 * concerns a single table is a state, never an error. */
int history_read(struct db *db, const struct history_table *table, const char *const *schemas, size_t count,
                 const struct db_options *options, const struct watch *watch, struct deadline until, struct history *ret,
                 struct err *reterr);
