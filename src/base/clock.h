/* Time: a monotonic clock in milliseconds, and deadlines on it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t clock_now_ms(void);

/* A point on the monotonic clock; DEADLINE_NEVER has none. */
struct deadline {
    int64_t at_ms;
};

#define DEADLINE_NEVER ((struct deadline){INT64_MAX})

/* `after_ms` from now; 0 or less means never. */
struct deadline deadline_in(int64_t after_ms);
/* The earlier of the two. */
struct deadline deadline_min(struct deadline a, struct deadline b);
bool deadline_passed(struct deadline deadline);
/* Milliseconds left, at least 0; INT64_MAX for DEADLINE_NEVER. */
int64_t deadline_left_ms(struct deadline deadline);
/* The same as a time-out for poll(2): -1 for never, capped to what an int holds. */
int deadline_poll_ms(struct deadline deadline);
