/* Lists, tuples, sets and dictionaries as they are written; comprehensions; list(X) and the like. All return NULL (or
 * false) when they do not understand what stands at the cursor. */
#pragma once

#include "python/cursor.h"

/* Elements up to `end`, with *X, added to `list`. */
bool py_cursor_elements(struct py_cursor *c, uint32_t end, struct py_value *list);
/* (...), [...] and {...} at the cursor. */
struct py_value *py_cursor_parentheses(struct py_cursor *c);
struct py_value *py_cursor_brackets(struct py_cursor *c);
struct py_value *py_cursor_braces(struct py_cursor *c);
/* Is list(X) or the like at the cursor? Its value. */
bool py_cursor_is_conversion(const struct py_cursor *c);
struct py_value *py_cursor_converted(struct py_cursor *c);
