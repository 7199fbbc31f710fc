/* The little of PHP that readers need. Pure; nothing of it is run. */
#pragma once

#include <stddef.h>

#include "base/strv.h"

/* Adds the classes that the text declares, in its order: "NAMESPACE\CLASS", or "CLASS" outside of any namespace. Comments,
 * strings, here documents and classes without a name do not count, nor do interfaces, traits and enumerations. Those that are
 * abstract are added to ret_abstract instead. */
void php_classes(const char *text, size_t len, struct strv *ret, struct strv *ret_abstract);
