/* Signals of the closed gate. */
#include "proc/signals.h"

#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

/* The first real-time signal of the kernel; the C library keeps some from here on to SIGRTMIN to itself. It hides them from
 * sigprocmask(3) and sigaction(3), and yet catches and unblocks some of them when a thread is started. The app gets
 * these back too as they came, so what was inherited is read and written by the kernel's own calls. */
#define FIRST_RESERVED 32

/* The kernel's struct sigaction begins with the handler; what follows differs between machines and is zero for SIG_IGN. */
struct kernel_action {
    void (*handler)(int);
    unsigned long rest[16];
};

static int kernel_action(int number, const struct kernel_action *set, struct kernel_action *ret)
{
    return (int)syscall(SYS_rt_sigaction, number, set, ret, sizeof(struct kernel_mask));
}

static int kernel_mask(int how, const struct kernel_mask *set, struct kernel_mask *ret)
{
    return (int)syscall(SYS_rt_sigprocmask, how, set, ret, sizeof(struct kernel_mask));
}

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
    if (kernel_mask(SIG_BLOCK, NULL, &signals->inherited) != 0)
        return err_set(reterr, ERR_INTERNAL, "the signal mask cannot be read: %s", strerror(errno));
    for (int number = FIRST_RESERVED; number < SIGRTMIN; number++) {
        struct kernel_action action = {0};
        bool ignored = kernel_action(number, NULL, &action) == 0 && action.handler == SIG_IGN;
        signals->reserved_ignored |= (unsigned)ignored << (number - FIRST_RESERVED);
    }
    sigemptyset(&signals->taken);
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        if (leaves_process_alone(number) || sigaction(number, NULL, &action) != 0)
            continue;
        if ((action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_IGN)
            continue;
        sigaddset(&signals->taken, number); /* fails for the reserved ones: fine */
    }
    if (sigprocmask(SIG_BLOCK, &signals->taken, NULL) != 0)
        return err_set(reterr, ERR_INTERNAL, "signals cannot be blocked: %s", strerror(errno));
    signals->watch.signal_fd = signalfd(-1, &signals->taken, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals->watch.signal_fd < 0)
        return err_set(reterr, ERR_INTERNAL, "no descriptor for signals: %s", strerror(errno));
    return 0;
}

/* What the reserved signals and the mask were, by system calls alone. */
int signals_hand_back(const struct signals *signals)
{
    for (int number = FIRST_RESERVED; number < SIGRTMIN; number++) {
        const struct kernel_action ignore = {.handler = SIG_IGN};
        if ((signals->reserved_ignored >> (number - FIRST_RESERVED) & 1) != 0)
            kernel_action(number, &ignore, NULL);
    }
    return kernel_mask(SIG_SETMASK, &signals->inherited, NULL);
}

int signals_restore(struct signals *signals, struct err *reterr)
{
    /* Takes all that is pending, our own SIGPIPEs included: they must not reach the app. */
    if (watch_check(&signals->watch, reterr) != 0)
        return -1;
    if (signals_hand_back(signals) != 0)
        return err_set(reterr, ERR_INTERNAL, "the signal mask cannot be restored: %s", strerror(errno));
    return 0;
}
