/* The gate: the only room that knows the order of the phases. Reads what is expected, waits for the database, finds the
 * tenants, judges them all, and says what came of it. */
#pragma once

#include "base/environ.h"
#include "base/log.h"
#include "base/watch.h"
#include "config/config.h"
#include "gate/database.h"
#include "gate/sources.h"
#include "report/report.h"
#include "step/run.h"
#include "step/step.h"
#include "structure/assertions.h"

struct gate {
    const struct config *config;
    const struct environment *env;
    const struct log *log;
    const struct watch *watch;
    const struct strv *only; /* --tenant */
    const struct step_host *host; /* what steps run with; NULL: none are run */
    bool only_tenants_matter; /* `status`: the other dependencies are not waited for */
    bool recheck;             /* one look while holding: nothing is waited for */
    int64_t began_ms;
    struct deadline deadline; /* gate.timeout: for waiting and verifying; put off while steps run */
    /* what it finds; released by gate_done() */
    struct gate_sources sources;
    struct verify_source *judged; /* one per source, whatever the database */
    struct assertions assertions;
    struct gate_databases databases;
    struct gate_database *pattern, *catalog; /* where a query lists databases: what each is like, and who is asked */
    struct strv left_out;                    /* databases of the query that tenants.exclude names */
    struct strv excluded;                    /* those, and the tenants left out on purpose */
    struct units units;                      /* what was found, of all databases; the findings belong to those */
    struct steps steps;
    bool steps_read, steps_run;       /* those before verification are run once */
    struct step_failure step_failure; /* what the step that failed said last */
    int64_t phase_ms[PHASE_COUNT];    /* where the time went */
    struct err error; /* what kept it closed, where it is no finding */
};

void gate_done(struct gate *gate);
#define _cleanup_gate_ __attribute__((cleanup(gate_done)))

/* Only waits for the database. Fills in the report. */
void gate_wait(struct gate *gate, struct report *ret);

/* Waits, runs the steps (where there is a host for them), and verifies every tenant. The report points into the gate. */
void gate_verify(struct gate *gate, struct report *ret);

/* Fills in the report of an error that came before the gate could do anything. */
void gate_report_error(struct gate *gate, struct report *ret);
