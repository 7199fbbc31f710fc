/* Where a framework's own configuration says that its migrations are. */
#include "expected/settings.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

struct scan {
    const char *at, *end;
    bool bare;
    int line;
};

static void skip(struct scan *scan, size_t count)
{
    for (; count > 0 && scan->at < scan->end; count--, scan->at++)
        scan->line += *scan->at == '\n';
}

static bool at_text(const struct scan *scan, const char *text)
{
    size_t len = strlen(text);
    return (size_t)(scan->end - scan->at) >= len && memcmp(scan->at, text, len) == 0;
}

static size_t until(const struct scan *scan, const char *stop)
{
    const char *found = memmem(scan->at, (size_t)(scan->end - scan->at), stop, strlen(stop));
    return found ? (size_t)(found - scan->at) : (size_t)(scan->end - scan->at);
}

static void skip_blanks(struct scan *scan)
{
    for (;;) {
        size_t blanks = 0;
        while (scan->at + blanks < scan->end && strchr(" \t\r\n", scan->at[blanks]) != NULL)
            blanks++;
        skip(scan, blanks);
        if (at_text(scan, "//") || (scan->bare && at_text(scan, "#")))
            skip(scan, until(scan, "\n"));
        else if (at_text(scan, "/*"))
            skip(scan, until(scan, "*/") + 2);
        else if (blanks == 0)
            return;
    }
}

static bool in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("_-.$%/", c) != NULL;
}

/* Takes a text in quotes or a word; false: there is none. */
static bool take_token(struct scan *scan, char **ret, bool *ret_quoted)
{
    char quote = scan->at < scan->end ? *scan->at : '\0';
    size_t len = 0;
    *ret_quoted = quote == '"' || quote == '\'' || quote == '`';
    if (*ret_quoted) {
        skip(scan, 1);
        while (scan->at + len < scan->end && scan->at[len] != quote)
            len += scan->at[len] == '\\' ? 2 : 1;
        if (scan->at + len >= scan->end)
            return false;
        *ret = mem_strndup(scan->at, len);
        skip(scan, len + 1);
        return true;
    }
    while (scan->at + len < scan->end && scan->at[len] != '\0' && in_word(scan->at[len]) &&
           !(len > 0 && scan->at[len] == '/' && scan->at + len + 1 < scan->end && strchr("/*", scan->at[len + 1]) != NULL))
        len++;
    *ret = mem_strndup(scan->at, len);
    skip(scan, len);
    return len > 0;
}

/* Passes over ":", "=" or "=>". */
static bool take_equals(struct scan *scan)
{
    skip_blanks(scan);
    size_t len = at_text(scan, "=>") ? 2 : at_text(scan, ":") || at_text(scan, "=") ? 1 : 0;
    skip(scan, len);
    return len > 0;
}

/* A text in quotes; in a template only the folder of the file may stand for something else: `${__dirname}/migrations`. */
static bool take_quoted(struct scan *scan, struct buf *ret)
{
    static const char here[] = "${__dirname}";
    char _cleanup_free_ *value = NULL;
    bool quoted = false, template = *scan->at == '`';
    if (!take_token(scan, &value, &quoted) || !quoted || strchr(value, '\\') != NULL)
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
    skip_blanks(scan);
    if (!at_text(scan, "("))
        return false;
    do {
        skip(scan, 1);
        skip_blanks(scan);
        if (ret->len > 0 && at_text(scan, ")"))
            break; /* after the last comma */
        if (ret->len > 0)
            buf_putc(ret, '/');
        size_t before = ret->len;
        if (!take_term(scan, depth + 1, ret) || (before > 0 && buf_text(ret)[before] == '/'))
            return false;
        skip_blanks(scan);
    } while (at_text(scan, ","));
    bool closed = at_text(scan, ")");
    skip(scan, closed);
    return closed;
}

/* One part of a path: a text, the folder of the file itself, or parts that are joined. */
static bool take_term(struct scan *scan, int depth, struct buf *ret)
{
    static const char *const here[] = {"__dirname", "__DIR__", "import.meta.dirname"};
    static const char *const joins[] = {"path.join", "path.resolve", "join", "resolve"};
    char _cleanup_free_ *word = NULL;
    bool quoted = false;
    if (scan->at == scan->end || depth > 8)
        return false;
    if (strchr("\"'`", *scan->at) != NULL)
        return take_quoted(scan, ret);
    if (!take_token(scan, &word, &quoted))
        return false;
    for (size_t i = 0; i < sizeof joins / sizeof *joins; i++)
        if (strcmp(word, joins[i]) == 0)
            return take_joined(scan, depth, ret);
    bool cwd = strcmp(word, "process.cwd") == 0 && at_text(scan, "()");
    skip(scan, cwd ? 2 : 0);
    for (size_t i = 0; i < sizeof here / sizeof *here && !cwd; i++)
        cwd = strcmp(word, here[i]) == 0;
    buf_putc(ret, '.');
    return cwd;
}

/* A text, or parts of a path put together, that are the whole value, not the beginning of an expression. */
static bool take_text(struct scan *scan, struct strv *ret)
{
    struct buf _cleanup_buf_ value = BUF_INIT;
    bool plain = take_term(scan, 0, &value);
    for (skip_blanks(scan); plain && !scan->bare && scan->at < scan->end && strchr("+.", *scan->at) != NULL; skip_blanks(scan)) {
        bool folder = strcmp(buf_text(&value), ".") == 0;
        size_t before = value.len;
        skip(scan, 1);
        skip_blanks(scan);
        plain = take_term(scan, 0, &value) && (!folder || buf_text(&value)[before] == '/');
    }
    plain = plain && (scan->at == scan->end || strchr("+.?|&(", *scan->at) == NULL);
    if (plain)
        strv_add(ret, buf_text(&value));
    return plain;
}

static enum setting_is take_list(struct scan *scan, struct strv *ret)
{
    skip(scan, 1);
    for (skip_blanks(scan); scan->at < scan->end && *scan->at != ']'; skip_blanks(scan)) {
        if (!take_text(scan, ret))
            return SETTING_COMPUTED;
        if (scan->at < scan->end && *scan->at == ',')
            skip(scan, 1);
    }
    if (scan->at == scan->end)
        return SETTING_COMPUTED;
    skip(scan, 1);
    skip_blanks(scan);
    bool more = !scan->bare && scan->at < scan->end && strchr("+.?|&([", *scan->at) != NULL;
    return more ? SETTING_COMPUTED : SETTING_GIVEN;
}

static enum setting_is take_value(struct scan *scan, struct strv *ret)
{
    while (scan->at < scan->end && strchr(" \t", *scan->at) != NULL)
        skip(scan, 1);
    if (!scan->bare)
        skip_blanks(scan);
    if (scan->at < scan->end && *scan->at == '[')
        return take_list(scan, ret);
    if (!scan->bare || (scan->at < scan->end && strchr("\"'", *scan->at) != NULL))
        return take_text(scan, ret) ? SETTING_GIVEN : SETTING_COMPUTED;
    size_t len = 0;
    while (scan->at + len < scan->end && strchr("\r\n#", scan->at[len]) == NULL)
        len++;
    size_t whole = len;
    while (len > 0 && strchr(" \t", scan->at[len - 1]) != NULL)
        len--;
    if (len == 0)
        return SETTING_COMPUTED;
    strv_take(ret, mem_strndup(scan->at, len));
    skip(scan, whole);
    return SETTING_GIVEN;
}

enum setting_is setting_find(const char *text, size_t len, const char *block, const char *key, bool bare, struct strv *ret,
                             int *ret_line)
{
    struct scan scan = {.at = text, .end = text + len, .bare = bare, .line = 1};
    enum setting_is is = SETTING_NONE;
    int depth = 0, inside = 0; /* inside: the depth of the block that is open */
    for (skip_blanks(&scan); scan.at < scan.end; skip_blanks(&scan)) {
        char _cleanup_free_ *token = NULL;
        bool quoted = false;
        depth += *scan.at == '{' ? 1 : *scan.at == '}' ? -1 : 0;
        if (inside > depth)
            inside = 0;
        if (!take_token(&scan, &token, &quoted)) {
            skip(&scan, 1);
            continue;
        }
        bool opens = block != NULL && inside == 0 && strcmp(token, block) == 0;
        if ((!opens && (strcmp(token, key) != 0 || (block != NULL && inside == 0))) || !take_equals(&scan))
            continue;
        *ret_line = scan.line;
        if (opens) {
            skip_blanks(&scan);
            if (scan.at == scan.end || *scan.at != '{')
                return SETTING_COMPUTED;
            inside = depth + 1;
            continue;
        }
        is = take_value(&scan, ret);
        if (is == SETTING_COMPUTED)
            return is;
    }
    return is;
}
