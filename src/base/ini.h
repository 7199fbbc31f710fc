/* INI files: sections, keys and values with the lines they stand on. The grammar is inih's, without its limits: values
 * may have any length, may go on over indented lines (joined by a newline), and may hold ';' and '#', since comments
 * stand on lines of their own. This is also how Python's configparser reads a file like alembic.ini. */
#pragma once

#include "base/err.h"

/* Called for each key, in the order of the file; `section` is "" before the first one. Returns 0, or -1 with `reterr`
 * filled in, which ends the reading. */
typedef int ini_on_key(void *context, const char *section, const char *key, const char *value, int line,
                       struct err *reterr);

/* Reads `text` (of `len` bytes; `name` is what messages call it). Fails with ERR_CONFIG and "name:line:" in front for a
 * line that is neither section, key nor comment, for NUL bytes and for section or key names longer than inih can hold. */
int ini_read(const char *name, const char *text, size_t len, ini_on_key *handler, void *context, struct err *reterr);
