/* Fingerprints of many history tables. */
#include "verify/survey.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/progress.h"
#include "verify/select.h"

/* Schemas that one look into the catalog describes: it reads all of pg_class, so few looks, but each answer is held in memory. */
#define LOOKS 2
#define LOOK_LEAST 500
#define LOOK_MOST 20000
/* Tables of one statement: more are slower to plan. Statements of one transaction: few, because each table and each of its
 * indexes takes a place in the server's table of locks, which all sessions share (max_locks_per_transaction, 64, for each of
 * them): many replicas that start at once must not fill it. Where the work is shared, but there is little of it, transactions
 * are smaller, so that all connections have something to do till the end. */
#define TABLES_A_STATEMENT 40
#define STATEMENTS_A_BATCH 2
#define SHARED_FROM 500
#define BATCHES 16

struct surveying {
    const struct history_reading *reading;
    const char *const *schemas;
    size_t count, look, batch; /* tables in all, of one look, of one batch */
    struct found *found;
    size_t *readable; /* the tables to be read */
    size_t readable_count;
    struct surveyed *ret;
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t parts(size_t whole, size_t part)
{
    return (whole + part - 1) / part;
}

/* The catalog. What the role may not do shows when the fingerprints are asked for. */

static void make_look(void *context, size_t job, struct db_batch *batch)
{
    const struct surveying *s = context;
    size_t from = job * s->look;
    catalog_add(s->reading->table, s->schemas + from, least(s->look, s->count - from), false, batch);
}

static int take_look(void *context, size_t job, struct db_rows *const *rows, struct err *reterr)
{
    struct surveying *s = context;
    size_t from = job * s->look;
    return catalog_take(s->reading->table, rows[0], least(s->look, s->count - from), s->found + from, reterr);
}

/* The fingerprints. */

static void make_prints(void *context, size_t job, struct db_batch *batch)
{
    const struct surveying *s = context;
    size_t from = job * s->batch, end = least(from + s->batch, s->readable_count);
    struct buf _cleanup_buf_ sql = BUF_INIT;
    for (size_t i = from; i < end; i++) {
        size_t at = s->readable[i];
        select_add_print(s->reading->table, s->schemas[at], i, &s->found[at], s->reading->seed, &sql);
        if ((i + 1 - from) % TABLES_A_STATEMENT == 0 || i + 1 == end) {
            db_batch_add(batch, buf_text(&sql), 0, NULL);
            buf_clear(&sql);
        }
    }
}

static int take_prints(void *context, size_t job, struct db_rows *const *rows, struct err *reterr)
{
    struct surveying *s = context;
    size_t from = job * s->batch, end = least(from + s->batch, s->readable_count);
    size_t statements = parts(end - from, TABLES_A_STATEMENT);
    for (size_t n = 0; n < statements; n++) {
        for (size_t i = 0; i < db_rows_count(rows[n]); i++) {
            const char *number = db_rows_value(rows[n], i, 0), *print = db_rows_value(rows[n], i, 1);
            size_t at = number ? strtoul(number, NULL, 10) : end;
            if (at < from || at >= end || print == NULL || s->ret[s->readable[at]].print != NULL)
                return err_set(reterr, ERR_INTERNAL, "a fingerprint belongs to no tenant");
            s->ret[s->readable[at]].print = mem_strdup(print);
        }
    }
    progress_add_tenants(s->reading->log, end - from);
    return 0;
}

/* The tables of this batch stay without fingerprints: each will be read by itself, which tells what is wrong with which. */
static int fail_prints(void *context, size_t job, const struct err *err, struct err *reterr)
{
    (void)context;
    (void)job;
    (void)err;
    (void)reterr;
    return 0;
}

int survey(struct crew *crew, const struct history_reading *reading, const char *const *schemas, size_t count,
           struct surveyed *ret, struct err *reterr)
{
    struct found _cleanup_free_ *found = mem_alloc(count * sizeof *found);
    size_t _cleanup_free_ *readable = mem_alloc(count * sizeof *readable);
    struct surveying s = {.reading = reading, .schemas = schemas, .count = count, .found = found, .readable = readable, .ret = ret};
    s.look = count / LOOKS < LOOK_LEAST ? LOOK_LEAST : least(count / LOOKS, LOOK_MOST);
    s.batch = STATEMENTS_A_BATCH * TABLES_A_STATEMENT;
    if (count >= SHARED_FROM)
        s.batch = least(count / BATCHES / TABLES_A_STATEMENT + 1, STATEMENTS_A_BATCH) * TABLES_A_STATEMENT;
    const struct crew_work looks = {
        .count = parts(count, s.look), .to_come = parts(count, s.batch), .context = &s, .make = make_look, .take = take_look};
    if (crew_run(crew, &looks, reading->options, reading->watch, reading->until, reterr) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        ret[i].state = found[i].state == HISTORY_ROW_SECURITY ? HISTORY_CHANGED : found[i].state; /* is it active? */
        if (found[i].state == HISTORY_READ)
            readable[s.readable_count++] = i;
    }
    const struct crew_work prints = {
        .count = parts(s.readable_count, s.batch),
        .tables = s.batch,
        .context = &s,
        .make = make_prints,
        .take = take_prints,
        .fail = fail_prints,
    };
    return crew_run(crew, &prints, reading->options, reading->watch, reading->until, reterr);
}
