/* What the files of this room share. */
#pragma once

#include <libpq-fe.h>

struct db {
    PGconn *conn;
};
