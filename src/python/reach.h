/* What a module could change in another one, in ways that are not followed. Pure. */
#pragma once

#include "python/module.h"

/* Could the text of `m` change a list or the like of `owner`, whose name is `dotted`? It can where it has the module in its hands
 * (`from . import base`), or imports from it inside a function, and speaks of something there that can be changed. `root`: nothing
 * of that module is followed elsewhere, so that every import from it counts. */
bool py_reaches(const struct py_module *m, const struct py_module *owner, const char *dotted, bool root);
