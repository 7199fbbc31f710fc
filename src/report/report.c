/* The report as data: counts and remedies. */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/relname.h"
#include "base/strmap.h"
#include "framework/commands.h"

/* More tenants than this are not granted one by one. */
#define GRANTS_SHOWN 3
/* Databases for which commands are named. */
#define DATABASES_SHOWN 3

void report_done(struct report *report)
{
    free(report->sources);
    free(report->databases);
    strv_done(&report->remedies);
}

static enum severity worst(const struct unit *unit)
{
    enum severity result = SEVERITY_IGNORE;
    for (size_t i = 0; i < unit->findings.count; i++)
        if (unit->findings.items[i].severity < result)
            result = unit->findings.items[i].severity;
    return result;
}

char *report_tenant(const struct report *report, const char *database, const char *tenant)
{
    return report->many_databases && database != NULL ? mem_printf("%s in %s", tenant, database) : mem_strdup(tenant);
}

char *report_tenant_key(const char *database, const char *tenant)
{
    /* A slash in the name of the database is the only one that its length does not explain. */
    return mem_printf("%zu/%s/%s", database ? strlen(database) : 0, database ? database : "", tenant);
}

struct report_counts report_count(const struct report *report)
{
    struct report_counts counts = {0};
    size_t units = report->units ? report->units->count : 0;
    struct strv _cleanup_strv_ keys = STRV_INIT;
    struct strmap _cleanup_strmap_ seen = STRMAP_INIT;
    for (size_t i = 0; i < units; i++) {
        /* A tenant judged by several sources counts once, with its worst. */
        const struct unit *unit = &report->units->items[i];
        if (unit->absent && unit->findings.count == 0)
            continue; /* ignored on purpose: nothing was seen, so it is not fine either */
        const char *key = unit->tenant;
        if (report->many_databases) {
            strv_take(&keys, report_tenant_key(unit->database, unit->tenant));
            key = keys.items[keys.count - 1];
        }
        size_t before = strmap_get(&seen, key);
        enum severity now = worst(unit);
        if (before == STRMAP_NONE) {
            counts.total++;
        } else {
            counts.failed -= before == SEVERITY_FAIL;
            counts.warned -= before == SEVERITY_WARN;
            if (before < now)
                now = (enum severity)before;
        }
        counts.failed += now == SEVERITY_FAIL;
        counts.warned += now == SEVERITY_WARN;
        strmap_put(&seen, key, now);
    }
    counts.ok = counts.total - counts.failed - counts.warned;
    return counts;
}

/* Would the framework's own command mend it? A schema that its own files name is made by it too. */
static bool wants_migration(const struct unit *unit, const struct expected *expected)
{
    bool makes_schema = expected->schema != NULL && strcmp(expected->schema, unit->tenant) == 0;
    for (size_t i = 0; i < unit->findings.count; i++) {
        const struct finding *finding = &unit->findings.items[i];
        if (finding->severity == SEVERITY_FAIL &&
            (finding->kind == FINDING_PENDING || finding->kind == FINDING_NO_HISTORY_TABLE ||
             (finding->kind == FINDING_MISSING_SCHEMA && makes_schema)))
            return true;
    }
    return false;
}

static bool fails_by(const struct unit *unit, enum finding_kind kind)
{
    for (size_t i = 0; i < unit->findings.count; i++)
        if (unit->findings.items[i].severity == SEVERITY_FAIL && unit->findings.items[i].kind == kind)
            return true;
    return false;
}

/* Is it something that the framework's own command to migrate would stop at? */
static bool wants_a_look(const struct unit *unit)
{
    return fails_by(unit, FINDING_INCONSISTENT) || fails_by(unit, FINDING_UNKNOWN) || fails_by(unit, FINDING_CONFLICT) ||
           fails_by(unit, FINDING_FAILED) || fails_by(unit, FINDING_CHANGED);
}

/* The role to grant to: in quotes where it is known, a word to be replaced where it is the one that connects. */
static void add_role(const struct report *report, const struct finding *finding, struct buf *out)
{
    buf_puts(out, " TO ");
    if (finding->source == NULL && report->role != NULL && *report->role != '\0')
        db_quote_ident(out, report->role);
    else
        buf_puts(out, "the_role");
    buf_putc(out, ';');
}

static void add_grant(const struct report *report, const struct finding *finding, const char *table, struct buf *out)
{
    buf_puts(out, " GRANT SELECT ON ");
    db_quote_ident(out, finding->tenant);
    buf_putc(out, '.');
    db_quote_ident(out, table);
    add_role(report, finding, out);
}

/* What a finding of the structure is about is its items, those of a source are about its history table. */
static char *grants(const struct report *report, const struct unit *unit, const struct finding *finding)
{
    struct buf text = BUF_INIT;
    buf_puts(&text, "GRANT USAGE ON SCHEMA ");
    db_quote_ident(&text, finding->tenant);
    add_role(report, finding, &text);
    if (finding->source != NULL)
        add_grant(report, finding, report->judged[unit->source].table, &text);
    for (size_t i = 0; finding->source == NULL && i < finding->items.count; i++) {
        struct relname _cleanup_relname_ name = {0};
        struct err _cleanup_err_ err = ERR_INIT;
        if (relname_parse(finding->items.items[i], &name, &err) == 0)
            add_grant(report, finding, name.table, &text);
    }
    return buf_steal(&text);
}

static void add_grants(const struct report *report, struct strv *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < report->units->count; i++) {
        const struct unit *unit = &report->units->items[i];
        for (size_t f = 0; f < unit->findings.count; f++)
            if (unit->findings.items[f].kind == FINDING_NO_PRIVILEGE && count++ < GRANTS_SHOWN)
                strv_take(ret, grants(report, unit, &unit->findings.items[f]));
    }
}

/* Commands for one database, among several marked with its name: "#db=NAME" is a comment to a shell, and one word. */
static void add_marked(const struct report *report, const char *database, struct strv *commands, struct strv *ret)
{
    for (size_t i = 0; i < commands->count; i++) {
        struct buf text = BUF_INIT;
        buf_puts(&text, commands->items[i]);
        if (report->many_databases && database != NULL) {
            buf_puts(&text, " #db=");
            for (const unsigned char *p = (const unsigned char *)database; *p != '\0'; p++)
                if ((*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') || strchr("_-.", *p) != NULL)
                    buf_putc(&text, (char)*p);
                else
                    buf_printf(&text, "%%%02X", *p);
        }
        strv_take(ret, buf_steal(&text));
    }
}

static bool same_database(const struct unit *a, const struct unit *b)
{
    return a->database == b->database || (a->database != NULL && b->database != NULL && strcmp(a->database, b->database) == 0);
}

/* Is something pending out of order? */
static bool is_late(const struct unit *unit)
{
    for (size_t i = 0; i < unit->findings.count; i++)
        if (unit->findings.items[i].kind == FINDING_OUT_OF_ORDER)
            return true;
    return false;
}

/* The remedies of one source in one database, whose units stand together. */
static void add_source_remedies(struct report *report, size_t source, const struct unit *units, size_t count,
                                struct strv *ret)
{
    const struct expected *expected = report->judged[source].judge->expected;
    struct strv _cleanup_strv_ behind = STRV_INIT, commands = STRV_INIT;
    bool look = false, mend = false, late = false;
    for (size_t i = 0; i < count; i++) {
        if (units[i].source != source)
            continue;
        look = look || wants_a_look(&units[i]);
        mend = mend || fails_by(&units[i], FINDING_FAILED);
        late = late || is_late(&units[i]);
        if (wants_migration(&units[i], expected)) {
            strv_add(&behind, units[i].tenant);
            report->by_connection = report->by_connection || !framework_reaches(expected, units[i].tenant);
        }
    }
    char *shows = look ? framework_show(expected) : NULL, *mends = mend ? framework_mend(expected) : NULL;
    if (shows != NULL)
        strv_take(&commands, shows);
    if (mends != NULL)
        strv_take(&commands, mends);
    framework_remedies(expected, &behind, late, &commands);
    add_marked(report, units[0].database, &commands, ret);
}

void report_add_remedies(struct report *report)
{
    size_t units = report->units ? report->units->count : 0;
    for (size_t s = 0; s < report->source_count && units > 0; s++) {
        const struct unit *items = report->units->items;
        size_t shown = 0;
        for (size_t at = 0, size = 0; at < units && shown < DATABASES_SHOWN; at += size) {
            size_t before = report->remedies.count;
            for (size = 1; at + size < units && same_database(&items[at], &items[at + size]);)
                size++;
            add_source_remedies(report, s, items + at, size, &report->remedies);
            shown += report->remedies.count > before;
        }
    }
    if (units > 0)
        add_grants(report, &report->remedies);
    strv_unique(&report->remedies);
}
