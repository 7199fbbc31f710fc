/* Waiting until a database is really there: log-in and a first query, again and again, until the policy says enough. */
#pragma once

#include "base/log.h"
#include "base/watch.h"
#include "db/db.h"
#include "wait/policy.h"

/* Connects to `info`, retrying as the policy says until `overall` at the latest. Logs a line per change of state and a
 * reminder every 30 s. Returns 0 with *ret (db_close() it), or -1 with ERR_UNAVAILABLE, ERR_REFUSED, ERR_CONFIG,
 * ERR_SIGNALLED or ERR_INTERNAL; messages hold the server's own words. */
int wait_for_database(const struct conninfo *info, const struct wait_policy *policy, const struct watch *watch,
                      const struct log *log, struct deadline overall, struct db **ret, struct err *reterr);
