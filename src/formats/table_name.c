/* The name of a history table as other tools' settings write it. */
#include "formats/table_name.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/strv.h"

/* One name, up to a dot or the end; false: it is none. */
static bool take_part(const char **at, bool folds, struct buf *ret)
{
    if (**at != '"') {
        for (; **at != '\0' && **at != '.'; ++*at) {
            if (strchr(" \t\"'();,", **at) != NULL)
                return false;
            buf_putc(ret, folds ? (char)tolower((unsigned char)**at) : **at);
        }
        return ret->len > 0;
    }
    for (++*at; **at != '\0'; ++*at) {
        if (**at == '"' && (*at)[1] != '"') {
            ++*at;
            return ret->len > 0 && (**at == '\0' || **at == '.');
        }
        *at += **at == '"';
        buf_putc(ret, **at);
    }
    return false;
}

static bool take_parts(const char *text, bool folds, char **ret_schema, char **ret_table)
{
    struct buf _cleanup_buf_ one = BUF_INIT, two = BUF_INIT;
    if (!take_part(&text, folds, &one))
        return false;
    if (*text == '\0') {
        *ret_table = buf_steal(&one);
        return true;
    }
    text++;
    if (!take_part(&text, folds, &two) || *text != '\0')
        return false;
    *ret_schema = buf_steal(&one);
    *ret_table = buf_steal(&two);
    return true;
}

bool table_name_sql(const char *text, char **ret_schema, char **ret_table)
{
    return take_parts(text, true, ret_schema, ret_table);
}

bool table_name_dotted(const char *text, char **ret_schema, char **ret_table)
{
    return take_parts(text, false, ret_schema, ret_table);
}

/* A parameter of a URL, decoded, or NULL; to be freed. */
static char *parameter(const char *url, const char *name)
{
    const char *p = strchr(url, '?');
    size_t width = strlen(name);
    for (p = p ? p + 1 : ""; *p != '\0'; p += p[strcspn(p, "&")] == '&' ? strcspn(p, "&") + 1 : strcspn(p, "&")) {
        if (strncmp(p, name, width) != 0 || p[width] != '=')
            continue;
        struct buf out = BUF_INIT;
        for (const char *v = p + width + 1; *v != '\0' && *v != '&'; v++) {
            if (*v == '%' && isxdigit((unsigned char)v[1]) && isxdigit((unsigned char)v[2])) {
                const char hex[] = {v[1], v[2], '\0'};
                buf_putc(&out, (char)strtol(hex, NULL, 16));
                v += 2;
            } else {
                buf_putc(&out, *v == '+' ? ' ' : *v);
            }
        }
        return buf_steal(&out);
    }
    return NULL;
}

/* Go's strconv.ParseBool. */
static bool is_true(const char *text)
{
    static const char *const words[] = {"1", "t", "T", "TRUE", "true", "True"};
    for (size_t i = 0; text != NULL && i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

/* database/postgres/postgres.go, Open and WithConnection: of "(.*?)" the last is the table, the one before it the schema. */
bool table_name_golang_migrate(const char *url, char **ret_schema, char **ret_table)
{
    char _cleanup_free_ *name = parameter(url, "x-migrations-table"), *quoted = parameter(url, "x-migrations-table-quoted");
    if (name == NULL || *name == '\0')
        return true;
    if (!is_true(quoted)) {
        *ret_table = mem_strdup(name);
        return true;
    }
    if (*name != '"' || name[strlen(name) - 1] != '"')
        return false;
    struct strv _cleanup_strv_ parts = STRV_INIT;
    for (const char *open = strchr(name, '"'), *close; open != NULL; open = strchr(close + 1, '"')) {
        close = strchr(open + 1, '"');
        if (close == NULL)
            break;
        strv_take(&parts, mem_strndup(open + 1, (size_t)(close - open) - 1));
    }
    if (parts.count == 0 || parts.count > 2)
        return false;
    *ret_table = mem_strdup(parts.items[parts.count - 1]);
    *ret_schema = parts.count == 2 ? mem_strdup(parts.items[0]) : NULL;
    return true;
}
