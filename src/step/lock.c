/* The migrators' lock. */
#include "step/lock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "db/db.h"
#include "wait/wait.h"

/* Between two tries, and how much of it is random. */
#define TRY_MS 300
#define TRY_JITTER_MS 200
/* How often the log hears again of what is waited for. */
#define REMINDER_MS 30000
#define STATEMENT_MS 10000

struct lock {
    struct lock_options options;
    struct db *db;
    struct deadline until;
    char *told;      /* what the log has heard last of who is waited for */
    int64_t told_ms;
};

int64_t lock_key(void)
{
    uint32_t hash = 2166136261u;
    for (const char *p = LOCK_KEY_NAME; *p != '\0'; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    return (int64_t)((uint64_t)LOCK_KEY_HIGH << 32 | hash);
}

void lock_release(struct lock *lock)
{
    if (lock == NULL)
        return;
    db_close(lock->db);
    free(lock->told);
    free(lock);
}

int lock_fd(const struct lock *lock)
{
    return db_socket(lock->db);
}

/* One statement that returns rows. What a passing trouble of the server or the connection is becomes ERR_LOST. */
static int ask(struct lock *lock, const char *sql, size_t nparams, const char *const *params, struct db_rows **ret,
               struct err *reterr)
{
    static const struct db_options options = {.statement_timeout_ms = STATEMENT_MS};
    struct db_batch _cleanup_db_batch_ batch = {0};
    db_batch_add(&batch, sql, nparams, params);
    struct deadline until = deadline_min(lock->until, deadline_in(2 * STATEMENT_MS));
    int code = db_run(lock->db, &batch, &options, lock->options.watch, until, ret, NULL, reterr);
    if (code != 0 && (reterr->kind == ERR_QUERY || reterr->kind == ERR_DEADLINE))
        reterr->kind = ERR_LOST;
    return code;
}

static char *host_name(void)
{
    char name[256] = "";
    if (gethostname(name, sizeof name - 1) != 0 || *name == '\0')
        return mem_strdup("tenantgate-lock");
    return mem_printf("tenantgate-lock@%s", name);
}

/* A dead network must be noticed on both sides: here, so that the step is ended; there, so that the lock is free. */
static void make_conninfo(const struct conninfo *info, struct conninfo *ret)
{
    static const struct {
        const char *keyword, *value;
    } wanted[] = {{"keepalives", "1"}, {"keepalives_idle", "15"}, {"keepalives_interval", "5"}, {"keepalives_count", "3"},
                  {"tcp_user_timeout", "30000"}};
    conninfo_copy(info, ret);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (conninfo_get(ret, wanted[i].keyword) == NULL)
            conninfo_set(ret, wanted[i].keyword, wanted[i].value);
    char _cleanup_free_ *name = host_name();
    if (conninfo_get(ret, "application_name") == NULL)
        conninfo_set(ret, "application_name", name);
}

static int check_session(struct lock *lock, struct err *reterr)
{
    struct db_rows _cleanup_db_rows_ *rows = NULL;
    if (ask(lock, "SELECT pg_catalog.pg_backend_pid()::pg_catalog.text, pg_catalog.pg_is_in_recovery()", 0, NULL, &rows,
            reterr) != 0)
        return -1;
    const char *pid = db_rows_count(rows) == 1 ? db_rows_value(rows, 0, 0) : NULL;
    char _cleanup_free_ *expected = mem_printf("%d", db_backend_pid(lock->db));
    if (pid == NULL || strcmp(pid, expected) != 0) {
        err_set(reterr, ERR_CONFIG, "the connection for the lock goes through a pooler, which would keep the lock on a "
                "connection that others use");
        return err_hint(reterr, "Give the lock a direct connection to the same database: [lock] url (TENANTGATE_LOCK_URL).");
    }
    if (db_rows_true(rows, 0, 1)) {
        err_set(reterr, ERR_CONFIG, "the connection for the lock leads to a standby, where a lock keeps nobody out");
        return err_hint(reterr, "Let it lead to the primary: [lock] url, or target_session_attrs=read-write in the URL.");
    }
    return 0;
}

/* Only once the session is known to be ours: nothing here may leak into a pool. */
static int set_session(struct lock *lock, struct err *reterr)
{
    struct db_rows _cleanup_db_rows_ *rows = NULL;
    return ask(lock,
               "SELECT pg_catalog.set_config(s.name, s.value, false) FROM (VALUES "
               "('idle_session_timeout'::pg_catalog.text, '0'::pg_catalog.text), "
               "('idle_in_transaction_session_timeout', '0'), ('tcp_keepalives_idle', '15'), "
               "('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3')) AS s(name, value) "
               "WHERE pg_catalog.current_setting(s.name, true) IS NOT NULL",
               0, NULL, &rows, reterr);
}

static int connect_session(struct lock *lock, struct err *reterr)
{
    struct conninfo _cleanup_conninfo_ info = CONNINFO_INIT;
    struct wait_policy policy = *lock->options.policy;
    policy.stable_ms = 0;
    make_conninfo(lock->options.info, &info);
    if (wait_for_database(&info, &policy, lock->options.watch, lock->options.log, lock->until, &lock->db, reterr) != 0)
        return err_wrap(reterr, "the lock");
    if (check_session(lock, reterr) != 0)
        return -1;
    return set_session(lock, reterr);
}

static int try_lock(struct lock *lock, bool *ret, struct err *reterr)
{
    struct db_rows _cleanup_db_rows_ *rows = NULL;
    char _cleanup_free_ *key = mem_printf("%lld", (long long)lock_key());
    const char *params[] = {key};
    if (ask(lock, "SELECT pg_catalog.pg_try_advisory_lock($1::pg_catalog.int8)", 1, params, &rows, reterr) != 0)
        return -1;
    *ret = db_rows_count(rows) == 1 && db_rows_true(rows, 0, 0);
    return 0;
}

/* "process 4711 (tenantgate-lock@web-2, 10.0.0.7), for 12 s": what is in the rows, and what may be seen of it. */
static char *describe(const struct db_rows *rows)
{
    struct buf out = BUF_INIT;
    size_t count = db_rows_count(rows);
    for (size_t i = 0; i < count && i < 5; i++) {
        const char *name = db_rows_value(rows, i, 1), *address = db_rows_value(rows, i, 2), *since = db_rows_value(rows, i, 3);
        buf_printf(&out, "%sserver process %s", i ? "; " : "", db_rows_value(rows, i, 0));
        if (name != NULL && *name != '\0')
            buf_printf(&out, " (%s%s%s)", name, address ? " from " : "", address ? address : "");
        if (since != NULL)
            buf_printf(&out, " since %s", since);
    }
    if (count > 5)
        buf_printf(&out, "; and %zu more", count - 5);
    return buf_steal(&out);
}

#define SINCE(column) "pg_catalog.to_char(" column ", 'YYYY-MM-DD HH24:MI:SS TZ')"

/* Who holds it; NULL where nobody does any more. */
static int ask_holder(struct lock *lock, char **ret, struct err *reterr)
{
    struct db_rows _cleanup_db_rows_ *rows = NULL;
    char _cleanup_free_ *high = mem_printf("%lu", (unsigned long)((uint64_t)lock_key() >> 32));
    char _cleanup_free_ *low = mem_printf("%lu", (unsigned long)((uint64_t)lock_key() & 0xFFFFFFFFu));
    const char *params[] = {high, low};
    if (ask(lock,
            "SELECT l.pid::pg_catalog.text, a.application_name, pg_catalog.host(a.client_addr), "
            SINCE("coalesce(a.state_change, a.backend_start)") " FROM pg_catalog.pg_locks AS l "
            "LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid OPERATOR(pg_catalog.=) l.pid "
            "WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.granted "
            "AND l.classid OPERATOR(pg_catalog.=) $1::pg_catalog.oid AND l.objid OPERATOR(pg_catalog.=) $2::pg_catalog.oid "
            "AND l.objsubid OPERATOR(pg_catalog.=) 1 AND l.database OPERATOR(pg_catalog.=) "
            "(SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname OPERATOR(pg_catalog.=) "
            "pg_catalog.current_database())",
            2, params, &rows, reterr) != 0)
        return -1;
    *ret = db_rows_count(rows) > 0 ? describe(rows) : NULL;
    return 0;
}

/* Sessions of steps that are at work, or hold a transaction open; where the role may not see what they do, they may be. */
static int ask_leftovers(struct lock *lock, char **ret, struct err *reterr)
{
    struct db_rows _cleanup_db_rows_ *rows = NULL;
    if (ask(lock,
            "SELECT a.pid::pg_catalog.text, a.application_name, pg_catalog.host(a.client_addr), "
            SINCE("coalesce(a.xact_start, a.backend_start)") " FROM pg_catalog.pg_stat_activity AS a "
            "WHERE a.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() "
            "AND a.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid() "
            "AND pg_catalog.starts_with(a.application_name, 'tenantgate-step:') "
            "AND (a.state IS NULL OR a.state OPERATOR(pg_catalog.<>) 'idle') ORDER BY a.backend_start",
            0, NULL, &rows, reterr) != 0)
        return -1;
    *ret = db_rows_count(rows) > 0 ? describe(rows) : NULL;
    return 0;
}

static void tell(struct lock *lock, const char *event, const char *what, char *who)
{
    int64_t now = clock_now_ms();
    bool same = lock->told != NULL && strcmp(lock->told, who) == 0;
    if (!same || now - lock->told_ms >= REMINDER_MS) {
        log_event(lock->options.log, LOG_INFO, event, "%s%s: %s", same ? "still " : "", what, who);
        lock->told_ms = now;
    }
    free(lock->told);
    lock->told = who;
}

static int too_late(const struct lock *lock, const char *what, struct err *reterr)
{
    char _cleanup_free_ *who = lock->told ? mem_printf(": %s", lock->told) : mem_strdup("");
    err_set(reterr, ERR_LOCK, "%s within %g s (lock.timeout)%s", what, (double)lock->options.timeout_ms / 1000, who);
    return err_hint(reterr, "Is another replica still migrating? Then give it more time (TENANTGATE_LOCK_TIMEOUT). What should "
                            "not be there any more is ended with SELECT pg_terminate_backend(PROCESS).");
}

static int pause_try(const struct lock *lock, struct err *reterr)
{
    uint16_t random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random)
        random = (uint16_t)clock_now_ms();
    struct deadline step = deadline_in(TRY_MS + random % TRY_JITTER_MS);
    return watch_wait(lock->options.watch, -1, 0, deadline_min(lock->until, step), reterr) < 0 ? -1 : 0;
}

static int acquire(struct lock *lock, struct err *reterr)
{
    for (;;) {
        bool got = false;
        char *holder = NULL;
        int code = lock->db == NULL ? connect_session(lock, reterr) : 0;
        if (code == 0)
            code = try_lock(lock, &got, reterr);
        if (code == 0 && got)
            return 0;
        if (code == 0)
            code = ask_holder(lock, &holder, reterr);
        if (code != 0 && reterr->kind != ERR_LOST && !(deadline_passed(lock->until) && reterr->kind == ERR_UNAVAILABLE))
            return -1;
        if (holder != NULL)
            tell(lock, "lock_waiting", "the lock is held by", holder);
        if (deadline_passed(lock->until))
            return too_late(lock, "the lock could not be had", reterr);
        if (code != 0) {
            log_event(lock->options.log, LOG_WARNING, "lock_lost", "%s; connecting again for the lock", reterr->msg);
            err_done(reterr);
            db_close(STEAL(lock->db));
        }
        if (pause_try(lock, reterr) != 0)
            return -1;
    }
}

int lock_look(struct lock *lock, struct err *reterr)
{
    if (lock->db != NULL && db_is_alive(lock->db))
        return 0;
    return err_set(reterr, ERR_STEP, "the connection that holds the lock was lost");
}

int lock_wait_for_leftovers(struct lock *lock, struct err *reterr)
{
    lock->until = deadline_in(lock->options.timeout_ms);
    mem_set(&lock->told, NULL);
    for (bool clear = true;;) {
        char *who = NULL;
        if (ask_leftovers(lock, &who, reterr) != 0) {
            if (reterr->kind == ERR_LOST && deadline_passed(lock->until))
                return too_late(lock, "what an earlier step left running did not end", reterr);
            if (reterr->kind == ERR_LOST) {
                reterr->kind = ERR_STEP;
                err_wrap(reterr, "the lock");
            }
            return -1;
        }
        if (who == NULL && clear)
            return 0;
        /* Between two statements a session is idle for a moment: once there was one, it must be quiet twice. */
        clear = who == NULL;
        if (who != NULL)
            tell(lock, "leftovers_waiting", "waiting for what an earlier step left running", who);
        if (deadline_passed(lock->until))
            return too_late(lock, "what an earlier step left running did not end", reterr);
        if (pause_try(lock, reterr) != 0)
            return -1;
    }
}

int lock_take(const struct lock_options *options, struct lock **ret, struct err *reterr)
{
    struct lock _cleanup_lock_ *lock = mem_alloc(sizeof *lock);
    *lock = (struct lock){.options = *options, .until = deadline_in(options->timeout_ms)};
    int64_t began = clock_now_ms();
    if (acquire(lock, reterr) != 0)
        return -1;
    int64_t waited = clock_now_ms() - began;
    log_event(options->log, LOG_INFO, "lock_taken", "the lock is ours after %.1f s", (double)waited / 1000);
    if (lock_wait_for_leftovers(lock, reterr) != 0)
        return -1;
    lock->options.info = NULL;
    lock->options.policy = NULL;
    *ret = STEAL(lock);
    return 0;
}
