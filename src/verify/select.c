/* The SQL that reads history tables. */
#include "verify/select.h"

#include <inttypes.h>
#include <string.h>

#include "db/db.h"

/* t."name"::text, or what the cell is instead. */
static void add_cell(const struct framework_column *column, bool there, struct buf *sql)
{
    if (!there) {
        buf_puts(sql, "NULL::pg_catalog.text");
        return;
    }
    buf_puts(sql, column->cell == CELL_BYTES ? "pg_catalog.encode(t." : column->cell == CELL_PRESENT ? "(t." : "t.");
    db_quote_ident(sql, column->name);
    buf_puts(sql, column->cell == CELL_BYTES     ? ", 'hex')"
                  : column->cell == CELL_PRESENT ? " IS NOT NULL)::pg_catalog.text"
                                                 : "::pg_catalog.text");
}

/* Can this cell be null? Then it is hashed as an empty text, and the seed tells which cells are null, so that no two rows that
 * differ look alike. */
static bool may_be_null(const struct framework_column *column, const struct found *found, size_t c)
{
    return ((found->columns >> c) & 1) && !((found->not_null >> c) & 1) && column->cell != CELL_PRESENT;
}

static void add_seed(const struct history_table *table, const struct found *found, int64_t seed, struct buf *sql)
{
    buf_printf(sql, "'%" PRId64 "'::pg_catalog.int8", seed);
    for (size_t c = 0; c < table->column_count; c++) {
        if (((found->columns >> c) & 1) == 0) {
            buf_printf(sql, " OPERATOR(pg_catalog.#) '%u'::pg_catalog.int8", 1U << c);
        } else if (may_be_null(&table->columns[c], found, c)) {
            buf_puts(sql, " OPERATOR(pg_catalog.#) CASE WHEN t.");
            db_quote_ident(sql, table->columns[c].name);
            buf_printf(sql, " IS NULL THEN '%u'::pg_catalog.int8 ELSE '0'::pg_catalog.int8 END", 1U << c);
        }
    }
}

/* The hash of one row: each column's, seeded with that of the one before it. */
static void add_hash(const struct history_table *table, const struct found *found, int64_t seed, struct buf *sql)
{
    for (size_t c = table->column_count; c-- > 0;) {
        if (((found->columns >> c) & 1) == 0)
            continue;
        bool null = may_be_null(&table->columns[c], found, c);
        buf_puts(sql, null ? "pg_catalog.hashtextextended(COALESCE(" : "pg_catalog.hashtextextended(");
        add_cell(&table->columns[c], true, sql);
        buf_puts(sql, null ? ", '') COLLATE pg_catalog.\"C\", " : " COLLATE pg_catalog.\"C\", ");
    }
    add_seed(table, found, seed, sql);
    for (size_t c = 0; c < table->column_count; c++)
        if ((found->columns >> c) & 1)
            buf_putc(sql, ')');
}

static void add_print(const struct history_table *table, const struct found *found, int64_t seed, struct buf *sql)
{
    buf_puts(sql, "pg_catalog.concat(pg_catalog.count(*), ' ', pg_catalog.sum(");
    add_hash(table, found, seed, sql);
    buf_puts(sql, "))");
}

static void add_from(const struct history_table *table, const char *schema, const struct found *found, struct buf *sql)
{
    buf_puts(sql, found->whole ? " FROM " : " FROM ONLY ");
    db_quote_ident(sql, schema);
    buf_putc(sql, '.');
    db_quote_ident(sql, table->table);
    buf_puts(sql, " AS t");
}

void select_add_print(const struct history_table *table, const char *schema, size_t at, const struct found *found, int64_t seed,
                      struct buf *sql)
{
    buf_printf(sql, "%sSELECT '%zu'::pg_catalog.text, ", sql->len ? " UNION ALL " : "", at);
    add_print(table, found, seed, sql);
    add_from(table, schema, found, sql);
}

/* The operator's own query in brackets: its first column is the id, whatever it is called. */
static void add_query(const char *query, const char *schema, struct buf *sql)
{
    size_t len = strlen(query);
    while (len > 0 && strchr("; \t\r\n", query[len - 1]) != NULL)
        len--;
    buf_puts(sql, ", q.id::pg_catalog.text FROM (");
    for (const char *p = query, *end = query + len; p < end; p++) {
        if (strncmp(p, QUERY_SCHEMA, strlen(QUERY_SCHEMA)) != 0) {
            buf_putc(sql, *p);
            continue;
        }
        db_quote_ident(sql, schema);
        p += strlen(QUERY_SCHEMA) - 1;
    }
    buf_puts(sql, "\n) AS q(id)"); /* the line end: the query may end in a comment */
}

void select_add_rows(const struct history_table *table, const char *schema, size_t at, const struct found *found, bool print,
                     int64_t seed, struct buf *sql)
{
    buf_printf(sql, "%sSELECT '%zu'::pg_catalog.text", sql->len ? " UNION ALL " : "", at);
    if (table->query != NULL) {
        add_query(table->query, schema, sql);
        return;
    }
    for (size_t c = 0; c < table->column_count; c++) {
        buf_puts(sql, ", ");
        add_cell(&table->columns[c], (found->columns >> c) & 1, sql);
    }
    add_from(table, schema, found, sql);
    if (!print)
        return;
    buf_printf(sql, " UNION ALL SELECT '%c%zu', ", SELECT_PRINT_MARK, at);
    add_print(table, found, seed, sql);
    for (size_t c = 1; c < table->column_count; c++)
        buf_puts(sql, ", NULL");
    add_from(table, schema, found, sql);
}
