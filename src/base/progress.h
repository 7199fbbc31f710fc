/* How far verification has come, for whoever looks at standard error: a bar on a terminal, a line in the log every few seconds
 * elsewhere. What is over within a second shows neither, and a log that drops LOG_INFO has none at all.
 *
 * The bar belongs to the log (struct log: progress), so that a line that is logged meanwhile, by whatever thread, finds it wiped.
 * Every function here may be called by several threads at once, and does nothing where the log has no progress. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

struct progress {
    pthread_mutex_t mutex;
    bool bar;                       /* draw on a terminal */
    size_t tenants, tenants_done;
    size_t databases, databases_done; /* 0: there is but one */
    int64_t began_ms;               /* 0: nothing is going on */
    int64_t told_ms;                /* when it was drawn or logged last */
    bool drawn;                     /* the bar stands in the terminal's line */
};

/* Where progress goes: as a bar if `bar` (standard error is a terminal that can wipe a line), else into the log. */
void progress_init(struct progress *progress, bool bar);
void progress_done(struct progress *progress);

/* There are so many more tenants, or databases, to be verified. */
void progress_expect_tenants(const struct log *log, size_t count);
void progress_expect_databases(const struct log *log, size_t count);
/* So many more have been. */
void progress_add_tenants(const struct log *log, size_t count);
void progress_add_databases(const struct log *log, size_t count);
/* It is over: wipes the bar. What comes next begins anew. */
void progress_over(const struct log *log);

/* For the log: what it writes comes where the bar stood. Takes NULL. */
void progress_wipe_for(struct progress *progress, const char *text, size_t len);

/* What is drawn, without control characters, in at most `columns` columns, or logged where that is 0. Pure. */
struct buf;
void progress_text(const struct progress *progress, size_t columns, struct buf *out);
