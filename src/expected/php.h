/* The little of PHP that readers need. Pure; nothing of it is run. */
#pragma once

#include <stddef.h>

/* "NAMESPACE\CLASS" as the text declares the class of that name, or "CLASS" where it declares no namespace; comments and
 * strings do not count. NULL where no such class is declared. To be freed. */
char *php_class(const char *text, size_t len, const char *name);
