/* From what was read and decided of one tenant to its findings. */
#include "verify/opinion.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

/* What is read, by name. */
static char *shown_table(const struct verify_source *source)
{
    return source->query != NULL ? mem_strdup("migrations.applied_query") : text_escaped(source->table);
}

static struct finding *add(const struct verify_source *source, struct unit *unit, enum finding_kind kind, enum severity severity)
{
    return findings_add(&unit->findings, kind, severity, source->database, source->name, unit->tenant);
}

/* "the framework would stop here: a, b and c" */
static void add_list(const struct verify_source *source, struct unit *unit, enum finding_kind kind, enum severity severity,
                     const char *what, const struct strv *items)
{
    if (items->count == 0 || severity == SEVERITY_IGNORE)
        return;
    struct buf text = BUF_INIT;
    struct finding *finding = add(source, unit, kind, severity);
    strv_add_all(&finding->items, items);
    buf_printf(&text, "%s: ", what);
    text_join(&text, items, 8);
    finding->message = buf_steal(&text);
}

void opinion_on_verdict(const struct verify_source *source, const struct recorded *recorded, const struct verdict *verdict,
                        struct unit *unit)
{
    const struct {
        enum finding_kind kind;
        const struct strv *items;
        const char *what;
    } lists[] = {
        {FINDING_CONFLICT, &verdict->conflicts, "the framework would stop here"},
        {FINDING_PENDING, &verdict->pending, NULL},
        {FINDING_INCONSISTENT, &verdict->inconsistent, "the history contradicts the order of the migrations"},
        {FINDING_FAILED, &verdict->failed, "recorded as failed or unfinished"},
        {FINDING_CHANGED, &verdict->changed, "applied from another text than the file in this image holds"},
        {FINDING_OUT_OF_ORDER, &verdict->out_of_order, "older than what is applied already, and not applied"},
    };
    if (recorded->odd != NULL) {
        char _cleanup_free_ *table = shown_table(source);
        add(source, unit, FINDING_UNDECIDED, SEVERITY_FAIL)->message = mem_printf("%s %s", table, recorded->odd);
        return;
    }
    unit->applied = verdict->applied;
    unit->pending = verdict->pending.count;
    unit->unknown = recorded->unknown.count;
    char _cleanup_free_ *pending = mem_printf("%zu of %zu migrations %s not applied", verdict->pending.count,
                                              source->judge->expected->count, verdict->pending.count == 1 ? "is" : "are");
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        add_list(source, unit, lists[i].kind, source->severity[lists[i].kind], lists[i].what ? lists[i].what : pending,
                 lists[i].items);
    bool stops = verdict->unknown_undecides || verdict->unknown_stops;
    enum severity own = stops ? SEVERITY_FAIL : SEVERITY_WARN;
    add_list(source, unit, FINDING_UNKNOWN, source->unknown_auto ? own : source->severity[FINDING_UNKNOWN],
             verdict->unknown_undecides ? "recorded, but in no file of this image, so that what is applied cannot be told"
             : stops ? "recorded, but in no file of this image (the database is ahead), at which the framework itself stops"
                     : "recorded, but in no file of this image (the database is ahead)",
             &recorded->unknown);
}

/* Of the operator's own query. */
static const char *const query_messages[] = {
    [HISTORY_NO_TABLE] = "no table of %1$s: it was never migrated",
    [HISTORY_NULL] = "%1$s returns a row with a null",
};

static const struct {
    enum finding_kind kind;
    const char *message; /* %1$s table, %2$s columns, %3$s the server's words, %4$s the framework, %5$s its foreign columns */
} state_findings[] = {
    [HISTORY_NO_SCHEMA] = {FINDING_MISSING_SCHEMA, "there is no such schema"},
    [HISTORY_NO_TABLE] = {FINDING_NO_HISTORY_TABLE, "no table %1$s: it was never migrated"},
    [HISTORY_NOT_A_TABLE] = {FINDING_NO_HISTORY_TABLE, "%1$s is a view or foreign table, not a history of its own"},
    [HISTORY_NO_COLUMNS] = {FINDING_UNDECIDED, "%1$s does not have the columns that %4$s needs (%2$s): another framework's "
                                                "table?"},
    [HISTORY_FOREIGN_COLUMN] = {FINDING_UNDECIDED, "%1$s has a column that only another framework's table has (%5$s), not that "
                                                    "of %4$s"},
    [HISTORY_NO_SCHEMA_RIGHT] = {FINDING_NO_PRIVILEGE, "the role has no USAGE on the schema"},
    [HISTORY_NO_TABLE_RIGHT] = {FINDING_NO_PRIVILEGE, "the role may not SELECT from %1$s"},
    [HISTORY_ROW_SECURITY] = {FINDING_NO_PRIVILEGE, "row-level security on %1$s would hide rows from the role"},
    [HISTORY_NULL] = {FINDING_UNDECIDED, "%1$s holds a row with a null, where %4$s never writes one (the columns that count: "
                                          "%2$s)"},
    [HISTORY_FAILED] = {FINDING_UNDECIDED, "%1$s cannot be read: %3$s"},
    [HISTORY_CHANGED] = {FINDING_UNDECIDED, "%1$s is being changed or locked by another session: %3$s"},
};

/* "app, name"; where a column has several names, "MigrationId or migration_id". */
static char *needed_columns(const struct framework_row *framework)
{
    struct buf text = BUF_INIT, choice = BUF_INIT;
    for (size_t i = 0; i < framework_column_count(framework); i++) {
        const struct framework_column *column = &framework->columns[i];
        if (!column->optional && !column->foreign)
            buf_printf(&text, "%s%s", text.len ? ", " : "", column->name);
        else if (column->optional)
            buf_printf(&choice, "%s%s", choice.len ? " or " : "", column->name);
    }
    if (text.len == 0)
        buf_puts(&text, buf_text(&choice));
    buf_done(&choice);
    return buf_steal(&text);
}

static char *foreign_columns(const struct framework_row *framework)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < framework_column_count(framework); i++)
        if (framework->columns[i].foreign)
            buf_printf(&text, "%s%s", text.len ? ", " : "", framework->columns[i].name);
    return buf_steal(&text);
}

void opinion_on_state(const struct verify_source *source, const struct history *history, struct unit *unit)
{
    enum finding_kind kind = state_findings[history->state].kind;
    enum severity severity = source->severity[kind]; /* what no setting makes less has SEVERITY_FAIL, which is 0 */
    if (severity == SEVERITY_IGNORE)
        return;
    char _cleanup_free_ *table = shown_table(source);
    char _cleanup_free_ *columns = needed_columns(source->framework), *foreign = foreign_columns(source->framework);
    char _cleanup_free_ *detail = history->detail ? text_escaped(history->detail) : mem_strdup("");
    struct buf _cleanup_buf_ text = BUF_INIT;
    const char *message = state_findings[history->state].message;
    if (source->query != NULL && (size_t)history->state < sizeof query_messages / sizeof *query_messages &&
        query_messages[history->state] != NULL)
        message = query_messages[history->state];
    for (const char *p = message; *p != '\0'; p++) {
        if (*p != '%') {
            buf_putc(&text, *p);
            continue;
        }
        const char *const values[] = {table, columns, detail, source->framework->title, foreign};
        buf_puts(&text, values[p[1] - '1']);
        p += strlen("1$s");
    }
    add(source, unit, kind, severity)->message = buf_steal(&text);
    if (history->state == HISTORY_NO_TABLE)
        unit->pending = source->judge->expected->count;
}
