/* Changelogs as nodes. */
#include "liquibase/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A file with a thousand times a thousand changesets, attributes and names of changes is no changelog. */
#define NODES_MAX 2000000u
/* Keys of one mapping that are compared. */
#define GROUP_MAX 200

void tree_done(struct tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        tree_done(&tree->items[i]); /* not deeper than TREE_DEPTH_MAX */
    free(tree->items);
    free(tree->name);
    free(tree->value);
    *tree = (struct tree){0};
}

const struct tree *tree_child(const struct tree *tree, const char *name, bool *ret_twice)
{
    const struct tree *found = NULL;
    bool twice = false;
    for (size_t i = 0; i < tree->count; i++)
        if (strcasecmp(tree->items[i].name, name) == 0) {
            twice = found != NULL;
            found = &tree->items[i];
        }
    if (ret_twice != NULL)
        *ret_twice = twice;
    return found;
}

bool tree_is_hidden(const struct tree *tree, size_t i)
{
    for (size_t k = i; k-- > 0 && tree->items[k].group == tree->items[i].group;)
        if (i - k > GROUP_MAX || strcmp(tree->items[k].name, tree->items[i].name) == 0)
            return true;
    return false;
}

/* Is what stands in it of interest? */
static bool is_looked_into(const struct tree *tree)
{
    static const char *const names[] = {"databaseChangeLog", "changeSet", "changes", "include", "includeAll", "property",
                                        "modifyChangeSets", "sql", "sqlFile"};
    if (tree->name == NULL) /* the outermost */
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(tree->name, names[i]) == 0)
            return true;
    return false;
}

void tree_begin(struct tree_builder *builder, struct tree *root)
{
    *builder = (struct tree_builder){.depth = 1};
    builder->open[0] = root;
}

struct tree *tree_top(const struct tree_builder *builder)
{
    return builder->below > 0 ? NULL : builder->open[builder->depth - 1];
}

bool tree_open(struct tree_builder *builder, const char *name, size_t len, int line, unsigned group)
{
    struct tree *top = tree_top(builder);
    if (top == NULL || !is_looked_into(top)) {
        if (top != NULL)
            top->cut = true;
        builder->below++;
        return true;
    }
    if (builder->depth == TREE_DEPTH_MAX || builder->nodes++ == NODES_MAX)
        return false;
    /* The open ones stay where they are: a list only grows while its last node is closed. */
    MEM_GROW(top->items, top->count, top->cap);
    struct tree *node = &top->items[top->count++];
    *node = (struct tree){.name = mem_strndup(name, len), .line = line, .group = group};
    builder->open[builder->depth++] = node;
    return true;
}

void tree_close(struct tree_builder *builder)
{
    if (builder->below > 0)
        builder->below--;
    else if (builder->depth > 1)
        builder->depth--;
}
