/* Running statements: read-only transactions, sent ahead and answered in turn. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/redact.h"
#include "db/db.h"
#include "db/db_private.h"

/* Settings for the transaction alone: those the server does not know are passed over. READ COMMITTED and READ ONLY are
 * spelled out because a role's or database's defaults could say otherwise. */
static const char begin_sql[] = "BEGIN ISOLATION LEVEL READ COMMITTED, READ ONLY";
static const char settings_sql[] =
    "SELECT pg_catalog.set_config(s.name, s.value, true) FROM (VALUES "
    "('client_encoding'::pg_catalog.text, 'UTF8'::pg_catalog.text), ('row_security', 'off'), ('jit', 'off'), "
    "('max_parallel_workers_per_gather', '0'), "
    "('statement_timeout', $1::pg_catalog.text), ('lock_timeout', $2::pg_catalog.text), "
    "('search_path', $3::pg_catalog.text)) AS s(name, value) "
    "WHERE s.value IS NOT NULL AND pg_catalog.current_setting(s.name, true) IS NOT NULL";
static const char commit_sql[] = "COMMIT";
/* Ends what the operator's own query began: of the little that a read-only transaction may leave behind (large objects
 * before PostgreSQL 16, notifications) nothing stays. */
static const char rollback_sql[] = "ROLLBACK";

static int send(PGconn *conn, const char *sql, size_t nparams, char *const *params)
{
    return PQsendQueryParams(conn, sql, (int)nparams, NULL, (const char *const *)params, NULL, NULL, 0) == 1 ? 0 : -1;
}

static int lost(PGconn *conn, struct err *reterr)
{
    struct failure failure;
    failure_classify(PQerrorMessage(conn), &failure);
    err_set(reterr, ERR_LOST, "the connection was lost: %s", *failure.message ? failure.message : "no reason given");
    failure_done(&failure);
    return -1;
}

/* Waits until libpq has something to say about the next statement; keeps sending meanwhile. */
static int wait_ready(PGconn *conn, const struct watch *watch, struct deadline until, struct err *reterr)
{
    for (;;) {
        int unsent = PQflush(conn);
        if (unsent < 0)
            return lost(conn, reterr);
        if (!PQisBusy(conn) && unsent == 0)
            return 0;
        short events = (short)(POLLIN | (unsent > 0 ? POLLOUT : 0));
        int ready = watch_wait(watch, PQsocket(conn), events, until, reterr);
        if (ready < 0)
            return -1;
        if (ready == 0)
            return err_set(reterr, ERR_DEADLINE, "the database did not answer before the deadline");
        if (PQconsumeInput(conn) != 1)
            return lost(conn, reterr);
    }
}

/* FATAL and PANIC end the session. The field that is never translated came with PostgreSQL 9.6, and poolers leave it out. */
static bool ends_session(const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity == NULL)
        severity = PQresultErrorField(result, PG_DIAG_SEVERITY);
    return severity != NULL && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

/* Turns a failed result into an error: a lost connection, or the server's answer to the statement. */
static int failed(PGconn *conn, const PGresult *result, struct err *reterr)
{
    const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (code == NULL || PQstatus(conn) == CONNECTION_BAD)
        return lost(conn, reterr);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    bool ended = strncmp(code, "57P", 3) == 0 || ends_session(result);
    char _cleanup_free_ *text = mem_printf("%s%s%s (SQLSTATE %s)", primary ? primary : "error", detail ? "; " : "",
                                           detail ? detail : "", code);
    char _cleanup_free_ *safe = redact(text);
    err_set(reterr, ended ? ERR_LOST : ERR_QUERY, "%s", safe);
    memcpy(reterr->sqlstate, code, strlen(code) < 6 ? strlen(code) + 1 : 5);
    return -1;
}

/* Takes the one result of the next statement (or of the sync) and the NULL that ends it. */
static int next_result(PGconn *conn, const struct watch *watch, struct deadline until, PGresult **ret, struct err *reterr)
{
    *ret = NULL;
    if (wait_ready(conn, watch, until, reterr) != 0)
        return -1;
    *ret = PQgetResult(conn);
    if (*ret == NULL)
        return lost(conn, reterr);
    if (PQresultStatus(*ret) == PGRES_PIPELINE_SYNC)
        return 0;
    ExecStatusType status = PQresultStatus(*ret);
    if (status == PGRES_COPY_OUT || status == PGRES_COPY_IN || status == PGRES_COPY_BOTH) /* no way back in a pipeline */
        return err_set(reterr, ERR_CONFIG, "COPY is not a statement that returns rows");
    if (wait_ready(conn, watch, until, reterr) != 0)
        return -1;
    PGresult *end = PQgetResult(conn);
    if (end != NULL) {
        PQclear(end);
        return err_set(reterr, ERR_LOST, "the server answered out of turn");
    }
    return 0;
}

/* After an error the transaction is left open in a failed state: ends it, so that the connection can be used again. */
static int roll_back(PGconn *conn, const struct watch *watch, struct deadline until, struct err *reterr)
{
    if (PQtransactionStatus(conn) == PQTRANS_IDLE)
        return 0;
    PGresult *result = NULL;
    int code = send(conn, "ROLLBACK", 0, NULL) == 0 && PQpipelineSync(conn) == 1 ? 0 : lost(conn, reterr);
    for (int i = 0; i < 2 && code == 0; i++) {
        code = next_result(conn, watch, until, &result, reterr);
        PQclear(result);
        result = NULL;
    }
    if (code == 0 && PQtransactionStatus(conn) != PQTRANS_IDLE)
        code = err_set(reterr, ERR_LOST, "the failed transaction could not be ended");
    return code;
}

/* One sync for all of it: a pooler in statement mode takes a transaction that is over when the server is ready again. */
static int send_all(PGconn *conn, const struct db_batch *batch, const struct db_options *options)
{
    char _cleanup_free_ *statement_ms = mem_printf("%lld", (long long)options->statement_timeout_ms);
    char _cleanup_free_ *lock_ms = mem_printf("%lld", (long long)options->lock_timeout_ms);
    char path[] = "pg_catalog";
    char *settings[] = {statement_ms, lock_ms, options->own_search_path ? NULL : path};
    int code = send(conn, begin_sql, 0, NULL) | send(conn, settings_sql, 3, settings);
    for (size_t i = 0; i < batch->count && code == 0; i++)
        code = send(conn, batch->items[i].sql, batch->items[i].nparams, batch->items[i].params);
    const char *end_sql = options->own_search_path ? rollback_sql : commit_sql;
    return code == 0 && send(conn, end_sql, 0, NULL) == 0 && PQpipelineSync(conn) == 1 ? 0 : -1;
}

int db_send(struct db *db, const struct db_batch *batch, const struct db_options *options, struct err *reterr)
{
    PGconn *conn = db->conn;
    if (PQpipelineStatus(conn) == PQ_PIPELINE_OFF && (PQsetnonblocking(conn, 1) != 0 || PQenterPipelineMode(conn) != 1))
        return lost(conn, reterr);
    if (send_all(conn, batch, options) != 0 || PQflush(conn) < 0)
        return lost(conn, reterr);
    MEM_GROW(db->flights, db->flight_count, db->flight_cap);
    db->flights[db->flight_count++] = (struct db_flight){.statements = batch->count};
    return 0;
}

size_t db_in_flight(const struct db *db)
{
    return db->flight_count;
}

size_t db_next_statements(const struct db *db)
{
    return db->flights[0].statements;
}

/* What the answers to one transaction were. */
struct answer {
    struct db_rows **rows;
    size_t failed;
    struct err first; /* the statement's error; all that follows it is only "aborted" */
};

/* Takes the result of one step of the transaction. `statement`: its number, or -1 for what stands around the statements. */
static void take_result(PGconn *conn, PGresult *result, long statement, struct answer *answer)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_PIPELINE_ABORTED || answer->first.kind != ERR_NONE)
        return;
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
        failed(conn, result, &answer->first);
    } else if (statement >= 0 && status == PGRES_TUPLES_OK) {
        answer->rows[statement] = mem_alloc(sizeof **answer->rows);
        answer->rows[statement]->result = result;
        return;
    } else if (statement >= 0) {
        err_set(&answer->first, ERR_QUERY, "the statement returns no rows");
        memcpy(answer->first.sqlstate, "02000", 6);
    }
    if (answer->first.kind != ERR_NONE)
        answer->failed = statement >= 0 ? (size_t)statement : 0;
}

/* Takes all results of one transaction. Fails only where the connection is of no more use. */
static int take_all(struct db *db, const struct watch *watch, struct deadline until, struct answer *answer, struct err *reterr)
{
    size_t count = db->flights[0].statements, sync = count + 3; /* BEGIN, settings, the statements, COMMIT, sync */
    for (size_t i = 0; i <= sync; i++) {
        PGresult *result = NULL;
        if (next_result(db->conn, watch, until, &result, reterr) != 0) {
            PQclear(result);
            return -1;
        }
        bool is_sync = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        bool is_statement = i >= 2 && i < count + 2;
        if (is_sync != (i == sync)) {
            PQclear(result);
            return err_set(reterr, ERR_LOST, "the server answered out of turn");
        }
        if (!is_sync)
            take_result(db->conn, result, is_statement ? (long)(i - 2) : -1, answer);
        if (is_sync || !is_statement || answer->rows[i - 2] == NULL)
            PQclear(result);
        if (answer->first.kind == ERR_LOST)
            return -1;
    }
    return 0;
}

int db_receive(struct db *db, const struct watch *watch, struct deadline until, struct db_rows **ret_rows, size_t *ret_failed,
               struct err *reterr)
{
    size_t count = db->flights[0].statements;
    struct answer answer = {.rows = ret_rows, .first = ERR_INIT};
    for (size_t i = 0; i < count; i++)
        ret_rows[i] = NULL;
    int code = take_all(db, watch, until, &answer, reterr);
    db->flight_count--;
    memmove(db->flights, db->flights + 1, db->flight_count * sizeof *db->flights);
    if (code == 0 && answer.first.kind != ERR_NONE && db->flight_count == 0)
        code = roll_back(db->conn, watch, until, reterr);
    else if (code == 0 && db->flight_count == 0 && PQtransactionStatus(db->conn) != PQTRANS_IDLE)
        code = err_set(reterr, ERR_LOST, "the transaction could not be ended");
    if (ret_failed != NULL)
        *ret_failed = answer.failed;
    if (code == 0 && answer.first.kind == ERR_NONE)
        return 0;
    if (answer.first.kind != ERR_NONE && (code == 0 || answer.first.kind == ERR_LOST))
        err_move(reterr, &answer.first);
    err_done(&answer.first);
    for (size_t i = 0; i < count; i++) {
        db_rows_free(ret_rows[i]);
        ret_rows[i] = NULL;
    }
    return -1;
}

int db_run(struct db *db, const struct db_batch *batch, const struct db_options *options, const struct watch *watch,
           struct deadline until, struct db_rows **ret_rows, size_t *ret_failed, struct err *reterr)
{
    for (size_t i = 0; i < batch->count; i++)
        ret_rows[i] = NULL;
    if (db_send(db, batch, options, reterr) != 0)
        return -1;
    return db_receive(db, watch, until, ret_rows, ret_failed, reterr);
}
