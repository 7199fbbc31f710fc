/* Flyway: a log of what was done, in which the later row counts (flyway-core, internal/schemahistory/
 * BaseAppliedMigration.java, getState; internal/info/MigrationInfoImpl.java, validate). */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "verify/family.h"

enum { COLUMN_RANK, COLUMN_VERSION, COLUMN_DESCRIPTION, COLUMN_TYPE, COLUMN_CHECKSUM, COLUMN_SUCCESS };

#define EMPTY_DESCRIPTION "<< no description >>"

/* What the log says last of one version or repeatable. */
struct last {
    const char *id;           /* borrowed */
    const char *const *cells; /* NULL: deleted or undone */
};

struct log {
    const struct judge *judge;
    struct recorded *recorded;
    struct strv ids;
    struct strmap known;
    struct last *items;
    size_t cap;
    char *baseline; /* the highest, or NULL */
};

static void log_done(struct log *log)
{
    strv_done(&log->ids);
    strmap_done(&log->known);
    free(log->items);
    free(log->baseline);
}

static int by_rank(const void *a, const void *b)
{
    long long one = strtoll((*(const char *const *const *)a)[COLUMN_RANK], NULL, 10);
    long long two = strtoll((*(const char *const *const *)b)[COLUMN_RANK], NULL, 10);
    return one < two ? -1 : one > two;
}

/* The id of a row: its version, or "R__" and the description; NULL: recorded->odd says why. To be freed. */
static char *row_id(const struct log *log, const char *const *cells)
{
    struct buf id = BUF_INIT;
    const char *version = cells[COLUMN_VERSION], *description = cells[COLUMN_DESCRIPTION];
    if (version == NULL) {
        buf_puts(&id, "R__");
        for (const char *p = description ? description : ""; *p != '\0'; p++)
            buf_putc(&id, *p == ' ' ? '_' : *p);
    } else if (!order_dotted(version, strlen(version), &id)) {
        char _cleanup_free_ *shown = text_escaped(version);
        fold_odd(log->recorded, "holds the version '%s', which is none of Flyway's", shown);
        return NULL;
    }
    return buf_steal(&id);
}

static void set_last(struct log *log, char *id, const char *const *cells)
{
    size_t at = strmap_get(&log->known, id);
    if (at == STRMAP_NONE) {
        at = log->ids.count;
        MEM_GROW(log->items, at, log->cap);
        strv_add(&log->ids, id);
        strmap_put(&log->known, log->ids.items[at], at);
    }
    log->items[at] = (struct last){.id = log->ids.items[at], .cells = cells};
}

static void take_row(struct log *log, const char *const *cells)
{
    const char *type = cells[COLUMN_TYPE];
    bool success = fold_bool(cells[COLUMN_SUCCESS], log->recorded);
    if (type == NULL) {
        log->recorded->null = true;
        return;
    }
    if (strcmp(type, "SCHEMA") == 0) /* Flyway made the schema */
        return;
    char _cleanup_free_ *id = row_id(log, cells);
    if (id == NULL)
        return;
    bool baseline = strcmp(type, "BASELINE") == 0 || text_ends(type, "_BASELINE");
    if (baseline && success) {
        if (log->baseline == NULL || order_compare(ORDER_DOTTED, id, log->baseline) > 0)
            mem_set(&log->baseline, id);
        return;
    }
    bool gone = strcmp(type, "DELETE") == 0 || text_starts(type, "UNDO_");
    if (!gone || success)
        set_last(log, id, gone ? NULL : cells);
}

static bool same_description(const struct migration *migration, const char *description)
{
    const char *file = migration->label ? migration->label : "";
    if (description == NULL || strcmp(description, EMPTY_DESCRIPTION) == 0)
        description = "";
    return strcmp(file, description) == 0;
}

/* A repeatable is applied as long as its newest row has the file's checksum. */
static void judge_repeatable(struct log *log, size_t key, const char *sum)
{
    const struct migration *migration = &log->judge->expected->items[key];
    if (fold_same_sum(migration, sum)) {
        log->recorded->applied[key] = RECORDED_APPLIED;
    } else if (migration->kind == MIGRATION_TEMPLATE) {
        char _cleanup_free_ *shown = text_escaped(migration->id);
        fold_odd(log->recorded,
                 "cannot tell whether %s is as it was applied: its text holds placeholders, and the recorded checksum is over "
                 "the text with their values; a manifest without its checksum (`tenantgate help manifest`) leaves it out",
                 shown);
    }
}

static void judge_last(struct log *log, const struct last *last)
{
    struct recorded *recorded = log->recorded;
    size_t key = fold_key(log->judge, last->id);
    if (last->cells == NULL)
        return;
    if (!fold_true(last->cells[COLUMN_SUCCESS])) {
        strv_add(&recorded->failed, last->id);
        if (key != STRMAP_NONE)
            recorded->applied[key] = RECORDED_EXCUSED;
        return;
    }
    if (key == STRMAP_NONE) {
        strv_add(&recorded->unknown, last->id);
        return;
    }
    const struct migration *migration = &log->judge->expected->items[key];
    if (migration->kind != MIGRATION_PLAIN) {
        judge_repeatable(log, key, last->cells[COLUMN_CHECKSUM]);
        return;
    }
    recorded->applied[key] = RECORDED_APPLIED;
    bool below = log->baseline != NULL && order_compare(ORDER_DOTTED, last->id, log->baseline) <= 0;
    if (!below && (!fold_same_sum(migration, last->cells[COLUMN_CHECKSUM]) ||
                   !same_description(migration, last->cells[COLUMN_DESCRIPTION])))
        strv_add(&recorded->changed, last->id);
}

void fold_flyway(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded)
{
    struct log _cleanup_(log_done) log = {.judge = judge, .recorded = recorded};
    const char *const **sorted = mem_alloc(rows->count * sizeof *sorted);
    for (size_t i = 0; i < rows->count; i++) {
        sorted[i] = &rows->cells[i * rows->columns];
        fold_number(sorted[i][COLUMN_RANK], recorded);
    }
    if (!recorded->null && rows->count > 1)
        qsort(sorted, rows->count, sizeof *sorted, by_rank);
    for (size_t i = 0; i < rows->count && !recorded->null; i++)
        take_row(&log, sorted[i]);
    for (size_t i = 0; i < log.ids.count; i++)
        judge_last(&log, &log.items[i]);
    for (size_t i = 0; i < judge->expected->count && log.baseline != NULL; i++) {
        const struct migration *migration = &judge->expected->items[i];
        if (migration->kind == MIGRATION_PLAIN && recorded->applied[i] == RECORDED_NOT &&
            order_compare(ORDER_DOTTED, migration->id, log.baseline) <= 0)
            recorded->applied[i] = RECORDED_EXCUSED;
    }
    free(sorted);
}
