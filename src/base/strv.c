/* A list of owned strings. */
#include "base/strv.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"

void strv_done(struct strv *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = STRV_INIT;
}

void strv_take(struct strv *list, char *text)
{
    MEM_GROW(list->items, list->count, list->cap);
    list->items[list->count++] = text;
}

void strv_add(struct strv *list, const char *text)
{
    strv_take(list, mem_strdup(text));
}

void strv_add_all(struct strv *list, const struct strv *other)
{
    for (size_t i = 0; i < other->count; i++)
        strv_add(list, other->items[i]);
}

bool strv_has(const struct strv *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], text) == 0)
            return true;
    return false;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *list)
{
    if (list->count > 1)
        qsort(list->items, list->count, sizeof *list->items, by_bytes);
}

size_t strv_unique(struct strv *list)
{
    struct strmap _cleanup_strmap_ seen = STRMAP_INIT;
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (strmap_get(&seen, list->items[i]) != STRMAP_NONE) {
            free(list->items[i]);
            continue;
        }
        list->items[kept] = list->items[i];
        strmap_put(&seen, list->items[kept], kept);
        kept++;
    }
    size_t gone = list->count - kept;
    list->count = kept;
    return gone;
}
