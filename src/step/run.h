/* Running a step: its commands, some at a time, with retries and recovery. */
#pragma once

#include "base/environ.h"
#include "base/log.h"
#include "base/watch.h"
#include "proc/signals.h"
#include "proc/user.h"
#include "step/plan.h"

/* What every step runs with. Borrowed. */
struct step_host {
    const struct log *log;
    const struct watch *watch;
    const struct signals *signals;
    const struct environment *env;
    const struct strv *unset; /* app.unset: see step/environ.h */
    const struct user *user;  /* or NULL */
    const char *workdir;      /* "": the gate's own */
};

/* What must hold while the step runs. */
struct step_guard {
    int fd; /* becomes readable when it has to be looked at; -1: nothing to guard */
    /* Looks: 0 it still holds (*fd may be another one now), -1 it does not: the step is ended, and this is why. */
    int (*look)(void *context, int *fd, struct err *reterr);
    /* Called before a command is tried again. 0 or -1 as above. May be NULL. */
    int (*again)(void *context, struct err *reterr);
    void *context;
};

/* What a failed step left to tell. */
struct step_failure {
    char *label;      /* of the command that is told about: "migrate acme" */
    char *message;    /* "the step migrate failed for 2 of 3 tenants (acme and beta): exit code 1" */
    char *hint;       /* or NULL */
    char *command;    /* as one would type it, passwords hidden */
    struct strv tail; /* its last lines, passwords hidden */
};

void step_failure_done(struct step_failure *failure);
#define _cleanup_step_failure_ __attribute__((cleanup(step_failure_done)))

/* Runs the commands of one step, and says in the log when each begins and ends. One that fails does not keep the others of
 * its step from running, unless its program cannot be executed at all.
 * Returns 0 if all went well, 1 with *ret_failure if not, -1 with ERR_SIGNALLED, ERR_INTERNAL or the guard's error: then
 * all of its processes have been ended. */
int step_run(const struct step_host *host, const struct step *step, const struct step_commands *commands,
             struct step_guard *guard, struct step_failure *ret_failure, struct err *reterr);
