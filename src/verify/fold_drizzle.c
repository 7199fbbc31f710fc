/* Drizzle: rows by name (1.0), by time (before), and where neither fits by hash (drizzle-orm, pg-core/dialect.ts, migrate;
 * 1.0: up-migrations/pg.ts). Before 1.0 Drizzle itself only looks at the highest time: an entry above it is applied, even if
 * a row has its hash; an older one that has no row never is. Here it is pending, and out of order. */
#include <string.h>

#include "base/mem.h"
#include "verify/family.h"

enum { COLUMN_HASH, COLUMN_TIME, COLUMN_NAME };

/* The rows by what they hold: the index of the row. */
struct lookup {
    struct strmap names, times, seconds, hashes, nameless; /* nameless: hashes of rows without a name */
    struct strv floors; /* times with the last three digits made zero */
    const char *highest; /* of the times; borrowed; NULL: there is none */
};

static void lookup_done(struct lookup *lookup)
{
    strmap_done(&lookup->names);
    strmap_done(&lookup->times);
    strmap_done(&lookup->seconds);
    strmap_done(&lookup->hashes);
    strmap_done(&lookup->nameless);
    strv_done(&lookup->floors);
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

/* `ret_null` is set where a row has neither time nor name: the framework would take it for the highest of all. */
static void fill(const struct table_rows *rows, struct lookup *ret, bool *ret_null)
{
    for (size_t i = 0; i < rows->count; i++) {
        const char *const *cells = &rows->cells[i * rows->columns];
        const char *time = cells[COLUMN_TIME];
        put(&ret->names, cells[COLUMN_NAME], i);
        put(&ret->times, time, i);
        if (time != NULL && (ret->highest == NULL || is_later(time, ret->highest)))
            ret->highest = time;
        put(&ret->hashes, cells[COLUMN_HASH], i);
        *ret_null = *ret_null || (time == NULL && cells[COLUMN_NAME] == NULL);
        if (cells[COLUMN_NAME] == NULL)
            put(&ret->nameless, cells[COLUMN_HASH], i);
        if (cells[COLUMN_NAME] == NULL && time != NULL && strlen(time) > 3) {
            strv_take(&ret->floors, mem_printf("%.*s000", (int)strlen(time) - 3, time));
            put(&ret->seconds, ret->floors.items[ret->floors.count - 1], i);
        }
    }
}

/* The row of a migration, or STRMAP_NONE. */
static size_t row_of(const struct lookup *lookup, const struct migration *migration)
{
    size_t row = strmap_get(&lookup->names, migration->id);
    if (row == STRMAP_NONE && migration->label != NULL)
        row = strmap_get(migration->place > 0 ? &lookup->times : &lookup->seconds, migration->label);
    if (row == STRMAP_NONE && migration->place > 0 && migration->label != NULL && lookup->highest != NULL && is_later(migration->label, lookup->highest))
        return STRMAP_NONE;
    for (size_t i = 0; i < migration->checksums.count && row == STRMAP_NONE; i++)
        row = strmap_get(migration->place > 0 ? &lookup->hashes : &lookup->nameless, migration->checksums.items[i]);
    return row;
}

static bool has_hash(const struct lookup *lookup, const struct migration *migration)
{
    for (size_t i = 0; i < migration->checksums.count; i++)
        if (strmap_get(&lookup->hashes, migration->checksums.items[i]) != STRMAP_NONE)
            return true;
    return migration->checksums.count == 0;
}

void fold_drizzle(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded)
{
    struct lookup _cleanup_(lookup_done) lookup = {0};
    bool _cleanup_free_ *used = mem_alloc(rows->count * sizeof *used);
    fill(rows, &lookup, &recorded->null);
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
        const char *const *cells = &rows->cells[i * rows->columns];
        const char *shown = cells[COLUMN_NAME] ? cells[COLUMN_NAME] : cells[COLUMN_TIME] ? cells[COLUMN_TIME] : cells[COLUMN_HASH];
        bool twin = cells[COLUMN_TIME] != NULL && strmap_get(&lookup.times, cells[COLUMN_TIME]) != i; /* a row twice */
        if (!used[i] && !twin && shown != NULL)
            strv_add(&recorded->unknown, shown);
    }
}
