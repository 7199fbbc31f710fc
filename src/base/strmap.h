/* A hash map from strings to numbers (usually an index into an array). The keys are borrowed: they must live, and
 * not move, as long as the map. The hash is seeded per process, so that names from outside cannot be chosen to
 * collide. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct strmap {
    const char **keys; /* NULL: free slot */
    size_t *values;
    size_t slots; /* power of two, or 0 */
    size_t count;
    uint64_t seed;
};

#define STRMAP_INIT ((struct strmap){0})
/* What strmap_get() answers for a key that is not there. */
#define STRMAP_NONE SIZE_MAX

void strmap_done(struct strmap *map);
/* Sets the value of `key`; a key that is there already keeps its old key pointer and gets the new value. */
void strmap_put(struct strmap *map, const char *key, size_t value);
size_t strmap_get(const struct strmap *map, const char *key);

#define _cleanup_strmap_ __attribute__((cleanup(strmap_done)))
