/* The encoding of a Python text. */
#pragma once

#include "python/lexer.h"

/* Reads a coding comment (PEP 263) in the first two lines. */
int py_lex_coding(struct py_lexer *lexer);
/* May an identifier of these (non-ASCII) bytes be another one after Python's normalisation (NFKC)? */
bool py_is_compatibility_name(const char *text, size_t len);
