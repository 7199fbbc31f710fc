/* Verification: every tenant of every source. */
#include "verify/verify.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "verify/history.h"

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
    unsigned char *applied;
    bool unknown;
    struct verdict verdict;
};

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

static struct finding *add(const struct verifying *v, struct unit *unit, enum finding_kind kind, enum severity severity)
{
    const struct verify_source *source = &v->sources[unit->source];
    return findings_add(&unit->findings, kind, severity, source->database, source->name, unit->tenant);
}

/* "3 of 214 migrations are not applied: a, b and c" */
static char *list_sentence(const char *what, const struct strv *items)
{
    struct buf text = BUF_INIT;
    buf_printf(&text, "%s: ", what);
    text_join(&text, items, 8);
    return buf_steal(&text);
}

static void judge_rows(const struct verifying *v, struct unit *unit, const struct history *history, struct memo *memo)
{
    const struct verify_source *source = &v->sources[unit->source];
    size_t keys = judge_key_count(source->judge);
    bool unknown = history->unknown.count > 0;
    if (memo->applied == NULL || memo->unknown != unknown || memcmp(memo->applied, history->applied, keys) != 0) {
        memo->applied = mem_resize(memo->applied, keys, 1);
        memcpy(memo->applied, history->applied, keys);
        memo->unknown = unknown;
        verdict_done(&memo->verdict);
        judge_tenant(source->judge, memo->applied, history->unknown.count, &memo->verdict);
    }
    const struct verdict *verdict = &memo->verdict;
    unit->applied = verdict->applied;
    unit->pending = verdict->pending.count;
    unit->unknown = history->unknown.count;
    if (verdict->conflicts.count > 0) {
        struct finding *finding = add(v, unit, FINDING_CONFLICT, SEVERITY_FAIL);
        strv_add_all(&finding->items, &verdict->conflicts);
        finding->message = list_sentence("the framework would stop here", &verdict->conflicts);
    }
    if (verdict->pending.count > 0 && source->pending != SEVERITY_IGNORE) {
        struct finding *finding = add(v, unit, FINDING_PENDING, source->pending);
        char _cleanup_free_ *what = mem_printf("%zu of %zu migrations %s not applied", verdict->pending.count,
                                               source->judge->expected->count, verdict->pending.count == 1 ? "is" : "are");
        strv_add_all(&finding->items, &verdict->pending);
        finding->message = list_sentence(what, &verdict->pending);
    }
    if (verdict->inconsistent.count > 0 && source->inconsistent != SEVERITY_IGNORE) {
        struct finding *finding = add(v, unit, FINDING_INCONSISTENT, source->inconsistent);
        strv_add_all(&finding->items, &verdict->inconsistent);
        finding->message = list_sentence("the history contradicts the order of the migrations", &verdict->inconsistent);
    }
    enum severity severity = source->unknown_auto ? verdict->unknown_undecides ? SEVERITY_FAIL : SEVERITY_WARN
                                                  : source->unknown;
    if (unknown && severity != SEVERITY_IGNORE) {
        struct finding *finding = add(v, unit, FINDING_UNKNOWN, severity);
        strv_add_all(&finding->items, &history->unknown);
        finding->message =
            list_sentence(verdict->unknown_undecides
                              ? "recorded, but in no file of this image, so that what is applied cannot be told"
                              : "recorded, but in no file of this image (the database is ahead)",
                          &history->unknown);
    }
}

static const struct {
    enum finding_kind kind;
    const char *message; /* %1$s table, %2$s columns, %3$s the server's words */
} state_findings[] = {
    [HISTORY_NO_SCHEMA] = {FINDING_MISSING_SCHEMA, "there is no such schema"},
    [HISTORY_NO_TABLE] = {FINDING_NO_HISTORY_TABLE, "no table %1$s: it was never migrated"},
    [HISTORY_NOT_A_TABLE] = {FINDING_NO_HISTORY_TABLE, "%1$s is a view or foreign table, not a history of its own"},
    [HISTORY_NO_COLUMNS] = {FINDING_UNDECIDED, "%1$s does not have the columns %2$s: another framework's table?"},
    [HISTORY_NO_SCHEMA_RIGHT] = {FINDING_NO_PRIVILEGE, "the role has no USAGE on the schema"},
    [HISTORY_NO_TABLE_RIGHT] = {FINDING_NO_PRIVILEGE, "the role may not SELECT from %1$s"},
    [HISTORY_ROW_SECURITY] = {FINDING_NO_PRIVILEGE, "row-level security on %1$s would hide rows from the role"},
    [HISTORY_NULL] = {FINDING_UNDECIDED, "%1$s holds a row with a null"},
    [HISTORY_FAILED] = {FINDING_UNDECIDED, "%1$s cannot be read: %3$s"},
    [HISTORY_CHANGED] = {FINDING_UNDECIDED, "%1$s is being changed or locked by another session: %3$s"},
};

static void judge_state(const struct verifying *v, struct unit *unit, const struct history *history)
{
    const struct verify_source *source = &v->sources[unit->source];
    enum finding_kind kind = state_findings[history->state].kind;
    enum severity severity = kind == FINDING_MISSING_SCHEMA ? v->options->missing_schema : SEVERITY_FAIL;
    if (severity == SEVERITY_IGNORE)
        return;
    char _cleanup_free_ *table = text_escaped(source->table);
    char _cleanup_free_ *columns = mem_printf("%s%s%s", source->framework->columns[0], source->framework->columns[1] ? ", " : "",
                                              source->framework->columns[1] ? source->framework->columns[1] : "");
    char _cleanup_free_ *detail = history->detail ? text_escaped(history->detail) : mem_strdup("");
    struct buf _cleanup_buf_ text = BUF_INIT;
    for (const char *p = state_findings[history->state].message; *p != '\0'; p++) {
        if (*p != '%') {
            buf_putc(&text, *p);
            continue;
        }
        buf_puts(&text, p[1] == '1' ? table : p[1] == '2' ? columns : detail);
        p += strlen("1$s");
    }
    add(v, unit, kind, severity)->message = buf_steal(&text);
    if (history->state == HISTORY_NO_TABLE)
        unit->pending = source->judge->expected->count;
}

/* Reads and judges these units, which all belong to one source. `changed` counts those that are worth another look at
 * once. */
static int judge_units(const struct verifying *v, struct unit **units, size_t count, struct memo *memo, struct err *reterr)
{
    const struct verify_source *source = &v->sources[units[0]->source];
    const struct history_table table = {.judge = source->judge, .table = source->table, .columns = source->framework->columns};
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
        if (histories[i].state == HISTORY_READ)
            judge_rows(v, unit, &histories[i], memo);
        else
            judge_state(v, unit, &histories[i]);
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
            free(memo.applied);
            verdict_done(&memo.verdict);
            memo = (struct memo){0};
        }
        code = judge_units(v, list + at, size, &memo, reterr);
    }
    free(memo.applied);
    verdict_done(&memo.verdict);
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
