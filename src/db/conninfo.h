/* How to reach a database: URLs as the ecosystems write them, turned into libpq's parameters. */
#pragma once

#include <stdbool.h>

#include "base/environ.h"
#include "base/err.h"
#include "base/strv.h"

/* What the configuration says; empty or NULL strings mean "not set". Borrowed. */
struct conninfo_parts {
    const char *url;
    const char *host, *port, *name, *user, *password;
};

/* Parameters for PQconnectStartParams(), in pairs. */
struct conninfo {
    struct strv keywords, values;
    char *schema;        /* Prisma's `schema` parameter, or NULL */
    char *shown;         /* "host:port/name" for messages: no secret in it */
    struct strv dropped; /* parameters that are not libpq's and were left out */
};

#define CONNINFO_INIT ((struct conninfo){0})

void conninfo_done(struct conninfo *info);
#define _cleanup_conninfo_ __attribute__((cleanup(conninfo_done)))

/* Understands postgres://, postgresql://, postgresql+DRIVER://, postgis://, psql://, pgsql://, ecto://,
 * jdbc:postgresql:, and libpq's own key=value strings. Without a url DATABASE_URL counts; where that is not set
 * either, libpq's own PG* variables, which libpq reads by itself. Parts win over the URL. Fails with ERR_CONFIG where the text cannot be read, or
 * where nothing at all says which database is meant; no message holds the password. */
int conninfo_make(const struct conninfo_parts *parts, const struct environment *env, struct conninfo *ret,
                  struct err *reterr);

/* Makes `shown` anew, after parameters were set. */
void conninfo_show(struct conninfo *info);

/* The same for other programs: DATABASE_URL and libpq's PG* variables as "NAME=value", the password among them; added to
 * `ret`. */
void conninfo_variables(const struct conninfo *info, struct strv *ret);

/* Another one like it; `ret` is empty before. */
void conninfo_copy(const struct conninfo *info, struct conninfo *ret);

const char *conninfo_get(const struct conninfo *info, const char *keyword);
/* Sets or replaces one parameter. */
void conninfo_set(struct conninfo *info, const char *keyword, const char *value);
