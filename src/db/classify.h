/* What a failed connection means: one table by SQLSTATE, one by libpq's own words where there is none. Pure. */
#pragma once

#include <stddef.h>

enum failure_class {
    FAILURE_NETWORK,   /* nobody answered: refused, no route, name not yet resolvable, no answer in time */
    FAILURE_NOT_READY, /* a server answered: not yet (starting, stopping, recovering, full, not the wanted kind) */
    FAILURE_REFUSED,   /* a server answered: never (password, role, database, pg_hba, TLS) */
    FAILURE_CONFIG,    /* the connection parameters cannot work: nothing was tried */
};

struct failure {
    enum failure_class class;
    char sqlstate[6]; /* "" where the server sent none */
    char *message;    /* the server's or libpq's own words, one line; owned */
    const char *hint; /* what to do about it, or NULL; static */
};

void failure_done(struct failure *failure);

/* Judges the text of PQerrorMessage() of a connection whose verbosity was PQERRORS_VERBOSE before polling: libpq gives a
 * failed connection no SQLSTATE field, but that verbosity puts the code into the message ("FATAL:  28P01: ..."). */
void failure_classify(const char *message, struct failure *ret);

/* The same for an error whose SQLSTATE is known already ("" or NULL: the connection broke without a word). */
void failure_from_sqlstate(const char *sqlstate, const char *message, struct failure *ret);

/* Of several hosts' or addresses' failures, the one that decides: an answer outweighs silence, "not yet" outweighs
 * "never", since it may still turn into a yes. Returns the index. */
size_t failure_decisive(const struct failure *failures, size_t count);
