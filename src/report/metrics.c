/* The report in the Prometheus text format. */
#include <string.h>

#include "base/mem.h"
#include "report/report.h"

static void family(struct buf *out, const char *name, const char *help)
{
    buf_printf(out, "# HELP tenantgate_%s %s\n# TYPE tenantgate_%s gauge\n", name, help, name);
}

/* A label's value: backslash, quote and line end are escaped; what is not UTF-8 cannot come, these are our own words and
 * the names of configured sections. */
static void label(struct buf *out, const char *value)
{
    for (const char *p = value; *p != '\0'; p++) {
        if (*p == '\\' || *p == '"')
            buf_putc(out, '\\');
        buf_puts(out, *p == '\n' ? "\\n" : "");
        if (*p != '\n')
            buf_putc(out, *p);
    }
}

static void durations(const struct report *report, struct buf *out)
{
    static const char *const phases[PHASE_COUNT] = {
        [PHASE_EXPECTED] = "expected", [PHASE_WAIT] = "wait", [PHASE_DISCOVER] = "discover", [PHASE_VERIFY] = "verify",
        [PHASE_LOCK] = "lock", [PHASE_STEPS] = "steps"};
    family(out, "duration_seconds", "How long the phases of the last run took.");
    for (int i = 0; i < PHASE_COUNT && report->phase_ms != NULL; i++)
        buf_printf(out, "tenantgate_duration_seconds{phase=\"%s\"} %.3f\n", phases[i], (double)report->phase_ms[i] / 1000);
    buf_printf(out, "tenantgate_duration_seconds{phase=\"total\"} %.3f\n", (double)report->duration_ms / 1000);
}

void report_metrics(const struct report *report, int64_t now, struct buf *out)
{
    family(out, "build_info", "The version.");
    buf_puts(out, "tenantgate_build_info{version=\"" TENANTGATE_VERSION "\"} 1\n");
    family(out, "open", "Whether the gate is open.");
    buf_printf(out, "tenantgate_open %d\n", report->open);
    family(out, "exit_code", "The exit code; what it would be, while the gate holds.");
    buf_printf(out, "tenantgate_exit_code %d\n", report->exit_code);
    family(out, "reason", "Why it is open or closed.");
    buf_printf(out, "tenantgate_reason{reason=\"%s\"} 1\n", report->reason);
    durations(report, out);
    if (report->units != NULL) {
        struct report_counts counts = report_count(report);
        family(out, "tenants", "The tenants by state.");
        buf_printf(out, "tenantgate_tenants{state=\"ok\"} %zu\n", counts.ok);
        buf_printf(out, "tenantgate_tenants{state=\"failed\"} %zu\n", counts.failed);
        buf_printf(out, "tenantgate_tenants{state=\"warned\"} %zu\n", counts.warned);
    }
    if (report->source_count > 0) {
        family(out, "expected_migrations", "How many migrations this image expects.");
        for (size_t i = 0; i < report->source_count; i++) {
            buf_puts(out, "tenantgate_expected_migrations{source=\"");
            label(out, report->sources[i].name);
            buf_printf(out, "\"} %zu\n", report->sources[i].expected);
        }
    }
    family(out, "last_run_timestamp_seconds", "When this was written.");
    buf_printf(out, "tenantgate_last_run_timestamp_seconds %lld\n", (long long)now);
}
