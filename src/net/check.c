/* Is something on the network up? */
#include "net/check.h"

#include <poll.h>
#include <stdlib.h>

#include "base/mem.h"
#include "net/task.h"

/* What the thread gets beyond the timeout to say so itself: its words are better than ours. */
#define MERCY_MS 100

struct check {
    struct net_target target;
    struct net_expect expect;
    struct net_options options;
    char *text, *ca_file, *ca_dir;
    bool up;
    char *words;
};

static void check_free(void *context)
{
    struct check *check = context;
    net_target_done(&check->target);
    free(check->text);
    free(check->ca_file);
    free(check->ca_dir);
    free(check->words);
    free(check);
}

static void work(void *context)
{
    struct check *check = context;
    check->up = net_probe(&check->target, &check->expect, &check->options, &check->words);
}

/* What the thread gets is all its own: it may go on when nobody waits any more. */
static struct check *make_check(const struct net_target *target, const struct net_expect *expect,
                                const struct net_options *options)
{
    struct check *check = mem_alloc(sizeof *check);
    check->expect.text = check->text = mem_strdup(expect->text);
    check->expect.status = expect->status;
    check->options.timeout_ms = options->timeout_ms;
    check->options.ca_file = check->ca_file = mem_strdup(options->ca_file);
    check->options.ca_dir = check->ca_dir = mem_strdup(options->ca_dir);
    net_target_copy(target, &check->target);
    return check;
}

int net_check(const struct net_target *target, const struct net_expect *expect, const struct net_options *options,
              const struct watch *watch, char **ret_words, struct err *reterr)
{
    struct check *check = make_check(target, expect, options);
    struct task *task = NULL;
    int code = task_run(work, check, check_free, watch, deadline_in(options->timeout_ms + MERCY_MS), &task, reterr);
    if (code == 1) {
        code = check->up;
        *ret_words = STEAL(check->words);
    } else if (code == 0) {
        *ret_words = mem_printf("no answer within %lld ms", (long long)options->timeout_ms);
    }
    task_leave(task);
    return code;
}

struct net_checking {
    struct check *check; /* the thread's until the task is done */
    struct task *task;
};

struct net_checking *net_check_begin(const struct net_target *target, const struct net_expect *expect,
                                     const struct net_options *options, struct err *reterr)
{
    struct net_checking *checking = mem_alloc(sizeof *checking);
    checking->check = make_check(target, expect, options);
    checking->task = task_start(work, checking->check, check_free, reterr);
    if (checking->task != NULL)
        return checking;
    free(checking);
    return NULL;
}

int net_check_fd(const struct net_checking *checking)
{
    return task_done_fd(checking->task);
}

bool net_check_end(struct net_checking *checking, char **ret_words)
{
    if (checking == NULL)
        return false;
    struct pollfd done = {.fd = task_done_fd(checking->task), .events = POLLIN};
    bool is_done = poll(&done, 1, 0) == 1, up = is_done && checking->check->up;
    if (is_done)
        *ret_words = STEAL(checking->check->words);
    task_leave(checking->task);
    free(checking);
    return up;
}
