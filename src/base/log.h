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

struct log {
    enum log_level least; /* what is below is dropped */
    bool json;            /* one object a line: time, level, event, message */
};

/* Writes one line. `event` is a stable word for machines ("database_waiting"); the message is escaped, so it may hold
 * text from outside. */
void log_event(const struct log *log, enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Writes text to standard error as it is. A reader that has stopped reading is waited for at most a second and then
 * given up on: output never holds the gate up. */
void log_write(const char *text, size_t len);
