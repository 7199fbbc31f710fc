/* Values of Python expressions as far as a text shows them. */
#include "python/value.h"

#include <string.h>

#include "base/mem.h"

#define CHUNK_SIZE ((size_t)16 * 1024)

struct py_chunk {
    struct py_chunk *next;
    size_t size;
    max_align_t data[];
};

void *py_arena_alloc(struct py_arena *arena, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        BUG("arena request");
    size = (size + align - 1) / align * align;
    if (arena->chunks == NULL || arena->chunks->size - arena->used < size) {
        size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
        struct py_chunk *chunk = mem_alloc(sizeof *chunk + room);
        chunk->next = arena->chunks;
        chunk->size = room;
        arena->chunks = chunk;
        arena->used = 0;
    }
    char *start = (char *)arena->chunks->data + arena->used;
    arena->used += size;
    arena->total += size;
    memset(start, 0, size);
    return start;
}

static void free_chunks(struct py_chunk *chunk)
{
    while (chunk != NULL) {
        struct py_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void py_arena_reset(struct py_arena *arena)
{
    if (arena->chunks != NULL) {
        free_chunks(arena->chunks->next);
        arena->chunks->next = NULL;
        if (arena->chunks->size > CHUNK_SIZE) {
            free(arena->chunks);
            arena->chunks = NULL;
        }
    }
    arena->used = 0;
    arena->total = 0;
}

void py_arena_done(struct py_arena *arena)
{
    free_chunks(arena->chunks);
    *arena = (struct py_arena){0};
}

static bool is_mutable(enum py_type type)
{
    return type == PY_T_LIST || type == PY_T_SET || type == PY_T_DICT || type == PY_T_CLASS;
}

struct py_value *py_value_new(struct py_arena *arena, enum py_type type, uint32_t line)
{
    struct py_value *value = py_arena_alloc(arena, sizeof *value);
    value->type = (uint8_t)type;
    value->line = line;
    value->holds_mutable = is_mutable(type);
    return value;
}

struct py_value *py_value_unknown(struct py_arena *arena, const char *why, uint32_t subject, uint32_t line)
{
    struct py_value *value = py_value_new(arena, PY_T_UNKNOWN, line);
    value->unknown.why = why;
    value->unknown.subject = subject;
    return value;
}

struct py_value *py_value_string(struct py_arena *arena, const char *text, size_t len, uint32_t line)
{
    struct py_value *value = py_value_new(arena, PY_T_STRING, line);
    char *copy = py_arena_alloc(arena, len + 1);
    memcpy(copy, text, len);
    value->string.text = copy;
    value->string.len = len;
    return value;
}

bool py_value_push(struct py_arena *arena, struct py_value *list, struct py_value *item)
{
    if (item->depth >= PY_VALUE_DEPTH)
        return false;
    if (list->list.count == list->list.cap) {
        uint32_t cap = list->list.cap ? list->list.cap * 2 : 4;
        struct py_value **items = py_arena_alloc(arena, cap * sizeof *items);
        if (list->list.count > 0)
            memcpy(items, list->list.items, list->list.count * sizeof *items);
        list->list.items = items;
        list->list.cap = cap;
    }
    list->list.items[list->list.count++] = item;
    if (item->depth >= list->depth)
        list->depth = (uint8_t)(item->depth + 1);
    list->holds_mutable |= item->holds_mutable;
    return true;
}

bool py_string_is(const struct py_value *value, const char *text)
{
    return value->type == PY_T_STRING && strcmp(value->string.text, text) == 0;
}

struct py_value *py_dict_get(const struct py_value *dict, const char *key)
{
    for (uint32_t i = dict->list.count; i >= 2; i -= 2) /* the last one of a key counts */
        if (py_string_is(dict->list.items[i - 2], key))
            return dict->list.items[i - 1];
    return NULL;
}

struct py_value *py_class_get(const struct py_value *cls, uint32_t symbol)
{
    for (uint32_t i = 0; i < cls->cls.count; i++)
        if (cls->cls.attributes[i].symbol == symbol)
            return cls->cls.attributes[i].value;
    return NULL;
}

void py_value_spoil(struct py_value *value, const char *why, uint32_t subject, uint32_t line)
{
    if (!value->holds_mutable)
        return;
    value->holds_mutable = false; /* first, so that nothing is walked twice */
    if (value->type == PY_T_CLASS) {
        for (uint32_t i = 0; i < value->cls.count; i++)
            py_value_spoil(value->cls.attributes[i].value, why, subject, line);
        value->cls.changed_why = why;
        value->cls.changed_line = line;
        return;
    }
    for (uint32_t i = 0; i < value->list.count; i++)
        py_value_spoil(value->list.items[i], why, subject, line);
    if (value->type == PY_T_TUPLE || value->type == PY_T_CALL)
        return; /* itself it cannot change */
    value->type = PY_T_UNKNOWN;
    value->line = line;
    memset(&value->unknown, 0, sizeof value->unknown);
    value->unknown.why = why;
    value->unknown.subject = subject;
}
