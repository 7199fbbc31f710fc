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
#include "structure/structure.h"
#include "wait/wait.h"

/* A tenant's table may be locked by its migration: longer than this is no moment. */
#define LOCK_TIMEOUT_MS 2000

void gate_done(struct gate *gate)
{
    units_done(&gate->units);
    tenants_done(&gate->tenants);
    free(gate->judged);
    assertions_done(&gate->assertions);
    gate_sources_done(&gate->sources);
    steps_done(&gate->steps);
    step_failure_done(&gate->step_failure);
    err_done(&gate->error);
}

static int make_target(const struct gate *gate, struct target *ret, struct err *reterr)
{
    const struct section *section = config_next(gate->config, SECTION_DATABASE, NULL);
    const struct conninfo_parts parts = {
        /* The default is DATABASE_URL: left to conninfo_make(), so that messages name it. */
        .url = config_is_set(section, KEY_DATABASE_url) ? config_text(section, KEY_DATABASE_url) : NULL,
        .host = config_text(section, KEY_DATABASE_host),
        .port = config_text(section, KEY_DATABASE_port),
        .name = config_text(section, KEY_DATABASE_name),
        .user = config_text(section, KEY_DATABASE_user),
        .password = config_text(section, KEY_DATABASE_password),
    };
    ret->section = section;
    ret->policy = (struct wait_policy){
        .wait_ms = config_number(section, KEY_DATABASE_wait),
        .attempt_ms = config_number(section, KEY_DATABASE_attempt_timeout),
        .retry_ms = config_number(section, KEY_DATABASE_retry_interval),
        .retry_max_ms = config_number(section, KEY_DATABASE_retry_max),
        .grace_ms = config_number(section, KEY_DATABASE_grace),
        .stable_ms = config_number(section, KEY_DATABASE_stable_for),
        .statement_timeout_ms = config_number(section, KEY_DATABASE_statement_timeout),
    };
    if (gate->recheck)
        ret->policy.wait_ms = ret->policy.grace_ms = ret->policy.stable_ms = 0;
    if (conninfo_make(&parts, gate->env, &ret->conninfo, reterr) != 0)
        return -1;
    for (size_t i = 0; i < ret->conninfo.dropped.count; i++)
        log_event(gate->log, LOG_INFO, "url_parameter_dropped", "the database URL's parameter '%s' is not libpq's and is left out",
                  ret->conninfo.dropped.items[i]);
    return 0;
}

static enum severity severity_of(const struct section *section, enum key_id key)
{
    const char *word = config_choice(section, key);
    return strcmp(word, "ignore") == 0 ? SEVERITY_IGNORE : strcmp(word, "warn") == 0 ? SEVERITY_WARN : SEVERITY_FAIL;
}

static int prepare_sources(struct gate *gate, const struct target *target, struct err *reterr)
{
    const struct section *tenants = config_section(gate->config, SECTION_TENANTS);
    free(gate->judged);
    gate->judged = mem_alloc(gate->sources.count * sizeof *gate->judged);
    for (size_t i = 0; i < gate->sources.count; i++) {
        const struct gate_source *source = gate->sources.items[i];
        gate->judged[i] = (struct verify_source){
            .name = source->section->name,
            .database = target->section->name,
            .framework = framework_row(source->expected.framework),
            .judge = &source->judge,
            .table = source->table,
            .query = source->query,
            .schemas = config_list(source->section, KEY_MIGRATIONS_schemas),
            .severity =
                {
                    [FINDING_MISSING_SCHEMA] = severity_of(tenants, KEY_TENANTS_missing_schema),
                    [FINDING_PENDING] = severity_of(source->section, KEY_MIGRATIONS_pending),
                    [FINDING_INCONSISTENT] = severity_of(source->section, KEY_MIGRATIONS_inconsistent),
                    [FINDING_FAILED] = severity_of(source->section, KEY_MIGRATIONS_failed),
                    [FINDING_CHANGED] = severity_of(source->section, KEY_MIGRATIONS_changed),
                    [FINDING_UNKNOWN] = severity_of(source->section, KEY_MIGRATIONS_unknown),
                    [FINDING_OUT_OF_ORDER] = severity_of(source->section, KEY_MIGRATIONS_out_of_order),
                },
            .unknown_auto = strcmp(config_choice(source->section, KEY_MIGRATIONS_unknown), "auto") == 0,
        };
        /* Unless it was asked for, an edited file is as grave as the framework itself takes it. */
        if (gate->judged[i].framework->tolerates_changes && !config_is_set(source->section, KEY_MIGRATIONS_changed))
            gate->judged[i].severity[FINDING_CHANGED] = SEVERITY_WARN;
        if (gate->judged[i].schemas->count == 0)
            return err_set(reterr, ERR_CONFIG, "migrations.schemas is empty: the migrations of '%s' would be looked for nowhere",
                           source->section->name);
    }
    return 0;
}

static bool wants_tenants(const struct gate *gate)
{
    for (size_t i = 0; i < gate->sources.count; i++)
        if (strv_has(config_list(gate->sources.items[i]->section, KEY_MIGRATIONS_schemas), "tenants"))
            return true;
    return false;
}

static int discover(struct gate *gate, struct db *db, const struct target *target, const struct db_options *options,
                    struct err *reterr)
{
    const struct section *section = config_section(gate->config, SECTION_TENANTS);
    struct tenant_rules rules = {
        .only = gate->only,
        .schemas = config_list(section, KEY_TENANTS_schemas),
        .query = config_text(section, KEY_TENANTS_query),
        .pattern = config_text(section, KEY_TENANTS_pattern),
        .exclude = config_list(section, KEY_TENANTS_exclude),
        .url_schema = target->conninfo.schema,
    };
    bool named = rules.schemas->count > 0 || *rules.query != '\0' || *rules.pattern != '\0';
    bool wanted = false;
    rules.detect = config_bool(section, KEY_TENANTS_auto) || !named;
    for (size_t i = 0; i < gate->sources.count; i++) {
        const struct gate_source *source = gate->sources.items[i];
        if (!strv_has(config_list(source->section, KEY_MIGRATIONS_schemas), "tenants"))
            continue;
        wanted = true;
        if (*source->table != '\0')
            strv_add(&rules.history_tables, source->table);
        if (rules.url_schema == NULL)
            rules.url_schema = source->expected.schema;
        if (source->expected.django_tenants) {
            rules.django_tenants = true;
            rules.tenant_table = source->expected.tenant_table;
            rules.public_schema = source->expected.public_schema;
        }
    }
    tenants_done(&gate->tenants);
    gate->tenants = (struct tenants){0};
    int code = 0;
    bool by_table = rules.detect && rules.url_schema == NULL && (rules.only == NULL || rules.only->count == 0);
    if (wanted && by_table && rules.history_tables.count == 0) {
        code = err_set(reterr, ERR_CONFIG, "framework = sql names no table by which the tenants could be found");
        err_hint(reterr, "Set tenants.schemas, tenants.query or tenants.pattern, or the table as migrations.table.");
    } else if (wanted)
        code = tenants_discover(db, &rules, options, gate->watch, gate->deadline, &gate->tenants, reterr);
    strv_done(&rules.history_tables);
    return code;
}

/* The structure of every tenant: where no source is expected in `tenants`, those are the schemas that the sources name. After
 * the histories, so that what a history says is applied must be there by now. */
static int check_structure(struct gate *gate, struct db *db, const struct target *target, const struct verify_options *options,
                           enum severity missing_schema, struct err *reterr)
{
    const struct strv *exclude = config_list(config_section(gate->config, SECTION_STRUCTURE), KEY_STRUCTURE_exclude);
    const struct structure_options structure = {
        .db = options->db, .database = target->section->name, .missing_schema = missing_schema};
    struct strmap _cleanup_strmap_ tenants = STRMAP_INIT, seen = STRMAP_INIT;
    bool all = !wants_tenants(gate);
    if (gate->assertions.count == 0)
        return 0;
    for (size_t i = 0; i < gate->tenants.names.count; i++)
        strmap_put(&tenants, gate->tenants.names.items[i], i);
    struct unit **units = mem_alloc(gate->units.count * sizeof(struct unit *));
    size_t count = 0;
    for (size_t i = 0; i < gate->units.count; i++) {
        struct unit *unit = &gate->units.items[i];
        if (strmap_get(&seen, unit->tenant) != STRMAP_NONE || (!all && strmap_get(&tenants, unit->tenant) == STRMAP_NONE) ||
            tenant_is_excluded(exclude, unit->tenant))
            continue;
        strmap_put(&seen, unit->tenant, i);
        units[count++] = unit;
    }
    int code = structure_check(db, &gate->assertions, &structure, units, count, gate->watch, gate->deadline, reterr);
    free(units);
    return code;
}

/* What cannot be decided by asking once more is final; the rest is worth another try on a new connection. */
static void judge_query_error(struct err *err)
{
    static const char *const passing[] = {"0800", "40", "53", "55", "57014", "58", "XX"};
    if (err->kind != ERR_QUERY)
        return;
    err->kind = strcmp(err->sqlstate, "42501") == 0 ? ERR_REFUSED : ERR_INTERNAL;
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        if (text_starts(err->sqlstate, passing[i]))
            err->kind = ERR_LOST;
}

static void add_time(struct gate *gate, enum report_phase phase, int64_t *began)
{
    int64_t now = clock_now_ms();
    gate->phase_ms[phase] += now - *began;
    *began = now;
}

/* Waits for the database alone. */
static int wait_for_target(struct gate *gate, const struct target *target, const struct watch *watch, struct deadline until,
                           struct db **db, struct err *reterr)
{
    int64_t began = clock_now_ms();
    int code = wait_for_database(&target->conninfo, &target->policy, watch, gate->log, until, db, reterr);
    add_time(gate, PHASE_WAIT, &began);
    return code;
}

/* Waits for the database and, side by side, for all else that must be up. */
static int wait_for_all(struct gate *gate, const struct target *target, struct db **db, struct err *reterr)
{
    struct dependencies *others = NULL;
    if (!gate->only_tenants_matter &&
        dependencies_start(gate->config, gate->env, gate->log, gate->recheck, gate->deadline, &others, reterr) != 0)
        return -1;
    const struct watch watch = {.signal_fd = gate->watch->signal_fd, .stop_fd = dependencies_failed_fd(others)};
    int code = wait_for_target(gate, target, &watch, gate->deadline, db, reterr);
    if (code == 0 || reterr->kind == ERR_DEPENDENCY) {
        int64_t began = clock_now_ms();
        err_done(reterr);
        code = dependencies_wait(others, gate->watch, reterr);
        add_time(gate, PHASE_WAIT, &began);
    }
    dependencies_free(others);
    return code;
}

/* One pass: the tenants as they are now, each judged. */
static int pass(struct gate *gate, struct db **db, const struct target *target, struct err *reterr)
{
    const struct section *tenants = config_section(gate->config, SECTION_TENANTS);
    struct verify_options options = {
        .db = {.statement_timeout_ms = target->policy.statement_timeout_ms, .lock_timeout_ms = LOCK_TIMEOUT_MS},
        .settle_ms = config_number(tenants, KEY_TENANTS_settle),
        .only_tenants = gate->only != NULL && gate->only->count > 0,
    };
    units_done(&gate->units);
    int64_t began = clock_now_ms();
    struct crew _cleanup_crew_ crew;
    crew_init(&crew, db, &target->conninfo, target->policy.attempt_ms, (size_t)config_number(target->section, KEY_DATABASE_connections));
    int code = gate_sources_ask(&gate->sources, *db, &options.db, gate->watch, gate->deadline, reterr);
    if (code == 0)
        code = discover(gate, *db, target, &options.db, reterr);
    add_time(gate, PHASE_DISCOVER, &began);
    if (code == 0)
        code = verify_all(&crew, gate->judged, gate->sources.count, &gate->tenants.names, &options, gate->watch, gate->log,
                          gate->deadline, &gate->units, reterr);
    if (code == 0)
        code = check_structure(gate, *db, target, &options, severity_of(tenants, KEY_TENANTS_missing_schema), reterr);
    add_time(gate, PHASE_VERIFY, &began);
    if (code != 0)
        judge_query_error(reterr);
    return code;
}

/* Passes until one goes through: a connection that breaks is waited for again, for database.wait from the first break on,
 * so that a server that keeps dropping us cannot keep the gate busy for ever. */
int gate_pass(struct gate *gate, const struct target *target, struct db **db, struct err *reterr)
{
    struct deadline again_until = DEADLINE_NEVER;
    struct err _cleanup_err_ last = ERR_INIT; /* what broke the pass before */
    for (unsigned tries = 0;; tries++) {
        if (*db == NULL &&
            wait_for_target(gate, target, gate->watch, deadline_min(gate->deadline, again_until), db, reterr) != 0) {
            if (reterr->kind == ERR_UNAVAILABLE && last.kind != ERR_NONE)
                err_wrap(reterr, "%s; then", last.msg);
            return -1;
        }
        if (pass(gate, db, target, reterr) == 0)
            return 0;
        if (reterr->kind != ERR_LOST)
            return -1;
        db_close(STEAL(*db));
        if (last.kind == ERR_NONE)
            again_until = (struct deadline){clock_now_ms() + target->policy.wait_ms};
        if (deadline_passed(again_until) || deadline_passed(gate->deadline))
            return -1;
        if (last.kind == ERR_NONE || strcmp(last.msg, reterr->msg) != 0)
            log_event(gate->log, LOG_WARNING, "database_lost", "%s; waiting for the database again", reterr->msg);
        err_move(&last, reterr);
        struct deadline pause = deadline_in(wait_pause_ms(&target->policy, tries, (uint32_t)clock_now_ms()));
        pause = deadline_min(pause, deadline_min(again_until, gate->deadline));
        if (watch_wait(gate->watch, -1, 0, pause, reterr) < 0)
            return -1;
        if (deadline_passed(again_until)) {
            err_move(reterr, &last);
            return -1;
        }
    }
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
            const struct finding *finding = &unit->findings.items[f];
            int64_t wait = config_number(gate->sources.items[unit->source]->section, KEY_MIGRATIONS_wait);
            if (finding->severity == SEVERITY_FAIL && finding_is_behind(finding->kind) && wait > longest)
                longest = wait;
        }
    }
    return longest;
}

/* `fresh`: the steps left a verification behind that still holds. */
static int verify(struct gate *gate, const struct target *target, bool fresh, struct err *reterr)
{
    struct db _cleanup_db_ *db = NULL;
    int64_t began = clock_now_ms();
    bool told = false;
    for (;; fresh = false) {
        if (!fresh && gate_pass(gate, target, &db, reterr) != 0)
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

static bool is_judged(const struct gate *gate, const char *tenant)
{
    for (size_t i = 0; i < gate->units.count; i++)
        if (strcmp(gate->units.items[i].tenant, tenant) == 0)
            return true;
    return false;
}

/* Of the tenants that were found, those that are there: a schema that is missing was not seen to be migrated, whatever
 * tenants.missing_schema makes of it. */
static size_t tenants_present(const struct gate *gate)
{
    struct strv _cleanup_strv_ absent = STRV_INIT;
    for (size_t i = 0; i < gate->units.count; i++)
        if (gate->units.items[i].absent && strv_has(&gate->tenants.names, gate->units.items[i].tenant))
            strv_add(&absent, gate->units.items[i].tenant);
    strv_sort(&absent);
    strv_unique(&absent);
    return gate->tenants.names.count - absent.count;
}

static bool anything_present(const struct gate *gate)
{
    for (size_t i = 0; i < gate->units.count; i++)
        if (!gate->units.items[i].absent)
            return true;
    return false;
}

/* How many tenants there must be: of those that the operator chose (--tenant), one. */
static int64_t minimum_of(const struct gate *gate)
{
    if (gate->only != NULL && gate->only->count > 0)
        return 1;
    return config_number(config_section(gate->config, SECTION_TENANTS), KEY_TENANTS_minimum);
}

bool gate_has_too_few(const struct gate *gate)
{
    return wants_tenants(gate) ? (int64_t)tenants_present(gate) < minimum_of(gate) : !anything_present(gate);
}

/* Were enough tenants judged? An empty list never opens the gate, unless the configuration says that it may. */
static bool enough_tenants(struct gate *gate)
{
    for (size_t i = 0; gate->only != NULL && i < gate->only->count; i++) {
        if (is_judged(gate, gate->only->items[i]))
            continue;
        char _cleanup_free_ *shown = text_escaped(gate->only->items[i]);
        err_set(&gate->error, ERR_CONFIG, "no source of migrations is expected in the tenant %s", shown);
        err_hint(&gate->error, "See migrations.schemas: only with `tenants` in it a source is expected in every tenant.");
        return false;
    }
    if (!gate_has_too_few(gate))
        return true;
    err_set(&gate->error, ERR_CONFIG, "there are %zu tenants, but tenants.minimum is %lld", tenants_present(gate),
            (long long)minimum_of(gate));
    err_hint(&gate->error, "Does the tenant query (or the other sources of tenants) see the right database? For a new "
                           "service without tenants set tenants.minimum = 0.");
    return false;
}

/* The findings' part of the report. */
static void conclude(struct gate *gate, struct report *ret)
{
    bool enough = enough_tenants(gate);
    size_t failed = report_count(ret).failed;
    ret->open = failed == 0 && enough;
    ret->exit_code = ret->open ? EXIT_OPEN : EXIT_NOT_MIGRATED;
    ret->reason = ret->open ? "open" : failed > 0 ? "tenants_not_migrated" : "too_few_tenants";
    if (!enough && failed == 0) {
        ret->error = gate->error.msg;
        ret->hint = gate->error.hint;
    }
    report_add_remedies(ret);
}

static void add_sources(const struct gate *gate, struct report *ret)
{
    ret->sources = mem_alloc(gate->sources.count * sizeof *ret->sources);
    for (size_t i = 0; i < gate->sources.count; i++) {
        const struct gate_source *source = gate->sources.items[i];
        if (source->digest == NULL)
            continue;
        ret->sources[ret->source_count++] = (struct report_source){
            .name = source->section->name,
            .framework = framework_row(source->expected.framework)->name,
            .expected = source->expected.count,
            .digest = source->digest,
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
    struct target target = {0};
    struct db _cleanup_db_ *db = NULL;
    ret->phase_ms = gate->phase_ms;
    if (make_target(gate, &target, &gate->error) == 0 && wait_for_all(gate, &target, &db, &gate->error) == 0) {
        ret->open = true;
        ret->reason = "open";
        ret->duration_ms = clock_now_ms() - gate->began_ms;
    } else {
        gate_report_error(gate, ret);
    }
    conninfo_done(&target.conninfo);
}

void gate_verify(struct gate *gate, struct report *ret)
{
    struct target target = {0};
    bool fresh = false;
    ret->phase_ms = gate->phase_ms;
    int64_t began = clock_now_ms();
    int code = gate_steps_read(gate, &gate->error);
    if (code == 0)
        code = gate_sources_read(gate->config, gate->env, gate->log, &gate->sources, &gate->error);
    add_time(gate, PHASE_EXPECTED, &began);
    if (code == 0)
        code = make_target(gate, &target, &gate->error);
    if (code == 0) {
        code = prepare_sources(gate, &target, &gate->error);
    }
    if (code == 0) {
        code = assertions_read(config_section(gate->config, SECTION_STRUCTURE), &gate->assertions, &gate->error);
    }
    if (code == 0 && config_next(gate->config, SECTION_WAIT, NULL) != NULL && !gate->only_tenants_matter) {
        /* Before the steps, which may need them. The connection is not kept: steps may take long. */
        struct db _cleanup_db_ *db = NULL;
        code = wait_for_all(gate, &target, &db, &gate->error);
    }
    if (code == 0) {
        code = gate_steps_before(gate, &target, &fresh, &gate->error);
    }
    if (code == 0) {
        code = verify(gate, &target, fresh, &gate->error);
    }
    add_sources(gate, ret);
    if (code == 0) {
        ret->judged = gate->judged;
        ret->units = &gate->units;
        ret->role = gate->assertions.role;
        ret->excluded = &gate->tenants.excluded;
        conclude(gate, ret);
        if (ret->open && gate_steps_after(gate, &target, &gate->error) != 0)
            gate_report_error(gate, ret);
        ret->duration_ms = clock_now_ms() - gate->began_ms;
        if (gate->tenants.excluded.count > 0) {
            struct buf _cleanup_buf_ names = BUF_INIT;
            text_join(&names, &gate->tenants.excluded, 20);
            log_event(gate->log, LOG_WARNING, "tenants_excluded", "left out on purpose and NOT verified (tenants.exclude): %s",
                      buf_text(&names));
        }
    } else {
        gate_report_error(gate, ret);
    }
    conninfo_done(&target.conninfo);
}
