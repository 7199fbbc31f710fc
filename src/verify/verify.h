/* Verification: every tenant of every source is read and judged; none hides the others. */
#pragma once

#include "base/log.h"
#include "base/watch.h"
#include "db/crew.h"
#include "framework/framework.h"
#include "verify/finding.h"
#include "verify/judge.h"

/* One source of expected migrations, ready to judge by. Borrowed. */
struct verify_source {
    const char *name;
    const char *database;
    const struct framework_row *framework;
    const struct judge *judge;
    const char *table;
    const char *query;          /* framework = sql: what is applied; or NULL */
    const struct strv *schemas; /* "tenants", schema names, or both */
    enum severity severity[FINDING_KIND_COUNT]; /* how grave each kind of finding is */
    bool unknown_auto; /* of unknown rows the framework's own answer counts, not severity[] */
};

/* One schema under one source. */
struct unit {
    size_t source;
    const char *database; /* as reports call it; borrowed; NULL until the gate has put the databases' units together */
    const char *tenant; /* borrowed from the list of tenants or the source's schemas */
    size_t applied, pending, unknown;
    size_t rows;
    bool absent; /* there is no such schema */
    struct findings findings;
};

struct units {
    struct unit *items;
    size_t count;
    size_t cap;
};

void units_done(struct units *units);
#define _cleanup_units_ __attribute__((cleanup(units_done)))

struct verify_options {
    struct db_options db;
    int64_t settle_ms; /* how long a tenant that looks behind is read again while its history grows */
    bool only_tenants; /* judge no schema that is not in the list (--tenant) */
};

/* Judges all; fills in `ret`. Where there are many schemas their tables are compared by fingerprints, and of those that are
 * alike the rows of one are read (verify/survey.h); few are read as they are. Fails only where it cannot be decided at all: ERR_LOST, ERR_SIGNALLED, ERR_DEADLINE,
 * ERR_QUERY, ERR_INTERNAL. */
int verify_all(struct crew *crew, const struct verify_source *sources, size_t source_count, const struct strv *tenants,
               const struct verify_options *options, const struct watch *watch, const struct log *log,
               struct deadline until, struct units *ret, struct err *reterr);
