/* The verdict on all databases together. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "gate/gate_private.h"
#include "gate/outcome.h"

static bool is_judged(const struct gate *gate, const char *tenant)
{
    for (size_t i = 0; i < gate->units.count; i++)
        if (strcmp(gate->units.items[i].tenant, tenant) == 0)
            return true;
    for (size_t i = 0; i < gate->databases.count; i++)
        if (gate->databases.items[i]->listed && strcmp(gate->databases.items[i]->name, tenant) == 0)
            return true;
    return false;
}

/* Of the tenants that were found, those that are there: a schema that is missing was not seen to be migrated, whatever
 * tenants.missing_schema makes of it. */
static size_t present_in(const struct gate_database *database)
{
    struct strv _cleanup_strv_ absent = STRV_INIT;
    for (size_t i = 0; i < database->units.count; i++)
        if (database->units.items[i].absent && strv_has(&database->tenants.names, database->units.items[i].tenant))
            strv_add(&absent, database->units.items[i].tenant);
    strv_sort(&absent);
    strv_unique(&absent);
    return database->tenants.names.count - absent.count;
}

static size_t tenants_present(const struct gate *gate)
{
    size_t count = 0;
    for (size_t i = 0; i < gate->databases.count; i++)
        count += present_in(gate->databases.items[i]);
    return count;
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
    return gate_wants_tenants(gate) ? (int64_t)tenants_present(gate) < minimum_of(gate) : !anything_present(gate);
}

/* Were enough tenants judged? An empty list never opens the gate, unless the configuration says that it may. */
static bool enough_tenants(struct gate *gate)
{
    for (size_t i = 0; gate->only != NULL && i < gate->only->count; i++) {
        if (is_judged(gate, gate->only->items[i]))
            continue;
        char _cleanup_free_ *shown = text_escaped(gate->only->items[i]);
        if (gate_has_many(gate)) {
            err_set(&gate->error, ERR_CONFIG, "the tenant %s is in none of the databases", shown);
            err_hint(&gate->error, "With several databases it must be one of the tenants that are found there.");
            return false;
        }
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
void gate_conclude(struct gate *gate, struct report *ret)
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

void gate_show(struct gate *gate, struct report *ret)
{
    ret->judged = gate->judged;
    ret->units = &gate->units;
    ret->many_databases = gate_has_many(gate);
    free(ret->databases);
    ret->databases = mem_alloc(gate->databases.count * sizeof *ret->databases);
    ret->database_count = gate->databases.count;
    for (size_t i = 0; i < gate->databases.count; i++)
        ret->databases[i] = (struct report_database){gate->databases.items[i]->name, gate->databases.items[i]->error.msg,
                                                         gate->databases.items[i]->listed};
    ret->role = gate->assertions.role;
    ret->excluded = &gate->excluded;
}
