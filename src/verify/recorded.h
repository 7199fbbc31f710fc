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

enum recorded_state {
    RECORDED_NOT = 0,
    RECORDED_APPLIED = 1,
    RECORDED_EXCUSED = 2, /* not applied, and not to be: below a baseline, or told by recorded.failed */
};

struct recorded {
    unsigned char *applied; /* a byte per key of the judge, of enum recorded_state */
    struct strv unknown;    /* ids that no key stands for; sorted, each once. So are the two lists below */
    struct strv failed;     /* recorded as failed, dirty or unfinished: ids, or sentences that begin with one */
    struct strv changed;    /* ids whose recorded checksum is none that the file has */
    bool unknown_stops;     /* at one of the unknown rows the framework itself stops, whatever the row of its table says */
    bool null;              /* a row holds a null where none may be: nothing is decided */
    char *odd;              /* a row holds what this framework never writes, and what: nothing is decided; or NULL */
};

void recorded_done(struct recorded *recorded);
#define _cleanup_recorded_ __attribute__((cleanup(recorded_done)))

/* Nothing is recorded yet. */
void recorded_init(const struct judge *judge, struct recorded *ret);
/* Is it the same, so that the verdict is? */
bool recorded_equal(const struct judge *judge, const struct recorded *a, const struct recorded *b);
/* Something of this id is recorded as applied. */
void recorded_add(const struct judge *judge, const char *id, struct recorded *recorded);
/* Reads the rows as the judge's framework means them; `ret` is initialised by this. */
void recorded_from_rows(const struct judge *judge, const struct table_rows *rows, struct recorded *ret);
