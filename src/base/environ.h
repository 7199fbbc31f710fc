/* The environment as data: so that what is read from it can be tested, and nothing is ever set in our own. */
#pragma once

#include <stddef.h>

/* Borrowed "NAME=value" strings, NULL-terminated, as main() gets them. */
struct environment {
    char *const *vars;
};

/* The value of `name`, or NULL where it is not set. Borrowed. */
const char *environment_get(const struct environment *env, const char *name);
