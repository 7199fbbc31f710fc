/* Running a step. */
#include "step/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/redact.h"
#include "base/signame.h"
#include "base/text.h"
#include "base/words.h"
#include "proc/child.h"
#include "proc/program.h"
#include "step/environ.h"

/* Before a retry; doubled each time up to the longest. */
#define PAUSE_MS 1000
#define PAUSE_MAX_MS 10000
/* What a step gets to end by itself when the lock is lost. */
#define GRACE_MS 5000

enum job_state {
    JOB_WAITING, /* to be started when its pause is over */
    JOB_RUNNING,
    JOB_RECOVERING,
    JOB_DONE,
    JOB_FAILED,
};

struct job {
    const struct step_command *command;
    struct step_environment environment;
    char *label;
    enum job_state state;
    struct deadline start_at; /* JOB_WAITING */
    size_t tries;
    bool recovered;
    bool impossible; /* its program cannot be executed */
    char *why;       /* JOB_FAILED */
    char *hint;
    struct strv tail;
};

struct running {
    const struct step_host *host;
    const struct step *step;
    struct step_guard *guard;
    struct children *children;
    struct job *jobs;
    size_t count;
};

void step_failure_done(struct step_failure *failure)
{
    free(failure->label);
    free(failure->message);
    free(failure->hint);
    free(failure->command);
    strv_done(&failure->tail);
    *failure = (struct step_failure){0};
}

static void running_done(struct running *running)
{
    children_free(running->children);
    for (size_t i = 0; i < running->count; i++) {
        step_environment_done(&running->jobs[i].environment);
        free(running->jobs[i].label);
        free(running->jobs[i].why);
        free(running->jobs[i].hint);
        strv_done(&running->jobs[i].tail);
    }
    free(running->jobs);
}

static char *shown_command(const struct strv *argv)
{
    char _cleanup_free_ *text = words_join(argv);
    return redact(text);
}

/* "acme", or "acme in shard2"; to be freed. */
static char *tenant_of(const struct step_command *command)
{
    return command->database ? mem_printf("%s in %s", command->tenant, command->database) : mem_strdup(command->tenant);
}

static char *label_of(const struct step *step, const struct step_command *command)
{
    char _cleanup_free_ *tenant = tenant_of(command);
    return tenant ? mem_printf("%s %s", step->name, tenant) : mem_strdup(step->name);
}

static void start(struct running *running, size_t at, bool recover)
{
    struct job *job = &running->jobs[at];
    const struct strv *argv = recover ? &job->command->recover : &job->command->argv;
    const struct child_spec spec = {
        .label = job->label,
        .argv = argv,
        .vars = job->environment.vars,
        .workdir = running->host->workdir,
        .user = running->host->user,
        .pattern = recover ? "" : running->step->recover_on,
        .timeout_ms = running->step->timeout_ms,
    };
    char _cleanup_free_ *shown = shown_command(argv);
    log_event(running->host->log, LOG_INFO, recover ? "step_recovering" : "step_started", "step %s%s: %s", job->label,
              recover ? ": recovering" : job->tries > 0 ? ": again" : "", shown);
    if (!recover)
        job->tries++;
    job->state = recover ? JOB_RECOVERING : JOB_RUNNING;
    children_start(running->children, &spec, at);
}

/* "exit code 3", "killed by signal 9 (SIGKILL)", ... */
static char *how_it_ended(const struct running *running, const struct child_result *result)
{
    const char *name = signal_name(result->number);
    switch (result->end) {
    case CHILD_EXITED:
        return mem_printf("exit code %d", result->number);
    case CHILD_KILLED:
        return mem_printf("killed by signal %d%s%s%s", result->number, name ? " (" : "", name ? name : "", name ? ")" : "");
    case CHILD_TIMED_OUT:
        return mem_printf("not done within %g s (step.%s.timeout), and ended", (double)running->step->timeout_ms / 1000,
                          running->step->name);
    case CHILD_STOPPED:
        return mem_strdup("ended");
    case CHILD_NOT_STARTED:
        return mem_printf("it %s (%s)", program_exit_code(result->number) == 127 ? "was not found" : "cannot be executed",
                          strerror(result->number));
    }
    BUG("an end without a name");
}

/* What to do about it, or NULL; to be freed. */
static char *advice(const struct strv *argv, const struct child_result *result)
{
    if (result->end == CHILD_NOT_STARTED)
        return program_advice(argv->items[0], NULL, result->number);
    if (result->end == CHILD_KILLED && result->number == 9)
        return mem_strdup("Nobody here sent that signal: did the container run out of memory?");
    if (result->end == CHILD_TIMED_OUT)
        return mem_strdup("Ending its processes does not undo what it has done; what it left running in the database is waited "
                          "for by the next step that takes the lock.");
    return NULL;
}

static void fail(struct job *job, const struct child_result *result, const struct strv *argv, char *why)
{
    job->state = JOB_FAILED;
    free(job->why);
    job->why = why;
    free(job->hint);
    job->hint = advice(argv, result);
    strv_done(&job->tail);
    job->tail = STRV_INIT;
    for (size_t i = 0; i < result->tail.count; i++)
        strv_take(&job->tail, redact(result->tail.items[i]));
}

/* Other commands of the same step may still be at work, which is no reason to wait. */
static int before_another_try(struct running *running, struct err *reterr)
{
    if (running->guard->again == NULL || children_running(running->children) > 0)
        return 0;
    return running->guard->again(running->guard->context, reterr);
}

/* Back to the start, after a pause. */
static int try_again(struct running *running, struct job *job, int64_t pause_ms, struct err *reterr)
{
    job->state = JOB_WAITING;
    job->start_at = pause_ms > 0 ? deadline_in(pause_ms) : (struct deadline){0};
    return before_another_try(running, reterr);
}

static int on_end(struct running *running, size_t at, const struct child_result *result, struct err *reterr)
{
    struct job *job = &running->jobs[at];
    const struct step *step = running->step;
    const struct log *log = running->host->log;
    bool recovering = job->state == JOB_RECOVERING, well = result->end == CHILD_EXITED && result->number == 0;
    double seconds = (double)result->duration_ms / 1000;
    if (well) {
        log_event(log, LOG_INFO, "step_ended", "step %s%s: done after %.1f s", job->label, recovering ? ": recovery" : "",
                  seconds);
        if (recovering)
            return try_again(running, job, 0, reterr);
        job->state = JOB_DONE;
        return 0;
    }
    char _cleanup_free_ *how = how_it_ended(running, result);
    log_event(log, LOG_WARNING, "step_failed", "step %s%s: %s, after %.1f s", job->label, recovering ? ": recovery" : "", how,
              seconds);
    if (recovering) {
        char *why = mem_printf("%s; its recovery too: %s", job->why, how);
        fail(job, result, &job->command->recover, why);
        return 0;
    }
    fail(job, result, &job->command->argv, STEAL(how));
    job->impossible = result->end == CHILD_NOT_STARTED;
    if (job->impossible)
        return 0;
    if (result->matched && !job->recovered && job->command->recover.count > 0) {
        job->recovered = true;
        if (before_another_try(running, reterr) != 0)
            return -1;
        start(running, at, true);
        return 0;
    }
    size_t retries_used = job->tries - 1 - (job->recovered ? 1 : 0);
    if (retries_used >= step->retries)
        return 0;
    int64_t pause = PAUSE_MS;
    for (size_t i = 0; i < retries_used && pause < PAUSE_MAX_MS; i++)
        pause *= 2;
    return try_again(running, job, pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS, reterr);
}

/* Starts what may be started; returns when the next one's pause is over. */
static struct deadline start_due(struct running *running)
{
    struct deadline next = DEADLINE_NEVER;
    bool impossible = false;
    for (size_t i = 0; i < running->count; i++)
        impossible = impossible || running->jobs[i].impossible;
    for (size_t i = 0; i < running->count; i++) {
        struct job *job = &running->jobs[i];
        if (job->state != JOB_WAITING || children_running(running->children) >= running->step->jobs)
            continue;
        if (impossible) {
            job->state = JOB_FAILED;
            mem_set(&job->why, "not tried");
        } else if (deadline_passed(job->start_at)) {
            start(running, i, false);
        } else {
            next = deadline_min(next, job->start_at);
        }
    }
    return next;
}

static bool all_done(const struct running *running)
{
    for (size_t i = 0; i < running->count; i++)
        if (running->jobs[i].state != JOB_DONE && running->jobs[i].state != JOB_FAILED)
            return false;
    return true;
}

static int loop(struct running *running, struct err *reterr)
{
    for (;;) {
        struct deadline next = start_due(running);
        if (all_done(running))
            return 0;
        struct child_result _cleanup_child_result_ result = {0};
        size_t at = 0;
        int code = children_wait(running->children, running->guard->fd, next, &at, &result, reterr);
        if (code == 1)
            code = on_end(running, at, &result, reterr);
        else if (code == 2)
            code = running->guard->look(running->guard->context, &running->guard->fd, reterr);
        if (code < 0) {
            children_stop(running->children, reterr->kind == ERR_SIGNALLED ? 0 : GRACE_MS);
            return -1;
        }
    }
}

static void tell_failure(const struct running *running, struct step_failure *ret)
{
    const struct job *first = NULL;
    struct strv _cleanup_strv_ tenants = STRV_INIT;
    for (size_t i = 0; i < running->count; i++) {
        const struct job *job = &running->jobs[i];
        if (job->state != JOB_FAILED)
            continue;
        if (first == NULL || (job->impossible && !first->impossible))
            first = job;
        if (job->command->tenant != NULL)
            strv_take(&tenants, tenant_of(job->command));
    }
    if (first == NULL)
        BUG("a failed step without a failure");
    struct buf _cleanup_buf_ message = BUF_INIT;
    buf_printf(&message, "the step %s failed", running->step->name);
    if (tenants.count > 0) {
        buf_printf(&message, " for %zu of %zu tenants (", tenants.count, running->count);
        text_join(&message, &tenants, 6);
        buf_putc(&message, ')');
    }
    buf_printf(&message, ": %s", first->why);
    ret->label = mem_strdup(first->label);
    ret->message = buf_steal(&message);
    ret->hint = mem_strdup(first->hint);
    ret->command = shown_command(&first->command->argv);
    strv_add_all(&ret->tail, &first->tail);
}

int step_run(const struct step_host *host, const struct step *step, const struct step_commands *commands,
             struct step_guard *guard, struct step_failure *ret_failure, struct err *reterr)
{
    struct running _cleanup_(running_done) running = {.host = host, .step = step, .guard = guard};
    if (children_new(host->log, host->watch, host->signals, &running.children, reterr) != 0)
        return -1;
    running.jobs = mem_alloc(commands->count * sizeof *running.jobs);
    running.count = commands->count;
    for (size_t i = 0; i < commands->count; i++) {
        const struct step_command *command = &commands->items[i];
        running.jobs[i].command = command;
        step_environment_make(host->env, host->unset, host->user, step->name, &command->variables, &running.jobs[i].environment);
        running.jobs[i].label = label_of(step, command);
    }
    for (size_t i = 0; i < step->run.count; i++)
        if (words_is_operator(step->run.items[i]))
            log_event(host->log, LOG_WARNING, "step_operator",
                      "step %s: there is no shell here, so `%s` is an argument like any other; for a shell write "
                      "sh -c '...'", step->name, step->run.items[i]);
    if (loop(&running, reterr) != 0)
        return -1;
    for (size_t i = 0; i < running.count; i++)
        if (running.jobs[i].state == JOB_FAILED) {
            tell_failure(&running, ret_failure);
            return 1;
        }
    return 0;
}
