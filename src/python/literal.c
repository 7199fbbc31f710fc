/* What a string literal means. */
#include "python/literal.h"

#include <string.h>

static const char *add_code(struct buf *out, uint32_t code)
{
    if (code == 0)
        return "holds a NUL character";
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return "holds an escape that is no character";
    if (code < 0x80) {
        buf_putc(out, (char)code);
    } else if (code < 0x800) {
        buf_putc(out, (char)(0xc0 | code >> 6));
        buf_putc(out, (char)(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
        buf_putc(out, (char)(0xe0 | code >> 12));
        buf_putc(out, (char)(0x80 | (code >> 6 & 0x3f)));
        buf_putc(out, (char)(0x80 | (code & 0x3f)));
    } else {
        buf_putc(out, (char)(0xf0 | code >> 18));
        buf_putc(out, (char)(0x80 | (code >> 12 & 0x3f)));
        buf_putc(out, (char)(0x80 | (code >> 6 & 0x3f)));
        buf_putc(out, (char)(0x80 | (code & 0x3f)));
    }
    return NULL;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Exactly `count` hexadecimal digits at `*p`. */
static const char *hex(const char **p, const char *end, int count, struct buf *out)
{
    uint32_t code = 0;
    for (int i = 0; i < count; i++) {
        int digit = *p < end ? hex_value(**p) : -1;
        if (digit < 0)
            return "holds a broken escape";
        code = code << 4 | (uint32_t)digit;
        (*p)++;
    }
    return add_code(out, code);
}

static const char *octal(const char **p, const char *end, struct buf *out)
{
    uint32_t code = 0;
    for (int i = 0; i < 3 && *p < end && **p >= '0' && **p <= '7'; i++)
        code = code << 3 | (uint32_t)(*(*p)++ - '0');
    return add_code(out, code);
}

/* What follows a backslash. */
static const char *escape(const char **p, const char *end, struct buf *out)
{
    static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
    char c = **p;
    if (c >= '0' && c <= '7')
        return octal(p, end, out);
    (*p)++;
    if (c == '\r' && *p < end && **p == '\n')
        (*p)++;
    if (c == '\n' || c == '\r')
        return NULL;
    if (c == 'N')
        return "holds a character by its name (\\N{...})";
    if (c == 'x' || c == 'u' || c == 'U')
        return hex(p, end, c == 'x' ? 2 : c == 'u' ? 4 : 8, out);
    const char *found = strchr(from, c);
    if (found == NULL) {
        buf_putc(out, '\\'); /* not an escape: the backslash stays */
        buf_putc(out, c);
    } else {
        buf_putc(out, to[found - from]);
    }
    return NULL;
}

const char *py_literal_decode(const struct py_tokens *tokens, const struct py_token *token, struct buf *out)
{
    if (token->op & PY_STR_FORMATTED)
        return "is an f-string";
    if (token->op & PY_STR_BYTES)
        return "is a bytes literal";
    if ((token->op & PY_STR_NON_ASCII) && tokens->other_encoding)
        return "holds bytes above 127 in a file that is not UTF-8";
    uint32_t quotes = token->op & PY_STR_TRIPLE ? 3 : 1;
    const char *p = tokens->text + token->start + token->prefix + quotes;
    const char *end = tokens->text + token->start + token->len - quotes;
    if (!(token->op & (PY_STR_BACKSLASH | PY_STR_TRIPLE))) {
        buf_add(out, p, (size_t)(end - p));
        return NULL;
    }
    while (p < end) {
        if (*p == '\\' && !(token->op & PY_STR_RAW) && p + 1 < end) {
            p++;
            const char *why = escape(&p, end, out);
            if (why != NULL)
                return why;
        } else if (*p == '\r') {
            p += p + 1 < end && p[1] == '\n' ? 2 : 1;
            buf_putc(out, '\n');
        } else {
            buf_putc(out, *p++);
        }
    }
    return NULL;
}
