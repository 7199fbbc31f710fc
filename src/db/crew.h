/* Several connections to one database that share the work. */
#pragma once

#include "base/log.h"
#include "base/watch.h"
#include "db/db.h"

struct lane;

struct crew {
    const struct conninfo *conninfo; /* for further connections; borrowed */
    int64_t attempt_ms;
    size_t limit; /* most connections, with the first */
    struct lane *lanes;
    size_t count;
    struct db **first; /* the caller's own connection: it may be replaced by a fresh one */
};

/* Begins with the caller's connection alone. Further ones are opened when there is enough work. */
void crew_init(struct crew *crew, struct db **first, const struct conninfo *conninfo, int64_t attempt_ms, size_t limit);
/* Closes the further connections. */
void crew_done(struct crew *crew);
#define _cleanup_crew_ __attribute__((cleanup(crew_done)))

/* Jobs that can be done in any order, each a batch of its own. */
struct crew_work {
    size_t count;    /* jobs 0 ... count - 1 */
    size_t to_come;  /* jobs of the work after this one: further connections are opened for them too */
    size_t tables;   /* tables that one job touches: a server process keeps what it knows of each, so that it is let go
                      * after a few thousand */
    void *context;
    /* Fills in the batch of a job. May be asked for the same job again. */
    void (*make)(void *context, size_t job, struct db_batch *batch);
    /* Takes the rows (borrowed), one pointer for each statement. */
    int (*take)(void *context, size_t job, struct db_rows *const *rows, struct err *reterr);
    /* A statement of the job failed: ERR_QUERY. NULL: such a failure ends everything. */
    int (*fail)(void *context, size_t job, const struct err *err, struct err *reterr);
};

/* Does all jobs, with answers read while the server works on what was sent ahead. Fails as db_run() does. */
int crew_run(struct crew *crew, const struct crew_work *work, const struct db_options *options, const struct watch *watch,
             struct deadline until, struct err *reterr);
