/* The app, ready to be started: all that needs memory is done before, so that the rest may stand between fork and exec. */
#pragma once

#include "base/environ.h"
#include "base/err.h"
#include "base/strv.h"
#include "proc/user.h"

struct launch_options {
    const char *workdir;      /* "" : where the gate was started */
    const struct strv *unset; /* names or patterns (fnmatch(3)) of variables the app must not see */
    const struct user *user;
};

struct launch {
    char *const *argv;
    const char *workdir;
    const struct user *user;
    char **vars; /* its environment: an array of its own, of borrowed strings */
    char *home;  /* one of them, where the user changes */
    struct strv files; /* what to execute: proc/program.h */
};

/* What kept it from starting. */
struct launch_failure {
    enum launch_stage { LAUNCH_USER, LAUNCH_WORKDIR, LAUNCH_EXEC } stage;
    int why; /* errno */
};

/* Prepares `argv` (looked for in the PATH that it will have) with the environment less what is unset, and HOME of the user
 * it becomes. Borrows all of it. */
void launch_prepare(struct launch *launch, char *const *argv, const struct environment *env,
                    const struct launch_options *options);
void launch_done(struct launch *launch);
#define _cleanup_launch_ __attribute__((cleanup(launch_done)))

/* Becomes the user, then goes to the working directory as that user. 0, or -1 with the failure. Async-signal-safe. */
int launch_enter(const struct launch *launch, struct launch_failure *ret);

/* Executes it. Returns only on failure. Async-signal-safe. */
void launch_exec(const struct launch *launch, struct launch_failure *ret);

/* Tells the failure; returns the exit code: 127 not found, 126 anything else. */
int launch_explain(const struct launch *launch, const struct launch_failure *failure, struct err *reterr);

#define LAUNCH_CANNOT_EXECUTE 126
