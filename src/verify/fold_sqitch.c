/* Sqitch: a row per deployed change, told by an id that hangs on all changes before it (sqitchers/sqitch,
 * lib/App/Sqitch/Engine/pg.sql). */
#include <string.h>

#include "base/mem.h"
#include "verify/family.h"

enum { COLUMN_CHANGE_ID, COLUMN_HASH, COLUMN_NAME, COLUMN_PROJECT };

void fold_sqitch(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded)
{
    const char *project = judge->expected->project;
    for (size_t i = 0; i < rows->count; i++) {
        const char *const *cells = &rows->cells[i * rows->columns];
        const char *id = cells[COLUMN_CHANGE_ID], *hash = cells[COLUMN_HASH];
        if (id == NULL || cells[COLUMN_NAME] == NULL || cells[COLUMN_PROJECT] == NULL) {
            recorded->null = true;
            continue;
        }
        if (project != NULL && strcmp(cells[COLUMN_PROJECT], project) != 0)
            continue;
        size_t key = strmap_get(&judge->labels, id);
        if (key == STRMAP_NONE) {
            strv_take(&recorded->unknown, mem_printf("%s (%.7s)", cells[COLUMN_NAME], id));
            continue;
        }
        recorded->applied[key] = RECORDED_APPLIED;
        if (hash != NULL && !fold_same_sum(&judge->expected->items[key], hash))
            strv_add(&recorded->changed, judge->expected->items[key].id);
    }
}
