/* Mentions of names in text that is not followed: which of them could change or hand on a list. */
#pragma once

#include "python/module.h"

/* Spoils whatever the tokens could change or hand on: for expressions that are not understood, and for blocks that may
 * or may not run. */
void py_mentions(struct py_module *m, uint32_t first, uint32_t end);
/* Could this mention (a name token) change or hand on the list it names? */
bool py_mention_is_unsafe(const struct py_module *m, uint32_t token, const struct py_value *value);
/* Could a function of the module change what this name is bound to, or what it names? Returns the token, or 0. */
uint32_t py_function_touches(struct py_module *m, uint32_t symbol, const struct py_value *value);
