/* What a failed connection means. */
#include "db/classify.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/text.h"

void failure_done(struct failure *failure)
{
    free(failure->message);
    *failure = (struct failure){0};
}

static const char password_hint[] =
    "Check the user and the password the gate was given (DATABASE_URL, [database], PGPASSFILE); `tenantgate config` "
    "shows where each value came from.";
static const char role_hint[] =
    "Check the user name and the server's pg_hba.conf: the role must exist, may log in, and a line must let it in from "
    "this address.";
static const char name_hint[] = "Create the database, or correct its name (DATABASE_URL, [database] name, PGDATABASE).";
static const char connect_hint[] = "Let the role connect: GRANT CONNECT ON DATABASE ... TO ...";
static const char tls_hint[] =
    "Check sslmode, sslrootcert and the server's certificate; in a FROM scratch image the CA file must be in the image.";

/* By SQLSTATE (appendix A of PostgreSQL's documentation); the longest prefix that fits decides. What is in no row is
 * retried: it is never taken for health, and an unknown error may pass. */
static const struct {
    const char *prefix;
    enum failure_class class;
    const char *hint;
} by_sqlstate[] = {
    {"08", FAILURE_NOT_READY, NULL},        /* connection exceptions; PgBouncer reports many log-in failures as 08P01 */
    {"0A", FAILURE_REFUSED, NULL},          /* protocol or feature not supported */
    {"22", FAILURE_REFUSED, NULL},          /* a parameter the server does not take */
    {"28", FAILURE_REFUSED, role_hint},     /* no such role, may not log in, no pg_hba entry */
    {"28P01", FAILURE_REFUSED, password_hint},
    {"3D000", FAILURE_REFUSED, name_hint},
    {"42", FAILURE_REFUSED, NULL},          /* `options` that the server cannot read, or a setting it does not have */
    {"42501", FAILURE_REFUSED, connect_hint},
    {"53", FAILURE_NOT_READY, NULL},        /* too many connections, out of memory, disk full */
    {"55", FAILURE_REFUSED, NULL},          /* the database does not accept connections (datallowconn) */
    {"55P03", FAILURE_NOT_READY, NULL},     /* lock not available */
    {"57", FAILURE_NOT_READY, NULL},
    {"57P01", FAILURE_NOT_READY, NULL},     /* shutting down */
    {"57P02", FAILURE_NOT_READY, NULL},     /* another process crashed */
    {"57P03", FAILURE_NOT_READY, NULL},     /* starting up, shutting down, in recovery */
    {"57P04", FAILURE_REFUSED, name_hint},  /* the database was dropped */
    {"58", FAILURE_NOT_READY, NULL},        /* system error */
    {"XX", FAILURE_NOT_READY, NULL},        /* internal error */
};

/* libpq's own words (fe-connect.c, fe-auth.c, fe-secure*.c; never translated here, since no locale is set). */
static const struct {
    const char *words;
    enum failure_class class;
    const char *hint;
} by_words[] = {
    {"could not translate host name", FAILURE_NETWORK, NULL},
    {"no password supplied", FAILURE_REFUSED, password_hint},
    {"server does not support SSL", FAILURE_REFUSED, tls_hint},
    {"certificate verify failed", FAILURE_REFUSED, tls_hint},
    {"does not match host name", FAILURE_REFUSED, tls_hint},
    {"host name must be specified for a verified SSL connection", FAILURE_CONFIG, tls_hint},
    {"root certificate file", FAILURE_REFUSED, tls_hint},
    {"could not read certificate file", FAILURE_REFUSED, tls_hint},
    {"could not load private key file", FAILURE_REFUSED, tls_hint},
    {"private key file", FAILURE_REFUSED, tls_hint},
    {"could not load system root certificate paths", FAILURE_REFUSED, tls_hint},
    {"tlsv1", FAILURE_REFUSED, tls_hint},
    {"tls alert", FAILURE_REFUSED, tls_hint},
    {"sslv3 alert", FAILURE_REFUSED, tls_hint},
    {"unsupported protocol", FAILURE_REFUSED, tls_hint},
    {"wrong version number", FAILURE_REFUSED, tls_hint},
    {"channel binding", FAILURE_REFUSED, NULL},
    {"authentication method requirement", FAILURE_REFUSED, NULL},
    {"authentication method", FAILURE_REFUSED, NULL},
    {"server is not in hot standby mode", FAILURE_NOT_READY, NULL},
    {"server is in hot standby mode", FAILURE_NOT_READY, NULL},
    {"session is read-only", FAILURE_NOT_READY, NULL},
    {"session is not read-only", FAILURE_NOT_READY, NULL},
    {"server closed the connection unexpectedly", FAILURE_NETWORK, NULL},
    {"Connection refused", FAILURE_NETWORK, NULL},
    {"invalid sslmode value", FAILURE_CONFIG, NULL},
    {"invalid connection option", FAILURE_CONFIG, NULL},
    {"invalid port number", FAILURE_CONFIG, NULL},
    {"invalid integer value", FAILURE_CONFIG, NULL},
    {" value: \"", FAILURE_CONFIG, NULL}, /* invalid sslmode value: "x" and its kin */
    {"could not match", FAILURE_CONFIG, NULL},
    {"definition of service", FAILURE_CONFIG, NULL},
    {"service file", FAILURE_CONFIG, NULL},
    {"syntax error in service file", FAILURE_CONFIG, NULL},
    {"no PostgreSQL user name specified", FAILURE_CONFIG, NULL},
    {"could not look up local user ID", FAILURE_CONFIG, "Name the user: postgresql://USER@..., [database] user or PGUSER."},
    {"local user with ID", FAILURE_CONFIG, "Name the user: postgresql://USER@..., [database] user or PGUSER."},
};

/* Finds "SEVERITY:  CODE: " and returns what follows it. The severity may be translated by the server (lc_messages), the
 * two blanks and the five characters are not. */
static const char *find_sqlstate(const char *message, char code[6])
{
    for (const char *p = strstr(message, ":  "); p != NULL; p = strstr(p + 1, ":  ")) {
        const char *c = p + 3;
        size_t len = 0;
        while (len < 5 && (isdigit((unsigned char)c[len]) || (c[len] >= 'A' && c[len] <= 'Z')))
            len++;
        if (len == 5 && c[5] == ':' && c[6] == ' ') {
            memcpy(code, c, 5);
            code[5] = '\0';
            return c + 7;
        }
    }
    return NULL;
}

/* Makes one line of it: the primary message and DETAIL, HINT; not LOCATION (verbose only). */
static char *one_line(const char *text)
{
    struct buf out = BUF_INIT;
    for (const char *p = text; *p != '\0';) {
        size_t len = strcspn(p, "\n");
        const char *line = p;
        size_t n = len;
        while (n > 0 && isspace((unsigned char)*line)) {
            line++;
            n--;
        }
        while (n > 0 && isspace((unsigned char)line[n - 1]))
            n--;
        if (n > 0 && strncmp(line, "LOCATION:", 9) != 0) {
            if (out.len > 0)
                buf_puts(&out, "; ");
            buf_add(&out, line, n);
        }
        p += len + (p[len] == '\n');
    }
    char _cleanup_free_ *raw = buf_steal(&out);
    return redact(raw);
}

void failure_from_sqlstate(const char *sqlstate, const char *message, struct failure *ret)
{
    *ret = (struct failure){.class = FAILURE_NETWORK, .message = one_line(message)};
    if (sqlstate == NULL || strlen(sqlstate) != 5)
        return;
    memcpy(ret->sqlstate, sqlstate, sizeof ret->sqlstate);
    ret->class = FAILURE_NOT_READY;
    size_t best = 0;
    for (size_t i = 0; i < sizeof by_sqlstate / sizeof *by_sqlstate; i++) {
        size_t len = strlen(by_sqlstate[i].prefix);
        if (len > best && strncmp(sqlstate, by_sqlstate[i].prefix, len) == 0) {
            best = len;
            ret->class = by_sqlstate[i].class;
            ret->hint = by_sqlstate[i].hint;
        }
    }
}

void failure_classify(const char *message, struct failure *ret)
{
    char code[6] = "";
    const char *words = find_sqlstate(message, code);
    if (words != NULL) {
        /* With sslmode=prefer libpq tries again without TLS and appends what came of that: mostly the same once more. */
        const char *again = strstr(words, "\nconnection to server ");
        char _cleanup_free_ *first = again ? mem_strndup(words, (size_t)(again - words)) : mem_strdup(words);
        failure_from_sqlstate(code, first, ret);
        return;
    }
    *ret = (struct failure){.class = FAILURE_NETWORK};
    for (size_t i = 0; i < sizeof by_words / sizeof *by_words; i++) {
        if (strstr(message, by_words[i].words) != NULL) {
            ret->class = by_words[i].class;
            ret->hint = by_words[i].hint;
            break;
        }
    }
    ret->message = one_line(message);
}

size_t failure_decisive(const struct failure *failures, size_t count)
{
    static const int weight[] = {
        [FAILURE_NETWORK] = 0, [FAILURE_REFUSED] = 1, [FAILURE_NOT_READY] = 2, [FAILURE_CONFIG] = 3};
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (weight[failures[i].class] > weight[failures[best].class])
            best = i;
    return best;
}
