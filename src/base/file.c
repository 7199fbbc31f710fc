/* Reading and writing whole files. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

static int read_fd(int fd, const char *shown, size_t max, enum err_kind kind, struct buf *out, struct err *reterr)
{
    char chunk[16384];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(reterr, kind, "%s: cannot be read: %s", shown, strerror(errno));
        if (got == 0)
            return 0;
        if ((size_t)got > max - out->len)
            return err_set(reterr, kind, "%s: larger than %zu bytes", shown, max);
        buf_add(out, chunk, (size_t)got);
    }
}

int file_read(const char *path, size_t max, enum err_kind kind, struct buf *out, struct err *reterr)
{
    if (strcmp(path, "-") == 0)
        return read_fd(STDIN_FILENO, "standard input", max, kind, out, reterr);
    char _cleanup_free_ *shown = text_escaped(path);
    /* O_NONBLOCK: a pipe without a writer must not hang the gate; it has no effect on regular files. */
    int _cleanup_close_ fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return err_set(reterr, kind, "%s: cannot be opened: %s", shown, strerror(errno));
    struct stat info;
    if (fstat(fd, &info) != 0)
        return err_set(reterr, kind, "%s: cannot be examined: %s", shown, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return err_set(reterr, kind, "%s: is %s, not a file", shown, S_ISDIR(info.st_mode) ? "a folder" : "special");
    if (info.st_size > 0 && (size_t)info.st_size > max)
        return err_set(reterr, kind, "%s: larger than %zu bytes", shown, max);
    return read_fd(fd, shown, max, kind, out, reterr);
}

int file_write_fd(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t done = write(fd, text, len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && errno == EAGAIN) {
            /* Inherited non-blocking: wait until the reader makes room, but not for ever if it never does. */
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            if (poll(&wait, 1, 1000) <= 0)
                return -1;
            continue;
        }
        if (done < 0)
            return -1;
        text += done;
        len -= (size_t)done;
    }
    return 0;
}

int file_write(const char *path, const char *text, size_t len, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(path);
    if (strcmp(path, "-") == 0) {
        if (file_write_fd(STDOUT_FILENO, text, len) != 0)
            return err_set(reterr, ERR_INTERNAL, "standard output cannot be written: %s", strerror(errno));
        return 0;
    }
    char _cleanup_free_ *beside = mem_printf("%s.XXXXXX", path);
    int _cleanup_close_ fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return err_set(reterr, ERR_INTERNAL, "%s: cannot be written: %s", shown, strerror(errno));
    if (file_write_fd(fd, text, len) != 0 || fchmod(fd, 0644) != 0 || rename(beside, path) != 0) {
        int why = errno;
        unlink(beside);
        return err_set(reterr, ERR_INTERNAL, "%s: cannot be written: %s", shown, strerror(why));
    }
    return 0;
}
