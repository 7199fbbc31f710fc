/* Flyway: a log of what was done (flyway-core, internal/info/MigrationInfoServiceImpl.java, refresh; MigrationInfoImpl.java,
 * validate; internal/schemahistory/BaseAppliedMigration.java, getState). What validate refuses is refused here. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "verify/family.h"

enum { COLUMN_RANK, COLUMN_VERSION, COLUMN_DESCRIPTION, COLUMN_TYPE, COLUMN_CHECKSUM, COLUMN_SUCCESS };

#define EMPTY_DESCRIPTION "<< no description >>"

struct entry {
    const char *const *cells;
    char *id; /* the version, or "R__" and the description */
    enum entry_is {
        ENTRY_APPLIED,
        ENTRY_BASELINE_FILE, /* a B migration */
        ENTRY_MARK,          /* of no file: SCHEMA, BASELINE, DELETE */
    } is;
    bool success;
    bool gone;   /* deleted or undone by a later row */
    bool latest; /* the newest row of its id */
};

struct log {
    const struct judge *judge;
    struct recorded *recorded;
    struct entry *items;
    size_t count;
    struct strmap newest; /* of an id: the index of its newest row */
    struct strmap newest_applied; /* and of its newest that is no mark */
    const char *baseline; /* the highest version that a row has as baseline; or NULL */
    const char *last;     /* the highest version that a file has; or NULL */
    bool begun;           /* something versioned is applied */
};

static void log_done(struct log *log)
{
    for (size_t i = 0; i < log->count; i++)
        free(log->items[i].id);
    free(log->items);
    strmap_done(&log->newest);
    strmap_done(&log->newest_applied);
}

static int by_rank(const void *a, const void *b)
{
    long long one = strtoll((*(const char *const *const *)a)[COLUMN_RANK], NULL, 10);
    long long two = strtoll((*(const char *const *const *)b)[COLUMN_RANK], NULL, 10);
    return one < two ? -1 : one > two;
}

/* The id of a row; NULL: recorded->odd says why. To be freed. */
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

static bool is_versioned(const struct entry *entry)
{
    return entry->cells[COLUMN_VERSION] != NULL;
}

/* A row that takes the newest one of its id back. It stays itself, as a mark; undoing that failed is a failure. */
static void take_back(struct log *log, const struct entry *entry, bool undo)
{
    size_t at = strmap_get(&log->newest_applied, entry->id);
    if (undo && !entry->success)
        strv_add(&log->recorded->failed, entry->id);
    if (!entry->success || at == STRMAP_NONE)
        return;
    if (log->items[at].gone && !undo && is_versioned(entry)) {
        char _cleanup_free_ *shown = text_escaped(entry->id);
        fold_odd(log->recorded, "deletes %s more than once, at which Flyway itself stops", shown);
    }
    log->items[at].gone = true;
}

static void take_row(struct log *log, const char *const *cells)
{
    const char *type = cells[COLUMN_TYPE];
    struct entry *entry = &log->items[log->count];
    *entry = (struct entry){.cells = cells, .success = fold_bool(cells[COLUMN_SUCCESS], log->recorded), .latest = true};
    if (type == NULL)
        log->recorded->null = true;
    if (type == NULL || (entry->id = row_id(log, cells)) == NULL)
        return;
    size_t at = log->count++;
    bool undo = text_starts(type, "UNDO_"), baseline = strcmp(type, "BASELINE") == 0, schema = strcmp(type, "SCHEMA") == 0;
    bool file = text_ends(type, "_BASELINE") || text_ends(type, "_STATE_SCRIPT");
    if (undo || strcmp(type, "DELETE") == 0)
        take_back(log, entry, undo);
    entry->is = file ? ENTRY_BASELINE_FILE
                : undo || baseline || schema || strcmp(type, "DELETE") == 0 ? ENTRY_MARK
                                                                            : ENTRY_APPLIED;
    size_t before = strmap_get(&log->newest, entry->id);
    if (before != STRMAP_NONE)
        log->items[before].latest = false;
    strmap_put(&log->newest, entry->id, at);
    if (entry->is != ENTRY_MARK)
        strmap_put(&log->newest_applied, entry->id, at);
    bool versioned = is_versioned(entry);
    if (versioned && (baseline || file) && (log->baseline == NULL || order_compare(ORDER_DOTTED, entry->id, log->baseline) > 0))
        log->baseline = entry->id;
    log->begun = log->begun || (versioned && (baseline || schema));
}

static bool same_description(const struct migration *migration, const char *description)
{
    const char *file = migration->label ? migration->label : "";
    if (description == NULL || strcmp(description, EMPTY_DESCRIPTION) == 0)
        description = "";
    return strcmp(file, description) == 0;
}

/* The version of a file; NULL: it has none. */
static const char *file_version(const struct migration *migration)
{
    return migration->kind == MIGRATION_PLAIN ? migration->id : migration->kind == MIGRATION_CHECKPOINT ? migration->id + 1 : NULL;
}

static void find_last(struct log *log)
{
    for (size_t i = 0; i < log->judge->expected->count; i++) {
        const char *version = file_version(&log->judge->expected->items[i]);
        if (version != NULL && (log->last == NULL || order_compare(ORDER_DOTTED, version, log->last) > 0))
            log->last = version;
    }
}

/* A row without a file: from a newer version of the app, which passes even where it failed, or its file was taken away. */
static void judge_unknown(struct log *log, const struct entry *entry)
{
    bool future = is_versioned(entry) && (log->last == NULL || order_compare(ORDER_DOTTED, entry->id, log->last) >= 0);
    if (!entry->success && (!future || entry->is == ENTRY_BASELINE_FILE)) {
        strv_add(&log->recorded->failed, entry->id);
        return;
    }
    strv_add(&log->recorded->unknown, entry->id);
    log->recorded->unknown_stops = log->recorded->unknown_stops || !future;
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

/* A file with a checksum is a script: what is recorded of the version as something else (a Java class) is another migration. */
static bool same_type(const struct migration *migration, const char *type)
{
    return migration->checksums.count == 0 || strcmp(type, "SQL") == 0 || strcmp(type, "SCRIPT") == 0 ||
           migration->kind == MIGRATION_CHECKPOINT;
}

static void judge_versioned(struct log *log, const struct entry *entry, size_t key)
{
    const struct migration *migration = &log->judge->expected->items[key];
    log->recorded->applied[key] = RECORDED_APPLIED;
    bool below = log->baseline != NULL && order_compare(ORDER_DOTTED, entry->id, log->baseline) <= 0;
    if (!below && (!fold_same_sum(migration, entry->cells[COLUMN_CHECKSUM]) ||
                   !same_description(migration, entry->cells[COLUMN_DESCRIPTION])))
        strv_add(&log->recorded->changed, entry->id);
}

static size_t entry_key(const struct log *log, const struct entry *entry)
{
    char _cleanup_free_ *id = mem_printf("%s%s", entry->is == ENTRY_BASELINE_FILE ? "B" : "", entry->id);
    size_t key = fold_key(log->judge, id);
    bool same = key != STRMAP_NONE && same_type(&log->judge->expected->items[key], entry->cells[COLUMN_TYPE]);
    return same || (key != STRMAP_NONE && !is_versioned(entry)) ? key : STRMAP_NONE;
}

static void judge_entry(struct log *log, const struct entry *entry)
{
    struct recorded *recorded = log->recorded;
    if (entry->is == ENTRY_MARK || entry->gone)
        return;
    size_t key = entry_key(log, entry);
    bool other_type = key == STRMAP_NONE && fold_key(log->judge, entry->id) != STRMAP_NONE && entry->is == ENTRY_APPLIED;
    log->begun = log->begun || is_versioned(entry);
    if (key == STRMAP_NONE && entry->success && (other_type || (!is_versioned(entry) && !entry->latest)))
        return; /* pending by another type; or superseded, whether its file is there or not */
    if (key == STRMAP_NONE) {
        judge_unknown(log, entry);
        return;
    }
    if (!entry->success) {
        strv_add(&recorded->failed, entry->id);
        if (recorded->applied[key] == RECORDED_NOT)
            recorded->applied[key] = RECORDED_EXCUSED;
        return;
    }
    if (is_versioned(entry))
        judge_versioned(log, entry, key);
    else if (entry->latest)
        judge_repeatable(log, key, entry->cells[COLUMN_CHECKSUM]);
}

/* What will never be applied: versions up to the baseline; and B migrations, but for the highest one as long as nothing is
 * applied, when it is the baseline to be. */
static void excuse(struct log *log)
{
    const struct expected *expected = log->judge->expected;
    unsigned char *applied = log->recorded->applied;
    const char *baseline = log->begun ? log->baseline : NULL;
    for (size_t i = 0; i < expected->count && !log->begun; i++)
        if (expected->items[i].kind == MIGRATION_CHECKPOINT && applied[i] == RECORDED_NOT &&
            (baseline == NULL || order_compare(ORDER_DOTTED, file_version(&expected->items[i]), baseline) > 0))
            baseline = file_version(&expected->items[i]);
    for (size_t i = 0; i < expected->count; i++) {
        const char *version = file_version(&expected->items[i]);
        int order = baseline && version ? order_compare(ORDER_DOTTED, version, baseline) : 1;
        bool never = expected->items[i].kind == MIGRATION_CHECKPOINT ? log->begun || log->baseline != NULL || order != 0 : order <= 0;
        if (never && applied[i] == RECORDED_NOT)
            applied[i] = RECORDED_EXCUSED;
    }
}

void fold_flyway(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded)
{
    struct log _cleanup_(log_done) log = {.judge = judge, .recorded = recorded};
    const char *const **sorted = mem_alloc(rows->count * sizeof *sorted);
    log.items = mem_alloc(rows->count * sizeof *log.items);
    for (size_t i = 0; i < rows->count; i++) {
        sorted[i] = &rows->cells[i * rows->columns];
        fold_number(sorted[i][COLUMN_RANK], recorded);
    }
    if (!recorded->null && rows->count > 1)
        qsort(sorted, rows->count, sizeof *sorted, by_rank);
    for (size_t i = 0; i < rows->count && !recorded->null; i++)
        take_row(&log, sorted[i]);
    find_last(&log);
    for (size_t i = 0; i < log.count; i++)
        judge_entry(&log, &log.items[i]);
    excuse(&log);
    free(sorted);
}
