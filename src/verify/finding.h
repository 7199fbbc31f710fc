/* Findings: what is wrong with a tenant. A finding is not an error (base/err.h): it was decided. Both keep the gate
 * closed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/strv.h"

/* The words of the report, in this order. The first four can be made less by no setting. */
enum finding_kind {
    FINDING_NO_HISTORY_TABLE,
    FINDING_NO_PRIVILEGE,
    FINDING_CONFLICT,
    FINDING_UNDECIDED,
    FINDING_MISSING_SCHEMA,
    FINDING_PENDING,
    FINDING_INCONSISTENT,
    FINDING_FAILED,
    FINDING_CHANGED,
    FINDING_UNKNOWN,
    FINDING_OUT_OF_ORDER,
    FINDING_MISSING_TABLE,
    FINDING_MISSING_COLUMN,
    FINDING_UNEXPECTED_TABLE,
    FINDING_UNEXPECTED_COLUMN,
    FINDING_KIND_COUNT,
};

enum severity {
    SEVERITY_FAIL,
    SEVERITY_WARN,
    SEVERITY_IGNORE,
};

struct finding {
    enum finding_kind kind;
    enum severity severity;
    const char *database; /* borrowed from the configuration */
    const char *source;   /* borrowed; NULL where it concerns the schema as such */
    char *tenant;
    struct strv items; /* the migrations it is about, in the framework's order where that is known; or tables, or columns */
    char *message;     /* one line, about this tenant */
};

struct findings {
    struct finding *items;
    size_t count;
    size_t cap;
};

#define FINDINGS_INIT ((struct findings){0})

void findings_done(struct findings *findings);
#define _cleanup_findings_ __attribute__((cleanup(findings_done)))

/* Adds a finding about `tenant` (copied) and returns it; valid until the next call. The message is still to be set. */
struct finding *findings_add(struct findings *findings, enum finding_kind kind, enum severity severity,
                             const char *database, const char *source, const char *tenant);

/* "pending", "no_history_table", ... */
const char *finding_kind_name(enum finding_kind kind);
const char *severity_name(enum severity severity);

/* Is it one that migrating mends: something is not applied yet, or not even there? */
bool finding_is_behind(enum finding_kind kind);
