/* What a string literal means (The Python Language Reference, 2.4.1). */
#pragma once

#include "base/buf.h"
#include "python/token.h"

/* Adds the text that the string token stands for to `out`, as UTF-8. Returns NULL, or why it is not known: a static
 * phrase that fits after "FILE:LINE: NAME ". */
const char *py_literal_decode(const struct py_tokens *tokens, const struct py_token *token, struct buf *out);
