/* The log on standard error. */
#include "base/log.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/progress.h"
#include "base/text.h"

/* How long a reader of standard error may keep us waiting before what we say is dropped. */
#define PATIENCE_MS 1000

void log_write(const char *text, size_t len)
{
    /* All of it is spent once, not for every line: a reader that is stuck must hold up neither the app nor a signal. */
    static _Atomic int64_t patience_ms = PATIENCE_MS; /* threads log too */
    while (len > 0) {
        /* A pipe that poll() calls writable takes PIPE_BUF bytes without blocking (pipe(7)). */
        struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
        int64_t began = clock_now_ms();
        int ready = poll(&out, 1, (int)patience_ms);
        if (ready <= 0) {
            int64_t waited = clock_now_ms() - began;
            patience_ms = ready == 0 || waited > patience_ms ? 0 : patience_ms - waited;
            if (ready < 0 && errno == EINTR)
                continue;
            return;
        }
        ssize_t done = write(STDERR_FILENO, text, len < 4096 ? len : 4096);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && errno == EAGAIN && patience_ms > 0) {
            poll(NULL, 0, 1); /* ready, and yet no room: something other than a pipe */
            patience_ms--;
            continue;
        }
        if (done < 0)
            return;
        patience_ms = PATIENCE_MS;
        text += done;
        len -= (size_t)done;
    }
}

static void add_json(struct buf *line, const char *level, const char *event, const char *message)
{
    struct timespec now = {0};
    struct tm utc = {0};
    char date[32] = "";
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
    char _cleanup_free_ *time = mem_printf("%s.%03ldZ", date, now.tv_nsec / 1000000);
    json_t *object = json_pack("{ssssssss}", "time", time, "level", level, "event", event, "message", message);
    char *text = json_dumps(object, JSON_COMPACT);
    if (text == NULL)
        BUG("a log line cannot be made");
    buf_puts(line, text);
    free(text);
    json_decref(object);
}

void log_event(const struct log *log, enum log_level level, const char *event, const char *fmt, ...)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    bool tapped = log->tap != NULL && level >= LOG_INFO;
    if (level < log->least && !tapped)
        return;
    struct buf _cleanup_buf_ message = BUF_INIT, line = BUF_INIT;
    va_list args;
    va_start(args, fmt);
    buf_vprintf(&message, fmt, args);
    va_end(args);
    struct buf _cleanup_buf_ safe = BUF_INIT;
    text_escape_controls(&safe, buf_text(&message), message.len);
    if (tapped)
        log->tap->heard(log->tap->context, buf_text(&safe));
    if (level < log->least)
        return;
    if (log->json)
        add_json(&line, names[level], event, buf_text(&safe));
    else
        buf_printf(&line, "tenantgate: %s%s%s", level == LOG_INFO ? "" : names[level], level == LOG_INFO ? "" : ": ",
                   buf_text(&safe));
    buf_putc(&line, '\n');
    progress_wipe_for(log->progress, buf_text(&line), line.len);
}

void log_passed_on(const struct log *log, const char *event, const char *lead, const char *message, struct buf *out)
{
    struct buf _cleanup_buf_ safe = BUF_INIT;
    buf_puts(&safe, lead);
    text_escape(&safe, message, strlen(message));
    if (log->json)
        add_json(out, "info", event, buf_text(&safe));
    else
        buf_puts(out, buf_text(&safe));
    buf_putc(out, '\n');
}
