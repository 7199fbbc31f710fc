/* The databases: those that the configuration names, and those that a query lists. */
#pragma once

#include "base/environ.h"
#include "base/log.h"
#include "config/config.h"
#include "db/db.h"
#include "report/report.h"
#include "tenant/tenant.h"
#include "verify/verify.h"
#include "wait/policy.h"

/* Stands for the name of a database that tenants.databases_query lists. */
#define DATABASE_PLACEHOLDER "{database}"

/* What a database says that is expected (framework = sql); all zero for other sources. */
struct gate_asked {
    struct expected expected;
    struct judge judge; /* points to expected */
    char *digest;
};

/* One database, how to wait for it, and what was found in it. While it is being verified it is the alone of whoever does that. */
struct gate_database {
    char *name;                    /* as reports call it: the section's, or its own where a query lists it */
    const struct section *section; /* borrowed */
    struct conninfo conninfo;
    struct wait_policy policy;
    size_t connections;            /* most that may be used to verify it */
    bool listed;                    /* a query names it */
    bool has_tenants, has_structure; /* tenants.databases and structure.databases mean it */
    struct verify_source *judged;   /* the sources that are expected in it */
    size_t *source_of;              /* for each of them its place among all sources */
    size_t judged_count;
    struct gate_asked *asked;       /* what was asked of it, one for each of the first asked_count; their judges are in use */
    size_t asked_count;
    /* found */
    struct db *db; /* kept between two looks, or NULL */
    struct tenants tenants;
    struct units units;
    int64_t phase_ms[PHASE_COUNT];
    struct err error; /* why it could not be judged */
    bool given_up;    /* it was waited for in vain, and is not again: the error stands */
};

void gate_database_free(struct gate_database *database);
/* Forgets what was asked (gate/queries.h). */
void gate_asked_done(struct gate_database *database);

struct gate_databases {
    struct gate_database **items;
    size_t count, cap;
};

void gate_databases_done(struct gate_databases *databases);
#define _cleanup_gate_databases_ __attribute__((cleanup(gate_databases_done)))

struct gate_databases_options {
    const struct config *config;
    const struct environment *env;
    const struct log *log;
    bool recheck; /* nothing is waited for */
};

/* Reads every [database] section that names a database: fills in an empty `ret`, in the order of the file. The plain section
 * counts where it names one itself, where DATABASE_URL does, or where there is no other. With tenants.databases_query the
 * section that holds {database} is none of them but the pattern for those of the query: *ret_pattern, and *ret_catalog is the
 * database that is asked (both to be released by gate_database_free()); NULL otherwise. Fails with ERR_CONFIG, also where a
 * `databases` key names none of them. */
int gate_databases_read(const struct gate_databases_options *options, struct gate_databases *ret, struct gate_database **ret_pattern,
                        struct gate_database **ret_catalog, struct err *reterr);

/* A database like the pattern, with this name put in. NULL with ERR_CONFIG for a name that no database can have. */
struct gate_database *gate_database_from(const struct gate_database *pattern, const char *name, struct err *reterr);

/* Does a `databases` list mean this one? */
bool gate_database_is_in(const struct gate_database *database, const struct strv *names);
