/* Rows with a checksum: sqlx (sqlx-core/src/migrate/migrator.rs, validate_applied_migrations; sqlx-postgres/src/migrate.rs,
 * dirty_version) and refinery (refinery_core/src/traits/mod.rs, verify_migrations). */
#include <string.h>

#include "base/mem.h"
#include "verify/family.h"

/* Applied, and from this file? */
static void take(const struct judge *judge, const char *id, bool same, struct recorded *recorded)
{
    fold_add(judge, id, recorded);
    if (!same)
        strv_add(&recorded->changed, id);
}

void fold_sqlx(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded)
{
    enum { COLUMN_VERSION, COLUMN_SUCCESS, COLUMN_CHECKSUM };
    struct buf _cleanup_buf_ id = BUF_INIT;
    for (size_t i = 0; i < rows->count; i++) {
        const char *const *cells = &rows->cells[i * rows->columns];
        bool success = fold_bool(cells[COLUMN_SUCCESS], recorded);
        recorded->null = recorded->null || cells[COLUMN_CHECKSUM] == NULL;
        if (!fold_id(judge, cells[COLUMN_VERSION], &id, recorded))
            continue;
        size_t key = fold_key(judge, buf_text(&id));
        if (!success) {
            strv_add(&recorded->failed, buf_text(&id));
            if (key != STRMAP_NONE)
                recorded->applied[key] = RECORDED_EXCUSED;
            continue;
        }
        take(judge, buf_text(&id),
             key == STRMAP_NONE || fold_same_sum(&judge->expected->items[key], cells[COLUMN_CHECKSUM]), recorded);
    }
}

void fold_refinery(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded)
{
    enum { COLUMN_VERSION, COLUMN_NAME, COLUMN_CHECKSUM };
    struct buf _cleanup_buf_ id = BUF_INIT;
    for (size_t i = 0; i < rows->count; i++) {
        const char *const *cells = &rows->cells[i * rows->columns];
        if (!fold_id(judge, cells[COLUMN_VERSION], &id, recorded))
            continue;
        size_t key = fold_key(judge, buf_text(&id));
        const struct migration *migration = key != STRMAP_NONE ? &judge->expected->items[key] : NULL;
        bool same = migration == NULL ||
                    (fold_same_sum(migration, cells[COLUMN_CHECKSUM]) &&
                     (migration->label == NULL || (cells[COLUMN_NAME] != NULL && strcmp(cells[COLUMN_NAME], migration->label) == 0)));
        take(judge, buf_text(&id), same, recorded);
    }
}
