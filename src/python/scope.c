/* Names of a module while it is followed, and what can be seen of it beforehand. */
#include "python/scope.h"

#include <string.h>

#include "base/mem.h"
#include "python/mention.h"

struct py_value *py_unknown_at(struct py_module *m, uint32_t token, const char *why)
{
    return py_value_unknown(&m->arena, why, PY_SYMBOL_NONE, m->tokens.items[token].line);
}

uint32_t py_add_symbol(struct py_module *m, const char *name)
{
    uint32_t symbol = py_symbols_find(&m->tokens.symbols, name);
    if (symbol != PY_SYMBOL_NONE)
        return symbol;
    size_t len = strlen(name), before = m->tokens.symbols.count;
    char *copy = py_arena_alloc(&m->arena, len + 1);
    memcpy(copy, name, len);
    symbol = py_symbols_intern(&m->tokens.symbols, copy, len);
    if (m->tokens.symbols.count > m->bound_cap) {
        m->bound_cap = m->tokens.symbols.count * 2;
        m->bound = mem_resize(m->bound, m->bound_cap, sizeof *m->bound);
        m->in_functions = mem_resize(m->in_functions, m->bound_cap, sizeof *m->in_functions);
    }
    for (size_t i = before; i < m->tokens.symbols.count; i++) {
        m->bound[i] = NULL;
        m->in_functions[i] = false;
    }
    return symbol;
}

static void bind_attribute(struct py_module *m, uint32_t symbol, struct py_value *value)
{
    struct py_value *cls = m->cls;
    if (value->depth >= PY_VALUE_DEPTH)
        value = py_value_unknown(&m->arena, "is nested too deeply", symbol, value->line);
    if (value->depth >= cls->depth)
        cls->depth = (uint8_t)(value->depth + 1);
    for (uint32_t i = 0; i < cls->cls.count; i++) {
        if (cls->cls.attributes[i].symbol == symbol) {
            cls->cls.attributes[i].value = value;
            return;
        }
    }
    if (cls->cls.count == PY_MAX_ATTRIBUTES) {
        cls->cls.overflow = true;
        return;
    }
    if (cls->cls.count == cls->cls.cap) {
        uint32_t cap = cls->cls.cap ? cls->cls.cap * 2 : 8;
        struct py_attribute *grown = py_arena_alloc(&m->arena, cap * sizeof *grown);
        if (cls->cls.count > 0)
            memcpy(grown, cls->cls.attributes, cls->cls.count * sizeof *grown);
        cls->cls.attributes = grown;
        cls->cls.cap = cap;
    }
    cls->cls.attributes[cls->cls.count++] = (struct py_attribute){symbol, value};
}

void py_bind(struct py_module *m, uint32_t symbol, struct py_value *value)
{
    if (value->type == PY_T_UNKNOWN && value->unknown.subject == PY_SYMBOL_NONE)
        value->unknown.subject = symbol;
    if (m->cls != NULL)
        bind_attribute(m, symbol, value);
    else
        m->bound[symbol] = value;
}

void py_bind_unknown(struct py_module *m, uint32_t symbol, uint32_t token, const char *why)
{
    py_bind(m, symbol, py_value_unknown(&m->arena, why, symbol, m->tokens.items[token].line));
}

bool py_is_bound(const struct py_module *m, uint32_t symbol)
{
    return m->bound[symbol] != NULL || (m->cls != NULL && py_class_get(m->cls, symbol) != NULL);
}

struct py_value *py_lookup(struct py_module *m, uint32_t symbol)
{
    struct py_value *value = m->cls != NULL ? py_class_get(m->cls, symbol) : NULL;
    if (value != NULL)
        return value;
    value = m->bound[symbol];
    if (value == NULL)
        return NULL;
    uint32_t token = py_function_touches(m, symbol, value);
    if (token != 0) {
        static const char why[] = "is changed in a function";
        py_value_spoil(value, why, symbol, m->tokens.items[token].line);
        if (value->type != PY_T_UNKNOWN && value->type != PY_T_CLASS)
            value = py_value_unknown(&m->arena, why, symbol, m->tokens.items[token].line);
        m->bound[symbol] = value;
    }
    return value;
}

static void set_wild(struct py_module *m, uint32_t token, const char *why)
{
    if (m->wild_why != NULL)
        return;
    m->wild_why = why;
    m->wild_line = m->tokens.items[token].line;
}

void py_forget_all(struct py_module *m, uint32_t token, const char *why)
{
    m->work += m->tokens.symbols.count + (m->cls != NULL ? m->cls->cls.count : 0);
    if (m->work > PY_MAX_WORK) {
        set_wild(m, token, why);
        return;
    }
    for (size_t i = 0; i < m->tokens.symbols.count; i++)
        if (m->bound[i] != NULL)
            m->bound[i] = py_value_unknown(&m->arena, why, (uint32_t)i, m->tokens.items[token].line);
    for (uint32_t i = 0; m->cls != NULL && i < m->cls->cls.count; i++) {
        struct py_attribute *attribute = &m->cls->cls.attributes[i];
        attribute->value = py_value_unknown(&m->arena, why, attribute->symbol, m->tokens.items[token].line);
    }
}

uint32_t py_next(const struct py_module *m, uint32_t i)
{
    const struct py_token *token = &m->tokens.items[i];
    return (py_is_open(token) ? token->link : i) + 1;
}

uint32_t py_find_op(const struct py_module *m, uint32_t i, uint32_t end, int op)
{
    while (i < end && !py_is_op(&m->tokens.items[i], op))
        i = py_next(m, i);
    return i < end ? i : end;
}

uint32_t py_find_colon(const struct py_module *m, uint32_t i, uint32_t end)
{
    int lambdas = 0; /* each has a colon of its own */
    for (; i < end; i = py_next(m, i)) {
        const struct py_token *token = &m->tokens.items[i];
        if (py_is_word(token, PY_W_LAMBDA))
            lambdas++;
        else if (py_is_op(token, ':') && lambdas-- == 0)
            return i;
    }
    return end;
}

/* The end of the function whose `def` or `lambda` is at `i`. A lambda is taken to reach to the end of its line or
 * bracket, which is too far at times, and so on the safe side. */
static uint32_t function_end(const struct py_module *m, uint32_t i)
{
    const struct py_token *items = m->tokens.items;
    bool lambda = py_is_word(&items[i], PY_W_LAMBDA);
    for (uint32_t k = i + 1;; k = py_next(m, k)) {
        if (items[k].kind == PY_END || (lambda && py_is_close(&items[k])))
            return k;
        if (items[k].kind == PY_NEWLINE)
            return items[k + 1].kind == PY_INDENT ? items[k + 1].link + 1 : k;
    }
}

/* `import builtins`, `from builtins import`, `builtins.NAME`: where it shows what is used of it. */
static bool is_plain_builtins(const struct py_module *m, uint32_t i)
{
    const struct py_token *items = m->tokens.items;
    if (py_is_op(&items[i + 1], '.') || (i > 0 && py_is_word(&items[i - 1], PY_W_FROM)))
        return true;
    return i > 0 && py_is_word(&items[i - 1], PY_W_IMPORT) &&
           (items[i + 1].kind == PY_NEWLINE || py_is_op(&items[i + 1], ';'));
}

/* Names through which a module can be changed from anywhere. `deep`: the token stands in a function; there, what only
 * reaches the function's own names is harmless. */
static const char *wild_word(const struct py_module *m, uint32_t i, bool deep)
{
    const struct py_token *items = m->tokens.items;
    bool attribute = i > 0 && py_is_op(&items[i - 1], '.') && !(i > 1 && py_is_word(&items[i - 2], PY_W_BUILTINS));
    switch (items[i].link) {
    case PY_W_GLOBALS:
        return attribute ? NULL : "may be changed through globals()";
    case PY_W_EXEC:
        return attribute ? NULL : "may be changed by exec()";
    case PY_W_EVAL:
        return attribute ? NULL : "may be changed by eval()";
    case PY_W_LOCALS:
        return attribute || deep ? NULL : "may be changed through locals()";
    case PY_W_VARS:
        return attribute || deep ? NULL : "may be changed through vars()";
    case PY_W_SETATTR:
        return attribute || deep ? NULL : "may be changed by setattr()";
    case PY_W_DELATTR:
        return attribute || deep ? NULL : "may be changed by delattr()";
    case PY_W_DUNDER_DICT:
        return deep ? NULL : "may be changed through __dict__";
    case PY_W_DUNDER_IMPORT:
        return deep ? NULL : "may be changed through __import__()";
    case PY_W_BUILTINS:
        return attribute || is_plain_builtins(m, i) ? NULL : "may be changed through the module builtins";
    case PY_W_DUNDER_BUILTINS:
        return "may be changed through __builtins__";
    case PY_W_MODULES:
        return attribute && i > 1 && py_is_word(&items[i - 2], PY_W_SYS) ? "may be changed through sys.modules" : NULL;
    default:
        return NULL;
    }
}

/* Is the name at `i` a function of this module that is called there (or, in strict reading, could be)? */
static bool is_own_call(const struct py_module *m, const bool *defined, uint32_t i)
{
    const struct py_token *items = m->tokens.items;
    if (!defined[items[i].link] || (i > 0 && (py_is_op(&items[i - 1], '.') || py_is_word(&items[i - 1], PY_W_DEF))))
        return false;
    return m->strict || py_is_op(&items[i + 1], '(') || (i > 0 && py_is_op(&items[i - 1], '@'));
}

/* Is the object that the word at `i` stands for kept under a name? */
static bool is_kept(const struct py_module *m, uint32_t i)
{
    const struct py_token *items = m->tokens.items;
    uint32_t first = i;
    bool called = py_is_op(&items[i + 1], '(');
    if (called && (items[i].link == PY_W_EXEC || items[i].link == PY_W_EVAL || items[i].link == PY_W_SETATTR ||
                   items[i].link == PY_W_DELATTR))
        return false; /* done with when it returns */
    while (first > 0 && items[first - 1].kind > PY_DEDENT && !py_is_op(&items[first - 1], ';'))
        first--;
    for (uint32_t k = first; k < i; k = py_next(m, k))
        if (py_is_op(&items[k], '=') || py_is_op(&items[k], PY_WALRUS) || py_is_word(&items[k], PY_W_IMPORT))
            return true;
    for (uint32_t k = first; k < i; k++)
        if (py_is_op(&items[k], PY_WALRUS))
            return true;
    return false;
}

void py_survey(struct py_module *m)
{
    const struct py_token *items = m->tokens.items;
    bool _cleanup_free_ *defined = mem_alloc(m->tokens.symbols.count);
    uint32_t function_end_at = 0, inside_token = 0;
    const char *inside_why = NULL;
    bool calls_own = false;
    for (uint32_t i = 0; items[i].kind != PY_END; i++)
        if (py_is_word(&items[i], PY_W_DEF) && items[i + 1].kind == PY_NAME)
            defined[items[i + 1].link] = true;
    for (uint32_t i = 0; items[i].kind != PY_END; i++) {
        if (items[i].kind != PY_NAME)
            continue;
        bool deep = i < function_end_at;
        uint32_t symbol = items[i].link;
        if (deep)
            m->in_functions[symbol] = true;
        if (symbol == PY_W_DEF || symbol == PY_W_LAMBDA) {
            MEM_GROW(m->functions, m->function_count, m->function_cap);
            struct py_range range = {i, function_end(m, i)};
            m->functions[m->function_count++] = range;
            if (range.end > function_end_at)
                function_end_at = range.end;
            continue;
        }
        if (!deep && is_own_call(m, defined, i))
            calls_own = true;
        if (symbol < PY_KEYWORDS_END || symbol >= PY_WORDS_END)
            continue;
        const char *why = wild_word(m, i, deep);
        if (why != NULL && deep && inside_why == NULL) {
            inside_why = why;
            inside_token = i;
        } else if (why != NULL && !deep) {
            /* Kept under a name, it reaches everything from then on; otherwise only what is bound so far, which
             * py_mentions() sees to. */
            if (is_kept(m, i))
                set_wild(m, i, why);
        }
    }
    /* What a function does counts when the module calls one of its own functions while it is imported. */
    if (inside_why != NULL && calls_own)
        set_wild(m, inside_token, inside_why);
}
