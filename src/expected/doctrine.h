/* Doctrine Migrations: classes in files, which its configuration or the bundle's says where to look for. */
#pragma once

#include "expected/source.h"

/* See expected/source.h. The id is the class with its namespace. */
int doctrine_read(const struct source *source, struct expected *ret, struct err *reterr);

/* What `doctrine:migrations:list` prints, or classes with their namespaces, one a line. */
int listing_read_doctrine(const char *text, size_t len, struct expected *ret, struct err *reterr);
