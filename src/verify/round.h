/* One round of reading and judging. */
#pragma once

#include "base/log.h"
#include "verify/verify.h"

struct round {
    struct crew *crew;
    const struct verify_source *sources;
    const struct db_options *db;
    const struct watch *watch;
    const struct log *log;
    struct deadline until;
};

/* Reads and judges these units as they are now; what was found of them before is forgotten. Those of a source stand together
 * in the list. Fails as verify_all() does. */
int round_judge(const struct round *round, struct unit **list, size_t count, struct err *reterr);
