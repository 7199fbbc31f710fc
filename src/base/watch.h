/* Waiting for anything, without ever missing a signal: every wait of the closed gate goes through watch_wait(). */
#pragma once

#include "base/clock.h"
#include "base/err.h"

/* Where the signals that end the gate arrive: a signalfd(2) of proc/signals.c, or -1 where none are watched. */
struct watch {
    int signal_fd;
    const int *stop_fd; /* NULL, or a descriptor that ends every wait with ERR_DEPENDENCY once it is readable: nobody need
                         * wait for the database when something else that must be up has not come up in time */
};

/* Waits until `fd` (-1: nothing) has one of the poll(2) `events`, or until the deadline.
 * Returns 1 when the descriptor is ready, 0 at the deadline, -1 with ERR_SIGNALLED when a signal came first (or
 * ERR_DEPENDENCY: see stop_fd). */
int watch_wait(const struct watch *watch, int fd, short events, struct deadline until, struct err *reterr);

/* Has a signal come? -1 with ERR_SIGNALLED, else 0; never waits. */
int watch_check(const struct watch *watch, struct err *reterr);
