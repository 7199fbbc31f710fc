/* A connection to PostgreSQL, and statements on it. libpq-fe.h is included in this room only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/watch.h"
#include "db/classify.h"
#include "db/conninfo.h"

struct db;

/* Addresses that were tried: where a cheap probe can see the server come up. */
struct db_endpoints {
    void *items; /* struct sockaddr_storage, owned */
    size_t count;
    size_t cap;
};
void db_endpoints_done(struct db_endpoints *endpoints);

/* Tries every host and address once, in order, each for at most `attempt_ms`; look-ups of names and log-ins run in a
 * thread of their own, so that a signal ends the waiting at once whatever they do.
 * Returns 1 with *ret_db (db_close() it), 0 with *ret_failure (failure_done() it) and the addresses in *ret_endpoints,
 * or -1 with ERR_SIGNALLED, ERR_DEADLINE (`until` passed) or ERR_INTERNAL. */
int db_connect(const struct conninfo *info, int64_t attempt_ms, const struct watch *watch, struct deadline until,
               struct db **ret_db, struct failure *ret_failure, struct db_endpoints *ret_endpoints, struct err *reterr);

/* Is a thread at work that db_connect() walked away from? Then the process must end by _exit(2): exit(3) would run the clean-up
 * of the libraries (OpenSSL's first of all) under its feet. */
bool db_is_connecting(void);

void db_close(struct db *db);

static inline void db_closep(struct db **db)
{
    db_close(*db);
    *db = NULL;
}
#define _cleanup_db_ __attribute__((cleanup(db_closep)))

/* Does one of the addresses take TCP or socket connections now? Costs the server next to nothing; waits at most
 * `wait_ms`. */
bool db_probe(const struct db_endpoints *endpoints, int64_t wait_ms);

/* Statements to run together. */
struct db_batch {
    struct db_statement *items;
    size_t count;
    size_t cap;
};
void db_batch_done(struct db_batch *batch);
/* Adds a statement with text parameters $1 ... (copied; a NULL pointer is an SQL null). */
void db_batch_add(struct db_batch *batch, const char *sql, size_t nparams, const char *const *params);
#define _cleanup_db_batch_ __attribute__((cleanup(db_batch_done)))

/* The rows of one statement. */
struct db_rows;
void db_rows_free(struct db_rows *rows);
size_t db_rows_count(const struct db_rows *rows);
size_t db_rows_columns(const struct db_rows *rows);
/* The value as text, or NULL for an SQL null. Borrowed. */
const char *db_rows_value(const struct db_rows *rows, size_t row, size_t column);
bool db_rows_true(const struct db_rows *rows, size_t row, size_t column);
static inline void db_rows_freep(struct db_rows **rows)
{
    db_rows_free(*rows);
    *rows = NULL;
}
#define _cleanup_db_rows_ __attribute__((cleanup(db_rows_freep)))

struct db_options {
    int64_t statement_timeout_ms; /* 0: none */
    int64_t lock_timeout_ms;      /* 0: none */
    bool own_search_path;         /* leave the role's search_path in force (for the operator's own queries) */
};

/* Runs the batch in one read-only transaction and one round trip: BEGIN READ ONLY, settings local to it, the statements,
 * COMMIT. Nothing of the session is left changed, so that a pooler cannot leak or drop it; each statement is one
 * command by protocol. Row-level security is off: what it would hide becomes an error.
 * `ret_rows` has room for batch->count pointers, to be freed by the caller on success.
 * Fails with ERR_CONFIG for a COPY, ERR_QUERY (reterr->sqlstate tells; *ret_failed, if given, is the statement's index), ERR_LOST when the
 * connection broke, ERR_SIGNALLED, or ERR_DEADLINE. After any failure but ERR_QUERY the connection is of no more use. */
int db_run(struct db *db, const struct db_batch *batch, const struct db_options *options, const struct watch *watch,
           struct deadline until, struct db_rows **ret_rows, size_t *ret_failed, struct err *reterr);

/* The same in two parts, to keep the server busy while its answers are read: any number of batches may be sent ahead, and
 * are received in that order. Where one fails, those that were sent behind it fail with DB_ABORTED and want to be sent again,
 * once none is in flight any more. After any failure but ERR_QUERY the connection is of no more use. */
#define DB_ABORTED "25P02" /* SQLSTATE in_failed_sql_transaction */
int db_send(struct db *db, const struct db_batch *batch, const struct db_options *options, struct err *reterr);
int db_receive(struct db *db, const struct watch *watch, struct deadline until, struct db_rows **ret_rows, size_t *ret_failed,
               struct err *reterr);
/* Batches that were sent and not received; how many statements the next of them has. */
size_t db_in_flight(const struct db *db);
size_t db_next_statements(const struct db *db);

/* For a connection that is kept for what it holds (a lock). Its socket: readable when there is something to look at. */
int db_socket(const struct db *db);
/* Does the connection still stand? Takes what the server has sent meanwhile. */
bool db_is_alive(struct db *db);
/* The server process as the log-in named it; behind a pooler it is not the one that answers. */
int db_backend_pid(const struct db *db);

/* The server's version as a number: 150020 for 15.20. */
int db_server_version(const struct db *db);

/* libpq's version as a number: 150020 for 15.20. */
int db_library_version(void);

/* Adds an identifier in double quotes. */
struct buf;
void db_quote_ident(struct buf *out, const char *name);
/* A PostgreSQL array literal of the names, to be passed as a text[] parameter; to be freed. */
char *db_text_array(const struct strv *names);
