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

/* What cannot be read as two numbers was not seen to be whole. */
static bool is_partial(const char *const *cells)
{
    const char *applied = cells[COLUMN_APPLIED], *total = cells[COLUMN_TOTAL];
    return !is_count(applied) || !is_count(total) || strtoull(applied, NULL, 10) < strtoull(total, NULL, 10);
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
                         cells[COLUMN_TOTAL] ? cells[COLUMN_TOTAL] : "?", fold_true(cells[COLUMN_ERROR]) ? ", with an error" : ""));
    if (key != STRMAP_NONE)
        recorded->applied[key] = RECORDED_EXCUSED;
}

/* What comes before the first row was never to be applied here: the database began with a baseline or a checkpoint. With no
 * row at all it will begin with the last checkpoint. */
static void excuse(const struct judge *judge, const char *first, struct recorded *recorded)
{
    const char *checkpoint = NULL;
    for (size_t o = 0; o < judge->expected->count; o++)
        if (judge->expected->items[judge->order[o]].kind == MIGRATION_CHECKPOINT)
            checkpoint = judge->expected->items[judge->order[o]].id;
    for (size_t i = 0; i < judge->expected->count; i++) {
        const struct migration *migration = &judge->expected->items[i];
        const char *from = first ? first : checkpoint;
        bool before = from != NULL && strcmp(migration->id, from) < 0;
        bool left_out = first != NULL && migration->kind == MIGRATION_CHECKPOINT;
        if ((before || left_out) && recorded->applied[i] == RECORDED_NOT)
            recorded->applied[i] = RECORDED_EXCUSED;
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
    excuse(judge, first, recorded);
}
