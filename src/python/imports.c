/* Import statements: what they bind. */
#include "python/imports.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "python/scope.h"

/* Adds the dotted name at `i` (leading dots included) and returns the token after it. */
static uint32_t dotted_name(const struct py_module *m, uint32_t i, uint32_t end, struct buf *out)
{
    for (; i < end; i++) {
        const struct py_token *token = &m->tokens.items[i];
        if (token->kind == PY_NAME && !py_is_keyword(token->link))
            buf_add(out, py_name(&m->tokens, token)->text, py_name(&m->tokens, token)->len);
        else if (py_is_op(token, '.'))
            buf_putc(out, '.');
        else if (py_is_op(token, PY_ELLIPSIS))
            buf_puts(out, "...");
        else
            break;
        /* `a b` ends after a, `a.b` goes on */
        if (token->kind == PY_NAME && (i + 1 >= end || !py_is_op(token + 1, '.')))
            return i + 1;
    }
    return i;
}

static void bind_import(struct py_module *m, uint32_t symbol, uint32_t token, const char *dotted, size_t len)
{
    if (m->context != NULL) {
        py_bind_unknown(m, symbol, token, m->context);
        return;
    }
    m->work += len / 16;
    struct py_value *value = py_value_string(&m->arena, dotted, len, m->tokens.items[token].line);
    value->type = PY_T_IMPORT;
    py_bind(m, symbol, value);
}

/* Does it name a module of the same project? What single names of others are makes no difference. */
static bool is_own(const struct py_module *m, const char *dotted)
{
    size_t own = strcspn(m->package, ".");
    return *dotted == '.' || (own > 0 && strncmp(dotted, m->package, own) == 0 && (dotted[own] == '.' || dotted[own] == '\0'));
}

/* import a.b, c.d as e */
static void plain_import(struct py_module *m, uint32_t i, uint32_t end)
{
    const struct py_token *items = m->tokens.items;
    while (i < end) {
        struct buf _cleanup_buf_ dotted = {.max = PY_MAX_STRING};
        uint32_t first = i;
        i = dotted_name(m, i, end, &dotted);
        if (m->borrow_visit != NULL && is_own(m, buf_text(&dotted)))
            m->borrow_visit(m->borrow_context, m, buf_text(&dotted));
        if (i + 1 < end && py_is_word(&items[i], PY_W_AS) && py_is_identifier(&items[i + 1])) {
            bind_import(m, items[i + 1].link, i + 1, buf_text(&dotted), dotted.len);
            i += 2;
        } else if (py_is_identifier(&items[first])) {
            /* `import a.b` binds a */
            bind_import(m, items[first].link, first, buf_text(&dotted), strcspn(buf_text(&dotted), "."));
        }
        if (i < end && !py_is_op(&items[i], ','))
            break;
        i++;
    }
}

/* Binds the symbol to the value of that name in another module. Where it is not certain that this happens, who has the name may
 * change what it stands for. */
static bool borrow_one(struct py_module *m, uint32_t symbol, uint32_t token, const char *dotted, const char *name)
{
    struct py_value *value = m->borrow_value(m->borrow_context, m, dotted, name, m->tokens.items[token].line);
    if (value == NULL)
        return false;
    if (m->context != NULL) {
        py_value_spoil(value, m->context, symbol, m->tokens.items[token].line);
        py_bind_unknown(m, symbol, token, m->context);
    } else {
        py_bind(m, symbol, value);
    }
    return true;
}

/* Takes over the values of another module. False where it is not known what that does. */
static bool borrow_all(struct py_module *m, uint32_t token, const char *dotted)
{
    struct strv _cleanup_strv_ names = STRV_INIT;
    enum py_star star = m->borrow_names != NULL ? m->borrow_names(m->borrow_context, m, dotted, &names) : PY_STAR_UNKNOWN;
    if (star == PY_STAR_NOTHING)
        return m->context != NULL; /* `try: from .local import *`: without such a module nothing happens */
    if (star != PY_STAR_NAMES || m->cls != NULL)
        return false;
    for (size_t i = 0; i < names.count; i++)
        if (!borrow_one(m, py_add_symbol(m, names.items[i]), token, dotted, names.items[i]))
            py_bind_unknown(m, py_add_symbol(m, names.items[i]), token, "comes from import * in a way that is not followed");
    return true;
}

/* from a.b import * */
static void star_import(struct py_module *m, uint32_t token, const char *dotted)
{
    static const char why[] = "may come from import *";
    struct strv _cleanup_strv_ names = STRV_INIT;
    if (borrow_all(m, token, dotted))
        return;
    if (m->star_names == NULL || !m->star_names(m->star_context, dotted, &names)) {
        m->star_line = m->tokens.items[token].line;
        py_forget_all(m, token, why);
        return;
    }
    for (size_t i = 0; i + 1 < names.count; i += 2) {
        /* Also what the text does not speak of: others may ask for it. */
        uint32_t symbol = py_add_symbol(m, names.items[i]);
        bind_import(m, symbol, token, names.items[i + 1], strlen(names.items[i + 1]));
    }
}

/* from a.b import c, d as e */
static void from_import(struct py_module *m, uint32_t i, uint32_t end)
{
    const struct py_token *items = m->tokens.items;
    struct buf _cleanup_buf_ dotted = {.max = PY_MAX_STRING};
    i = dotted_name(m, i, end, &dotted);
    if (i >= end || !py_is_word(&items[i], PY_W_IMPORT))
        return;
    i++;
    if (i < end && py_is_op(&items[i], '*')) {
        star_import(m, i, buf_text(&dotted));
        return;
    }
    if (i < end && py_is_op(&items[i], '(')) {
        end = items[i].link;
        i++;
    }
    char _cleanup_free_ *from = mem_strdup(buf_text(&dotted));
    if (dotted.len > 0 && buf_text(&dotted)[dotted.len - 1] != '.')
        buf_putc(&dotted, '.');
    size_t base = dotted.len;
    while (i < end && py_is_identifier(&items[i])) {
        const struct py_symbol *name = py_name(&m->tokens, &items[i]);
        dotted.len = base;
        buf_add(&dotted, name->text, name->len);
        uint32_t bound = i++;
        if (i + 1 < end && py_is_word(&items[i], PY_W_AS) && py_is_identifier(&items[i + 1])) {
            bound = i + 1;
            i += 2;
        }
        bool borrowed = m->borrow_value != NULL && is_own(m, from) &&
                        borrow_one(m, items[bound].link, bound, from, buf_text(&dotted) + base);
        if (!borrowed)
            bind_import(m, items[bound].link, bound, buf_text(&dotted), dotted.len);
        if (i < end && py_is_op(&items[i], ','))
            i++;
    }
}

void py_import_statement(struct py_module *m, uint32_t first, uint32_t end)
{
    if (py_is_word(&m->tokens.items[first], PY_W_IMPORT))
        plain_import(m, first + 1, end);
    else
        from_import(m, first + 1, end);
}
