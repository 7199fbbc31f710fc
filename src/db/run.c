/* Running statements: one read-only transaction, one round trip. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/redact.h"
#include "db/db.h"
#include "db/db_private.h"

struct db_statement {
    char *sql;
    size_t nparams;
    char **params;
};

struct db_rows {
    PGresult *result;
};

void db_batch_done(struct db_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        for (size_t p = 0; p < batch->items[i].nparams; p++)
            free(batch->items[i].params[p]);
        free(batch->items[i].params);
        free(batch->items[i].sql);
    }
    free(batch->items);
    *batch = (struct db_batch){0};
}

void db_batch_add(struct db_batch *batch, const char *sql, size_t nparams, const char *const *params)
{
    MEM_GROW(batch->items, batch->count, batch->cap);
    struct db_statement *statement = &batch->items[batch->count++];
    *statement = (struct db_statement){.sql = mem_strdup(sql), .nparams = nparams};
    statement->params = mem_alloc(nparams * sizeof *statement->params);
    for (size_t i = 0; i < nparams; i++)
        statement->params[i] = mem_strdup(params[i]);
}

void db_rows_free(struct db_rows *rows)
{
    if (rows == NULL)
        return;
    PQclear(rows->result);
    free(rows);
}

size_t db_rows_count(const struct db_rows *rows)
{
    return (size_t)PQntuples(rows->result);
}

size_t db_rows_columns(const struct db_rows *rows)
{
    return (size_t)PQnfields(rows->result);
}

const char *db_rows_value(const struct db_rows *rows, size_t row, size_t column)
{
    return PQgetisnull(rows->result, (int)row, (int)column) ? NULL : PQgetvalue(rows->result, (int)row, (int)column);
}

bool db_rows_true(const struct db_rows *rows, size_t row, size_t column)
{
    const char *value = db_rows_value(rows, row, column);
    return value != NULL && strcmp(value, "t") == 0;
}

int db_library_version(void)
{
    return PQlibVersion();
}

void db_quote_ident(struct buf *out, const char *name)
{
    buf_putc(out, '"');
    for (const char *p = name; *p != '\0'; p++) {
        if (*p == '"')
            buf_putc(out, '"');
        buf_putc(out, *p);
    }
    buf_putc(out, '"');
}

char *db_text_array(const struct strv *names)
{
    struct buf out = BUF_INIT;
    buf_putc(&out, '{');
    for (size_t i = 0; i < names->count; i++) {
        buf_puts(&out, i ? ",\"" : "\"");
        for (const char *p = names->items[i]; *p != '\0'; p++) {
            if (*p == '"' || *p == '\\')
                buf_putc(&out, '\\');
            buf_putc(&out, *p);
        }
        buf_putc(&out, '"');
    }
    buf_putc(&out, '}');
    return buf_steal(&out);
}

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

int db_run(struct db *db, const struct db_batch *batch, const struct db_options *options, const struct watch *watch,
           struct deadline until, struct db_rows **ret_rows, size_t *ret_failed, struct err *reterr)
{
    PGconn *conn = db->conn;
    size_t total = batch->count + 3; /* BEGIN, settings, ..., COMMIT */
    for (size_t i = 0; i < batch->count; i++)
        ret_rows[i] = NULL;
    if (PQpipelineStatus(conn) == PQ_PIPELINE_OFF && (PQsetnonblocking(conn, 1) != 0 || PQenterPipelineMode(conn) != 1))
        return lost(conn, reterr);
    if (send_all(conn, batch, options) != 0)
        return lost(conn, reterr);
    struct err _cleanup_err_ first = ERR_INIT; /* the statement's error; all that follows it is only "aborted" */
    int code = 0;
    for (size_t i = 0; i <= total && code == 0; i++) {
        PGresult *result = NULL;
        code = next_result(conn, watch, until, &result, reterr);
        ExecStatusType status = result ? PQresultStatus(result) : PGRES_FATAL_ERROR;
        bool is_statement = i >= 2 && i < total - 1;
        if (code == 0 && status == PGRES_PIPELINE_SYNC && i != total)
            code = err_set(reterr, ERR_LOST, "the server answered out of turn");
        else if (code == 0 && (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) && first.kind == ERR_NONE) {
            failed(conn, result, &first);
            if (ret_failed != NULL)
                *ret_failed = is_statement ? i - 2 : 0;
            if (first.kind == ERR_LOST)
                code = -1;
        } else if (code == 0 && is_statement && status == PGRES_TUPLES_OK) {
            ret_rows[i - 2] = mem_alloc(sizeof **ret_rows);
            ret_rows[i - 2]->result = STEAL(result);
        } else if (code == 0 && is_statement && status != PGRES_PIPELINE_ABORTED && first.kind == ERR_NONE) {
            err_set(&first, ERR_QUERY, "the statement returns no rows");
            memcpy(first.sqlstate, "02000", 6);
            if (ret_failed != NULL)
                *ret_failed = i - 2;
        }
        PQclear(result);
    }
    if (code == 0 && first.kind != ERR_NONE)
        code = roll_back(conn, watch, until, reterr);
    if (code == 0 && first.kind == ERR_NONE && PQtransactionStatus(conn) != PQTRANS_IDLE)
        code = err_set(reterr, ERR_LOST, "the transaction could not be ended");
    if (code == 0 && first.kind == ERR_NONE)
        return 0;
    if (first.kind != ERR_NONE && (code == 0 || first.kind == ERR_LOST))
        err_move(reterr, &first);
    for (size_t i = 0; i < batch->count; i++) {
        db_rows_free(ret_rows[i]);
        ret_rows[i] = NULL;
    }
    return -1;
}
