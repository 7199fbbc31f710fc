/* The environment of a step. */
#pragma once

#include "base/environ.h"
#include "base/strv.h"
#include "proc/user.h"

struct step_environment {
    char **vars;       /* NULL-terminated; borrowed strings and those of `own` */
    struct strv own;
};

void step_environment_done(struct step_environment *environment);
#define _cleanup_step_environment_ __attribute__((cleanup(step_environment_done)))

/* What the gate itself got, less the variables of its own configuration that the app does not get either (those that
 * `unset` covers and that begin with TENANTGATE_): what else app.unset names, the URL of the database for one, is there for
 * the steps. PGAPPNAME is set to "tenantgate-step:NAME", which marks the step's sessions in pg_stat_activity; HOME is that
 * of `user` where the step becomes somebody else; `variables` ("NAME=value"; NULL: none) are set over all of it. */
void step_environment_make(const struct environment *env, const struct strv *unset, const struct user *user,
                           const char *name, const struct strv *variables, struct step_environment *ret);
