/* Reading history tables. */
#include "verify/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

/* Tables read by one statement: more make planning slower than reading, fewer make more statements. */
#define TABLES_A_STATEMENT 40

void history_done(struct history *history)
{
    free(history->detail);
    recorded_done(&history->recorded);
    *history = (struct history){0};
}

/* For each name its schema, the relation of that name in that very schema, the columns found there (a bit each), and the rights. All
 * by catalog, so nothing is hidden by missing rights and nothing comes from another schema. */
static const char catalog_sql[] =
    "SELECT n.oid IS NOT NULL, c.relkind::pg_catalog.text, "
    "pg_catalog.has_schema_privilege(n.oid, 'USAGE'), x.columns, x.readable, pg_catalog.row_security_active(c.oid) "
    "FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY AS t(name, i) "
    "LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname OPERATOR(pg_catalog.=) t.name "
    "LEFT JOIN pg_catalog.pg_class AS c ON c.relnamespace OPERATOR(pg_catalog.=) n.oid "
    "AND c.relname OPERATOR(pg_catalog.=) $2::pg_catalog.text "
    "AND c.relkind::pg_catalog.text OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog.text[]) "
    "LEFT JOIN LATERAL (SELECT pg_catalog.bit_or(1 OPERATOR(pg_catalog.<<) (pg_catalog.array_position("
    "$3::pg_catalog.text[], a.attname::pg_catalog.text) OPERATOR(pg_catalog.-) 1)) AS columns, "
    "pg_catalog.bool_and(pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')) AS readable "
    "FROM pg_catalog.pg_attribute AS a WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid "
    "AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped "
    "AND a.attname::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($3::pg_catalog.text[])) AS x ON true "
    "ORDER BY t.i";

/* A table that can be read. */
struct found {
    bool whole;            /* partitioned: its rows are in its parts; of all others only the table itself is read, not
                              what inherits from it elsewhere */
    unsigned long columns; /* a bit for each that is there */
};

struct reading {
    struct db *db;
    const struct history_table *table;
    const struct db_options *options;
    const struct watch *watch;
    struct deadline until;
};

/* A bit for each column that must be there. */
static unsigned long columns_needed(const struct history_table *table)
{
    unsigned long needed = 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (!table->columns[i].optional)
            needed |= 1UL << i;
    return needed;
}

static enum history_state catalog_state(const struct reading *r, const struct db_rows *rows, size_t i, struct found *ret)
{
    const char *kind = db_rows_value(rows, i, 1), *columns = db_rows_value(rows, i, 3);
    if (!db_rows_true(rows, i, 0))
        return HISTORY_NO_SCHEMA;
    if (kind == NULL)
        return HISTORY_NO_TABLE;
    if (strcmp(kind, "r") != 0 && strcmp(kind, "p") != 0)
        return HISTORY_NOT_A_TABLE;
    if (!db_rows_true(rows, i, 2))
        return HISTORY_NO_SCHEMA_RIGHT;
    ret->columns = columns ? strtoul(columns, NULL, 10) : 0;
    if ((ret->columns & columns_needed(r->table)) != columns_needed(r->table))
        return HISTORY_NO_COLUMNS;
    if (!db_rows_true(rows, i, 4))
        return HISTORY_NO_TABLE_RIGHT;
    if (db_rows_true(rows, i, 5))
        return HISTORY_ROW_SECURITY;
    ret->whole = strcmp(kind, "p") == 0;
    return HISTORY_READ;
}

/* Finds out which of the tables can be read, and how. */
static int read_catalog(const struct reading *r, const char *const *schemas, size_t count, struct history *ret,
                        struct found *found, struct err *reterr)
{
    struct strv _cleanup_strv_ names = STRV_INIT, columns = STRV_INIT;
    for (size_t i = 0; i < count; i++)
        strv_add(&names, schemas[i]);
    for (size_t i = 0; i < r->table->column_count; i++)
        strv_add(&columns, r->table->columns[i].name);
    char _cleanup_free_ *name_array = db_text_array(&names);
    char _cleanup_free_ *column_array = db_text_array(&columns);
    const char *params[] = {name_array, r->table->table, column_array};
    struct db_batch _cleanup_db_batch_ batch = {0};
    struct db_rows _cleanup_db_rows_ *rows = NULL;
    db_batch_add(&batch, catalog_sql, 3, params);
    if (db_run(r->db, &batch, r->options, r->watch, r->until, &rows, NULL, reterr) != 0)
        return -1;
    if (db_rows_count(rows) != count)
        return err_set(reterr, ERR_INTERNAL, "the catalog answered for %zu of %zu schemas", db_rows_count(rows), count);
    for (size_t i = 0; i < count; i++)
        ret[i].state = catalog_state(r, rows, i, &found[i]);
    return 0;
}

/* "t"."name"::text, or what the cell is instead. */
static void add_cell(const struct framework_column *column, bool there, struct buf *sql)
{
    if (!there) {
        buf_puts(sql, ", NULL::pg_catalog.text");
        return;
    }
    buf_puts(sql, column->cell == CELL_BYTES ? ", pg_catalog.encode(t." : column->cell == CELL_PRESENT ? ", (t." : ", t.");
    db_quote_ident(sql, column->name);
    buf_puts(sql, column->cell == CELL_BYTES     ? ", 'hex')"
                  : column->cell == CELL_PRESENT ? " IS NOT NULL)::pg_catalog.text"
                                                 : "::pg_catalog.text");
}

static void add_select(const struct reading *r, const char *schema, size_t at, const struct found *found, struct buf *sql)
{
    buf_printf(sql, "%sSELECT '%zu'::pg_catalog.text", sql->len ? " UNION ALL " : "", at);
    for (size_t c = 0; c < r->table->column_count; c++)
        add_cell(&r->table->columns[c], (found->columns >> c) & 1, sql);
    buf_puts(sql, found->whole ? " FROM " : " FROM ONLY ");
    db_quote_ident(sql, schema);
    buf_putc(sql, '.');
    db_quote_ident(sql, r->table->table);
    buf_puts(sql, " AS t");
}

/* The rows of one answer: those of a tenant follow each other, and the tenants come in order. */
static int take_rows(const struct reading *r, const struct db_rows *rows, size_t count, struct history *ret, struct err *reterr)
{
    size_t width = r->table->column_count, total = db_rows_count(rows);
    const char **cells = mem_alloc(total * width * sizeof *cells);
    int code = 0;
    for (size_t i = 0; i < total; i++)
        for (size_t c = 0; c < width; c++)
            cells[i * width + c] = db_rows_value(rows, i, c + 1);
    for (size_t from = 0, to = 0; from < total && code == 0; from = to) {
        const char *number = db_rows_value(rows, from, 0);
        size_t at = number ? strtoul(number, NULL, 10) : count;
        while (to < total && number != NULL && db_rows_value(rows, to, 0) != NULL && strcmp(db_rows_value(rows, to, 0), number) == 0)
            to++;
        if (at >= count || ret[at].rows > 0) {
            code = err_set(reterr, ERR_INTERNAL, "a history row belongs to no tenant");
            break;
        }
        const struct table_rows taken = {.cells = cells + from * width, .count = to - from, .columns = width};
        recorded_done(&ret[at].recorded);
        recorded_from_rows(r->table->judge, &taken, &ret[at].recorded);
        ret[at].rows = taken.count;
        if (ret[at].recorded.null)
            ret[at].state = HISTORY_NULL;
    }
    free(cells);
    return code;
}

static int read_rows(const struct reading *r, const char *const *schemas, size_t count, const struct found *found,
                     struct history *ret, struct err *reterr)
{
    struct db_batch _cleanup_db_batch_ batch = {0};
    struct buf _cleanup_buf_ sql = BUF_INIT;
    size_t tables = 0;
    for (size_t i = 0; i < count; i++) {
        if (ret[i].state == HISTORY_READ) {
            recorded_init(r->table->judge, &ret[i].recorded);
            add_select(r, schemas[i], i, &found[i], &sql);
            tables++;
        }
        if (tables > 0 && (tables == TABLES_A_STATEMENT || i + 1 == count)) {
            db_batch_add(&batch, buf_text(&sql), 0, NULL);
            buf_clear(&sql);
            tables = 0;
        }
    }
    if (batch.count == 0)
        return 0;
    struct db_rows **results = mem_alloc(batch.count * sizeof *results);
    int code = db_run(r->db, &batch, r->options, r->watch, r->until, results, NULL, reterr);
    for (size_t i = 0; i < batch.count; i++) {
        if (code == 0)
            code = take_rows(r, results[i], count, ret, reterr);
        db_rows_free(results[i]);
    }
    free(results);
    return code;
}

static int read_together(const struct reading *r, const char *const *schemas, size_t count, struct history *ret, struct err *reterr)
{
    struct found _cleanup_free_ *found = mem_alloc(count * sizeof *found);
    if (read_catalog(r, schemas, count, ret, found, reterr) != 0)
        return -1;
    return read_rows(r, schemas, count, found, ret, reterr);
}

/* A statement failed on one table. Locked, dropped or altered just now: worth another try; all else is final. */
static enum history_state state_after(const struct err *err)
{
    static const char *const passing[] = {"40", "42P01", "42703", "3F000", "53", "55P03", "55006", "57014", "XX000"};
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        if (text_starts(err->sqlstate, passing[i]))
            return HISTORY_CHANGED;
    return HISTORY_FAILED;
}

int history_read(struct db *db, const struct history_table *table, const char *const *schemas, size_t count,
                 const struct db_options *options, const struct watch *watch, struct deadline until, struct history *ret,
                 struct err *reterr)
{
    const struct reading r = {.db = db, .table = table, .options = options, .watch = watch, .until = until};
    for (size_t i = 0; i < count; i++)
        ret[i] = (struct history){0};
    if (read_together(&r, schemas, count, ret, reterr) == 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        history_done(&ret[i]);
    if (reterr->kind != ERR_QUERY)
        return -1;
    /* Somebody holds a lock, and was waited for already: many that are locked must not add up to minutes. */
    struct db_options each = *options;
    if (strcmp(reterr->sqlstate, "55P03") == 0)
        each.lock_timeout_ms = options->lock_timeout_ms / 20;
    const struct reading single = {.db = db, .table = table, .options = &each, .watch = watch, .until = until};
    for (size_t i = 0; i < count; i++) {
        err_done(reterr);
        if (read_together(&single, &schemas[i], 1, &ret[i], reterr) == 0)
            continue;
        history_done(&ret[i]);
        if (reterr->kind != ERR_QUERY)
            return -1;
        ret[i].state = state_after(reterr);
        ret[i].detail = mem_strdup(reterr->msg);
    }
    err_done(reterr);
    return 0;
}
