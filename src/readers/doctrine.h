/* Doctrine Migrations: classes in files, which its configuration or the bundle's says where to look for. */
#pragma once

#include "expected/source.h"

/* See expected/source.h. The id is the class with its namespace. */
int doctrine_read(const struct source *source, struct expected *ret, struct err *reterr);
