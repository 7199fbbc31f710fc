/* Fingerprints of many history tables, so that tables with the same rows are read once (verify/select.h says how strong they are). */
#pragma once

#include "db/crew.h"
#include "verify/history.h"

struct surveyed {
    enum history_state state; /* by the catalog; HISTORY_CHANGED where that does not decide it */
    char *print;              /* HISTORY_READ: the fingerprint, or NULL where a statement failed; owned. Without a fingerprint,
                                 and where it is not decided, the table is to be read by itself */
};

/* Fills in `ret` (an array of `count`; zeroed by the caller, who frees the prints, also after a failure). Fails as crew_run(). */
int survey(struct crew *crew, const struct history_reading *reading, const char *const *schemas, size_t count,
           struct surveyed *ret, struct err *reterr);
