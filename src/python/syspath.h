/* Changes of sys.path that a script makes for itself (manage.py and settings often do), as far as its text decides
 * them: sys.path.append(X), .extend([...]), .insert(N, X), where X is built from __file__, os.path and pathlib. */
#pragma once

#include "base/err.h"
#include "python/roots.h"

/* Adds the folders that the text of `path` puts into sys.path. What is added behind all others and not understood is
 * passed over (it can only add modules that are not found otherwise, and those are reported as missing); what is put in
 * front and not understood is an error, since it could hide modules. */
int py_syspath_apply(struct py_roots *roots, const char *path, const char *text, size_t len, struct err *reterr);
