/* The two forms of Drizzle's history. */
#pragma once

#include "verify/recorded.h"

/* The columns, as framework/rows.c has them. */
enum { DRIZZLE_HASH, DRIZZLE_TIME, DRIZZLE_NAME, DRIZZLE_HAS_NAMES };

/* What a row is called where no migration is known for it: its name, its time or its hash; borrowed, or NULL. */
const char *drizzle_shown(const char *const *cells);

/* The rows as Drizzle 1.0 reads them: the image has folders and no journal. */
void fold_drizzle_1(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded);
