/* Which history tables are there, and can they be read? By the catalog alone, so that nothing is hidden by missing rights and
 * nothing comes from another schema. */
#pragma once

#include "db/db.h"
#include "framework/framework.h"

enum history_state {
    HISTORY_READ,              /* can be read, or was */
    HISTORY_NO_SCHEMA,
    HISTORY_NO_TABLE,
    HISTORY_NOT_A_TABLE,       /* a view, materialized view or foreign table stands in its place */
    HISTORY_NO_COLUMNS,        /* not the columns this framework's table has */
    HISTORY_FOREIGN_COLUMN,    /* one that only another framework's table has */
    HISTORY_NO_SCHEMA_RIGHT,   /* the role has no USAGE on the schema */
    HISTORY_NO_TABLE_RIGHT,    /* the role may not read the table */
    HISTORY_ROW_SECURITY,      /* row-level security would hide rows */
    HISTORY_NULL,              /* a row holds a null where none may be */
    HISTORY_FAILED,            /* the server could not read it */
    HISTORY_CHANGED,           /* it changed or was locked while being read: worth another try */
};

#define QUERY_SCHEMA "{schema}"

/* What table to read. Borrowed. */
struct history_table {
    const char *query; /* framework = sql: what is applied, QUERY_SCHEMA for the schema's name; then there is no table. Or NULL */
    const char *table;
    const struct framework_column *columns; /* as in framework_row */
    size_t column_count;
};

/* One schema's table, as the catalog describes it. */
struct found {
    enum history_state state; /* HISTORY_READ: the rest holds */
    bool whole;               /* partitioned: its rows are in its parts; of all others only the table itself is read, not
                                 what inherits from it elsewhere */
    unsigned columns;         /* a bit for each column that is there */
    unsigned not_null;        /* a bit for each that cannot hold a null */
};

/* Adds the one statement that describes the tables of these schemas. Without `rights` it is not asked what the role may do,
 * which takes the server as long as all the rest: everything counts as allowed, and row-level security as active. */
void catalog_add(const struct history_table *table, const char *const *schemas, size_t count, bool rights,
                 struct db_batch *batch);
/* Takes its answer into `ret` (an array of `count`). */
int catalog_take(const struct history_table *table, const struct db_rows *rows, size_t count, struct found *ret,
                 struct err *reterr);
