/* What `framework = sql` expects: asked of the database in every pass, since it may change. */
#pragma once

#include "db/db.h"
#include "gate/sources.h"

/* Asks for every source that has a query for it, and makes each ready to judge by. A query is the operator's own: it runs in
 * a read-only transaction with the role's own search_path. Fails with ERR_NO_EXPECTED where it lists nothing, a null or
 * something twice, with ERR_CONFIG where it cannot work, and as db_run() does. */
int gate_sources_ask(const struct gate_sources *sources, struct db *db, const struct db_options *options, const struct watch *watch,
                     struct deadline until, struct err *reterr);
