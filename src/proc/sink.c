/* Passing the output of children on to standard error. */
#include "proc/sink.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/text.h"

#define STALLED_MS 5000
/* What poll(2) calls writable takes so much of a pipe without blocking (PIPE_BUF). */
#define CHUNK 4096

void sink_done(struct sink *sink)
{
    buf_done(&sink->pending);
}

void sink_line(struct sink *sink, const char *label, const char *line)
{
    char _cleanup_free_ *name = text_escaped(label);
    char _cleanup_free_ *lead = mem_printf("[%s] ", name);
    char _cleanup_free_ *safe = redact(line);
    log_passed_on(sink->log, "step_output", lead, safe, &sink->pending);
}

static bool is_writable(void)
{
    struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) > 0;
}

static void drop(struct sink *sink, size_t done)
{
    sink->dropped += sink->pending.len - done;
    buf_clear(&sink->pending);
}

/* How much to write next: whole lines, so that nothing of the log's own comes between two halves of one. */
static size_t next_lines(const char *text, size_t len)
{
    if (len <= CHUNK)
        return len;
    const char *end = memrchr(text, '\n', CHUNK);
    if (end == NULL)
        end = memchr(text, '\n', len);
    return end != NULL ? (size_t)(end - text) + 1 : len;
}

/* Of a line that is too long for one piece, or was not taken as a whole, the rest: as patiently as lines of the log. */
static size_t finish_line(const char *rest, size_t len)
{
    const char *end = memchr(rest, '\n', len);
    size_t size = end != NULL ? (size_t)(end - rest) + 1 : len;
    log_write(rest, size);
    return size;
}

bool sink_flush(struct sink *sink)
{
    size_t done = 0;
    while (done < sink->pending.len && is_writable()) {
        const char *next = sink->pending.data + done;
        size_t len = next_lines(next, sink->pending.len - done);
        ssize_t wrote = write(STDERR_FILENO, next, len < CHUNK ? len : CHUNK);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0 && errno == EAGAIN)
            break;
        if (wrote < 0) { /* nobody reads it any more */
            drop(sink, done);
            return true;
        }
        done += (size_t)wrote;
        if (wrote > 0 && next[wrote - 1] != '\n')
            done += finish_line(next + wrote, len - (size_t)wrote);
        sink->stalled_since_ms = 0;
    }
    if (done == sink->pending.len) {
        buf_clear(&sink->pending);
        if (sink->dropped > 0 && is_writable()) {
            size_t dropped = sink->dropped;
            sink->dropped = 0;
            log_event(sink->log, LOG_WARNING, "step_output_dropped",
                      "%zu bytes of output were dropped: nobody read standard error", dropped);
        }
        return true;
    }
    int64_t now = clock_now_ms();
    if (sink->stalled_since_ms == 0)
        sink->stalled_since_ms = now;
    if (now - sink->stalled_since_ms >= STALLED_MS) {
        drop(sink, done);
        return true;
    }
    char _cleanup_free_ *rest = mem_strndup(sink->pending.data + done, sink->pending.len - done);
    buf_clear(&sink->pending);
    buf_puts(&sink->pending, rest);
    return false;
}

void sink_finish(struct sink *sink, int signal_fd)
{
    while (!sink_flush(sink)) {
        struct pollfd fds[] = {{.fd = STDERR_FILENO, .events = POLLOUT}, {.fd = signal_fd, .events = POLLIN}};
        if (poll(fds, 2, STALLED_MS / 10) > 0 && fds[1].revents != 0)
            return;
    }
}
