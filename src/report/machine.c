/* The report for machines: JSON and JUnit. */
#include <stdlib.h>
#include <string.h>

#include "base/jsontext.h"
#include "base/mem.h"
#include "base/text.h"
#include "report/report.h"

static json_t *finding_json(const struct finding *finding)
{
    json_t *object = json_object();
    json_object_set_new(object, "database", json_text(finding->database));
    json_object_set_new(object, "tenant", json_text(finding->tenant));
    json_object_set_new(object, "source", json_text(finding->source));
    json_object_set_new(object, "kind", json_text(finding_kind_name(finding->kind)));
    json_object_set_new(object, "severity", json_text(severity_name(finding->severity)));
    json_object_set_new(object, "items", json_text_array(&finding->items));
    json_object_set_new(object, "message", json_text(finding->message));
    return object;
}

static json_t *statuses_json(const struct report *report)
{
    json_t *array = json_array();
    for (size_t i = 0; report->units != NULL && i < report->units->count; i++) {
        const struct unit *unit = &report->units->items[i];
        json_t *object = json_object();
        if (unit->database != NULL)
            json_object_set_new(object, "database", json_text(unit->database));
        json_object_set_new(object, "tenant", json_text(unit->tenant));
        json_object_set_new(object, "source", json_text(report->sources[unit->source].name));
        json_object_set_new(object, "applied", json_integer((json_int_t)unit->applied));
        json_object_set_new(object, "pending", json_integer((json_int_t)unit->pending));
        json_object_set_new(object, "unknown", json_integer((json_int_t)unit->unknown));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *databases_json(const struct report *report)
{
    json_t *array = json_array();
    for (size_t i = 0; i < report->database_count; i++) {
        json_t *object = json_object();
        json_object_set_new(object, "name", json_text(report->databases[i].name));
        json_object_set_new(object, "error", json_text(report->databases[i].error));
        json_array_append_new(array, object);
    }
    return array;
}

char *report_json(const struct report *report)
{
    struct report_counts counts = report_count(report);
    json_t *document = json_object(), *sources = json_array(), *tenants = json_object(), *findings = json_array();
    json_object_set_new(document, "version", json_text(TENANTGATE_VERSION));
    json_object_set_new(document, "result", json_text(report->open ? "open" : "closed"));
    json_object_set_new(document, "exit_code", json_integer(report->exit_code));
    json_object_set_new(document, "reason", json_text(report->reason));
    json_object_set_new(document, "duration_ms", json_integer(report->duration_ms));
    for (size_t i = 0; i < report->source_count; i++) {
        json_t *source = json_object();
        json_object_set_new(source, "name", json_text(report->sources[i].name));
        json_object_set_new(source, "framework", json_text(report->sources[i].framework));
        json_object_set_new(source, "expected", json_integer((json_int_t)report->sources[i].expected));
        json_object_set_new(source, "digest", json_text(report->sources[i].digest));
        json_array_append_new(sources, source);
    }
    json_object_set_new(document, "sources", sources);
    if (report->many_databases)
        json_object_set_new(document, "databases", databases_json(report));
    json_object_set_new(tenants, "total", json_integer((json_int_t)counts.total));
    json_object_set_new(tenants, "ok", json_integer((json_int_t)counts.ok));
    json_object_set_new(tenants, "failed", json_integer((json_int_t)counts.failed));
    json_object_set_new(tenants, "warned", json_integer((json_int_t)counts.warned));
    json_object_set_new(document, "tenants", tenants);
    if (report->excluded != NULL && report->excluded->count > 0)
        json_object_set_new(document, "excluded", json_text_array(report->excluded));
    for (size_t u = 0; report->units != NULL && u < report->units->count; u++)
        for (size_t f = 0; f < report->units->items[u].findings.count; f++)
            json_array_append_new(findings, finding_json(&report->units->items[u].findings.items[f]));
    json_object_set_new(document, "findings", findings);
    json_object_set_new(document, "remedies", json_text_array(&report->remedies));
    json_object_set_new(document, "status", statuses_json(report));
    if (report->error != NULL) {
        json_object_set_new(document, "error", json_text(report->error));
        json_object_set_new(document, "hint", json_text(report->hint));
    }
    return json_finish(document);
}

/* Text for XML 1.0: no control characters are left, then the special ones. Names are escaped by the caller. */
static void xml(struct buf *out, const char *text)
{
    char _cleanup_free_ *safe = text_escaped_controls(text);
    for (const char *p = safe; *p != '\0'; p++) {
        switch (*p) {
        case '&':
            buf_puts(out, "&amp;");
            break;
        case '<':
            buf_puts(out, "&lt;");
            break;
        case '>':
            buf_puts(out, "&gt;");
            break;
        case '"':
            buf_puts(out, "&quot;");
            break;
        default:
            buf_putc(out, *p);
        }
    }
}

static void junit_case(const struct report *report, const struct unit *unit, struct buf *out)
{
    buf_puts(out, "  <testcase classname=\"tenantgate.");
    xml(out, report->sources[unit->source].name);
    buf_puts(out, "\" name=\"");
    char _cleanup_free_ *told = report_tenant(report, unit->database, unit->tenant);
    char _cleanup_free_ *tenant = text_escaped(told);
    xml(out, tenant);
    buf_puts(out, "\">\n");
    if (unit->absent && unit->findings.count == 0)
        buf_puts(out, "    <skipped message=\"no such schema (ignored)\"/>\n");
    for (size_t f = 0; f < unit->findings.count; f++) {
        const struct finding *finding = &unit->findings.items[f];
        bool fails = finding->severity == SEVERITY_FAIL;
        buf_printf(out, "    <%s", fails ? "failure" : "system-out");
        if (fails) {
            buf_printf(out, " type=\"%s\" message=\"", finding_kind_name(finding->kind));
            xml(out, finding->message);
            buf_putc(out, '"');
        }
        buf_putc(out, '>');
        xml(out, finding->message);
        buf_printf(out, "</%s>\n", fails ? "failure" : "system-out");
    }
    buf_puts(out, "  </testcase>\n");
}

void report_junit(const struct report *report, struct buf *out)
{
    size_t units = report->units ? report->units->count : 0, failures = 0;
    for (size_t i = 0; i < units; i++)
        for (size_t f = 0; f < report->units->items[i].findings.count; f++)
            failures += report->units->items[i].findings.items[f].severity == SEVERITY_FAIL;
    bool error = report->error != NULL;
    buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    buf_printf(out, "<testsuite name=\"tenantgate\" tests=\"%zu\" failures=\"%zu\" errors=\"%d\" time=\"%.3f\">\n",
               units + error, failures, error, (double)report->duration_ms / 1000);
    for (size_t i = 0; i < units; i++)
        junit_case(report, &report->units->items[i], out);
    if (error) {
        buf_printf(out, "  <testcase classname=\"tenantgate\" name=\"gate\">\n    <error type=\"%s\" message=\"", report->reason);
        xml(out, report->error);
        buf_puts(out, "\"/>\n  </testcase>\n");
    }
    buf_puts(out, "</testsuite>\n");
}
