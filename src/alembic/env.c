/* An Alembic env.py. */
#include "alembic/env.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "python/literal.h"
#include "python/module.h"

void alembic_env_done(struct alembic_env *env)
{
    free(env->table);
    free(env->schema);
    *env = (struct alembic_env){0};
}

struct reading {
    struct py_module *module;
    const char *file;
    bool table_known;
    bool schema_varies; /* some call sets a schema that is computed, or another one */
    struct err *reterr;
};

static int undecided(const struct reading *r, uint32_t line, const char *what)
{
    if (r->table_known)
        return 0;
    err_set(r->reterr, ERR_NO_EXPECTED, "%s:%u: %s", r->file, line, what);
    return err_hint(r->reterr, "set migrations.table to the name of the version table");
}

/* Is the name a parameter of some function, or bound in one? Then it is not the module's that is meant there. */
static bool is_local_somewhere(const struct py_module *m, uint32_t symbol)
{
    const struct py_token *items = m->tokens.items;
    for (size_t k = 0; k < m->function_count; k++) {
        uint32_t header = m->functions[k].first + 2;
        bool has_header = py_is_word(&items[m->functions[k].first], PY_W_DEF) && py_is_op(&items[header], '(');
        for (uint32_t i = m->functions[k].first + 1; i < m->functions[k].end; i++) {
            bool parameter = has_header && i > header && i < items[header].link;
            bool bound =
                (items[i - 1].kind <= PY_DEDENT || py_is_op(&items[i - 1], ';')) && py_is_op(&items[i + 1], '=');
            if (py_is_word(&items[i], symbol) &&
                (parameter || bound || py_is_word(&items[m->functions[k].first], PY_W_LAMBDA)))
                return true;
        }
    }
    return false;
}

/* Does the token stand in the header of a function? There it names a parameter. */
static bool is_in_header(const struct py_module *m, uint32_t token)
{
    const struct py_token *items = m->tokens.items;
    for (size_t k = 0; k < m->function_count; k++) {
        uint32_t header = m->functions[k].first + 2;
        if (py_is_word(&items[m->functions[k].first], PY_W_DEF) && py_is_op(&items[header], '(') && token > header &&
            token < items[header].link)
            return true;
    }
    return false;
}

/* The value of the argument whose first token is at `i`: a string literal, or a name that the module binds to one.
 * NULL when it is neither. */
static char *argument(const struct reading *r, uint32_t i)
{
    const struct py_token *items = r->module->tokens.items;
    uint32_t end = i;
    while (items[end].kind == PY_STRING)
        end++;
    if (end == i && py_is_identifier(&items[i]))
        end++;
    if (end == i || !(py_is_op(&items[end], ',') || py_is_op(&items[end], ')')))
        return NULL;
    if (items[i].kind == PY_STRING) {
        struct buf _cleanup_buf_ text = BUF_INIT;
        for (uint32_t k = i; k < end; k++)
            if (py_literal_decode(&r->module->tokens, &items[k], &text) != NULL)
                return NULL;
        return buf_steal(&text);
    }
    if (is_local_somewhere(r->module, items[i].link))
        return NULL;
    const struct py_value *value = py_module_get_symbol(r->module, items[i].link);
    return value != NULL && py_is_string(value) ? mem_strdup(value->string.text) : NULL;
}

static int take_table(struct reading *r, uint32_t i, struct alembic_env *ret)
{
    const struct py_token *items = r->module->tokens.items;
    /* `version_table=version_table` hands on an argument of a function: what matters is its value. */
    char _cleanup_free_ *value = argument(r, i + 2);
    if (value == NULL)
        return undecided(r, items[i].line, "the value of version_table is computed");
    if (ret->table != NULL && strcmp(ret->table, value) != 0)
        return undecided(r, items[i].line, "version_table is named twice, with different values");
    mem_set(&ret->table, value);
    return 0;
}

static void take_schema(struct reading *r, uint32_t i, struct alembic_env *ret)
{
    char _cleanup_free_ *value = argument(r, i + 2);
    if (value == NULL || (ret->schema != NULL && strcmp(ret->schema, value) != 0))
        r->schema_varies = true;
    else
        mem_set(&ret->schema, value);
}

static int one_token(struct reading *r, uint32_t i, struct alembic_env *ret)
{
    const struct py_token *items = r->module->tokens.items;
    if (items[i].kind == PY_STRING) {
        struct buf _cleanup_buf_ text = BUF_INIT;
        if (items[i].len < 80 && py_literal_decode(&r->module->tokens, &items[i], &text) == NULL) {
            if (strcmp(buf_text(&text), "version_table") == 0)
                return undecided(r, items[i].line, "version_table is set in a way that is not understood");
            if (strcmp(buf_text(&text), "version_table_schema") == 0)
                r->schema_varies = true;
        }
        return 0;
    }
    bool table = py_is_word(&items[i], PY_W_VERSION_TABLE), schema = py_is_word(&items[i], PY_W_VERSION_TABLE_SCHEMA);
    if (!table && !schema)
        return 0;
    bool is_argument = i > 0 && (py_is_op(&items[i - 1], '(') || py_is_op(&items[i - 1], ',')) &&
                       py_is_op(&items[i + 1], '=') && !is_in_header(r->module, i);
    if (is_argument && schema)
        take_schema(r, i, ret);
    else if (is_argument)
        return take_table(r, i, ret);
    return 0; /* a variable of that name; what it is used for shows elsewhere */
}

int alembic_env_parse(const char *file, const char *text, size_t len, bool table_known, struct alembic_env *ret,
                      struct err *reterr)
{
    struct py_module _cleanup_py_module_ module = {0};
    struct py_failure failure = {0};
    char _cleanup_free_ *shown = text_escaped(file);
    struct reading r = {.module = &module, .file = shown, .table_known = table_known, .reterr = reterr};
    if (py_module_read(&module, text, len, &failure) != 0) {
        if (memmem(text, len, "version_table", 13) == NULL)
            return 0;
        return undecided(&r, failure.line, failure.what);
    }
    for (uint32_t i = 0; module.tokens.items[i].kind != PY_END; i++) {
        if (one_token(&r, i, ret) != 0) {
            alembic_env_done(ret);
            return -1;
        }
    }
    if (r.schema_varies)
        mem_set(&ret->schema, NULL);
    return 0;
}
