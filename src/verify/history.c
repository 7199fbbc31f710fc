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
    free(history->applied);
    strv_done(&history->unknown);
    *history = (struct history){0};
}

/* For each name its schema, the relation of that name in that very schema, the columns found there, and the rights. All
 * by catalog, so nothing is hidden by missing rights and nothing comes from another schema. */
static const char catalog_sql[] =
    "SELECT n.oid IS NOT NULL, c.relkind::pg_catalog.text, "
    "pg_catalog.has_schema_privilege(n.oid, 'USAGE'), x.columns, x.readable, pg_catalog.row_security_active(c.oid) "
    "FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY AS t(name, i) "
    "LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname OPERATOR(pg_catalog.=) t.name "
    "LEFT JOIN pg_catalog.pg_class AS c ON c.relnamespace OPERATOR(pg_catalog.=) n.oid "
    "AND c.relname OPERATOR(pg_catalog.=) $2::pg_catalog.text "
    "AND c.relkind::pg_catalog.text OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog.text[]) "
    "LEFT JOIN LATERAL (SELECT pg_catalog.count(*) AS columns, "
    "pg_catalog.bool_and(pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')) AS readable "
    "FROM pg_catalog.pg_attribute AS a WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid "
    "AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped "
    "AND a.attname::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($3::pg_catalog.text[])) AS x ON true "
    "ORDER BY t.i";

struct reading {
    struct db *db;
    const struct history_table *table;
    const struct db_options *options;
    const struct watch *watch;
    struct deadline until;
};

static size_t column_count(const struct history_table *table)
{
    return table->columns[1] != NULL ? 2 : 1;
}

static enum history_state catalog_state(const struct reading *r, const struct db_rows *rows, size_t i, bool *ret_whole)
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
    if (columns == NULL || strtoul(columns, NULL, 10) != column_count(r->table))
        return HISTORY_NO_COLUMNS;
    if (!db_rows_true(rows, i, 4))
        return HISTORY_NO_TABLE_RIGHT;
    if (db_rows_true(rows, i, 5))
        return HISTORY_ROW_SECURITY;
    *ret_whole = strcmp(kind, "p") == 0;
    return HISTORY_READ;
}

/* Finds out which of the tables can be read. `whole` tells which are partitioned: of all others only the table itself is
 * read, not what inherits from it elsewhere. */
static int read_catalog(const struct reading *r, const char *const *schemas, size_t count, struct history *ret, bool *whole,
                        struct err *reterr)
{
    struct strv _cleanup_strv_ names = STRV_INIT, columns = STRV_INIT;
    for (size_t i = 0; i < count; i++)
        strv_add(&names, schemas[i]);
    for (size_t i = 0; i < column_count(r->table); i++)
        strv_add(&columns, r->table->columns[i]);
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
        ret[i].state = catalog_state(r, rows, i, &whole[i]);
    return 0;
}

static void add_select(const struct reading *r, const char *schema, size_t at, bool whole, struct buf *sql)
{
    buf_printf(sql, "%sSELECT '%zu'::pg_catalog.text", sql->len ? " UNION ALL " : "", at);
    for (size_t c = 0; c < column_count(r->table); c++) {
        buf_puts(sql, ", t.");
        db_quote_ident(sql, r->table->columns[c]);
        buf_puts(sql, "::pg_catalog.text");
    }
    buf_puts(sql, whole ? " FROM " : " FROM ONLY ");
    db_quote_ident(sql, schema);
    buf_putc(sql, '.');
    db_quote_ident(sql, r->table->table);
    buf_puts(sql, " AS t");
}

static void take_row(const struct reading *r, const struct db_rows *rows, size_t i, struct buf *id, struct history *ret)
{
    const char *first = db_rows_value(rows, i, 1);
    const char *second = column_count(r->table) == 2 ? db_rows_value(rows, i, 2) : "";
    ret->rows++;
    if (first == NULL || second == NULL) {
        ret->state = HISTORY_NULL;
        return;
    }
    buf_clear(id);
    buf_puts(id, first);
    if (column_count(r->table) == 2) {
        buf_putc(id, '.');
        buf_puts(id, second);
    }
    size_t key = judge_key(r->table->judge, buf_text(id));
    if (key != STRMAP_NONE)
        ret->applied[key] = 1;
    else
        strv_add(&ret->unknown, buf_text(id));
}

static int take_rows(const struct reading *r, const struct db_rows *rows, size_t count, struct history *ret, struct err *reterr)
{
    struct buf _cleanup_buf_ id = BUF_INIT;
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        const char *number = db_rows_value(rows, i, 0);
        size_t at = number ? strtoul(number, NULL, 10) : count;
        if (at >= count)
            return err_set(reterr, ERR_INTERNAL, "a history row belongs to no tenant");
        take_row(r, rows, i, &id, &ret[at]);
    }
    return 0;
}

static int read_rows(const struct reading *r, const char *const *schemas, size_t count, const bool *whole, struct history *ret,
                     struct err *reterr)
{
    struct db_batch _cleanup_db_batch_ batch = {0};
    struct buf _cleanup_buf_ sql = BUF_INIT;
    size_t tables = 0;
    for (size_t i = 0; i < count; i++) {
        if (ret[i].state == HISTORY_READ) {
            ret[i].applied = mem_alloc(judge_key_count(r->table->judge));
            add_select(r, schemas[i], i, whole[i], &sql);
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
    for (size_t i = 0; i < count && code == 0; i++) {
        strv_sort(&ret[i].unknown);
        strv_unique(&ret[i].unknown);
    }
    return code;
}

static int read_together(const struct reading *r, const char *const *schemas, size_t count, struct history *ret, struct err *reterr)
{
    bool _cleanup_free_ *whole = mem_alloc(count * sizeof *whole);
    if (read_catalog(r, schemas, count, ret, whole, reterr) != 0)
        return -1;
    return read_rows(r, schemas, count, whole, ret, reterr);
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
