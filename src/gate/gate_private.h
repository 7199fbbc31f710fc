/* What the files of this room share. */
#pragma once

#include "db/db.h"
#include "gate/gate.h"
#include "wait/policy.h"

/* One database until a pass through it goes through: its tenants as they are now, each judged; what was found is in it. Connects
 * where it is not connected, and again where the connection breaks. Touches nothing of the gate but reads it. */
int gate_pass_one(const struct gate *gate, struct gate_database *database, const struct watch *watch, struct err *reterr);

/* Waits for one database and keeps the connection in it. */
int gate_wait_one(const struct gate *gate, struct gate_database *database, const struct watch *watch, struct deadline until,
                  struct err *reterr);

/* What cannot be decided by asking once more is final; the rest is worth another try on a new connection. */
void gate_judge_query_error(struct err *err);

/* Reads which databases there are, and where a query lists them how to ask it. */
int gate_databases_prepare(struct gate *gate, struct err *reterr);
/* Where a query lists the databases: asks it anew. Databases that were there before keep what was found in them. */
int gate_databases_list(struct gate *gate, struct err *reterr);
/* Every source, ready to judge by, whatever the database; to be freed. */
struct verify_source *gate_sources_all(const struct gate *gate);
/* The sources that are expected in a database. */
int gate_sources_prepare(const struct gate *gate, struct gate_database *database, struct err *reterr);

/* Does something to every database, side by side, a worker for each connection that the budget has (database.connections);
 * a single one is done here and now. Each database's error is kept in it.
 * Fails with ERR_SIGNALLED, ERR_DEPENDENCY (`watch` said so: then all work has ended) or ERR_INTERNAL. */
typedef int gate_work(const struct gate *gate, struct gate_database *database, const struct watch *watch, struct err *reterr);
int gate_each_database(struct gate *gate, gate_work *work, const struct watch *watch, struct err *reterr);

/* One verification of every database that goes through: gate->units shows what was found. Where some cannot be judged the
 * others are all the same; then it fails with the gravest of their errors, in which all of them are told. */
int gate_pass(struct gate *gate, struct err *reterr);
/* Ends the connections that the last pass kept. */
void gate_disconnect(struct gate *gate);

/* Waits until every database has let us in once; a query that lists more of them is asked if `list`. */
int gate_wait_databases(struct gate *gate, const struct watch *watch, bool list, struct err *reterr);

/* Where the lock is taken and what steps are told: the first database, or the one that lists the others. */
const struct gate_database *gate_home(const struct gate *gate);
/* Is there, or may there be, more than one? */
bool gate_has_many(const struct gate *gate);

/* Is any source expected in `tenants`? */
bool gate_wants_tenants(const struct gate *gate);
/* How grave the setting makes a kind of finding. */
enum severity gate_severity(const struct section *section, enum key_id key);

/* Were tenants asked for, and fewer found than tenants.minimum? */
bool gate_has_too_few(const struct gate *gate);

/* The findings' part of the report. */
void gate_conclude(struct gate *gate, struct report *ret);
/* Lets the report see what was found. */
void gate_show(struct gate *gate, struct report *ret);

/* Reads the steps, once. Before anything is waited for, so that what cannot be meant is said at once. */
int gate_steps_read(struct gate *gate, struct err *reterr);

/* Runs the steps before verification, once. *ret_fresh tells whether gate->units are already what the database says after
 * them, because nothing had to be run. Fails with ERR_STEP (gate->step_failure tells more), ERR_LOCK, or as gate_pass(). */
int gate_steps_before(struct gate *gate, bool *ret_fresh, struct err *reterr);

/* Runs the steps after verification. */
int gate_steps_after(struct gate *gate, struct err *reterr);
