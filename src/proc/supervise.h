/* Staying as the app's parent, as a small init does. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "proc/launch.h"
#include "proc/signals.h"

/* Is the app well? Asked while it runs, by callbacks that must not block. */
struct supervise_health {
    int (*begin)(void *context); /* begins a check: a descriptor that becomes readable when it is done, or -1 */
    bool (*end)(void *context);  /* ends it, done or not: is the app well? */
    void *context;
    int64_t interval_ms, timeout_ms; /* a check that is not done in time has failed */
    int64_t start_period_ms;         /* failures do not count before this, unless it was well already */
    int64_t retries;                 /* so many failures in a row make it unhealthy */
};

struct supervise_options {
    bool signal_group;                     /* signals go to the app's whole process group */
    const struct supervise_health *health; /* NULL: it is not asked */
};

/* Starts the app as a child in a process group of its own (in the foreground, if the gate was there), with the signal mask,
 * dispositions and descriptors the gate was started with, and stays until it ends: hands every signal on that can be
 * handed on, and reaps every process that is left to it (as PID 1, else as subreaper).
 *
 * Returns the exit code: the app's own, 128+N where signal N ended it; with an error 127 not found, 126 cannot be executed,
 * 128+N a signal came before it was started. What the app leaves running is left alone: the kernel ends it with PID 1.
 *
 * An app that is found unhealthy is ended (SIGTERM, later SIGKILL, and what is left of its process group): then
 * *ret_unhealthy is true, and the signals are those of the closed gate again. */
int supervise_app(const struct launch *launch, const struct supervise_options *options, struct signals *signals,
                  bool *ret_unhealthy, struct err *reterr);
