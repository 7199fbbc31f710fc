/* The phases around verification: steps before it and after it, and the lock that keeps other replicas out meanwhile. */
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "gate/gate_private.h"
#include "step/lock.h"
#include "step/plan.h"

/* One walk through the steps. */
struct walk {
    struct gate *gate;
    struct step_state state;
    struct lock *lock; /* NULL: not held */
    const struct step *step;
};

/* Steps and lock have time-outs of their own: what they take is not taken from gate.timeout. */
static void put_off(struct gate *gate, enum report_phase phase, int64_t began_ms)
{
    int64_t took = clock_now_ms() - began_ms;
    gate->phase_ms[phase] += took;
    if (gate->deadline.at_ms != DEADLINE_NEVER.at_ms)
        gate->deadline.at_ms += took;
}

int gate_steps_read(struct gate *gate, struct err *reterr)
{
    if (gate->host == NULL || gate->steps_read)
        return 0;
    gate->steps_read = true;
    return steps_read(gate->config, &gate->steps, reterr);
}

/* A database that holds nothing yet: what lists the tenants, or what it asks for, is not there. Those that steps will make
 * are found by the verification that follows them. */
static bool holds_nothing_yet(const struct err *err)
{
    static const char *const missing[] = {"42P01", "3F000", "42703", "42704"}; /* table, schema, column, role */
    for (size_t i = 0; err->kind == ERR_CONFIG && i < sizeof missing / sizeof *missing; i++)
        if (strcmp(err->sqlstate, missing[i]) == 0)
            return true;
    return false;
}

static bool is_behind(const struct unit *unit)
{
    for (size_t f = 0; f < unit->findings.count; f++)
        if (finding_is_behind(unit->findings.items[f].kind))
            return true;
    return false;
}

/* Each tenant once, though several sources may be behind in it; of the same name in several databases each. */
static void collect_behind(const struct gate *gate, struct step_state *ret)
{
    struct strv _cleanup_strv_ keys = STRV_INIT;
    struct strmap _cleanup_strmap_ seen = STRMAP_INIT;
    for (size_t u = 0; u < gate->units.count; u++) {
        const struct unit *unit = &gate->units.items[u];
        if (!is_behind(unit))
            continue;
        char *key = report_tenant_key(unit->database, unit->tenant);
        strv_take(&keys, key);
        if (strmap_get(&seen, key) != STRMAP_NONE)
            continue;
        strmap_put(&seen, key, u);
        strv_add(&ret->behind, unit->tenant);
        if (gate_has_many(gate))
            strv_add(&ret->databases, unit->database);
    }
}

/* Verifies, to know what is pending now. */
static int look(struct walk *walk, struct err *reterr)
{
    struct gate *gate = walk->gate;
    strv_done(&walk->state.behind);
    strv_done(&walk->state.databases);
    walk->state.behind = walk->state.databases = STRV_INIT;
    int code = gate_pass(gate, reterr);
    gate_disconnect(gate);
    if (code != 0) {
        if (!holds_nothing_yet(reterr))
            return -1;
        log_event(gate->log, LOG_INFO, "database_empty", "the tenants cannot be listed yet (%s): taken as pending", reterr->msg);
        err_done(reterr);
        walk->state.was_pending = true;
        walk->state.known = false; /* no verdict: verification comes once more after the steps */
        return 0;
    }
    collect_behind(gate, &walk->state);
    walk->state.known = true;
    if (walk->state.behind.count > 0 || gate_has_too_few(gate))
        walk->state.was_pending = true;
    return 0;
}

static int take_lock(struct walk *walk, struct err *reterr)
{
    struct gate *gate = walk->gate;
    const struct section *section = config_section(gate->config, SECTION_LOCK);
    const struct conninfo_parts parts = {.url = config_text(section, KEY_LOCK_url)};
    struct conninfo _cleanup_conninfo_ own = CONNINFO_INIT;
    if (*parts.url != '\0' && conninfo_make(&parts, gate->env, &own, reterr) != 0)
        return err_wrap(reterr, "lock.url");
    const struct lock_options options = {
        .info = *parts.url != '\0' ? &own : &gate_home(gate)->conninfo,
        .policy = &gate_home(gate)->policy,
        .timeout_ms = config_number(section, KEY_LOCK_timeout),
        .log = gate->log,
        .watch = gate->watch,
    };
    int64_t began = clock_now_ms();
    int code = lock_take(&options, &walk->lock, reterr);
    put_off(gate, PHASE_LOCK, began);
    return code;
}

/* Makes sure that the lock is held; *ret_new tells that it was not before, so that all may be otherwise now. */
static int hold_lock(struct walk *walk, bool *ret_new, struct err *reterr)
{
    struct err _cleanup_err_ lost = ERR_INIT;
    *ret_new = false;
    if (walk->lock != NULL && lock_look(walk->lock, &lost) == 0)
        return 0;
    if (walk->lock != NULL)
        log_event(walk->gate->log, LOG_WARNING, "lock_lost", "%s; taking it again", lost.msg);
    lock_release(STEAL(walk->lock));
    *ret_new = true;
    return take_lock(walk, reterr);
}

static int look_at_lock(void *context, int *fd, struct err *reterr)
{
    struct walk *walk = context;
    if (lock_look(walk->lock, reterr) == 0) {
        *fd = lock_fd(walk->lock);
        return 0;
    }
    err_wrap(reterr, "the step %s was ended", walk->step->name);
    return err_hint(reterr, "Without the lock another replica may run the same step at the same time. Was the server restarted, or "
                            "the session ended by somebody? The next start tries again.");
}

static int wait_for_leftovers(void *context, struct err *reterr)
{
    struct walk *walk = context;
    return lock_wait_for_leftovers(walk->lock, reterr);
}

/* Of several databases a command is told its tenant's, or else the first. With one nothing is told: its environment names it. */
static void tell_databases(const struct gate *gate, struct step_commands *commands)
{
    for (size_t i = 0; i < commands->count && gate_has_many(gate); i++) {
        struct step_command *command = &commands->items[i];
        const struct gate_database *database = gate_home(gate);
        for (size_t d = 0; d < gate->databases.count && command->database != NULL; d++)
            if (strcmp(gate->databases.items[d]->name, command->database) == 0)
                database = gate->databases.items[d];
        conninfo_variables(&database->conninfo, &command->variables);
    }
}

static int run_step(struct walk *walk, const struct step_commands *commands, struct err *reterr)
{
    struct gate *gate = walk->gate;
    const struct step *step = walk->step;
    struct step_guard guard = {.fd = -1, .context = walk};
    if (step->lock) {
        guard.fd = lock_fd(walk->lock);
        guard.look = look_at_lock;
        guard.again = wait_for_leftovers;
    }
    struct step_failure _cleanup_step_failure_ failure = {0};
    int64_t began = clock_now_ms();
    int code = step_run(gate->host, step, commands, &guard, &failure, reterr);
    put_off(gate, PHASE_STEPS, began);
    walk->state.known = false;
    if (code < 0 && reterr->kind == ERR_STEP && !step->required) { /* the lock was lost; the next step takes it anew */
        log_event(gate->log, LOG_WARNING, "step_not_required", "%s; going on, since the step is not required", reterr->msg);
        err_done(reterr);
        return 0;
    }
    if (code <= 0)
        return code;
    if (!step->required) {
        log_event(gate->log, LOG_WARNING, "step_not_required", "%s; going on, since the step is not required", failure.message);
        return 0;
    }
    err_set(reterr, ERR_STEP, "%s", failure.message);
    if (failure.hint != NULL)
        err_hint(reterr, "%s", failure.hint);
    gate->step_failure = failure;
    failure = (struct step_failure){0};
    return -1;
}

/* What there is to run of the step at hand. */
static int plan(struct walk *walk, struct step_commands *ret, struct err *reterr)
{
    step_commands_done(ret);
    if (step_needs_state(walk->step, &walk->state) && look(walk, reterr) != 0)
        return -1;
    step_plan(walk->step, &walk->state, ret);
    tell_databases(walk->gate, ret);
    return 0;
}

static int walk_step(struct walk *walk, struct err *reterr)
{
    struct step_commands _cleanup_step_commands_ commands = {0};
    const struct log *log = walk->gate->log;
    if (plan(walk, &commands, reterr) != 0)
        return -1;
    if (commands.count > 0 && walk->step->lock) {
        bool is_new = false;
        if (hold_lock(walk, &is_new, reterr) != 0)
            return -1;
        if (is_new) { /* another replica may have done it all while we waited */
            walk->state.known = walk->state.was_pending = false;
            if (plan(walk, &commands, reterr) != 0)
                return -1;
        }
    }
    if (commands.count == 0) {
        log_event(log, LOG_INFO, "step_skipped", "step %s: nothing is pending", walk->step->name);
        return 0;
    }
    if (walk->step->each_tenant)
        log_event(log, LOG_INFO, "step_tenants", "step %s: %zu tenant%s behind, %zu at a time", walk->step->name, commands.count,
                  commands.count == 1 ? " is" : "s are", walk->step->jobs);
    return run_step(walk, &commands, reterr);
}

static bool lock_is_wanted_later(const struct steps *steps, size_t at, bool after)
{
    for (size_t i = at + 1; i < steps->count; i++)
        if (steps->items[i].after == after && steps->items[i].lock)
            return true;
    return false;
}

static int walk_all(struct walk *walk, bool after, struct err *reterr)
{
    const struct steps *steps = &walk->gate->steps;
    int code = 0;
    for (size_t i = 0; i < steps->count && code == 0; i++) {
        if (steps->items[i].after != after)
            continue;
        walk->step = &steps->items[i];
        code = walk_step(walk, reterr);
        if (!lock_is_wanted_later(steps, i, after))
            lock_release(STEAL(walk->lock));
    }
    lock_release(STEAL(walk->lock));
    return code;
}

int gate_steps_before(struct gate *gate, bool *ret_fresh, struct err *reterr)
{
    *ret_fresh = false;
    if (gate->host == NULL || gate->steps_run || !steps_any(&gate->steps, false))
        return 0;
    gate->steps_run = true;
    struct walk walk = {.gate = gate};
    /* The first step needs the databases as much as verification does. Those of a query may be what it makes. */
    int code = gate_wait_databases(gate, gate->watch, false, reterr);
    if (code == 0)
        code = walk_all(&walk, false, reterr);
    *ret_fresh = walk.state.known;
    step_state_done(&walk.state);
    return code;
}

int gate_steps_after(struct gate *gate, struct err *reterr)
{
    if (gate->host == NULL || !steps_any(&gate->steps, true))
        return 0;
    struct walk walk = {.gate = gate};
    int code = walk_all(&walk, true, reterr);
    step_state_done(&walk.state);
    return code;
}
