/* The beacon. */
#include "health/beacon.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/thread.h"

#define MOST_GATES 8
#define TEXT_BYTES ((size_t)1000)
#define STACK_BYTES ((size_t)128 * 1024)

struct beacon {
    int fd;
    int64_t since_ms;
    pthread_mutex_t lock;
    bool open;
    char *text;
};

/* The abstract name of gate `n` of this container; returns its length. Where /proc is not mounted the root
 * directory's device and number tell containers apart. */
static socklen_t make_name(int n, struct sockaddr_un *ret)
{
    struct stat own, program = {0};
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    char _cleanup_free_ *name = NULL;
    if (stat("/proc/self/ns/mnt", &own) == 0 && stat("/proc/self/exe", &program) == 0)
        name = mem_printf("tenantgate/%llu/%llu:%llu/%d", (unsigned long long)own.st_ino, (unsigned long long)program.st_dev,
                          (unsigned long long)program.st_ino, n);
    else if (stat("/", &own) == 0)
        name = mem_printf("tenantgate/%llu:%llu/%d", (unsigned long long)own.st_dev, (unsigned long long)own.st_ino, n);
    else
        name = mem_printf("tenantgate/-/%d", n);
    size_t len = strlen(name);
    if (len > sizeof ret->sun_path - 1)
        len = sizeof ret->sun_path - 1;
    memcpy(ret->sun_path + 1, name, len); /* the NUL before it makes it abstract */
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len);
}

static void answer(struct beacon *beacon, int fd)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    pthread_mutex_lock(&beacon->lock);
    buf_printf(&text, "%s\nfor %lld s: %s", beacon->open ? "open" : "closed",
               (long long)(clock_now_ms() - beacon->since_ms) / 1000, beacon->text);
    pthread_mutex_unlock(&beacon->lock);
    /* It fits into the socket's buffer, so who does not read holds nobody up. */
    (void)!send(fd, buf_text(&text), text.len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void *serve(void *context)
{
    struct beacon *beacon = context;
    thread_takes_no_signals();
    for (;;) {
        int _cleanup_close_ fd = accept4(beacon->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) {
            answer(beacon, fd);
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        /* Out of descriptors or memory: that may pass, and must not become a busy loop. */
        poll(NULL, 0, 100);
    }
    return NULL;
}

static int listen_somewhere(void)
{
    int _cleanup_close_ fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    for (int n = 0; n < MOST_GATES; n++) {
        struct sockaddr_un address;
        socklen_t len = make_name(n, &address);
        if (bind(fd, (const struct sockaddr *)&address, len) == 0) {
            if (listen(fd, 16) != 0)
                return -1;
            int result = fd;
            fd = -1;
            return result;
        }
        if (errno != EADDRINUSE)
            return -1;
    }
    return -1;
}

static int start_thread(struct beacon *beacon)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t every, before;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    int code = pthread_create(&thread, &attributes, serve, beacon);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return code;
}

int beacon_light(struct beacon **ret, struct err *reterr)
{
    int fd = listen_somewhere();
    if (fd < 0)
        return err_set(reterr, ERR_INTERNAL, "no socket for health checks: %s", strerror(errno));
    struct beacon *beacon = mem_alloc(sizeof *beacon);
    *beacon = (struct beacon){.fd = fd, .since_ms = clock_now_ms(), .text = mem_strdup("it has only just begun")};
    pthread_mutex_init(&beacon->lock, NULL);
    int code = start_thread(beacon);
    if (code == 0) {
        *ret = beacon;
        return 0;
    }
    close(fd);
    free(beacon->text);
    free(beacon);
    return err_set(reterr, ERR_INTERNAL, "no thread for health checks: %s", strerror(code));
}

void beacon_say(struct beacon *beacon, bool open, const char *text)
{
    if (beacon == NULL)
        return;
    char *copy = mem_strndup(text, strnlen(text, TEXT_BYTES));
    pthread_mutex_lock(&beacon->lock);
    free(beacon->text);
    beacon->text = copy;
    if (beacon->open != open)
        beacon->since_ms = clock_now_ms();
    beacon->open = open;
    pthread_mutex_unlock(&beacon->lock);
}

void beacon_hear(void *context, const char *message)
{
    struct beacon *beacon = context;
    pthread_mutex_lock(&beacon->lock);
    bool open = beacon->open;
    pthread_mutex_unlock(&beacon->lock);
    beacon_say(beacon, open, message);
}

/* Abstract names are free to all in the network namespace: only a process of this PID namespace whose user is ours or
 * root is believed (and by root, anyone of this PID namespace). */
static bool is_ours(int fd)
{
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid <= 0)
        return false;
    return peer.uid == geteuid() || peer.uid == 0 || geteuid() == 0;
}

static bool read_answer(int fd, struct deadline until, struct buf *out)
{
    for (;;) {
        struct pollfd in = {.fd = fd, .events = POLLIN};
        int ready = poll(&in, 1, deadline_poll_ms(until));
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        ssize_t got = recv(fd, buf_reserve(out, TEXT_BYTES), TEXT_BYTES, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            return true;
        buf_added(out, (size_t)got);
        if (out->len > 4 * TEXT_BYTES)
            return false;
    }
}

static bool ask_one(int n, struct deadline until, struct beacon_answer *ret)
{
    struct sockaddr_un address;
    struct buf _cleanup_buf_ text = BUF_INIT;
    socklen_t len = make_name(n, &address);
    int _cleanup_close_ fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, len) != 0 || !is_ours(fd) || !read_answer(fd, until, &text))
        return false;
    const char *line = strchr(buf_text(&text), '\n');
    if (line == NULL)
        return false;
    ret->open = strncmp(buf_text(&text), "open\n", 5) == 0;
    mem_set(&ret->text, line + 1);
    return true;
}

int beacon_ask(struct deadline until, struct beacon_answer *ret)
{
    int found = 0;
    for (int n = 0; n < MOST_GATES; n++) {
        struct beacon_answer one = {0};
        if (!ask_one(n, until, &one))
            continue;
        found = 1;
        free(ret->text);
        *ret = one;
        if (!one.open)
            break;
    }
    return found;
}
