/* Shared by the parts of the tokenizer (token.c, quote.c, coding.c): the position in the text. */
#pragma once

#include "python/token.h"

struct py_lexer {
    struct py_tokens *tokens;
    const char *p, *end;
    uint32_t line;
    struct py_failure *failure;
};

static inline int py_lexer_fail(struct py_lexer *lexer, uint32_t line, const char *what)
{
    lexer->failure->what = what;
    lexer->failure->line = line;
    return -1;
}

/* Bytes of the line end at `p` ("\n", "\r\n", "\r"), or 0. */
static inline size_t py_line_end(const char *p, const char *end)
{
    if (p >= end)
        return 0;
    if (*p == '\n')
        return 1;
    if (*p == '\r')
        return p + 1 < end && p[1] == '\n' ? 2 : 1;
    return 0;
}

/* quote.c: passes over the string whose opening quote is at `lexer->p`; `flags` (enum py_string_flag) tell the prefix
 * and are added to. */
int py_lex_string(struct py_lexer *lexer, unsigned *flags);
/* quote.c: may these letters stand before a string's quote? Fills in the flags they mean. */
bool py_string_prefix(const char *text, size_t len, unsigned *flags);

/* coding.c: reads a coding comment (PEP 263) in the first two lines. */
int py_lex_coding(struct py_lexer *lexer);
/* coding.c: may an identifier of these (non-ASCII) bytes be another one after Python's normalisation (NFKC)? */
bool py_is_compatibility_name(const char *text, size_t len);
