/* Atlas: rows with how far each got (ariga/atlas, sql/migrate/migrate.go, Executor.Pending; cmd/atlas/internal/migrate/ent/
 * schema/revision.go). */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "verify/family.h"

enum { COLUMN_VERSION, COLUMN_APPLIED, COLUMN_TOTAL, COLUMN_TYPE, COLUMN_ERROR };

#define CLOUD_ROW ".atlas_cloud_identifier" /* no migration */
#define TYPE_BASELINE 1UL

static bool is_count(const char *cell)
{
    return cell != NULL && *cell != '\0' && strspn(cell, "0123456789") == strlen(cell);
}

/* What cannot be read as two numbers was not seen to be whole. More than the total is as little whole as less: the file lost
 * statements while it was half done. */
static bool is_partial(const char *const *cells)
{
    const char *applied = cells[COLUMN_APPLIED], *total = cells[COLUMN_TOTAL];
    return !is_count(applied) || !is_count(total) || strtoull(applied, NULL, 10) != strtoull(total, NULL, 10);
}

/* Where all went well Atlas writes an empty text, not a null. */
static bool has_error(const char *const *cells)
{
    return cells[COLUMN_ERROR] != NULL && *cells[COLUMN_ERROR] != '\0';
}

static void take_row(const struct judge *judge, const char *const *cells, bool last, struct recorded *recorded)
{
    const char *version = cells[COLUMN_VERSION];
    size_t key = fold_key(judge, version);
    fold_add(judge, version, recorded);
    if (!last || !is_partial(cells))
        return;
    strv_take(&recorded->failed,
              mem_printf("%s (%s of %s statements%s)", version, cells[COLUMN_APPLIED] ? cells[COLUMN_APPLIED] : "?",
                         cells[COLUMN_TOTAL] ? cells[COLUMN_TOTAL] : "?", has_error(cells) ? ", with an error" : ""));
    if (key != STRMAP_NONE)
        recorded->applied[key] = RECORDED_EXCUSED;
}

static void leave_out(struct recorded *recorded, size_t at)
{
    if (recorded->applied[at] == RECORDED_NOT)
        recorded->applied[at] = RECORDED_EXCUSED;
}

/* With no row at all it will begin with the last checkpoint. */
static void excuse_before_checkpoint(const struct judge *judge, struct recorded *recorded)
{
    size_t from = 0;
    for (size_t o = 0; o < judge->expected->count; o++)
        if (judge->expected->items[judge->order[o]].kind == MIGRATION_CHECKPOINT)
            from = o;
    for (size_t o = 0; o < from; o++)
        leave_out(recorded, judge->order[o]);
}

/* With rows checkpoints are left out. Of the files up to the last one whose version is not above the newest row's, those before
 * the first one whose version is not below the oldest row's were never to be applied here: the database began with a baseline or
 * a checkpoint. Versions are compared, but the files stand in the order of their names. */
static void excuse_before_rows(const struct judge *judge, const char *first, const char *last, struct recorded *recorded)
{
    size_t count = judge->expected->count, end = 0;
    for (size_t o = 0; o < count; o++) {
        const struct migration *migration = &judge->expected->items[judge->order[o]];
        if (migration->kind == MIGRATION_CHECKPOINT)
            leave_out(recorded, judge->order[o]);
        else if (strcmp(migration->id, last) <= 0)
            end = o + 1;
    }
    for (size_t o = 0; o < end; o++) {
        const struct migration *migration = &judge->expected->items[judge->order[o]];
        if (migration->kind != MIGRATION_CHECKPOINT && strcmp(migration->id, first) >= 0)
            return;
        leave_out(recorded, judge->order[o]);
    }
}

void fold_atlas(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded)
{
    const char *first = NULL, *last = NULL;
    for (size_t i = 0; i < rows->count; i++) {
        const char *version = rows->cells[i * rows->columns + COLUMN_VERSION];
        recorded->null = recorded->null || version == NULL;
        if (version == NULL || strcmp(version, CLOUD_ROW) == 0)
            continue;
        first = first == NULL || strcmp(version, first) < 0 ? version : first;
        last = last == NULL || strcmp(version, last) > 0 ? version : last;
    }
    for (size_t i = 0; i < rows->count; i++) {
        const char *const *cells = &rows->cells[i * rows->columns];
        const char *version = cells[COLUMN_VERSION], *type = cells[COLUMN_TYPE];
        if (version == NULL || strcmp(version, CLOUD_ROW) == 0)
            continue;
        /* A baseline stands for all up to it, whether its file is there or not. */
        if (type != NULL && (strtoul(type, NULL, 10) & TYPE_BASELINE) != 0 && fold_key(judge, version) == STRMAP_NONE)
            continue;
        take_row(judge, cells, strcmp(version, last) == 0, recorded);
    }
    if (first == NULL)
        excuse_before_checkpoint(judge, recorded);
    else
        excuse_before_rows(judge, first, last, recorded);
}
