/* What is told to people far away. */
#include "notice/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/jsontext.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/text.h"

/* Kubernetes cuts a message off behind this. */
#define TERMINATION_BYTES 4096
/* Findings in the JSON message; the counts tell the rest. */
#define FINDINGS_MOST 50

/* What happened, in a line. */
static void first_line(const struct report *report, const struct notice_sender *sender, struct buf *out)
{
    struct buf _cleanup_buf_ summary = BUF_INIT;
    const char *state = report->open ? "is open" : report->held_ms > 0 ? "holds, closed" : "is closed";
    report_summary(report, &summary);
    buf_puts(out, "The gate ");
    if (report->app != NULL) {
        buf_puts(out, "in front of ");
        text_escape(out, report->app, strlen(report->app));
        buf_putc(out, ' ');
    }
    if (*sender->host != '\0') {
        buf_puts(out, "on ");
        text_escape(out, sender->host, strlen(sender->host));
        buf_putc(out, ' ');
    }
    buf_printf(out, "%s: %s", state, buf_text(&summary));
}

/* Cuts to `most` bytes, which is never more than as many characters, however a service counts them; never within one. */
static void cut(struct buf *text, size_t most)
{
    static const char dots[] = "\n...";
    if (text->len <= most)
        return;
    size_t len = most - strlen(dots);
    while (len > 0 && ((unsigned char)text->data[len] & 0xc0) == 0x80)
        len--;
    char _cleanup_free_ *kept = mem_strndup(text->data, len);
    buf_clear(text);
    buf_puts(text, kept);
    buf_puts(text, dots);
}

/* What could end a code block, or mean something to the service, is taken out of it. */
static void chat_escape(struct buf *out, const char *text, enum notice_format format)
{
    char _cleanup_free_ *safe = redact(text);
    for (const char *p = safe; *p != '\0'; p++) {
        if (format == NOTICE_SLACK && (*p == '&' || *p == '<' || *p == '>'))
            buf_puts(out, *p == '&' ? "&amp;" : *p == '<' ? "&lt;" : "&gt;");
        else
            buf_putc(out, *p == '`' ? '\'' : *p);
    }
}

/* In chat a text is a first line, of at most a quarter of the room, and a code block below it. */
static char *chat_text(const struct report *report, const struct notice_sender *sender, enum notice_format format)
{
    size_t most = format == NOTICE_SLACK ? NOTICE_SLACK_CHARACTERS : NOTICE_DISCORD_CHARACTERS;
    struct buf _cleanup_buf_ head = BUF_INIT, body = BUF_INIT, out = BUF_INIT;
    first_line(report, sender, &head);
    report_text(report, &body);
    chat_escape(&out, buf_text(&head), format);
    cut(&out, most / 4);
    if (report->open || body.len == 0)
        return buf_steal(&out);
    buf_puts(&out, "\n```");
    chat_escape(&out, buf_text(&body), format);
    cut(&out, most - strlen("\n```"));
    buf_puts(&out, "\n```");
    return buf_steal(&out);
}

static char *dump(json_t *document)
{
    char *text = json_dumps(document, JSON_COMPACT);
    if (text == NULL)
        BUG("a notice cannot be made");
    json_decref(document);
    return text;
}

static void set_redacted(json_t *object, const char *key, const char *text)
{
    char _cleanup_free_ *safe = text ? redact(text) : NULL;
    json_object_set_new(object, key, json_text(safe));
}

static json_t *findings_json(const struct report *report)
{
    json_t *array = json_array();
    for (size_t u = 0; report->units != NULL && u < report->units->count; u++) {
        const struct findings *findings = &report->units->items[u].findings;
        for (size_t f = 0; f < findings->count && json_array_size(array) < FINDINGS_MOST; f++) {
            json_t *object = json_object();
            json_object_set_new(object, "database", json_text(findings->items[f].database));
            json_object_set_new(object, "tenant", json_text(findings->items[f].tenant));
            json_object_set_new(object, "kind", json_text(finding_kind_name(findings->items[f].kind)));
            json_object_set_new(object, "severity", json_text(severity_name(findings->items[f].severity)));
            set_redacted(object, "message", findings->items[f].message);
            json_array_append_new(array, object);
        }
    }
    return array;
}

static char *plain_json(const struct report *report, const struct notice_sender *sender)
{
    struct report_counts counts = report_count(report);
    struct buf _cleanup_buf_ line = BUF_INIT;
    json_t *document = json_object(), *tenants = json_object();
    first_line(report, sender, &line);
    json_object_set_new(document, "version", json_text(TENANTGATE_VERSION));
    json_object_set_new(document, "time", json_text(sender->time));
    json_object_set_new(document, "host", json_text(sender->host));
    json_object_set_new(document, "command", json_text(sender->command));
    json_object_set_new(document, "app", json_text(report->app));
    json_object_set_new(document, "result", json_text(report->open ? "open" : "closed"));
    json_object_set_new(document, "held", json_boolean(report->held_ms > 0));
    json_object_set_new(document, "exit_code", json_integer(report->exit_code));
    json_object_set_new(document, "reason", json_text(report->reason));
    set_redacted(document, "message", buf_text(&line));
    set_redacted(document, "hint", report->hint);
    json_object_set_new(document, "duration_ms", json_integer(report->duration_ms));
    json_object_set_new(tenants, "total", json_integer((json_int_t)counts.total));
    json_object_set_new(tenants, "ok", json_integer((json_int_t)counts.ok));
    json_object_set_new(tenants, "failed", json_integer((json_int_t)counts.failed));
    json_object_set_new(tenants, "warned", json_integer((json_int_t)counts.warned));
    json_object_set_new(document, "tenants", tenants);
    json_object_set_new(document, "findings", findings_json(report));
    json_object_set_new(document, "remedies", json_text_array(&report->remedies));
    return dump(document);
}

char *notice_message(const struct report *report, enum notice_format format, const struct notice_sender *sender)
{
    if (format == NOTICE_JSON)
        return plain_json(report, sender);
    char _cleanup_free_ *text = chat_text(report, sender, format);
    json_t *document = json_object();
    json_object_set_new(document, format == NOTICE_SLACK ? "text" : "content", json_text(text));
    if (format == NOTICE_DISCORD) /* names from the database must not call anyone */
        json_object_set_new(document, "allowed_mentions", json_pack("{s[]}", "parse"));
    return dump(document);
}

void notice_termination(const struct report *report, struct buf *out)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    struct buf _cleanup_buf_ summary = BUF_INIT;
    report_summary(report, &summary);
    buf_printf(&text, "tenantgate: %s (%s, exit code %d)\n", buf_text(&summary), report->reason, report->exit_code);
    report_text(report, &text);
    char _cleanup_free_ *safe = redact(buf_text(&text));
    buf_puts(out, safe);
    cut(out, TERMINATION_BYTES);
}
