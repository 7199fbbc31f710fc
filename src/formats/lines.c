/* Settings that stand one a line. */
#include "formats/lines.h"

#include <string.h>

#include "base/mem.h"

#define BLANKS " \t\r\v\f"

/* A piece of a line. */
struct piece {
    const char *at;
    size_t len;
};

static struct piece trimmed(struct piece piece)
{
    for (; piece.len > 0 && strchr(BLANKS, *piece.at) != NULL; piece.len--)
        piece.at++;
    while (piece.len > 0 && strchr(BLANKS, piece.at[piece.len - 1]) != NULL)
        piece.len--;
    return piece;
}

static bool is(struct piece piece, const char *text)
{
    return piece.len == strlen(text) && memcmp(piece.at, text, piece.len) == 0;
}

static bool holds(struct piece piece, const char *text)
{
    return memmem(piece.at, piece.len, text, strlen(text)) != NULL;
}

/* The key, and what follows the sign; false: the line is none of that kind. */
static bool split(struct piece line, const char *signs, struct piece *ret_key, struct piece *ret_value)
{
    size_t at = 0;
    while (at < line.len && strchr(signs, line.at[at]) == NULL)
        at++;
    if (at == line.len)
        return false;
    *ret_key = trimmed((struct piece){line.at, at});
    *ret_value = trimmed((struct piece){line.at + at + 1, line.len - at - 1});
    return true;
}

/* joho/godotenv, parser.go: in quotes up to the next one; else up to a comment. False: it is put together. */
static bool take_variable(struct piece *value)
{
    char quote = value->len > 0 ? *value->at : '\0';
    if (quote == '"' || quote == '\'') {
        const char *end = memchr(value->at + 1, quote, value->len - 1);
        if (end == NULL)
            return false;
        *value = (struct piece){value->at + 1, (size_t)(end - value->at) - 1};
        return quote == '\'' || (!holds(*value, "$") && !holds(*value, "\\"));
    }
    for (size_t i = 0; i < value->len; i++)
        if (value->at[i] == '#' && (i == 0 || strchr(BLANKS, value->at[i - 1]) != NULL))
            value->len = i;
    *value = trimmed(*value);
    return !holds(*value, "$");
}

/* Is the line the one that is looked for? */
static bool is_setting(struct piece line, bool variable, const char *key, struct piece *ret_value)
{
    struct piece name;
    if (!split(line, variable ? "=:" : "=", &name, ret_value))
        return false;
    if (variable && name.len > 7 && memcmp(name.at, "export ", 7) == 0)
        name = trimmed((struct piece){name.at + 7, name.len - 7});
    return is(name, key);
}

enum setting_is lines_find(const char *text, size_t len, const char *section, const char *key, struct strv *ret, int *ret_line)
{
    const char *end = text + len;
    struct piece found = {NULL, 0};
    bool inside = section == NULL;
    int number = 0, at = 0;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        struct piece value, line = trimmed((struct piece){text, (size_t)((newline ? newline : end) - text)});
        text = newline ? newline + 1 : end;
        number++;
        if (line.len == 0 || *line.at == '#' || (section != NULL && *line.at == ';'))
            continue;
        if (is_setting(line, section == NULL, key, &value)) {
            if (inside) {
                found = value;
                at = number;
            }
        } else if (section != NULL && line.len > 2 && *line.at == '[' && line.at[line.len - 1] == ']') {
            inside = is(trimmed((struct piece){line.at + 1, line.len - 2}), section);
        }
    }
    if (found.at == NULL)
        return SETTING_NONE;
    *ret_line = at;
    if (section == NULL ? !take_variable(&found) : holds(found, "{{"))
        return SETTING_COMPUTED;
    if (found.len == 0)
        return SETTING_NONE;
    strv_take(ret, mem_strndup(found.at, found.len));
    return SETTING_GIVEN;
}
