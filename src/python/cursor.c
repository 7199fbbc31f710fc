/* The cursor over an expression. */
#include "python/cursor.h"

#include "python/scope.h"

const struct py_token *py_cursor_at(const struct py_cursor *c)
{
    return &c->m->tokens.items[c->i];
}

struct py_value *py_cursor_value(struct py_cursor *c, enum py_type type)
{
    return py_value_new(&c->m->arena, type, py_cursor_at(c)->line);
}

struct py_value *py_cursor_fail(struct py_cursor *c, const char *why)
{
    if (c->unknown == NULL)
        c->unknown = py_unknown_at(c->m, c->i < c->end ? c->i : c->end - 1, why);
    return NULL;
}

struct py_value *py_cursor_fail_with(struct py_cursor *c, struct py_value *unknown)
{
    if (c->unknown == NULL)
        c->unknown = unknown;
    return NULL;
}

/* Adds the item; false (and failed) when there is too much of it. */
bool py_cursor_push(struct py_cursor *c, struct py_value *list, struct py_value *item)
{
    if (++c->m->work > PY_MAX_WORK || c->m->arena.total > PY_MAX_ARENA || !py_value_push(&c->m->arena, list, item)) {
        c->unknown = NULL; /* said instead of what may have gone wrong inside */
        py_cursor_fail(c, "is too large or nested too deeply");
        return false;
    }
    return true;
}

bool py_cursor_push_all(struct py_cursor *c, struct py_value *list, const struct py_value *from)
{
    uint32_t count = from->list.count; /* `from` may be `list` itself */
    for (uint32_t i = 0; i < count; i++)
        if (!py_cursor_push(c, list, from->list.items[i]))
            return false;
    return true;
}

/* The next token at the cursor's level that is this operator, or c->end. */
uint32_t py_cursor_find(const struct py_cursor *c, uint32_t end, int op)
{
    return py_find_op(c->m, c->i, end, op);
}

bool py_has_word(const struct py_module *m, uint32_t first, uint32_t end, uint32_t word)
{
    for (uint32_t i = first; i < end; i = py_next(m, i))
        if (py_is_word(&m->tokens.items[i], word))
            return true;
    return false;
}
