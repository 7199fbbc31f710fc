/* A list of owned strings. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct strv {
    char **items;
    size_t count;
    size_t cap;
};

#define STRV_INIT ((struct strv){0})

void strv_done(struct strv *list);
/* Adds a copy of `text`. */
void strv_add(struct strv *list, const char *text);
/* Adds `text` itself; the list owns it from now on. */
void strv_take(struct strv *list, char *text);
void strv_add_all(struct strv *list, const struct strv *other);
bool strv_has(const struct strv *list, const char *text);
/* Orders the strings by their bytes, never by a locale. */
void strv_sort(struct strv *list);
/* Removes repeated strings; the first of each stays, the order too. Returns how many went. */
size_t strv_unique(struct strv *list);

#define _cleanup_strv_ __attribute__((cleanup(strv_done)))
