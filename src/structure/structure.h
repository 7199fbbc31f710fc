/* Checking every tenant's structure in a few set-wise questions to the catalog, none of them per tenant. */
#pragma once

#include "base/watch.h"
#include "db/crew.h"
#include "structure/assertions.h"
#include "verify/verify.h"

struct structure_options {
    struct db_options db;
    const char *database;        /* for the findings, which borrow it */
    enum severity missing_schema; /* of a schema that has gone since its history was read */
};

/* Judges the schemas that these units name (each tenant once) and adds findings to the units. Relations are what can be
 * selected from: tables, partitioned and foreign ones, views and materialized views; only those of the very schema count.
 * Fails with ERR_CONFIG (SQLSTATE 42704) where the assertions' role does not exist, and as crew_run() does. */
int structure_check(struct crew *crew, const struct assertions *assertions, const struct structure_options *options,
                    struct unit **units, size_t count, const struct watch *watch, struct deadline until, struct err *reterr);
