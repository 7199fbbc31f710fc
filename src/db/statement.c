/* Statements to run, and the rows they give. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "db/db.h"
#include "db/db_private.h"

void db_batch_done(struct db_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        for (size_t p = 0; p < batch->items[i].nparams; p++)
            free(batch->items[i].params[p]);
        free(batch->items[i].params);
        free(batch->items[i].sql);
    }
    free(batch->items);
    *batch = (struct db_batch){0};
}

void db_batch_add(struct db_batch *batch, const char *sql, size_t nparams, const char *const *params)
{
    MEM_GROW(batch->items, batch->count, batch->cap);
    struct db_statement *statement = &batch->items[batch->count++];
    *statement = (struct db_statement){.sql = mem_strdup(sql), .nparams = nparams};
    statement->params = mem_alloc(nparams * sizeof *statement->params);
    for (size_t i = 0; i < nparams; i++)
        statement->params[i] = mem_strdup(params[i]);
}

void db_rows_free(struct db_rows *rows)
{
    if (rows == NULL)
        return;
    PQclear(rows->result);
    free(rows);
}

size_t db_rows_count(const struct db_rows *rows)
{
    return (size_t)PQntuples(rows->result);
}

size_t db_rows_columns(const struct db_rows *rows)
{
    return (size_t)PQnfields(rows->result);
}

const char *db_rows_value(const struct db_rows *rows, size_t row, size_t column)
{
    return PQgetisnull(rows->result, (int)row, (int)column) ? NULL : PQgetvalue(rows->result, (int)row, (int)column);
}

bool db_rows_true(const struct db_rows *rows, size_t row, size_t column)
{
    const char *value = db_rows_value(rows, row, column);
    return value != NULL && strcmp(value, "t") == 0;
}

int db_library_version(void)
{
    return PQlibVersion();
}

void db_quote_ident(struct buf *out, const char *name)
{
    buf_putc(out, '"');
    for (const char *p = name; *p != '\0'; p++) {
        if (*p == '"')
            buf_putc(out, '"');
        buf_putc(out, *p);
    }
    buf_putc(out, '"');
}

char *db_text_array(const struct strv *names)
{
    struct buf out = BUF_INIT;
    buf_putc(&out, '{');
    for (size_t i = 0; i < names->count; i++) {
        buf_puts(&out, i ? ",\"" : "\"");
        for (const char *p = names->items[i]; *p != '\0'; p++) {
            if (*p == '"' || *p == '\\')
                buf_putc(&out, '\\');
            buf_putc(&out, *p);
        }
        buf_putc(&out, '"');
    }
    buf_putc(&out, '}');
    return buf_steal(&out);
}
