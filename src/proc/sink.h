/* Passing the output of children on to standard error. Whoever reads that may be slow: then the children are slowed down
 * with it, but the gate never waits here, and a reader that has stopped for some seconds loses lines instead of holding it up. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/log.h"

struct sink {
    const struct log *log;
    struct buf pending;       /* formatted, not yet written */
    int64_t stalled_since_ms; /* 0: the last write went through */
    size_t dropped;           /* bytes, since the last one that went through */
};

void sink_done(struct sink *sink);

/* Adds a line in the log's format, "[label] line"; passwords in it are hidden, control characters escaped. */
void sink_line(struct sink *sink, const char *label, const char *line);

/* Writes what can be written without waiting. Returns whether there is room for more: false while the reader is slow. */
bool sink_flush(struct sink *sink);

/* Waits for the reader to take what is left, as long as it takes anything, or until `signal_fd` (-1: none) is readable. */
void sink_finish(struct sink *sink, int signal_fd);
