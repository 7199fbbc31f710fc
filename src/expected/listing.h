/* What a framework itself says it expects, on standard input of `tenantgate manifest --from FRAMEWORK -`. */
#pragma once

#include <stddef.h>

#include "expected/expected.h"

/* Django: the JSON of the script that `tenantgate manifest --script django` prints (run by the app's own interpreter), or
 * the output of `manage.py showmigrations --plan`, which tells no parents. Fills in an empty `ret`; fails with
 * ERR_NO_EXPECTED where the text is neither, is cut short, or lists nothing. */
int listing_read_django(const char *text, size_t len, struct expected *ret, struct err *reterr);

/* Alembic: the output of `alembic history` (or `flask db history`). */
int listing_read_alembic(const char *text, size_t len, struct expected *ret, struct err *reterr);

/* The migrations of `framework = sql`: one a line, in the order in which they are applied. */
int listing_read_lines(const char *text, size_t len, struct expected *ret, struct err *reterr);

/* The script for Django, as text. */
extern const char listing_django_script[];
