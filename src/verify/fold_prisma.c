/* Prisma: one row per attempt (prisma-engines, schema-engine/commands/src/commands/apply_migrations.rs and
 * diagnose_migration_history.rs). An attempt that was rolled back counts as none, as `migrate deploy` has it; one that is
 * neither finished nor rolled back has failed or is running, which its row does not tell apart. */
#include <string.h>

#include "base/mem.h"
#include "verify/family.h"

enum { COLUMN_NAME, COLUMN_CHECKSUM, COLUMN_FINISHED, COLUMN_ROLLED_BACK };

static void take_row(const struct judge *judge, const char *const *cells, struct recorded *recorded)
{
    const char *name = cells[COLUMN_NAME];
    if (name == NULL || fold_true(cells[COLUMN_ROLLED_BACK])) {
        recorded->null = recorded->null || name == NULL;
        return;
    }
    size_t key = fold_key(judge, name);
    if (!fold_true(cells[COLUMN_FINISHED])) {
        strv_add(&recorded->failed, name);
        if (key != STRMAP_NONE && recorded->applied[key] == RECORDED_NOT)
            recorded->applied[key] = RECORDED_EXCUSED;
        return;
    }
    fold_add(judge, name, recorded);
    if (key != STRMAP_NONE && !fold_same_sum(&judge->expected->items[key], cells[COLUMN_CHECKSUM]))
        strv_add(&recorded->changed, name);
}

void fold_prisma(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded)
{
    for (size_t i = 0; i < rows->count; i++)
        take_row(judge, &rows->cells[i * rows->columns], recorded);
}
