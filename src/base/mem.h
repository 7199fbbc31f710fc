/* Memory: allocation that cannot fail quietly, and ownership by cleanup attributes.
 *
 * Running out of memory ends the process with exit code 70 and one line on standard error: the gate is closed
 * then, and nothing it holds is worth saving. All functions here return memory to be released with free(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/* Exit code for out of memory and for broken internal assumptions (BUG). */
#define MEM_EXIT_CODE 70

/* Returns `size` zeroed bytes (at least one). Never NULL. */
void *mem_alloc(size_t size);
/* Is so much to be had? Before OpenSSL is used for the first time: where that start runs out of memory it waits for itself, for
 * ever. */
void mem_need(size_t size);
#define MEM_AT_START ((size_t)256 * 1024)

/* Like reallocarray(): `count` elements of `size` bytes, checked for overflow. Never NULL. New bytes are undefined. */
void *mem_resize(void *ptr, size_t count, size_t size);

/* Returns a copy of the NUL-terminated `text`; NULL stays NULL. */
char *mem_strdup(const char *text);

/* Returns a NUL-terminated copy of `len` bytes of `text`. */
char *mem_strndup(const char *text, size_t len);

/* Returns the text that printf() would print. */
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Replaces the owned string `*slot` by a copy of `text` (NULL clears it). */
void mem_set(char **slot, const char *text);

/* Reports a broken assumption of our own and ends the process with exit code 70. */
_Noreturn void mem_bug(const char *file, int line, const char *what);
#define BUG(what) mem_bug(__FILE__, __LINE__, (what))

/* Makes room for one more element of a vector held as (pointer, count, capacity). */
#define MEM_GROW(items, count, cap)                                                                                    \
    do {                                                                                                               \
        if ((count) == (cap)) {                                                                                        \
            (cap) = (cap) ? (cap) * 2 : 8;                                                                             \
            (items) = mem_resize((items), (cap), sizeof *(items));                                                     \
        }                                                                                                              \
    } while (0)

static inline void mem_free_ptr(void *slot)
{
    void **ptr = slot;
    free(*ptr);
    *ptr = NULL;
}

/* Releases the variable's memory when it goes out of scope. */
#define _cleanup_free_ __attribute__((cleanup(mem_free_ptr)))

/* Calls `fn(&variable)` when the variable goes out of scope. */
#define _cleanup_(fn) __attribute__((cleanup(fn)))

/* Hands a pointer over: returns it and leaves NULL behind, so that its cleanup does nothing. */
#define STEAL(ptr) __extension__({ __typeof__(ptr) stolen_ = (ptr); (ptr) = NULL; stolen_; })

void mem_close_fd(int *fd);
/* Closes the descriptor (if not negative) when it goes out of scope. */
#define _cleanup_close_ __attribute__((cleanup(mem_close_fd)))
