/* Text for people: what comes from outside is never shown raw. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Adds `len` bytes of `text` with everything that could steer a terminal or break a line escaped: control characters
 * (C0, DEL, C1), line and paragraph separators, direction overrides and invisible formatting characters become \n,
 * \t, \xHH or \u{HEX}; bytes that are not UTF-8 become \xHH; a backslash is doubled. */
void text_escape(struct buf *out, const char *text, size_t len);
/* The same as a new string, to be freed. */
char *text_escaped(const char *text);

/* The same, but a backslash stays as it is: for sentences in which the names are escaped already, and for commands that are
 * to be copied. */
void text_escape_controls(struct buf *out, const char *text, size_t len);
char *text_escaped_controls(const char *text);

/* Adds the text as one word of a POSIX shell, in single quotes where it needs them. */
void text_shell_word(struct buf *out, const char *text);

/* Is it well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF)? */
bool text_is_utf8(const char *text, size_t len);

/* How many columns the text needs on a terminal: combining marks none, wide East Asian characters and emoji two. */
size_t text_width(const char *text);

/* Bytes of the longest prefix of `text` that needs at most `columns` columns; never cuts a character. */
size_t text_fit(const char *text, size_t columns);

/* Does `text` begin with `prefix`, end with `suffix`? */
bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);

/* A list of names as a person would say it, at most `most` of them: "a, b and c", "a, b and 35 more". The names are
 * escaped. */
struct strv;
void text_join(struct buf *out, const struct strv *names, size_t most);
