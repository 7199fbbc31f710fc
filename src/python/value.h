/* Values of Python expressions as far as a text shows them. A list, set or dictionary is an object: every name that is
 * bound to it points to the same value, so that a change through one name is seen through all. Values live in an arena
 * that belongs to the module being read, and die with it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "python/symbol.h"

enum py_type {
    PY_T_UNKNOWN,
    PY_T_NONE,
    PY_T_BOOL,
    PY_T_NUMBER, /* which one is not kept */
    PY_T_STRING,
    PY_T_LIST,
    PY_T_TUPLE,
    PY_T_SET, /* also what only iterates; in the order of first appearance */
    PY_T_DICT,
    PY_T_IMPORT, /* a module, or something imported from one */
    PY_T_CALL,   /* the result of calling something imported */
    PY_T_CLASS,  /* defined in this text */
};

/* A name bound in a class body. */
struct py_attribute {
    uint32_t symbol;
    struct py_value *value;
};

struct py_value {
    uint8_t type;
    uint8_t depth;      /* of nesting; bounded, so that walking a value is, too */
    bool holds_mutable; /* a list, set, dictionary or class is this value or is in it */
    bool truth;         /* PY_T_BOOL */
    uint32_t line;
    union {
        struct {              /* PY_T_UNKNOWN */
            const char *why;  /* static; fits after "FILE:LINE: NAME " */
            uint32_t subject; /* the name that `why` speaks of, or PY_SYMBOL_NONE */
            const char *file; /* where that stands, for messages; NULL: in the text being read */
            /* In a list: this text may be in it or not, and nothing else may be in its place. NULL: anything may be. */
            const char *maybe;
        } unknown;
        struct {              /* PY_T_STRING; PY_T_IMPORT: the dotted name, with leading dots where it is relative */
            const char *text; /* NUL-terminated; in the arena */
            size_t len;
        } string;
        struct { /* LIST, TUPLE, SET; DICT: key, value, key, value, ...; CALL: the callee and its arguments */
            struct py_value **items;
            uint32_t count, cap;
        } list;
        struct {                    /* PY_T_CLASS */
            struct py_value *bases; /* a tuple */
            struct py_attribute *attributes;
            uint32_t count, cap;
            uint32_t name;
            bool plain;              /* no decorator, no keywords such as metaclass */
            bool overflow;           /* more names than are kept */
            const char *changed_why; /* something may have changed its attributes (but never its bases); or NULL */
            uint32_t changed_line;
        } cls;
    };
};

/* An arena: memory that is released all at once. */
struct py_arena {
    struct py_chunk *chunks;
    size_t used; /* in the first chunk */
    size_t total;
};

void *py_arena_alloc(struct py_arena *arena, size_t size);
/* Forgets all; keeps one chunk for the next use. */
void py_arena_reset(struct py_arena *arena);
void py_arena_done(struct py_arena *arena);

/* Most nesting of lists in lists. */
#define PY_VALUE_DEPTH 100

struct py_value *py_value_new(struct py_arena *arena, enum py_type type, uint32_t line);
struct py_value *py_value_unknown(struct py_arena *arena, const char *why, uint32_t subject, uint32_t line);
struct py_value *py_value_string(struct py_arena *arena, const char *text, size_t len, uint32_t line);
/* Adds an item to a list, tuple, set, dictionary or call. False when that would nest too deeply. */
bool py_value_push(struct py_arena *arena, struct py_value *list, struct py_value *item);

static inline bool py_is_sequence(const struct py_value *value)
{
    return value->type == PY_T_LIST || value->type == PY_T_TUPLE || value->type == PY_T_SET;
}

static inline bool py_is_string(const struct py_value *value)
{
    return value->type == PY_T_STRING;
}

bool py_string_is(const struct py_value *value, const char *text);
/* The value under this key, or NULL. All keys of a known dictionary are strings. */
struct py_value *py_dict_get(const struct py_value *dict, const char *key);
/* The attribute bound in the class body, or NULL. */
struct py_value *py_class_get(const struct py_value *cls, uint32_t symbol);

/* Makes the value, and every list or dictionary in it, unknown: something may have changed it. A class stays a class,
 * and is marked as changed. */
void py_value_spoil(struct py_value *value, const char *why, uint32_t subject, uint32_t line);
