/* A hash map from strings to numbers. */
#include "base/strmap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/mem.h"

/* The kernel hands every process 16 random bytes at start (AT_RANDOM, getauxval(3)): a seed without a system call. */
static uint64_t seed(void)
{
    uint64_t value = 0x9e3779b97f4a7c15u;
    const void *random = (const void *)getauxval(AT_RANDOM);
    if (random != NULL)
        memcpy(&value, random, sizeof value);
    return value;
}

/* FNV-1a over the bytes, started from the seed, with a final mix so that the low bits depend on all of them. */
static size_t hash(const struct strmap *map, const char *key)
{
    uint64_t h = 0xcbf29ce484222325u ^ map->seed;
    for (const unsigned char *p = (const unsigned char *)key; *p; p++) {
        h ^= *p;
        h *= 0x100000001b3u;
    }
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    h ^= h >> 32;
    return (size_t)h;
}

void strmap_done(struct strmap *map)
{
    free(map->keys);
    free(map->values);
    *map = STRMAP_INIT;
}

static size_t find(const struct strmap *map, const char *key)
{
    size_t slot = hash(map, key) & (map->slots - 1);
    while (map->keys[slot] != NULL && strcmp(map->keys[slot], key) != 0)
        slot = (slot + 1) & (map->slots - 1);
    return slot;
}

static void grow(struct strmap *map)
{
    struct strmap bigger = {.slots = map->slots ? map->slots * 2 : 16, .seed = map->slots ? map->seed : seed()};
    bigger.keys = mem_alloc(bigger.slots * sizeof *bigger.keys);
    bigger.values = mem_alloc(bigger.slots * sizeof *bigger.values);
    for (size_t i = 0; i < map->slots; i++) {
        if (map->keys[i] == NULL)
            continue;
        size_t slot = find(&bigger, map->keys[i]);
        bigger.keys[slot] = map->keys[i];
        bigger.values[slot] = map->values[i];
    }
    bigger.count = map->count;
    strmap_done(map);
    *map = bigger;
}

void strmap_put(struct strmap *map, const char *key, size_t value)
{
    if (map->count * 2 >= map->slots)
        grow(map);
    size_t slot = find(map, key);
    if (map->keys[slot] == NULL) {
        map->keys[slot] = key;
        map->count++;
    }
    map->values[slot] = value;
}

size_t strmap_get(const struct strmap *map, const char *key)
{
    if (map->slots == 0)
        return STRMAP_NONE;
    size_t slot = find(map, key);
    return map->keys[slot] == NULL ? STRMAP_NONE : map->values[slot];
}
