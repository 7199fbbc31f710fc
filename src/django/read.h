/* Reading a Django project's expected migrations from its files; django_read() is declared in source.h. */
#pragma once

#include "expected/source.h"

/* django_read() with `prefix` in front of the absolute folders in which Python's packages are looked for (/opt/venv,
 * /usr/lib/python3/dist-packages, ...), so that a test can have its own. */
int django_read_below(const struct source *source, const char *prefix, struct expected *ret, struct err *reterr);
