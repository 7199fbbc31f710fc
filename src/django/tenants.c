/* What django-tenants and its kin say in the settings. */
#include "django/tenants.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "python/literal.h"

/* Longer names of tables are cut and get a hash (PostgreSQL's 63 bytes). */
#define TABLE_MAX_BYTES 63

void django_table_done(struct django_table *table)
{
    free(table->created_table);
    free(table->altered_table);
}

/* The string literal at the token, or NULL. */
static char *literal(const struct py_tokens *tokens, uint32_t i)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (tokens->items[i].kind != PY_STRING || py_literal_decode(tokens, &tokens->items[i], &text) != NULL)
        return NULL;
    return buf_steal(&text);
}

static uint32_t next(const struct py_tokens *tokens, uint32_t i)
{
    return (py_is_open(&tokens->items[i]) ? tokens->items[i].link : i) + 1;
}

/* The first token of an argument of the call whose bracket is at `open`: by name, else by position. 0: not given. */
static uint32_t argument(const struct py_tokens *tokens, uint32_t open, const char *name, int position)
{
    const struct py_token *items = tokens->items;
    uint32_t symbol = py_symbols_find(&tokens->symbols, name), close = items[open].link;
    int at = 0;
    bool start = true;
    for (uint32_t i = open + 1; i < close; i = next(tokens, i)) {
        if (start && symbol != PY_SYMBOL_NONE && py_is_word(&items[i], symbol) && py_is_op(&items[i + 1], '='))
            return i + 2;
        if (start && at == position && !(items[i].kind == PY_NAME && py_is_op(&items[i + 1], '=')))
            return i;
        start = py_is_op(&items[i], ',');
        at += start;
    }
    return 0;
}

/* Is the argument the literal name of the model? `*unclear` is set when it is no literal. */
static bool names_model(const struct py_tokens *tokens, uint32_t value, const char *model, bool *unclear)
{
    char _cleanup_free_ *name = value ? literal(tokens, value) : NULL;
    if (name == NULL)
        *unclear = true;
    return name != NULL && strcasecmp(name, model) == 0;
}

/* options={...}: its "db_table". False when it is not understood. */
static bool table_option(const struct py_tokens *tokens, uint32_t options, char **ret)
{
    *ret = NULL;
    if (options == 0)
        return true;
    if (!py_is_op(&tokens->items[options], '{'))
        return false;
    uint32_t close = tokens->items[options].link;
    for (uint32_t i = options + 1; i < close; i = next(tokens, i)) {
        if (py_is_op(&tokens->items[i], PY_POWER)) /* ** of something else */
            return false;
        char _cleanup_free_ *key = py_is_op(&tokens->items[i + 1], ':') ? literal(tokens, i) : NULL;
        if (key == NULL || strcmp(key, "db_table") != 0)
            continue;
        *ret = literal(tokens, i + 2);
        return *ret != NULL && (py_is_op(&tokens->items[i + 3], ',') || i + 3 == close);
    }
    return true;
}

static void create_model(struct django_table *table, const struct py_tokens *tokens, uint32_t open)
{
    char _cleanup_free_ *found = NULL;
    if (!names_model(tokens, argument(tokens, open, "name", 0), table->model, &table->renamed))
        return;
    if (!table_option(tokens, argument(tokens, open, "options", 2), &found) ||
        (table->created && (table->created_table == NULL) != (found == NULL)) ||
        (table->created && found != NULL && strcmp(found, table->created_table) != 0))
        table->renamed = true;
    table->created = true;
    mem_set(&table->created_table, found);
}

static void alter_table(struct django_table *table, const struct py_tokens *tokens, uint32_t open)
{
    if (!names_model(tokens, argument(tokens, open, "name", 0), table->model, &table->renamed))
        return;
    uint32_t value = argument(tokens, open, "table", 1);
    char _cleanup_free_ *name = value ? literal(tokens, value) : NULL;
    bool none = value != 0 && py_is_word(&tokens->items[value], PY_W_NONE);
    /* Of several, which one comes last is not looked into. */
    if ((name == NULL && !none) || table->altered)
        table->renamed = true;
    table->altered = true;
    mem_set(&table->altered_table, name);
}

void django_table_scan(struct django_table *table, const char *text, size_t len)
{
    struct py_tokens _cleanup_py_tokens_ tokens = {0};
    struct py_failure failure = {0};
    if (py_tokenize(&tokens, text, len, &failure) != 0) {
        table->renamed = true;
        return;
    }
    uint32_t create = py_symbols_find(&tokens.symbols, "CreateModel");
    uint32_t alter = py_symbols_find(&tokens.symbols, "AlterModelTable");
    uint32_t rename = py_symbols_find(&tokens.symbols, "RenameModel");
    for (uint32_t i = 0; tokens.items[i].kind != PY_END; i++) {
        const struct py_token *token = &tokens.items[i];
        if (token->kind != PY_NAME || !py_is_op(token + 1, '('))
            continue;
        bool unclear = false;
        if (token->link == create)
            create_model(table, &tokens, i + 1);
        else if (token->link == alter)
            alter_table(table, &tokens, i + 1);
        else if (token->link == rename &&
                 (names_model(&tokens, argument(&tokens, i + 1, "old_name", 0), table->model, &unclear) ||
                  names_model(&tokens, argument(&tokens, i + 1, "new_name", 1), table->model, &unclear) || unclear))
            table->renamed = true;
    }
}

char *django_table_name(const struct django_table *table, const char *label)
{
    if (table->renamed || !table->created)
        return NULL;
    const char *name = table->altered ? table->altered_table : table->created_table;
    if (name != NULL)
        return mem_strdup(name);
    char *made = mem_printf("%s_%s", label, table->model);
    for (char *p = made + strlen(label); *p; p++) {
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p | 0x20);
        else if ((unsigned char)*p > 127)
            made[0] = '\0'; /* lower case beyond ASCII is not worked out here */
    }
    if (*made != '\0' && strlen(made) <= TABLE_MAX_BYTES)
        return made;
    free(made);
    return NULL;
}

static bool has_tenant_app(const struct django_apps *apps)
{
    static const char *const names[] = {"django_tenants", "tenant_schemas"};
    for (size_t i = 0; i < apps->count; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            if ((apps->items[i].name != NULL && strcmp(apps->items[i].name, names[k]) == 0) ||
                strcmp(apps->items[i].label, names[k]) == 0)
                return true;
    return false;
}

static char *find_table(const struct django_apps *apps, const struct django_nodes *nodes, const char *tenant_model)
{
    const char *dot = strchr(tenant_model, '.');
    if (dot == NULL)
        return NULL;
    char _cleanup_free_ *label = mem_strndup(tenant_model, (size_t)(dot - tenant_model));
    size_t app = strmap_get(&apps->by_label, label);
    struct django_table _cleanup_(django_table_done) table = {.model = dot + 1};
    for (size_t i = 0; i < nodes->count; i++) {
        struct buf _cleanup_buf_ text = BUF_INIT;
        struct err _cleanup_err_ ignored = ERR_INIT;
        if (nodes->items[i].app != app)
            continue;
        if (nodes->items[i].compiled || py_file_read(nodes->items[i].file, &text, &ignored) != 0)
            return NULL;
        django_table_scan(&table, buf_text(&text), text.len);
    }
    return app == STRMAP_NONE ? NULL : django_table_name(&table, label);
}

int django_tenants_read(struct django_settings *settings, const struct django_apps *apps,
                        const struct django_nodes *nodes, struct expected *ret, struct err *reterr)
{
    struct err _cleanup_err_ model_err = ERR_INIT, schema_err = ERR_INIT;
    const char *model = NULL, *schema = NULL;
    bool model_known = django_settings_string(settings, "TENANT_MODEL", &model, &model_err) == 0;
    (void)reterr; /* nothing here is an error: what is not decided is left open */
    ret->django_tenants = has_tenant_app(apps) || model != NULL;
    if (!ret->django_tenants)
        return 0;
    bool schema_known = django_settings_string(settings, "PUBLIC_SCHEMA_NAME", &schema, &schema_err) == 0;
    mem_set(&ret->public_schema, schema);
    if (settings->file == NULL) {
        strv_add(&ret->notices, "the Django settings are not known, so the table of the tenants is not, either");
    } else if (!model_known || !schema_known) {
        strv_take(&ret->notices, mem_printf("the table of the tenants is not known: %s",
                                            model_known ? schema_err.msg : model_err.msg));
    } else if (model != NULL) {
        ret->tenant_table = find_table(apps, nodes, model);
        char _cleanup_free_ *shown = text_escaped(model);
        if (ret->tenant_table == NULL)
            strv_take(&ret->notices,
                      mem_printf("the table of the tenant model %s is not known: the migrations of its app do "
                                 "not decide it",
                                 shown));
    } else {
        strv_take(&ret->notices,
                  mem_printf("the table of the tenants is not known: %s does not set TENANT_MODEL", settings->file));
    }
    return 0;
}
