/* Mentions of names in text that is not followed: which of them could change or hand on a list. */
#include "python/mention.h"

#include "python/scope.h"

/* Does a read of one item hand on something that can be changed? */
static bool holds_mutable_items(const struct py_value *value)
{
    if (value->type == PY_T_CLASS)
        return true;
    for (uint32_t i = 0; i < value->list.count; i++)
        if (value->list.items[i]->holds_mutable)
            return true;
    return false;
}

/* `len(X)`, `tuple(X)` and the like: calls that only read their argument. */
static bool is_reading_call(const struct py_module *m, uint32_t i)
{
    const struct py_token *items = m->tokens.items;
    if (i < 2 || !py_is_op(&items[i - 1], '(') || !py_is_op(&items[i + 1], ')') || items[i - 2].kind != PY_NAME)
        return false;
    if (i > 2 && py_is_op(&items[i - 3], '.'))
        return false;
    switch (items[i - 2].link) {
    case PY_W_LIST:
    case PY_W_TUPLE:
    case PY_W_SET:
    case PY_W_FROZENSET:
    case PY_W_SORTED:
    case PY_W_DICT:
    case PY_W_LEN:
    case PY_W_STR:
    case PY_W_REPR:
    case PY_W_PRINT:
    case PY_W_ANY:
    case PY_W_ALL:
    case PY_W_BOOL:
    case PY_W_ENUMERATE:
        return !py_is_bound(m, items[i - 2].link);
    default:
        return false;
    }
}

static bool is_comparison(const struct py_token *token)
{
    return token->kind == PY_OP && (token->op == PY_EQ || token->op == PY_NE || token->op == '<' || token->op == '>' ||
                                    token->op == PY_LE || token->op == PY_GE);
}

bool py_mention_is_unsafe(const struct py_module *m, uint32_t i, const struct py_value *value)
{
    const struct py_token *items = m->tokens.items;
    const struct py_token *next = &items[i + 1];
    static const struct py_token none = {.kind = PY_NEWLINE};
    const struct py_token *before = i > 0 ? &items[i - 1] : &none;
    if (holds_mutable_items(value))
        return true;
    if (py_is_op(next, '.')) {
        switch (items[i + 2].kind == PY_NAME ? items[i + 2].link : PY_SYMBOL_NONE) {
        case PY_W_INDEX:
        case PY_W_COUNT:
        case PY_W_COPY:
        case PY_W_GET:
        case PY_W_ITEMS:
        case PY_W_KEYS:
        case PY_W_VALUES:
            return !py_is_op(&items[i + 3], '(');
        default:
            return true;
        }
    }
    if (py_is_op(next, '[')) {
        /* Reading an item is harmless; storing one or deleting one is not. */
        const struct py_token *after = &items[next->link + 1];
        bool store = after->kind == PY_OP && (after->op == '=' || after->op == PY_ADD_EQ || after->op == PY_OR_EQ ||
                                              after->op == PY_AUG_EQ || after->op == ',' || after->op == ':');
        return store || py_is_word(before, PY_W_DEL) || py_is_word(before, PY_W_FOR) || py_is_op(before, ',') ||
               py_is_word(before, PY_W_AS);
    }
    if (py_is_op(next, '(') || py_is_op(next, PY_WALRUS))
        return true;
    if (py_is_word(before, PY_W_IN) || py_is_op(before, '*') || py_is_op(before, PY_POWER) || is_reading_call(m, i))
        return false;
    if (is_comparison(next) || (is_comparison(before) && !py_is_op(next, '+')))
        return false;
    if (py_is_op(next, '+') || py_is_op(before, '+')) /* makes a new list */
        return false;
    if (py_is_word(before, PY_W_NOT))
        return py_is_word(next, PY_W_AND) || py_is_word(next, PY_W_OR) ? true : false;
    if (py_is_word(before, PY_W_IF) && (py_is_op(next, ':') || py_is_word(next, PY_W_ELSE)))
        return false;
    return true;
}

/* `NAME=` in a call or a header names an argument. */
static bool is_keyword_argument(const struct py_module *m, uint32_t i)
{
    const struct py_token *items = m->tokens.items;
    return i > 0 && py_is_op(&items[i + 1], '=') && (py_is_op(&items[i - 1], '(') || py_is_op(&items[i - 1], ','));
}

void py_mentions(struct py_module *m, uint32_t first, uint32_t end)
{
    const struct py_token *items = m->tokens.items;
    m->work += end - first;
    if (m->work > PY_MAX_WORK && m->wild_why == NULL) {
        m->wild_why = "takes too long to evaluate";
        m->wild_line = items[first].line;
    }
    if (m->wild_why != NULL)
        return; /* nothing of this text is believed anyway */
    for (uint32_t i = first; i < end; i++) {
        if (items[i].kind != PY_NAME || py_is_keyword(items[i].link))
            continue;
        uint32_t symbol = items[i].link;
        if (symbol < PY_WORDS_END && symbol >= PY_KEYWORDS_END) {
            switch (symbol) {
            case PY_W_GLOBALS:
            case PY_W_LOCALS:
            case PY_W_VARS:
            case PY_W_EXEC:
            case PY_W_EVAL:
            case PY_W_SETATTR:
            case PY_W_DELATTR:
            case PY_W_DUNDER_IMPORT:
            case PY_W_DUNDER_BUILTINS:
                if (i == 0 || !py_is_op(&items[i - 1], '.') || (i > 1 && py_is_word(&items[i - 2], PY_W_BUILTINS)))
                    py_forget_all(m, i, "may be changed through globals(), locals(), exec() or the like");
                break;
            case PY_W_DUNDER_DICT:
                py_forget_all(m, i, "may be changed through __dict__");
                break;
            case PY_W_MODULES:
                if (i > 1 && py_is_op(&items[i - 1], '.') && py_is_word(&items[i - 2], PY_W_SYS))
                    py_forget_all(m, i, "may be changed through sys.modules");
                break;
            default:
                break;
            }
        }
        if (i > 0 && py_is_op(&items[i - 1], '.'))
            continue;
        if (py_is_op(&items[i + 1], PY_WALRUS)) {
            py_bind_unknown(m, symbol, i, m->context ? m->context : "is bound by :=");
            continue;
        }
        if (is_keyword_argument(m, i))
            continue;
        struct py_value *value = m->cls != NULL ? py_class_get(m->cls, symbol) : NULL;
        if (value == NULL)
            value = m->bound[symbol];
        if (value == NULL || !value->holds_mutable || !py_mention_is_unsafe(m, i, value))
            continue;
        py_value_spoil(value, m->context ? m->context : "is used in a way that may change it", symbol, items[i].line);
    }
}

/* The innermost function around the token, or NULL. */
static const struct py_range *innermost(const struct py_module *m, uint32_t token)
{
    const struct py_range *found = NULL;
    for (size_t i = 0; i < m->function_count && m->functions[i].first < token; i++)
        if (token < m->functions[i].end)
            found = &m->functions[i]; /* later ones begin later, so they are further inside */
    return found;
}

/* Does the name at `i` (in a function) get bound there, so that the function has a name of its own? */
static bool is_store(const struct py_module *m, uint32_t i)
{
    const struct py_token *items = m->tokens.items;
    if (py_is_op(&items[i - 1], '.'))
        return false;
    if (py_is_op(&items[i + 1], '=') || py_is_op(&items[i + 1], ':'))
        return items[i - 1].kind <= PY_DEDENT || py_is_op(&items[i - 1], ':') || py_is_op(&items[i - 1], ';');
    return py_is_word(&items[i - 1], PY_W_FOR) && py_is_word(&items[i + 1], PY_W_IN);
}

/* Is the name local to the function (or to one around it)? */
static bool is_local(struct py_module *m, uint32_t symbol, const struct py_range *function)
{
    const struct py_token *items = m->tokens.items;
    /* A parameter: in the brackets of the header. */
    if (py_is_word(&items[function->first], PY_W_DEF) && py_is_op(&items[function->first + 2], '(')) {
        for (uint32_t i = function->first + 3; i < items[function->first + 2].link; i = py_next(m, i))
            if (py_is_word(&items[i], symbol) && (py_is_op(&items[i - 1], '(') || py_is_op(&items[i - 1], ',')))
                return true;
    }
    m->work += function->end - function->first;
    for (uint32_t i = function->first + 1; i < function->end; i++)
        if (py_is_word(&items[i], symbol) && is_store(m, i) && innermost(m, i) == function)
            return true;
    return false;
}

uint32_t py_function_touches(struct py_module *m, uint32_t symbol, const struct py_value *value)
{
    const struct py_token *items = m->tokens.items;
    uint32_t checked = 0; /* functions inside functions are not looked through twice */
    if (value->type == PY_T_UNKNOWN || !m->in_functions[symbol])
        return 0;
    for (size_t k = 0; k < m->function_count; k++) {
        uint32_t i = m->functions[k].first + 1;
        if (i < checked)
            i = checked;
        for (; i < m->functions[k].end; i++) {
            if (m->work++ > PY_MAX_WORK)
                return i; /* looking further takes too long: it might be touched */
            if (!py_is_word(&items[i], symbol) || py_is_op(&items[i - 1], '.'))
                continue;
            /* global A, B */
            uint32_t back = i - 1;
            while (py_is_op(&items[back], ',') || (items[back].kind == PY_NAME && !py_is_keyword(items[back].link)))
                back--;
            if (py_is_word(&items[back], PY_W_GLOBAL))
                return i;
            if (!value->holds_mutable || is_keyword_argument(m, i) || !py_mention_is_unsafe(m, i, value))
                continue;
            const struct py_range *function = innermost(m, i);
            if (function != NULL && !is_local(m, symbol, function))
                return i;
        }
        if (m->functions[k].end > checked)
            checked = m->functions[k].end;
    }
    return 0;
}
