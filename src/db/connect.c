/* Connecting: every host and address in turn, in a thread of its own.
 *
 * libpq's asynchronous interface leaves two things blocking or undone: it looks names up with getaddrinfo(3), which no
 * signal interrupts, and it does not apply a time-out per address, so that one that swallows packets would eat the whole
 * attempt. So the names are looked up here, each address is polled with its own deadline, and all of it runs in a
 * thread that the gate can walk away from. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/thread.h"
#include "db/db.h"
#include "db/db_private.h"

/* Room for libpq, OpenSSL and the resolver; some C libraries give threads very little. */
#define STACK_BYTES ((size_t)1024 * 1024)

/* What an attempt may need at once: its own two, the connection, the resolver's and a file or two. */
#define ROOM 6

/* Shared by the gate and its thread; the last one to let go releases it. */
struct attempt {
    atomic_int holders;
    int done_fd;   /* becomes readable when the result is there */
    atomic_bool done; /* what the thread wrote is seen by who reads this first */
    int cancel_fd; /* becomes readable when nobody waits any more */
    int64_t address_ms;
    atomic_bool looking_up; /* getaddrinfo(3) is at work */
    struct strv keywords, values;
    PGconn *conn; /* the result, or NULL and ... */
    struct failure *failures;
    size_t failures_count, failures_cap;
    struct db_endpoints endpoints;
};

static void attempt_release(struct attempt *attempt)
{
    if (atomic_fetch_sub(&attempt->holders, 1) != 1)
        return;
    if (attempt->conn != NULL)
        PQfinish(attempt->conn);
    for (size_t i = 0; i < attempt->failures_count; i++)
        failure_done(&attempt->failures[i]);
    free(attempt->failures);
    db_endpoints_done(&attempt->endpoints);
    strv_done(&attempt->keywords);
    strv_done(&attempt->values);
    close(attempt->done_fd);
    close(attempt->cancel_fd);
    free(attempt);
}

void db_endpoints_done(struct db_endpoints *endpoints)
{
    free(endpoints->items);
    *endpoints = (struct db_endpoints){0};
}

static void add_endpoint(struct db_endpoints *endpoints, const struct sockaddr *address, size_t len)
{
    struct sockaddr_storage *items = endpoints->items;
    MEM_GROW(items, endpoints->count, endpoints->cap);
    memset(&items[endpoints->count], 0, sizeof *items);
    memcpy(&items[endpoints->count++], address, len < sizeof *items ? len : sizeof *items);
    endpoints->items = items;
}

static void add_failure(struct attempt *attempt, const char *message)
{
    MEM_GROW(attempt->failures, attempt->failures_count, attempt->failures_cap);
    failure_classify(message, &attempt->failures[attempt->failures_count++]);
}

static void ignore_notice(void *context, const PGresult *notice)
{
    (void)context;
    (void)notice;
}

/* Where to connect to: one entry of host/hostaddr/port. NULL members are left to libpq. */
struct target {
    char *host, *address, *port;
};

/* The attempt's parameters with those of one target (and session attributes) put over them. */
static PGconn *start(const struct attempt *attempt, const struct target *target, const char *session, const char *sslmode)
{
    const struct {
        const char *keyword, *value;
    } over[] = {{"host", target ? target->host : NULL},
                {"hostaddr", target ? target->address : NULL},
                {"port", target ? target->port : NULL},
                {"target_session_attrs", session},
                {"sslmode", sslmode}};
    size_t count = attempt->keywords.count, extra = sizeof over / sizeof *over;
    const char **keywords = mem_alloc((count + extra + 1) * sizeof *keywords);
    const char **values = mem_alloc((count + extra + 1) * sizeof *values);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const char *value = attempt->values.items[i];
        for (size_t o = 0; o < extra; o++)
            if (over[o].value != NULL && strcmp(over[o].keyword, attempt->keywords.items[i]) == 0)
                value = NULL;
        if (value == NULL)
            continue;
        keywords[n] = attempt->keywords.items[i];
        values[n++] = value;
    }
    for (size_t o = 0; o < extra; o++) {
        if (over[o].value == NULL)
            continue;
        keywords[n] = over[o].keyword;
        values[n++] = over[o].value;
    }
    PGconn *conn = PQconnectStartParams(keywords, values, 0);
    free(keywords);
    free(values);
    if (conn == NULL)
        BUG("libpq is out of memory");
    return conn;
}

/* Drives one connection until it stands, fails or takes too long. Returns whether it stands. */
static bool poll_connection(struct attempt *attempt, PGconn *conn, const char *who)
{
    struct deadline until = deadline_in(attempt->address_ms);
    PQsetErrorVerbosity(conn, PQERRORS_VERBOSE); /* puts the SQLSTATE into the message: see failure_classify() */
    PQsetNoticeReceiver(conn, ignore_notice, NULL);
    PostgresPollingStatusType step = PQstatus(conn) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (step != PGRES_POLLING_OK && step != PGRES_POLLING_FAILED) {
        struct pollfd fds[2] = {
            {.fd = PQsocket(conn), .events = step == PGRES_POLLING_READING ? POLLIN : POLLOUT},
            {.fd = attempt->cancel_fd, .events = POLLIN},
        };
        int ready = poll(fds, 2, deadline_poll_ms(until));
        if (ready < 0 && errno == EINTR)
            continue;
        if (fds[1].revents != 0)
            return false;
        if (ready <= 0) {
            char _cleanup_free_ *why = mem_printf("no answer from %s within %lld ms", who, (long long)attempt->address_ms);
            add_failure(attempt, why);
            return false;
        }
        step = PQconnectPoll(conn);
    }
    if (step == PGRES_POLLING_OK)
        return true;
    add_failure(attempt, PQerrorMessage(conn));
    return false;
}

static bool try_target(struct attempt *attempt, const struct target *target, const char *session)
{
    PGconn *conn = start(attempt, target, session, NULL);
    if (poll_connection(attempt, conn, target->host ? target->host : target->address ? target->address : "the server")) {
        attempt->conn = conn;
        return true;
    }
    PQfinish(conn);
    return false;
}

static bool cancelled(const struct attempt *attempt)
{
    struct pollfd fd = {.fd = attempt->cancel_fd, .events = POLLIN};
    return poll(&fd, 1, 0) > 0;
}

/* After a server has answered, its other addresses would only say the same again. */
static bool answered(const struct attempt *attempt)
{
    return attempt->failures_count > 0 && attempt->failures[attempt->failures_count - 1].class != FAILURE_NETWORK;
}

static bool try_name(struct attempt *attempt, const struct target *target, const char *session)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    const char *port = target->port && *target->port ? target->port : "5432";
    atomic_store(&attempt->looking_up, true);
    int code = getaddrinfo(target->host, port, &hints, &found);
    atomic_store(&attempt->looking_up, false);
    if (code != 0) {
        char _cleanup_free_ *why = mem_printf("could not translate host name \"%s\" to address: %s", target->host,
                                              code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code));
        add_failure(attempt, why);
        return false;
    }
    bool done = false;
    for (struct addrinfo *a = found; a != NULL && !done && !cancelled(attempt); a = a->ai_next) {
        char numeric[NI_MAXHOST];
        if (getnameinfo(a->ai_addr, a->ai_addrlen, numeric, sizeof numeric, NULL, 0, NI_NUMERICHOST) != 0)
            continue;
        add_endpoint(&attempt->endpoints, a->ai_addr, a->ai_addrlen);
        struct target one = {.host = target->host, .address = numeric, .port = target->port};
        done = try_target(attempt, &one, session);
        if (!done && answered(attempt))
            break;
    }
    freeaddrinfo(found);
    return done;
}

static void add_socket_endpoint(struct attempt *attempt, const struct target *target)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char _cleanup_free_ *path = mem_printf("%s/.s.PGSQL.%s", target->host, target->port && *target->port ? target->port : "5432");
    if (*path != '/' || strlen(path) >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, path, strlen(path));
    add_endpoint(&attempt->endpoints, (const struct sockaddr *)&address, sizeof address);
}

static bool try_one(struct attempt *attempt, const struct target *target, const char *session)
{
    bool has_address = target->address != NULL && *target->address != '\0';
    bool has_host = target->host != NULL && *target->host != '\0';
    if (!has_address && has_host && *target->host != '/' && *target->host != '@')
        return try_name(attempt, target, session);
    if (!has_address && has_host)
        add_socket_endpoint(attempt, target);
    return try_target(attempt, target, session);
}

/* The n-th entry of a comma-separated list; the only entry counts for all. NULL where there is none. */
static char *nth(const char *list, size_t n)
{
    if (list == NULL || *list == '\0')
        return NULL;
    if (strchr(list, ',') == NULL)
        return mem_strdup(list);
    for (; n > 0; n--) {
        list = strchr(list, ',');
        if (list == NULL)
            return NULL;
        list++;
    }
    return mem_strndup(list, strcspn(list, ","));
}

static size_t entries(const char *list)
{
    size_t count = list != NULL && *list != '\0';
    for (; count > 0 && (list = strchr(list, ',')) != NULL; list++)
        count++;
    return count;
}

static const char *option(const PQconninfoOption *options, const char *keyword)
{
    for (; options != NULL && options->keyword != NULL; options++)
        if (strcmp(options->keyword, keyword) == 0)
            return options->val;
    return NULL;
}

/* What libpq makes of parameters, environment and service file together. There is no call for that, but a connection
 * that libpq rejects for an impossible sslmode, before it touches the network, can be asked for its parameters. */
static PQconninfoOption *effective(struct attempt *attempt)
{
    PGconn *conn = start(attempt, NULL, NULL, "tenantgate-asks");
    PQconninfoOption *options = NULL;
    if (strstr(PQerrorMessage(conn), "tenantgate-asks") != NULL)
        options = PQconninfo(conn);
    else
        add_failure(attempt, PQerrorMessage(conn));
    PQfinish(conn);
    return options;
}

static void try_all(struct attempt *attempt)
{
    PQconninfoOption *options = effective(attempt);
    if (options == NULL)
        return;
    const char *hosts = option(options, "host"), *addresses = option(options, "hostaddr"), *ports = option(options, "port");
    const char *user = option(options, "user"), *wanted = option(options, "target_session_attrs");
    const char *balance = option(options, "load_balance_hosts");
    size_t count = entries(addresses) > 0 ? entries(addresses) : entries(hosts) > 0 ? entries(hosts) : 1;
    size_t first = 0;
    if (balance != NULL && strcmp(balance, "random") == 0 &&
        getrandom(&first, sizeof first, GRND_NONBLOCK) != (ssize_t)sizeof first)
        first = (size_t)clock_now_ms();
    bool prefer_standby = wanted != NULL && strcmp(wanted, "prefer-standby") == 0;
    bool done = user == NULL || *user == '\0';
    if (done)
        add_failure(attempt, "no PostgreSQL user name specified: could not look up local user ID");
    else if (entries(ports) > 1 && entries(ports) != count) {
        add_failure(attempt, "could not match port numbers to hosts");
        done = true;
    }
    for (int pass = prefer_standby ? 0 : 1; pass < 2 && !done; pass++) {
        for (size_t i = 0; i < count && !done && !cancelled(attempt); i++) {
            size_t at = (first + i) % count;
            struct target target = {.host = nth(hosts, at), .address = nth(addresses, at), .port = nth(ports, at)};
            done = try_one(attempt, &target, prefer_standby ? (pass == 0 ? "standby" : "any") : NULL);
            free(target.host);
            free(target.address);
            free(target.port);
        }
    }
    PQconninfoFree(options);
}

static atomic_int threads;

bool db_is_connecting(void)
{
    return atomic_load(&threads) > 0;
}

static void *run(void *context)
{
    struct attempt *attempt = context;
    thread_takes_no_signals();
    try_all(attempt);
    atomic_store(&attempt->done, true);
    eventfd_write(attempt->done_fd, 1);
    attempt_release(attempt);
    atomic_fetch_sub(&threads, 1);
    return NULL;
}

static int launch(struct attempt *attempt, struct err *reterr)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t every, before;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    atomic_store(&attempt->holders, 2);
    /* A thread that was walked away from must take no signal: it would act on it in the place of the supervisor. */
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    atomic_fetch_add(&threads, 1);
    int code = pthread_create(&thread, &attributes, run, attempt);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (code == 0)
        return 0;
    atomic_fetch_sub(&threads, 1);
    atomic_store(&attempt->holders, 1);
    err_set(reterr, ERR_INTERNAL, "no thread for connecting: %s", strerror(code));
    return err_hint(reterr, "A limit is used up: on processes (the container's pids limit, ulimit -u) or on memory.");
}

/* Would the attempt find descriptors enough? libpq takes their lack for a failure of the network, which would be waited
 * for; it does not go away by waiting. */
static int check_room(struct err *reterr)
{
    int taken[ROOM], count = 0, why = 0;
    while (count < ROOM && why == 0) {
        taken[count] = eventfd(0, EFD_CLOEXEC);
        if (taken[count] < 0)
            why = errno;
        else
            count++;
    }
    while (count > 0)
        close(taken[--count]);
    if (why == 0)
        return 0;
    err_set(reterr, ERR_INTERNAL, "no descriptor for connecting: %s", strerror(why));
    return err_hint(reterr, "The limit on open files (ulimit -n) is used up.");
}

int db_connect(const struct conninfo *info, int64_t attempt_ms, const struct watch *watch, struct deadline until,
               struct db **ret_db, struct failure *ret_failure, struct db_endpoints *ret_endpoints, struct err *reterr)
{
    if (check_room(reterr) != 0)
        return -1;
    struct attempt *attempt = mem_alloc(sizeof *attempt);
    atomic_init(&attempt->holders, 1);
    attempt->address_ms = attempt_ms;
    attempt->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    attempt->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    strv_add_all(&attempt->keywords, &info->keywords);
    strv_add_all(&attempt->values, &info->values);
    int result = -1;
    if (attempt->done_fd < 0 || attempt->cancel_fd < 0)
        err_set(reterr, ERR_INTERNAL, "no descriptor for connecting: %s", strerror(errno));
    else
        result = launch(attempt, reterr);
    if (result == 0) {
        result = watch_wait(watch, attempt->done_fd, POLLIN, until, reterr);
        if (result == 0)
            result = err_set(reterr, ERR_DEADLINE, "no connection before the deadline%s",
                             atomic_load(&attempt->looking_up) ? ": the look-up of the host's name takes too long" : "");
        if (result < 0)
            eventfd_write(attempt->cancel_fd, 1);
    }
    if (result > 0 && !atomic_load(&attempt->done))
        BUG("a connection is told before it is there");
    if (result > 0 && attempt->conn != NULL) {
        *ret_db = mem_alloc(sizeof **ret_db);
        (*ret_db)->conn = STEAL(attempt->conn);
    } else if (result > 0) {
        result = 0;
        if (attempt->failures_count == 0)
            add_failure(attempt, "no address to connect to");
        size_t at = failure_decisive(attempt->failures, attempt->failures_count);
        *ret_failure = attempt->failures[at];
        attempt->failures[at] = (struct failure){0};
        db_endpoints_done(ret_endpoints);
        *ret_endpoints = attempt->endpoints;
        attempt->endpoints = (struct db_endpoints){0};
    }
    attempt_release(attempt);
    return result;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    PQfinish(db->conn);
    free(db->flights);
    free(db);
}

bool db_probe(const struct db_endpoints *endpoints, int64_t wait_ms)
{
    const struct sockaddr_storage *items = endpoints->items;
    for (size_t i = 0; i < endpoints->count; i++) {
        socklen_t len = items[i].ss_family == AF_INET    ? sizeof(struct sockaddr_in)
                        : items[i].ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                         : sizeof(struct sockaddr_un);
        int _cleanup_close_ fd = socket(items[i].ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
            continue;
        if (connect(fd, (const struct sockaddr *)&items[i], len) == 0)
            return true;
        if (errno != EINPROGRESS)
            continue;
        struct pollfd out = {.fd = fd, .events = POLLOUT};
        int why = 0;
        socklen_t size = sizeof why;
        if (poll(&out, 1, (int)wait_ms) > 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size) == 0 && why == 0)
            return true;
    }
    return false;
}
