/* The verdict on one tenant: what all frameworks share. */
#include "verify/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "verify/family.h"

void edges_done(struct edges *edges)
{
    free(edges->items);
    *edges = (struct edges){0};
}

bool edges_has(const struct edges *edges, size_t node)
{
    for (size_t i = 0; i < edges->count; i++)
        if (edges->items[i] == node)
            return true;
    return false;
}

void edges_add(struct edges *edges, size_t node)
{
    if (edges_has(edges, node))
        return;
    MEM_GROW(edges->items, edges->count, edges->cap);
    edges->items[edges->count++] = node;
}

void edges_remove(struct edges *edges, size_t node)
{
    for (size_t i = 0; i < edges->count; i++)
        if (edges->items[i] == node) {
            edges->items[i] = edges->items[--edges->count];
            return;
        }
}

void judge_done(struct judge *judge)
{
    for (size_t i = 0; i < judge->key_names.count && judge->nodes != NULL; i++) {
        edges_done(&judge->nodes[i].parents);
        edges_done(&judge->nodes[i].replaces_named);
        edges_done(&judge->nodes[i].replaces);
    }
    free(judge->nodes);
    free(judge->order);
    free(judge->squashes);
    strmap_done(&judge->keys);
    strmap_done(&judge->labels);
    strv_done(&judge->key_names);
    *judge = (struct judge){0};
}

void verdict_done(struct verdict *verdict)
{
    strv_done(&verdict->pending);
    strv_done(&verdict->inconsistent);
    strv_done(&verdict->conflicts);
    strv_done(&verdict->failed);
    strv_done(&verdict->changed);
    strv_done(&verdict->out_of_order);
    *verdict = (struct verdict){0};
}

size_t judge_key_count(const struct judge *judge)
{
    return judge->key_names.count;
}

size_t judge_key(const struct judge *judge, const char *id)
{
    return strmap_get(&judge->keys, id);
}

static void add_key(struct judge *judge, const char *id)
{
    if (strmap_get(&judge->keys, id) != STRMAP_NONE)
        return;
    strv_add(&judge->key_names, id);
    size_t at = judge->key_names.count - 1;
    strmap_put(&judge->keys, judge->key_names.items[at], at);
}

static bool is_squash(const struct judge *judge, size_t node)
{
    return node < judge->expected->count && judge->expected->items[node].replaces.count > 0;
}

static void make_nodes(struct judge *judge)
{
    const struct expected *expected = judge->expected;
    for (size_t i = 0; i < expected->count; i++)
        add_key(judge, expected->items[i].id);
    for (size_t i = 0; i < expected->count; i++)
        if (expected->items[i].label != NULL)
            strmap_put(&judge->labels, expected->items[i].label, i);
    for (size_t i = 0; i < expected->count; i++)
        for (size_t r = 0; r < expected->items[i].replaces.count; r++)
            add_key(judge, expected->items[i].replaces.items[r]);
    size_t rows = judge->key_names.count; /* what follows only edges name */
    for (size_t i = 0; i < expected->count; i++) {
        for (size_t p = 0; p < expected->items[i].parents.count; p++)
            add_key(judge, expected->items[i].parents.items[p]);
        for (size_t d = 0; d < expected->items[i].depends.count; d++)
            add_key(judge, expected->items[i].depends.items[d]);
    }
    judge->nodes = mem_alloc(judge->key_names.count * sizeof *judge->nodes);
    for (size_t i = 0; i < judge->key_names.count; i++) {
        struct node *node = &judge->nodes[i];
        node->on_disk = i < expected->count;
        node->edge_only = i >= rows;
        if (!node->on_disk)
            continue;
        const struct migration *migration = &expected->items[i];
        for (size_t p = 0; p < migration->parents.count; p++)
            edges_add(&node->parents, judge_key(judge, migration->parents.items[p]));
        for (size_t d = 0; d < migration->depends.count; d++)
            edges_add(&node->parents, judge_key(judge, migration->depends.items[d]));
        for (size_t r = 0; r < migration->replaces.count; r++)
            edges_add(&node->replaces_named, judge_key(judge, migration->replaces.items[r]));
    }
}

size_t edges_order(const struct edges *const *parents, size_t count, size_t *ret_order)
{
    size_t ordered = 0;
    struct edges *children = mem_alloc(count * sizeof *children);
    size_t _cleanup_free_ *missing = mem_alloc(count * sizeof *missing);
    for (size_t i = 0; i < count; i++) {
        missing[i] = parents[i]->count;
        for (size_t p = 0; p < missing[i]; p++) {
            struct edges *list = &children[parents[i]->items[p]];
            MEM_GROW(list->items, list->count, list->cap);
            list->items[list->count++] = i;
        }
    }
    for (size_t i = 0; i < count; i++)
        if (missing[i] == 0)
            ret_order[ordered++] = i;
    for (size_t at = 0; at < ordered; at++) {
        const struct edges *list = &children[ret_order[at]];
        for (size_t c = 0; c < list->count; c++)
            if (--missing[list->items[c]] == 0)
                ret_order[ordered++] = list->items[c];
    }
    for (size_t i = 0; i < count; i++)
        edges_done(&children[i]);
    free(children);
    size_t rest = ordered;
    for (size_t i = 0; i < count; i++)
        if (missing[i] > 0)
            ret_order[rest++] = i;
    return ordered;
}

char *edges_circle(const struct edges *const *parents, size_t count, const size_t *order, size_t ordered,
                   const struct strv *names)
{
    /* Every node that could not be placed has a parent that could not: following those must come round. */
    bool _cleanup_free_ *stuck = mem_alloc(count * sizeof *stuck);
    bool _cleanup_free_ *seen = mem_alloc(count * sizeof *seen);
    for (size_t i = ordered; i < count; i++)
        stuck[order[i]] = true;
    size_t at = order[ordered];
    struct strv _cleanup_strv_ path = STRV_INIT, circle = STRV_INIT;
    while (!seen[at]) {
        seen[at] = true;
        strv_add(&path, names->items[at]);
        size_t p = 0;
        while (!stuck[parents[at]->items[p]])
            p++;
        at = parents[at]->items[p];
    }
    bool inside = false; /* what leads to the circle is no part of it */
    for (size_t i = 0; i < path.count; i++) {
        inside = inside || strcmp(path.items[i], names->items[at]) == 0;
        if (inside)
            strv_add(&circle, path.items[i]);
    }
    struct buf text = BUF_INIT;
    text_join(&text, &circle, 8);
    return buf_steal(&text);
}

/* What each squash stands for: a target that is itself a squash of the image stands for its own targets (Django 6; before
 * that such a thing cannot be migrated at all). */
static int resolve_squashes(struct judge *judge, struct err *reterr)
{
    size_t count = judge->key_names.count;
    struct edges *inner = mem_alloc(count * sizeof *inner);
    const struct edges **lists = mem_alloc(count * sizeof *lists);
    size_t _cleanup_free_ *order = mem_alloc(count * sizeof *order);
    for (size_t i = 0; i < count; i++) {
        const struct edges *named = &judge->nodes[i].replaces_named;
        lists[i] = &inner[i];
        for (size_t t = 0; t < named->count; t++)
            if (is_squash(judge, named->items[t]))
                edges_add(&inner[i], named->items[t]);
    }
    size_t ordered = edges_order(lists, count, order);
    char _cleanup_free_ *circle = ordered < count ? edges_circle(lists, count, order, ordered, &judge->key_names) : NULL;
    judge->squashes = mem_alloc(count * sizeof *judge->squashes);
    for (size_t o = 0; o < ordered; o++) {
        struct node *squash = &judge->nodes[order[o]];
        if (!is_squash(judge, order[o]))
            continue;
        judge->squashes[judge->squash_count++] = order[o];
        for (size_t t = 0; t < squash->replaces_named.count; t++) {
            size_t target = squash->replaces_named.items[t];
            const struct edges *stands_for = &judge->nodes[target].replaces;
            if (!is_squash(judge, target))
                edges_add(&squash->replaces, target);
            for (size_t s = 0; s < stands_for->count && is_squash(judge, target); s++)
                edges_add(&squash->replaces, stands_for->items[s]);
        }
    }
    for (size_t i = 0; i < count; i++)
        edges_done(&inner[i]);
    free(inner);
    free(lists);
    return circle == NULL ? 0 : err_set(reterr, ERR_NO_EXPECTED, "squashed migrations replace each other in a circle: %s", circle);
}

static int judge_sort(struct judge *judge, struct err *reterr)
{
    size_t count = judge->key_names.count;
    const struct edges **parents = mem_alloc(count * sizeof *parents);
    judge->order = mem_alloc(count * sizeof *judge->order);
    for (size_t i = 0; i < count; i++)
        parents[i] = &judge->nodes[i].parents;
    size_t ordered = edges_order(parents, count, judge->order);
    char _cleanup_free_ *circle =
        ordered < count ? edges_circle(parents, count, judge->order, ordered, &judge->key_names) : NULL;
    free(parents);
    return circle == NULL ? 0
                          : err_set(reterr, ERR_NO_EXPECTED, "the migrations depend on each other in a circle: %s", circle);
}

static int by_order(const void *a, const void *b, void *context)
{
    const struct judge *judge = context;
    const struct migration *one = &judge->expected->items[*(const size_t *)a], *two = &judge->expected->items[*(const size_t *)b];
    enum order order = family_row(judge)->order;
    if (order == ORDER_PLACE && one->place != two->place)
        return one->place < two->place ? -1 : 1;
    return order_compare(order, one->id, two->id);
}

/* Without a graph: as the ids or places tell. */
static void sort_by_id(struct judge *judge)
{
    size_t count = judge->expected->count;
    judge->order = mem_alloc(count * sizeof *judge->order);
    for (size_t i = 0; i < count; i++)
        judge->order[i] = i;
    qsort_r(judge->order, count, sizeof *judge->order, by_order, judge);
}

int judge_make(const struct expected *expected, struct judge *ret, struct err *reterr)
{
    struct judge _cleanup_judge_ judge = {.expected = expected};
    if (expected->count == 0) {
        err_set(reterr, ERR_NO_EXPECTED, "the image expects no migrations at all");
        return err_hint(reterr, "An empty list would open the gate to everything. Does the image hold the migration "
                                "files, and does migrations.path point to them?");
    }
    make_nodes(&judge);
    const struct family *family = family_of(&judge);
    int code = family->graph ? resolve_squashes(&judge, reterr) : 0;
    /* Django's order hangs on which squashes take the place of what they replace, and so on the history. */
    if (code == 0 && expected->framework == FRAMEWORK_ALEMBIC)
        code = judge_sort(&judge, reterr);
    if (code == 0 && !family->graph)
        sort_by_id(&judge);
    if (code == 0 && family->check != NULL)
        code = family->check(&judge, reterr);
    if (code != 0)
        return -1;
    *ret = judge;
    judge = (struct judge){0};
    return 0;
}

void judge_tenant(const struct judge *judge, const struct recorded *recorded, struct verdict *ret)
{
    family_of(judge)->judge(judge, recorded, ret);
}
