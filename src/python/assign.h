/* Statements without a block. */
#pragma once

#include "python/module.h"

/* A statement without a block: [first, end) holds no ';' outside brackets. */
void py_simple_statement(struct py_module *m, uint32_t first, uint32_t end);
