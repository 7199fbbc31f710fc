/* Errors: "could not decide". A tenant that is behind is a finding, not an error (verify/finding.h).
 *
 * Functions that can fail take a `struct err *reterr` as their last argument and return 0, or -1 after filling it in.
 * A function either logs or returns an error, never both. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* Each kind has one exit code and one reason in the report: gate/outcome.c holds that table. */
enum err_kind {
    ERR_NONE = 0,
    ERR_USAGE,          /* wrong command line */
    ERR_CONFIG,         /* configuration that cannot work */
    ERR_NO_EXPECTED,    /* the expected migrations cannot be read, are empty or contradict each other */
    ERR_UNAVAILABLE,    /* the database did not come up in time */
    ERR_REFUSED,        /* the database refuses us for good */
    ERR_DEPENDENCY,     /* something else that must be up did not come up in time */
    ERR_DEADLINE,       /* gate.timeout passed before the verdict */
    ERR_STEP,           /* a required step failed */
    ERR_LOCK,           /* the lock could not be had in time */
    ERR_SIGNALLED,      /* a signal ended the closed gate; err.signal tells which */
    ERR_LOST,           /* the connection broke while verifying; the gate waits again (never final) */
    ERR_QUERY,          /* the server answered a statement with an error; err.sqlstate tells which (never final) */
    ERR_INTERNAL,
};

struct err {
    enum err_kind kind;
    char *msg;        /* what happened, one line; owned */
    char *hint;       /* what to do about it, or NULL; owned */
    int signal;       /* with ERR_SIGNALLED */
    char sqlstate[6]; /* the server's code, or "" */
};

#define ERR_INIT ((struct err){0})

void err_done(struct err *err);
/* Fills in the error (an older one is dropped) and returns -1. */
int err_set(struct err *err, enum err_kind kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Puts "context: " in front of the message and returns -1. */
int err_wrap(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Says what to do about it (replaces an older hint) and returns -1. It is shown as a sentence: the first letter is made a
 * capital, and a full stop is added where there is none. */
int err_hint(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Moves the error; `from` is empty then. */
void err_move(struct err *to, struct err *from);

#define _cleanup_err_ __attribute__((cleanup(err_done)))
