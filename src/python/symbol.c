/* The names of one Python text. */
#include "python/symbol.h"

#include <string.h>
#include <sys/auxv.h>

#include "base/mem.h"

#define PY_WORD_TEXT(name, text) text,
static const char *const words[] = {PY_KEYWORDS(PY_WORD_TEXT) PY_WORDS(PY_WORD_TEXT)};

_Static_assert(sizeof words / sizeof *words == PY_WORDS_END, "every word has its number");

/* Seeded per process, as in base/strmap.c: a file cannot choose names that collide. */
static uint64_t seed(void)
{
    uint64_t value = 0x9e3779b97f4a7c15u;
    const void *random = (const void *)getauxval(AT_RANDOM);
    if (random != NULL)
        memcpy(&value, random, sizeof value);
    return value;
}

static uint64_t hash(const struct py_symbols *symbols, const char *text, size_t len)
{
    uint64_t h = 0xcbf29ce484222325u ^ symbols->seed;
    for (size_t i = 0; i < len; i++) {
        h ^= (unsigned char)text[i];
        h *= 0x100000001b3u;
    }
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    return h ^ h >> 32;
}

static size_t find_slot(const struct py_symbols *symbols, const char *text, size_t len)
{
    size_t slot = (size_t)hash(symbols, text, len) & (symbols->slot_count - 1);
    for (; symbols->slots[slot] != 0; slot = (slot + 1) & (symbols->slot_count - 1)) {
        const struct py_symbol *symbol = &symbols->items[symbols->slots[slot] - 1];
        if (symbol->len == len && memcmp(symbol->text, text, len) == 0)
            break;
    }
    return slot;
}

static void rehash(struct py_symbols *symbols, size_t slot_count)
{
    free(symbols->slots);
    symbols->slot_count = slot_count;
    symbols->slots = mem_alloc(slot_count * sizeof *symbols->slots);
    for (size_t i = 0; i < symbols->count; i++) {
        struct py_symbol *symbol = &symbols->items[i];
        symbol->slot = (uint32_t)find_slot(symbols, symbol->text, symbol->len);
        symbols->slots[symbol->slot] = (uint32_t)i + 1;
    }
}

uint32_t py_symbols_intern(struct py_symbols *symbols, const char *text, size_t len)
{
    if ((symbols->count + 1) * 2 > symbols->slot_count)
        rehash(symbols, symbols->slot_count ? symbols->slot_count * 2 : 512);
    size_t slot = find_slot(symbols, text, len);
    if (symbols->slots[slot] != 0)
        return symbols->slots[slot] - 1;
    MEM_GROW(symbols->items, symbols->count, symbols->cap);
    symbols->items[symbols->count++] = (struct py_symbol){.text = text, .len = (uint32_t)len, .slot = (uint32_t)slot};
    symbols->slots[slot] = (uint32_t)symbols->count;
    return (uint32_t)symbols->count - 1;
}

void py_symbols_reset(struct py_symbols *symbols)
{
    if (symbols->count == 0) {
        symbols->seed = seed();
        for (size_t i = 0; i < PY_WORDS_END; i++)
            py_symbols_intern(symbols, words[i], strlen(words[i]));
        return;
    }
    /* The fixed words went in first, so no probe for one of them ever passes over a name that is taken out here. */
    for (size_t i = PY_WORDS_END; i < symbols->count; i++)
        symbols->slots[symbols->items[i].slot] = 0;
    symbols->count = PY_WORDS_END;
    if (symbols->slot_count > 65536)
        rehash(symbols, 512);
}

void py_symbols_done(struct py_symbols *symbols)
{
    free(symbols->items);
    free(symbols->slots);
    *symbols = (struct py_symbols){0};
}

uint32_t py_symbols_find(const struct py_symbols *symbols, const char *text)
{
    if (symbols->slot_count == 0)
        return PY_SYMBOL_NONE;
    size_t slot = find_slot(symbols, text, strlen(text));
    return symbols->slots[slot] == 0 ? PY_SYMBOL_NONE : symbols->slots[slot] - 1;
}
