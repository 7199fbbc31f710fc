/* Steps: commands that run before or after verification. The model, as the configuration says it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strv.h"
#include "config/config.h"

/* What stands for the tenant's name in a command. */
#define STEP_TENANT "{tenant}"
/* What stands for its database, where there are several. */
#define STEP_DATABASE "{database}"

struct step {
    const char *name;       /* borrowed from the configuration, as is recover_on */
    struct strv run;        /* the words of the command */
    struct strv recover;    /* none: no recovery */
    const char *recover_on; /* extended regular expression, or "" */
    bool after;             /* after verification */
    bool pending_only;      /* only if verification found something pending */
    bool each_tenant;       /* once per tenant that is behind */
    bool required;
    bool lock;
    size_t jobs, retries;
    int64_t timeout_ms;
};

struct steps {
    struct step *items; /* in the order of the file */
    size_t count, cap;
};

void steps_done(struct steps *steps);
#define _cleanup_steps_ __attribute__((cleanup(steps_done)))

/* Reads all [step.NAME] sections. Fails (ERR_CONFIG) for commands that cannot be split or are empty, and for settings that
 * contradict each other, which is better said than found out at night. */
int steps_read(const struct config *config, struct steps *ret, struct err *reterr);

/* Is there one before (or after) verification? */
bool steps_any(const struct steps *steps, bool after);
/* Is there one before verification that looks at what is pending? */
bool steps_any_pending(const struct steps *steps);
