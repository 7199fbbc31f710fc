/* What `framework = sql` expects: asked of each database in every pass, since it may change. */
#pragma once

#include "gate/gate_private.h"

/* Asks for every source that has a query for it, and lets database->judged judge by the answers. A query is the operator's own: it
 * runs in a read-only transaction with the role's own search_path. Fails with ERR_NO_EXPECTED where it lists nothing, a null or
 * something twice, with ERR_CONFIG where it cannot work, and as db_run() does. */
int gate_ask(const struct gate *gate, struct gate_database *database, const struct db_options *options, const struct watch *watch,
             struct err *reterr);

/* What the first database that was asked for this source (its place among all) said; NULL: none was. */
const struct gate_asked *gate_asked_of(const struct gate *gate, size_t source);
