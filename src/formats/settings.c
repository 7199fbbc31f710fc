/* Where a framework's own configuration says that its migrations are. */
#include "formats/settings.h"

#include <string.h>

#include "base/mem.h"
#include "formats/setting_scan.h"

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
    bool named = scan_token(&ahead, &token, &quoted) && strcmp(token, "__DIR__") != 0 && scan_equals(&ahead);
    if (named) {
        scan_blanks(&ahead);
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
    if (!scan->bare || scan_at_any(scan, "\"'"))
        return scan_text(scan, ret);
    if (scan->names == NULL || !scan_token(scan, &value, &quoted)) {
        free(value);
        return false;
    }
    strv_take(ret, value);
    scan_blanks(scan);
    return scan_at_any(scan, ",]}");
}

static enum setting_is take_list(struct scan *scan, const char *close, struct strv *ret)
{
    scan_skip(scan, 1);
    for (scan_blanks(scan); scan->at < scan->end && !scan_at_any(scan, close); scan_blanks(scan)) {
        if (!take_element(scan, ret))
            return SETTING_COMPUTED;
        scan_skip(scan, scan_at_any(scan, ",") ? 1 : 0);
    }
    if (scan->at == scan->end)
        return SETTING_COMPUTED;
    scan_skip(scan, 1);
    scan_blanks(scan);
    return !scan->bare && scan_at_any(scan, "+.?|&([") ? SETTING_COMPUTED : SETTING_GIVEN;
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
    scan_skip(scan, whole);
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
    if (scan_at_any(scan, "\"'")) {
        scan_token(scan, &name, &quoted);
        scan_blanks(scan);
    } else {
        size_t len = 0;
        while (scan->at + len < scan->end && strchr(":\r\n", scan->at[len]) == NULL)
            len++;
        name = mem_strndup(scan->at, len);
        scan_skip(scan, len);
    }
    add_name(scan, name ? name : "");
    free(name);
    bool colon = scan_at_any(scan, ":");
    scan_skip(scan, colon ? 1 : 0);
    return colon;
}

/* One "- VALUE" or "NAME: VALUE" of YAML. */
static bool take_item(struct scan *scan, struct strv *ret)
{
    if (scan_at(scan, "- ")) {
        add_name(scan, "");
        scan_skip(scan, 1);
    } else if (!take_key(scan)) {
        return false;
    }
    while (scan_at_any(scan, " \t"))
        scan_skip(scan, 1);
    if (scan_at_any(scan, "\"'"))
        return scan_text(scan, ret);
    return !scan_at_any(scan, "[{|>&*!") && take_rest(scan, ret);
}

/* What stands in lines of their own below a key of YAML: all that is further in than the key, which is at `column`. */
static enum setting_is take_block(struct scan *scan, size_t column, struct strv *ret)
{
    enum setting_is is = SETTING_COMPUTED; /* with nothing below, it is null */
    for (scan_blanks(scan); scan->at < scan->end; scan_blanks(scan)) {
        size_t here = column_of(scan);
        if (here < column || (here == column && !scan_at(scan, "- ")))
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
    if (scan->names != NULL && scan_at(scan, "array")) {
        struct scan ahead = *scan;
        scan_skip(&ahead, strlen("array"));
        scan_blanks(&ahead);
        if (scan_at(&ahead, "("))
            *scan = ahead;
    }
    return scan_at(scan, "[") || (scan->names != NULL && (scan_at(scan, "{") || scan_at(scan, "(")));
}

static enum setting_is take_value(struct scan *scan, size_t column, struct strv *ret)
{
    while (scan->at < scan->end && strchr(" \t", *scan->at) != NULL)
        scan_skip(scan, 1);
    if (!scan->bare)
        scan_blanks(scan);
    if (at_list(scan))
        return take_list(scan, scan_at(scan, "[") ? "]" : scan_at(scan, "{") ? "}" : ")", ret);
    if (scan->bare && scan->names != NULL && scan_at_any(scan, "#\r\n"))
        return take_block(scan, column, ret);
    if (scan->names != NULL)
        strv_add(scan->names, "");
    bool taken = !scan->bare || scan_at_any(scan, "\"'") ? scan_text(scan, ret) : take_rest(scan, ret);
    return taken ? SETTING_GIVEN : SETTING_COMPUTED;
}

static enum setting_is find(struct scan *start, const char *block, const char *key, struct strv *ret, int *ret_line)
{
    struct scan scan = *start;
    enum setting_is is = SETTING_NONE;
    int inside = 0; /* the depth of the block that is open */
    for (scan_blanks(&scan); scan.at < scan.end; scan_blanks(&scan)) {
        char _cleanup_free_ *token = NULL;
        bool quoted = false;
        size_t column = column_of(&scan);
        scan.depth += *scan.at == '{' ? 1 : *scan.at == '}' ? -1 : 0;
        if (inside > scan.depth)
            inside = 0;
        if (!scan_token(&scan, &token, &quoted)) {
            scan_skip(&scan, 1);
            continue;
        }
        bool opens = block != NULL && inside == 0 && strcmp(token, block) == 0;
        if ((!opens && (strcmp(token, key) != 0 || (block != NULL && inside == 0))) || !scan_equals(&scan))
            continue;
        *ret_line = scan.line;
        if (opens) {
            scan_blanks(&scan);
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
