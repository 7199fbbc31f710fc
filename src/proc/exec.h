/* Becoming the app. */
#pragma once

#include "base/err.h"
#include "proc/launch.h"
#include "proc/signals.h"

/* Replaces the process by the app, with the signal mask, dispositions and descriptors the gate was started with. Returns
 * only on failure, with the exit code: 127 not found, 126 cannot be executed, 128+N a signal came first. */
int exec_app(const struct launch *launch, struct signals *signals, struct err *reterr);
