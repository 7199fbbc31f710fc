/* The other things that must be up before the app: [wait.NAME]. Each is waited for in a thread of its own, side by side with
 * the others and with the database. */
#pragma once

#include <stdbool.h>

#include "base/environ.h"
#include "base/log.h"
#include "base/watch.h"
#include "config/config.h"

struct dependencies;

/* Begins to wait for all of them; *ret is NULL where none is configured. `once`: look at each once and do not wait. The
 * threads log a line per change of state and a reminder every 30 s; `log` is copied. Fails with ERR_CONFIG for a URL that
 * cannot be asked, or ERR_INTERNAL. */
int dependencies_start(const struct config *config, const struct environment *env, const struct log *log, bool once,
                       struct deadline overall, struct dependencies **ret, struct err *reterr);

/* Waits until all are up. Fails with ERR_DEPENDENCY, naming the first that was not up in time, ERR_SIGNALLED or
 * ERR_INTERNAL. NULL dependencies are up. */
int dependencies_wait(struct dependencies *all, const struct watch *watch, struct err *reterr);

/* Becomes readable when one of them has not come up in time, for struct watch: then nothing else need be waited for. */
const int *dependencies_failed_fd(const struct dependencies *all);

/* Lets go of them; threads that are still at it end by themselves. */
void dependencies_free(struct dependencies *all);
