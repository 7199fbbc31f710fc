/* Work in a thread that the gate can walk away from: look-ups of names, TLS and HTTP cannot be interrupted by a signal, so
 * they run beside the gate, which waits for them with watch_wait(). */
#pragma once

#include <stdbool.h>

#include "base/watch.h"

/* Does the work; called in the thread. `context` is its alone until it returns. */
typedef void task_work(void *context);
/* Releases the context; called once, by whoever lets go last. */
typedef void task_free(void *context);

/* Runs `work` in a thread of its own and waits for it, until the deadline.
 * Returns 1 when it is done (`context` may be read until task_leave()), 0 at the deadline, -1 with ERR_SIGNALLED or
 * ERR_INTERNAL. In every case the caller lets go of *ret with task_leave(); after 0 and -1 it must not touch the context
 * any more, which the thread still uses. */
struct task;
int task_run(task_work *work, void *context, task_free *release, const struct watch *watch, struct deadline until,
             struct task **ret, struct err *reterr);
void task_leave(struct task *task);

/* The same without waiting: whether it is done is told by the descriptor becoming readable. NULL with ERR_INTERNAL. */
struct task *task_start(task_work *work, void *context, task_free *release, struct err *reterr);
int task_done_fd(const struct task *task);
/* Is it? Only then may the context be read. */
bool task_is_done(const struct task *task);
