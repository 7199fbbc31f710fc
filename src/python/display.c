/* Lists, tuples, sets and dictionaries as they are written; comprehensions; list(X) and the like. */
#include "python/display.h"

#include <string.h>

#include "python/expr.h"
#include "python/scope.h"

/* One element between commas: never fails, but may be unknown. */
static struct py_value *element(struct py_cursor *c, uint32_t end)
{
    struct py_value *value = py_eval(c->m, c->i, end);
    c->i = end;
    return value;
}

/* The sequence that stands at the cursor, up to `end`; NULL when it is not known. */
static struct py_value *sequence(struct py_cursor *c, uint32_t end)
{
    struct py_value *value = element(c, end);
    if (value->type == PY_T_UNKNOWN)
        return py_cursor_fail_with(c, value);
    if (value->type == PY_T_DICT) {
        struct py_value *keys = py_value_new(&c->m->arena, PY_T_SET, value->line);
        for (uint32_t i = 0; i < value->list.count; i += 2)
            if (!py_cursor_push(c, keys, value->list.items[i]))
                return NULL;
        return keys;
    }
    if (py_is_sequence(value))
        return value;
    return py_cursor_fail(c, value->type == PY_T_CALL     ? "is the result of a call"
                             : value->type == PY_T_IMPORT ? "is computed from something imported"
                                                          : "is computed from something that is no list");
}

/* Elements up to `end`, with *X, added to `list`. */
bool py_cursor_elements(struct py_cursor *c, uint32_t end, struct py_value *list)
{
    while (c->i < end) {
        uint32_t comma = py_cursor_find(c, end, ',');
        if (py_is_op(py_cursor_at(c), '*')) {
            c->i++;
            struct py_value *from = sequence(c, comma);
            if (from == NULL || !py_cursor_push_all(c, list, from))
                return false;
        } else if (!py_cursor_push(c, list, element(c, comma))) {
            return false;
        }
        c->i = comma < end ? comma + 1 : end;
    }
    return true;
}

/* The text that an item of a list is, if it is in it at all; NULL: it could be anything. */
static const char *text_of(const struct py_value *item)
{
    if (item->type == PY_T_UNKNOWN)
        return item->unknown.maybe;
    return py_is_string(item) ? item->string.text : NULL;
}

enum holds {
    HOLDS_NOT,
    HOLDS,
    HOLDS_MAYBE,   /* *ret_maybe is what may be in it */
    HOLDS_UNKNOWN,
};

static enum holds holds(struct py_cursor *c, const struct py_value *list, const char *wanted, struct py_value **ret_maybe)
{
    enum holds result = HOLDS_NOT;
    c->m->work += list->list.count;
    for (uint32_t i = 0; i < list->list.count; i++) {
        struct py_value *item = list->list.items[i];
        const char *text = text_of(item);
        if (text == NULL) {
            result = HOLDS_UNKNOWN;
        } else if (strcmp(text, wanted) == 0) {
            if (py_is_string(item))
                return HOLDS;
            result = result == HOLDS_NOT ? HOLDS_MAYBE : result;
            *ret_maybe = item;
        }
    }
    return result;
}

/* Drops from `kept` what the condition in [first, end), on the variable, does not let through. */
static struct py_value *filter(struct py_cursor *c, struct py_value *kept, uint32_t variable, uint32_t first,
                               uint32_t end)
{
    const struct py_token *items = c->m->tokens.items;
    static const char why[] = "is filtered by a condition that is not understood";
    if (end - first < 3 || !py_is_word(&items[first], variable))
        return py_cursor_fail(c, why);
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
        return py_cursor_fail(c, why);
    }
    struct py_value *other = py_eval(c->m, i, end);
    if (other->type == PY_T_UNKNOWN)
        return py_cursor_fail_with(c, other);
    if (member ? !py_is_sequence(other) : !py_is_string(other))
        return py_cursor_fail(c, why);
    struct py_value *result = py_cursor_value(c, PY_T_LIST);
    for (uint32_t k = 0; k < kept->list.count; k++) {
        struct py_value *item = kept->list.items[k];
        const char *text = text_of(item);
        enum holds found = text == NULL ? HOLDS_UNKNOWN
                           : member     ? holds(c, other, text, &item)
                                        : (strcmp(text, other->string.text) == 0 ? HOLDS : HOLDS_NOT);
        if (found == HOLDS_UNKNOWN)
            return py_cursor_fail(c, why);
        if (c->m->work > PY_MAX_WORK)
            return py_cursor_fail(c, "takes too long to evaluate");
        if ((found == HOLDS_MAYBE || (found == HOLDS) == wanted) && !py_cursor_push(c, result, item))
            return NULL;
    }
    return result;
}

/* `a for a in X [if a not in Y] ...` up to `end`. */
static struct py_value *comprehension(struct py_cursor *c, uint32_t end)
{
    static const char why[] = "is a comprehension that is not understood";
    const struct py_token *items = c->m->tokens.items;
    uint32_t i = c->i;
    if (end - i < 5 || !py_is_identifier(&items[i]) || !py_is_word(&items[i + 1], PY_W_FOR) ||
        !py_is_word(&items[i + 2], items[i].link) || !py_is_word(&items[i + 3], PY_W_IN))
        return py_cursor_fail(c, why);
    uint32_t variable = items[i].link, outer = c->m->loop_symbol;
    c->i = i + 4;
    uint32_t stop = c->i;
    while (stop < end && !py_is_word(&items[stop], PY_W_IF) && !py_is_word(&items[stop], PY_W_FOR))
        stop = py_next(c->m, stop);
    struct py_value *kept = sequence(c, stop);
    c->m->loop_symbol = variable; /* the variable hides a name of the module */
    while (kept != NULL && stop < end) {
        if (py_is_word(&items[stop], PY_W_FOR)) {
            kept = py_cursor_fail(c, why);
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
    return py_cursor_push_all(c, result, kept) ? result : NULL;
}

struct py_value *py_cursor_parentheses(struct py_cursor *c)
{
    const struct py_module *m = c->m;
    uint32_t close = py_cursor_at(c)->link, first = c->i + 1;
    struct py_value *tuple = py_cursor_value(c, PY_T_TUPLE);
    c->i = first;
    if (py_has_word(m, first, close, PY_W_FOR))
        return py_cursor_fail(c, "is a generator");
    bool comma = py_cursor_find(c, close, ',') < close;
    if (first < close && !comma && !py_is_op(py_cursor_at(c), '*')) {
        struct py_value *inner = py_eval(c->m, first, close);
        c->i = close + 1;
        return inner->type == PY_T_UNKNOWN ? py_cursor_fail_with(c, inner) : inner;
    }
    if (!py_cursor_elements(c, close, tuple))
        return NULL;
    c->i = close + 1;
    return tuple;
}

struct py_value *py_cursor_brackets(struct py_cursor *c)
{
    uint32_t close = py_cursor_at(c)->link;
    struct py_value *list = py_cursor_value(c, PY_T_LIST);
    c->i++;
    if (py_has_word(c->m, c->i, close, PY_W_FOR))
        list = comprehension(c, close);
    else if (!py_cursor_elements(c, close, list))
        list = NULL;
    c->i = close + 1;
    return list;
}

static bool dict_item(struct py_cursor *c, uint32_t end, struct py_value *dict)
{
    if (py_is_op(py_cursor_at(c), PY_POWER)) {
        c->i++;
        struct py_value *from = element(c, end);
        if (from->type == PY_T_UNKNOWN)
            return py_cursor_fail_with(c, from) != NULL;
        return from->type == PY_T_DICT ? py_cursor_push_all(c, dict, from)
                                       : py_cursor_fail(c, "is computed from something else") != NULL;
    }
    uint32_t colon = py_find_colon(c->m, c->i, end);
    if (colon == end)
        return py_cursor_fail(c, "is neither a set nor a dictionary") != NULL;
    struct py_value *key = element(c, colon);
    if (key->type == PY_T_UNKNOWN)
        return py_cursor_fail_with(c, key) != NULL;
    if (!py_is_string(key))
        return py_cursor_fail(c, "is a dictionary with a key that is no string") != NULL;
    c->i = colon + 1;
    return py_cursor_push(c, dict, key) && py_cursor_push(c, dict, element(c, end));
}

struct py_value *py_cursor_braces(struct py_cursor *c)
{
    uint32_t close = py_cursor_at(c)->link, first = c->i + 1;
    struct py_value *result = py_cursor_value(c, PY_T_DICT);
    c->i = first;
    if (py_has_word(c->m, first, close, PY_W_FOR))
        return py_cursor_fail(c, "is a comprehension that is not understood");
    uint32_t comma = py_cursor_find(c, close, ',');
    bool dict = first == close || py_is_op(py_cursor_at(c), PY_POWER) || py_find_colon(c->m, first, comma) < comma;
    if (!dict)
        result->type = PY_T_SET;
    if (!dict && !py_cursor_elements(c, close, result))
        return NULL;
    while (dict && c->i < close) {
        comma = py_cursor_find(c, close, ',');
        if (!dict_item(c, comma, result))
            return NULL;
        c->i = comma < close ? comma + 1 : close;
    }
    c->i = close + 1;
    return result;
}

/* list(X), tuple(X), set(X), frozenset(X), sorted(X), dict.fromkeys(X) of a known sequence: a new object. */
struct py_value *py_cursor_converted(struct py_cursor *c)
{
    const struct py_token *items = c->m->tokens.items;
    uint32_t word = py_cursor_at(c)->link;
    uint32_t open = c->i + (word == PY_W_DICT ? 3 : 1);
    uint32_t close = items[open].link;
    struct py_value *from = NULL;
    struct py_value *result = py_cursor_value(c, word == PY_W_LIST || word == PY_W_SORTED ? PY_T_LIST
                                                 : word == PY_W_TUPLE                     ? PY_T_TUPLE
                                                                                          : PY_T_SET);
    c->i = open + 1;
    if (c->i == close) {
        c->i = close + 1;
        return result;
    }
    from = py_has_word(c->m, c->i, close, PY_W_FOR) ? comprehension(c, close) : NULL;
    if (from == NULL && c->unknown == NULL)
        from =
            py_cursor_find(c, close, ',') < close ? py_cursor_fail(c, "is the result of a call") : sequence(c, close);
    if (from == NULL || !py_cursor_push_all(c, result, from))
        return NULL;
    c->i = close + 1;
    return result;
}

bool py_cursor_is_conversion(const struct py_cursor *c)
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
