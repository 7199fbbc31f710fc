/* The migrators' lock: a PostgreSQL session advisory lock on a connection of its own, so that of all replicas only one runs
 * the steps that want it. It goes with its connection: whatever becomes of the holder, the next one can have it. */
#pragma once

#include "base/log.h"
#include "base/watch.h"
#include "db/conninfo.h"
#include "wait/policy.h"

/* pg_advisory_lock()'s key: "tglk" in the upper half, FNV-1a of "steps" in the lower one. The same in every version and
 * for every application; advisory locks are apart for each database. */
#define LOCK_KEY_HIGH UINT32_C(0x74676C6B)
#define LOCK_KEY_NAME "steps"
int64_t lock_key(void);

struct lock;

struct lock_options {
    const struct conninfo *info;      /* borrowed during the call */
    const struct wait_policy *policy; /* for connecting; borrowed */
    int64_t timeout_ms;               /* for having it, what an earlier step left running included; 0: none */
    const struct log *log;            /* these two are borrowed as long as the lock lives */
    const struct watch *watch;
};

/* Takes the lock: connects, makes sure that it is the server itself that answers (and no pooler, which would keep the lock on
 * a connection that others use), and asks for the lock again and again without ever waiting inside a statement, which would
 * keep a snapshot open that the holder's CREATE INDEX CONCURRENTLY waits for. Who holds it is said in the log. Having it,
 * waits for what an earlier step has left running in this database.
 * Fails with ERR_LOCK (not in time), ERR_CONFIG (a pooler, a standby), or as wait_for_database() does. */
int lock_take(const struct lock_options *options, struct lock **ret, struct err *reterr);

/* Ends the connection, and with it the lock. Takes NULL. */
void lock_release(struct lock *lock);
static inline void lock_releasep(struct lock **lock)
{
    lock_release(*lock);
    *lock = NULL;
}
#define _cleanup_lock_ __attribute__((cleanup(lock_releasep)))

/* Readable when the lock has to be looked at. */
int lock_fd(const struct lock *lock);

/* Is it still ours? 0, or -1 with ERR_STEP. */
int lock_look(struct lock *lock, struct err *reterr);

/* Waits until no session of a step is at work in this database: ending a step's processes does not end what the server is
 * doing for them. Fails with ERR_LOCK after the lock's time-out, ERR_STEP where the lock is lost meanwhile, ERR_SIGNALLED. */
int lock_wait_for_leftovers(struct lock *lock, struct err *reterr);
