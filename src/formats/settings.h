/* Where a framework's own configuration says that its migrations are, as far as that is plain text: JavaScript, TypeScript,
 * PHP, YAML, TOML, JSON and properties, of which nothing is run. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/strv.h"

enum setting_is {
    SETTING_NONE,     /* nothing of that name */
    SETTING_GIVEN,    /* texts that stand there */
    SETTING_COMPUTED, /* something that only running it would tell */
};

/* Looks for "KEY: VALUE", "KEY = VALUE" and "KEY => VALUE", with `block` given only inside "BLOCK: {...}". A value is a text in
 * quotes, a list of those in brackets, or, with `bare`, a word up to the end of its line. In code it may also be put together from
 * texts and the file's own folder, as "./TEXT": path.resolve("a", "b"), path.join(__dirname, "a"), __DIR__ . "/a". Comments do not count. Adds what it
 * finds; *ret_line is where it was computed. */
enum setting_is setting_find(const char *text, size_t len, const char *block, const char *key, bool bare, struct strv *ret,
                             int *ret_line);

/* The same, where the value may also be a map: in braces, in brackets or array(), or, with `bare`, on lines of their own below
 * the key, as YAML has lists and maps. ret_names gets one for each value: its key in the map, "" where it has none. */
enum setting_is setting_find_map(const char *text, size_t len, const char *key, bool bare, struct strv *ret,
                                 struct strv *ret_names, int *ret_line);
