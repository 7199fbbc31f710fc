/* Starting the app behind the open gate. */
#pragma once

#include "cli/cli.h"
#include "proc/user.h"

/* Starts it, in the gate's place or as its child ([app] supervise). Returns the exit code; *ret_unhealthy: it was ended
 * because it stopped answering ([health] restart), and the gate may be passed again. */
int cli_start_app(struct cli *cli, const struct user *user, bool *ret_unhealthy);

/* The pause before it is started again after having been unhealthy `times` times in a row. Returns 0, -1 where that is
 * often enough, or the exit code where a signal came. */
int cli_pause_restart(struct cli *cli, unsigned times);

/* An app that has run so long before is not one that fails at every start. */
#define CLI_RESTART_FORGET_MS ((int64_t)10 * 60 * 1000)
