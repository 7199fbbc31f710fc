/* What the parts that follow a module (module.c, assign.c, imports.c, expr.c, mention.c) share: its names, what can be
 * seen of it beforehand, and how statements are laid out. Token ranges are [first, end). */
#pragma once

#include "python/module.h"

/* Unknown value with this reason at the line of a token. */
struct py_value *py_unknown_at(struct py_module *m, uint32_t token, const char *why);
/* The symbol of a name that need not be in the text. */
uint32_t py_add_symbol(struct py_module *m, const char *name);
/* Binds the name in the class body or module that is being followed. */
void py_bind(struct py_module *m, uint32_t symbol, struct py_value *value);
/* Binds it to an unknown value. */
void py_bind_unknown(struct py_module *m, uint32_t symbol, uint32_t token, const char *why);
/* What the name is bound to now: in the class body, then in the module; NULL: not bound. Looks through functions for
 * what could change it. */
struct py_value *py_lookup(struct py_module *m, uint32_t symbol);
/* Everything bound so far may be bound to something else from here on. */
void py_forget_all(struct py_module *m, uint32_t token, const char *why);
/* Does the module itself bind this name, so that it is not Python's own (list, tuple, ...)? */
bool py_is_bound(const struct py_module *m, uint32_t symbol);
/* Finds the functions and whatever reaches all names; before the text is followed. */
void py_survey(struct py_module *m);

/* The token after the bracketed group at `i`, or after the single token. */
uint32_t py_next(const struct py_module *m, uint32_t i);
/* The first token at `i` or later, outside brackets, that is this operator; `end` where there is none. */
uint32_t py_find_op(const struct py_module *m, uint32_t i, uint32_t end, int op);
/* The colon that ends the header of the compound statement at `i`, or `end`. */
uint32_t py_find_colon(const struct py_module *m, uint32_t i, uint32_t end);

/* Most work on one module, in items copied and tokens looked through again: a text made to take for ever is given up.
 */
#define PY_MAX_WORK ((size_t)20 * 1000 * 1000)
/* Most memory for the values of one module. */
#define PY_MAX_ARENA ((size_t)32 * 1024 * 1024)
/* Most names in one class body. */
#define PY_MAX_ATTRIBUTES 1000
/* Longest string value, in bytes. */
#define PY_MAX_STRING ((size_t)64 * 1024)
