/* Evidence that is more than the name of a file: a manage.py that names the settings, or settings that are named from outside
 * and are there. */
#pragma once

#include "expected/source.h"

/* The file that says so, to be freed, or NULL. */
char *evidence_of_django(const struct source *source);
