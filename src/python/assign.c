/* Statements without a block: assignments, changing methods, del, and everything else. */
#include "python/assign.h"

#include <string.h>

#include "python/expr.h"
#include "python/imports.h"
#include "python/mention.h"
#include "python/scope.h"

static const struct py_token *token_at(const struct py_module *m, uint32_t i)
{
    return &m->tokens.items[i];
}

static const char *reason(const struct py_module *m, const char *otherwise)
{
    return m->context ? m->context : otherwise;
}

/* Every name in the range may be bound to something else. */
static void bind_all_unknown(struct py_module *m, uint32_t first, uint32_t end, const char *why)
{
    for (uint32_t i = first; i < end; i++)
        if (py_is_identifier(token_at(m, i)) && !(i > first && py_is_op(token_at(m, i - 1), '.')))
            py_bind_unknown(m, token_at(m, i)->link, i, why);
}

/* A target such as `X["key"]`, `X.attribute`, `f(X).y[0]`: what X names is changed, and may keep `value`. */
static void store_into(struct py_module *m, uint32_t first, uint32_t end, struct py_value *value)
{
    const struct py_token *root = token_at(m, first);
    static const char why[] = "is changed by an assignment to a part of it";
    if (py_is_identifier(root)) {
        struct py_value *object = py_lookup(m, root->link);
        bool simple = m->context == NULL && object != NULL && object->type == PY_T_DICT && !value->holds_mutable &&
                      end - first > 3 && py_is_op(token_at(m, first + 1), '[') &&
                      token_at(m, first + 1)->link == end - 1;
        struct py_value *key = simple ? py_eval(m, first + 2, end - 1) : NULL;
        if (key != NULL && key->type == PY_T_STRING && object->type == PY_T_DICT && ++m->work < PY_MAX_WORK) {
            py_value_push(&m->arena, object, key);
            py_value_push(&m->arena, object, value);
            return;
        }
        if (object != NULL)
            py_value_spoil(object, reason(m, why), root->link, root->line);
    }
    py_mentions(m, first, end);
    py_value_spoil(value, reason(m, "is kept by another object, which may change it"), PY_SYMBOL_NONE, root->line);
}

/* Binds the target [first, end) to the value. */
static void assign_to(struct py_module *m, uint32_t first, uint32_t end, struct py_value *value)
{
    static const char unpacked[] = "is unpacked from a value that is not understood";
    while (end - first > 1 && py_is_op(token_at(m, first), '(') && token_at(m, first)->link == end - 1 &&
           py_find_op(m, first + 1, end - 1, ',') == end - 1) {
        first++;
        end--;
    }
    if (first >= end)
        return;
    if (end - first == 1 && py_is_identifier(token_at(m, first))) {
        if (m->context != NULL) {
            py_value_spoil(value, m->context, token_at(m, first)->link, token_at(m, first)->line);
            py_bind_unknown(m, token_at(m, first)->link, first, m->context);
        } else {
            py_bind(m, token_at(m, first)->link, value);
        }
        return;
    }
    /* Several targets: A, B or (A, B) or [A, B] */
    bool bracketed =
        (py_is_op(token_at(m, first), '(') || py_is_op(token_at(m, first), '[')) && token_at(m, first)->link == end - 1;
    uint32_t from = bracketed ? first + 1 : first, to = bracketed ? end - 1 : end;
    if (bracketed || py_find_op(m, from, to, ',') < to) {
        uint32_t count = 0;
        bool star = false;
        for (uint32_t i = from; i < to; count++) {
            star |= py_is_op(token_at(m, i), '*');
            i = py_find_op(m, i, to, ',') + 1;
        }
        if (star || m->depth >= PY_MAX_DEPTH || !(value->type == PY_T_LIST || value->type == PY_T_TUPLE) ||
            value->list.count != count) {
            py_value_spoil(value, reason(m, unpacked), PY_SYMBOL_NONE, token_at(m, first)->line);
            py_mentions(m, from, to);
            bind_all_unknown(m, from, to, reason(m, unpacked));
            return;
        }
        struct py_value **values = value->list.items;
        m->depth++;
        for (uint32_t i = from, k = 0; i < to && k < count; k++) {
            uint32_t comma = py_find_op(m, i, to, ',');
            assign_to(m, i, comma, values[k]);
            i = comma + 1;
        }
        m->depth--;
        return;
    }
    store_into(m, first, end, value);
}

/* In a class body, what is not asked for is not evaluated: a migration's operations are most of its text. */
static bool is_skipped(const struct py_module *m, uint32_t first, uint32_t end)
{
    return m->cls != NULL && end - first == 1 && py_is_word(token_at(m, first), PY_W_OPERATIONS);
}

static struct py_value *right_side(struct py_module *m, uint32_t first, uint32_t end, bool skip)
{
    if (!skip && m->context == NULL)
        return py_eval(m, first, end);
    py_mentions(m, first, end);
    return py_unknown_at(m, first < end ? first : end, skip ? "is not looked at" : m->context);
}

/* A = B = value; `annotated`: the first target ends there, and an annotation follows. */
static void assignment(struct py_module *m, uint32_t first, uint32_t end, uint32_t annotated)
{
    /* The last '=' outside brackets and before any lambda begins the value. */
    uint32_t value_at = first, start = annotated != 0 ? annotated : first;
    for (uint32_t i = start; i < end && !py_is_word(token_at(m, i), PY_W_LAMBDA); i = py_next(m, i))
        if (py_is_op(token_at(m, i), '='))
            value_at = i + 1;
    if (annotated != 0)
        py_mentions(m, annotated + 1, value_at > first ? value_at - 1 : end);
    if (value_at == first)
        return; /* an annotation alone binds nothing */
    uint32_t first_end = annotated != 0 ? annotated : py_find_op(m, first, end, '=');
    struct py_value *value = right_side(m, value_at, end, first_end + 1 == value_at && is_skipped(m, first, first_end));
    assign_to(m, first, first_end, value);
    if (annotated != 0)
        return;
    for (uint32_t i = first_end + 1; i < value_at;) {
        uint32_t stop = py_find_op(m, i, value_at, '=');
        assign_to(m, i, stop, value);
        i = stop + 1;
    }
}

/* list += sequence, tuple += tuple, str += str, dict |= dict. */
static struct py_value *augmented(struct py_module *m, struct py_value *old, struct py_value *by, int op, uint32_t at)
{
    static const char why[] = "is changed in a way that is not understood";
    if (old == NULL)
        return py_unknown_at(m, at, "is not assigned in this file before");
    if (old->type == PY_T_UNKNOWN)
        return old;
    if (by->type == PY_T_UNKNOWN) {
        py_value_spoil(old, by->unknown.why, by->unknown.subject, by->line);
        return by;
    }
    bool list = op == PY_ADD_EQ && old->type == PY_T_LIST && py_is_sequence(by);
    bool tuple = op == PY_ADD_EQ && old->type == PY_T_TUPLE && by->type == PY_T_TUPLE;
    bool dict = op == PY_OR_EQ && old->type == PY_T_DICT && by->type == PY_T_DICT;
    if (op == PY_ADD_EQ && py_is_string(old) && py_is_string(by) && old->string.len + by->string.len <= PY_MAX_STRING) {
        struct py_value *text =
            py_value_string(&m->arena, old->string.text, old->string.len + by->string.len, old->line);
        memcpy((char *)(uintptr_t)text->string.text + old->string.len, by->string.text, by->string.len);
        m->work += text->string.len / 16;
        return text;
    }
    if (!list && !tuple && !dict) {
        py_value_spoil(old, why, PY_SYMBOL_NONE, token_at(m, at)->line);
        return py_unknown_at(m, at, why);
    }
    struct py_value *target = old;
    if (tuple) { /* a new object */
        target = py_value_new(&m->arena, PY_T_TUPLE, old->line);
        for (uint32_t i = 0; i < old->list.count && m->work++ < PY_MAX_WORK; i++)
            py_value_push(&m->arena, target, old->list.items[i]);
    }
    uint32_t count = by->list.count;
    bool fits = true;
    for (uint32_t i = 0; i < count && fits; i++) /* what changes can be reached through two lists then is given up */
        fits = ++m->work < PY_MAX_WORK && m->arena.total < PY_MAX_ARENA &&
               (tuple || !by->list.items[i]->holds_mutable) && py_value_push(&m->arena, target, by->list.items[i]);
    if (!fits) {
        py_value_spoil(by, why, PY_SYMBOL_NONE, token_at(m, at)->line);
        py_value_spoil(old, why, PY_SYMBOL_NONE, token_at(m, at)->line);
        return py_unknown_at(m, at, "is too large or holds lists of lists");
    }
    return target;
}

/* Is it a list of plain texts, or (with `one`) a plain text? */
static bool is_texts(const struct py_module *m, uint32_t first, uint32_t end, bool one)
{
    uint32_t commas = 0, strings = 0;
    bool bracketed = !one && end - first > 2 && token_at(m, first)->link == end - 1;
    bool list = bracketed && py_is_op(token_at(m, first), '['), tuple = bracketed && py_is_op(token_at(m, first), '(');
    if (!one && !list && !tuple)
        return false;
    for (uint32_t i = one ? first : first + 1; i < (one ? end : end - 1); i++) {
        commas += py_is_op(token_at(m, i), ',');
        strings += token_at(m, i)->kind == PY_STRING;
        if (token_at(m, i)->kind > PY_DEDENT && token_at(m, i)->kind != PY_STRING && !py_is_op(token_at(m, i), ','))
            return false;
    }
    return one ? strings > 0 && commas == 0 : list || commas > 0;
}

/* Plain texts that are added to a list where that is not certain, as in `if DEBUG: APPS += ["toolbar"]`: they may be in it or
 * not, and all else is as it was. False where it is anything else. */
static bool added_maybe(struct py_module *m, uint32_t symbol, uint32_t first, uint32_t end, bool one)
{
    if (m->context == NULL || m->cls != NULL || !is_texts(m, first, end, one))
        return false;
    struct py_value *list = py_lookup(m, symbol), *texts = py_eval(m, first, end);
    bool known = list != NULL && (list->type == PY_T_LIST || (list->type == PY_T_TUPLE && texts->type == PY_T_TUPLE && !one));
    uint32_t count = one ? 1 : texts->list.count;
    for (uint32_t i = 0; i < count && known; i++)
        known = py_is_string(one ? texts : texts->list.items[i]) && ++m->work < PY_MAX_WORK;
    if (!known)
        return false;
    if (list->type == PY_T_TUPLE) { /* a new object */
        struct py_value *old = list;
        list = py_value_new(&m->arena, PY_T_TUPLE, old->line);
        for (uint32_t i = 0; i < old->list.count && m->work++ < PY_MAX_WORK; i++)
            py_value_push(&m->arena, list, old->list.items[i]);
        py_bind(m, symbol, list);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct py_value *text = one ? texts : texts->list.items[i];
        struct py_value *item = py_value_unknown(&m->arena, m->context, symbol, text->line);
        item->unknown.maybe = text->string.text;
        py_value_push(&m->arena, list, item);
    }
    return true;
}

static void augmented_assignment(struct py_module *m, uint32_t first, uint32_t op, uint32_t end)
{
    if (op - first == 1 && py_is_identifier(token_at(m, first)) && token_at(m, op)->op == PY_ADD_EQ &&
        added_maybe(m, token_at(m, first)->link, op + 1, end, false))
        return;
    struct py_value *by = right_side(m, op + 1, end, false);
    if (op - first != 1 || !py_is_identifier(token_at(m, first))) {
        store_into(m, first, op, by);
        return;
    }
    uint32_t symbol = token_at(m, first)->link;
    struct py_value *old = py_lookup(m, symbol);
    if (m->context != NULL) {
        if (old != NULL)
            py_value_spoil(old, m->context, symbol, token_at(m, first)->line);
        py_bind_unknown(m, symbol, first, m->context);
        return;
    }
    struct py_value *result = augmented(m, old, by, token_at(m, op)->op, first);
    if (m->work > PY_MAX_WORK)
        result = py_unknown_at(m, first, "takes too long to evaluate");
    /* In a class body, `X += ...` reads X from the module and binds it in the class. */
    py_bind(m, symbol, result);
}

static bool is_equal(const struct py_value *a, const struct py_value *b, bool *known)
{
    if (!py_is_string(a) || !py_is_string(b)) {
        *known = false;
        return false;
    }
    return strcmp(a->string.text, b->string.text) == 0;
}

static bool list_remove(struct py_value *list, const struct py_value *item)
{
    bool known = true;
    for (uint32_t i = 0; i < list->list.count && known; i++) {
        if (!is_equal(list->list.items[i], item, &known))
            continue;
        list->list.count--;
        memmove(&list->list.items[i], &list->list.items[i + 1], (list->list.count - i) * sizeof *list->list.items);
        return true;
    }
    return false; /* ValueError, or something that is not known */
}

/* X.append("a"), X.extend([...]), X.insert(0, "a") with plain texts where it is not certain that they run. */
static bool uncertain_call(struct py_module *m, uint32_t first, uint32_t end)
{
    uint32_t symbol = token_at(m, first)->link, method = token_at(m, first + 2)->link, open = first + 3, close = end - 1;
    uint32_t comma = py_find_op(m, open + 1, close, ',');
    if (method == PY_W_INSERT)
        return comma == open + 2 && token_at(m, open + 1)->kind == PY_NUMBER && added_maybe(m, symbol, comma + 1, close, true);
    return comma == close && (method == PY_W_APPEND || method == PY_W_EXTEND) &&
           added_maybe(m, symbol, open + 1, close, method == PY_W_APPEND);
}

/* X.append("a"), X.extend([...]), X.insert(0, "a"), X.remove("a"), D.update({...}). False when it is none of these. */
static bool method_call(struct py_module *m, uint32_t first, uint32_t end)
{
    if (end - first < 5 || !py_is_identifier(token_at(m, first)) || !py_is_op(token_at(m, first + 1), '.') ||
        token_at(m, first + 2)->kind != PY_NAME || !py_is_op(token_at(m, first + 3), '(') ||
        token_at(m, first + 3)->link != end - 1)
        return false;
    if (m->context != NULL)
        return uncertain_call(m, first, end);
    uint32_t method = token_at(m, first + 2)->link, open = first + 3, close = end - 1;
    struct py_value *object = py_lookup(m, token_at(m, first)->link);
    if (object == NULL || (object->type != PY_T_LIST && object->type != PY_T_DICT))
        return false;
    uint32_t comma = py_find_op(m, open + 1, close, ',');
    uint32_t last = comma == close || comma == close - 1 ? comma : close; /* f(x,) is f(x) */
    bool one = comma == close || comma == close - 1;
    if (py_find_op(m, open + 1, close, '=') < close || py_is_op(token_at(m, open + 1), '*') || open + 1 == close)
        return false;
    if (object->type == PY_T_DICT) {
        if (method != PY_W_UPDATE || !one)
            return false;
        struct py_value *by = py_eval(m, open + 1, last);
        py_bind(m, token_at(m, first)->link,
                by->type == PY_T_DICT ? augmented(m, object, by, PY_OR_EQ, first)
                                      : augmented(m, object, by, PY_AUG_EQ, first));
        return true;
    }
    if (method == PY_W_EXTEND && one) {
        py_bind(m, token_at(m, first)->link, augmented(m, object, py_eval(m, open + 1, last), PY_ADD_EQ, first));
        return true;
    }
    bool insert = method == PY_W_INSERT && comma < close && py_find_op(m, comma + 1, close, ',') >= close - 1;
    if (!insert && !(one && (method == PY_W_APPEND || method == PY_W_REMOVE)))
        return false;
    if (insert && py_eval(m, open + 1, comma)->type == PY_T_UNKNOWN)
        return false;
    uint32_t from = insert ? comma + 1 : open + 1;
    uint32_t to = insert ? py_find_op(m, comma + 1, close, ',') : last;
    struct py_value *item = py_eval(m, from, to);
    /* Where it is put in makes no difference to the readers: insert() adds at the end. */
    m->work += object->list.count;
    if (item->holds_mutable || object->type != PY_T_LIST || m->work > PY_MAX_WORK ||
        !(method == PY_W_REMOVE ? list_remove(object, item) : py_value_push(&m->arena, object, item))) {
        py_value_spoil(item, "is kept by another object, which may change it", PY_SYMBOL_NONE,
                       token_at(m, first)->line);
        return false;
    }
    return true;
}

static void delete_targets(struct py_module *m, uint32_t first, uint32_t end)
{
    while (first < end) {
        uint32_t comma = py_find_op(m, first, end, ',');
        if (comma - first == 1 && py_is_identifier(token_at(m, first))) {
            py_bind_unknown(m, token_at(m, first)->link, first, reason(m, "is deleted"));
        } else {
            if (py_is_identifier(token_at(m, first))) {
                struct py_value *object = py_lookup(m, token_at(m, first)->link);
                if (object != NULL)
                    py_value_spoil(object, reason(m, "loses items by del"), token_at(m, first)->link,
                                   token_at(m, first)->line);
            } else {
                bind_all_unknown(m, first, comma, reason(m, "is deleted"));
            }
            py_mentions(m, first, comma);
        }
        first = comma + 1;
    }
}

void py_simple_statement(struct py_module *m, uint32_t first, uint32_t end)
{
    if (first >= end)
        return;
    const struct py_token *head = token_at(m, first);
    if (head->kind == PY_NAME && py_is_keyword(head->link)) {
        switch (head->link) {
        case PY_W_IMPORT:
        case PY_W_FROM:
            py_import_statement(m, first, end);
            return;
        case PY_W_DEL:
            delete_targets(m, first + 1, end);
            return;
        case PY_W_GLOBAL:
        case PY_W_NONLOCAL:
        case PY_W_PASS:
        case PY_W_BREAK:
        case PY_W_CONTINUE:
            if (head->link == PY_W_GLOBAL && m->cls != NULL) /* the class body binds names of the module */
                for (uint32_t i = first + 1; i < end; i++)
                    if (py_is_identifier(token_at(m, i)))
                        m->bound[token_at(m, i)->link] = py_unknown_at(m, i, "is declared global in a class");
            return;
        default:
            py_mentions(m, first, end);
            return;
        }
    }
    /* type X = ... (3.12) */
    if (head->link == PY_W_TYPE && head->kind == PY_NAME && end - first > 2 && py_is_identifier(head + 1)) {
        py_bind_unknown(m, head[1].link, first + 1, reason(m, "is a type alias"));
        return;
    }
    uint32_t colon = 0;
    for (uint32_t i = first; i < end; i = py_next(m, i)) {
        const struct py_token *token = token_at(m, i);
        if (py_is_word(token, PY_W_LAMBDA))
            break;
        if (py_is_op(token, ':') && colon == 0)
            colon = i;
        if (py_is_op(token, '=')) {
            assignment(m, first, end, colon);
            return;
        }
        if (token->kind == PY_OP && (token->op == PY_ADD_EQ || token->op == PY_OR_EQ || token->op == PY_AUG_EQ)) {
            augmented_assignment(m, first, i, end);
            return;
        }
    }
    if (colon != 0)
        assignment(m, first, end, colon);
    else if (!method_call(m, first, end))
        py_mentions(m, first, end);
}
