/* Properties, TOML and YAML, one line after the other. */
#include "formats/properties.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/strv.h"
#include "base/text.h"

#define BLANKS " \t\r"

void properties_done(struct properties *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].key);
        free(list->items[i].value);
        free(list->items[i].file);
    }
    free(list->items);
    *list = (struct properties){0};
}

/* Takes key and value over. What names a variable is not literal. */
static void add(struct properties *list, char *key, char *value, const char *file, int line)
{
    if (value != NULL && strstr(value, "${") != NULL) {
        free(value);
        value = NULL;
    }
    MEM_GROW(list->items, list->count, list->cap);
    list->items[list->count++] = (struct property){.key = key, .value = value, .file = mem_strdup(file), .line = line};
}

bool properties_lists(const char *list, const char *word)
{
    for (size_t len = strlen(word); list != NULL && *list != '\0'; list += strcspn(list, ",") + (list[strcspn(list, ",")] == ',')) {
        const char *at = list + strspn(list, BLANKS);
        if (strncmp(at, word, len) == 0 && strchr("," BLANKS, at[len]) != NULL)
            return true;
    }
    return false;
}

/* The text between the blanks around it. */
static char *trimmed(const char *text, size_t len)
{
    while (len > 0 && strchr(BLANKS, *text) != NULL) {
        text++;
        len--;
    }
    while (len > 0 && strchr(BLANKS, text[len - 1]) != NULL)
        len--;
    return mem_strndup(text, len);
}

/* Moves on by a line; NULL at the end. Blanks at its end are left out. To be freed. */
static char *take_line(const char **at, int *line)
{
    size_t whole = strcspn(*at, "\n"), len = whole;
    if (**at == '\0')
        return NULL;
    while (len > 0 && strchr(BLANKS, (*at)[len - 1]) != NULL)
        len--;
    char *text = mem_strndup(*at, len);
    *at += whole + ((*at)[whole] == '\n');
    (*line)++;
    return text;
}

void properties_read_java(const char *file, const char *text, struct properties *ret)
{
    int line = 0;
    for (char *own; (own = take_line(&text, &line)) != NULL; free(own)) {
        const char *at = own + strspn(own, BLANKS);
        int first = line;
        struct buf _cleanup_buf_ whole = BUF_INIT;
        if (*at == '\0' || *at == '#' || *at == '!')
            continue;
        buf_puts(&whole, at);
        while (text_ends(buf_text(&whole), "\\") && *text != '\0') {
            char _cleanup_free_ *more = take_line(&text, &line), *joined = mem_strndup(buf_text(&whole), whole.len - 1);
            buf_clear(&whole);
            buf_printf(&whole, "%s%s", joined, more + strspn(more, BLANKS));
        }
        const char *key = buf_text(&whole);
        size_t len = strcspn(key, "=: \t");
        const char *value = key + len + strspn(key + len, BLANKS);
        value += (*value == '=' || *value == ':');
        value += strspn(value, BLANKS);
        add(ret, mem_strndup(key, len), strchr(value, '\\') ? NULL : mem_strdup(value), file, first);
    }
}

/* A scalar or a list in brackets, of TOML and of YAML; NULL: something else. To be freed. */
static char *literal(const char *text)
{
    struct buf out = BUF_INIT;
    bool list = *text == '[';
    const char *at = text + list;
    for (at += strspn(at, BLANKS "\n"); *at != '\0' && *at != ']'; at += strspn(at, BLANKS "\n")) {
        char quote = *at == '"' || *at == '\'' ? *at : '\0';
        const char *stop = quote ? strchr(at + 1, quote) : at + strcspn(at, list ? ",]\n" : "\n");
        const char *comment = quote ? NULL : strstr(at, " #");
        if (stop == NULL || (quote && (stop[1] == quote || (quote == '"' && memchr(at, '\\', (size_t)(stop - at)) != NULL))) ||
            (!quote && strchr("{&*!|>%@`", *at) != NULL))
            goto unknown;
        char _cleanup_free_ *item = trimmed(at + (quote != '\0'), (size_t)((comment && comment < stop ? comment : stop) - at) - (quote != '\0'));
        buf_printf(&out, "%s%s", out.len > 0 ? "," : "", item);
        at = stop + (quote != '\0');
        at += strspn(at, BLANKS "\n");
        if (!list && *at != '\0' && *at != '#')
            goto unknown;
        if (!list)
            break;
        if (*at == '#')
            at += strcspn(at, "\n");
        at += *at == ',';
        at += strspn(at, BLANKS "\n");
        if (*at == '#')
            at += strcspn(at, "\n");
    }
    if (!list || *at == ']')
        return buf_steal(&out);
unknown:
    buf_done(&out);
    return NULL;
}

static char *without_quotes(const char *key, size_t len)
{
    struct buf out = BUF_INIT;
    char _cleanup_free_ *name = trimmed(key, len);
    for (const char *p = name; *p != '\0'; p++)
        if (strchr("\"' ", *p) == NULL)
            buf_putc(&out, *p);
    return buf_steal(&out);
}

void properties_read_toml(const char *file, const char *text, struct properties *ret)
{
    char _cleanup_free_ *section = NULL;
    int line = 0;
    for (char *own; (own = take_line(&text, &line)) != NULL; free(own)) {
        const char *at = own + strspn(own, BLANKS);
        size_t len = strcspn(at, "=");
        struct buf _cleanup_buf_ value = BUF_INIT;
        int first = line;
        if (*at == '[') {
            free(section);
            section = without_quotes(at + 1 + (at[1] == '['), strcspn(at + 1 + (at[1] == '['), "]"));
        }
        if (*at == '\0' || *at == '#' || *at == '[' || at[len] == '\0')
            continue;
        buf_puts(&value, at + len + 1 + strspn(at + len + 1, BLANKS));
        while (*buf_text(&value) == '[' && strchr(buf_text(&value), ']') == NULL && *text != '\0') {
            char _cleanup_free_ *more = take_line(&text, &line);
            buf_printf(&value, "\n%s", more);
        }
        char _cleanup_free_ *key = without_quotes(at, len);
        add(ret, section ? mem_printf("%s.%s", section, key) : mem_strdup(key),
            text_starts(buf_text(&value), "\"\"\"") || text_starts(buf_text(&value), "'''") ? NULL : literal(buf_text(&value)), file, first);
    }
}

/* Where a mapping of YAML is: a key for each level, and how far it is indented. */
struct levels {
    struct strv keys;
    size_t *indents;
    size_t cap;
};

static void leave(struct levels *levels, size_t indent)
{
    while (levels->keys.count > 0 && levels->indents[levels->keys.count - 1] >= indent)
        free(levels->keys.items[--levels->keys.count]);
}

static char *path_of(const struct levels *levels, const char *key)
{
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < levels->keys.count; i++)
        buf_printf(&out, "%s%s", i > 0 ? "." : "", levels->keys.items[i]);
    if (key != NULL)
        buf_printf(&out, "%s%s", out.len > 0 ? "." : "", key);
    return buf_steal(&out);
}

/* Takes the document's properties, from `first` on, away unless its condition holds. */
static void end_document(struct properties *list, size_t first, const char *profiles)
{
    bool counts = true;
    for (size_t i = first; i < list->count; i++) {
        const struct property *property = &list->items[i];
        if (strcmp(property->key, "spring.config.activate.on-profile") == 0 || strcmp(property->key, "spring.profiles") == 0)
            counts = counts && property->value != NULL && properties_lists(profiles, property->value);
    }
    while (!counts && list->count > first) {
        struct property *last = &list->items[--list->count];
        free(last->key);
        free(last->value);
        free(last->file);
    }
}

/* An item of a list, below the key that is open; NULL: none. */
static void add_item(struct properties *list, const struct levels *levels, const char *text, const char *file, int line)
{
    char *key = path_of(levels, NULL), *value = literal(text);
    struct property *last = list->count > 0 ? &list->items[list->count - 1] : NULL;
    if (last == NULL || strcmp(last->key, key) != 0) {
        add(list, key, value, file, line);
        return;
    }
    char *joined = last->value && value && strstr(value, "${") == NULL ? mem_printf("%s,%s", last->value, value) : NULL;
    free(last->value);
    free(value);
    free(key);
    last->value = joined;
}

void properties_read_yaml(const char *file, const char *text, const char *profiles, struct properties *ret)
{
    struct levels levels = {.keys = STRV_INIT};
    size_t document = ret->count;
    int line = 0;
    for (char *own; (own = take_line(&text, &line)) != NULL; free(own)) {
        size_t indent = strspn(own, " ");
        const char *at = own + indent;
        const char *colon = strstr(at, ": ");
        size_t len = colon ? (size_t)(colon - at) : text_ends(at, ":") ? strlen(at) - 1 : 0;
        if (text_starts(own, "---")) {
            leave(&levels, 0);
            end_document(ret, document, profiles);
            document = ret->count;
        }
        if (*at == '\0' || *at == '#' || text_starts(own, "---"))
            continue;
        if (*at == '-' && (at[1] == ' ' || at[1] == '\0')) {
            leave(&levels, indent + 1);
            add_item(ret, &levels, at + 1 + strspn(at + 1, BLANKS), file, line);
            continue;
        }
        leave(&levels, indent);
        if (len == 0)
            continue;
        char _cleanup_free_ *key = without_quotes(at, len);
        const char *value = at + len + 1;
        value += strspn(value, BLANKS);
        if (*value == '\0' || *value == '#') {
            MEM_GROW(levels.indents, levels.keys.count, levels.cap);
            levels.indents[levels.keys.count] = indent;
            strv_add(&levels.keys, key);
        } else {
            add(ret, path_of(&levels, key), literal(value), file, line);
        }
    }
    end_document(ret, document, profiles);
    strv_done(&levels.keys);
    free(levels.indents);
}
