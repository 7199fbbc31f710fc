/* Flyway: its own configuration and Spring Boot's, the files that they lead to, and its list. */
#pragma once

#include "expected/source.h"

/* Reads what the image expects; see expected/source.h. */
int flyway_read(const struct source *source, struct expected *ret, struct err *reterr);

/* What `flyway info -outputType=json` prints, or a list of names. */
int listing_read_flyway(const char *text, size_t len, struct expected *ret, struct err *reterr);
