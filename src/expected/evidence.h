/* Evidence that is more than the name of a file: does the project use this framework? Each returns the file that says so,
 * to be freed, or NULL. */
#pragma once

#include "expected/source.h"

char *evidence_of_django(const struct source *source);
char *evidence_of_alembic(const struct source *source);
