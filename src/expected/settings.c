/* Where a framework's own configuration says that its migrations are. */
#include "expected/settings.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

struct scan {
    const char *at, *end, *line_start;
    bool bare;
    int line;
    int depth; /* of braces that are open */
    struct strv *names; /* of the values in maps, which may be there; or NULL */
};

static void skip(struct scan *scan, size_t count)
{
    for (; count > 0 && scan->at < scan->end; count--) {
        if (*scan->at++ != '\n')
            continue;
        scan->line++;
        scan->line_start = scan->at;
    }
}

static bool at_text(const struct scan *scan, const char *text)
{
    size_t len = strlen(text);
    return (size_t)(scan->end - scan->at) >= len && memcmp(scan->at, text, len) == 0;
}

static bool at_any(const struct scan *scan, const char *signs)
{
    return scan->at < scan->end && *scan->at != '\0' && strchr(signs, *scan->at) != NULL;
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
        /* Maps are not in JavaScript, where the sign is part of names. */
        if (at_text(scan, "//") || ((scan->bare || scan->names != NULL) && at_text(scan, "#")))
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

/* PHP's word for the folder of the file itself, with what is joined to it. */
static bool skip_dir(struct scan *scan)
{
    if (!at_text(scan, "__DIR__"))
        return false;
    skip(scan, strlen("__DIR__"));
    skip_blanks(scan);
    skip(scan, at_text(scan, ".") ? 1 : 0);
    skip_blanks(scan);
    return true;
}

/* A text in quotes that is the whole value, not the beginning of an expression. */
static bool take_text(struct scan *scan, struct strv *ret)
{
    char *value = NULL;
    bool quoted = false, dir = scan->names != NULL && skip_dir(scan);
    bool plain = scan->at < scan->end && *scan->at != '`' && take_token(scan, &value, &quoted) && quoted &&
                 strchr(value, '\\') == NULL;
    skip_blanks(scan);
    plain = plain && (scan->at == scan->end || strchr("+.?|&(", *scan->at) == NULL);
    if (plain)
        strv_take(ret, mem_printf("%s%s", dir ? "." : "", value));
    free(value);
    return plain;
}

/* The name of a value in a map: two backslashes are one. */
static void add_name(struct scan *scan, const char *name)
{
    struct buf _cleanup_buf_ out = BUF_INIT;
    for (; *name != '\0'; name++) {
        buf_putc(&out, *name);
        name += name[0] == '\\' && name[1] == '\\';
    }
    strv_add(scan->names, buf_text(&out));
}

/* "NAME =>" or "NAME:" before a value; without it the name is "". */
static void take_name(struct scan *scan)
{
    struct scan ahead = *scan;
    char _cleanup_free_ *token = NULL;
    bool quoted = false;
    bool named = take_token(&ahead, &token, &quoted) && strcmp(token, "__DIR__") != 0 && take_equals(&ahead);
    if (named) {
        skip_blanks(&ahead);
        *scan = ahead;
    }
    add_name(scan, named ? token : "");
}

/* A value in a list or a map: a text, or in YAML a word. */
static bool take_element(struct scan *scan, struct strv *ret)
{
    char *value = NULL;
    bool quoted = false;
    if (scan->names != NULL)
        take_name(scan);
    if (at_any(scan, scan->names != NULL ? "\"'_" : "\"'"))
        return take_text(scan, ret);
    if (!scan->bare || scan->names == NULL || !take_token(scan, &value, &quoted)) {
        free(value);
        return false;
    }
    strv_take(ret, value);
    skip_blanks(scan);
    return at_any(scan, ",]}");
}

static enum setting_is take_list(struct scan *scan, const char *close, struct strv *ret)
{
    skip(scan, 1);
    for (skip_blanks(scan); scan->at < scan->end && !at_any(scan, close); skip_blanks(scan)) {
        if (!take_element(scan, ret))
            return SETTING_COMPUTED;
        skip(scan, at_any(scan, ",") ? 1 : 0);
    }
    return SETTING_GIVEN;
}

/* A bare word up to the end of its line or a comment. */
static bool take_rest(struct scan *scan, struct strv *ret)
{
    size_t len = 0;
    while (scan->at + len < scan->end && strchr(scan->depth > 0 ? "\r\n#,}" : "\r\n#", scan->at[len]) == NULL)
        len++;
    size_t whole = len;
    while (len > 0 && strchr(" \t", scan->at[len - 1]) != NULL)
        len--;
    if (len > 0)
        strv_take(ret, mem_strndup(scan->at, len));
    skip(scan, whole);
    return len > 0;
}

static size_t column_of(const struct scan *scan)
{
    return (size_t)(scan->at - scan->line_start);
}

/* The key of a line of YAML, with its colon. */
static bool take_key(struct scan *scan)
{
    char *name = NULL;
    bool quoted = false;
    if (at_any(scan, "\"'")) {
        take_token(scan, &name, &quoted);
        skip_blanks(scan);
    } else {
        size_t len = 0;
        while (scan->at + len < scan->end && strchr(":\r\n", scan->at[len]) == NULL)
            len++;
        name = mem_strndup(scan->at, len);
        skip(scan, len);
    }
    add_name(scan, name ? name : "");
    free(name);
    bool colon = at_any(scan, ":");
    skip(scan, colon ? 1 : 0);
    return colon;
}

/* One "- VALUE" or "NAME: VALUE" of YAML. */
static bool take_item(struct scan *scan, struct strv *ret)
{
    if (at_text(scan, "- ")) {
        add_name(scan, "");
        skip(scan, 1);
    } else if (!take_key(scan)) {
        return false;
    }
    while (at_any(scan, " \t"))
        skip(scan, 1);
    if (at_any(scan, "\"'"))
        return take_text(scan, ret);
    return !at_any(scan, "[{|>&*!") && take_rest(scan, ret);
}

/* What stands in lines of their own below a key of YAML: all that is further in than the key, which is at `column`. */
static enum setting_is take_block(struct scan *scan, size_t column, struct strv *ret)
{
    enum setting_is is = SETTING_COMPUTED; /* with nothing below, it is null */
    for (skip_blanks(scan); scan->at < scan->end; skip_blanks(scan)) {
        size_t here = column_of(scan);
        if (here < column || (here == column && !at_text(scan, "- ")))
            break;
        if (!take_item(scan, ret))
            return SETTING_COMPUTED;
        is = SETTING_GIVEN;
    }
    return is;
}

/* Is it a list or a map? Then at its first sign. */
static bool at_list(struct scan *scan)
{
    if (scan->names != NULL && at_text(scan, "array")) {
        struct scan ahead = *scan;
        skip(&ahead, strlen("array"));
        skip_blanks(&ahead);
        if (at_text(&ahead, "("))
            *scan = ahead;
    }
    return at_text(scan, "[") || (scan->names != NULL && (at_text(scan, "{") || at_text(scan, "(")));
}

static enum setting_is take_value(struct scan *scan, size_t column, struct strv *ret)
{
    while (scan->at < scan->end && strchr(" \t", *scan->at) != NULL)
        skip(scan, 1);
    if (!scan->bare)
        skip_blanks(scan);
    if (at_list(scan))
        return take_list(scan, at_text(scan, "[") ? "]" : at_text(scan, "{") ? "}" : ")", ret);
    if (scan->bare && scan->names != NULL && at_any(scan, "#\r\n"))
        return take_block(scan, column, ret);
    if (scan->names != NULL)
        strv_add(scan->names, "");
    if (at_any(scan, "\"'") || (scan->names != NULL && at_text(scan, "__DIR__")))
        return take_text(scan, ret) ? SETTING_GIVEN : SETTING_COMPUTED;
    return scan->bare && take_rest(scan, ret) ? SETTING_GIVEN : SETTING_COMPUTED;
}

static enum setting_is find(struct scan *start, const char *block, const char *key, struct strv *ret, int *ret_line)
{
    struct scan scan = *start;
    enum setting_is is = SETTING_NONE;
    int inside = 0; /* the depth of the block that is open */
    for (skip_blanks(&scan); scan.at < scan.end; skip_blanks(&scan)) {
        char _cleanup_free_ *token = NULL;
        bool quoted = false;
        size_t column = column_of(&scan);
        scan.depth += *scan.at == '{' ? 1 : *scan.at == '}' ? -1 : 0;
        if (inside > scan.depth)
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
            inside = scan.depth + 1;
            continue;
        }
        is = take_value(&scan, column, ret);
        if (is == SETTING_COMPUTED)
            return is;
    }
    return is;
}

enum setting_is setting_find(const char *text, size_t len, const char *block, const char *key, bool bare, struct strv *ret,
                             int *ret_line)
{
    struct scan scan = {.at = text, .line_start = text, .end = text + len, .bare = bare, .line = 1};
    return find(&scan, block, key, ret, ret_line);
}

enum setting_is setting_find_map(const char *text, size_t len, const char *key, bool bare, struct strv *ret,
                                 struct strv *ret_names, int *ret_line)
{
    struct scan scan = {.at = text, .line_start = text, .end = text + len, .bare = bare, .line = 1, .names = ret_names};
    return find(&scan, NULL, key, ret, ret_line);
}
