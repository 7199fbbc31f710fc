/* Reading and writing whole files. */
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Reads the regular file (or pipe, with "-" for standard input) `path` into `out`. Fails with `kind` when it cannot
 * be read or is larger than `max` bytes; the message names the file. Never blocks on opening a pipe or device. */
int file_read(const char *path, size_t max, enum err_kind kind, struct buf *out, struct err *reterr);

/* Writes `text` to `path` by way of a new file beside it that is renamed, so that nobody ever reads half of it.
 * "-" is standard output; a device, pipe or link is written to, not replaced. */
int file_write(const char *path, const char *text, size_t len, struct err *reterr);

/* Writes all of it to the descriptor, over short writes and interrupts. 0 or -1 with errno. */
int file_write_fd(int fd, const char *text, size_t len);
