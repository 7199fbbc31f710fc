/* The verdict on one tenant's structure: what was seen against the assertions. Pure: no database. */
#pragma once

#include "structure/assertions.h"
#include "verify/finding.h"

/* A relation as it was seen. */
enum seen_relation {
    SEEN_NOTHING = '-',
    SEEN_READABLE = 'r',
    SEEN_UNREADABLE = 'x', /* it is there, but the role may not SELECT from it */
};

/* A column. */
#define SEEN_COLUMN 'c'

/* One schema. */
struct seen {
    bool usage;            /* the role has USAGE on the schema */
    const char *relations; /* an enum seen_relation for each of the assertions' relations; borrowed */
    const char *columns;   /* SEEN_COLUMN or SEEN_NOTHING for each of their columns; borrowed */
};

/* Is it as long as the assertions, and nothing but what stands above? */
bool seen_is_whole(const struct assertions *assertions, const struct seen *seen);

/* Adds what is wrong, a finding of each kind at most, with a word about each of its items. A table that is not there is
 * missing_table, also where only a column of it was asked for. `database` is borrowed by the findings. */
void structure_compare(const struct assertions *assertions, const struct seen *seen, const char *database,
                       const char *tenant, struct findings *ret);
