/* Holding: a gate that stays closed, but alive, until a look at the database passes. */
#pragma once

#include "gate/gate.h"

/* Waits `pause_ms`, looks, and so on every gate.recheck. A look is a verification that waits for nothing and runs no step
 * (a step that fails would otherwise be run over and over); what is expected is read anew each time. Logs when the state
 * changes, and a reminder every 10 minutes. Neither gate.timeout nor database.wait ends it.
 *
 * `like` tells configuration, environment, log and watch; `report` is what closed the gate. Returns 0 once a look has
 * passed (the caller passes the gate again, steps and all), or -1 with ERR_SIGNALLED. */
int gate_hold(const struct gate *like, const struct report *report, int64_t pause_ms, struct err *reterr);
