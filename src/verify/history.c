/* Reading history tables. */
#include "verify/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "verify/select.h"

/* Tables read by one statement: more make planning slower than reading, fewer make more statements. */
#define TABLES_A_STATEMENT 40

void history_done(struct history *history)
{
    free(history->detail);
    free(history->print);
    recorded_done(&history->recorded);
    *history = (struct history){0};
}

/* The rows of one table, which follow each other. */
static void take_rows(const struct history_reading *r, const struct db_rows *rows, size_t from, size_t to, struct history *ret)
{
    size_t width = r->table->column_count, count = to - from;
    const char **cells = mem_alloc(count * width * sizeof *cells);
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < width; c++)
            cells[i * width + c] = db_rows_value(rows, from + i, c + 1);
    const struct table_rows taken = {.cells = cells, .count = count, .columns = width};
    recorded_done(&ret->recorded);
    recorded_from_rows(r->judge, &taken, &ret->recorded);
    ret->rows = count;
    if (ret->recorded.null)
        ret->state = HISTORY_NULL;
    free(cells);
}

static const char *number_of(const struct db_rows *rows, size_t i)
{
    const char *number = db_rows_value(rows, i, 0);
    return number ? number : "";
}

/* One answer: the rows of a table follow each other, behind them comes their fingerprint. */
static int take_answer(const struct history_reading *r, const struct db_rows *rows, size_t count, struct history *ret,
                       struct err *reterr)
{
    size_t total = db_rows_count(rows);
    for (size_t from = 0, to = 0; from < total; from = to) {
        const char *number = number_of(rows, from);
        bool print = *number == SELECT_PRINT_MARK;
        size_t at = *number != '\0' ? strtoul(number + print, NULL, 10) : count;
        while (to < total && strcmp(number_of(rows, to), number) == 0)
            to++;
        if (at >= count || (ret[at].state != HISTORY_READ && ret[at].state != HISTORY_NULL) ||
            (print ? ret[at].print != NULL || to - from != 1 : ret[at].rows > 0))
            return err_set(reterr, ERR_INTERNAL, "a history row belongs to no tenant");
        if (print)
            ret[at].print = mem_strdup(db_rows_value(rows, from, 1));
        else
            take_rows(r, rows, from, to, &ret[at]);
    }
    return 0;
}

static int read_rows(struct db *db, const struct history_reading *r, const char *const *schemas, size_t count,
                     const struct found *found, struct history *ret, struct err *reterr)
{
    struct db_batch _cleanup_db_batch_ batch = {0};
    struct buf _cleanup_buf_ sql = BUF_INIT;
    size_t tables = 0;
    for (size_t i = 0; i < count; i++) {
        ret[i].state = found[i].state;
        if (found[i].state == HISTORY_CHANGED)
            ret[i].detail = mem_strdup("it was dropped just now");
        if (found[i].state == HISTORY_READ) {
            recorded_from_rows(r->judge, &(struct table_rows){.columns = r->table->column_count}, &ret[i].recorded);
            select_add_rows(r->table, schemas[i], i, &found[i], r->print, r->seed, &sql);
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
    int code = db_run(db, &batch, r->options, r->watch, r->until, results, NULL, reterr);
    for (size_t i = 0; i < batch.count; i++) {
        if (code == 0)
            code = take_answer(r, results[i], count, ret, reterr);
        db_rows_free(results[i]);
    }
    free(results);
    return code;
}

static int read_together(struct db *db, const struct history_reading *r, const char *const *schemas, size_t count,
                         struct history *ret, struct err *reterr)
{
    struct found _cleanup_free_ *found = mem_alloc(count * sizeof *found);
    struct db_batch _cleanup_db_batch_ batch = {0};
    struct db_rows _cleanup_db_rows_ *rows = NULL;
    catalog_add(r->table, schemas, count, true, &batch);
    if (db_run(db, &batch, r->options, r->watch, r->until, &rows, NULL, reterr) != 0 ||
        catalog_take(r->table, rows, count, found, reterr) != 0)
        return -1;
    return read_rows(db, r, schemas, count, found, ret, reterr);
}

/* Locked, dropped or altered just now is worth another try; all else is final. */
enum history_state history_state_after(const struct err *err)
{
    static const char *const passing[] = {"40", "42P01", "42703", "3F000", "53", "55P03", "55006", "57014", "XX000"};
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        if (text_starts(err->sqlstate, passing[i]))
            return HISTORY_CHANGED;
    return HISTORY_FAILED;
}

int history_read(struct db *db, const struct history_reading *reading, const char *const *schemas, size_t count,
                 struct history *ret, struct err *reterr)
{
    for (size_t i = 0; i < count; i++)
        ret[i] = (struct history){0};
    if (read_together(db, reading, schemas, count, ret, reterr) == 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        history_done(&ret[i]);
    if (reterr->kind != ERR_QUERY)
        return -1;
    /* Somebody holds a lock, and was waited for already: many that are locked must not add up to minutes. */
    struct db_options options = *reading->options;
    if (strcmp(reterr->sqlstate, "55P03") == 0)
        options.lock_timeout_ms /= 20;
    struct history_reading each = *reading;
    each.options = &options;
    for (size_t i = 0; i < count; i++) {
        err_done(reterr);
        if (read_together(db, &each, &schemas[i], 1, &ret[i], reterr) == 0)
            continue;
        history_done(&ret[i]);
        if (reterr->kind != ERR_QUERY)
            return -1;
        bool absent = reading->table->query != NULL && strcmp(reterr->sqlstate, "42P01") == 0;
        ret[i].state = absent ? HISTORY_NO_TABLE : history_state_after(reterr);
        ret[i].detail = mem_strdup(reterr->msg);
    }
    err_done(reterr);
    return 0;
}
