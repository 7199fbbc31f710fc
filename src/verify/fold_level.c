/* One row for all: how far the database is (golang-migrate: database/postgres/postgres.go, Version, and migrate.go, readUp;
 * tern: migrate/migrate.go, GetCurrentVersion). */
#include <string.h>

#include "base/mem.h"
#include "verify/family.h"

enum { COLUMN_VERSION, COLUMN_DIRTY };

/* All files up to the level count as applied: what was left out below it is invisible to the framework too. */
static void take_level(const struct judge *judge, const char *level, bool can_be_dirty, bool dirty, struct recorded *recorded)
{
    /* 0 is tern's beginning, but to golang-migrate a version like any other: without a file nothing goes on from it. */
    if (*level == '-' || (strcmp(level, "0") == 0 && !can_be_dirty)) {
        if (dirty)
            strv_add(&recorded->failed, level);
        return;
    }
    for (size_t i = 0; i < judge->expected->count; i++)
        if (order_compare(ORDER_NUMBER, judge->expected->items[i].id, level) <= 0)
            recorded->applied[i] = RECORDED_APPLIED;
    if (judge_key(judge, level) == STRMAP_NONE)
        strv_add(&recorded->unknown, level);
    if (dirty)
        strv_add(&recorded->failed, level);
}

void fold_level(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded)
{
    struct buf _cleanup_buf_ level = BUF_INIT;
    if (rows->count > 1)
        fold_odd(recorded, "holds %zu rows where there is one to say how far it is: another framework's table?", rows->count);
    if (rows->count != 1)
        return;
    bool can_be_dirty = rows->columns > COLUMN_DIRTY;
    bool dirty = can_be_dirty && fold_bool(rows->cells[COLUMN_DIRTY], recorded);
    if (fold_id(judge, rows->cells[COLUMN_VERSION], &level, recorded))
        take_level(judge, buf_text(&level), can_be_dirty, dirty, recorded);
}
