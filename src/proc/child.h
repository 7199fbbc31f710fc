/* Child processes: started, listened to, limited in time, and ended with all they have started.
 *
 * Each child is the leader of a session of its own (so it has a process group of its own, and no terminal to ask for a
 * password on), reads from /dev/null, and writes to a pipe that is passed on to standard error line by line. When the leader
 * has ended, what is left of its group is ended too. What has left the group on purpose (a daemon) is not followed, nor
 * waited for, but reaped. A child that is stopped is left alone until its time is over. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/strv.h"
#include "base/watch.h"
#include "proc/signals.h"
#include "proc/user.h"

struct child_spec {
    const char *label;       /* in front of each line: "[label] " */
    const struct strv *argv; /* at least the program */
    char *const *vars;       /* its environment; PATH in it is where the program is looked for */
    const char *workdir;     /* "": the gate's own */
    const struct user *user; /* whom it becomes; NULL: nobody else */
    const char *pattern;     /* extended regular expression to look for in its output, or "" */
    int64_t timeout_ms;      /* 0: none */
};

enum child_end {
    CHILD_EXITED,      /* number: its exit code */
    CHILD_KILLED,      /* number: the signal */
    CHILD_TIMED_OUT,   /* ended by us after its time */
    CHILD_STOPPED,     /* ended by us because of children_stop() */
    CHILD_NOT_STARTED, /* number: the error number */
};

struct child_result {
    enum child_end end;
    int number;
    bool matched;     /* the pattern was found */
    struct strv tail; /* the last lines, as they came */
    int64_t duration_ms;
};

void child_result_done(struct child_result *result);
#define _cleanup_child_result_ __attribute__((cleanup(child_result_done)))

/* Some children that run side by side. */
struct children;

/* While they exist the process is the subreaper of what its children leave behind. Borrows all three. */
int children_new(const struct log *log, const struct watch *watch, const struct signals *signals, struct children **ret,
                 struct err *reterr);

/* Ends at once whatever still runs. */
void children_free(struct children *children);
static inline void children_freep(struct children **children)
{
    children_free(*children);
    *children = NULL;
}
#define _cleanup_children_ __attribute__((cleanup(children_freep)))

/* Starts one; `id` is the caller's. A program that cannot be executed is a result (CHILD_NOT_STARTED), never an error. */
void children_start(struct children *children, const struct child_spec *spec, size_t id);
size_t children_running(const struct children *children);

/* Waits until one of them has ended wholly, or `fd` (-1: none) becomes readable, or the deadline.
 * Returns 1 with *ret_id and *ret_result (child_result_done() it), 2 when the descriptor is readable, 0 at the deadline;
 * or -1 with ERR_SIGNALLED: then all are ended already. */
int children_wait(struct children *children, int fd, struct deadline until, size_t *ret_id, struct child_result *ret_result,
                  struct err *reterr);

/* Ends all: SIGTERM to each group, SIGKILL after the grace (at once when a signal comes). Their results are dropped. */
void children_stop(struct children *children, int64_t grace_ms);
