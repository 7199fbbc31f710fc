/* What was told last. */
#include "notice/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"

/* Digits of a digest that are enough to tell texts apart. */
#define DIGITS 16
#define PREFIX "sha256:"

void stamp_done(struct stamp *stamp)
{
    free(stamp->path);
    stamp->path = NULL;
}

static char *digest(const char *text)
{
    struct sha256 sum;
    sha256_start(&sum);
    sha256_add(&sum, text, strlen(text));
    char _cleanup_free_ *all = sha256_end(&sum);
    return mem_strndup(all + strlen(PREFIX), DIGITS);
}

void stamp_find(const char *folder, const char *who, const struct environment *env, struct stamp *ret)
{
    const char *const folders[] = {folder, environment_get(env, "TMPDIR"), "/tmp", "/var/tmp", "/dev/shm"};
    size_t count = *folder != '\0' ? 1 : sizeof folders / sizeof *folders;
    char _cleanup_free_ *name = digest(who);
    ret->path = NULL;
    for (size_t i = 0; i < count && ret->path == NULL; i++)
        if (folders[i] != NULL && *folders[i] != '\0' && access(folders[i], W_OK | X_OK) == 0)
            ret->path = mem_printf("%s/tenantgate-notice-%s", folders[i], name);
}

/* Opens it; -1 where it is not there or not to be believed. In /tmp anyone may leave a file or a link of that name. */
static int open_own(const char *path, int flags, struct stat *ret_info)
{
    int _cleanup_close_ fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    if (fd < 0 || fstat(fd, ret_info) != 0 || !S_ISREG(ret_info->st_mode) || ret_info->st_uid != geteuid() ||
        ret_info->st_nlink != 1)
        return -1;
    int result = fd;
    fd = -1;
    return result;
}

bool stamp_has(const struct stamp *stamp, const char *what, int64_t repeat_ms)
{
    struct stat info;
    char last[DIGITS + 1] = "";
    if (stamp->path == NULL || repeat_ms <= 0)
        return false;
    int _cleanup_close_ fd = open_own(stamp->path, O_RDONLY, &info);
    if (fd < 0 || read(fd, last, DIGITS) != DIGITS)
        return false;
    char _cleanup_free_ *now = digest(what);
    struct timespec time = {0};
    clock_gettime(CLOCK_REALTIME, &time);
    int64_t age_ms = (int64_t)(time.tv_sec - info.st_mtim.tv_sec) * 1000;
    return strcmp(last, now) == 0 && age_ms >= 0 && age_ms < repeat_ms;
}

void stamp_set(const struct stamp *stamp, const char *what)
{
    struct stat info;
    if (stamp->path == NULL)
        return;
    int _cleanup_close_ fd = open_own(stamp->path, O_WRONLY | O_CREAT, &info);
    char _cleanup_free_ *now = digest(what);
    /* Writing sets the time as well; a half-written digest is like none. */
    if (fd < 0 || file_write_fd(fd, now, strlen(now)) != 0)
        return;
}
