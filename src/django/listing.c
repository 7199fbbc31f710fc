/* What Django says it expects. */
#include <jansson.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "expected/listing.h"

static int bad(struct err *reterr, const char *what)
{
    err_set(reterr, ERR_NO_EXPECTED, "standard input: %s", what);
    return err_hint(reterr, "Expected is the JSON of the script that `tenantgate manifest --script django` prints, or the "
                            "output of `python manage.py showmigrations --plan`.");
}

/* A pair [app, name] as an id. */
static char *pair_id(const json_t *pair)
{
    const char *app = json_string_value(json_array_get(pair, 0)), *name = json_string_value(json_array_get(pair, 1));
    if (json_array_size(pair) != 2 || app == NULL || name == NULL || *app == '\0' || *name == '\0')
        return NULL;
    return mem_printf("%s.%s", app, name);
}

static int read_pairs(const json_t *list, struct strv *ret)
{
    if (!json_is_array(list))
        return -1;
    for (size_t i = 0; i < json_array_size(list); i++) {
        char *id = pair_id(json_array_get(list, i));
        if (id == NULL)
            return -1;
        strv_take(ret, id);
    }
    return 0;
}

static int read_json(const json_t *document, struct expected *ret, struct err *reterr)
{
    const json_t *migrations = json_object_get(document, "migrations");
    const char *framework = json_string_value(json_object_get(document, "framework"));
    if (framework == NULL || strcmp(framework, "django") != 0 || !json_is_array(migrations))
        return bad(reterr, "JSON, but not of the script for Django");
    for (size_t i = 0; i < json_array_size(migrations); i++) {
        const json_t *object = json_array_get(migrations, i);
        const char *app = json_string_value(json_object_get(object, "app"));
        const char *name = json_string_value(json_object_get(object, "name"));
        if (app == NULL || name == NULL || *app == '\0' || *name == '\0')
            return bad(reterr, "a migration without app or name");
        char _cleanup_free_ *id = mem_printf("%s.%s", app, name);
        struct migration *migration = expected_add(ret, id);
        if (read_pairs(json_object_get(object, "parents"), &migration->parents) != 0 ||
            read_pairs(json_object_get(object, "replaces"), &migration->replaces) != 0)
            return bad(reterr, "a migration whose parents or replaces are no lists of [app, name]");
    }
    const json_t *tenants = json_object_get(document, "tenants");
    const json_t *plain = json_object_get(document, "apps_without_migrations");
    ret->django_tenants = json_is_object(tenants);
    for (size_t i = 0; i < json_array_size(plain); i++) {
        const char *app = json_string_value(json_array_get(plain, i));
        if (app != NULL && (strcmp(app, "django_tenants") == 0 || strcmp(app, "tenant_schemas") == 0))
            ret->django_tenants = true;
    }
    mem_set(&ret->tenant_table, json_string_value(json_object_get(tenants, "table")));
    mem_set(&ret->public_schema, json_string_value(json_object_get(tenants, "public_schema")));
    return 0;
}

/* A line "[X]  app.name" or "[ ]  app.name", with more behind it at a higher verbosity. */
static int read_plan_line(const char *line, size_t len, struct expected *ret)
{
    if (len < 4 || line[0] != '[' || line[2] != ']' || strchr("X -", line[1]) == NULL)
        return -1;
    const char *id = line + 3;
    while (id < line + len && *id == ' ')
        id++;
    size_t id_len = 0;
    while (id + id_len < line + len && id[id_len] != ' ' && id[id_len] != '\t' && id[id_len] != '\r')
        id_len++;
    if (memchr(id, '.', id_len) == NULL)
        return -1;
    char _cleanup_free_ *text = mem_strndup(id, id_len);
    struct migration *migration = expected_add(ret, text);
    migration->parents_unknown = true;
    return 0;
}

static int read_plan(const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    int number = 0;
    for (const char *line = text, *end = text + len; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t line_len = newline ? (size_t)(newline - line) : (size_t)(end - line);
        size_t blank = strspn(line, " \t\r");
        number++;
        if (blank < line_len && read_plan_line(line, line_len, ret) != 0) {
            char _cleanup_free_ *what = mem_printf("line %d: neither JSON nor a line of `showmigrations --plan`", number);
            return bad(reterr, what);
        }
        line += line_len + (newline != NULL);
    }
    strv_add(&ret->notices, "a flat list: each migration must be applied, and the order is not checked, since "
                            "showmigrations --plan does not tell parents");
    return 0;
}

int listing_read_django(const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    size_t start = strspn(text, " \t\r\n");
    if (start >= len)
        return bad(reterr, "nothing came");
    ret->framework = FRAMEWORK_DJANGO;
    int code;
    if (text[start] == '{') {
        json_error_t why;
        json_t *document = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
        if (document == NULL) {
            char _cleanup_free_ *reason = text_escaped(why.text);
            char _cleanup_free_ *what = mem_printf("line %d: damaged JSON: %s", why.line, reason);
            return bad(reterr, what);
        }
        code = read_json(document, ret, reterr);
        json_decref(document);
    } else {
        code = read_plan(text, len, ret, reterr);
    }
    if (code == 0 && expected_finish(ret, reterr) != 0)
        code = err_wrap(reterr, "standard input");
    if (code == 0 && ret->count == 0)
        code = bad(reterr, "it lists no migrations");
    return code;
}
