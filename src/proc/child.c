/* Child processes. */
#include "proc/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/environ.h"
#include "base/mem.h"
#include "proc/output.h"
#include "proc/program.h"
#include "proc/sink.h"

/* Between SIGTERM and SIGKILL: after a time-out, when a signal ends the gate, and for what a leader leaves behind. */
#define GRACE_MS 5000
#define GRACE_SIGNALLED_MS 700
#define GRACE_LEFT_MS 1000
/* How long the kernel may take to end what was killed. */
#define REAP_MS 2000
/* What a pipe holds, pipe(7). */
#define PIPE_BYTES 65536
/* How often to look where no descriptor tells: always, and where the kernel has no pidfd. */
#define TICK_MS 500
#define TICK_BLIND_MS 20
/* While the reader of standard error is slow. */
#define SLOW_MS 20
/* Read from one child before the next has its turn. */
#define READ_MAX ((size_t)64 * 1024)

enum state {
    RUNNING,
    ENDING, /* SIGTERM sent, SIGKILL at kill_at */
    LEFT,   /* the leader has ended and is kept as a zombie, so that its group's number stays taken; SIGTERM sent to the rest */
    REAPING,
    DONE,
};

struct child {
    struct children *owner;
    size_t id;
    char *label;
    pid_t pid;
    int pid_fd;   /* -1: none */
    int out_fd;   /* -1: at its end */
    int errno_fd; /* tells an exec that failed */
    enum state state;
    bool killed; /* SIGKILL sent */
    bool told_stopped;
    int64_t began_ms;
    struct deadline timeout, kill_at, give_up_at;
    size_t read_after; /* bytes of output since its group was killed */
    struct output output;
    struct child_result result;
};

struct children {
    const struct log *log;
    const struct watch *watch;
    const struct signals *signals;
    int epoll_fd;
    bool blind; /* a child without a pidfd */
    bool stopping; /* everything is to end */
    int was_subreaper;
    struct sigaction sigchld;
    struct sink sink;
    struct child **items;
    size_t count, cap;
};

void child_result_done(struct child_result *result)
{
    strv_done(&result->tail);
}

static void child_free(struct child *child)
{
    mem_close_fd(&child->pid_fd);
    mem_close_fd(&child->out_fd);
    mem_close_fd(&child->errno_fd);
    output_done(&child->output);
    child_result_done(&child->result);
    free(child->label);
    free(child);
}

int children_new(const struct log *log, const struct watch *watch, const struct signals *signals, struct children **ret,
                 struct err *reterr)
{
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0)
        return err_set(reterr, ERR_INTERNAL, "no descriptor for children: %s", strerror(errno));
    struct children *children = mem_alloc(sizeof *children);
    *children = (struct children){.log = log, .watch = watch, .signals = signals, .epoll_fd = epoll_fd, .sink.log = log};
    if (prctl(PR_GET_CHILD_SUBREAPER, &children->was_subreaper) != 0)
        children->was_subreaper = 0;
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        log_event(log, LOG_DEBUG, "no_subreaper", "orphans of steps cannot be reaped: %s", strerror(errno));
    /* Where SIGCHLD came ignored the kernel would throw the exit codes away. */
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    if (sigaction(SIGCHLD, &usual, &children->sigchld) != 0)
        BUG("SIGCHLD cannot be set");
    *ret = children;
    return 0;
}

size_t children_running(const struct children *children)
{
    return children->count;
}

static void on_line(void *context, const char *line)
{
    struct child *child = context;
    sink_line(&child->owner->sink, child->label, line);
}

static void add_event(struct children *children, int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.fd = fd};
    if (epoll_ctl(children->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        children->blind = true;
}

/* Between fork and exec: only what is safe in a child of a process with threads. */
static _Noreturn void become(const struct child_spec *spec, const struct strv *candidates, char *const *argv,
                             const struct children *children, pid_t parent, int out, int errno_fd)
{
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int why = 0;
    if (in < 0 || setsid() < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
        why = errno;
#ifdef SYS_close_range
    /* What the app inherits (sockets, locks) is not for the steps. Where the kernel cannot do that, they do get it. */
    if (why == 0 && syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */) != 0)
        errno = 0;
#endif
    if (why == 0 && spec->user != NULL)
        why = user_drop(spec->user);
    if (why == 0 && *spec->workdir != '\0' && chdir(spec->workdir) != 0)
        why = errno;
    /* Without the gate there is nobody to end it, and nobody to keep other replicas out. After changing user, which undoes it. */
    if (why == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
        why = errno != 0 ? errno : ESRCH;
    if (why == 0 && sigaction(SIGCHLD, &children->sigchld, NULL) != 0)
        why = errno;
    if (why == 0 && signals_hand_back(children->signals) != 0)
        why = errno;
    if (why == 0)
        why = program_exec(candidates, argv, spec->vars);
    ssize_t wrote = write(errno_fd, &why, sizeof why);
    _exit(wrote == (ssize_t)sizeof why ? program_exit_code(why) : 126);
}

static int open_pipes(int out[2], int err[2])
{
    if (pipe2(out, O_CLOEXEC) != 0)
        return errno;
    if (pipe2(err, O_CLOEXEC) != 0 || fcntl(out[0], F_SETFL, O_NONBLOCK) != 0 || fcntl(err[0], F_SETFL, O_NONBLOCK) != 0)
        return errno;
    return 0;
}

static void not_started(struct child *child, int why)
{
    child->state = DONE;
    child->result.end = CHILD_NOT_STARTED;
    child->result.number = why;
}

void children_start(struct children *children, const struct child_spec *spec, size_t id)
{
    struct child *child = mem_alloc(sizeof *child);
    *child = (struct child){.owner = children, .id = id, .label = mem_strdup(spec->label), .pid_fd = -1, .out_fd = -1,
                            .errno_fd = -1, .began_ms = clock_now_ms(), .timeout = deadline_in(spec->timeout_ms),
                            .kill_at = DEADLINE_NEVER, .give_up_at = DEADLINE_NEVER};
    MEM_GROW(children->items, children->count, children->cap);
    children->items[children->count++] = child;
    if (output_init(&child->output, spec->pattern, on_line, child) != 0)
        BUG("an unchecked regular expression");
    const struct environment env = {.vars = spec->vars};
    struct strv _cleanup_strv_ candidates = STRV_INIT;
    program_candidates(spec->argv->items[0], environment_get(&env, "PATH"), &candidates);
    char **argv = mem_alloc((spec->argv->count + 1) * sizeof *argv);
    for (size_t i = 0; i < spec->argv->count; i++)
        argv[i] = spec->argv->items[i];
    int out[2] = {-1, -1}, err[2] = {-1, -1};
    int why = open_pipes(out, err);
    pid_t parent = getpid();
    pid_t pid = why == 0 ? fork() : -1;
    if (pid == 0)
        become(spec, &candidates, argv, children, parent, out[1], err[1]);
    if (why == 0 && pid < 0)
        why = errno;
    free(argv);
    mem_close_fd(&out[1]);
    mem_close_fd(&err[1]);
    child->out_fd = out[0];
    child->errno_fd = err[0];
    if (why != 0) {
        not_started(child, why);
        return;
    }
    child->pid = pid;
    add_event(children, child->out_fd);
    child->pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (child->pid_fd < 0)
        children->blind = true;
    else
        add_event(children, child->pid_fd);
}

/* The child leads its group as soon as it has called setsid(); before that only it is there. */
static void signal_group(const struct child *child, int number)
{
    if (kill(-child->pid, number) != 0 && errno == ESRCH && child->state < LEFT)
        (void)kill(child->pid, number);
}

static void ask_to_end(struct child *child, int64_t grace_ms)
{
    signal_group(child, SIGTERM);
    signal_group(child, SIGCONT); /* a stopped process takes no signal but this one and SIGKILL */
    child->state = ENDING;
    child->kill_at = deadline_in(grace_ms > 0 ? grace_ms : 1);
}

/* Returns whether all that was there has been read. */
static bool take_output(struct child *child)
{
    char data[4096];
    for (size_t taken = 0; child->out_fd >= 0 && taken < READ_MAX;) {
        ssize_t got = read(child->out_fd, data, sizeof data);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return true;
        if (got <= 0) {
            mem_close_fd(&child->out_fd);
            return true;
        }
        output_feed(&child->output, data, (size_t)got);
        taken += (size_t)got;
        child->read_after += child->killed ? (size_t)got : 0;
    }
    return child->out_fd < 0;
}

/* Has the leader ended? It stays a zombie for now. */
static bool has_left(struct child *child)
{
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
        child->result.end = CHILD_KILLED; /* somebody else has reaped it: what became of it cannot be told */
        return true;
    }
    if (info.si_pid == 0)
        return false;
    int why = 0;
    ssize_t got = read(child->errno_fd, &why, sizeof why);
    if (got == (ssize_t)sizeof why) {
        child->result.end = CHILD_NOT_STARTED;
        child->result.number = why;
    } else if (child->result.end == CHILD_EXITED) { /* not ended by us */
        child->result.end = info.si_code == CLD_EXITED ? CHILD_EXITED : CHILD_KILLED;
        child->result.number = info.si_status;
    }
    return true;
}

static void look_whether_stopped(struct child *child)
{
    siginfo_t info = {0};
    if (child->told_stopped || waitid(P_PID, (id_t)child->pid, &info, WSTOPPED | WNOHANG) != 0 || info.si_pid == 0)
        return;
    child->told_stopped = true;
    log_event(child->owner->log, LOG_WARNING, "step_stopped", "[%s] is stopped (signal %d); it is given until its time-out",
              child->label, info.si_status);
}

static bool group_is_gone(const struct child *child)
{
    while (waitpid(-child->pid, NULL, WNOHANG) > 0)
        continue;
    return kill(-child->pid, 0) != 0 && errno == ESRCH;
}

/* Moves one child on as far as it goes now. */
static void turn(struct child *child, bool may_read)
{
    bool dry = may_read && take_output(child);
    if (child->state == RUNNING || child->state == ENDING) {
        if (has_left(child)) {
            bool asked = child->state == ENDING;
            signal_group(child, SIGTERM);
            signal_group(child, SIGCONT);
            child->state = LEFT;
            if (!asked)
                child->kill_at = deadline_in(GRACE_LEFT_MS);
        } else if (child->state == RUNNING && deadline_passed(child->timeout)) {
            child->result.end = CHILD_TIMED_OUT;
            ask_to_end(child, GRACE_MS);
        } else if (child->state == ENDING && !child->killed && deadline_passed(child->kill_at)) {
            signal_group(child, SIGKILL);
            child->killed = true;
            child->give_up_at = deadline_in(REAP_MS);
        } else if (child->killed && deadline_passed(child->give_up_at)) {
            log_event(child->owner->log, LOG_ERROR, "step_unkillable", "[%s]: process %d was killed but does not end",
                      child->label, (int)child->pid);
            child->state = DONE;
        } else {
            look_whether_stopped(child);
        }
    }
    if (child->state == LEFT && !child->killed && (child->out_fd < 0 || deadline_passed(child->kill_at))) {
        signal_group(child, SIGKILL);
        child->killed = true;
        child->give_up_at = deadline_in(REAP_MS);
        dry = child->out_fd < 0;
    }
    /* Then what stands in the pipe is read, however slow our own reader is, but nothing more: a daemon may hold the other end, and
     * write to it, for ever. When everything is to end, not even that takes long. */
    bool read = dry || child->read_after >= PIPE_BYTES || (child->owner->stopping && deadline_passed(child->give_up_at));
    if (child->state == LEFT && child->killed && read) {
        (void)waitpid(child->pid, NULL, WNOHANG);
        child->state = REAPING;
        child->give_up_at = deadline_in(REAP_MS);
    }
    if (child->state == REAPING && (group_is_gone(child) || deadline_passed(child->give_up_at)))
        child->state = DONE;
}

/* Reaps what our children left behind and the kernel gave to us. A leader is left for its own turn. */
static void reap_orphans(const struct children *children)
{
    for (;;) {
        siginfo_t info = {0};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
            return;
        for (size_t i = 0; i < children->count; i++)
            if (children->items[i]->pid == info.si_pid)
                return;
        (void)waitpid(info.si_pid, NULL, WNOHANG);
    }
}

/* The moment when something is due although nothing happens. */
static struct deadline next_due(const struct children *children, bool may_read)
{
    struct deadline due = deadline_in(!may_read ? SLOW_MS : children->blind ? TICK_BLIND_MS : TICK_MS);
    for (size_t i = 0; i < children->count; i++) {
        const struct child *child = children->items[i];
        if (child->state == RUNNING)
            due = deadline_min(due, child->timeout);
        else if (!child->killed && child->state < REAPING)
            due = deadline_min(due, child->kill_at);
        else
            due = deadline_min(due, deadline_in(TICK_BLIND_MS));
    }
    return due;
}

static struct child *take_done(struct children *children)
{
    for (size_t i = 0; i < children->count; i++) {
        struct child *child = children->items[i];
        if (child->state != DONE)
            continue;
        memmove(&children->items[i], &children->items[i + 1], (--children->count - i) * sizeof(struct child *));
        return child;
    }
    return NULL;
}

/* A pass over all children. Returns whether their output may be read on. */
static bool turn_all(struct children *children)
{
    bool may_read = sink_flush(&children->sink);
    for (size_t i = 0; i < children->count; i++) {
        if (children->items[i]->state != DONE)
            turn(children->items[i], may_read);
        if (may_read)
            may_read = sink_flush(&children->sink);
    }
    reap_orphans(children);
    return may_read;
}

/* Is there something to read, or something that has ended? The descriptors of a zombie whose group is still being waited
 * for stay readable and say nothing new. */
static int pause_until(struct children *children, bool may_read, struct deadline until, struct err *reterr)
{
    bool quiet = may_read;
    for (size_t i = 0; i < children->count; i++)
        if (children->items[i]->state >= LEFT)
            quiet = false;
    struct deadline due = deadline_min(until, next_due(children, may_read));
    if (quiet)
        return watch_wait(children->watch, children->epoll_fd, POLLIN, due, reterr);
    return watch_wait(children->watch, -1, 0, deadline_min(due, deadline_in(SLOW_MS)), reterr);
}

static bool is_readable(int fd)
{
    struct pollfd in = {.fd = fd, .events = POLLIN | POLLRDHUP};
    return fd >= 0 && poll(&in, 1, 0) > 0;
}

int children_wait(struct children *children, int fd, struct deadline until, size_t *ret_id, struct child_result *ret_result,
                  struct err *reterr)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.fd = fd};
    if (fd >= 0 && epoll_ctl(children->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0 && errno != EEXIST)
        children->blind = true;
    for (int result = -2;;) {
        bool may_read = turn_all(children);
        struct child *child = take_done(children);
        if (child != NULL) {
            output_end(&child->output);
            sink_flush(&children->sink);
            *ret_id = child->id;
            child->result.matched = output_matches(&child->output);
            output_tail(&child->output, &child->result.tail);
            child->result.duration_ms = clock_now_ms() - child->began_ms;
            *ret_result = child->result;
            child->result.tail = STRV_INIT;
            child_free(child);
            result = 1;
        } else if (is_readable(fd)) {
            result = 2;
        } else if (deadline_passed(until)) {
            result = 0;
        } else if (pause_until(children, may_read, until, reterr) < 0) {
            children_stop(children, GRACE_SIGNALLED_MS);
            result = -1;
        }
        if (result == -2)
            continue;
        if (fd >= 0)
            (void)epoll_ctl(children->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
        return result;
    }
}

void children_stop(struct children *children, int64_t grace_ms)
{
    children->stopping = true;
    for (size_t i = 0; i < children->count; i++) {
        struct child *child = children->items[i];
        if (child->state != RUNNING)
            child->kill_at = deadline_min(child->kill_at, deadline_in(grace_ms > 0 ? grace_ms : 1));
        else {
            child->result.end = CHILD_STOPPED;
            ask_to_end(child, grace_ms);
        }
    }
    while (children->count > 0) {
        bool may_read = turn_all(children);
        struct child *child = take_done(children);
        struct err _cleanup_err_ err = ERR_INIT;
        if (child != NULL) {
            output_end(&child->output);
            child_free(child);
        } else if (pause_until(children, may_read, DEADLINE_NEVER, &err) < 0) {
            for (size_t i = 0; i < children->count; i++)
                children->items[i]->kill_at = (struct deadline){0};
        }
    }
    sink_flush(&children->sink);
    children->stopping = false;
}

void children_free(struct children *children)
{
    if (children == NULL)
        return;
    children_stop(children, 0);
    reap_orphans(children);
    sink_finish(&children->sink, children->watch->signal_fd);
    (void)sigaction(SIGCHLD, &children->sigchld, NULL);
    (void)prctl(PR_SET_CHILD_SUBREAPER, children->was_subreaper);
    close(children->epoll_fd);
    sink_done(&children->sink);
    free(children->items);
    free(children);
}
