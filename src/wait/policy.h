/* When to try again, and when to give up. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "db/classify.h"

/* Times in milliseconds, as configured in [database]. */
struct wait_policy {
    int64_t wait_ms;           /* how long it may take to come up; 0: one try */
    int64_t attempt_ms;        /* for one address */
    int64_t retry_ms;          /* first pause */
    int64_t retry_max_ms;      /* longest pause */
    int64_t grace_ms;          /* how long a refusal is retried */
    int64_t stable_ms;         /* how long it must stay reachable */
    int64_t statement_timeout_ms;
};

/* The pause before try `n` (from 0) in the same state: doubled each time up to the longest, of which a random part
 * between a half and the whole is taken, so that many replicas do not come back together. `random` is any number. */
int64_t wait_pause_ms(const struct wait_policy *policy, unsigned n, uint32_t random);

enum wait_step {
    WAIT_RETRY,
    WAIT_GIVE_UP_REFUSED,     /* refused for longer than the grace */
    WAIT_GIVE_UP_UNAVAILABLE, /* not up in time */
    WAIT_GIVE_UP_CONFIG,      /* cannot work at all */
};

/* What to do after a failure of that class. `waited_ms` since the waiting began, `refused_ms` since the first of the
 * refusals in a row (the present one included), `over` when another deadline has passed. */
enum wait_step wait_decide(const struct wait_policy *policy, enum failure_class class, int64_t waited_ms,
                           int64_t refused_ms, bool over);
