/* The tokens of a Python text, as Python's own tokenizer makes them (The Python Language Reference, 2), with brackets
 * and indented blocks linked to their ends. Nothing is interpreted here but the layout. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "python/symbol.h"

enum py_kind { PY_END, PY_NEWLINE, PY_INDENT, PY_DEDENT, PY_NAME, PY_NUMBER, PY_STRING, PY_OP };

/* Operators of one character are that character; the others: */
enum py_op {
    PY_ADD_EQ = 128, /* += */
    PY_OR_EQ,        /* |= */
    PY_AUG_EQ,       /* any other augmented assignment */
    PY_EQ,           /* == */
    PY_NE,
    PY_LE,
    PY_GE,
    PY_ARROW,
    PY_WALRUS,
    PY_POWER,
    PY_FLOOR_DIV,
    PY_SHIFT, /* << or >> */
    PY_ELLIPSIS,
};

/* What is known of a string token (`op`): */
enum py_string_flag {
    PY_STR_RAW = 1,
    PY_STR_BYTES = 2,
    PY_STR_FORMATTED = 4, /* an f-string or t-string: one token, never a known value */
    PY_STR_TRIPLE = 8,
    PY_STR_BACKSLASH = 16,
    PY_STR_NON_ASCII = 32,
};

struct py_token {
    uint8_t kind;
    uint8_t op;
    uint16_t prefix; /* PY_STRING: bytes before the opening quote */
    uint32_t start;  /* offset in the text; of a string with prefix and quotes */
    uint32_t len;
    uint32_t line; /* from 1 */
    uint32_t link; /* PY_NAME: its symbol; an opening bracket or PY_INDENT: index of its end; an end: of its opening */
};

/* Why a text is not understood; `what` is static and fits after "FILE:LINE: ". NULL: understood. */
struct py_failure {
    const char *what;
    uint32_t line;
};

struct py_tokens {
    const char *text; /* borrowed */
    struct py_token *items;
    size_t count, cap;
    struct py_symbols symbols;
    bool other_encoding; /* not UTF-8: string literals with bytes above 127 have no known value */
};

/* Most levels of brackets, of indentation and of strings inside f-strings. Python's own limits are 200, 100 and 150. */
#define PY_MAX_DEPTH 100
/* Most tokens of one file: what does not fit is not a file that a person wrote. */
#define PY_MAX_TOKENS ((size_t)4 * 1000 * 1000)

/* Takes the text apart; a zeroed or used `tokens` is overwritten (its memory is used again). `text` must outlive it and
 * be smaller than 4 GiB. The last token is PY_END; PY_NEWLINE ends every logical line, also the last. Returns 0, or -1
 * with `failure` filled in. */
int py_tokenize(struct py_tokens *tokens, const char *text, size_t len, struct py_failure *failure);
void py_tokens_done(struct py_tokens *tokens);

static inline bool py_is_op(const struct py_token *token, int op)
{
    return token->kind == PY_OP && token->op == op;
}

static inline bool py_is_word(const struct py_token *token, uint32_t symbol)
{
    return token->kind == PY_NAME && token->link == symbol;
}

/* A name that is no keyword. */
static inline bool py_is_identifier(const struct py_token *token)
{
    return token->kind == PY_NAME && !py_is_keyword(token->link);
}

static inline bool py_is_open(const struct py_token *token)
{
    return token->kind == PY_OP && (token->op == '(' || token->op == '[' || token->op == '{');
}

static inline bool py_is_close(const struct py_token *token)
{
    return token->kind == PY_OP && (token->op == ')' || token->op == ']' || token->op == '}');
}

/* The name of a PY_NAME token. */
static inline const struct py_symbol *py_name(const struct py_tokens *tokens, const struct py_token *token)
{
    return &tokens->symbols.items[token->link];
}

#define _cleanup_py_tokens_ __attribute__((cleanup(py_tokens_done)))
