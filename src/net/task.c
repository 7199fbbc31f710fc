/* Work in a thread that the gate can walk away from. */
#include "net/task.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/thread.h"

/* Room for libcurl, OpenSSL and the resolver; some C libraries give threads very little. */
#define STACK_BYTES ((size_t)1024 * 1024)

/* Shared by the gate and the thread; the last one to let go releases it. */
struct task {
    atomic_int holders;
    int done_fd;
    atomic_bool done; /* what the thread wrote is seen by who reads this first */
    task_work *work;
    task_free *release;
    void *context;
};

void task_leave(struct task *task)
{
    if (task == NULL || atomic_fetch_sub(&task->holders, 1) != 1)
        return;
    task->release(task->context);
    close(task->done_fd);
    free(task);
}

static void *run(void *argument)
{
    struct task *task = argument;
    thread_takes_no_signals();
    task->work(task->context);
    atomic_store(&task->done, true);
    eventfd_write(task->done_fd, 1);
    task_leave(task);
    return NULL;
}

static int launch(struct task *task)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t every, before;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    /* A thread that was walked away from must take no signal: it would act on it in the place of the supervisor. */
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    int code = pthread_create(&thread, &attributes, run, task);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return code;
}

struct task *task_start(task_work *work, void *context, task_free *release, struct err *reterr)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) {
        err_set(reterr, ERR_INTERNAL, "no descriptor for a thread: %s", strerror(errno));
        release(context);
        return NULL;
    }
    struct task *task = mem_alloc(sizeof *task);
    *task = (struct task){.done_fd = fd, .work = work, .release = release, .context = context};
    atomic_init(&task->holders, 2);
    int code = launch(task);
    if (code == 0)
        return task;
    err_set(reterr, ERR_INTERNAL, "no thread for the network: %s", strerror(code));
    atomic_store(&task->holders, 1);
    task_leave(task);
    return NULL;
}

bool task_is_done(const struct task *task)
{
    return atomic_load(&task->done);
}

int task_done_fd(const struct task *task)
{
    return task->done_fd;
}

int task_run(task_work *work, void *context, task_free *release, const struct watch *watch, struct deadline until,
             struct task **ret, struct err *reterr)
{
    *ret = task_start(work, context, release, reterr);
    if (*ret == NULL)
        return -1;
    int code = watch_wait(watch, (*ret)->done_fd, POLLIN, until, reterr);
    if (code > 0 && !task_is_done(*ret))
        BUG("a thread's work is told before it is done");
    return code;
}
