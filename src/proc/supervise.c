/* Staying as the app's parent. */
#include "proc/supervise.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "proc/terminal.h"

/* A set of signals as the kernel has it. C libraries keep a few real-time signals to themselves and leave them out of every
 * sigset_t; another library's app may use them, so they are handed on too. */
typedef uint64_t kernel_set;
#define EVERY_SIGNAL (~(kernel_set)0)

/* Between SIGTERM and SIGKILL for an unhealthy app: what container engines give. */
#define ENDING_MS 10000
/* A check says more of what is wrong than that it took too long. */
#define CHECK_MERCY_MS 1000

struct supervisor {
    const struct launch *launch;
    const struct supervise_options *options;
    const struct signals *signals;
    kernel_set closed_mask;           /* the closed gate's */
    struct sigaction inherited_child; /* what SIGCHLD was set to */
    struct terminal terminal;
    int signal_fd;
    pid_t app;       /* also its process group */
    bool has_ended;
    int status;      /* of waitpid(2), then */
    bool asked_stop; /* a stop signal was handed on: the app is meant to be stopped */
    bool suspended;  /* the gate had stopped itself with the app */
    /* its health */
    bool is_checking, was_well, is_ending, is_unhealthy;
    int check_fd;
    int64_t failures;
    struct deadline next;   /* the next check, the end of this one, or SIGKILL */
    struct deadline starts; /* the end of health.start_period */
};

/* Blocks every signal and opens a descriptor for them. Faults of our own end us even so: the kernel sees to that. */
static int take_signals(struct supervisor *supervisor, struct err *reterr)
{
    const kernel_set every = EVERY_SIGNAL;
    /* Inherited as ignored, children would vanish without their exit code. */
    struct sigaction action = {.sa_handler = SIG_DFL};
    if (sigaction(SIGCHLD, &action, &supervisor->inherited_child) != 0)
        return err_set(reterr, ERR_INTERNAL, "SIGCHLD cannot be set: %s", strerror(errno));
    if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &every, &supervisor->closed_mask, sizeof every) != 0)
        return err_set(reterr, ERR_INTERNAL, "signals cannot be blocked: %s", strerror(errno));
    supervisor->signal_fd = (int)syscall(SYS_signalfd4, -1, &every, sizeof every, SFD_CLOEXEC);
    if (supervisor->signal_fd < 0)
        return err_set(reterr, ERR_INTERNAL, "no descriptor for signals: %s", strerror(errno));
    return 0;
}

/* The child, up to the app. Only async-signal-safe calls. */
_Noreturn static void become_child(const struct supervisor *supervisor, bool foreground, int failure_fd)
{
    struct launch_failure failure = {LAUNCH_EXEC, 0};
    /* Before anything that the app could do: an interactive shell looks at once whether it is in the foreground. */
    if (setpgid(0, 0) != 0)
        failure.why = errno;
    if (failure.why == 0 && foreground)
        terminal_give(&supervisor->terminal, getpid());
    if (failure.why == 0 && launch_enter(supervisor->launch, &failure) == 0) {
        if (sigaction(SIGCHLD, &supervisor->inherited_child, NULL) != 0 ||
            signals_hand_back(supervisor->signals) != 0)
            failure.why = errno;
        else
            launch_exec(supervisor->launch, &failure);
    }
    /* If this cannot be written nobody is there to read it. */
    _exit(write(failure_fd, &failure, sizeof failure) == (ssize_t)sizeof failure ? LAUNCH_CANNOT_EXECUTE : 1);
}

/* Starts the app; returns 0 when it runs, else the exit code. */
static int start_app(struct supervisor *supervisor, struct err *reterr)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        err_set(reterr, ERR_INTERNAL, "the app cannot be started: %s", strerror(errno));
        return LAUNCH_CANNOT_EXECUTE;
    }
    int _cleanup_close_ from = ends[0], _cleanup_close_ to = ends[1];
    bool foreground = terminal_is_ours(&supervisor->terminal);
    pid_t child = fork();
    if (child < 0) {
        err_set(reterr, ERR_INTERNAL, "the app cannot be started: %s", strerror(errno));
        return LAUNCH_CANNOT_EXECUTE;
    }
    if (child == 0)
        become_child(supervisor, foreground, ends[1]);
    supervisor->app = child;
    mem_close_fd(&to);
    /* The end of the pipe is the moment of the exec. */
    struct launch_failure failure = {0};
    ssize_t got;
    do
        got = read(from, &failure, sizeof failure);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof failure)
        return 0;
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    terminal_take_back(&supervisor->terminal, child);
    return launch_explain(supervisor->launch, &failure, reterr);
}

/* Closes what is the app's alone, which is every descriptor that an exec keeps: whoever waits for the end of its output, or
 * writes to it, deals with the app only. Standard error stays for our own messages. */
static void let_go(void)
{
    int _cleanup_close_ null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0 && (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0))
        return;
    DIR *all = opendir("/proc/self/fd");
    if (all == NULL)
        return; /* no /proc: they stay open, as in any other init */
    for (const struct dirent *entry = readdir(all); entry != NULL; entry = readdir(all)) {
        int fd = (int)strtol(entry->d_name, NULL, 10); /* "." and "..": 0 */
        int flags = fd > STDERR_FILENO ? fcntl(fd, F_GETFD) : -1;
        if (flags >= 0 && (flags & FD_CLOEXEC) == 0)
            close(fd);
    }
    closedir(all);
}

/* The app has been stopped. Under a shell the whole job is: we stop with it, and the shell gets its terminal. */
static void follow_stop(struct supervisor *supervisor, int number)
{
    if (supervisor->terminal.fd < 0 || number == SIGSTOP)
        return;
    supervisor->suspended = terminal_suspend();
    /* Nobody could continue it. On its own in that terminal the app's group would have been one whose Ctrl-Z the kernel
     * drops; it is one that can be stopped only because we are its parent. */
    if (!supervisor->suspended && number == SIGTSTP && !supervisor->asked_stop &&
        terminal_is_of(&supervisor->terminal, supervisor->app))
        kill(-supervisor->app, SIGCONT);
}

/* Takes leave of every process that has ended, the app and what was left to us. */
static void reap(struct supervisor *supervisor)
{
    int status;
    pid_t child;
    while ((child = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
        if (child != supervisor->app)
            continue;
        if (WIFSTOPPED(status)) {
            follow_stop(supervisor, WSTOPSIG(status));
        } else {
            supervisor->has_ended = true;
            supervisor->status = status;
        }
    }
}

static void hand_on(struct supervisor *supervisor, const struct signalfd_siginfo *info)
{
    int number = (int)info->ssi_signo;
    pid_t to = supervisor->options->signal_group ? -supervisor->app : supervisor->app;
    if (number == SIGTSTP || number == SIGTTIN || number == SIGTTOU)
        supervisor->asked_stop = true;
    if (number == SIGCONT) {
        supervisor->asked_stop = false;
        if (terminal_is_ours(&supervisor->terminal)) /* the shell has put the job into the foreground */
            terminal_give(&supervisor->terminal, supervisor->app);
        if (supervisor->suspended)
            to = -supervisor->app; /* as the shell would have done for its whole job */
        supervisor->suspended = false;
    }
    if (to > 0 && info->ssi_code == SI_QUEUE) {
        const union sigval value = {.sival_ptr = (void *)(uintptr_t)info->ssi_ptr};
        if (sigqueue(to, number, value) == 0)
            return;
    }
    /* It may have ended, or have become another user's: it has had its say, and we go on until it ends. */
    if (kill(to, number) != 0)
        return;
}

static void take_signal(struct supervisor *supervisor)
{
    struct signalfd_siginfo info;
    ssize_t got = read(supervisor->signal_fd, &info, sizeof info);
    if (got < 0 && errno == EINTR)
        return; /* stopped and continued */
    if (got != (ssize_t)sizeof info)
        BUG("signals cannot be read");
    if (info.ssi_signo == SIGCHLD)
        reap(supervisor);
    /* Somebody may also send SIGCHLD; and our own writing to a closed pipe raises SIGPIPE, which is nobody's wish. */
    bool from_kernel = info.ssi_code > 0;
    bool own = info.ssi_pid == (uint32_t)getpid() && !from_kernel;
    if (!supervisor->has_ended && !own && !(from_kernel && info.ssi_signo == SIGCHLD))
        hand_on(supervisor, &info);
    /* Whoever ends the container meanwhile means it. */
    if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT || info.ssi_signo == SIGQUIT)
        supervisor->is_unhealthy = false;
}

static void end_check(struct supervisor *supervisor)
{
    const struct supervise_health *health = supervisor->options->health;
    bool well = health->end(health->context);
    supervisor->is_checking = false;
    supervisor->check_fd = -1;
    supervisor->next = deadline_in(health->interval_ms > 0 ? health->interval_ms : 1);
    supervisor->was_well |= well;
    bool counts = supervisor->was_well || deadline_passed(supervisor->starts);
    supervisor->failures = well || !counts ? 0 : supervisor->failures + 1;
    if (supervisor->failures < health->retries)
        return;
    supervisor->is_ending = supervisor->is_unhealthy = true;
    supervisor->next = deadline_in(ENDING_MS);
    int to = supervisor->options->signal_group ? -supervisor->app : supervisor->app;
    if (kill(to, SIGTERM) != 0 || kill(to, SIGCONT) != 0) /* it may be stopped, and could not end then */
        supervisor->next = deadline_in(1);
}

/* What is due by the clock. */
static void act_in_time(struct supervisor *supervisor)
{
    const struct supervise_health *health = supervisor->options->health;
    if (supervisor->is_ending) {
        kill(-supervisor->app, SIGKILL);
        supervisor->next = DEADLINE_NEVER;
    } else if (supervisor->is_checking) {
        end_check(supervisor);
    } else {
        supervisor->is_checking = true;
        supervisor->check_fd = health->begin(health->context);
        supervisor->next = deadline_in(supervisor->check_fd >= 0 ? health->timeout_ms + CHECK_MERCY_MS : 1);
    }
}

static void stay(struct supervisor *supervisor)
{
    const struct supervise_health *health = supervisor->options->health;
    supervisor->check_fd = -1;
    supervisor->next = health != NULL ? deadline_in(health->interval_ms) : DEADLINE_NEVER;
    supervisor->starts = health != NULL ? deadline_in(health->start_period_ms + 1) : DEADLINE_NEVER;
    while (!supervisor->has_ended) {
        struct pollfd fds[2] = {{.fd = supervisor->signal_fd, .events = POLLIN},
                                {.fd = supervisor->check_fd, .events = POLLIN}};
        int ready = poll(fds, 2, deadline_poll_ms(supervisor->next));
        if (ready < 0 && errno != EINTR)
            BUG("poll failed");
        if (ready > 0 && fds[0].revents != 0)
            take_signal(supervisor);
        else if (ready > 0 && fds[1].revents != 0)
            end_check(supervisor);
        else if (deadline_passed(supervisor->next))
            act_in_time(supervisor);
    }
    if (supervisor->is_checking)
        health->end(health->context);
}

/* What of the app is left must not stand in the way of its next start; and the signals are the closed gate's again. */
static int prepare_restart(struct supervisor *supervisor, struct err *reterr)
{
    if (kill(-supervisor->app, SIGKILL) != 0 && errno != ESRCH)
        return err_set(reterr, ERR_INTERNAL, "the app's processes cannot be ended: %s", strerror(errno));
    pid_t gone;
    do /* its own children have become ours by now */
        gone = waitpid(-supervisor->app, NULL, 0);
    while (gone > 0 || (gone < 0 && errno == EINTR));
    close(supervisor->signal_fd);
    terminal_close(&supervisor->terminal);
    if (sigaction(SIGCHLD, &supervisor->inherited_child, NULL) != 0 ||
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &supervisor->closed_mask, NULL, sizeof supervisor->closed_mask) != 0)
        return err_set(reterr, ERR_INTERNAL, "the signals cannot be set: %s", strerror(errno));
    return 0;
}

int supervise_app(const struct launch *launch, const struct supervise_options *options, struct signals *signals,
                  bool *ret_unhealthy, struct err *reterr)
{
    struct supervisor supervisor = {.launch = launch, .options = options, .signals = signals, .signal_fd = -1};
    *ret_unhealthy = false;
    if (watch_check(&signals->watch, reterr) != 0)
        return 128 + reterr->signal;
    /* Not to be read by the app, which may run as the same user: our environment and memory still hold what it must not
     * see. An exec takes this back. */
    if (prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) != 0 ||
        (getpid() != 1 && prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L) != 0)) {
        err_set(reterr, ERR_INTERNAL, "the app cannot be supervised: %s", strerror(errno));
        return LAUNCH_CANNOT_EXECUTE;
    }
    if (take_signals(&supervisor, reterr) != 0)
        return LAUNCH_CANNOT_EXECUTE;
    terminal_open(&supervisor.terminal);
    int code = start_app(&supervisor, reterr);
    if (code != 0)
        return code;
    if (options->health == NULL)
        let_go(); /* else the next start needs them */
    stay(&supervisor);
    terminal_take_back(&supervisor.terminal, supervisor.app);
    *ret_unhealthy = supervisor.is_unhealthy && prepare_restart(&supervisor, reterr) == 0;
    return WIFSIGNALED(supervisor.status) ? 128 + WTERMSIG(supervisor.status) : WEXITSTATUS(supervisor.status);
}
