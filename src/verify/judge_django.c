/* Django: a graph over all apps, in which squashed migrations take each other's place depending on what is applied.
 *
 * This follows what Django does when it loads its graph and runs `migrate --check` (django/db/migrations/loader.py:
 * build_graph, check_consistent_history, detect_conflicts; graph.py: remove_replaced_nodes, remove_replacement_node;
 * executor.py: migration_plan; Django 6 for squashes of squashes). */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "verify/judge_private.h"

/* The graph of one state of the history. */
struct graph {
    size_t count;
    struct edges *parents, *children;
    bool *alive;   /* in the graph */
    bool *applied; /* as Django counts it after replacement */
    size_t *order; /* parents first */
    size_t ordered; /* how many could be ordered; the rest hangs on a circle */
};

static void graph_done(struct graph *graph)
{
    for (size_t i = 0; i < graph->count; i++) {
        edges_done(&graph->parents[i]);
        edges_done(&graph->children[i]);
    }
    free(graph->parents);
    free(graph->children);
    free(graph->alive);
    free(graph->applied);
    free(graph->order);
}

/* All migrations, and those that only edges name (Django's dummy nodes). */
static void graph_make(const struct judge *judge, const unsigned char *applied, struct graph *ret)
{
    size_t count = judge->key_names.count;
    *ret = (struct graph){.count = count};
    ret->parents = mem_alloc(count * sizeof *ret->parents);
    ret->children = mem_alloc(count * sizeof *ret->children);
    ret->alive = mem_alloc(count * sizeof *ret->alive);
    ret->applied = mem_alloc(count * sizeof *ret->applied);
    for (size_t i = 0; i < count; i++) {
        ret->alive[i] = ret->alive[i] || judge->nodes[i].on_disk;
        ret->applied[i] = applied[i] != 0;
        for (size_t p = 0; p < judge->nodes[i].parents.count; p++) {
            size_t parent = judge->nodes[i].parents.items[p];
            ret->alive[parent] = true;
            edges_add(&ret->parents[i], parent);
            edges_add(&ret->children[parent], i);
        }
    }
}

static void link_nodes(struct graph *graph, size_t parent, size_t child)
{
    edges_add(&graph->parents[child], parent);
    edges_add(&graph->children[parent], child);
}

/* A node that has left the graph keeps no edges. */
static void cut_off(struct graph *graph, size_t node)
{
    graph->children[node].count = 0;
    graph->parents[node].count = 0;
}

/* The squash takes the place of its targets. */
static void remove_replaced(struct graph *graph, size_t squash, const struct edges *targets)
{
    for (size_t t = 0; t < targets->count; t++) {
        size_t target = targets->items[t];
        if (!graph->alive[target])
            continue;
        graph->alive[target] = false;
        for (size_t c = 0; c < graph->children[target].count; c++) {
            size_t child = graph->children[target].items[c];
            edges_remove(&graph->parents[child], target);
            if (!edges_has(targets, child))
                link_nodes(graph, squash, child); /* a squash that depends on its own target: a circle, as in Django */
        }
        for (size_t p = 0; p < graph->parents[target].count; p++) {
            size_t parent = graph->parents[target].items[p];
            edges_remove(&graph->children[parent], target);
            if (!edges_has(targets, parent))
                link_nodes(graph, parent, squash);
        }
        cut_off(graph, target);
    }
}

/* The squash leaves; its children now hang on the last of its targets. */
static void remove_squash(struct graph *graph, size_t squash, const struct edges *targets)
{
    graph->alive[squash] = false;
    for (size_t t = 0; t < targets->count; t++) {
        size_t target = targets->items[t];
        bool last = graph->alive[target];
        for (size_t o = 0; o < targets->count && last; o++)
            last = !graph->alive[targets->items[o]] || !edges_has(&graph->parents[targets->items[o]], target);
        for (size_t c = 0; c < graph->children[squash].count && last; c++)
            link_nodes(graph, target, graph->children[squash].items[c]);
    }
    for (size_t c = 0; c < graph->children[squash].count; c++)
        edges_remove(&graph->parents[graph->children[squash].items[c]], squash);
    for (size_t p = 0; p < graph->parents[squash].count; p++)
        edges_remove(&graph->children[graph->parents[squash].items[p]], squash);
    cut_off(graph, squash);
}

static size_t applied_targets(const struct judge *judge, size_t squash, const unsigned char *applied)
{
    size_t found = 0;
    const struct edges *targets = &judge->nodes[squash].replaces;
    for (size_t t = 0; t < targets->count; t++)
        found += applied[targets->items[t]] != 0;
    return found;
}

static void replace(const struct judge *judge, struct graph *graph, const unsigned char *applied, size_t squash)
{
    const struct node *node = &judge->nodes[squash];
    size_t found = applied_targets(judge, squash, applied), all = node->replaces.count;
    graph->applied[squash] = found == all;
    if (found == all || found == 0)
        remove_replaced(graph, squash, &node->replaces_named);
    else
        remove_squash(graph, squash, &node->replaces_named);
}

static const struct edges **parents_of(const struct graph *graph)
{
    const struct edges **parents = mem_alloc(graph->count * sizeof *parents);
    for (size_t i = 0; i < graph->count; i++)
        parents[i] = &graph->parents[i];
    return parents;
}

/* Carries out the replacements for this history, and orders what is left. */
static void replace_all(const struct judge *judge, struct graph *graph, const unsigned char *applied)
{
    for (size_t i = 0; i < judge->squash_count; i++)
        replace(judge, graph, applied, judge->squashes[i]);
    const struct edges **parents = parents_of(graph);
    graph->order = mem_alloc(graph->count * sizeof *graph->order);
    graph->ordered = edges_order(parents, graph->count, graph->order);
    free(parents);
}

/* The app of an id "label.name". */
static size_t label_len(const char *id)
{
    return strcspn(id, ".");
}

static bool same_app(const char *a, const char *b)
{
    size_t len = label_len(a);
    return label_len(b) == len && strncmp(a, b, len) == 0;
}

static bool is_leaf(const struct judge *judge, const struct graph *graph, size_t node)
{
    for (size_t c = 0; c < graph->children[node].count; c++) {
        size_t child = graph->children[node].items[c];
        if (same_app(judge->key_names.items[node], judge->key_names.items[child]))
            return false;
    }
    return true;
}

static bool app_has_unknown_edges(const struct judge *judge, const char *id)
{
    for (size_t i = 0; i < judge->expected->count; i++)
        if (judge->expected->items[i].parents_unknown && same_app(judge->expected->items[i].id, id))
            return true;
    return false;
}

/* Ids are ordered by bytes, so an app's migrations mostly stand together; "a_b.x" may still stand between two of "a", so
 * leaves are compared pairwise within the list of leaves only. */
static void find_conflicts(const struct judge *judge, const struct graph *graph, struct strv *ret)
{
    struct edges leaves = {0};
    for (size_t i = 0; i < judge->expected->count; i++)
        if (graph->alive[i] && is_leaf(judge, graph, i)) {
            MEM_GROW(leaves.items, leaves.count, leaves.cap);
            leaves.items[leaves.count++] = i;
        }
    for (size_t a = 0; a < leaves.count; a++) {
        const char *id = judge->key_names.items[leaves.items[a]];
        struct strv _cleanup_strv_ names = STRV_INIT;
        bool told = false;
        for (size_t b = 0; b < leaves.count; b++) {
            if (!same_app(id, judge->key_names.items[leaves.items[b]]))
                continue;
            told = told || b < a;
            strv_add(&names, judge->key_names.items[leaves.items[b]]);
        }
        if (told || names.count < 2 || app_has_unknown_edges(judge, id))
            continue;
        struct buf text = BUF_INIT;
        for (size_t n = 0; n < names.count; n++)
            buf_printf(&text, "%s%s", n ? n + 1 == names.count ? " and " : ", " : "", names.items[n]);
        buf_printf(&text, " are each the last migration of the app %.*s", (int)label_len(id), id);
        strv_take(ret, buf_steal(&text));
    }
    edges_done(&leaves);
}

/* Whose file names that dependency; replacement may have taken the edge itself away. */
static const char *who_names(const struct judge *judge, size_t missing)
{
    for (size_t i = 0; i < judge->expected->count; i++)
        if (edges_has(&judge->nodes[i].parents, missing))
            return judge->key_names.items[i];
    BUG("an edge that nobody names");
}

/* Edges to migrations that are not there, after replacement (Django's NodeNotFoundError). */
static void find_dangling(const struct judge *judge, const struct graph *graph, struct strv *ret)
{
    for (size_t i = judge->expected->count; i < graph->count; i++) {
        const char *why = judge->nodes[i].edge_only ? "" : ", and whose squash is only partly applied";
        if (!graph->alive[i])
            continue;
        for (size_t c = 0; c < graph->children[i].count; c++)
            strv_take(ret, mem_printf("%s depends on %s, which is not in the image%s",
                                      judge->key_names.items[graph->children[i].items[c]], judge->key_names.items[i], why));
        if (graph->children[i].count == 0)
            strv_take(ret, mem_printf("%s depends on %s, which is not in the image%s", who_names(judge, i),
                                      judge->key_names.items[i], why));
    }
}

/* Replacement re-points edges and can open a circle of the files, or close one that they do not show. */
static void find_circle(const struct judge *judge, const struct graph *graph, struct strv *ret)
{
    if (graph->ordered == graph->count)
        return;
    const struct edges **parents = parents_of(graph);
    char _cleanup_free_ *names = edges_circle(parents, graph->count, graph->order, graph->ordered, &judge->key_names);
    strv_take(ret, mem_printf("they depend on each other in a circle: %s", names));
    free(parents);
}

/* What Django stops at before it looks at any row: the same order of questions as its own. */
static void find_contradictions(const struct judge *judge, const struct graph *graph, struct strv *ret)
{
    find_dangling(judge, graph, ret);
    if (ret->count == 0)
        find_circle(judge, graph, ret);
    if (ret->count == 0)
        find_conflicts(judge, graph, ret);
}

/* Labels are identifiers and module names hold no dots: whatever else stands here could be confused with another id. */
static int check_ids(const struct judge *judge, struct err *reterr)
{
    for (size_t i = 0; i < judge->key_names.count; i++) {
        const char *id = judge->key_names.items[i];
        const char *dot = strchr(id, '.');
        if (dot != NULL && dot != id && dot[1] != '\0' && strchr(dot + 1, '.') == NULL)
            continue;
        char _cleanup_free_ *shown = text_escaped(id);
        return err_set(reterr, ERR_NO_EXPECTED, "'%s' is no Django migration: expected is LABEL.NAME", shown);
    }
    return 0;
}

int django_check(const struct judge *judge, struct err *reterr)
{
    if (check_ids(judge, reterr) != 0)
        return -1;
    unsigned char _cleanup_free_ *nothing = mem_alloc(judge->key_names.count);
    struct graph graph;
    struct strv _cleanup_strv_ missing = STRV_INIT, problems = STRV_INIT;
    graph_make(judge, nothing, &graph);
    replace_all(judge, &graph, nothing);
    find_dangling(judge, &graph, &missing);
    find_contradictions(judge, &graph, &problems);
    graph_done(&graph);
    if (problems.count == 0)
        return 0;
    char _cleanup_free_ *first = text_escaped(problems.items[0]);
    err_set(reterr, ERR_NO_EXPECTED, "the image's migrations contradict each other: %s%s", first,
            problems.count > 1 ? " (and more)" : "");
    if (missing.count > 0)
        return err_hint(reterr, "Is the migration file missing in the image (.dockerignore, .gitignore)?");
    if (strstr(problems.items[0], " circle: ") != NULL)
        return err_hint(reterr, "Correct the dependencies; a squashed migration may depend on nothing that it replaces.");
    return err_hint(reterr, "Two branches each added a migration: run python manage.py makemigrations --merge, commit the "
                            "merge and build the image again.");
}

/* What `migrate` would run: the leaves that are not applied, and their ancestors that are not. */
static void find_pending(const struct judge *judge, const struct graph *graph, bool *pending)
{
    size_t _cleanup_free_ *stack = mem_alloc((graph->count + 1) * sizeof *stack);
    bool _cleanup_free_ *seen = mem_alloc(graph->count * sizeof *seen);
    size_t depth = 0;
    for (size_t i = 0; i < judge->expected->count; i++) {
        bool target = judge->expected->items[i].parents_unknown || is_leaf(judge, graph, i);
        if (!graph->alive[i] || graph->applied[i] || !target || seen[i])
            continue;
        seen[i] = true;
        stack[depth++] = i;
        while (depth > 0) {
            size_t at = stack[--depth];
            pending[at] = pending[at] || !graph->applied[at];
            for (size_t p = 0; p < graph->parents[at].count; p++) {
                size_t parent = graph->parents[at].items[p];
                if (!seen[parent]) {
                    seen[parent] = true;
                    stack[depth++] = parent;
                }
            }
        }
    }
}

/* A row whose parent has none; a squash with all its targets applied counts as one. The parent is not applied, whatever
 * Django's plan says: it is reported as pending too. */
static void find_inconsistent(const struct judge *judge, const struct graph *graph, const unsigned char *applied,
                              bool *pending, struct strv *ret)
{
    for (size_t i = 0; i < judge->expected->count; i++) {
        if (!graph->alive[i] || !applied[i])
            continue;
        for (size_t p = 0; p < graph->parents[i].count; p++) {
            size_t parent = graph->parents[i].items[p];
            if (applied[parent] || (judge->nodes[parent].replaces.count > 0 && graph->applied[parent]))
                continue;
            strv_take(ret, mem_printf("%s is applied before its dependency %s", judge->key_names.items[i],
                                      judge->key_names.items[parent]));
            pending[parent] = true;
        }
    }
}

/* A squash that is partly applied, not recorded itself, and whose other targets are gone from the image: nothing can
 * apply those any more, and what follows would be run on a schema with a hole. */
static void find_holes(const struct judge *judge, const struct graph *graph, const unsigned char *applied, struct strv *ret)
{
    for (size_t i = 0; i < judge->expected->count; i++) {
        const struct edges *targets = &judge->nodes[i].replaces;
        size_t found = targets->count > 0 ? applied_targets(judge, i, applied) : 0;
        if (graph->alive[i] || applied[i] || found == 0 || found == targets->count)
            continue;
        for (size_t t = 0; t < targets->count; t++) {
            size_t target = targets->items[t];
            if (!applied[target] && !judge->nodes[target].on_disk)
                strv_take(ret, mem_printf("%s was never applied here, and the image has only its squash %s, which cannot be "
                                          "used because other parts of it are applied",
                                          judge->key_names.items[target], judge->key_names.items[i]));
        }
    }
}

/* The nodes parents first, as they hang together once replacement is done. */
static size_t *replaced_order(const struct graph *graph)
{
    const struct edges **parents = mem_alloc(graph->count * sizeof *parents);
    size_t *order = mem_alloc(graph->count * sizeof *order);
    for (size_t i = 0; i < graph->count; i++)
        parents[i] = &graph->parents[i];
    edges_order(parents, graph->count, order);
    free(parents);
    return order;
}

void django_judge(const struct judge *judge, const struct recorded *recorded, struct verdict *ret)
{
    const unsigned char *applied = recorded->applied;
    struct graph graph;
    graph_make(judge, applied, &graph);
    replace_all(judge, &graph, applied);
    bool _cleanup_free_ *pending = mem_alloc(graph.count * sizeof *pending);
    find_contradictions(judge, &graph, &ret->conflicts);
    find_inconsistent(judge, &graph, applied, pending, &ret->inconsistent);
    find_holes(judge, &graph, applied, &ret->inconsistent);
    find_pending(judge, &graph, pending);
    size_t _cleanup_free_ *order = replaced_order(&graph);
    for (size_t o = 0; o < graph.count; o++) {
        size_t at = order[o];
        if (pending[at])
            strv_add(&ret->pending, judge->key_names.items[at]);
        else if (at < judge->expected->count && graph.alive[at])
            ret->applied += graph.applied[at] || applied[at];
    }
    graph_done(&graph);
}
