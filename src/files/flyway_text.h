/* What Flyway's settings do to the text of a migration before its checksum is taken: encoding and placeholders. */
#pragma once

#include <stdbool.h>

#include "expected/expected.h"

struct flyway_text {
    char *encoding;     /* as it is written; NULL: the default */
    char *front, *back; /* around the name of a placeholder; NULL: ${ and } */
    bool plain;         /* placeholders are not replaced */
    struct strv names, values; /* placeholders, in small letters; a value that is not known is left out with its name */
    struct strv unknown;       /* names whose value is not known */
};

void flyway_text_done(struct flyway_text *text);

/* A placeholder and its value; NULL: that is not literal. Two values of one name are none. */
void flyway_text_value(struct flyway_text *text, const char *name, const char *value);

/* The same, whatever files say. */
void flyway_text_given(struct flyway_text *text, const char *name, const char *value);

bool flyway_text_is_utf8(const struct flyway_text *text);

/* Completes the checksums that sum_flyway() gave, or (another encoding) gives them. */
int flyway_text_sums(const struct flyway_text *text, struct expected *expected, struct err *reterr);
