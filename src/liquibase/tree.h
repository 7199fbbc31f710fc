/* A changelog in XML, YAML or JSON as Liquibase itself looks at it (liquibase-standard, parser/core/ParsedNode.java): nodes with a
 * name, perhaps a value, and children. An attribute in XML, a child element and a key in YAML are all the same there.
 *
 * Only what tells about changesets is kept: of the changes in them, and of everything else that is passed over, there is the
 * name and no more. What is kept is bounded, whatever the file holds. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct tree {
    char *name;
    char *value;      /* NULL: none */
    int line;
    unsigned group;   /* the mapping that the node stands in: there, YAML lets the last of two with one name win */
    bool odd;         /* the value is one of which Liquibase makes another text, or none: an alias, a list, a date */
    bool cut;         /* it has children that were not kept */
    struct tree *items;
    size_t count, cap;
};

void tree_done(struct tree *tree);
#define _cleanup_tree_ __attribute__((cleanup(tree_done)))

/* The node's only child of that name, case ignored; NULL: there is none. `ret_twice` (or NULL): there are more. */
const struct tree *tree_child(const struct tree *tree, const char *name, bool *ret_twice);

/* Does a child before this one have its name, in the same mapping? */
bool tree_is_hidden(const struct tree *tree, size_t i);

/* Building: nodes are opened and closed one within the other. */
#define TREE_DEPTH_MAX 100

struct tree_builder {
    struct tree *open[TREE_DEPTH_MAX];
    size_t depth;
    size_t below;  /* how deep within something that is not kept */
    size_t nodes;
    unsigned groups;
};

/* `root` is empty, and the outermost node from now on. */
void tree_begin(struct tree_builder *builder, struct tree *root);
/* Opens a node in the innermost that is open; false: the file holds more than is read, or is deeper. */
bool tree_open(struct tree_builder *builder, const char *name, size_t len, int line, unsigned group);
void tree_close(struct tree_builder *builder);
/* The innermost node that is open; NULL: it is not kept. */
struct tree *tree_top(const struct tree_builder *builder);

/* Text into an empty tree with one child, `databaseChangeLog`; `name` is for messages. Pure, nothing else is opened. Fail with
 * ERR_NO_EXPECTED. JSON is read as YAML, as Liquibase does (parser/core/json/JsonChangeLogParser.java). */
int tree_read_xml(const char *name, const char *text, size_t len, struct tree *ret, struct err *reterr);
int tree_read_yaml(const char *name, const char *text, size_t len, struct tree *ret, struct err *reterr);

/* What a plain scalar of YAML becomes once Liquibase has made it a text again (YAML 1.1: numbers, yes and no). To be freed; NULL
 * for null. `ret_odd`: that cannot be told from here. */
char *tree_yaml_plain(const char *text, bool *ret_odd);
