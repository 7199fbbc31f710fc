/* Words, texts and paths of configurations. */
#include "formats/setting_scan.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

void scan_skip(struct scan *scan, size_t count)
{
    for (; count > 0 && scan->at < scan->end; count--) {
        if (*scan->at++ != '\n')
            continue;
        scan->line++;
        scan->line_start = scan->at;
    }
}

bool scan_at(const struct scan *scan, const char *text)
{
    size_t len = strlen(text);
    return (size_t)(scan->end - scan->at) >= len && memcmp(scan->at, text, len) == 0;
}

bool scan_at_any(const struct scan *scan, const char *signs)
{
    return scan->at < scan->end && *scan->at != '\0' && strchr(signs, *scan->at) != NULL;
}

static size_t until(const struct scan *scan, const char *stop)
{
    const char *found = memmem(scan->at, (size_t)(scan->end - scan->at), stop, strlen(stop));
    return found ? (size_t)(found - scan->at) : (size_t)(scan->end - scan->at);
}

void scan_blanks(struct scan *scan)
{
    for (;;) {
        size_t blanks = 0;
        while (scan->at + blanks < scan->end && strchr(" \t\r\n", scan->at[blanks]) != NULL)
            blanks++;
        scan_skip(scan, blanks);
        /* Maps are not in JavaScript, where the sign is part of names. */
        if (scan_at(scan, "//") || ((scan->bare || scan->names != NULL) && scan_at(scan, "#")))
            scan_skip(scan, until(scan, "\n"));
        else if (scan_at(scan, "/*"))
            scan_skip(scan, until(scan, "*/") + 2);
        else if (blanks == 0)
            return;
    }
}

static bool in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("_-.$%/", c) != NULL;
}

/* Takes a text in quotes or a word; false: there is none. */
bool scan_token(struct scan *scan, char **ret, bool *ret_quoted)
{
    char quote = scan->at < scan->end ? *scan->at : '\0';
    size_t len = 0;
    *ret_quoted = quote == '"' || quote == '\'' || quote == '`';
    if (*ret_quoted) {
        scan_skip(scan, 1);
        while (scan->at + len < scan->end && scan->at[len] != quote)
            len += scan->at[len] == '\\' ? 2 : 1;
        if (scan->at + len >= scan->end)
            return false;
        *ret = mem_strndup(scan->at, len);
        scan_skip(scan, len + 1);
        return true;
    }
    while (scan->at + len < scan->end && scan->at[len] != '\0' && in_word(scan->at[len]) &&
           !(len > 0 && scan->at[len] == '/' && scan->at + len + 1 < scan->end && strchr("/*", scan->at[len + 1]) != NULL))
        len++;
    *ret = mem_strndup(scan->at, len);
    scan_skip(scan, len);
    return len > 0;
}

/* Passes over ":", "=" or "=>". */
bool scan_equals(struct scan *scan)
{
    scan_blanks(scan);
    size_t len = scan_at(scan, "=>") ? 2 : scan_at(scan, ":") || scan_at(scan, "=") ? 1 : 0;
    scan_skip(scan, len);
    return len > 0;
}

/* A text in quotes; in a template only the folder of the file may stand for something else: `${__dirname}/migrations`. */
static bool take_quoted(struct scan *scan, struct buf *ret)
{
    static const char here[] = "${__dirname}";
    char _cleanup_free_ *value = NULL;
    bool quoted = false, template = *scan->at == '`';
    if (!scan_token(scan, &value, &quoted) || !quoted || strchr(value, '\\') != NULL)
        return false;
    const char *rest = value;
    if (template && text_starts(value, here)) {
        rest += strlen(here);
        buf_putc(ret, '.');
        if (*rest != '/')
            return false;
    }
    buf_puts(ret, rest);
    return !template || strstr(rest, "${") == NULL;
}

static bool take_term(struct scan *scan, int depth, struct buf *ret);

/* What stands between the brackets of path.join and path.resolve. */
static bool take_joined(struct scan *scan, int depth, struct buf *ret)
{
    scan_blanks(scan);
    if (!scan_at(scan, "("))
        return false;
    do {
        scan_skip(scan, 1);
        scan_blanks(scan);
        if (ret->len > 0 && scan_at(scan, ")"))
            break; /* after the last comma */
        if (ret->len > 0)
            buf_putc(ret, '/');
        size_t before = ret->len;
        if (!take_term(scan, depth + 1, ret) || (before > 0 && buf_text(ret)[before] == '/'))
            return false;
        scan_blanks(scan);
    } while (scan_at(scan, ","));
    bool closed = scan_at(scan, ")");
    scan_skip(scan, closed);
    return closed;
}

/* One part of a path: a text, the folder of the file itself, or parts that are joined. */
static bool take_term(struct scan *scan, int depth, struct buf *ret)
{
    static const char php[] = "__DIR__"; /* its operator is the dot, which is part of a word elsewhere */
    static const char *const here[] = {"__dirname", "import.meta.dirname"};
    static const char *const joins[] = {"path.join", "path.resolve", "join", "resolve"};
    char _cleanup_free_ *word = NULL;
    bool quoted = false;
    if (scan->at == scan->end || depth > 8)
        return false;
    if (strchr("\"'`", *scan->at) != NULL)
        return take_quoted(scan, ret);
    if (scan_at(scan, php)) {
        scan_skip(scan, strlen(php));
        buf_putc(ret, '.');
        return scan->at == scan->end || *scan->at == '.' || !in_word(*scan->at);
    }
    if (!scan_token(scan, &word, &quoted))
        return false;
    for (size_t i = 0; i < sizeof joins / sizeof *joins; i++)
        if (strcmp(word, joins[i]) == 0)
            return take_joined(scan, depth, ret);
    bool cwd = strcmp(word, "process.cwd") == 0 && scan_at(scan, "()");
    scan_skip(scan, cwd ? 2 : 0);
    for (size_t i = 0; i < sizeof here / sizeof *here && !cwd; i++)
        cwd = strcmp(word, here[i]) == 0;
    buf_putc(ret, '.');
    return cwd;
}

/* A text, or parts of a path put together, that are the whole value, not the beginning of an expression. */
bool scan_text(struct scan *scan, struct strv *ret)
{
    struct buf _cleanup_buf_ value = BUF_INIT;
    bool plain = take_term(scan, 0, &value);
    for (scan_blanks(scan); plain && !scan->bare && scan->at < scan->end && strchr("+.", *scan->at) != NULL; scan_blanks(scan)) {
        bool folder = strcmp(buf_text(&value), ".") == 0;
        size_t before = value.len;
        scan_skip(scan, 1);
        scan_blanks(scan);
        plain = take_term(scan, 0, &value) && (!folder || buf_text(&value)[before] == '/');
    }
    plain = plain && (scan->at == scan->end || strchr("+.?|&(", *scan->at) == NULL);
    if (plain)
        strv_add(ret, buf_text(&value));
    return plain;
}
