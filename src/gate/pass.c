/* One database: its tenants found and judged. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "base/text.h"
#include "gate/gate_private.h"
#include "gate/queries.h"
#include "structure/structure.h"
#include "wait/wait.h"

/* A tenant's table may be locked by its migration: longer than this is no moment. */
#define LOCK_TIMEOUT_MS 2000

enum severity gate_severity(const struct section *section, enum key_id key)
{
    const char *word = config_choice(section, key);
    return strcmp(word, "ignore") == 0 ? SEVERITY_IGNORE : strcmp(word, "warn") == 0 ? SEVERITY_WARN : SEVERITY_FAIL;
}

static struct verify_source source_in(const struct gate *gate, const struct gate_source *source, const char *database)
{
    const struct section *tenants = config_section(gate->config, SECTION_TENANTS), *section = source->section;
    struct verify_source in = {
        .name = section->name,
        .database = database,
        .framework = framework_row(source->expected.framework),
        .judge = &source->judge,
        .table = source->table,
        .query = source->query,
        .schemas = config_list(section, KEY_MIGRATIONS_schemas),
        .severity =
            {
                [FINDING_MISSING_SCHEMA] = gate_severity(tenants, KEY_TENANTS_missing_schema),
                [FINDING_PENDING] = gate_severity(section, KEY_MIGRATIONS_pending),
                [FINDING_INCONSISTENT] = gate_severity(section, KEY_MIGRATIONS_inconsistent),
                [FINDING_FAILED] = gate_severity(section, KEY_MIGRATIONS_failed),
                [FINDING_CHANGED] = gate_severity(section, KEY_MIGRATIONS_changed),
                [FINDING_UNKNOWN] = gate_severity(section, KEY_MIGRATIONS_unknown),
                [FINDING_OUT_OF_ORDER] = gate_severity(section, KEY_MIGRATIONS_out_of_order),
            },
        .unknown_auto = strcmp(config_choice(section, KEY_MIGRATIONS_unknown), "auto") == 0,
    };
    /* Unless it was asked for, an edited file is as grave as the framework itself takes it. */
    if (in.framework->tolerates_changes && !config_is_set(section, KEY_MIGRATIONS_changed))
        in.severity[FINDING_CHANGED] = SEVERITY_WARN;
    return in;
}

struct verify_source *gate_sources_all(const struct gate *gate)
{
    struct verify_source *all = mem_alloc(gate->sources.count * sizeof *all);
    for (size_t i = 0; i < gate->sources.count; i++)
        all[i] = source_in(gate, gate->sources.items[i], "default");
    return all;
}

int gate_sources_prepare(const struct gate *gate, struct gate_database *database, struct err *reterr)
{
    const struct section *tenants = config_section(gate->config, SECTION_TENANTS);
    const struct section *structure = config_section(gate->config, SECTION_STRUCTURE);
    database->has_tenants = gate_database_is_in(database, config_list(tenants, KEY_TENANTS_databases));
    database->has_structure = gate_database_is_in(database, config_list(structure, KEY_STRUCTURE_databases));
    database->judged = mem_resize(database->judged, gate->sources.count, sizeof *database->judged);
    database->source_of = mem_resize(database->source_of, gate->sources.count, sizeof *database->source_of);
    database->judged_count = 0;
    for (size_t i = 0; i < gate->sources.count; i++) {
        const struct gate_source *source = gate->sources.items[i];
        if (config_list(source->section, KEY_MIGRATIONS_schemas)->count == 0)
            return err_set(reterr, ERR_CONFIG, "migrations.schemas is empty: the migrations of '%s' would be looked for nowhere",
                           source->section->name);
        if (!gate_database_is_in(database, config_list(source->section, KEY_MIGRATIONS_databases)))
            continue;
        database->judged[database->judged_count] = source_in(gate, source, database->name);
        database->source_of[database->judged_count++] = i;
    }
    return 0;
}

static bool expects_tenants(const struct verify_source *source)
{
    return strv_has(source->schemas, "tenants");
}

bool gate_wants_tenants(const struct gate *gate)
{
    for (size_t i = 0; i < gate->sources.count; i++)
        if (strv_has(config_list(gate->sources.items[i]->section, KEY_MIGRATIONS_schemas), "tenants"))
            return true;
    return false;
}

static bool has_only(const struct gate *gate)
{
    return gate->only != NULL && gate->only->count > 0;
}

/* Of the tenants of one database among many those that --tenant names. */
static void keep_only(const struct strv *only, struct strv *names)
{
    struct strv kept = STRV_INIT;
    for (size_t i = 0; i < names->count; i++)
        if (strv_has(only, names->items[i]))
            strv_add(&kept, names->items[i]);
    strv_done(names);
    *names = kept;
}

static int discover(const struct gate *gate, struct gate_database *database, const struct db_options *options,
                    const struct watch *watch, struct err *reterr)
{
    const struct section *section = config_section(gate->config, SECTION_TENANTS);
    /* A tenant that --tenant names is looked for where it is; in the only database, it is looked for there. A database that it
     * names is judged whole. */
    bool narrow = has_only(gate) && !(database->listed && strv_has(gate->only, database->name));
    struct tenant_rules rules = {
        .only = narrow && !gate_has_many(gate) ? gate->only : NULL,
        .schemas = config_list(section, KEY_TENANTS_schemas),
        .query = config_text(section, KEY_TENANTS_query),
        .pattern = config_text(section, KEY_TENANTS_pattern),
        .exclude = config_list(section, KEY_TENANTS_exclude),
        .url_schema = database->conninfo.schema,
    };
    bool named = rules.schemas->count > 0 || *rules.query != '\0' || *rules.pattern != '\0';
    bool wanted = false;
    rules.detect = config_bool(section, KEY_TENANTS_auto) || !named;
    for (size_t i = 0; i < database->judged_count; i++) {
        const struct gate_source *source = gate->sources.items[database->source_of[i]];
        if (!expects_tenants(&database->judged[i]))
            continue;
        wanted = database->has_tenants;
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
    tenants_done(&database->tenants);
    database->tenants = (struct tenants){0};
    int code = 0;
    bool by_table = rules.detect && rules.url_schema == NULL && (rules.only == NULL || rules.only->count == 0);
    if (wanted && by_table && rules.history_tables.count == 0) {
        code = err_set(reterr, ERR_CONFIG, "framework = sql names no table by which the tenants could be found");
        err_hint(reterr, "Set tenants.schemas, tenants.query or tenants.pattern, or the table as migrations.table.");
    } else if (wanted)
        code = tenants_discover(database->db, &rules, options, watch, gate->deadline, &database->tenants, reterr);
    if (code == 0 && narrow && gate_has_many(gate))
        keep_only(gate->only, &database->tenants.names);
    strv_done(&rules.history_tables);
    return code;
}

/* The structure of every tenant: where no source is expected in `tenants`, those are the schemas that the sources name. After
 * the histories, so that what a history says is applied must be there by now. */
static int check_structure(const struct gate *gate, struct gate_database *database, struct crew *crew,
                           const struct db_options *options, const struct watch *watch, struct err *reterr)
{
    const struct strv *exclude = config_list(config_section(gate->config, SECTION_STRUCTURE), KEY_STRUCTURE_exclude);
    const struct structure_options structure = {
        .db = *options, .database = database->name,
        .missing_schema = gate_severity(config_section(gate->config, SECTION_TENANTS), KEY_TENANTS_missing_schema)};
    struct strmap _cleanup_strmap_ tenants = STRMAP_INIT, seen = STRMAP_INIT;
    bool all = !gate_wants_tenants(gate);
    if (gate->assertions.count == 0 || !database->has_structure)
        return 0;
    for (size_t i = 0; i < database->tenants.names.count; i++)
        strmap_put(&tenants, database->tenants.names.items[i], i);
    struct unit **units = mem_alloc(database->units.count * sizeof(struct unit *));
    size_t count = 0;
    for (size_t i = 0; i < database->units.count; i++) {
        struct unit *unit = &database->units.items[i];
        if (strmap_get(&seen, unit->tenant) != STRMAP_NONE || (!all && strmap_get(&tenants, unit->tenant) == STRMAP_NONE) ||
            tenant_is_excluded(exclude, unit->tenant))
            continue;
        strmap_put(&seen, unit->tenant, i);
        units[count++] = unit;
    }
    int code = structure_check(crew, &gate->assertions, &structure, units, count, watch, gate->deadline, reterr);
    free(units);
    return code;
}

void gate_judge_query_error(struct err *err)
{
    static const char *const passing[] = {"0800", "40", "53", "55", "57014", "58", "XX"};
    if (err->kind != ERR_QUERY)
        return;
    err->kind = strcmp(err->sqlstate, "42501") == 0 ? ERR_REFUSED : ERR_INTERNAL;
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        if (text_starts(err->sqlstate, passing[i]))
            err->kind = ERR_LOST;
}

static void add_time(struct gate_database *database, enum report_phase phase, int64_t *began)
{
    int64_t now = clock_now_ms();
    database->phase_ms[phase] += now - *began;
    *began = now;
}

int gate_wait_one(const struct gate *gate, struct gate_database *database, const struct watch *watch, struct deadline until,
                  struct err *reterr)
{
    int64_t began = clock_now_ms();
    int code = wait_for_database(&database->conninfo, &database->policy, watch, gate->log, until, &database->db, reterr);
    add_time(database, PHASE_WAIT, &began);
    return code;
}

/* One pass: the tenants as they are now, each judged. */
static int pass(const struct gate *gate, struct gate_database *database, const struct watch *watch, struct err *reterr)
{
    const struct verify_options options = {
        .db = {.statement_timeout_ms = database->policy.statement_timeout_ms, .lock_timeout_ms = LOCK_TIMEOUT_MS},
        .settle_ms = config_number(config_section(gate->config, SECTION_TENANTS), KEY_TENANTS_settle),
        .only_tenants = has_only(gate),
    };
    units_done(&database->units);
    int64_t began = clock_now_ms();
    struct crew _cleanup_crew_ crew;
    crew_init(&crew, &database->db, &database->conninfo, database->policy.attempt_ms, database->connections);
    int code = gate_ask(gate, database, &options.db, watch, reterr);
    if (code == 0)
        code = discover(gate, database, &options.db, watch, reterr);
    add_time(database, PHASE_DISCOVER, &began);
    if (code == 0)
        code = verify_all(&crew, database->judged, database->judged_count, &database->tenants.names, &options, watch,
                          gate->log, gate->deadline, &database->units, reterr);
    if (code == 0)
        code = check_structure(gate, database, &crew, &options.db, watch, reterr);
    add_time(database, PHASE_VERIFY, &began);
    if (code != 0)
        gate_judge_query_error(reterr);
    return code;
}

/* A connection that breaks is waited for again, for database.wait from the first break on, so that a server that keeps
 * dropping us cannot keep the gate busy for ever. */
int gate_pass_one(const struct gate *gate, struct gate_database *database, const struct watch *watch, struct err *reterr)
{
    struct deadline again_until = DEADLINE_NEVER;
    struct err _cleanup_err_ last = ERR_INIT; /* what broke the pass before */
    for (unsigned tries = 0;; tries++) {
        if (database->db == NULL &&
            gate_wait_one(gate, database, watch, deadline_min(gate->deadline, again_until), reterr) != 0) {
            if (reterr->kind == ERR_UNAVAILABLE && last.kind != ERR_NONE)
                err_wrap(reterr, "%s; then", last.msg);
            return -1;
        }
        if (pass(gate, database, watch, reterr) == 0)
            return 0;
        if (reterr->kind != ERR_LOST)
            return -1;
        db_close(STEAL(database->db));
        if (last.kind == ERR_NONE)
            again_until = (struct deadline){clock_now_ms() + database->policy.wait_ms};
        if (deadline_passed(again_until) || deadline_passed(gate->deadline))
            return -1;
        if (last.kind == ERR_NONE || strcmp(last.msg, reterr->msg) != 0)
            log_event(gate->log, LOG_WARNING, "database_lost", "%s; waiting for the database again", reterr->msg);
        err_move(&last, reterr);
        struct deadline pause = deadline_in(wait_pause_ms(&database->policy, tries, (uint32_t)clock_now_ms()));
        pause = deadline_min(pause, deadline_min(again_until, gate->deadline));
        if (watch_wait(watch, -1, 0, pause, reterr) < 0)
            return -1;
        if (deadline_passed(again_until)) {
            err_move(reterr, &last);
            return -1;
        }
    }
}
