/* A connection that is kept for what it holds. */
#include "db/db.h"
#include "db/db_private.h"

int db_socket(const struct db *db)
{
    return PQsocket(db->conn);
}

bool db_is_alive(struct db *db)
{
    if (PQconsumeInput(db->conn) != 1)
        return false;
    (void)PQisBusy(db->conn); /* takes what came out of turn: a changed parameter, the word that the server goes */
    return PQstatus(db->conn) == CONNECTION_OK;
}

int db_backend_pid(const struct db *db)
{
    return PQbackendPID(db->conn);
}

int db_server_version(const struct db *db)
{
    return PQserverVersion(db->conn);
}
