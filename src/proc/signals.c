/* Signals of the closed gate. */
#include "proc/signals.h"

#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>

#include "base/mem.h"

/* Signals whose default action does not end a process (signal(7)), and those that nobody can block. Faults of our own
 * (SIGSEGV and the like) end the process even when blocked: the kernel sees to that. */
static int leaves_process_alone(int number)
{
    switch (number) {
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGKILL:
    case SIGSTOP:
        return 1;
    default:
        return 0;
    }
}

int signals_start(struct signals *signals, struct err *reterr)
{
    sigemptyset(&signals->taken);
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        if (leaves_process_alone(number) || sigaction(number, NULL, &action) != 0)
            continue;
        if ((action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_IGN)
            continue;
        sigaddset(&signals->taken, number); /* fails for the C library's own real-time signals: fine */
    }
    if (sigprocmask(SIG_BLOCK, &signals->taken, &signals->inherited) != 0)
        return err_set(reterr, ERR_INTERNAL, "signals cannot be blocked: %s", strerror(errno));
    signals->watch.signal_fd = signalfd(-1, &signals->taken, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals->watch.signal_fd < 0)
        return err_set(reterr, ERR_INTERNAL, "no descriptor for signals: %s", strerror(errno));
    return 0;
}

int signals_restore(struct signals *signals, struct err *reterr)
{
    /* Takes all that is pending, our own SIGPIPEs included: they must not reach the app. */
    if (watch_check(&signals->watch, reterr) != 0)
        return -1;
    if (sigprocmask(SIG_SETMASK, &signals->inherited, NULL) != 0)
        return err_set(reterr, ERR_INTERNAL, "the signal mask cannot be restored: %s", strerror(errno));
    return 0;
}
