/* Reading history tables: each tenant's own rows, and nothing else. */
#pragma once

#include "base/log.h"
#include "base/watch.h"
#include "db/db.h"
#include "verify/catalog.h"
#include "verify/recorded.h"

struct history {
    enum history_state state;
    char *detail; /* the server's words, or NULL */
    struct recorded recorded;
    size_t rows;
    char *print; /* the fingerprint of these rows, where it was asked for */
};

void history_done(struct history *history);

/* How to read. Borrowed. */
struct history_reading {
    const struct history_table *table;
    const struct judge *judge;
    bool print; /* with the fingerprint */
    int64_t seed;
    const struct db_options *options;
    const struct watch *watch;
    struct deadline until;
    const struct log *log; /* for the progress */
};

/* Reads the tables of `count` schemas in two round trips; if one of them makes a statement fail, each is read by itself, so
 * that none hides the others. Fills in `ret` (an array of `count`). Fails as db_run() does, except that what concerns a
 * single table is a state, never an error. */
int history_read(struct db *db, const struct history_reading *reading, const char *const *schemas, size_t count,
                 struct history *ret, struct err *reterr);

/* What the failure of a statement on one table means: HISTORY_CHANGED where another try may go better, or HISTORY_FAILED. */
enum history_state history_state_after(const struct err *err);
