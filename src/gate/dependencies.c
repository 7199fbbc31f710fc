/* The other things that must be up before the app. */
#include "gate/dependencies.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "net/probe.h"
#include "net/task.h"

/* One look; then a pause that doubles up to the longest. */
#define ATTEMPT_MS 5000
#define PAUSE_MS 100
#define PAUSE_MAX_MS 1000
#define REMINDER_MS 30000

/* One that is waited for; its thread's alone until that has ended, but for what is atomic. */
struct dependency {
    struct log log;
    char *name;
    struct net_target target;
    char *ca_file, *ca_dir;
    bool once;
    int64_t timeout_ms;
    struct deadline until;
    int failed_fd;      /* told when it is not up in time; owned */
    int cancel_fd;      /* readable when nobody waits any more; owned */
    bool up;
    char *words;        /* what was seen last */
};

struct dependencies {
    struct task **tasks;
    struct dependency **items;
    size_t count;
    int failed_fd, cancel_fd;
};

static void dependency_free(void *context)
{
    struct dependency *one = context;
    net_target_done(&one->target);
    free(one->name);
    free(one->ca_file);
    free(one->ca_dir);
    free(one->words);
    if (one->failed_fd >= 0)
        close(one->failed_fd);
    if (one->cancel_fd >= 0)
        close(one->cancel_fd);
    free(one);
}

/* Pauses; returns false when nobody waits any more. */
static bool pause_for(const struct dependency *one, int64_t ms)
{
    struct deadline until = deadline_min(deadline_in(ms), one->until);
    struct pollfd fd = {.fd = one->cancel_fd, .events = POLLIN};
    int ready = 0;
    do
        ready = poll(&fd, 1, deadline_poll_ms(until));
    while (ready < 0 && errno == EINTR);
    return ready == 0;
}

static void wait_for_one(void *context)
{
    struct dependency *one = context;
    const struct net_expect expect = {0};
    char _cleanup_free_ *told = NULL;
    int64_t began = clock_now_ms(), told_ms = 0;
    for (int64_t pause = PAUSE_MS;; pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS) {
        int64_t left = deadline_left_ms(one->until);
        const struct net_options options = {.timeout_ms = left < ATTEMPT_MS && !one->once ? left + 1 : ATTEMPT_MS,
                                            .ca_file = one->ca_file, .ca_dir = one->ca_dir};
        char *words = NULL;
        one->up = net_probe(&one->target, &expect, &options, &words);
        /* What a full attempt saw says more than that the last one was cut short. */
        if (one->up || one->words == NULL || options.timeout_ms == ATTEMPT_MS || !deadline_passed(one->until)) {
            free(one->words);
            one->words = words;
        } else {
            free(words);
        }
        int64_t now = clock_now_ms();
        if (one->up || one->once || deadline_passed(one->until))
            break;
        bool same = told != NULL && strcmp(told, one->words) == 0;
        if (!same || now - told_ms >= REMINDER_MS) {
            log_event(&one->log, LOG_INFO, "dependency_waiting", "%s for %s (%s): %s", same ? "still waiting" : "waiting",
                      one->name, one->target.shown, one->words);
            mem_set(&told, one->words);
            told_ms = now;
        }
        if (!pause_for(one, pause))
            return;
    }
    if (one->up && told != NULL)
        log_event(&one->log, LOG_INFO, "dependency_ready", "%s is up after %.1f s: %s", one->name,
                  (double)(clock_now_ms() - began) / 1000, one->words);
    if (!one->up)
        eventfd_write(one->failed_fd, 1);
}

static int add(struct dependencies *all, const struct section *section, const struct environment *env, const struct log *log,
               bool once, struct deadline overall, struct err *reterr)
{
    const char *url = config_text(section, KEY_WAIT_url);
    char _cleanup_free_ *title = config_section_title(section);
    struct net_target target = {0};
    if (*url == '\0')
        return err_set(reterr, ERR_CONFIG, "[%s] has no url", title);
    if (net_target_parse(url, &target, reterr) != 0)
        return err_wrap(reterr, "%s.url", title);
    const struct net_options options = net_options(env, 0);
    int64_t timeout_ms = config_number(section, KEY_WAIT_timeout);
    struct dependency *one = mem_alloc(sizeof *one);
    *one = (struct dependency){
        .log = *log,
        .name = mem_strdup(section->name),
        .target = target,
        .ca_file = mem_strdup(options.ca_file),
        .ca_dir = mem_strdup(options.ca_dir),
        .once = once || timeout_ms == 0,
        .timeout_ms = timeout_ms,
        .until = deadline_min(deadline_in(timeout_ms), overall),
        .failed_fd = fcntl(all->failed_fd, F_DUPFD_CLOEXEC, 0),
        .cancel_fd = fcntl(all->cancel_fd, F_DUPFD_CLOEXEC, 0),
    };
    if (one->failed_fd < 0 || one->cancel_fd < 0) {
        dependency_free(one);
        return err_set(reterr, ERR_INTERNAL, "no descriptors to wait for %s: %s", title, strerror(errno));
    }
    struct task *task = task_start(wait_for_one, one, dependency_free, reterr);
    if (task == NULL)
        return -1;
    all->tasks = mem_resize(all->tasks, all->count + 1, sizeof *all->tasks);
    all->items = mem_resize(all->items, all->count + 1, sizeof *all->items);
    all->tasks[all->count] = task;
    all->items[all->count++] = one;
    return 0;
}

int dependencies_start(const struct config *config, const struct environment *env, const struct log *log, bool once,
                       struct deadline overall, struct dependencies **ret, struct err *reterr)
{
    *ret = NULL;
    const struct section *section = config_next(config, SECTION_WAIT, NULL);
    if (section == NULL)
        return 0;
    struct dependencies *all = mem_alloc(sizeof *all);
    all->failed_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    all->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int code = 0;
    if (all->failed_fd < 0 || all->cancel_fd < 0)
        code = err_set(reterr, ERR_INTERNAL, "no descriptors to wait with: %s", strerror(errno));
    for (; code == 0 && section != NULL; section = config_next(config, SECTION_WAIT, section))
        code = add(all, section, env, log, once, overall, reterr);
    if (code == 0)
        *ret = all;
    else
        dependencies_free(all);
    return code;
}

const int *dependencies_failed_fd(const struct dependencies *all)
{
    return all ? &all->failed_fd : NULL;
}

/* The error of the first that is known to have failed; false where none is. */
static bool find_failed(const struct dependencies *all, struct err *reterr)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct dependency *one = all->items[i];
        if (!task_is_done(all->tasks[i]) || one->up)
            continue;
        char _cleanup_free_ *name = text_escaped(one->name);
        if (one->once)
            err_set(reterr, ERR_DEPENDENCY, "%s (%s) is not up: %s", name, one->target.shown, one->words);
        else
            err_set(reterr, ERR_DEPENDENCY, "%s (%s) was not up after %.1f s: %s", name, one->target.shown,
                    (double)one->timeout_ms / 1000, one->words);
        err_hint(reterr, "Is it running, and is this its address? How long to wait is the timeout of [wait.%s], within "
                         "gate.timeout.", name);
        return true;
    }
    return false;
}

int dependencies_wait(struct dependencies *all, const struct watch *watch, struct err *reterr)
{
    struct watch signals_only = {.signal_fd = watch->signal_fd};
    for (size_t i = 0; all != NULL && i < all->count;) {
        if (find_failed(all, reterr))
            return -1;
        if (task_is_done(all->tasks[i])) {
            i++;
            continue;
        }
        /* Either this one ends or any fails, whichever comes first: the descriptor of failures is looked at by the watch. */
        struct watch both = signals_only;
        both.stop_fd = &all->failed_fd;
        if (watch_wait(&both, task_done_fd(all->tasks[i]), POLLIN, DEADLINE_NEVER, reterr) >= 0)
            continue;
        if (reterr->kind != ERR_DEPENDENCY)
            return -1;
        err_done(reterr);
        /* The one that failed tells so a moment before its thread ends. */
        if (watch_wait(&signals_only, -1, 0, deadline_in(1), reterr) < 0)
            return -1;
    }
    return 0;
}

void dependencies_free(struct dependencies *all)
{
    if (all == NULL)
        return;
    if (all->cancel_fd >= 0)
        eventfd_write(all->cancel_fd, 1);
    for (size_t i = 0; i < all->count; i++)
        task_leave(all->tasks[i]);
    if (all->failed_fd >= 0)
        close(all->failed_fd);
    if (all->cancel_fd >= 0)
        close(all->cancel_fd);
    free(all->tasks);
    free(all->items);
    free(all);
}
