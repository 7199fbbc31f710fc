/* Findings: what is wrong with a tenant. */
#include "verify/finding.h"

#include <stdlib.h>

#include "base/mem.h"

void findings_done(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->items[i].tenant);
        free(findings->items[i].message);
        strv_done(&findings->items[i].items);
    }
    free(findings->items);
    *findings = FINDINGS_INIT;
}

struct finding *findings_add(struct findings *findings, enum finding_kind kind, enum severity severity,
                             const char *database, const char *source, const char *tenant)
{
    MEM_GROW(findings->items, findings->count, findings->cap);
    struct finding *finding = &findings->items[findings->count++];
    *finding = (struct finding){
        .kind = kind, .severity = severity, .database = database, .source = source, .tenant = mem_strdup(tenant)};
    return finding;
}

const char *finding_kind_name(enum finding_kind kind)
{
    static const char *const names[FINDING_KIND_COUNT] = {
        [FINDING_NO_HISTORY_TABLE] = "no_history_table",
        [FINDING_NO_PRIVILEGE] = "no_privilege",
        [FINDING_CONFLICT] = "conflict",
        [FINDING_UNDECIDED] = "undecided",
        [FINDING_MISSING_SCHEMA] = "missing_schema",
        [FINDING_PENDING] = "pending",
        [FINDING_INCONSISTENT] = "inconsistent",
        [FINDING_FAILED] = "failed",
        [FINDING_CHANGED] = "changed",
        [FINDING_UNKNOWN] = "unknown",
        [FINDING_OUT_OF_ORDER] = "out_of_order",
        [FINDING_MISSING_TABLE] = "missing_table",
        [FINDING_MISSING_COLUMN] = "missing_column",
        [FINDING_UNEXPECTED_TABLE] = "unexpected_table",
        [FINDING_UNEXPECTED_COLUMN] = "unexpected_column",
    };
    return names[kind];
}

const char *severity_name(enum severity severity)
{
    static const char *const names[] = {"fail", "warn", "ignore"};
    return names[severity];
}

bool finding_is_behind(enum finding_kind kind)
{
    return kind == FINDING_PENDING || kind == FINDING_NO_HISTORY_TABLE || kind == FINDING_MISSING_SCHEMA;
}
