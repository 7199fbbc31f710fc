/* The manifest: what an image expects, in one file that is made when the image is built. */
#pragma once

#include <stddef.h>

#include "expected/expected.h"

/* The format this version writes; it reads no newer one. */
#define MANIFEST_FORMAT 1

/* The manifest as a JSON document; to be freed. */
char *manifest_write(const struct expected *expected, const char *framework_name);

/* Reads a manifest's text into an empty `ret`; `name` is what messages call it, `framework_of` turns a name into its
 * framework (FRAMEWORK_AUTO: unknown). Fails with ERR_NO_EXPECTED where it is empty, no manifest, damaged (its digest
 * does not fit its content) or of a newer format. */
int manifest_read(const char *name, const char *text, size_t len, enum framework (*framework_of)(const char *name),
                  struct expected *ret, struct err *reterr);
