/* Reading an Alembic (or Flask-Migrate) project's expected revisions from its files; alembic_read() is declared in
 * source.h. */
#pragma once

#include "expected/source.h"

/* alembic_read() with `prefix` in front of the absolute folders in which Python's packages are looked for. */
int alembic_read_below(const struct source *source, const char *prefix, struct expected *ret, struct err *reterr);
