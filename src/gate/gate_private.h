/* What the files of this room share. */
#pragma once

#include "db/db.h"
#include "gate/gate.h"
#include "wait/policy.h"

/* A database of the configuration, and how to wait for it. */
struct target {
    const struct section *section;
    struct conninfo conninfo;
    struct wait_policy policy;
};

/* One verification that goes through: gate->tenants and gate->units are what was found. Connects where *db is NULL, and
 * again where the connection breaks. */
int gate_pass(struct gate *gate, const struct target *target, struct db **db, struct err *reterr);

/* Were tenants asked for, and fewer found than tenants.minimum? */
bool gate_has_too_few(const struct gate *gate);

/* Reads the steps, once. Before anything is waited for, so that what cannot be meant is said at once. */
int gate_steps_read(struct gate *gate, struct err *reterr);

/* Runs the steps before verification, once. *ret_fresh tells whether gate->units are already what the database says after
 * them, because nothing had to be run. Fails with ERR_STEP (gate->step_failure tells more), ERR_LOCK, or as gate_pass(). */
int gate_steps_before(struct gate *gate, const struct target *target, bool *ret_fresh, struct err *reterr);

/* Runs the steps after verification. */
int gate_steps_after(struct gate *gate, const struct target *target, struct err *reterr);
