/* The report: what was found, as data; rendered for people (banner, text) and machines (JSON, JUnit). Rendering goes to
 * a buffer and is written once. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/strv.h"
#include "verify/verify.h"

struct report_source {
    const char *name;
    const char *framework;
    size_t expected;
    const char *digest;
};

/* One of several databases. Borrowed. */
struct report_database {
    const char *name;
    const char *error; /* why it could not be judged, or NULL */
    bool listed;       /* a query names it: it is a tenant itself */
};

/* Where the time went. */
enum report_phase {
    PHASE_EXPECTED,
    PHASE_WAIT,
    PHASE_DISCOVER,
    PHASE_VERIFY,
    PHASE_LOCK,
    PHASE_STEPS,
    PHASE_COUNT,
};

struct report {
    bool open;
    int exit_code;
    const char *reason;
    int64_t duration_ms;
    const int64_t *phase_ms; /* PHASE_COUNT of them, or NULL; borrowed */
    const char *app;       /* what `run` would start, or NULL */
    int64_t held_ms;       /* more than 0: the gate does not exit but holds, checking again this often */
    bool in_kubernetes;    /* which way past the gate to name */
    const char *error;     /* what kept the gate closed, where it is no finding; or NULL */
    const char *hint;
    const struct strv *output; /* the last lines of the step that kept it closed, or NULL */
    const char *output_of;     /* that step */
    struct report_source *sources;
    size_t source_count;
    const struct verify_source *judged; /* one per source; NULL where none was judged */
    const struct units *units;          /* NULL where nothing was verified */
    bool many_databases;                /* there are, or may be, several: names are told with theirs */
    struct report_database *databases; /* those, where there are several; owned */
    size_t database_count;
    const char *role;                   /* structure.role; NULL or "": the role that connects */
    const struct strv *excluded;        /* tenants left out on purpose */
    struct strv remedies;               /* commands */
    bool by_connection;                 /* and one of them does not say for which of the tenants it is */
};

void report_done(struct report *report);
#define _cleanup_report_ __attribute__((cleanup(report_done)))

/* How many tenants there are, are fine, fail, have warnings only. */
struct report_counts {
    size_t total, ok, failed, warned;
};
struct report_counts report_count(const struct report *report);

/* A tenant as people are told of it, with its database where there are several: "acme in shard2". Not escaped. To be freed. */
char *report_tenant(const struct report *report, const char *database, const char *tenant);
/* What tells a tenant from those of the same name in other databases. To be freed. */
char *report_tenant_key(const char *database, const char *tenant);

/* Fills in the remedies for the findings. */
void report_add_remedies(struct report *report);

/* The same command past the gate, where the image's entrypoint is the gate. To be freed. */
char *report_past_the_gate(const struct report *report, const char *command);
/* Bytes up to the next blank outside of quotes, as a POSIX shell sees it. */
size_t report_shell_word(const char *text);

enum banner_style {
    BANNER_ASCII,
    BANNER_UNICODE,
};

/* The fatal banner, at most 100 columns wide. */
void report_banner(const struct report *report, enum banner_style style, struct buf *out);
/* The body of the banner (what is wrong, what to do): the text report of `verify`. */
void report_text(const struct report *report, struct buf *out);
/* The verdict in one line, escaped: "1 of 3 tenants is not fully migrated: 1 tenant lacks finance.0002_lines: demo". */
void report_summary(const struct report *report, struct buf *out);
/* A line per tenant: applied, pending, unknown, problems. */
void report_status(const struct report *report, struct buf *out);
/* The Prometheus text format; `now` is the time as seconds since 1970. */
void report_metrics(const struct report *report, int64_t now, struct buf *out);
/* To be freed. */
char *report_json(const struct report *report);
void report_junit(const struct report *report, struct buf *out);
