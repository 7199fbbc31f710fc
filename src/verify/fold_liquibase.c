/* Liquibase: rows by path, id and author (liquibase-standard, changelog/RanChangeSet.java, isSameAs;
 * changelog/filter/ShouldRunChangeSetFilter.java; changelog/ChangeSet.java, isCheckSumValid). */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "liquibase/liquibase.h"
#include "verify/family.h"

enum { COLUMN_ID, COLUMN_AUTHOR, COLUMN_FILE, COLUMN_TYPE, COLUMN_SUM };

enum compared {
    SUM_SAME,
    SUM_OTHER,
    SUM_UNKNOWN, /* of a version that the file's checksum is not known in */
};

/* A checksum is "VERSION:HEX"; only those of one version can be compared. */
static enum compared compare(const struct migration *migration, const char *sum)
{
    size_t version = strcspn(sum, ":") + 1;
    bool known = false;
    for (size_t i = 0; i < migration->checksums.count; i++) {
        if (strcmp(migration->checksums.items[i], sum) == 0)
            return SUM_SAME;
        known = known || strncmp(migration->checksums.items[i], sum, version) == 0;
    }
    return known ? SUM_OTHER : SUM_UNKNOWN;
}

static void take_sum(const struct judge *judge, size_t key, const char *sum, struct recorded *recorded)
{
    const struct migration *migration = &judge->expected->items[key];
    if (sum == NULL || *sum == '\0' || migration->checksums.count == 0) /* cleared: filled in at the next update */
        return;
    switch (compare(migration, sum)) {
    case SUM_SAME:
        return;
    case SUM_UNKNOWN:
        if (!text_starts(sum, "8:") && !text_starts(sum, "9:")) {
            char _cleanup_free_ *shown = text_escaped(sum);
            fold_odd(recorded, "holds the checksum '%s', which is of a kind that cannot be computed here", shown);
        } else if (migration->kind == MIGRATION_REPEATABLE) {
            fold_odd(recorded, "holds checksums of another version of Liquibase's than the manifest has");
        }
        return;
    case SUM_OTHER:
        if (migration->kind == MIGRATION_REPEATABLE)
            recorded->applied[key] = RECORDED_NOT; /* runOnChange: it is to be run again */
        else
            strv_add(&recorded->changed, migration->id);
        return;
    }
}

/* Version 4.30 gave a file of SQL without a header the id raw_ and its path; later ones take such a row for "raw"
 * (parser/core/sql/SqlChangeLogParser.java, generateId). */
static const char *plain_id(const char *id, const char *author, const char *path)
{
    if (strcmp(author, "includeAll") != 0 || !text_starts(id, "raw_") || strlen(id) != strlen(path) + strlen("raw_"))
        return id;
    for (const char *a = id + strlen("raw_"), *b = path; *a != '\0'; a++, b++)
        if (*a != (*b == '/' ? '_' : *b))
            return id;
    return "raw";
}

void fold_liquibase(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded)
{
    for (size_t i = 0; i < rows->count; i++) {
        const char *const *cells = &rows->cells[i * rows->columns];
        if (cells[COLUMN_ID] == NULL || cells[COLUMN_AUTHOR] == NULL || cells[COLUMN_FILE] == NULL || cells[COLUMN_TYPE] == NULL) {
            recorded->null = true;
            continue;
        }
        char _cleanup_free_ *path = liquibase_path(cells[COLUMN_FILE]);
        char _cleanup_free_ *id = mem_printf("%s::%s::%s", path, plain_id(cells[COLUMN_ID], cells[COLUMN_AUTHOR], path), cells[COLUMN_AUTHOR]);
        if (strcmp(cells[COLUMN_TYPE], "FAILED") == 0)
            strv_add(&recorded->failed, id);
        if (strcmp(cells[COLUMN_TYPE], "FAILED") == 0 || strcmp(cells[COLUMN_TYPE], "SKIPPED") == 0)
            continue;
        fold_add(judge, id, recorded);
        size_t key = fold_key(judge, id);
        if (key != STRMAP_NONE)
            take_sum(judge, key, cells[COLUMN_SUM], recorded);
    }
}
