/* sqlx, where sqlx.toml says more than the folder and the table (sqlx-core/src/config/migrate.rs). */
#pragma once

#include "base/buf.h"
#include "expected/source.h"

/* See expected/source.h: the files, by their rule. A table that is named with its schema is looked for there only. With
 * ignored-chars each migration has two checksums: the command line leaves those characters out, a Migrator without that
 * configuration does not. */
int sqlx_read(const struct source *source, struct expected *ret, struct err *reterr);

/* The characters that the text of a sqlx.toml has as ignored-chars, one after the other; false: it is no list of single
 * characters. Pure. */
bool sqlx_ignored(const char *text, size_t len, struct buf *ret);
