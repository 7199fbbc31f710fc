/* What of a step there is to run, from what verification found. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/strv.h"
#include "step/step.h"

/* What verification found. */
struct step_state {
    bool known;         /* verification has looked, and nothing has run since */
    bool was_pending;   /* something was pending at some time since the steps began (or the database held nothing yet) */
    struct strv behind; /* the tenants that are behind now */
    struct strv databases; /* the database of each; empty where there is but one */
};

void step_state_done(struct step_state *state);
#define _cleanup_step_state_ __attribute__((cleanup(step_state_done)))

struct step_command {
    char *tenant; /* NULL: it is about no single one */
    char *database; /* the tenant's, where there are several; or NULL */
    struct strv variables; /* "NAME=value": set for it over what else its environment holds */
    struct strv argv, recover;
};

struct step_commands {
    struct step_command *items;
    size_t count, cap;
};

void step_commands_done(struct step_commands *commands);
#define _cleanup_step_commands_ __attribute__((cleanup(step_commands_done)))

/* Must verification look (again) before it is known what there is to run? */
bool step_needs_state(const struct step *step, const struct step_state *state);

/* Adds the commands: none, one, or one for each tenant that is behind.
 *
 * `when = pending` asks whether anything was pending since the steps began, so that a backup before and a fixture after the
 * migrating step both run; `each = tenant` asks who is behind now, so that nothing is done twice. */
void step_plan(const struct step *step, const struct step_state *state, struct step_commands *ret);
