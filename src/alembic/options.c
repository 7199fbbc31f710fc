/* The options of Alembic's configuration files. */
#include "alembic/options.h"

#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/ini.h"
#include "base/mem.h"
#include "base/text.h"

#define FILE_MAX_BYTES ((size_t)1024 * 1024)
/* How deep values may refer to other values (configparser.MAX_INTERPOLATION_DEPTH). */
#define MAX_REFERENCES 10
#define VALUE_MAX_BYTES ((size_t)64 * 1024)

void alembic_options_done(struct alembic_options *options)
{
    for (size_t i = 0; i < options->count; i++) {
        free(options->items[i].key);
        free(options->items[i].value);
        strv_done(&options->items[i].list);
    }
    free(options->items);
    free(options->file);
    free(options->here);
    *options = (struct alembic_options){0};
}

static struct alembic_option *find(const struct alembic_options *options, const char *key, bool fallback)
{
    for (size_t i = 0; i < options->count; i++)
        if (strcmp(options->items[i].key, key) == 0 && options->items[i].fallback == fallback)
            return &options->items[i];
    return NULL;
}

static const struct alembic_option *lookup(const struct alembic_options *options, const char *key)
{
    const struct alembic_option *option = find(options, key, false);
    return option ? option : find(options, key, true);
}

static struct alembic_option *add(struct alembic_options *options, const char *key, size_t len, bool fallback, int line)
{
    MEM_GROW(options->items, options->count, options->cap);
    struct alembic_option *option = &options->items[options->count++];
    *option = (struct alembic_option){.key = mem_strndup(key, len), .fallback = fallback, .line = line};
    for (char *p = option->key; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p | 0x20);
    return option;
}

static int on_key(void *context, const char *section, const char *key, const char *value, int line, struct err *reterr)
{
    struct alembic_options *options = context;
    bool fallback = strcmp(section, "DEFAULT") == 0;
    if (!fallback && strcmp(section, "alembic") != 0)
        return 0;
    options->found |= !fallback;
    size_t before = options->count;
    struct alembic_option *option = add(options, key, strlen(key), fallback, line);
    option->value = mem_strdup(value);
    const struct alembic_option *same = find(options, option->key, fallback);
    if (same != &options->items[before]) {
        char _cleanup_free_ *shown = text_escaped(key);
        return err_set(reterr, ERR_NO_EXPECTED, "%s:%d: %s is set twice", options->file, line, shown);
    }
    return 0;
}

int alembic_options_parse_ini(const char *path, const char *here, const char *text, size_t len,
                              struct alembic_options *ret, struct err *reterr)
{
    ret->file = text_escaped(path);
    ret->here = mem_strdup(here);
    if (ini_read(path, text, len, on_key, ret, reterr) == 0)
        return 0;
    reterr->kind = ERR_NO_EXPECTED;
    return -1;
}

int alembic_options_read_ini(const char *path, const char *here, struct alembic_options *ret, struct err *reterr)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (file_read(path, FILE_MAX_BYTES, ERR_NO_EXPECTED, &text, reterr) != 0)
        return -1;
    return alembic_options_parse_ini(path, here, buf_text(&text), text.len, ret, reterr);
}

/* --- pyproject.toml: only what needs no TOML reader --- */

struct toml {
    struct alembic_options *options;
    const char *p, *end;
    int line;
};

static int toml_undecided(const struct toml *t, struct err *reterr)
{
    err_set(reterr, ERR_NO_EXPECTED, "%s:%d: this value of [tool.alembic] is not understood", t->options->file,
            t->line);
    return err_hint(
        reterr, "set migrations.path to the folder of the revision files, or make a manifest when the image is built");
}

static void blanks(struct toml *t, bool lines)
{
    while (t->p < t->end) {
        if (*t->p == '#') {
            while (t->p < t->end && *t->p != '\n')
                t->p++;
        } else if (*t->p == ' ' || *t->p == '\t' || *t->p == '\r') {
            t->p++;
        } else if (lines && *t->p == '\n') {
            t->p++;
            t->line++;
        } else {
            return;
        }
    }
}

/* A string without escapes on one line; NULL for anything else. */
static char *toml_string(struct toml *t)
{
    if (t->p >= t->end || (*t->p != '"' && *t->p != '\''))
        return NULL;
    char quote = *t->p;
    const char *start = t->p + 1, *stop = start;
    while (stop < t->end && *stop != quote && *stop != '\n' && *stop != '\0' && !(quote == '"' && *stop == '\\'))
        stop++;
    if (stop >= t->end || *stop != quote || (stop == start && stop + 1 < t->end && stop[1] == quote))
        return NULL;
    t->p = stop + 1;
    return mem_strndup(start, (size_t)(stop - start));
}

static int toml_value(struct toml *t, struct alembic_option *option, struct err *reterr)
{
    blanks(t, false);
    if (t->p < t->end && *t->p == '[') {
        t->p++;
        option->is_list = true;
        for (blanks(t, true); t->p < t->end && *t->p != ']'; blanks(t, true)) {
            char *item = toml_string(t);
            if (item == NULL)
                return toml_undecided(t, reterr);
            strv_take(&option->list, item);
            blanks(t, true);
            if (t->p < t->end && *t->p == ',')
                t->p++;
            else if (t->p >= t->end || *t->p != ']')
                return toml_undecided(t, reterr);
        }
        if (t->p++ >= t->end)
            return toml_undecided(t, reterr);
    } else if (t->end - t->p >= 4 && memcmp(t->p, "true", 4) == 0) {
        option->value = mem_strdup("true");
        t->p += 4;
    } else if (t->end - t->p >= 5 && memcmp(t->p, "false", 5) == 0) {
        option->value = mem_strdup("false");
        t->p += 5;
    } else {
        option->value = toml_string(t);
        if (option->value == NULL)
            return toml_undecided(t, reterr);
    }
    blanks(t, false);
    return t->p >= t->end || *t->p == '\n' ? 0 : toml_undecided(t, reterr);
}

static bool is_wanted(const char *key, size_t len)
{
    static const char *const keys[] = {"script_location", "version_locations", "recursive_version_locations",
                                       "sourceless", "prepend_sys_path"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strlen(keys[i]) == len && memcmp(keys[i], key, len) == 0)
            return true;
    return false;
}

/* Passes over the rest of the line, and over strings of several lines. */
static void skip_line(struct toml *t)
{
    const char *quotes = NULL;
    for (; t->p < t->end && (quotes != NULL || *t->p != '\n'); t->p++) {
        if (*t->p == '\n')
            t->line++;
        bool triple = t->end - t->p >= 3 && (*t->p == '"' || *t->p == '\'') && t->p[1] == *t->p && t->p[2] == *t->p;
        if (!triple || (quotes != NULL && *quotes != *t->p))
            continue;
        quotes = quotes == NULL ? t->p : NULL;
        t->p += 2;
    }
}

int alembic_options_parse_toml(const char *path, const char *here, const char *text, size_t len,
                               struct alembic_options *ret, struct err *reterr)
{
    static const char section[] = "[tool.alembic]";
    ret->file = text_escaped(path);
    ret->here = mem_strdup(here);
    ret->toml = true;
    struct toml t = {.options = ret, .p = text, .end = text + len, .line = 1};
    bool inside = false;
    while (t.p < t.end) {
        blanks(&t, true);
        if (t.p < t.end && *t.p == '[') {
            inside = (size_t)(t.end - t.p) >= sizeof section - 1 && memcmp(t.p, section, sizeof section - 1) == 0;
            ret->found |= inside;
            skip_line(&t);
            continue;
        }
        size_t key = 0;
        while (t.p + key < t.end && (t.p[key] == '_' || (t.p[key] >= 'a' && t.p[key] <= 'z')))
            key++;
        if (!inside || !is_wanted(t.p, key)) {
            skip_line(&t);
            continue;
        }
        struct alembic_option *option = add(ret, t.p, key, false, t.line);
        t.p += key;
        blanks(&t, false);
        if (t.p >= t.end || *t.p != '=')
            return toml_undecided(&t, reterr);
        t.p++;
        if (toml_value(&t, option, reterr) != 0)
            return -1;
    }
    return 0;
}

int alembic_options_read_toml(const char *path, const char *here, struct alembic_options *ret, struct err *reterr)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (file_read(path, FILE_MAX_BYTES, ERR_NO_EXPECTED, &text, reterr) != 0)
        return -1;
    return alembic_options_parse_toml(path, here, buf_text(&text), text.len, ret, reterr);
}

/* --- values --- */

static int bad_reference(const struct alembic_options *options, const struct alembic_option *option, struct err *reterr)
{
    char _cleanup_free_ *key = text_escaped(option->key);
    return err_set(reterr, ERR_NO_EXPECTED, "%s:%d: the value of %s refers to something (%%) that is not there",
                   options->file, option->line, key);
}

/* Adds `value` with %(name)s and %% replaced. */
static int interpolate(const struct alembic_options *options, const struct alembic_option *option, const char *value,
                       int depth, struct buf *out, struct err *reterr)
{
    if (depth > MAX_REFERENCES)
        return bad_reference(options, option, reterr);
    for (const char *p = value; *p; p++) {
        if (*p != '%') {
            buf_putc(out, *p);
            continue;
        }
        if (p[1] == '%') {
            buf_putc(out, *++p);
            continue;
        }
        const char *close = p[1] == '(' ? strchr(p, ')') : NULL;
        if (close == NULL || close[1] != 's')
            return bad_reference(options, option, reterr);
        char _cleanup_free_ *name = mem_strndup(p + 2, (size_t)(close - p - 2));
        for (char *c = name; *c; c++)
            if (*c >= 'A' && *c <= 'Z')
                *c = (char)(*c | 0x20);
        const struct alembic_option *other = options->toml ? NULL : lookup(options, name);
        if (other == NULL && strcmp(name, "here") == 0)
            buf_puts(out, options->here);
        else if (other == NULL || other->value == NULL)
            return bad_reference(options, option, reterr);
        else if (interpolate(options, option, other->value, depth + 1, out, reterr) != 0)
            return -1;
        p = close + 1;
    }
    return out->truncated ? bad_reference(options, option, reterr) : 0;
}

int alembic_options_get(const struct alembic_options *options, const char *key, char **ret, struct err *reterr)
{
    const struct alembic_option *option = lookup(options, key);
    struct buf _cleanup_buf_ value = {.max = VALUE_MAX_BYTES};
    *ret = NULL;
    if (option == NULL)
        return 0;
    if (option->value == NULL)
        return err_set(reterr, ERR_NO_EXPECTED, "%s:%d: %s is a list, not a string", options->file, option->line, key);
    if (interpolate(options, option, option->value, 0, &value, reterr) != 0)
        return -1;
    *ret = buf_steal(&value);
    return 0;
}

int alembic_options_list(const struct alembic_options *options, const char *key, bool *ret_is_list, struct strv *ret,
                         struct err *reterr)
{
    const struct alembic_option *option = lookup(options, key);
    *ret_is_list = option != NULL && option->is_list;
    for (size_t i = 0; *ret_is_list && i < option->list.count; i++) {
        struct buf _cleanup_buf_ value = {.max = VALUE_MAX_BYTES};
        if (interpolate(options, option, option->list.items[i], 0, &value, reterr) != 0)
            return -1;
        strv_take(ret, buf_steal(&value));
    }
    return 0;
}

int alembic_options_bool(const struct alembic_options *options, const char *key, bool *ret, struct err *reterr)
{
    static const char *const sometimes[] = {"yes", "on", "y", "t", "1", "true"};
    char _cleanup_free_ *value = NULL;
    *ret = false;
    if (alembic_options_get(options, key, &value, reterr) != 0)
        return -1;
    if (value == NULL)
        return 0;
    *ret = strcmp(value, "true") == 0;
    /* Other spellings of "true" were understood by older versions of Alembic and are not by newer ones. */
    for (size_t i = 0; !*ret && i < sizeof sometimes / sizeof *sometimes; i++)
        if (strcasecmp(value, sometimes[i]) == 0)
            return err_set(reterr, ERR_NO_EXPECTED,
                           "%s: %s: write \"true\": versions of Alembic differ in what else they take for it",
                           options->file, key);
    return 0;
}
