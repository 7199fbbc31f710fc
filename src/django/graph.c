/* The graph that Django builds of all migrations. */
#include "django/graph.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static const char first[] = "__first__", latest[] = "__latest__";

/* What the root or leaf of an app is. */
struct ends {
    const char *root, *leaf; /* ids; NULL: none */
};

struct graph {
    const struct django_apps *apps;
    const bool *migrated;
    const struct django_nodes *nodes;
    struct strmap by_id; /* migrations on disk */
    bool *has_parent;    /* in the same app, by `dependencies` */
    bool *has_child;
    /* Django knows an app's roots and leaves while it is still adding edges between apps, in an order that changes from
     * run to run; `early` is what it knows before, `late` after all of them. */
    struct ends *early, *late;
    struct strv *parents; /* of each node */
};

static size_t label_len(const char *id)
{
    return strcspn(id, ".");
}

static const char *name_of(const char *id)
{
    size_t len = label_len(id);
    return id[len] == '.' ? id + len + 1 : "";
}

static bool same_label(const char *a, const char *b)
{
    size_t len = label_len(a);
    return len == label_len(b) && memcmp(a, b, len) == 0;
}

static size_t app_of(const struct graph *g, const char *id)
{
    char _cleanup_free_ *label = mem_strndup(id, label_len(id));
    return strmap_get(&g->apps->by_label, label);
}

static void keep_smaller(const char **slot, const char *id)
{
    if (*slot == NULL || strcmp(name_of(id), name_of(*slot)) < 0)
        *slot = id;
}

/* Edges within an app. What they name and is not on disk is in Django's graph, too, as a node without parents. */
static void internal_edges(struct graph *g)
{
    for (size_t i = 0; i < g->nodes->count; i++) {
        const struct django_node *node = &g->nodes->items[i];
        for (size_t k = 0; k < node->migration.dependencies.count; k++) {
            const char *parent = node->migration.dependencies.items[k];
            if (!same_label(parent, node->id) || strcmp(name_of(parent), first) == 0)
                continue;
            strv_add(&g->parents[i], parent);
            g->has_parent[i] = true;
            size_t at = strmap_get(&g->by_id, parent);
            if (at != STRMAP_NONE)
                g->has_child[at] = true;
            else
                keep_smaller(&g->early[node->app].root, parent);
        }
    }
    for (size_t i = 0; i < g->nodes->count; i++) {
        const struct django_node *node = &g->nodes->items[i];
        if (!g->has_parent[i])
            keep_smaller(&g->early[node->app].root, node->id);
        if (!g->has_child[i])
            keep_smaller(&g->early[node->app].leaf, node->id);
    }
}

/* The ends as they are when all edges are known. */
static void late_ends(struct graph *g)
{
    bool _cleanup_free_ *parent = mem_alloc(g->nodes->count), *child = mem_alloc(g->nodes->count);
    memcpy(parent, g->has_parent, g->nodes->count);
    memcpy(child, g->has_child, g->nodes->count);
    for (size_t i = 0; i < g->apps->count; i++) {
        const char *root = g->early[i].root;
        if (root != NULL && strmap_get(&g->by_id, root) == STRMAP_NONE)
            g->late[i].root = root;
    }
    for (size_t i = 0; i < g->nodes->count; i++) {
        const struct django_node *node = &g->nodes->items[i];
        for (size_t k = 0; k < node->migration.run_before.count; k++) {
            const char *id = node->migration.run_before.items[k];
            size_t at = strmap_get(&g->by_id, id);
            if (!same_label(id, node->id))
                continue;
            child[i] = true;
            if (at != STRMAP_NONE)
                parent[at] = true;
        }
        const struct strv *lists[] = {&node->migration.dependencies, &node->migration.run_before};
        for (size_t n = 0; n < 2; n++) {
            for (size_t k = 0; k < lists[n]->count; k++) {
                const char *id = lists[n]->items[k];
                size_t app = strmap_get(&g->by_id, id) == STRMAP_NONE ? app_of(g, id) : STRMAP_NONE;
                if (app == STRMAP_NONE || strcmp(name_of(id), first) == 0 || strcmp(name_of(id), latest) == 0)
                    continue;
                keep_smaller(&g->late[app].root, id);
                if (!same_label(id, node->id))
                    keep_smaller(&g->late[app].leaf, id);
            }
        }
    }
    for (size_t i = 0; i < g->nodes->count; i++) {
        const struct django_node *node = &g->nodes->items[i];
        if (!parent[i])
            keep_smaller(&g->late[node->app].root, node->id);
        if (!child[i])
            keep_smaller(&g->late[node->app].leaf, node->id);
    }
}

/* Does a squash on disk stand for this id? */
static bool is_replaced_by(const struct graph *g, const char *squash, const char *id)
{
    size_t at = strmap_get(&g->by_id, squash);
    return at != STRMAP_NONE && strv_has(&g->nodes->items[at].migration.replaces, id);
}

static int choose(const struct graph *g, const struct django_node *node, const char *wanted, const char *early,
                  const char *late, const char **ret, struct err *reterr)
{
    *ret = early;
    if (early == NULL || late == NULL || strcmp(early, late) == 0 || is_replaced_by(g, early, late))
        return 0;
    if (is_replaced_by(g, late, early)) {
        *ret = late;
        return 0;
    }
    char _cleanup_free_ *file = text_escaped(node->file);
    char _cleanup_free_ *shown = text_escaped(wanted);
    char _cleanup_free_ *one = text_escaped(early);
    char _cleanup_free_ *two = text_escaped(late);
    err_set(reterr, ERR_NO_EXPECTED, "%s: what %s means is not decided: Django may take it for %s or for %s", file,
            shown, one, two);
    return err_hint(reterr, "name the migration itself instead");
}

/* The id that a dependency on another app means; `*ret` is NULL when it is to be ignored. */
static int resolve(const struct graph *g, const struct django_node *node, const char *wanted, const char **ret,
                   struct err *reterr)
{
    bool is_first = strcmp(name_of(wanted), first) == 0, is_latest = strcmp(name_of(wanted), latest) == 0;
    *ret = wanted;
    if (!is_first && !is_latest)
        return 0;
    *ret = NULL;
    if (same_label(wanted, node->id))
        return 0;
    char _cleanup_free_ *file = text_escaped(node->file);
    char _cleanup_free_ *shown = text_escaped(wanted);
    size_t app = app_of(g, wanted);
    if (app == STRMAP_NONE) {
        err_set(reterr, ERR_NO_EXPECTED, "%s: depends on %s, and there is no app of that label", file, shown);
        return err_hint(reterr, "add the app to INSTALLED_APPS (or to migrations.apps, where these are set)");
    }
    if (!g->migrated[app])
        return 0;
    const struct ends *early = &g->early[app], *late = &g->late[app];
    if (choose(g, node, wanted, is_first ? early->root : early->leaf, is_first ? late->root : late->leaf, ret,
               reterr) != 0)
        return -1;
    if (*ret == NULL) {
        err_set(reterr, ERR_NO_EXPECTED, "%s: depends on %s, but the migrations package of that app is empty", file,
                shown);
        return err_hint(reterr, "Django refuses this, too (\"Dependency on app with no migrations\")");
    }
    return 0;
}

/* The node that gets an edge because another one runs before it: itself, or, where its file is gone, the squash that
 * stands for it. */
static int child_of(const struct graph *g, const struct django_node *node, const char *id, size_t *ret,
                    struct err *reterr)
{
    *ret = strmap_get(&g->by_id, id);
    for (size_t i = 0; *ret == STRMAP_NONE && i < g->nodes->count; i++)
        if (strv_has(&g->nodes->items[i].migration.replaces, id))
            *ret = i;
    if (*ret != STRMAP_NONE)
        return 0;
    char _cleanup_free_ *file = text_escaped(node->file);
    char _cleanup_free_ *shown = text_escaped(id);
    return err_set(reterr, ERR_NO_EXPECTED, "%s: is to run before %s, which is not there", file, shown);
}

static int external_edges(struct graph *g, struct err *reterr)
{
    for (size_t i = 0; i < g->nodes->count; i++) {
        const struct django_node *node = &g->nodes->items[i];
        const char *id;
        for (size_t k = 0; k < node->migration.dependencies.count; k++) {
            const char *wanted = node->migration.dependencies.items[k];
            if (same_label(wanted, node->id))
                continue;
            if (resolve(g, node, wanted, &id, reterr) != 0)
                return -1;
            if (id != NULL)
                strv_add(&g->parents[i], id);
        }
        for (size_t k = 0; k < node->migration.run_before.count; k++) {
            size_t child = 0;
            if (resolve(g, node, node->migration.run_before.items[k], &id, reterr) != 0 ||
                (id != NULL && child_of(g, node, id, &child, reterr) != 0))
                return -1;
            if (id != NULL)
                strv_add(&g->parents[child], node->id);
        }
    }
    return 0;
}

static void graph_done(struct graph *g)
{
    strmap_done(&g->by_id);
    free(g->has_parent);
    free(g->has_child);
    free(g->early);
    free(g->late);
    for (size_t i = 0; i < g->nodes->count; i++)
        strv_done(&g->parents[i]);
    free(g->parents);
}

int django_graph_build(const struct django_apps *apps, const bool *migrated, const struct django_nodes *nodes,
                       struct expected *ret, struct err *reterr)
{
    struct graph _cleanup_(graph_done) g = {
        .apps = apps,
        .migrated = migrated,
        .nodes = nodes,
        .has_parent = mem_alloc(nodes->count),
        .has_child = mem_alloc(nodes->count),
        .early = mem_alloc(apps->count * sizeof *g.early),
        .late = mem_alloc(apps->count * sizeof *g.late),
        .parents = mem_alloc(nodes->count * sizeof *g.parents),
    };
    for (size_t i = 0; i < nodes->count; i++)
        strmap_put(&g.by_id, nodes->items[i].id, i);
    internal_edges(&g);
    late_ends(&g);
    if (external_edges(&g, reterr) != 0)
        return -1;
    for (size_t i = 0; i < nodes->count; i++) {
        const struct django_node *node = &nodes->items[i];
        struct migration *added = expected_add(ret, node->id);
        added->file = mem_strdup(node->file);
        added->parents_unknown = node->compiled;
        strv_add_all(&added->parents, &g.parents[i]);
        strv_add_all(&added->replaces, &node->migration.replaces);
    }
    return 0;
}
