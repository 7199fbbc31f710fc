/* Passing over string literals. */
#pragma once

#include "python/lexer.h"

/* Passes over the string whose opening quote is at `lexer->p`; `flags` (enum py_string_flag) tell the prefix
 * and are added to. */
int py_lex_string(struct py_lexer *lexer, unsigned *flags);
/* May these letters stand before a string's quote? Fills in the flags they mean. */
bool py_string_prefix(const char *text, size_t len, unsigned *flags);
