/* TypeORM: every class of a migration file is a migration, called by its property `name` or, without one, by the class
 * (typeorm, src/migration/MigrationExecutor.ts, getMigrations). */
#pragma once

#include "expected/source.h"

/* See expected/source.h. What does not show its classes plainly is an error with the way to a manifest. */
int typeorm_read(const struct source *source, struct expected *ret, struct err *reterr);

/* The migrations of one file's text, JavaScript or TypeScript, added to `ret`; `name` is what messages call it. Pure. */
int typeorm_file(const char *name, const char *text, size_t len, struct expected *ret, struct err *reterr);

/* What `typeorm migration:show` prints: "[X] 1 NAME" and "[ ] NAME". */
int listing_read_typeorm(const char *text, size_t len, struct expected *ret, struct err *reterr);
