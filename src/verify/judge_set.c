/* The judge of every framework without a graph: what is not there is pending. */
#include "verify/family.h"

/* The newest that is applied, as far as the order tells: the place of the last one that a file has, and the greatest id
 * that none has. */
struct newest {
    size_t place; /* 1 and more: in judge->order; 0: none */
    const char *unknown;
};

/* Among numbers a text has none. */
static bool has_place(enum order order, const char *id)
{
    return order_tells(order) && (order == ORDER_TEXT || (*id >= '0' && *id <= '9'));
}

static struct newest find_newest(const struct judge *judge, const struct recorded *recorded, enum order order)
{
    struct newest newest = {0};
    for (size_t o = 0; o < judge->expected->count; o++)
        if (recorded->applied[judge->order[o]] == RECORDED_APPLIED &&
            judge->expected->items[judge->order[o]].kind == MIGRATION_PLAIN)
            newest.place = o + 1;
    for (size_t i = 0; i < recorded->unknown.count; i++)
        if (has_place(order, recorded->unknown.items[i]) && (newest.unknown == NULL || order_compare(order, recorded->unknown.items[i], newest.unknown) > 0))
            newest.unknown = recorded->unknown.items[i];
    return newest;
}

void set_judge(const struct judge *judge, const struct recorded *recorded, struct verdict *ret)
{
    const struct framework_row *row = family_row(judge);
    struct newest newest = find_newest(judge, recorded, row->order);
    for (size_t o = 0; o < judge->expected->count; o++) {
        size_t at = judge->order[o];
        const struct migration *migration = &judge->expected->items[at];
        ret->applied += recorded->applied[at] == RECORDED_APPLIED;
        if (recorded->applied[at] != RECORDED_NOT)
            continue;
        strv_add(&ret->pending, migration->id);
        bool older = o + 1 < newest.place ||
                     (newest.unknown != NULL && order_compare(row->order, migration->id, newest.unknown) < 0);
        if (older && migration->kind == MIGRATION_PLAIN)
            strv_add(&ret->out_of_order, migration->id);
    }
    strv_add_all(&ret->failed, &recorded->failed);
    strv_add_all(&ret->changed, &recorded->changed);
    ret->unknown_stops = recorded->unknown.count > 0 && (row->unknown == UNKNOWN_STOPS || recorded->unknown_stops);
    ret->unknown_undecides = ret->unknown_stops && row->family == FAMILY_LEVEL;
}
