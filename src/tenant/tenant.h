/* Who the tenants are: every schema that has to be judged. */
#pragma once

#include <stdbool.h>

#include "base/log.h"
#include "base/watch.h"
#include "db/db.h"

/* Where the names come from; borrowed. */
struct tenant_rules {
    const struct strv *only;    /* --tenant: exactly these, whatever the rest says; NULL or empty: not given */
    const struct strv *schemas; /* fixed names */
    const char *query;          /* SQL, or "" */
    const char *pattern;        /* POSIX extended regular expression, or "" */
    const struct strv *exclude; /* names or /regex/ */
    bool detect;                /* the detection below, alone or in addition */
    /* for the detection */
    const char *url_schema;     /* a schema that the URL names, or NULL */
    struct strv history_tables; /* of the sources that are expected in the tenants */
    bool django_tenants;        /* list the tenant model's table */
    const char *tenant_table;   /* that table; NULL: find it */
    const char *public_schema;  /* where it is */
};

struct tenants {
    struct strv names;    /* ordered, each once */
    struct strv excluded; /* left out on purpose */
};

void tenants_done(struct tenants *tenants);
#define _cleanup_tenants_ __attribute__((cleanup(tenants_done)))

/* The names of databases that the query lists, ordered, each once; added to `ret`. Fails as tenants_discover() does for its
 * query. */
int tenants_databases(struct db *db, const char *query, const struct db_options *options, const struct watch *watch,
                      struct deadline until, struct strv *ret, struct err *reterr);

/* Does the list of names and /regular expressions/ (checked before) hold the name? */
bool tenant_is_excluded(const struct strv *exclude, const char *name);

/* Asks the database. Fails with ERR_CONFIG for a query that cannot work or whose answer holds no usable names, with
 * ERR_REFUSED where the role may not list the tenants, with ERR_LOST where asking again may help, and as db_run() does.
 * An empty list is no error here: it is the caller's rule how many there must be. */
int tenants_discover(struct db *db, const struct tenant_rules *rules, const struct db_options *options,
                     const struct watch *watch, struct deadline until, struct tenants *ret, struct err *reterr);
