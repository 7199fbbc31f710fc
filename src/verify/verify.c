/* Verification: every tenant of every source. */
#include "verify/verify.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/progress.h"
#include "verify/history.h"
#include "verify/opinion.h"

/* Tenants a round trip: bounds the memory that answers take. */
#define CHUNK 100
/* Between two looks at a tenant that looks behind or was locked. */
#define SETTLE_STEP_MS 300
/* Looks at a tenant whose table changes or is locked, before that is the finding. */
#define CHANGED_TRIES 4

void units_done(struct units *units)
{
    for (size_t i = 0; i < units->count; i++)
        findings_done(&units->items[i].findings);
    free(units->items);
    *units = (struct units){0};
}

struct verifying {
    struct db *db;
    const struct verify_source *sources;
    const struct verify_options *options;
    const struct watch *watch;
    const struct log *log;
    struct deadline until;
    struct units *units;
};

/* The last verdict: most tenants are in the same state as the one before them. */
struct memo {
    struct recorded recorded;
    struct verdict verdict;
};

static void memo_done(struct memo *memo)
{
    recorded_done(&memo->recorded);
    verdict_done(&memo->verdict);
}

static bool lists_equal(const struct strv *a, const struct strv *b)
{
    bool equal = a->count == b->count;
    for (size_t i = 0; i < a->count && equal; i++)
        equal = strcmp(a->items[i], b->items[i]) == 0;
    return equal;
}

/* Takes over what is recorded, and judges it unless it is the same again. */
static void memo_judge(struct memo *memo, const struct judge *judge, struct recorded *recorded)
{
    if (memo->recorded.applied != NULL && memcmp(memo->recorded.applied, recorded->applied, judge_key_count(judge)) == 0 &&
        lists_equal(&memo->recorded.unknown, &recorded->unknown))
        return;
    memo_done(memo);
    *memo = (struct memo){.recorded = *recorded};
    *recorded = (struct recorded){0};
    judge_tenant(judge, &memo->recorded, &memo->verdict);
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

/* Reads and judges these units, which all belong to one source. `changed` counts those that are worth another look at
 * once. */
static int judge_units(const struct verifying *v, struct unit **units, size_t count, struct memo *memo, struct err *reterr)
{
    const struct verify_source *source = &v->sources[units[0]->source];
    const struct history_table table = {.judge = source->judge, .table = source->table, .columns = source->framework->columns,
                                        .column_count = framework_column_count(source->framework)};
    const char *schemas[CHUNK];
    struct history histories[CHUNK];
    for (size_t i = 0; i < count; i++)
        schemas[i] = units[i]->tenant;
    for (int attempt = 1;; attempt++) {
        if (history_read(v->db, &table, schemas, count, &v->options->db, v->watch, v->until, histories, reterr) != 0)
            return -1;
        size_t changed = 0;
        for (size_t i = 0; i < count; i++)
            changed += histories[i].state == HISTORY_CHANGED;
        if (changed == 0 || attempt == CHANGED_TRIES)
            break;
        for (size_t i = 0; i < count; i++)
            history_done(&histories[i]);
        if (watch_wait(v->watch, -1, 0, deadline_min(v->until, deadline_in(SETTLE_STEP_MS)), reterr) < 0)
            return -1;
    }
    for (size_t i = 0; i < count; i++) {
        struct unit *unit = units[i];
        findings_done(&unit->findings);
        unit->applied = unit->pending = unit->unknown = 0;
        unit->rows = histories[i].rows;
        unit->absent = histories[i].state == HISTORY_NO_SCHEMA;
        if (histories[i].state == HISTORY_READ) {
            memo_judge(memo, source->judge, &histories[i].recorded);
            opinion_on_verdict(source, &memo->recorded, &memo->verdict, unit);
        } else {
            opinion_on_state(source, &histories[i], unit);
        }
        history_done(&histories[i]);
    }
    return 0;
}

/* Judges the units of the list, chunk by chunk within each source. */
static int judge_list(const struct verifying *v, struct unit **list, size_t count, struct err *reterr)
{
    struct memo memo = {0};
    int code = 0;
    for (size_t at = 0, size = 0; at < count && code == 0; at += size) {
        size = 1;
        while (size < CHUNK && at + size < count && list[at + size]->source == list[at]->source)
            size++;
        if (at > 0 && list[at]->source != list[at - 1]->source) {
            memo_done(&memo);
            memo = (struct memo){0};
        }
        code = judge_units(v, list + at, size, &memo, reterr);
        progress_add_tenants(v->log, size);
    }
    memo_done(&memo);
    return code;
}

static bool looks_behind(const struct unit *unit)
{
    for (size_t i = 0; i < unit->findings.count; i++) {
        enum finding_kind kind = unit->findings.items[i].kind;
        if (kind == FINDING_PENDING || kind == FINDING_NO_HISTORY_TABLE || kind == FINDING_INCONSISTENT ||
            kind == FINDING_MISSING_SCHEMA)
            return true;
    }
    return false;
}

/* A tenant that looks behind may just be being migrated: it is read again, and as long as its history grows, again. */
static int settle(const struct verifying *v, struct unit **list, size_t count, struct err *reterr)
{
    struct deadline end = deadline_min(v->until, deadline_in(v->options->settle_ms));
    size_t _cleanup_free_ *rows = mem_alloc(count * sizeof *rows);
    bool told = false;
    while (count > 0 && v->options->settle_ms > 0 && !deadline_passed(end)) {
        if (watch_wait(v->watch, -1, 0, deadline_min(end, deadline_in(SETTLE_STEP_MS)), reterr) < 0)
            return -1;
        for (size_t i = 0; i < count; i++)
            rows[i] = list[i]->rows;
        if (judge_list(v, list, count, reterr) != 0)
            return -1;
        size_t growing = 0;
        for (size_t i = 0; i < count; i++)
            if (looks_behind(list[i]) && list[i]->rows > rows[i])
                list[growing++] = list[i];
        count = growing;
        if (count > 0 && !told)
            log_event(v->log, LOG_INFO, "tenants_settling", "%zu tenants are being migrated right now; reading them again",
                      count);
        told = true;
    }
    return 0;
}

int verify_all(struct db *db, const struct verify_source *sources, size_t source_count, const struct strv *tenants,
               const struct verify_options *options, const struct watch *watch, const struct log *log,
               struct deadline until, struct units *ret, struct err *reterr)
{
    const struct verifying v = {.db = db, .sources = sources, .options = options, .watch = watch, .log = log,
                                .until = until, .units = ret};
    list_units(sources, source_count, tenants, options->only_tenants, ret);
    progress_expect_tenants(log, ret->count);
    struct unit **list = mem_alloc(ret->count * sizeof(struct unit *));
    for (size_t i = 0; i < ret->count; i++)
        list[i] = &ret->items[i];
    int code = judge_list(&v, list, ret->count, reterr);
    size_t behind = 0;
    for (size_t i = 0; i < ret->count && code == 0; i++)
        if (looks_behind(&ret->items[i]))
            list[behind++] = &ret->items[i];
    if (code == 0)
        code = settle(&v, list, behind, reterr);
    free(list);
    return code;
}
