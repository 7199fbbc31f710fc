/* Waiting for anything, without ever missing a signal. */
#include "base/watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/signame.h"

/* Takes what has arrived; returns the signal that ends the gate, or 0. */
static int take_signal(const struct watch *watch)
{
    struct signalfd_siginfo info;
    while (watch->signal_fd >= 0 && read(watch->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        /* Our own write to a closed pipe raises SIGPIPE too (with our own PID as sender): that is an error code of
         * write(2), not somebody's wish to end us. */
        if (info.ssi_signo == SIGPIPE && info.ssi_pid == (unsigned)getpid())
            continue;
        return (int)info.ssi_signo;
    }
    return 0;
}

static int signalled(int number, struct err *reterr)
{
    const char *name = signal_name(number);
    err_set(reterr, ERR_SIGNALLED, "ended by signal %d%s%s%s", number, name ? " (" : "", name ? name : "", name ? ")" : "");
    reterr->signal = number;
    return -1;
}

int watch_wait(const struct watch *watch, int fd, short events, struct deadline until, struct err *reterr)
{
    for (;;) {
        struct pollfd fds[3] = {{.fd = watch->signal_fd, .events = POLLIN},
                                {.fd = fd, .events = events},
                                {.fd = watch->stop_fd ? *watch->stop_fd : -1, .events = POLLIN}};
        int ready = poll(fds, 3, deadline_poll_ms(until));
        if (ready < 0 && errno != EINTR)
            BUG("poll failed");
        if (ready > 0 && fds[0].revents != 0) {
            int number = take_signal(watch);
            if (number != 0)
                return signalled(number, reterr);
        }
        if (ready > 0 && fds[2].revents != 0) /* first: a server that never stops sending must not keep us */
            return err_set(reterr, ERR_DEPENDENCY, "another dependency did not come up in time");
        if (ready > 0 && fds[1].revents != 0)
            return 1;
        if (deadline_passed(until))
            return 0;
    }
}

int watch_check(const struct watch *watch, struct err *reterr)
{
    int number = take_signal(watch);
    return number == 0 ? 0 : signalled(number, reterr);
}
