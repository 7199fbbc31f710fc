/* Import statements. */
#pragma once

#include "python/module.h"

/* Follows the import statement [first, end): binds what it imports. */
void py_import_statement(struct py_module *m, uint32_t first, uint32_t end);
