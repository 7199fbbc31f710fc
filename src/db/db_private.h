/* What the files of this room share. */
#pragma once

#include <libpq-fe.h>

#include "db/db.h"

struct db {
    PGconn *conn;
    struct db_flight *flights; /* transactions that were sent and not answered, the oldest first */
    size_t flight_count, flight_cap;
};

struct db_flight {
    size_t statements;
};

struct db_statement {
    char *sql;
    size_t nparams;
    char **params;
};

struct db_rows {
    PGresult *result;
};
