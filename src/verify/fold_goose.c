/* goose: the newest row of each version counts (pressly/goose, internal/dialects/postgres.go; migrate.go). */
#include <string.h>

#include "base/mem.h"
#include "verify/family.h"

enum { COLUMN_VERSION, COLUMN_APPLIED, COLUMN_ID };

/* A version, and what its newest row says. */
struct newest {
    char *id, *number;
    bool applied;
};

static void take_row(const struct judge *judge, const char *const *cells, struct strv *ids, struct newest **items, size_t *cap,
                     struct strmap *known, struct recorded *recorded)
{
    struct buf _cleanup_buf_ id = BUF_INIT, number = BUF_INIT;
    bool applied = fold_bool(cells[COLUMN_APPLIED], recorded);
    if (!fold_id(judge, cells[COLUMN_VERSION], &id, recorded) || !fold_id(judge, cells[COLUMN_ID], &number, recorded))
        return;
    if (strcmp(buf_text(&id), "0") == 0) /* put in when the table is made */
        return;
    size_t at = strmap_get(known, buf_text(&id));
    if (at == STRMAP_NONE) {
        at = ids->count;
        MEM_GROW(*items, at, *cap);
        strv_take(ids, buf_steal(&id));
        (*items)[at] = (struct newest){.id = ids->items[at]};
        strmap_put(known, ids->items[at], at);
    } else if (order_compare(ORDER_NUMBER, buf_text(&number), (*items)[at].number) < 0) {
        return;
    }
    free((*items)[at].number);
    (*items)[at].number = buf_steal(&number);
    (*items)[at].applied = applied;
}

void fold_goose(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded)
{
    struct strv _cleanup_strv_ ids = STRV_INIT;
    struct strmap _cleanup_strmap_ known = STRMAP_INIT;
    struct newest *items = NULL;
    size_t cap = 0;
    for (size_t i = 0; i < rows->count; i++)
        take_row(judge, &rows->cells[i * rows->columns], &ids, &items, &cap, &known, recorded);
    for (size_t i = 0; i < ids.count; i++) {
        if (items[i].applied)
            fold_add(judge, items[i].id, recorded);
        free(items[i].number);
    }
    free(items);
}
