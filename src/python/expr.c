/* The expressions that are understood: literals; displays of lists, tuples, sets and dictionaries with *X and **X;
 * names bound earlier; `+` of strings and of sequences; `[a for a in X if a not in Y]`; list(X), tuple(X), set(X),
 * sorted(X), dict.fromkeys(X); imported names with attributes, and calls of them (the call is kept, its result is not
 * known). */
#include "python/expr.h"

#include <string.h>

#include "python/display.h"
#include "python/literal.h"
#include "python/mention.h"
#include "python/scope.h"

static struct py_value *sum(struct py_cursor *c);

static bool is_at(const struct py_cursor *c, int op)
{
    return c->i < c->end && py_is_op(py_cursor_at(c), op);
}

static struct py_value *strings(struct py_cursor *c)
{
    struct buf _cleanup_buf_ text = {.max = PY_MAX_STRING};
    uint32_t line = py_cursor_at(c)->line;
    const char *why = NULL;
    for (; c->i < c->end && py_cursor_at(c)->kind == PY_STRING; c->i++)
        if (why == NULL)
            why = py_literal_decode(&c->m->tokens, py_cursor_at(c), &text);
    if (why == NULL && text.truncated)
        why = "is a string of more than 64 KiB";
    if (why != NULL)
        return py_value_unknown(&c->m->arena, why, PY_SYMBOL_NONE, line);
    return py_value_string(&c->m->arena, buf_text(&text), text.len, line);
}

/* What follows something imported: attributes and calls. */
static struct py_value *trailers(struct py_cursor *c, struct py_value *value)
{
    const struct py_token *items = c->m->tokens.items;
    while (c->i < c->end && items[c->i].kind == PY_OP) {
        if (items[c->i].op == '.' && value->type == PY_T_IMPORT && c->i + 1 < c->end &&
            items[c->i + 1].kind == PY_NAME) {
            const struct py_symbol *name = py_name(&c->m->tokens, &items[c->i + 1]);
            struct buf _cleanup_buf_ dotted = {.max = PY_MAX_STRING};
            buf_add(&dotted, value->string.text, value->string.len);
            buf_putc(&dotted, '.');
            buf_add(&dotted, name->text, name->len);
            value = py_value_string(&c->m->arena, buf_text(&dotted), dotted.len, items[c->i].line);
            value->type = PY_T_IMPORT;
            c->m->work += dotted.len / 16;
            if (c->m->work > PY_MAX_WORK || c->m->arena.total > PY_MAX_ARENA)
                return py_cursor_fail(c, "takes too long to evaluate");
            c->i += 2;
        } else if (items[c->i].op == '(' && value->type == PY_T_IMPORT) {
            uint32_t close = items[c->i].link;
            struct py_value *call = py_value_new(&c->m->arena, PY_T_CALL, items[c->i].line);
            c->i++;
            /* Arguments by name are left to the mentions: such a call is of no use here. */
            if (!py_cursor_push(c, call, value) || py_cursor_find(c, close, '=') < close ||
                py_cursor_find(c, close, PY_POWER) < close || py_has_word(c->m, c->i, close, PY_W_FOR) ||
                !py_cursor_elements(c, close, call))
                return py_cursor_fail(c, "is the result of a call");
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

static struct py_value *name(struct py_cursor *c)
{
    uint32_t symbol = py_cursor_at(c)->link;
    if (symbol == PY_W_NONE || symbol == PY_W_TRUE || symbol == PY_W_FALSE) {
        struct py_value *value = py_cursor_value(c, symbol == PY_W_NONE ? PY_T_NONE : PY_T_BOOL);
        value->truth = symbol == PY_W_TRUE;
        c->i++;
        return value;
    }
    if (py_is_keyword(symbol))
        return py_cursor_fail(c,
                              symbol == PY_W_LAMBDA ? "is a function" : "is computed in a way that is not understood");
    if (py_cursor_is_conversion(c))
        return py_cursor_converted(c);
    if (symbol == c->m->loop_symbol)
        return py_cursor_fail(c, "is computed in a loop");
    struct py_value *value = py_lookup(c->m, symbol);
    if (value == NULL && symbol == PY_W_GETATTR && c->m->resolve != NULL && c->m->star_line == 0) {
        static const char builtin[] = "builtins.getattr";
        value = py_value_string(&c->m->arena, builtin, sizeof builtin - 1, py_cursor_at(c)->line);
        value->type = PY_T_IMPORT;
    }
    if (value == NULL) {
        const char *why = c->i + 1 < c->end && py_is_op(py_cursor_at(c) + 1, '(') ? "is the result of a call"
                          : c->m->star_line > 0 ? "is not assigned in this file before (it may come from import *)"
                                                : "is not assigned in this file before";
        struct py_value *missing = py_unknown_at(c->m, c->i, why);
        if (!py_is_op(py_cursor_at(c) + 1, '('))
            missing->unknown.subject = symbol;
        return py_cursor_fail_with(c, missing);
    }
    if (value->type == PY_T_UNKNOWN)
        return py_cursor_fail_with(c, value);
    c->i++;
    return value->type == PY_T_IMPORT ? trailers(c, value) : value;
}

static struct py_value *primary(struct py_cursor *c)
{
    if (c->i >= c->end)
        return py_cursor_fail(c, "is computed in a way that is not understood");
    const struct py_token *token = py_cursor_at(c);
    if (token->kind == PY_STRING)
        return strings(c);
    if (token->kind == PY_NAME)
        return name(c);
    if (py_is_op(token, '-') && c->i + 1 < c->end && token[1].kind == PY_NUMBER) {
        c->i++;
        token++;
    }
    if (token->kind == PY_NUMBER) {
        struct py_value *value = py_cursor_value(c, PY_T_NUMBER);
        c->i++;
        return value;
    }
    if (py_is_op(token, '('))
        return py_cursor_parentheses(c);
    if (py_is_op(token, '['))
        return py_cursor_brackets(c);
    if (py_is_op(token, '{'))
        return py_cursor_braces(c);
    return py_cursor_fail(c, "is computed in a way that is not understood");
}

static struct py_value *add(struct py_cursor *c, struct py_value *a, struct py_value *b)
{
    if (a->type == PY_T_UNKNOWN || b->type == PY_T_UNKNOWN)
        return py_cursor_fail_with(c, a->type == PY_T_UNKNOWN ? a : b);
    if (py_is_string(a) && py_is_string(b)) {
        struct buf _cleanup_buf_ text = {.max = PY_MAX_STRING};
        buf_add(&text, a->string.text, a->string.len);
        buf_add(&text, b->string.text, b->string.len);
        c->m->work += text.len / 16;
        if (text.truncated || c->m->work > PY_MAX_WORK || c->m->arena.total > PY_MAX_ARENA)
            return py_cursor_fail(c, "is a string of more than 64 KiB");
        return py_value_string(&c->m->arena, buf_text(&text), text.len, a->line);
    }
    if (a->type != b->type || (a->type != PY_T_LIST && a->type != PY_T_TUPLE))
        return py_cursor_fail(c, a->type == PY_T_CALL || b->type == PY_T_CALL ? "is the result of a call"
                                                                              : "adds values that are not understood");
    struct py_value *result = py_value_new(&c->m->arena, a->type, a->line);
    return py_cursor_push_all(c, result, a) && py_cursor_push_all(c, result, b) ? result : NULL;
}

static struct py_value *sum(struct py_cursor *c)
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
static struct py_value *worth(struct py_cursor *c, struct py_value *value)
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
    case PY_T_NONE:
        return FALSE_VALUE;
    case PY_T_BOOL:
        return value->truth ? TRUE_VALUE : FALSE_VALUE;
    case PY_T_STRING:
        return value->string.len > 0 ? TRUE_VALUE : FALSE_VALUE;
    case PY_T_LIST:
    case PY_T_TUPLE:
    case PY_T_SET:
    case PY_T_DICT:
        return value->list.count > 0 ? TRUE_VALUE : FALSE_VALUE;
    default:
        return NOT_KNOWN;
    }
}

/* A or B or C, where each is known. */
static struct py_value *either(struct py_cursor *c)
{
    struct py_value *value = sum(c);
    while (value != NULL && c->m->resolve != NULL && c->i < c->end && py_is_word(py_cursor_at(c), PY_W_OR)) {
        value = worth(c, value);
        enum truth truth = truth_of(value);
        if (truth == NOT_KNOWN)
            return py_cursor_fail(c, "is chosen by a condition");
        c->i++;
        struct py_value *other = sum(c);
        value = other == NULL ? NULL : truth == TRUE_VALUE ? value : other;
    }
    return value;
}

/* A if CONDITION else B, where the condition is known. */
static struct py_value *conditional(struct py_cursor *c)
{
    struct py_value *value = either(c);
    if (value == NULL || c->m->resolve == NULL || c->i >= c->end || !py_is_word(py_cursor_at(c), PY_W_IF))
        return value;
    c->i++;
    struct py_value *condition = either(c);
    if (condition == NULL)
        return NULL;
    enum truth truth = truth_of(worth(c, condition));
    if (truth == NOT_KNOWN || c->i >= c->end || !py_is_word(py_cursor_at(c), PY_W_ELSE))
        return py_cursor_fail(c, "is chosen by a condition");
    c->i++;
    struct py_value *other = conditional(c);
    return other == NULL ? NULL : truth == TRUE_VALUE ? value : other;
}

/* Why an expression that was understood only in part is not known. */
static const char *describe(const struct py_module *m, uint32_t first, uint32_t end)
{
    const struct py_token *items = m->tokens.items;
    if (py_has_word(m, first, end, PY_W_LAMBDA))
        return "is a function";
    if (py_has_word(m, first, end, PY_W_IF) || py_has_word(m, first, end, PY_W_OR) ||
        py_has_word(m, first, end, PY_W_AND))
        return "is chosen by a condition";
    for (uint32_t i = first + 1; i < end; i = py_next(m, i))
        if (py_is_op(&items[i], '('))
            return "is the result of a call";
    return "is computed in a way that is not understood";
}

struct py_value *py_eval(struct py_module *m, uint32_t first, uint32_t end)
{
    struct py_cursor c = {.m = m, .i = first, .end = end};
    if (first >= end) {
        uint32_t token = first > 0 ? first - 1 : first;
        return py_unknown_at(m, token, "is missing");
    }
    struct py_value *value = NULL;
    if (m->arena.total > PY_MAX_ARENA) {
        c.unknown = py_unknown_at(m, first, "is too large");
    } else if (m->depth >= PY_MAX_DEPTH) {
        c.unknown = py_unknown_at(m, first, "is nested too deeply");
    } else {
        m->depth++;
        if (py_find_op(m, first, end, ',') < end) { /* a tuple without brackets */
            value = py_cursor_value(&c, PY_T_TUPLE);
            value = py_cursor_elements(&c, end, value) ? value : NULL;
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
