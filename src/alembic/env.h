/* An Alembic env.py: where it puts the version table (arguments of context.configure()). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct alembic_env {
    char *table;  /* version_table, where it is a literal; NULL: not named */
    char *schema; /* version_table_schema, where it is a literal */
};

/* Reads env.py from `text`. Fails when it names a version table that the text does not decide, unless `table_known`
 * (the configuration names it). A text that is no Python as known here is an error only when it speaks of a version
 * table. */
int alembic_env_parse(const char *file, const char *text, size_t len, bool table_known, struct alembic_env *ret,
                      struct err *reterr);
void alembic_env_done(struct alembic_env *env);
#define _cleanup_alembic_env_ __attribute__((cleanup(alembic_env_done)))
