/* The position in the text that the parts of the tokenizer share. */
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
