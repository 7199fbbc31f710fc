/* Telling somebody: the webhook of [notify], and Kubernetes' termination message. Neither ever changes the outcome. */
#pragma once

#include "base/environ.h"
#include "base/log.h"
#include "base/watch.h"
#include "config/config.h"
#include "report/report.h"

/* POSTs what came of it to notify.url, where one is set, the kind of outcome is wanted (notify.on) and it was not told
 * within notify.repeat already. Takes at most 3 s. A failure is a warning in the log. Returns 0, or -1 with ERR_SIGNALLED
 * where a signal came meanwhile. */
int notice_send(const struct config *config, const struct report *report, const char *command,
                 const struct environment *env, const struct log *log, const struct watch *watch, struct err *reterr);

/* Writes why the gate is closed into Kubernetes' termination message `path`, where that is a regular file that can be
 * written; it is never made. */
void notice_write_termination(const char *path, const struct report *report);
