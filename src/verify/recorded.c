/* What the rows of one history table say. */
#include "verify/recorded.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "verify/family.h"

void recorded_done(struct recorded *recorded)
{
    free(recorded->applied);
    strv_done(&recorded->unknown);
    strv_done(&recorded->failed);
    strv_done(&recorded->changed);
    free(recorded->odd);
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
        recorded->applied[key] = RECORDED_APPLIED;
    else
        strv_add(&recorded->unknown, id);
}

static bool lists_equal(const struct strv *a, const struct strv *b)
{
    bool equal = a->count == b->count;
    for (size_t i = 0; i < a->count && equal; i++)
        equal = strcmp(a->items[i], b->items[i]) == 0;
    return equal;
}

bool recorded_equal(const struct judge *judge, const struct recorded *a, const struct recorded *b)
{
    return a->null == b->null && a->unknown_stops == b->unknown_stops && a->odd == NULL && b->odd == NULL &&
           memcmp(a->applied, b->applied, judge_key_count(judge)) == 0 && lists_equal(&a->unknown, &b->unknown) &&
           lists_equal(&a->failed, &b->failed) && lists_equal(&a->changed, &b->changed);
}

void recorded_from_rows(const struct judge *judge, const struct table_rows *rows, struct recorded *ret)
{
    recorded_init(judge, ret);
    family_of(judge)->fold(judge, rows, ret);
    struct strv *const lists[] = {&ret->unknown, &ret->failed, &ret->changed};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        strv_sort(lists[i]);
        strv_unique(lists[i]);
    }
}
