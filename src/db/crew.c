/* Several connections to one database that share the work. */
#include "db/crew.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Batches that are sent ahead on one connection: they hide the way there and back. */
#define AHEAD 4
/* Less work than this for each connection is done sooner than one more is opened. */
#define JOBS_A_LANE 4
/* A server process remembers every table that it touched (some 13 KB each) until it ends. */
#define TABLES_A_CONNECTION 5000
/* Between two tries to get a connection back that was given up on purpose. */
#define REOPEN_PAUSE_MS 200

struct lane {
    struct db *db;          /* NULL in the first lane: there it is the caller's */
    size_t ahead[AHEAD];    /* jobs in flight, the oldest first */
    size_t tables;          /* touched by this connection */
    bool aborted;           /* a batch failed: those behind it fail with it, and nothing more is sent before they are in */
};

void crew_init(struct crew *crew, struct db **first, const struct conninfo *conninfo, int64_t attempt_ms, size_t limit)
{
    *crew = (struct crew){.conninfo = conninfo, .attempt_ms = attempt_ms, .limit = limit > 0 ? limit : 1, .first = first};
    crew->lanes = mem_alloc(crew->limit * sizeof *crew->lanes);
    crew->count = 1;
}

void crew_done(struct crew *crew)
{
    for (size_t i = 1; i < crew->count; i++)
        db_close(crew->lanes[i].db);
    free(crew->lanes);
    *crew = (struct crew){0};
}

static struct db **db_of(const struct crew *crew, struct lane *lane)
{
    return lane == crew->lanes ? crew->first : &lane->db;
}

/* 1: open; 0: not now; -1: ERR_SIGNALLED and the like. */
static int open_one(const struct crew *crew, const struct watch *watch, struct deadline until, struct db **ret, struct err *reterr)
{
    struct failure failure = {0};
    struct db_endpoints endpoints = {0};
    int code = db_connect(crew->conninfo, crew->attempt_ms, watch, until, ret, &failure, &endpoints, reterr);
    if (code == 0)
        failure_done(&failure);
    db_endpoints_done(&endpoints);
    return code;
}

/* As many connections as the work is worth. One that cannot be had is done without. */
static int grow(struct crew *crew, size_t jobs, const struct watch *watch, struct deadline until, struct err *reterr)
{
    while (crew->count < crew->limit && jobs / JOBS_A_LANE > crew->count) {
        struct lane lane = {0};
        int code = open_one(crew, watch, until, &lane.db, reterr);
        if (code <= 0)
            return code;
        crew->lanes[crew->count++] = lane;
    }
    return 0;
}

/* Exchanges a connection for a fresh one. Where none can be had at once (too many clients), the first waits for it; any
 * other lane goes. */
static int renew(struct crew *crew, struct lane *lane, const struct watch *watch, struct deadline until, struct err *reterr)
{
    struct db **db = db_of(crew, lane);
    db_close(STEAL(*db));
    lane->tables = 0;
    for (;;) {
        int code = open_one(crew, watch, until, db, reterr);
        if (code < 0)
            return -1;
        if (code > 0 || lane != crew->lanes)
            return 0;
        if (watch_wait(watch, -1, 0, deadline_min(until, deadline_in(REOPEN_PAUSE_MS)), reterr) < 0)
            return -1;
        if (deadline_passed(until))
            return err_set(reterr, ERR_DEADLINE, "no connection to the database could be had before the deadline");
    }
}

struct running {
    struct crew *crew;
    const struct crew_work *work;
    const struct db_options *options;
    const struct watch *watch;
    struct deadline until;
    size_t next;          /* the first job that was never sent */
    size_t *again;        /* jobs to be sent once more */
    size_t again_count;
    size_t in_flight;
};

static bool has_more(const struct running *r)
{
    return r->again_count > 0 || r->next < r->work->count;
}

/* Sends jobs ahead. */
static int fill(struct running *r, struct lane *lane, struct err *reterr)
{
    struct db **db = db_of(r->crew, lane);
    while (*db != NULL && !lane->aborted && has_more(r) && db_in_flight(*db) < AHEAD) {
        if (lane->tables >= TABLES_A_CONNECTION) {
            if (db_in_flight(*db) > 0)
                return 0;
            if (renew(r->crew, lane, r->watch, r->until, reterr) != 0)
                return -1;
            continue;
        }
        struct db_batch _cleanup_db_batch_ batch = {0};
        size_t job = r->again_count > 0 ? r->again[--r->again_count] : r->next++;
        r->work->make(r->work->context, job, &batch);
        lane->ahead[db_in_flight(*db)] = job;
        lane->tables += r->work->tables;
        if (db_send(*db, &batch, r->options, reterr) != 0) {
            r->again[r->again_count++] = job;
            return -1;
        }
        r->in_flight++;
    }
    return 0;
}

/* Receives the oldest answer of a lane. */
static int receive(struct running *r, struct lane *lane, struct err *reterr)
{
    struct db *db = *db_of(r->crew, lane);
    size_t job = lane->ahead[0], count = db_next_statements(db);
    struct db_rows **rows = mem_alloc(count * sizeof *rows);
    int code = db_receive(db, r->watch, r->until, rows, NULL, reterr);
    memmove(lane->ahead, lane->ahead + 1, (AHEAD - 1) * sizeof *lane->ahead);
    r->in_flight--;
    if (code == 0) {
        code = r->work->take(r->work->context, job, rows, reterr);
    } else if (reterr->kind == ERR_QUERY && lane->aborted && strcmp(reterr->sqlstate, DB_ABORTED) == 0) {
        r->again[r->again_count++] = job;
        err_done(reterr);
        code = 0;
    } else if (reterr->kind == ERR_QUERY && r->work->fail != NULL) {
        struct err _cleanup_err_ why = ERR_INIT;
        err_move(&why, reterr);
        lane->aborted = true;
        code = r->work->fail(r->work->context, job, &why, reterr);
    } else if (reterr->kind == ERR_LOST) {
        r->again[r->again_count++] = job;
    }
    if (db_in_flight(db) == 0)
        lane->aborted = false;
    for (size_t i = 0; i < count; i++)
        db_rows_free(rows[i]);
    free(rows);
    return code;
}

/* A further connection broke: the others do its work. */
static int let_go(struct running *r, struct lane *lane, struct err *reterr)
{
    if (reterr->kind != ERR_LOST || lane == r->crew->lanes)
        return -1;
    err_done(reterr);
    for (size_t left = lane->db ? db_in_flight(lane->db) : 0; left-- > 0; r->in_flight--)
        r->again[r->again_count++] = lane->ahead[left];
    db_close(STEAL(lane->db));
    return 0;
}

int crew_run(struct crew *crew, const struct crew_work *work, const struct db_options *options, const struct watch *watch,
             struct deadline until, struct err *reterr)
{
    struct running r = {.crew = crew, .work = work, .options = options, .watch = watch, .until = until};
    size_t _cleanup_free_ *again = mem_alloc((work->count + 1) * sizeof *again);
    r.again = again;
    /* The first connection has work to do while the others are opened. */
    if (fill(&r, &crew->lanes[0], reterr) != 0 || grow(crew, work->count + work->to_come, watch, until, reterr) != 0)
        return -1;
    while (has_more(&r) || r.in_flight > 0) {
        for (size_t i = 0; i < crew->count; i++) {
            struct lane *lane = &crew->lanes[i];
            if (fill(&r, lane, reterr) != 0 && let_go(&r, lane, reterr) != 0)
                return -1;
        }
        for (size_t i = 0; i < crew->count; i++) {
            struct lane *lane = &crew->lanes[i];
            struct db *db = *db_of(crew, lane);
            if (db == NULL || db_in_flight(db) == 0)
                continue;
            if (receive(&r, lane, reterr) != 0 && let_go(&r, lane, reterr) != 0)
                return -1;
            if (fill(&r, lane, reterr) != 0 && let_go(&r, lane, reterr) != 0)
                return -1;
        }
    }
    return 0;
}
