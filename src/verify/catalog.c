/* Which history tables are there, and can they be read? */
#include "verify/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* For each name its schema, the relation of that name in that very schema, the columns found there (a bit each), and the
 * rights. Names are compared as text: a cast to name would cut one that is too long, and find another. */
static const char catalog_sql[] =
    "SELECT n.oid IS NOT NULL, c.relkind::pg_catalog.text, "
    "CASE WHEN $4::pg_catalog.bool THEN pg_catalog.has_schema_privilege(n.oid, 'USAGE') ELSE true END, x.columns, x.not_null, "
    "CASE WHEN $4::pg_catalog.bool THEN pg_catalog.has_table_privilege(c.oid, 'SELECT') OR x.readable ELSE true END, "
    "c.relrowsecurity AND (NOT $4::pg_catalog.bool OR pg_catalog.row_security_active(c.oid)) "
    "FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY AS t(name, i) "
    "LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname OPERATOR(pg_catalog.=) t.name "
    "LEFT JOIN pg_catalog.pg_class AS c ON c.relnamespace OPERATOR(pg_catalog.=) n.oid "
    "AND c.relname OPERATOR(pg_catalog.=) $2::pg_catalog.text "
    "AND c.relkind::pg_catalog.text OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog.text[]) "
    "LEFT JOIN LATERAL (SELECT pg_catalog.bit_or(a.bit) AS columns, pg_catalog.bit_or(CASE WHEN a.attnotnull THEN a.bit END) "
    "AS not_null, "
    "pg_catalog.bool_and(CASE WHEN $4::pg_catalog.bool THEN pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') END) AS readable "
    "FROM (SELECT a.*, 1 OPERATOR(pg_catalog.<<) (pg_catalog.array_position($3::pg_catalog.text[], "
    "a.attname::pg_catalog.text) OPERATOR(pg_catalog.-) 1) AS bit FROM pg_catalog.pg_attribute AS a "
    "WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped "
    "AND a.attname::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($3::pg_catalog.text[])) AS a) AS x ON true "
    "ORDER BY t.i";

void catalog_add(const struct history_table *table, const char *const *schemas, size_t count, bool rights,
                 struct db_batch *batch)
{
    struct strv _cleanup_strv_ names = STRV_INIT, columns = STRV_INIT;
    for (size_t i = 0; i < count; i++)
        strv_add(&names, schemas[i]);
    for (size_t i = 0; i < table->column_count; i++)
        strv_add(&columns, table->columns[i].name);
    char _cleanup_free_ *name_array = db_text_array(&names);
    char _cleanup_free_ *column_array = db_text_array(&columns);
    const char *params[] = {name_array, table->table, column_array, rights ? "t" : "f"};
    db_batch_add(batch, catalog_sql, 4, params);
}

/* A bit for each column that must be there. */
static unsigned columns_needed(const struct history_table *table)
{
    unsigned needed = 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (!table->columns[i].optional && !table->columns[i].foreign)
            needed |= 1U << i;
    return needed;
}

/* A bit for each column that may not be there. */
static unsigned columns_foreign(const struct history_table *table)
{
    unsigned foreign = 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].foreign)
            foreign |= 1U << i;
    return foreign;
}

/* A bit for each column; of a column that is read in two ways the server tells the first one's only. */
static unsigned bits(const struct history_table *table, const struct db_rows *rows, size_t i, size_t column)
{
    const char *value = db_rows_value(rows, i, column);
    unsigned found = value ? (unsigned)strtoul(value, NULL, 10) : 0;
    for (size_t c = 1; c < table->column_count; c++)
        for (size_t first = 0; first < c; first++)
            if (strcmp(table->columns[first].name, table->columns[c].name) == 0 && ((found >> first) & 1))
                found |= 1U << c;
    return found;
}

static enum history_state state_of(const struct history_table *table, const struct db_rows *rows, size_t i, const struct found *found)
{
    const char *kind = db_rows_value(rows, i, 1);
    if (!db_rows_true(rows, i, 0))
        return HISTORY_NO_SCHEMA;
    if (table->query != NULL) /* what it reads is for the server to say */
        return HISTORY_READ;
    if (kind == NULL)
        return HISTORY_NO_TABLE;
    if (strcmp(kind, "r") != 0 && strcmp(kind, "p") != 0)
        return HISTORY_NOT_A_TABLE;
    /* The functions that tell rights look at the catalog as it is now: null is what they say of what has just gone. */
    if (db_rows_value(rows, i, 2) == NULL)
        return HISTORY_CHANGED;
    if (!db_rows_true(rows, i, 2))
        return HISTORY_NO_SCHEMA_RIGHT;
    if (found->columns == 0 || (found->columns & columns_needed(table)) != columns_needed(table))
        return HISTORY_NO_COLUMNS;
    if ((found->columns & columns_foreign(table)) != 0)
        return HISTORY_FOREIGN_COLUMN;
    if (db_rows_value(rows, i, 5) == NULL)
        return HISTORY_CHANGED;
    if (!db_rows_true(rows, i, 5))
        return HISTORY_NO_TABLE_RIGHT;
    return db_rows_true(rows, i, 6) ? HISTORY_ROW_SECURITY : HISTORY_READ;
}

int catalog_take(const struct history_table *table, const struct db_rows *rows, size_t count, struct found *ret,
                 struct err *reterr)
{
    if (db_rows_count(rows) != count)
        return err_set(reterr, ERR_INTERNAL, "the catalog answered for %zu of %zu schemas", db_rows_count(rows), count);
    for (size_t i = 0; i < count; i++) {
        const char *kind = db_rows_value(rows, i, 1);
        ret[i] = (struct found){.columns = bits(table, rows, i, 3), .not_null = bits(table, rows, i, 4)};
        ret[i].whole = kind != NULL && strcmp(kind, "p") == 0;
        ret[i].state = state_of(table, rows, i, &ret[i]);
    }
    return 0;
}
