/* Waiting until a database is really there. */
#include "wait/wait.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"

#define REMINDER_MS 30000
/* While nobody listens, a look at the port this often sees the server come up without a log-in attempt. */
#define PROBE_MS 50
/* How often a server that must stay stable is connected to anew. */
#define STABLE_STEP_MS 500

struct waiting {
    const struct conninfo *info;
    const struct wait_policy *policy;
    const struct watch *watch;
    const struct log *log;
    struct deadline overall;
    int64_t began_ms;
    int64_t refused_since_ms; /* first of the refusals in a row, or -1 */
    int64_t told_ms;          /* when the log last heard of the state */
    char *state;              /* what the log heard: class, SQLSTATE and words */
    unsigned tries;           /* in this state */
    struct failure last;      /* the last attempt that had its full time; no message: there was none */
    bool cut;                 /* a deadline ended the attempt, which therefore says nothing */
    struct db_endpoints endpoints;
};

static uint32_t random_number(void)
{
    uint32_t number = 0;
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) != (ssize_t)sizeof number)
        number = (uint32_t)clock_now_ms();
    return number;
}

/* A log-in can succeed without a server behind it (a pooler answers for it): only a query shows that it is there. */
static int first_query(const struct waiting *w, struct db *db, char **ret_start, struct failure *failure, struct err *reterr)
{
    struct db_batch _cleanup_db_batch_ batch = {0};
    struct db_options options = {.statement_timeout_ms = w->policy->attempt_ms};
    struct db_rows _cleanup_db_rows_ *rows = NULL;
    db_batch_add(&batch, "SELECT pg_catalog.pg_postmaster_start_time()::pg_catalog.text", 0, NULL);
    struct deadline until = deadline_min(w->overall, deadline_in(w->policy->attempt_ms));
    if (db_run(db, &batch, &options, w->watch, until, &rows, NULL, reterr) == 0) {
        const char *value = db_rows_count(rows) == 1 ? db_rows_value(rows, 0, 0) : NULL;
        mem_set(ret_start, value ? value : "");
        return 1;
    }
    if (reterr->kind == ERR_SIGNALLED || reterr->kind == ERR_DEPENDENCY || reterr->kind == ERR_INTERNAL)
        return -1;
    failure_from_sqlstate(reterr->sqlstate, reterr->msg, failure);
    err_done(reterr);
    return 0;
}

static void copy_failure(const struct failure *from, struct failure *ret)
{
    *ret = *from;
    ret->message = mem_strdup(from->message);
}

static int try_once(struct waiting *w, struct db **ret, char **ret_start, struct failure *failure, struct err *reterr)
{
    struct db _cleanup_db_ *db = NULL;
    /* At least one attempt's time, also where nothing is to be waited for. */
    int64_t window = w->policy->wait_ms > w->policy->attempt_ms ? w->policy->wait_ms : w->policy->attempt_ms;
    struct deadline until = deadline_min(w->overall, (struct deadline){w->began_ms + window});
    int code = db_connect(w->info, w->policy->attempt_ms, w->watch, until, &db, failure, &w->endpoints, reterr);
    w->cut = code < 0 && reterr->kind == ERR_DEADLINE;
    if (w->cut) {
        if (w->last.message != NULL)
            copy_failure(&w->last, failure);
        else
            failure_from_sqlstate("", reterr->msg, failure);
        err_done(reterr);
        return 0;
    }
    if (code == 1)
        code = first_query(w, db, ret_start, failure, reterr);
    if (code == 1)
        *ret = STEAL(db);
    return code;
}

/* Tells the log when the state is another one than before, and now and then that it is still the same. */
static void tell(struct waiting *w, const struct failure *failure)
{
    char _cleanup_free_ *state = mem_printf("%d %s %s", (int)failure->class, failure->sqlstate, failure->message);
    bool same = w->state != NULL && strcmp(w->state, state) == 0;
    int64_t now = clock_now_ms();
    if (same && now - w->told_ms < REMINDER_MS)
        return;
    if (!same) {
        free(w->state);
        w->state = STEAL(state);
        w->tries = 0;
    }
    w->told_ms = now;
    const char *code_open = *failure->sqlstate ? " (SQLSTATE " : "", *code_close = *failure->sqlstate ? ")" : "";
    if (failure->class == FAILURE_REFUSED)
        log_event(w->log, LOG_WARNING, "database_refused",
                  "the database at %s refuses us: %s%s%s%s; trying for %lld ms in case it is still being set up",
                  w->info->shown, failure->message, code_open, failure->sqlstate, code_close,
                  (long long)w->policy->grace_ms);
    else
        log_event(w->log, LOG_INFO, "database_waiting", "%s for the database at %s: %s%s%s%s",
                  same ? "still waiting" : "waiting", w->info->shown, failure->message, code_open, failure->sqlstate,
                  code_close);
}

static int64_t pause_ms(const struct waiting *w, const struct failure *failure)
{
    int64_t pause = wait_pause_ms(w->policy, w->tries, random_number());
    int64_t now = clock_now_ms(), left = w->began_ms + w->policy->wait_ms - now;
    if (failure->class == FAILURE_REFUSED && w->refused_since_ms + w->policy->grace_ms - now < left)
        left = w->refused_since_ms + w->policy->grace_ms - now;
    if (deadline_left_ms(w->overall) < left)
        left = deadline_left_ms(w->overall);
    return pause < left ? pause : left > 1 ? left : 1;
}

/* Pauses; while nobody listens it also looks whether somebody does now, which ends the pause. */
static int pause_for(struct waiting *w, const struct failure *failure, struct err *reterr)
{
    struct deadline until = deadline_in(pause_ms(w, failure));
    bool probe = failure->class == FAILURE_NETWORK && w->endpoints.count > 0;
    while (!deadline_passed(until)) {
        struct deadline step = probe ? deadline_min(until, deadline_in(PROBE_MS)) : until;
        if (watch_wait(w->watch, -1, 0, step, reterr) < 0)
            return -1;
        if (probe && db_probe(&w->endpoints, PROBE_MS))
            return 0;
    }
    return 0;
}

static int give_up(const struct waiting *w, enum wait_step step, const struct failure *failure, struct err *reterr)
{
    const char *code_open = *failure->sqlstate ? " (SQLSTATE " : "", *code_close = *failure->sqlstate ? ")" : "";
    switch (step) {
    case WAIT_GIVE_UP_CONFIG:
        err_set(reterr, ERR_CONFIG, "the connection to %s cannot work: %s", w->info->shown, failure->message);
        break;
    case WAIT_GIVE_UP_REFUSED:
        err_set(reterr, ERR_REFUSED, "the database at %s refuses us: %s%s%s%s", w->info->shown, failure->message, code_open,
                failure->sqlstate, code_close);
        break;
    default:
        err_set(reterr, ERR_UNAVAILABLE, "the database at %s was not ready after %.1f s: %s%s%s%s", w->info->shown,
                (double)(clock_now_ms() - w->began_ms) / 1000, failure->message, code_open, failure->sqlstate, code_close);
        err_hint(reterr, "Is it running, and is this its address? How long to wait is database.wait "
                         "(TENANTGATE_DATABASE_WAIT) within gate.timeout.");
    }
    if (failure->hint != NULL)
        err_hint(reterr, "%s", failure->hint);
    return -1;
}

static int on_failure(struct waiting *w, struct failure *failure, struct err *reterr)
{
    int64_t now = clock_now_ms();
    if (failure->class != FAILURE_REFUSED)
        w->refused_since_ms = -1;
    else if (w->refused_since_ms < 0)
        w->refused_since_ms = now;
    int64_t refused = w->refused_since_ms < 0 ? 0 : now - w->refused_since_ms;
    enum wait_step step =
        wait_decide(w->policy, failure->class, now - w->began_ms, refused, deadline_passed(w->overall));
    if (step != WAIT_RETRY)
        return give_up(w, step, failure, reterr);
    tell(w, failure);
    failure_done(&w->last);
    copy_failure(failure, &w->last);
    int code = pause_for(w, failure, reterr);
    w->tries++;
    return code;
}

static int unstable(const struct waiting *w, struct err *reterr)
{
    return err_set(reterr, ERR_UNAVAILABLE, "the database at %s did not stay up for %lld ms before the deadline",
                   w->info->shown, (long long)w->policy->stable_ms);
}

static int wait_loop(struct waiting *w, struct db **ret, struct err *reterr)
{
    char _cleanup_free_ *start = NULL, *stable_start = NULL;
    int64_t stable_since = 0;
    for (;;) {
        struct failure failure = {0};
        struct db _cleanup_db_ *db = NULL;
        int code = try_once(w, &db, &start, &failure, reterr);
        if (code < 0)
            return -1;
        if (code == 0) {
            bool ends = w->cut && stable_start != NULL;
            mem_set(&stable_start, NULL);
            code = ends ? unstable(w, reterr) : on_failure(w, &failure, reterr);
            failure_done(&failure);
            if (code != 0)
                return -1;
            continue;
        }
        w->refused_since_ms = -1;
        int64_t now = clock_now_ms();
        if (stable_start == NULL || strcmp(stable_start, start) != 0) {
            mem_set(&stable_start, start);
            stable_since = now;
        }
        int64_t left = stable_since + w->policy->stable_ms - now;
        if (left <= 0) {
            *ret = STEAL(db);
            return 0;
        }
        if (deadline_passed(w->overall) || now - w->began_ms > w->policy->wait_ms + w->policy->stable_ms)
            return unstable(w, reterr);
        db_close(STEAL(db));
        struct deadline step = deadline_in(left < STABLE_STEP_MS ? left : STABLE_STEP_MS);
        if (watch_wait(w->watch, -1, 0, step, reterr) < 0)
            return -1;
    }
}

int wait_for_database(const struct conninfo *info, const struct wait_policy *policy, const struct watch *watch,
                      const struct log *log, struct deadline overall, struct db **ret, struct err *reterr)
{
    struct waiting w = {.info = info, .policy = policy, .watch = watch, .log = log, .overall = overall,
                        .began_ms = clock_now_ms(), .refused_since_ms = -1};
    int code = wait_loop(&w, ret, reterr);
    if (code == 0 && w.state != NULL)
        log_event(log, LOG_INFO, "database_ready", "the database at %s is ready after %.1f s", info->shown,
                  (double)(clock_now_ms() - w.began_ms) / 1000);
    free(w.state);
    failure_done(&w.last);
    db_endpoints_done(&w.endpoints);
    return code;
}
