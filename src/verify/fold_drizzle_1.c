/* Drizzle 1.0 goes by the names of the folders (drizzle-orm, migrator.utils.ts, getMigrationsToRun). A table without that column
 * was written by an older version: before anything else it gives each row a name, by its time or its hash, and stops where a row
 * fits none (up-migrations/pg.ts, upToV1). In a table that has the column a row without a name does not count. */
#include <string.h>

#include "base/mem.h"
#include "files/drizzle.h"
#include "verify/family.h"
#include "verify/fold_drizzle.h"

/* The migrations by what an older row tells: the index of the first one of a time, those of the same time, the last of a text. */
struct folders {
    const struct expected *expected;
    struct strv times; /* of each migration; "" where its name has none */
    struct strmap by_time, by_hash;
    size_t *next; /* the next one of the same time, or STRMAP_NONE */
};

static void folders_done(struct folders *folders)
{
    strv_done(&folders->times);
    strmap_done(&folders->by_time);
    strmap_done(&folders->by_hash);
    free(folders->next);
}

static void fill(const struct expected *expected, struct folders *ret)
{
    ret->expected = expected;
    ret->next = mem_alloc(expected->count * sizeof *ret->next);
    for (size_t m = 0; m < expected->count; m++) {
        char *time = drizzle_time_of(expected->items[m].id);
        strv_take(&ret->times, time ? time : mem_strdup(""));
    }
    for (size_t m = expected->count; m-- > 0;) {
        ret->next[m] = strmap_get(&ret->by_time, ret->times.items[m]);
        if (*ret->times.items[m] != '\0')
            strmap_put(&ret->by_time, ret->times.items[m], m);
    }
    for (size_t m = 0; m < expected->count; m++)
        for (size_t i = 0; i < expected->items[m].checksums.count; i++)
            strmap_put(&ret->by_hash, expected->items[m].checksums.items[i], m);
}

/* The migration of a row that has no name, or STRMAP_NONE. */
static size_t migration_of(const struct folders *folders, const char *time, const char *hash)
{
    size_t at = STRMAP_NONE;
    if (time != NULL && strlen(time) > 3) {
        char _cleanup_free_ *second = mem_printf("%.*s000", (int)strlen(time) - 3, time);
        at = strmap_get(&folders->by_time, second);
    }
    if (at == STRMAP_NONE)
        return hash != NULL ? strmap_get(&folders->by_hash, hash) : STRMAP_NONE;
    if (folders->next[at] == STRMAP_NONE)
        return at;
    while (at != STRMAP_NONE && (hash == NULL || !strv_has(&folders->expected->items[at].checksums, hash)))
        at = folders->next[at];
    return at;
}

const char *drizzle_shown(const char *const *cells)
{
    return cells[DRIZZLE_NAME] ? cells[DRIZZLE_NAME] : cells[DRIZZLE_TIME] ? cells[DRIZZLE_TIME] : cells[DRIZZLE_HASH];
}

void fold_drizzle_1(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded)
{
    struct folders _cleanup_(folders_done) folders = {0};
    fill(judge->expected, &folders);
    for (size_t i = 0; i < rows->count; i++) {
        const char *const *cells = &rows->cells[i * rows->columns];
        const char *name = cells[DRIZZLE_NAME], *hash = cells[DRIZZLE_HASH], *shown = drizzle_shown(cells);
        bool has_names = cells[DRIZZLE_HAS_NAMES] != NULL;
        if (!has_names && cells[DRIZZLE_TIME] != NULL && !fold_number(cells[DRIZZLE_TIME], recorded))
            return;
        size_t m = has_names ? (name != NULL ? judge_key(judge, name) : STRMAP_NONE)
                             : migration_of(&folders, cells[DRIZZLE_TIME], hash);
        if (m != STRMAP_NONE) {
            recorded->applied[m] = RECORDED_APPLIED;
            if (!fold_same_sum(&judge->expected->items[m], hash))
                strv_add(&recorded->changed, judge->expected->items[m].id);
        } else if (shown != NULL) {
            strv_add(&recorded->unknown, shown);
            recorded->unknown_stops = recorded->unknown_stops || !has_names;
        } else {
            recorded->null = true;
        }
    }
}
