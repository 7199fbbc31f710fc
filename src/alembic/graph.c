/* The graph of all revisions. */
#include "alembic/graph.h"

#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "base/text.h"

void alembic_revisions_done(struct alembic_revisions *revisions)
{
    for (size_t i = 0; i < revisions->count; i++)
        alembic_revision_done(&revisions->items[i]);
    free(revisions->items);
    *revisions = (struct alembic_revisions){0};
}

struct graph {
    const struct alembic_revisions *revisions;
    struct strmap by_id, by_label;
    struct strv *depends; /* of each revision, resolved */
};

static void graph_done(struct graph *g)
{
    strmap_done(&g->by_id);
    strmap_done(&g->by_label);
    for (size_t i = 0; i < g->revisions->count; i++)
        strv_done(&g->depends[i]);
    free(g->depends);
}

static int two_files(const struct alembic_revision *a, const struct alembic_revision *b, const char *name,
                     const char *format, struct err *reterr)
{
    char _cleanup_free_ *one = text_escaped(a->file);
    char _cleanup_free_ *two = text_escaped(b->file);
    char _cleanup_free_ *shown = text_escaped(name);
    err_set(reterr, ERR_NO_EXPECTED, "%s %s is there twice: in %s and in %s", format, shown, one, two);
    return err_hint(reterr, "Give one of them another name, or take it out: which one Alembic takes is a matter of chance.");
}

static int names(struct graph *g, struct err *reterr)
{
    const struct alembic_revisions *all = g->revisions;
    for (size_t i = 0; i < all->count; i++) {
        size_t known = strmap_get(&g->by_id, all->items[i].id);
        if (known != STRMAP_NONE)
            return two_files(&all->items[known], &all->items[i], all->items[i].id, "revision", reterr);
        strmap_put(&g->by_id, all->items[i].id, i);
    }
    for (size_t i = 0; i < all->count; i++) {
        for (size_t k = 0; k < all->items[i].labels.count; k++) {
            const char *label = all->items[i].labels.items[k];
            size_t known = strmap_get(&g->by_label, label);
            if (known == STRMAP_NONE)
                known = strmap_get(&g->by_id, label);
            if (known != STRMAP_NONE)
                return two_files(&all->items[known], &all->items[i], label, "the branch label", reterr);
            strmap_put(&g->by_label, label, i);
        }
    }
    return 0;
}

static int missing(const struct alembic_revision *revision, const char *what, const char *id, struct err *reterr)
{
    char _cleanup_free_ *file = text_escaped(revision->file);
    char _cleanup_free_ *shown = text_escaped(id);
    err_set(reterr, ERR_NO_EXPECTED, "%s: %s names %s, and there is no such revision", file, what, shown);
    return err_hint(reterr, "is its file part of the image, and in one of the version locations?");
}

/* depends_on names something that is no known revision or label; it may be a label that the text does not show. */
static int unknown_label(const struct graph *g, const struct alembic_revision *revision, const char *name,
                         struct err *reterr)
{
    for (size_t i = 0; i < g->revisions->count; i++) {
        if (!g->revisions->items[i].labels_unknown)
            continue;
        char _cleanup_free_ *file = text_escaped(revision->file);
        char _cleanup_free_ *other = text_escaped(g->revisions->items[i].file);
        char _cleanup_free_ *shown = text_escaped(name);
        err_set(reterr, ERR_NO_EXPECTED,
                "%s: depends_on names %s, and the branch_labels of %s, which may hold it, are computed", file, shown,
                other);
        return err_hint(reterr, ALEMBIC_HINT);
    }
    return missing(revision, "depends_on", name, reterr);
}

static int edges(struct graph *g, struct err *reterr)
{
    for (size_t i = 0; i < g->revisions->count; i++) {
        const struct alembic_revision *revision = &g->revisions->items[i];
        for (size_t k = 0; k < revision->down.count; k++)
            if (strmap_get(&g->by_id, revision->down.items[k]) == STRMAP_NONE)
                return missing(revision, "down_revision", revision->down.items[k], reterr);
        for (size_t k = 0; k < revision->depends.count; k++) {
            const char *name = revision->depends.items[k];
            size_t at = strmap_get(&g->by_id, name);
            if (at == STRMAP_NONE)
                at = strmap_get(&g->by_label, name);
            if (at == STRMAP_NONE)
                return unknown_label(g, revision, name, reterr);
            strv_add(&g->depends[i], g->revisions->items[at].id);
        }
    }
    return 0;
}

/* Takes away, one after the other, what needs nothing that is left; what cannot be taken away is on a cycle or behind
 * one. */
static int cycles(const struct graph *g, struct err *reterr)
{
    size_t count = g->revisions->count, done = 0, edges_total = 0;
    size_t _cleanup_free_ *needs = mem_alloc(count * sizeof *needs); /* parents left */
    size_t _cleanup_free_ *queue = mem_alloc(count * sizeof *queue);
    size_t _cleanup_free_ *first = mem_alloc((count + 1) * sizeof *first); /* children: [first[i], first[i+1]) */
    for (size_t i = 0; i < count; i++) {
        const struct strv *lists[] = {&g->revisions->items[i].down, &g->depends[i]};
        for (size_t n = 0; n < 2; n++) {
            for (size_t k = 0; k < lists[n]->count; k++, edges_total++) {
                needs[i]++;
                first[strmap_get(&g->by_id, lists[n]->items[k]) + 1]++;
            }
        }
    }
    size_t _cleanup_free_ *children = mem_alloc(edges_total * sizeof *children);
    size_t _cleanup_free_ *fill = mem_alloc((count + 1) * sizeof *fill);
    for (size_t i = 0; i < count; i++)
        first[i + 1] += first[i];
    memcpy(fill, first, count * sizeof *fill);
    for (size_t i = 0; i < count; i++) {
        const struct strv *lists[] = {&g->revisions->items[i].down, &g->depends[i]};
        for (size_t n = 0; n < 2; n++)
            for (size_t k = 0; k < lists[n]->count; k++)
                children[fill[strmap_get(&g->by_id, lists[n]->items[k])]++] = i;
    }
    size_t queued = 0;
    for (size_t i = 0; i < count; i++)
        if (needs[i] == 0)
            queue[queued++] = i;
    for (; done < queued; done++)
        for (size_t k = first[queue[done]]; k < first[queue[done] + 1]; k++)
            if (--needs[children[k]] == 0)
                queue[queued++] = children[k];
    if (done == count)
        return 0;
    struct strv _cleanup_strv_ left = STRV_INIT;
    struct buf _cleanup_buf_ shown = BUF_INIT;
    for (size_t i = 0; i < count; i++)
        if (needs[i] > 0)
            strv_add(&left, g->revisions->items[i].id);
    strv_sort(&left);
    text_join(&shown, &left, 5);
    return err_set(reterr, ERR_NO_EXPECTED, "the revisions depend on each other in a circle: %s", buf_text(&shown));
}

int alembic_graph_build(const struct alembic_revisions *revisions, struct expected *ret, struct err *reterr)
{
    struct graph _cleanup_(graph_done)
        g = {.revisions = revisions, .depends = mem_alloc(revisions->count * sizeof *g.depends)};
    if (names(&g, reterr) != 0 || edges(&g, reterr) != 0 || cycles(&g, reterr) != 0)
        return -1;
    for (size_t i = 0; i < revisions->count; i++) {
        const struct alembic_revision *revision = &revisions->items[i];
        struct migration *added = expected_add(ret, revision->id);
        added->file = mem_strdup(revision->file);
        strv_add_all(&added->parents, &revision->down);
        strv_add_all(&added->depends, &g.depends[i]);
    }
    return 0;
}
