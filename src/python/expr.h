/* The value of an expression. */
#pragma once

#include "python/module.h"

/* The value of the expression; an unknown value where it is not understood, and then everything is spoiled that the
 * expression could change or hand on. Never NULL. */
struct py_value *py_eval(struct py_module *m, uint32_t first, uint32_t end);
