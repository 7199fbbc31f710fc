/* Which modules come with Python itself: they are not in the folders that are looked through, and nothing in them is
 * of interest to the readers. */
#pragma once

#include <stdbool.h>

/* Is the first part of the dotted name a module of Python's own library? */
bool py_is_stdlib(const char *dotted);
