/* The cursor over an expression that the parts of the evaluator share. */
#pragma once

#include "python/module.h"

/* A cursor over the expression. A function that takes something from it returns NULL (or false) when it does not
 * understand what stands there. */
struct py_cursor {
    struct py_module *m;
    uint32_t i, end;
    struct py_value *unknown; /* the unknown value that made it fail, to be handed on; or NULL */
};

const struct py_token *py_cursor_at(const struct py_cursor *c);
/* A new value at the cursor's line. */
struct py_value *py_cursor_value(struct py_cursor *c, enum py_type type);
/* Fails with a reason, or with an unknown value, unless it failed before; returns NULL. */
struct py_value *py_cursor_fail(struct py_cursor *c, const char *why);
struct py_value *py_cursor_fail_with(struct py_cursor *c, struct py_value *unknown);
/* Adds one item, or all items of another list; false (and failed) when there is too much of it. */
bool py_cursor_push(struct py_cursor *c, struct py_value *list, struct py_value *item);
bool py_cursor_push_all(struct py_cursor *c, struct py_value *list, const struct py_value *from);
/* The next token at the cursor's level that is this operator, or `end`. */
uint32_t py_cursor_find(const struct py_cursor *c, uint32_t end, int op);
/* Is the word among the tokens, outside brackets? */
bool py_has_word(const struct py_module *m, uint32_t first, uint32_t end, uint32_t word);
