/* What a module could change in another one, in ways that are not followed. */
#include "python/reach.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "python/classes.h"
#include "python/scope.h"

/* Is `dotted` the module, or a package around it, through which it can be reached? */
static bool reaches(const char *dotted, const char *wanted)
{
    size_t len = strlen(dotted);
    return len > 0 && strncmp(dotted, wanted, len) == 0 && (wanted[len] == '\0' || wanted[len] == '.');
}

/* The dotted name at `i`, after `front` ("" or "package."), made absolute; *ret_end is the token after it. */
static char *name_at(const struct py_module *m, uint32_t i, const char *front, uint32_t *ret_end)
{
    struct buf _cleanup_buf_ dotted = BUF_INIT;
    const struct py_token *items = m->tokens.items;
    buf_puts(&dotted, front);
    for (; py_is_op(&items[i], '.') || py_is_op(&items[i], PY_ELLIPSIS) || py_is_identifier(&items[i]); i++) {
        if (!py_is_identifier(&items[i])) {
            buf_puts(&dotted, py_is_op(&items[i], '.') ? "." : "...");
            continue;
        }
        buf_add(&dotted, py_name(&m->tokens, &items[i])->text, py_name(&m->tokens, &items[i])->len);
        if (!py_is_op(&items[i + 1], '.')) {
            i++;
            break;
        }
    }
    *ret_end = i;
    return py_absolute_name(buf_text(&dotted), m->package ? m->package : "");
}

static bool in_function(const struct py_module *m, uint32_t token)
{
    for (size_t i = 0; i < m->function_count && m->functions[i].first < token; i++)
        if (token < m->functions[i].end)
            return true;
    return false;
}

/* Something that is imported: `name` is absolute, and `from` what it is imported from; NULL: nothing, as in `import a.b`. */
struct import {
    const char *from, *name;
    bool all; /* import * */
    bool in_function;
};

/* Does the text, anywhere, import something for which `test` holds? */
static bool any_import(const struct py_module *m, bool (*test)(const struct import *import, const char *wanted), const char *wanted)
{
    const struct py_token *items = m->tokens.items;
    for (uint32_t i = 0; items[i].kind != PY_END; i++) {
        bool from = py_is_word(&items[i], PY_W_FROM);
        if (!from && !py_is_word(&items[i], PY_W_IMPORT))
            continue;
        char _cleanup_free_ *front = NULL;
        if (from) {
            front = name_at(m, i + 1, "", &i);
            if (front == NULL || !py_is_word(&items[i], PY_W_IMPORT))
                continue;
        }
        char _cleanup_free_ *before = from ? mem_printf("%s%s", front, *front ? "." : "") : mem_strdup("");
        for (i++; items[i].kind > PY_DEDENT && !py_is_op(&items[i], ';'); i++) {
            struct import import = {.from = front, .name = before, .all = py_is_op(&items[i], '*'), .in_function = in_function(m, i)};
            if (import.all && test(&import, wanted))
                return true;
            if (!py_is_identifier(&items[i]) || py_is_word(&items[i - 1], PY_W_AS))
                continue;
            uint32_t after = i;
            char _cleanup_free_ *name = name_at(m, i, before, &after);
            import.name = name;
            if (name != NULL && test(&import, wanted))
                return true;
            i = after - 1;
        }
    }
    return false;
}

/* The module itself, or a package around it: through `base` whoever has it can change `base.APPS`. Or anything of it in a function,
 * which is not followed. */
static bool is_handle(const struct import *import, const char *module)
{
    bool hidden = import->in_function && import->from != NULL && strcmp(import->from, module) == 0;
    return hidden || (!import->all && reaches(import->name, module));
}

static bool is_all_of(const struct import *import, const char *module)
{
    return import->all && import->from != NULL && strcmp(import->from, module) == 0;
}

/* The same of the module that all are read for, which is never borrowed from: anything of it counts. */
static bool is_of_root(const struct import *import, const char *module)
{
    return is_handle(import, module) || (import->from != NULL && strcmp(import->from, module) == 0);
}

/* Is a name of `owner` given another value (`base.NAME = ...`)? */
static bool assigns(const struct py_module *m, const struct py_module *owner)
{
    const struct py_token *items = m->tokens.items;
    for (size_t i = 1; i + 1 < m->tokens.count; i++) {
        bool set = py_is_op(&items[i + 1], '=') || py_is_op(&items[i + 1], PY_ADD_EQ) || py_is_op(&items[i + 1], PY_AUG_EQ);
        if (!set || !py_is_op(&items[i - 1], '.') || !py_is_identifier(&items[i]))
            continue;
        char _cleanup_free_ *name = py_symbol_name(m, items[i].link);
        uint32_t symbol = py_symbols_find(&owner->tokens.symbols, name);
        if (symbol != PY_SYMBOL_NONE && owner->bound[symbol] != NULL)
            return true;
    }
    return false;
}

/* Does the text speak of something in `owner` that can be changed? */
static bool speaks_of(const struct py_module *m, const struct py_module *owner)
{
    for (size_t i = 0; i < m->tokens.count; i++)
        if (py_is_word(&m->tokens.items[i], PY_W_GETATTR) || py_is_word(&m->tokens.items[i], PY_W_SETATTR) ||
            py_is_word(&m->tokens.items[i], PY_W_VARS) || py_is_word(&m->tokens.items[i], PY_W_DUNDER_DICT))
            return true;
    if (assigns(m, owner))
        return true;
    for (uint32_t i = 0; i < owner->tokens.symbols.count; i++) {
        char _cleanup_free_ *name = owner->bound[i] != NULL && owner->bound[i]->holds_mutable ? py_symbol_name(owner, i) : NULL;
        if (name != NULL && py_symbols_find(&m->tokens.symbols, name) != PY_SYMBOL_NONE)
            return true;
    }
    return false;
}

bool py_reaches(const struct py_module *m, const struct py_module *owner, const char *dotted, bool root)
{
    if (root && any_import(m, is_all_of, dotted))
        return true;
    return any_import(m, root ? is_of_root : is_handle, dotted) && speaks_of(m, owner);
}
