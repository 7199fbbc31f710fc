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

/* A step where the size is not known beforehand. */
#define READ_BYTES 4096

/* Fails with the name in a form that can be shown. */
static int fail(const char *path, const char *what, int why, enum err_kind kind, struct err *reterr)
{
    char _cleanup_free_ *shown = strcmp(path, "-") == 0 ? mem_strdup("standard input") : text_escaped(path);
    return err_set(reterr, kind, "%s: %s%s%s", shown, what, why ? ": " : "", why ? strerror(why) : "");
}

/* `expected` is how much a regular file holds: reading it needs no second call to see the end. 0: not known. */
static int read_fd(int fd, const char *path, size_t expected, size_t max, enum err_kind kind, struct buf *out,
                   struct err *reterr)
{
    size_t before = out->len;
    for (;;) {
        size_t left = expected > out->len - before ? expected - (out->len - before) : READ_BYTES;
        char *room = buf_reserve(out, left);
        ssize_t got = read(fd, room, left);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(path, "cannot be read", errno, kind, reterr);
        buf_added(out, (size_t)got);
        if (out->len - before > max) {
            char _cleanup_free_ *what = mem_printf("larger than %zu bytes", max);
            return fail(path, what, 0, kind, reterr);
        }
        if (got == 0 || (expected > 0 && out->len - before == expected))
            return 0;
    }
}

int file_read(const char *path, size_t max, enum err_kind kind, struct buf *out, struct err *reterr)
{
    if (strcmp(path, "-") == 0)
        return read_fd(STDIN_FILENO, path, 0, max, kind, out, reterr);
    /* O_NONBLOCK: a pipe without a writer must not hang the gate; it has no effect on regular files. */
    int _cleanup_close_ fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail(path, "cannot be opened", errno, kind, reterr);
    struct stat info;
    if (fstat(fd, &info) != 0)
        return fail(path, "cannot be examined", errno, kind, reterr);
    if (!S_ISREG(info.st_mode))
        return fail(path, S_ISDIR(info.st_mode) ? "is a folder, not a file" : "is special, not a file", 0, kind, reterr);
    if (info.st_size > 0 && (size_t)info.st_size > max) {
        char _cleanup_free_ *what = mem_printf("larger than %zu bytes", max);
        return fail(path, what, 0, kind, reterr);
    }
    return read_fd(fd, path, info.st_size > 0 ? (size_t)info.st_size : 0, max, kind, out, reterr);
}

int file_write_fd(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t done = write(fd, text, len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && errno == EAGAIN) {
            /* Inherited non-blocking: wait until the reader makes room, as write(2) would otherwise. */
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            poll(&wait, 1, -1);
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
    /* Only a file may be put in another's place: not /dev/null or /dev/stdout, nor what a link points to. */
    struct stat info;
    if (lstat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        /* O_NONBLOCK: a pipe that nobody reads fails here instead of being waited for. */
        int _cleanup_close_ there = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (there < 0 || file_write_fd(there, text, len) != 0)
            return err_set(reterr, ERR_INTERNAL, "%s: cannot be written: %s", shown, strerror(errno));
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
