/* All databases: which there are, and each of them waited for and judged side by side. */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/progress.h"
#include "base/text.h"
#include "gate/gate_private.h"
#include "net/task.h"

/* Errors that a message tells about one by one. */
#define TOLD 4

int gate_databases_prepare(struct gate *gate, struct err *reterr)
{
    const struct gate_databases_options options = {
        .config = gate->config, .env = gate->env, .log = gate->log, .recheck = gate->recheck};
    return gate_databases_read(&options, &gate->databases, &gate->pattern, &gate->catalog, reterr);
}

const struct gate_database *gate_home(const struct gate *gate)
{
    return gate->catalog != NULL ? gate->catalog : gate->databases.items[0];
}

bool gate_has_many(const struct gate *gate)
{
    return gate->pattern != NULL || gate->databases.count > 1;
}

static struct gate_database *by_name(const struct gate_databases *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->items[i]->name, name) == 0)
            return all->items[i];
    return NULL;
}

/* Asks which databases there are, until the question is answered or answered for good. */
static int ask(struct gate *gate, struct strv *ret, struct err *reterr)
{
    struct gate_database *catalog = gate->catalog;
    const struct section *tenants = config_section(gate->config, SECTION_TENANTS);
    const struct db_options options = {.statement_timeout_ms = catalog->policy.statement_timeout_ms};
    struct deadline until = deadline_min(gate->deadline, deadline_in(catalog->policy.wait_ms));
    for (;;) {
        if (catalog->db == NULL && gate_wait_one(gate, catalog, gate->watch, gate->deadline, reterr) != 0)
            return -1;
        int code = tenants_databases(catalog->db, config_text(tenants, KEY_TENANTS_databases_query), &options, gate->watch,
                                     gate->deadline, ret, reterr);
        db_close(STEAL(catalog->db));
        if (code == 0)
            return 0;
        gate_judge_query_error(reterr);
        if (reterr->kind != ERR_LOST || deadline_passed(until))
            return -1;
        log_event(gate->log, LOG_WARNING, "database_lost", "%s; asking for the databases again", reterr->msg);
        err_done(reterr);
        if (watch_wait(gate->watch, -1, 0, deadline_in(catalog->policy.retry_ms), reterr) < 0)
            return -1;
    }
}

static int add_listed(struct gate *gate, const struct strv *names, struct gate_databases *ret, struct err *reterr)
{
    const struct strv *exclude = config_list(config_section(gate->config, SECTION_TENANTS), KEY_TENANTS_exclude);
    for (size_t i = 0; i < names->count; i++) {
        if (tenant_is_excluded(exclude, names->items[i])) {
            strv_add(&gate->left_out, names->items[i]);
            continue;
        }
        struct gate_database *database = gate_database_from(gate->pattern, names->items[i], reterr);
        if (database == NULL)
            return -1;
        MEM_GROW(ret->items, ret->count, ret->cap);
        ret->items[ret->count++] = database;
    }
    return 0;
}

int gate_databases_list(struct gate *gate, struct err *reterr)
{
    struct strv _cleanup_strv_ names = STRV_INIT;
    struct gate_databases _cleanup_gate_databases_ fresh = {0};
    if (gate->pattern == NULL)
        return 0;
    strv_done(&gate->left_out);
    gate->left_out = STRV_INIT;
    if (ask(gate, &names, reterr) != 0 || add_listed(gate, &names, &fresh, reterr) != 0)
        return -1;
    for (size_t i = 0; i < gate->databases.count; i++) {
        if (gate->databases.items[i]->listed) {
            gate_database_free(gate->databases.items[i]);
            continue;
        }
        if (by_name(&fresh, gate->databases.items[i]->name) != NULL)
            return err_set(reterr, ERR_CONFIG, "tenants.databases_query lists '%s', and there is a [database] of that name",
                           gate->databases.items[i]->name);
        MEM_GROW(fresh.items, fresh.count, fresh.cap);
        fresh.items[fresh.count++] = gate->databases.items[i];
        gate->databases.items[i] = NULL;
    }
    free(gate->databases.items);
    gate->databases = fresh;
    fresh = (struct gate_databases){0};
    for (size_t i = 0; i < gate->databases.count; i++)
        if (gate_sources_prepare(gate, gate->databases.items[i], reterr) != 0)
            return -1;
    return 0;
}

/* What the workers share. It lives as long as the call that made it, which waits for all of them. */
struct workers {
    const struct gate *gate;
    gate_work *work;
    atomic_size_t next;
    int cancel_fd; /* readable when nobody wants the rest any more */
};

static void work_on(void *context)
{
    struct workers *workers = context;
    const struct watch watch = {.signal_fd = -1, .stop_fd = &workers->cancel_fd};
    for (;;) {
        size_t at = atomic_fetch_add(&workers->next, 1);
        if (at >= workers->gate->databases.count)
            return;
        struct gate_database *database = workers->gate->databases.items[at];
        if (!database->given_up && workers->work(workers->gate, database, &watch, &database->error) != 0 &&
            database->error.kind == ERR_DEPENDENCY)
            return;
        progress_add_databases(workers->gate->log, 1);
    }
}

static void keep_context(void *context)
{
    (void)context;
}

/* Waits until the worker has ended: it does soon, once it is told to, since all it waits for is watched. */
static int join(struct task *task, const struct watch *watch, int cancel_fd, struct err *reterr)
{
    const struct watch nothing = {.signal_fd = -1};
    int code = watch_wait(watch, task_done_fd(task), POLLIN, DEADLINE_NEVER, reterr);
    if (code < 0) {
        struct err _cleanup_err_ none = ERR_INIT;
        eventfd_write(cancel_fd, 1);
        (void)watch_wait(&nothing, task_done_fd(task), POLLIN, DEADLINE_NEVER, &none);
    }
    if (!task_is_done(task))
        BUG("a worker's end is told before it has ended");
    task_leave(task);
    return code < 0 ? -1 : 0;
}

static int work_side_by_side(struct gate *gate, gate_work *work, const struct watch *watch, struct err *reterr)
{
    const struct section *plain = config_section(gate->config, SECTION_DATABASE);
    size_t budget = (size_t)config_number(plain, KEY_DATABASE_connections);
    size_t count = gate->databases.count < budget ? gate->databases.count : budget, started = 0;
    struct workers workers = {.gate = gate, .work = work, .cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    struct err _cleanup_err_ none = ERR_INIT;
    const struct watch nothing = {.signal_fd = -1};
    for (size_t i = 0; i < gate->databases.count; i++) /* they share what all may use, also where one has many tenants */
        gate->databases.items[i]->connections = budget / count;
    if (workers.cancel_fd < 0)
        return err_set(reterr, ERR_INTERNAL, "no descriptor to wait with: %s", strerror(errno));
    progress_expect_databases(gate->log, gate->databases.count);
    struct task **tasks = mem_alloc(count * sizeof(struct task *));
    int code = 0;
    while (started < count && code == 0) {
        tasks[started] = task_start(work_on, &workers, keep_context, reterr);
        if (tasks[started] == NULL)
            code = -1;
        else
            started++;
    }
    if (code != 0)
        eventfd_write(workers.cancel_fd, 1);
    for (size_t i = 0; i < started; i++) {
        if (code == 0)
            code = join(tasks[i], watch, workers.cancel_fd, reterr);
        else
            join(tasks[i], &nothing, workers.cancel_fd, &none);
    }
    free(tasks);
    close(workers.cancel_fd);
    return code;
}

int gate_each_database(struct gate *gate, gate_work *work, const struct watch *watch, struct err *reterr)
{
    for (size_t i = 0; i < gate->databases.count; i++)
        if (!gate->databases.items[i]->given_up)
            err_done(&gate->databases.items[i]->error);
    if (gate->databases.count == 0)
        return 0;
    if (gate_has_many(gate))
        return work_side_by_side(gate, work, watch, reterr);
    struct gate_database *only = gate->databases.items[0];
    only->connections = (size_t)config_number(only->section, KEY_DATABASE_connections);
    if (work(gate, only, watch, &only->error) == 0)
        return 0;
    if (only->error.kind != ERR_SIGNALLED && only->error.kind != ERR_DEPENDENCY)
        return 0;
    err_move(reterr, &only->error);
    return -1;
}

/* What waiting longer would not mend comes first: it decides the exit code. */
static int gravity(enum err_kind kind)
{
    switch (kind) {
    case ERR_NONE:
        return 0;
    case ERR_DEADLINE:
        return 1;
    case ERR_UNAVAILABLE:
    case ERR_LOST:
        return 2;
    case ERR_REFUSED:
        return 4;
    case ERR_CONFIG:
        return 5;
    default:
        return 3;
    }
}

/* The gravest of the databases' errors; what became of each is told. 0 where there is none. */
static int gather(struct gate *gate, struct err *reterr)
{
    struct gate_database *worst = NULL;
    size_t failed = 0;
    for (size_t i = 0; i < gate->databases.count; i++) {
        struct gate_database *database = gate->databases.items[i];
        failed += database->error.kind != ERR_NONE;
        if (database->error.kind != ERR_NONE && (worst == NULL || gravity(database->error.kind) > gravity(worst->error.kind)))
            worst = database;
    }
    if (worst == NULL)
        return 0;
    if (!gate_has_many(gate)) {
        err_move(reterr, &worst->error);
        return -1;
    }
    struct buf _cleanup_buf_ text = BUF_INIT;
    size_t told = 0;
    for (size_t i = 0; i < gate->databases.count; i++) {
        const struct gate_database *database = gate->databases.items[i];
        if (database->error.kind == ERR_NONE || told++ >= TOLD)
            continue;
        char _cleanup_free_ *name = text_escaped(database->name);
        buf_printf(&text, "%s%s: %s", text.len ? "; " : "", name, database->error.msg);
    }
    if (failed > TOLD)
        buf_printf(&text, "; and %zu more", failed - TOLD);
    err_set(reterr, worst->error.kind, "%zu of %zu databases could not be judged: %s", failed, gate->databases.count, buf_text(&text));
    memcpy(reterr->sqlstate, worst->error.sqlstate, sizeof reterr->sqlstate);
    return worst->error.hint != NULL ? err_hint(reterr, "%s", worst->error.hint) : -1;
}

/* One list of what was found in all of them; the findings stay where they are. */
static void show_units(struct gate *gate)
{
    gate->units.count = 0;
    strv_done(&gate->excluded);
    gate->excluded = STRV_INIT;
    strv_add_all(&gate->excluded, &gate->left_out);
    for (size_t i = 0; i < gate->databases.count; i++) {
        struct gate_database *database = gate->databases.items[i];
        strv_add_all(&gate->excluded, &database->tenants.excluded);
        for (size_t u = 0; u < database->units.count && database->error.kind == ERR_NONE; u++) {
            MEM_GROW(gate->units.items, gate->units.count, gate->units.cap);
            struct unit *unit = &gate->units.items[gate->units.count++];
            *unit = database->units.items[u];
            unit->database = database->name;
            unit->source = database->source_of[unit->source];
        }
    }
    strv_unique(&gate->excluded);
}

static void add_times(struct gate *gate)
{
    int64_t longest[PHASE_COUNT] = {0};
    for (size_t i = 0; i < gate->databases.count; i++)
        for (int p = 0; p < PHASE_COUNT; p++) {
            int64_t *took = &gate->databases.items[i]->phase_ms[p];
            longest[p] = *took > longest[p] ? *took : longest[p];
            *took = 0;
        }
    for (int p = 0; p < PHASE_COUNT; p++)
        gate->phase_ms[p] += longest[p];
}

void gate_disconnect(struct gate *gate)
{
    for (size_t i = 0; i < gate->databases.count; i++)
        db_close(STEAL(gate->databases.items[i]->db));
}

/* Among many the connection is not kept: the next database needs its place in the budget. */
static int pass_and_leave(const struct gate *gate, struct gate_database *database, const struct watch *watch, struct err *reterr)
{
    int code = gate_pass_one(gate, database, watch, reterr);
    db_close(STEAL(database->db));
    return code;
}

int gate_pass(struct gate *gate, struct err *reterr)
{
    if (gate_databases_list(gate, reterr) != 0)
        return -1;
    int code = gate_each_database(gate, gate_has_many(gate) ? pass_and_leave : gate_pass_one, gate->watch, reterr);
    progress_over(gate->log);
    add_times(gate);
    if (code != 0)
        return -1;
    show_units(gate);
    return gather(gate, reterr);
}

static int wait_and_leave(const struct gate *gate, struct gate_database *database, const struct watch *watch, struct err *reterr)
{
    int code = gate_wait_one(gate, database, watch, gate->deadline, reterr);
    db_close(STEAL(database->db));
    return code;
}

int gate_wait_databases(struct gate *gate, const struct watch *watch, bool list, struct err *reterr)
{
    if (gate->catalog != NULL) {
        if (wait_and_leave(gate, gate->catalog, watch, reterr) != 0)
            return err_wrap(reterr, "tenants.catalog_url");
        if (list && gate_databases_list(gate, reterr) != 0)
            return -1;
    }
    int code = gate_each_database(gate, wait_and_leave, watch, reterr);
    progress_over(gate->log);
    add_times(gate);
    return code != 0 ? -1 : gather(gate, reterr);
}
