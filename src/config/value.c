/* Values as people write them. */
#include "config/value.h"

#include <ctype.h>
#include <regex.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

int value_duration(const char *text, int64_t *ret_ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    if (strcmp(text, "0") == 0) {
        *ret_ms = 0;
        return 0;
    }
    int64_t total = 0;
    const char *p = text;
    if (*p == '\0')
        return -1;
    while (*p != '\0') {
        int64_t number = 0;
        if (!isdigit((unsigned char)*p))
            return -1;
        for (; isdigit((unsigned char)*p); p++)
            if (__builtin_mul_overflow(number, 10, &number) || __builtin_add_overflow(number, *p - '0', &number))
                return -1;
        size_t len = 0;
        while (isalpha((unsigned char)p[len]))
            len++;
        int64_t factor = 0;
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            if (strlen(units[i].unit) == len && strncmp(units[i].unit, p, len) == 0)
                factor = units[i].ms;
        if (factor == 0 || __builtin_mul_overflow(number, factor, &number) || __builtin_add_overflow(total, number, &total))
            return -1;
        p += len;
    }
    /* Ten years: whatever is larger is a slip, and sums of such times could overflow. */
    if (total > INT64_C(10) * 365 * 86400000)
        return -1;
    *ret_ms = total;
    return 0;
}

int value_bool(const char *text, bool *ret)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *ret = i % 2 == 1;
            return 0;
        }
    }
    return -1;
}

int value_count(const char *text, int64_t least, int64_t most, int64_t *ret)
{
    int64_t number = 0;
    if (*text == '\0')
        return -1;
    for (const char *p = text; *p != '\0'; p++) {
        if (!isdigit((unsigned char)*p))
            return -1;
        if (__builtin_mul_overflow(number, 10, &number) || __builtin_add_overflow(number, *p - '0', &number))
            return -1;
    }
    if (number < least || number > most)
        return -1;
    *ret = number;
    return 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The end of an item that is a regular expression: the first '/' that a separator or the end of the text follows; a text
 * without one is no regular expression. */
static const char *regex_end(const char *start)
{
    for (const char *p = start + 1; *p != '\0' && *p != '\n'; p++) {
        if (*p != '/')
            continue;
        const char *after = p + 1;
        while (*after == ' ' || *after == '\t')
            after++;
        if (*after == ',' || *after == '\n' || *after == '\0')
            return p + 1;
    }
    return NULL;
}

static int split(const char *text, bool regexes, struct strv *ret, struct err *reterr)
{
    for (const char *p = text; *p != '\0';) {
        if (is_blank(*p) || *p == ',') {
            p++;
            continue;
        }
        if (*p == '"') {
            struct buf item = BUF_INIT;
            for (p++; *p != '\0' && (*p != '"' || p[1] == '"'); p++) {
                if (*p == '"')
                    p++;
                buf_putc(&item, *p);
            }
            if (*p == '\0') {
                buf_done(&item);
                return err_set(reterr, ERR_CONFIG, "a quoted item does not end");
            }
            p++;
            p += strspn(p, " \t\r");
            if (*p != ',' && *p != '\n' && *p != '\0') {
                buf_done(&item);
                return err_set(reterr, ERR_CONFIG, "text after a quoted item: a comma is missing");
            }
            strv_take(ret, buf_steal(&item));
            continue;
        }
        const char *end = regexes && *p == '/' ? regex_end(p) : NULL;
        if (end == NULL)
            end = p + strcspn(p, ",\n");
        const char *stop = end;
        while (stop > p && is_blank(stop[-1]))
            stop--;
        strv_take(ret, mem_strndup(p, (size_t)(stop - p)));
        p = end;
    }
    return 0;
}

int value_list(const char *text, struct strv *ret, struct err *reterr)
{
    return split(text, false, ret, reterr);
}

int value_names(const char *text, struct strv *ret, struct err *reterr)
{
    return split(text, true, ret, reterr);
}

int value_expand(const char *text, const struct environment *env, struct buf *out, struct err *reterr)
{
    for (const char *p = text; *p != '\0';) {
        if (p[0] == '$' && p[1] == '$') {
            buf_putc(out, '$');
            p += 2;
            continue;
        }
        if (p[0] != '$' || p[1] != '{') {
            buf_putc(out, *p++);
            continue;
        }
        const char *name = p + 2;
        size_t len = 0;
        while (isalnum((unsigned char)name[len]) || name[len] == '_')
            len++;
        const char *after = name + len, *fallback = NULL, *close = after;
        if (after[0] == ':' && after[1] == '-') {
            fallback = after + 2;
            close = fallback + strcspn(fallback, "}");
        }
        if (len == 0 || *close != '}')
            return err_set(reterr, ERR_CONFIG, "'${' begins no reference of the form ${NAME} or ${NAME:-default}; a dollar sign is $$");
        char _cleanup_free_ *key = mem_strndup(name, len);
        const char *value = environment_get(env, key);
        if (fallback != NULL && (value == NULL || *value == '\0'))
            buf_add(out, fallback, (size_t)(close - fallback));
        else if (value != NULL)
            buf_puts(out, value);
        else
            return err_set(reterr, ERR_CONFIG, "the environment variable %s is not set", key);
        p = close + 1;
    }
    return 0;
}

int value_regex(const char *text, struct err *reterr)
{
    regex_t regex;
    int code = regcomp(&regex, text, REG_EXTENDED | REG_NOSUB);
    if (code == 0) {
        regfree(&regex);
        return 0;
    }
    char why[128];
    regerror(code, &regex, why, sizeof why);
    return err_set(reterr, ERR_CONFIG, "not a regular expression: %s", why);
}
