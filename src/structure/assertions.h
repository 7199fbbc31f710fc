/* What must be there, and what must not, whatever the history says: [structure] tables, columns, absent. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strv.h"
#include "config/config.h"

/* An assertion's column is none: it is about the table as such. */
#define ASSERTION_NO_COLUMN ((size_t)-1)

struct assertion {
    size_t relation; /* index into relations */
    size_t column;   /* index into columns, or ASSERTION_NO_COLUMN */
    bool absent;     /* must not be there */
};

/* A column to look for. */
struct asserted_column {
    size_t relation;
    char *name;
};

/* The assertions, and what has to be looked for to judge them: each relation and column once, at a fixed place. */
struct assertions {
    struct assertion *items;
    size_t count, cap;
    struct strv relations;
    struct asserted_column *columns;
    size_t column_count, column_cap;
    const char *role; /* who must be able to read the tables that must be there; "": who connects; borrowed */
};

void assertions_done(struct assertions *assertions);
#define _cleanup_assertions_ __attribute__((cleanup(assertions_done)))

/* Reads [structure]; fills in an empty `ret`. Fails (ERR_CONFIG, with file and line) for what contradicts itself: a table or
 * column that must be there and must not, and for a role that no role can be. */
int assertions_read(const struct section *section, struct assertions *ret, struct err *reterr);

/* An assertion's name as the configuration would have it: users, users.avatar. To be freed. */
char *assertion_text(const struct assertions *assertions, const struct assertion *assertion);
