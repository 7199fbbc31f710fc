/* Evidence that is more than the name of a file: an alembic.ini, or a pyproject.toml with the options of Alembic. */
#pragma once

#include "expected/source.h"

/* The file that says so, to be freed, or NULL. */
char *evidence_of_alembic(const struct source *source);
