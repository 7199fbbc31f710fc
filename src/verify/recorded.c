/* What the rows of one history table say. */
#include "verify/recorded.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"

void recorded_done(struct recorded *recorded)
{
    free(recorded->applied);
    strv_done(&recorded->unknown);
    *recorded = (struct recorded){0};
}

void recorded_init(const struct judge *judge, struct recorded *ret)
{
    *ret = (struct recorded){.applied = mem_alloc(judge_key_count(judge))};
}

void recorded_add(const struct judge *judge, const char *id, struct recorded *recorded)
{
    size_t key = judge_key(judge, id);
    if (key != STRMAP_NONE)
        recorded->applied[key] = 1;
    else
        strv_add(&recorded->unknown, id);
}

/* A row is one id: its columns, joined by a dot. */
static void take_joined(const struct judge *judge, const struct table_rows *rows, struct recorded *ret)
{
    struct buf _cleanup_buf_ id = BUF_INIT;
    for (size_t i = 0; i < rows->count; i++) {
        const char *const *cells = &rows->cells[i * rows->columns];
        bool null = false;
        buf_clear(&id);
        for (size_t c = 0; c < rows->columns; c++) {
            null = null || cells[c] == NULL;
            buf_printf(&id, "%s%s", c ? "." : "", cells[c] ? cells[c] : "");
        }
        if (null)
            ret->null = true;
        else
            recorded_add(judge, buf_text(&id), ret);
    }
}

void recorded_from_rows(const struct judge *judge, const struct table_rows *rows, struct recorded *ret)
{
    recorded_init(judge, ret);
    take_joined(judge, rows, ret);
    strv_sort(&ret->unknown);
    strv_unique(&ret->unknown);
}
