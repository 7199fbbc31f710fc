/* The way through a text of configuration: what settings.c is made of. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/strv.h"

struct scan {
    const char *at, *end, *line_start;
    bool bare; /* YAML, TOML, properties: words may stand without quotes, and '#' begins a comment */
    int line;
    int depth;          /* of braces that are open */
    struct strv *names; /* of the values in maps, which may be there; or NULL */
};

void scan_skip(struct scan *scan, size_t count);
bool scan_at(const struct scan *scan, const char *text);
/* Is one of these signs next? */
bool scan_at_any(const struct scan *scan, const char *signs);
/* Passes over blanks and comments. */
void scan_blanks(struct scan *scan);
/* Takes a text in quotes or a word, which the caller frees; false: there is none. */
bool scan_token(struct scan *scan, char **ret, bool *ret_quoted);
/* Passes over ":", "=" or "=>". */
bool scan_equals(struct scan *scan);
/* Takes a text, or parts of a path put together, that are the whole value, not the beginning of an expression. */
bool scan_text(struct scan *scan, struct strv *ret);
