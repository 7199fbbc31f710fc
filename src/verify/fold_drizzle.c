/* Drizzle before 1.0 goes by times, and where none fits by hash (drizzle-orm, pg-core/dialect.ts, migrate). Drizzle itself only
 * looks at the highest time: an entry above it is applied, even if a row has its hash; an older one that has no row never is.
 * Here it is pending, and out of order. What 1.0 makes of the rows is in fold_drizzle_1.c. */
#include "verify/fold_drizzle.h"

#include <string.h>

#include "base/mem.h"
#include "verify/family.h"

/* The rows by what they hold: the index of the row. */
struct lookup {
    struct strmap times, hashes;
    const char *highest; /* of the times; borrowed; NULL: there is none */
};

static void lookup_done(struct lookup *lookup)
{
    strmap_done(&lookup->times);
    strmap_done(&lookup->hashes);
}

static void put(struct strmap *map, const char *key, size_t row)
{
    if (key != NULL && *key != '\0')
        strmap_put(map, key, row);
}

/* Of times in milliseconds, as texts. */
static bool is_later(const char *time, const char *than)
{
    return order_compare(ORDER_NUMBER, time, than) > 0;
}

/* A row with neither time nor name is not decided: the framework would take it for the highest of all. */
static void fill(const struct table_rows *rows, struct lookup *ret, struct recorded *recorded)
{
    for (size_t i = 0; i < rows->count; i++) {
        const char *const *cells = &rows->cells[i * rows->columns];
        const char *time = cells[DRIZZLE_TIME];
        if (time != NULL && !fold_number(time, recorded))
            continue;
        put(&ret->times, time, i);
        if (time != NULL && (ret->highest == NULL || is_later(time, ret->highest)))
            ret->highest = time;
        put(&ret->hashes, cells[DRIZZLE_HASH], i);
        recorded->null = recorded->null || (time == NULL && cells[DRIZZLE_NAME] == NULL);
    }
}

/* The row of a migration, or STRMAP_NONE. */
static size_t row_of(const struct lookup *lookup, const struct migration *migration)
{
    size_t row = migration->label != NULL ? strmap_get(&lookup->times, migration->label) : STRMAP_NONE;
    if (row == STRMAP_NONE && migration->label != NULL && lookup->highest != NULL && is_later(migration->label, lookup->highest))
        return STRMAP_NONE;
    for (size_t i = 0; i < migration->checksums.count && row == STRMAP_NONE; i++)
        row = strmap_get(&lookup->hashes, migration->checksums.items[i]);
    return row;
}

static bool has_hash(const struct lookup *lookup, const struct migration *migration)
{
    for (size_t i = 0; i < migration->checksums.count; i++)
        if (strmap_get(&lookup->hashes, migration->checksums.items[i]) != STRMAP_NONE)
            return true;
    return migration->checksums.count == 0;
}

static void fold_journal(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded)
{
    struct lookup _cleanup_(lookup_done) lookup = {0};
    bool _cleanup_free_ *used = mem_alloc(rows->count * sizeof *used);
    fill(rows, &lookup, recorded);
    for (size_t m = 0; m < judge->expected->count; m++) {
        const struct migration *migration = &judge->expected->items[m];
        size_t row = row_of(&lookup, migration);
        if (row == STRMAP_NONE)
            continue;
        used[row] = true;
        recorded->applied[m] = RECORDED_APPLIED;
        if (!has_hash(&lookup, migration))
            strv_add(&recorded->changed, migration->id);
    }
    for (size_t i = 0; i < rows->count; i++) {
        const char *const *cells = &rows->cells[i * rows->columns], *shown = drizzle_shown(cells);
        bool twin = cells[DRIZZLE_TIME] != NULL && strmap_get(&lookup.times, cells[DRIZZLE_TIME]) != i; /* a row twice */
        if (!used[i] && !twin && shown != NULL)
            strv_add(&recorded->unknown, shown);
    }
}

void fold_drizzle(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded)
{
    if (judge->expected->count > 0 && judge->expected->items[0].place == 0)
        fold_drizzle_1(judge, rows, recorded);
    else
        fold_journal(judge, rows, recorded);
}
