/* Plain configuration files as a list of dotted keys and values: Java's properties, TOML and YAML, as far as what they say
 * is literal. Of everything else the value is not known, never guessed. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct property {
    char *key;   /* as it is written, with what it is in: "spring.flyway.locations" */
    char *value; /* lists: joined by commas; NULL: not literal */
    char *file;
    int line;
};

struct properties {
    struct property *items;
    size_t count, cap;
};

void properties_done(struct properties *list);
#define _cleanup_properties_ __attribute__((cleanup(properties_done)))

void properties_read_java(const char *file, const char *text, struct properties *ret);
void properties_read_toml(const char *file, const char *text, struct properties *ret);
/* `profiles` (commas between) says which documents count beside those without a condition (spring.config.activate.on-profile). */
void properties_read_yaml(const char *file, const char *text, const char *profiles, struct properties *ret);

/* Is `word` among those between commas? */
bool properties_lists(const char *list, const char *word);
