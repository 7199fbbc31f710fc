/* Becoming the app. */
#pragma once

#include "base/environ.h"
#include "base/err.h"
#include "base/strv.h"
#include "proc/signals.h"

struct exec_options {
    const char *workdir;      /* "" : where the gate was started */
    const struct strv *unset; /* names or patterns (fnmatch(3)) of variables the app must not see */
};

/* Replaces the process by `argv` (looked for in the PATH the app will have), with the signal mask, dispositions and
 * descriptors it was started with and the environment less what is unset. Returns only on failure, with the exit code:
 * 127 not found, 126 cannot be executed, 128+N a signal came first. */
int exec_app(char *const *argv, const struct environment *env, const struct exec_options *options, struct signals *signals,
             struct err *reterr);
