/* What a person would write by hand for this one question, and no more: do these tables all hold the same rows?
 *
 *   probe CONNINFO CONNECTIONS COUNT
 *
 * Fingerprints of t1.django_migrations ... tCOUNT.django_migrations, 40 tables a statement, 5 statements a transaction, two
 * transactions ahead on each connection. No catalog, no rights, no rows, no errors but the last: that is what tenantgate is
 * measured against. */
#include <libpq-fe.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 16, A_STATEMENT = 40, A_BATCH = 200, AHEAD = 2 };

static _Noreturn void die(PGconn *conn)
{
    fprintf(stderr, "probe: %s\n", PQerrorMessage(conn));
    exit(1);
}

static void send_batch(PGconn *conn, int from, int count)
{
    static char sql[A_STATEMENT * 256];
    size_t len = 0;
    PQsendQueryParams(conn, "BEGIN READ ONLY", 0, NULL, NULL, NULL, NULL, 0);
    for (int i = from; i < from + A_BATCH && i <= count; i++) {
        len += (size_t)snprintf(sql + len, sizeof sql - len,
                                "%sSELECT %d, count(*), sum(hashtextextended(name::text COLLATE \"C\", hashtextextended(app::text COLLATE \"C\", 7))) "
                                "FROM t%d.django_migrations", len ? " UNION ALL " : "", i, i);
        if ((i - from + 1) % A_STATEMENT == 0 || i + 1 == from + A_BATCH || i == count) {
            PQsendQueryParams(conn, sql, 0, NULL, NULL, NULL, NULL, 0);
            len = 0;
        }
    }
    PQsendQueryParams(conn, "COMMIT", 0, NULL, NULL, NULL, NULL, 0);
    if (PQpipelineSync(conn) != 1)
        die(conn);
}

int main(int argc, char **argv)
{
    PGconn *conns[MOST];
    struct pollfd polls[MOST];
    int count = argc == 4 ? atoi(argv[3]) : 0, lanes = argc == 4 ? atoi(argv[2]) : 0, next = 1, seen = 0, ahead[MOST] = {0};
    char first[64] = "";
    bool same = true;
    if (count < 1 || lanes < 1 || lanes > MOST)
        return 2;
    for (int i = 0; i < lanes; i++) {
        conns[i] = PQconnectdb(argv[1]);
        if (PQstatus(conns[i]) != CONNECTION_OK || PQsetnonblocking(conns[i], 1) != 0 || PQenterPipelineMode(conns[i]) != 1)
            die(conns[i]);
    }
    while (seen < count) {
        for (int i = 0; i < lanes; i++) {
            for (; ahead[i] < AHEAD && next <= count; ahead[i]++, next += A_BATCH)
                send_batch(conns[i], next, count);
            polls[i] = (struct pollfd){.fd = PQsocket(conns[i]), .events = (short)(PQflush(conns[i]) ? POLLIN | POLLOUT : POLLIN)};
        }
        if (poll(polls, (nfds_t)lanes, -1) < 0)
            return 1;
        for (int i = 0; i < lanes; i++) {
            if (PQconsumeInput(conns[i]) != 1)
                die(conns[i]);
            while (ahead[i] > 0 && !PQisBusy(conns[i])) {
                PGresult *result = PQgetResult(conns[i]);
                if (result != NULL && PQresultStatus(result) == PGRES_FATAL_ERROR)
                    die(conns[i]);
                for (int row = 0; result != NULL && PQresultStatus(result) == PGRES_TUPLES_OK && row < PQntuples(result); row++, seen++) {
                    if (*first == '\0')
                        snprintf(first, sizeof first, "%s", PQgetvalue(result, row, 2));
                    same = same && strcmp(first, PQgetvalue(result, row, 2)) == 0;
                }
                if (result != NULL && PQresultStatus(result) == PGRES_PIPELINE_SYNC)
                    ahead[i]--;
                PQclear(result);
            }
        }
    }
    for (int i = 0; i < lanes; i++)
        PQfinish(conns[i]);
    return same ? 0 : 3;
}
