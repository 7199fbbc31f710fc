/* Alembic: the table holds the effective heads of what is applied, not the list. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "verify/judge_private.h"

int alembic_check(const struct judge *judge, struct err *reterr)
{
    for (size_t i = 0; i < judge->expected->count; i++) {
        const struct migration *migration = &judge->expected->items[i];
        for (size_t p = 0; p < judge->nodes[i].parents.count; p++) {
            size_t parent = judge->nodes[i].parents.items[p];
            if (judge->nodes[parent].on_disk)
                continue;
            char _cleanup_free_ *id = text_escaped(migration->id);
            char _cleanup_free_ *missing = text_escaped(judge->key_names.items[parent]);
            char _cleanup_free_ *file = text_escaped(migration->file ? migration->file : "the list");
            return err_set(reterr, ERR_NO_EXPECTED, "%s: revision %s builds on %s, which is not in the image", file, id,
                           missing);
        }
        if (migration->parents_unknown)
            return err_set(reterr, ERR_NO_EXPECTED, "an Alembic history cannot be judged by a list without parents: its "
                                                    "table holds only the heads");
    }
    return 0;
}

void alembic_judge(const struct judge *judge, const struct recorded *recorded, struct verdict *ret)
{
    const unsigned char *applied = recorded->applied;
    size_t unknown = recorded->unknown.count;
    size_t count = judge->expected->count;
    /* Which are applied: what a row names, and all that it builds on. Children come after their parents in the order,
     * so one walk backwards reaches everything. `below` marks what another applied revision builds on. */
    unsigned char _cleanup_free_ *reached = mem_alloc(count);
    unsigned char _cleanup_free_ *below = mem_alloc(count);
    for (size_t i = 0; i < count; i++)
        reached[i] = applied[i];
    for (size_t o = judge->key_names.count; o-- > 0;) {
        size_t at = judge->order[o];
        if (at >= count || !reached[at])
            continue;
        for (size_t p = 0; p < judge->nodes[at].parents.count; p++) {
            size_t parent = judge->nodes[at].parents.items[p];
            reached[parent] = 1;
            below[parent] = 1;
        }
    }
    for (size_t o = 0; o < judge->key_names.count; o++) {
        size_t at = judge->order[o];
        if (at >= count)
            continue;
        ret->applied += reached[at];
        if (!reached[at] && unknown == 0)
            strv_add(&ret->pending, judge->key_names.items[at]);
        if (applied[at] && below[at])
            strv_take(&ret->inconsistent,
                      mem_printf("%s is listed although another listed revision builds on it", judge->key_names.items[at]));
    }
    ret->unknown_undecides = unknown > 0;
}
