/* The log on standard error: what happens, as it happens. Reports and banners are not logs (report/). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum log_level {
    LOG_DEBUG,
    LOG_INFO,
    LOG_WARNING,
    LOG_ERROR,
};

/* Somebody else who wants to know what happens: hears every message from LOG_INFO on, escaped, also those that are
 * dropped. May be called by several threads at once. */
struct log_tap {
    void (*heard)(void *context, const char *message);
    void *context;
};

struct progress;

struct log {
    enum log_level least; /* what is below is dropped */
    bool json;            /* one object a line: time, level, event, message */
    const struct log_tap *tap; /* or NULL; must live as long as the log and its copies */
    struct progress *progress; /* base/progress.h; or NULL; as long */
};

/* Writes one line. `event` is a stable word for machines ("database_waiting"); the message is escaped, so it may hold
 * text from outside. */
void log_event(const struct log *log, enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds the line that log_event() would write for that message, whatever the least level is, or, in the text format, the
 * message alone behind `lead`. For what is passed on rather than said. */
struct buf;
void log_passed_on(const struct log *log, const char *event, const char *lead, const char *message, struct buf *out);

/* Writes text to standard error as it is. A reader that has stopped reading is waited for at most a second and then
 * given up on: output never holds the gate up. */
void log_write(const char *text, size_t len);
