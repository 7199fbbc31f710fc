/* What the rows of one history table say, in the judge's terms. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "verify/judge.h"

/* Rows as text, one after the other: `columns` cells each, in the order of the framework's columns; NULL is an SQL null.
 * Borrowed. */
struct table_rows {
    const char *const *cells;
    size_t count, columns;
};

struct recorded {
    unsigned char *applied; /* a byte per key of the judge: is there such a row? */
    struct strv unknown;    /* ids that no key stands for; sorted, each once */
    bool null;              /* a row holds a null where none may be: nothing is decided */
};

void recorded_done(struct recorded *recorded);
#define _cleanup_recorded_ __attribute__((cleanup(recorded_done)))

/* Nothing is recorded yet. */
void recorded_init(const struct judge *judge, struct recorded *ret);
/* Something of this id is recorded as applied. */
void recorded_add(const struct judge *judge, const char *id, struct recorded *recorded);
/* Reads the rows as the judge's framework means them; `ret` is initialised by this. */
void recorded_from_rows(const struct judge *judge, const struct table_rows *rows, struct recorded *ret);
