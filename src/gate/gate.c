/* The gate: the order of the phases. */
#include "gate/gate.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "gate/dependencies.h"
#include "gate/gate_private.h"
#include "gate/outcome.h"
#include "gate/queries.h"

void gate_done(struct gate *gate)
{
    free(gate->units.items); /* the findings are the databases' */
    gate_databases_done(&gate->databases);
    gate_database_free(gate->pattern);
    gate_database_free(gate->catalog);
    strv_done(&gate->excluded);
    strv_done(&gate->left_out);
    free(gate->judged);
    assertions_done(&gate->assertions);
    gate_sources_done(&gate->sources);
    steps_done(&gate->steps);
    step_failure_done(&gate->step_failure);
    err_done(&gate->error);
}

static void add_time(struct gate *gate, enum report_phase phase, int64_t began)
{
    gate->phase_ms[phase] += clock_now_ms() - began;
}

/* Waits for the databases and, side by side, for all else that must be up. */
static int wait_for_all(struct gate *gate, bool list, struct err *reterr)
{
    struct dependencies *others = NULL;
    if (!gate->only_tenants_matter &&
        dependencies_start(gate->config, gate->env, gate->log, gate->recheck, gate->deadline, &others, reterr) != 0)
        return -1;
    const struct watch watch = {.signal_fd = gate->watch->signal_fd, .stop_fd = dependencies_failed_fd(others)};
    int code = gate_wait_databases(gate, &watch, list, reterr);
    if (code == 0 || reterr->kind == ERR_DEPENDENCY) {
        int64_t began = clock_now_ms();
        err_done(reterr);
        code = dependencies_wait(others, gate->watch, reterr);
        add_time(gate, PHASE_WAIT, began);
    }
    dependencies_free(others);
    return code;
}

static bool is_behind(const struct unit *unit, size_t finding)
{
    enum finding_kind kind = unit->findings.items[finding].kind;
    /* What is recorded as failed may be running right now. */
    return unit->findings.items[finding].severity == SEVERITY_FAIL && (finding_is_behind(kind) || kind == FINDING_FAILED);
}

/* How long somebody else may take to apply what is pending: the longest of the sources that are behind. */
static int64_t others_may_take_ms(const struct gate *gate)
{
    if (gate->recheck)
        return 0;
    int64_t longest = 0;
    for (size_t u = 0; u < gate->units.count; u++) {
        const struct unit *unit = &gate->units.items[u];
        for (size_t f = 0; f < unit->findings.count; f++) {
            int64_t wait = config_number(gate->sources.items[unit->source]->section, KEY_MIGRATIONS_wait);
            if (is_behind(unit, f) && wait > longest)
                longest = wait;
        }
    }
    return longest;
}

/* `fresh`: the steps left a verification behind that still holds. */
static int verify(struct gate *gate, bool fresh, struct err *reterr)
{
    int64_t began = clock_now_ms();
    bool told = false;
    for (;; fresh = false) {
        if (!fresh && gate_pass(gate, reterr) != 0)
            return -1;
        /* What is pending at the gate's deadline is a verdict, and a better answer than "no verdict". */
        int64_t left = began + others_may_take_ms(gate) - clock_now_ms();
        if (deadline_left_ms(gate->deadline) < left)
            left = deadline_left_ms(gate->deadline);
        if (left <= 0)
            return 0;
        if (!told)
            log_event(gate->log, LOG_INFO, "migrations_waiting", "tenants are behind; waiting up to %.0f s for someone else's "
                      "migrations (migrations.wait)", (double)left / 1000);
        told = true;
        int64_t pause = config_number(config_section(gate->config, SECTION_GATE), KEY_GATE_recheck);
        if (watch_wait(gate->watch, -1, 0, deadline_in(pause < left ? pause > 0 ? pause : 1 : left), reterr) < 0)
            return -1;
    }
}

static void add_sources(const struct gate *gate, struct report *ret)
{
    ret->sources = mem_alloc(gate->sources.count * sizeof *ret->sources);
    for (size_t i = 0; i < gate->sources.count; i++) {
        const struct gate_source *source = gate->sources.items[i];
        const struct gate_asked *asked = gate_asked_of(gate, i);
        if (source->digest == NULL || (source->asks && asked == NULL && gate->units.count == 0))
            continue;
        ret->sources[ret->source_count++] = (struct report_source){
            .name = source->section->name,
            .framework = framework_row(source->expected.framework)->name,
            .expected = asked ? asked->expected.count : source->expected.count,
            .digest = asked ? asked->digest : source->digest,
        };
    }
}

void gate_report_error(struct gate *gate, struct report *ret)
{
    struct outcome outcome = outcome_of(&gate->error);
    ret->open = false;
    ret->exit_code = outcome.exit_code;
    ret->reason = outcome.reason;
    ret->error = gate->error.msg;
    ret->hint = gate->error.hint;
    if (gate->step_failure.command != NULL && gate->error.kind == ERR_STEP) {
        ret->output = &gate->step_failure.tail;
        ret->output_of = gate->step_failure.label;
        strv_add(&ret->remedies, gate->step_failure.command);
    }
    ret->duration_ms = clock_now_ms() - gate->began_ms;
}

void gate_wait(struct gate *gate, struct report *ret)
{
    ret->phase_ms = gate->phase_ms;
    if (gate_databases_prepare(gate, &gate->error) == 0 && wait_for_all(gate, true, &gate->error) == 0) {
        ret->open = true;
        ret->reason = "open";
        ret->duration_ms = clock_now_ms() - gate->began_ms;
    } else {
        gate_report_error(gate, ret);
    }
}

/* All that can be known without a database, so that what cannot be meant is said at once. */
static int prepare(struct gate *gate, struct err *reterr)
{
    int64_t began = clock_now_ms();
    int code = gate_steps_read(gate, reterr);
    if (code == 0)
        code = gate_sources_read(gate->config, gate->env, gate->log, &gate->sources, reterr);
    add_time(gate, PHASE_EXPECTED, began);
    if (code == 0)
        code = gate_databases_prepare(gate, reterr);
    if (code == 0)
        code = assertions_read(config_section(gate->config, SECTION_STRUCTURE), &gate->assertions, reterr);
    for (size_t i = 0; i < gate->databases.count && code == 0; i++)
        code = gate_sources_prepare(gate, gate->databases.items[i], reterr);
    if (code == 0)
        gate->judged = gate_sources_all(gate);
    return code;
}

static void tell_excluded(const struct gate *gate)
{
    struct buf _cleanup_buf_ names = BUF_INIT;
    if (gate->excluded.count == 0)
        return;
    text_join(&names, &gate->excluded, 20);
    log_event(gate->log, LOG_WARNING, "tenants_excluded", "left out on purpose and NOT verified (tenants.exclude): %s",
              buf_text(&names));
}

/* Some of several databases could not be reached before the steps, so none is run and the gate stays closed: what is wrong in
 * the others is found out all the same. */
static void judge_the_rest(struct gate *gate, struct err *err)
{
    size_t given_up = 0;
    if (!gate_has_many(gate) || err->kind == ERR_SIGNALLED || gate->units.count > 0)
        return;
    for (size_t i = 0; i < gate->databases.count; i++) {
        struct gate_database *database = gate->databases.items[i];
        database->given_up = database->error.kind != ERR_NONE && database->error.kind != ERR_DEPENDENCY;
        given_up += database->given_up;
    }
    struct err _cleanup_err_ all = ERR_INIT;
    if (given_up > 0 && given_up < gate->databases.count && gate_pass(gate, &all) != 0)
        err_move(err, &all);
}

void gate_verify(struct gate *gate, struct report *ret)
{
    bool fresh = false;
    ret->phase_ms = gate->phase_ms;
    int code = prepare(gate, &gate->error);
    /* Before the steps, which may need them. The connections are not kept: steps may take long. */
    if (code == 0 && config_next(gate->config, SECTION_WAIT, NULL) != NULL && !gate->only_tenants_matter)
        code = wait_for_all(gate, false, &gate->error);
    if (code == 0)
        code = gate_steps_before(gate, &fresh, &gate->error);
    if (code != 0)
        judge_the_rest(gate, &gate->error);
    if (code == 0)
        code = verify(gate, fresh, &gate->error);
    gate_disconnect(gate);
    add_sources(gate, ret);
    if (code != 0) {
        /* Of several databases those that could be judged are shown all the same. */
        if (gate->judged != NULL && gate_has_many(gate) && gate->error.kind != ERR_SIGNALLED) {
            gate_show(gate, ret);
            report_add_remedies(ret);
        }
        gate_report_error(gate, ret);
        return;
    }
    gate_show(gate, ret);
    gate_conclude(gate, ret);
    if (ret->open && gate_steps_after(gate, &gate->error) != 0)
        gate_report_error(gate, ret);
    ret->duration_ms = clock_now_ms() - gate->began_ms;
    tell_excluded(gate);
}
