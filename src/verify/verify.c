/* Verification: every tenant of every source. */
#include "verify/verify.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/progress.h"
#include "verify/round.h"

/* Between two looks at a tenant that looks behind. */
#define SETTLE_STEP_MS 300

void units_done(struct units *units)
{
    for (size_t i = 0; i < units->count; i++)
        findings_done(&units->items[i].findings);
    free(units->items);
    *units = (struct units){0};
}

static void add_unit(struct units *units, size_t source, const char *tenant)
{
    MEM_GROW(units->items, units->count, units->cap);
    units->items[units->count++] = (struct unit){.source = source, .tenant = tenant};
}

/* Which schemas each source is expected in: each once, in order. */
static void list_units(const struct verify_source *sources, size_t count, const struct strv *tenants, bool only_tenants,
                       struct units *ret)
{
    for (size_t s = 0; s < count; s++) {
        struct strmap _cleanup_strmap_ seen = STRMAP_INIT;
        for (size_t i = 0; i < sources[s].schemas->count; i++) {
            const char *name = sources[s].schemas->items[i];
            bool all = strcmp(name, "tenants") == 0;
            for (size_t t = 0; t < (all ? tenants->count : 1); t++) {
                const char *schema = all ? tenants->items[t] : name;
                if (strmap_get(&seen, schema) != STRMAP_NONE || (only_tenants && !strv_has(tenants, schema)))
                    continue;
                strmap_put(&seen, schema, 0);
                add_unit(ret, s, schema);
            }
        }
    }
}

static bool looks_behind(const struct unit *unit)
{
    for (size_t i = 0; i < unit->findings.count; i++) {
        enum finding_kind kind = unit->findings.items[i].kind;
        /* What is recorded as failed may be running: most frameworks' rows do not tell these apart. */
        if (kind == FINDING_PENDING || kind == FINDING_NO_HISTORY_TABLE || kind == FINDING_INCONSISTENT ||
            kind == FINDING_MISSING_SCHEMA || kind == FINDING_FAILED)
            return true;
    }
    return false;
}

/* Grows while a tenant is being migrated, also where one row says how far it is. */
static size_t progress_of(const struct unit *unit)
{
    return unit->rows + unit->applied;
}

/* A tenant that looks behind may just be being migrated: it is read again, and as long as its history grows, again. */
static int settle(const struct round *r, int64_t settle_ms, struct unit **list, size_t count, struct err *reterr)
{
    struct deadline end = deadline_min(r->until, deadline_in(settle_ms));
    size_t _cleanup_free_ *rows = mem_alloc(count * sizeof *rows);
    bool told = false;
    while (count > 0 && settle_ms > 0 && !deadline_passed(end)) {
        if (watch_wait(r->watch, -1, 0, deadline_min(end, deadline_in(SETTLE_STEP_MS)), reterr) < 0)
            return -1;
        for (size_t i = 0; i < count; i++)
            rows[i] = progress_of(list[i]);
        if (round_judge(r, list, count, reterr) != 0)
            return -1;
        size_t growing = 0;
        for (size_t i = 0; i < count; i++)
            if (looks_behind(list[i]) && progress_of(list[i]) > rows[i])
                list[growing++] = list[i];
        count = growing;
        if (count > 0 && !told)
            log_event(r->log, LOG_INFO, "tenants_settling", "%zu tenants are being migrated right now; reading them again",
                      count);
        told = true;
    }
    return 0;
}

int verify_all(struct crew *crew, const struct verify_source *sources, size_t source_count, const struct strv *tenants,
               const struct verify_options *options, const struct watch *watch, const struct log *log,
               struct deadline until, struct units *ret, struct err *reterr)
{
    const struct round r = {
        .crew = crew, .sources = sources, .db = &options->db, .watch = watch, .log = log, .until = until};
    list_units(sources, source_count, tenants, options->only_tenants, ret);
    progress_expect_tenants(log, ret->count);
    struct unit **list = mem_alloc(ret->count * sizeof(struct unit *));
    for (size_t i = 0; i < ret->count; i++)
        list[i] = &ret->items[i];
    int code = round_judge(&r, list, ret->count, reterr);
    size_t behind = 0;
    for (size_t i = 0; i < ret->count && code == 0; i++)
        if (looks_behind(&ret->items[i]))
            list[behind++] = &ret->items[i];
    if (code == 0)
        code = settle(&r, options->settle_ms, list, behind, reterr);
    free(list);
    return code;
}
