/* The expressions that are understood: literals; displays of lists, tuples, sets and dictionaries with *X and **X; names
 * bound earlier; `+` of strings and of sequences; `[a for a in X if a not in Y]`; list(X), tuple(X), set(X), sorted(X),
 * dict.fromkeys(X); imported names with attributes, and calls of them (the call is kept, its result is not known). */
#include <string.h>

#include "python/literal.h"
#include "python/scope.h"

/* A cursor over the expression. A parsing function returns NULL when it does not understand what stands there. */
struct cursor {
    struct py_module *m;
    uint32_t i, end;
    struct py_value *unknown; /* the unknown value that made it fail, to be handed on; or NULL */
};

static struct py_value *sum(struct cursor *c);

static const struct py_token *at(const struct cursor *c)
{
    return &c->m->tokens.items[c->i];
}

static bool is_at(const struct cursor *c, int op)
{
    return c->i < c->end && py_is_op(at(c), op);
}

static struct py_value *new_value(struct cursor *c, enum py_type type)
{
    return py_value_new(&c->m->arena, type, at(c)->line);
}

static struct py_value *fail(struct cursor *c, const char *why)
{
    if (c->unknown == NULL)
        c->unknown = py_unknown_at(c->m, c->i < c->end ? c->i : c->end - 1, why);
    return NULL;
}

static struct py_value *fail_with(struct cursor *c, struct py_value *unknown)
{
    if (c->unknown == NULL)
        c->unknown = unknown;
    return NULL;
}

/* Adds the item; false (and failed) when there is too much of it. */
static bool push(struct cursor *c, struct py_value *list, struct py_value *item)
{
    if (++c->m->work > PY_MAX_WORK || c->m->arena.total > PY_MAX_ARENA || !py_value_push(&c->m->arena, list, item)) {
        c->unknown = NULL; /* said instead of what may have gone wrong inside */
        fail(c, "is too large or nested too deeply");
        return false;
    }
    return true;
}

static bool push_all(struct cursor *c, struct py_value *list, const struct py_value *from)
{
    uint32_t count = from->list.count; /* `from` may be `list` itself */
    for (uint32_t i = 0; i < count; i++)
        if (!push(c, list, from->list.items[i]))
            return false;
    return true;
}

/* The next token at the cursor's level that is this operator, or c->end. */
static uint32_t find(const struct cursor *c, uint32_t end, int op)
{
    return py_find_op(c->m, c->i, end, op);
}

static bool has_word(const struct py_module *m, uint32_t first, uint32_t end, uint32_t word)
{
    for (uint32_t i = first; i < end; i = py_next(m, i))
        if (py_is_word(&m->tokens.items[i], word))
            return true;
    return false;
}

static struct py_value *strings(struct cursor *c)
{
    struct buf _cleanup_buf_ text = {.max = PY_MAX_STRING};
    uint32_t line = at(c)->line;
    const char *why = NULL;
    for (; c->i < c->end && at(c)->kind == PY_STRING; c->i++)
        if (why == NULL)
            why = py_literal_decode(&c->m->tokens, at(c), &text);
    if (why == NULL && text.truncated)
        why = "is a string of more than 64 KiB";
    if (why != NULL)
        return py_value_unknown(&c->m->arena, why, PY_SYMBOL_NONE, line);
    return py_value_string(&c->m->arena, buf_text(&text), text.len, line);
}

/* One element between commas: never fails, but may be unknown. */
static struct py_value *element(struct cursor *c, uint32_t end)
{
    struct py_value *value = py_eval(c->m, c->i, end);
    c->i = end;
    return value;
}

/* The sequence that stands at the cursor, up to `end`; NULL when it is not known. */
static struct py_value *sequence(struct cursor *c, uint32_t end)
{
    struct py_value *value = element(c, end);
    if (value->type == PY_T_UNKNOWN)
        return fail_with(c, value);
    if (value->type == PY_T_DICT) {
        struct py_value *keys = py_value_new(&c->m->arena, PY_T_SET, value->line);
        for (uint32_t i = 0; i < value->list.count; i += 2)
            if (!push(c, keys, value->list.items[i]))
                return NULL;
        return keys;
    }
    if (py_is_sequence(value))
        return value;
    return fail(c, value->type == PY_T_CALL     ? "is the result of a call"
                   : value->type == PY_T_IMPORT ? "is computed from something imported"
                                                : "is computed from something that is no list");
}

/* Elements up to `end`, with *X, added to `list`. */
static bool elements(struct cursor *c, uint32_t end, struct py_value *list)
{
    while (c->i < end) {
        uint32_t comma = find(c, end, ',');
        if (py_is_op(at(c), '*')) {
            c->i++;
            struct py_value *from = sequence(c, comma);
            if (from == NULL || !push_all(c, list, from))
                return false;
        } else if (!push(c, list, element(c, comma))) {
            return false;
        }
        c->i = comma < end ? comma + 1 : end;
    }
    return true;
}

static bool contains(struct cursor *c, const struct py_value *list, const struct py_value *item, bool *known)
{
    c->m->work += list->list.count;
    for (uint32_t i = 0; i < list->list.count; i++) {
        if (!py_is_string(list->list.items[i]))
            *known = false;
        else if (strcmp(list->list.items[i]->string.text, item->string.text) == 0)
            return true;
    }
    return false;
}

/* Drops from `kept` what the condition in [first, end), on the variable, does not let through. */
static struct py_value *filter(struct cursor *c, struct py_value *kept, uint32_t variable, uint32_t first, uint32_t end)
{
    const struct py_token *items = c->m->tokens.items;
    static const char why[] = "is filtered by a condition that is not understood";
    if (end - first < 3 || !py_is_word(&items[first], variable))
        return fail(c, why);
    uint32_t i = first + 1;
    bool wanted = true, member = true;
    if (py_is_word(&items[i], PY_W_NOT) && py_is_word(&items[i + 1], PY_W_IN)) {
        wanted = false;
        i += 2;
    } else if (py_is_word(&items[i], PY_W_IN)) {
        i++;
    } else if (py_is_op(&items[i], PY_EQ) || py_is_op(&items[i], PY_NE)) {
        wanted = items[i].op == PY_EQ;
        member = false;
        i++;
    } else {
        return fail(c, why);
    }
    struct py_value *other = py_eval(c->m, i, end);
    if (other->type == PY_T_UNKNOWN)
        return fail_with(c, other);
    if (member ? !py_is_sequence(other) : !py_is_string(other))
        return fail(c, why);
    struct py_value *result = new_value(c, PY_T_LIST);
    for (uint32_t k = 0; k < kept->list.count; k++) {
        struct py_value *item = kept->list.items[k];
        bool known = py_is_string(item);
        bool found = known && (member ? contains(c, other, item, &known) : strcmp(item->string.text, other->string.text) == 0);
        if (!known && !found)
            return fail(c, why);
        if (c->m->work > PY_MAX_WORK)
            return fail(c, "takes too long to evaluate");
        if (found == wanted && !push(c, result, item))
            return NULL;
    }
    return result;
}

/* `a for a in X [if a not in Y] ...` up to `end`. */
static struct py_value *comprehension(struct cursor *c, uint32_t end)
{
    static const char why[] = "is a comprehension that is not understood";
    const struct py_token *items = c->m->tokens.items;
    uint32_t i = c->i;
    if (end - i < 5 || !py_is_identifier(&items[i]) || !py_is_word(&items[i + 1], PY_W_FOR) ||
        !py_is_word(&items[i + 2], items[i].link) || !py_is_word(&items[i + 3], PY_W_IN))
        return fail(c, why);
    uint32_t variable = items[i].link, outer = c->m->loop_symbol;
    c->i = i + 4;
    uint32_t stop = c->i;
    while (stop < end && !py_is_word(&items[stop], PY_W_IF) && !py_is_word(&items[stop], PY_W_FOR))
        stop = py_next(c->m, stop);
    struct py_value *kept = sequence(c, stop);
    c->m->loop_symbol = variable; /* the variable hides a name of the module */
    while (kept != NULL && stop < end) {
        if (py_is_word(&items[stop], PY_W_FOR)) {
            kept = fail(c, why);
            break;
        }
        uint32_t first = stop + 1;
        for (stop = first; stop < end && !py_is_word(&items[stop], PY_W_IF) && !py_is_word(&items[stop], PY_W_AND) &&
                           !py_is_word(&items[stop], PY_W_FOR);)
            stop = py_next(c->m, stop);
        kept = filter(c, kept, variable, first, stop);
    }
    c->m->loop_symbol = outer;
    if (kept == NULL)
        return NULL;
    struct py_value *result = py_value_new(&c->m->arena, PY_T_LIST, items[i].line);
    c->i = end;
    return push_all(c, result, kept) ? result : NULL;
}

static struct py_value *parentheses(struct cursor *c)
{
    const struct py_module *m = c->m;
    uint32_t close = at(c)->link, first = c->i + 1;
    struct py_value *tuple = new_value(c, PY_T_TUPLE);
    c->i = first;
    if (has_word(m, first, close, PY_W_FOR))
        return fail(c, "is a generator");
    bool comma = find(c, close, ',') < close;
    if (first < close && !comma && !py_is_op(at(c), '*')) {
        struct py_value *inner = py_eval(c->m, first, close);
        c->i = close + 1;
        return inner->type == PY_T_UNKNOWN ? fail_with(c, inner) : inner;
    }
    if (!elements(c, close, tuple))
        return NULL;
    c->i = close + 1;
    return tuple;
}

static struct py_value *brackets(struct cursor *c)
{
    uint32_t close = at(c)->link;
    struct py_value *list = new_value(c, PY_T_LIST);
    c->i++;
    if (has_word(c->m, c->i, close, PY_W_FOR))
        list = comprehension(c, close);
    else if (!elements(c, close, list))
        list = NULL;
    c->i = close + 1;
    return list;
}

static bool dict_item(struct cursor *c, uint32_t end, struct py_value *dict)
{
    if (py_is_op(at(c), PY_POWER)) {
        c->i++;
        struct py_value *from = element(c, end);
        if (from->type == PY_T_UNKNOWN)
            return fail_with(c, from) != NULL;
        return from->type == PY_T_DICT ? push_all(c, dict, from) : fail(c, "is computed from something else") != NULL;
    }
    uint32_t colon = py_find_colon(c->m, c->i, end);
    if (colon == end)
        return fail(c, "is neither a set nor a dictionary") != NULL;
    struct py_value *key = element(c, colon);
    if (key->type == PY_T_UNKNOWN)
        return fail_with(c, key) != NULL;
    if (!py_is_string(key))
        return fail(c, "is a dictionary with a key that is no string") != NULL;
    c->i = colon + 1;
    return push(c, dict, key) && push(c, dict, element(c, end));
}

static struct py_value *braces(struct cursor *c)
{
    uint32_t close = at(c)->link, first = c->i + 1;
    struct py_value *result = new_value(c, PY_T_DICT);
    c->i = first;
    if (has_word(c->m, first, close, PY_W_FOR))
        return fail(c, "is a comprehension that is not understood");
    uint32_t comma = find(c, close, ',');
    bool dict = first == close || py_is_op(at(c), PY_POWER) || py_find_colon(c->m, first, comma) < comma;
    if (!dict)
        result->type = PY_T_SET;
    if (!dict && !elements(c, close, result))
        return NULL;
    while (dict && c->i < close) {
        comma = find(c, close, ',');
        if (!dict_item(c, comma, result))
            return NULL;
        c->i = comma < close ? comma + 1 : close;
    }
    c->i = close + 1;
    return result;
}

/* list(X), tuple(X), set(X), frozenset(X), sorted(X), dict.fromkeys(X) of a known sequence: a new object. */
static struct py_value *converted(struct cursor *c)
{
    const struct py_token *items = c->m->tokens.items;
    uint32_t word = at(c)->link;
    uint32_t open = c->i + (word == PY_W_DICT ? 3 : 1);
    uint32_t close = items[open].link;
    struct py_value *from = NULL;
    struct py_value *result = new_value(c, word == PY_W_LIST || word == PY_W_SORTED ? PY_T_LIST
                                           : word == PY_W_TUPLE                     ? PY_T_TUPLE
                                                                                    : PY_T_SET);
    c->i = open + 1;
    if (c->i == close) {
        c->i = close + 1;
        return result;
    }
    from = has_word(c->m, c->i, close, PY_W_FOR) ? comprehension(c, close) : NULL;
    if (from == NULL && c->unknown == NULL)
        from = find(c, close, ',') < close ? fail(c, "is the result of a call") : sequence(c, close);
    if (from == NULL || !push_all(c, result, from))
        return NULL;
    c->i = close + 1;
    return result;
}

static bool is_conversion(const struct cursor *c)
{
    const struct py_token *items = c->m->tokens.items;
    uint32_t word = items[c->i].link;
    if (py_is_bound(c->m, word))
        return false;
    if (word == PY_W_DICT)
        return c->i + 3 < c->end && py_is_op(&items[c->i + 1], '.') && py_is_word(&items[c->i + 2], PY_W_FROMKEYS) &&
               py_is_op(&items[c->i + 3], '(');
    return (word == PY_W_LIST || word == PY_W_TUPLE || word == PY_W_SET || word == PY_W_FROZENSET ||
            word == PY_W_SORTED) &&
           c->i + 1 < c->end && py_is_op(&items[c->i + 1], '(');
}

/* What follows something imported: attributes and calls. */
static struct py_value *trailers(struct cursor *c, struct py_value *value)
{
    const struct py_token *items = c->m->tokens.items;
    while (c->i < c->end && items[c->i].kind == PY_OP) {
        if (items[c->i].op == '.' && value->type == PY_T_IMPORT && c->i + 1 < c->end && items[c->i + 1].kind == PY_NAME) {
            const struct py_symbol *name = py_name(&c->m->tokens, &items[c->i + 1]);
            struct buf _cleanup_buf_ dotted = {.max = PY_MAX_STRING};
            buf_add(&dotted, value->string.text, value->string.len);
            buf_putc(&dotted, '.');
            buf_add(&dotted, name->text, name->len);
            value = py_value_string(&c->m->arena, buf_text(&dotted), dotted.len, items[c->i].line);
            value->type = PY_T_IMPORT;
            c->m->work += dotted.len / 16;
            if (c->m->work > PY_MAX_WORK)
                return fail(c, "takes too long to evaluate");
            c->i += 2;
        } else if (items[c->i].op == '(' && value->type == PY_T_IMPORT) {
            uint32_t close = items[c->i].link;
            struct py_value *call = py_value_new(&c->m->arena, PY_T_CALL, items[c->i].line);
            c->i++;
            /* Arguments by name are left to the mentions: such a call is of no use here. */
            if (!push(c, call, value) || find(c, close, '=') < close || find(c, close, PY_POWER) < close ||
                has_word(c->m, c->i, close, PY_W_FOR) || !elements(c, close, call))
                return fail(c, "is the result of a call");
            py_value_spoil(call, c->m->context ? c->m->context : "is passed to a call that may change it",
                           PY_SYMBOL_NONE, items[close].line);
            value = call;
            c->i = close + 1;
        } else {
            break;
        }
    }
    return value;
}

static struct py_value *name(struct cursor *c)
{
    uint32_t symbol = at(c)->link;
    if (symbol == PY_W_NONE || symbol == PY_W_TRUE || symbol == PY_W_FALSE) {
        struct py_value *value = new_value(c, symbol == PY_W_NONE ? PY_T_NONE : PY_T_BOOL);
        value->truth = symbol == PY_W_TRUE;
        c->i++;
        return value;
    }
    if (py_is_keyword(symbol))
        return fail(c, symbol == PY_W_LAMBDA ? "is a function" : "is computed in a way that is not understood");
    if (is_conversion(c))
        return converted(c);
    if (symbol == c->m->loop_symbol)
        return fail(c, "is computed in a loop");
    struct py_value *value = py_lookup(c->m, symbol);
    if (value == NULL && symbol == PY_W_GETATTR && c->m->resolve != NULL && c->m->star_line == 0) {
        static const char builtin[] = "builtins.getattr";
        value = py_value_string(&c->m->arena, builtin, sizeof builtin - 1, at(c)->line);
        value->type = PY_T_IMPORT;
    }
    if (value == NULL) {
        const char *why = c->i + 1 < c->end && py_is_op(at(c) + 1, '(') ? "is the result of a call"
                          : c->m->star_line > 0 ? "is not assigned in this file before (it may come from import *)"
                                                : "is not assigned in this file before";
        struct py_value *missing = py_unknown_at(c->m, c->i, why);
        if (!py_is_op(at(c) + 1, '('))
            missing->unknown.subject = symbol;
        return fail_with(c, missing);
    }
    if (value->type == PY_T_UNKNOWN)
        return fail_with(c, value);
    c->i++;
    return value->type == PY_T_IMPORT ? trailers(c, value) : value;
}

static struct py_value *primary(struct cursor *c)
{
    if (c->i >= c->end)
        return fail(c, "is computed in a way that is not understood");
    const struct py_token *token = at(c);
    if (token->kind == PY_STRING)
        return strings(c);
    if (token->kind == PY_NAME)
        return name(c);
    if (py_is_op(token, '-') && c->i + 1 < c->end && token[1].kind == PY_NUMBER) {
        c->i++;
        token++;
    }
    if (token->kind == PY_NUMBER) {
        struct py_value *value = new_value(c, PY_T_NUMBER);
        c->i++;
        return value;
    }
    if (py_is_op(token, '('))
        return parentheses(c);
    if (py_is_op(token, '['))
        return brackets(c);
    if (py_is_op(token, '{'))
        return braces(c);
    return fail(c, "is computed in a way that is not understood");
}

static struct py_value *add(struct cursor *c, struct py_value *a, struct py_value *b)
{
    if (a->type == PY_T_UNKNOWN || b->type == PY_T_UNKNOWN)
        return fail_with(c, a->type == PY_T_UNKNOWN ? a : b);
    if (py_is_string(a) && py_is_string(b)) {
        struct buf _cleanup_buf_ text = {.max = PY_MAX_STRING};
        buf_add(&text, a->string.text, a->string.len);
        buf_add(&text, b->string.text, b->string.len);
        c->m->work += text.len / 16;
        if (text.truncated || c->m->work > PY_MAX_WORK)
            return fail(c, "is a string of more than 64 KiB");
        return py_value_string(&c->m->arena, buf_text(&text), text.len, a->line);
    }
    if (a->type != b->type || (a->type != PY_T_LIST && a->type != PY_T_TUPLE))
        return fail(c, a->type == PY_T_CALL || b->type == PY_T_CALL ? "is the result of a call"
                                                                    : "adds values that are not understood");
    struct py_value *result = py_value_new(&c->m->arena, a->type, a->line);
    return push_all(c, result, a) && push_all(c, result, b) ? result : NULL;
}

static struct py_value *sum(struct cursor *c)
{
    struct py_value *value = primary(c);
    while (value != NULL && is_at(c, '+')) {
        c->i++;
        struct py_value *right = primary(c);
        value = right == NULL ? NULL : add(c, value, right);
    }
    return value;
}

/* What a value is worth: itself, or what the caller knows of something imported. NULL: not known. */
static struct py_value *worth(struct cursor *c, struct py_value *value)
{
    if (value->type == PY_T_IMPORT || value->type == PY_T_CALL)
        return c->m->resolve(c->m->resolve_context, c->m, value);
    return value;
}

enum truth { FALSE_VALUE, TRUE_VALUE, NOT_KNOWN };

static enum truth truth_of(const struct py_value *value)
{
    if (value == NULL)
        return NOT_KNOWN;
    switch (value->type) {
    case PY_T_NONE: return FALSE_VALUE;
    case PY_T_BOOL: return value->truth ? TRUE_VALUE : FALSE_VALUE;
    case PY_T_STRING: return value->string.len > 0 ? TRUE_VALUE : FALSE_VALUE;
    case PY_T_LIST: case PY_T_TUPLE: case PY_T_SET: case PY_T_DICT:
        return value->list.count > 0 ? TRUE_VALUE : FALSE_VALUE;
    default: return NOT_KNOWN;
    }
}

/* A or B or C, where each is known. */
static struct py_value *either(struct cursor *c)
{
    struct py_value *value = sum(c);
    while (value != NULL && c->m->resolve != NULL && c->i < c->end && py_is_word(at(c), PY_W_OR)) {
        value = worth(c, value);
        enum truth truth = truth_of(value);
        if (truth == NOT_KNOWN)
            return fail(c, "is chosen by a condition");
        c->i++;
        struct py_value *other = sum(c);
        value = other == NULL ? NULL : truth == TRUE_VALUE ? value : other;
    }
    return value;
}

/* A if CONDITION else B, where the condition is known. */
static struct py_value *conditional(struct cursor *c)
{
    struct py_value *value = either(c);
    if (value == NULL || c->m->resolve == NULL || c->i >= c->end || !py_is_word(at(c), PY_W_IF))
        return value;
    c->i++;
    struct py_value *condition = either(c);
    if (condition == NULL)
        return NULL;
    enum truth truth = truth_of(worth(c, condition));
    if (truth == NOT_KNOWN || c->i >= c->end || !py_is_word(at(c), PY_W_ELSE))
        return fail(c, "is chosen by a condition");
    c->i++;
    struct py_value *other = conditional(c);
    return other == NULL ? NULL : truth == TRUE_VALUE ? value : other;
}

/* Why an expression that was understood only in part is not known. */
static const char *describe(const struct py_module *m, uint32_t first, uint32_t end)
{
    const struct py_token *items = m->tokens.items;
    if (has_word(m, first, end, PY_W_LAMBDA))
        return "is a function";
    if (has_word(m, first, end, PY_W_IF) || has_word(m, first, end, PY_W_OR) || has_word(m, first, end, PY_W_AND))
        return "is chosen by a condition";
    for (uint32_t i = first + 1; i < end; i = py_next(m, i))
        if (py_is_op(&items[i], '('))
            return "is the result of a call";
    return "is computed in a way that is not understood";
}

struct py_value *py_eval(struct py_module *m, uint32_t first, uint32_t end)
{
    struct cursor c = {.m = m, .i = first, .end = end};
    if (first >= end) {
        uint32_t token = first > 0 ? first - 1 : first;
        return py_unknown_at(m, token, "is missing");
    }
    struct py_value *value = NULL;
    if (m->depth >= PY_MAX_DEPTH) {
        c.unknown = py_unknown_at(m, first, "is nested too deeply");
    } else {
        m->depth++;
        if (py_find_op(m, first, end, ',') < end) { /* a tuple without brackets */
            value = new_value(&c, PY_T_TUPLE);
            value = elements(&c, end, value) ? value : NULL;
        } else {
            value = conditional(&c);
        }
        m->depth--;
    }
    if (value != NULL && c.i == end)
        return value;
    py_mentions(m, first, end);
    if (value != NULL || c.unknown == NULL)
        return py_unknown_at(m, first, describe(m, first, end));
    return c.unknown;
}
