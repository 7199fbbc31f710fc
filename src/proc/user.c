/* Who the app runs as. */
#include "proc/user.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#define PASSWD "/etc/passwd"
#define GROUP "/etc/group"
#define FILE_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define FIELDS_MAX 7

/* The kernel's own form of capset(2) (linux/capability.h, which not every tool chain brings). */
#define CAPABILITY_VERSION_3 0x20080522U
struct capability_header {
    uint32_t version;
    int pid;
};
struct capability_data {
    uint32_t effective, permitted, inheritable;
};

void user_done(struct user *user)
{
    free(user->groups);
    free(user->home);
    *user = (struct user){0};
}

/* Reads a file of the accounts; an image that has none has no names, which is no error. */
static int read_accounts(const char *path, struct buf *out, struct err *reterr)
{
    if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    return file_read(path, FILE_MAX_BYTES, ERR_CONFIG, out, reterr);
}

/* Cuts the next line of `*text` at its colons, in place. Returns how many fields it has, or -1 at the end. */
static int next_line(char **text, char *fields[FIELDS_MAX])
{
    char *line = *text;
    if (*line == '\0')
        return -1;
    char *end = strchrnul(line, '\n');
    *text = *end == '\0' ? end : end + 1;
    *end = '\0';
    int count = 0;
    for (char *field = line; field != NULL && count < FIELDS_MAX; count++) {
        fields[count] = field;
        field = strchr(field, ':');
        if (field != NULL)
            *field++ = '\0';
    }
    return *line == '#' || *line == '+' || *line == '-' ? 0 : count;
}

/* A number that may be an ID: the largest stands for "none" in the system calls. */
static bool read_id(const char *text, uint32_t *ret)
{
    uint64_t value = 0;
    if (*text == '\0' || strspn(text, "0123456789") != strlen(text) || strlen(text) > 10)
        return false;
    for (const char *c = text; *c != '\0'; c++)
        value = value * 10 + (uint64_t)(*c - '0');
    if (value >= UINT32_MAX)
        return false;
    *ret = (uint32_t)value;
    return true;
}

static bool all_digits(const char *text)
{
    return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

static int no_such(const char *what, const char *name, const char *file, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(name);
    if (*name == '\0')
        err_set(reterr, ERR_CONFIG, "app.user: the %s is missing", what);
    else if (all_digits(name))
        err_set(reterr, ERR_CONFIG, "app.user: %s cannot be a %s ID", shown, what);
    else
        err_set(reterr, ERR_CONFIG, "app.user: %s has no %s '%s'", file, what, shown);
    return err_hint(reterr, "It is USER or USER:GROUP, names of the image or numbers, as in app.user = 1000:1000.");
}

/* Fills in uid, gid and home. `*ret_name` is the user's name, NULL where it has none; owned by the caller. */
static int find_user(const char *wanted, struct user *user, char **ret_name, struct err *reterr)
{
    struct buf _cleanup_buf_ accounts = BUF_INIT;
    uint32_t number = 0, uid = 0, gid = 0;
    bool numeric = read_id(wanted, &number);
    if (read_accounts(PASSWD, &accounts, reterr) != 0)
        return -1;
    char _cleanup_free_ *copy = mem_strdup(buf_text(&accounts));
    char *rest = copy, *fields[FIELDS_MAX];
    for (int count = next_line(&rest, fields); count >= 0; count = next_line(&rest, fields)) {
        if (count < 4 || !read_id(fields[2], &uid) || !read_id(fields[3], &gid))
            continue;
        if (numeric ? uid != number : *wanted == '\0' || strcmp(fields[0], wanted) != 0)
            continue;
        user->uid = uid;
        user->gid = gid;
        user->home = mem_strdup(count > 5 && *fields[5] != '\0' ? fields[5] : "/");
        *ret_name = mem_strdup(fields[0]);
        return 0;
    }
    if (!numeric)
        return no_such("user", wanted, PASSWD, reterr);
    /* Never the group that the gate has: as root that would be root's. */
    user->uid = user->gid = number;
    user->home = mem_strdup("/");
    return 0;
}

static int find_group(const char *wanted, gid_t *ret, struct err *reterr)
{
    struct buf _cleanup_buf_ accounts = BUF_INIT;
    if (read_id(wanted, ret))
        return 0;
    if (read_accounts(GROUP, &accounts, reterr) != 0)
        return -1;
    char _cleanup_free_ *copy = mem_strdup(buf_text(&accounts));
    char *rest = copy, *fields[FIELDS_MAX];
    for (int count = next_line(&rest, fields); count >= 0; count = next_line(&rest, fields))
        if (count >= 3 && *wanted != '\0' && strcmp(fields[0], wanted) == 0 && read_id(fields[2], ret))
            return 0;
    return no_such("group", wanted, GROUP, reterr);
}

static bool is_member(char *members, const char *name)
{
    for (char *member = members; member != NULL;) {
        size_t len = strcspn(member, ",");
        if (len == strlen(name) && strncmp(member, name, len) == 0)
            return true;
        member = member[len] == ',' ? member + len + 1 : NULL;
    }
    return false;
}

static void add_group(struct user *user, size_t *cap, gid_t gid)
{
    for (size_t i = 0; i < user->group_count; i++)
        if (user->groups[i] == gid)
            return;
    MEM_GROW(user->groups, user->group_count, *cap);
    user->groups[user->group_count++] = gid;
}

/* All groups that /etc/group has the user in, after its own. */
static int find_groups(const char *name, struct user *user, struct err *reterr)
{
    struct buf _cleanup_buf_ accounts = BUF_INIT;
    size_t cap = 0;
    add_group(user, &cap, user->gid);
    if (name == NULL)
        return 0;
    if (read_accounts(GROUP, &accounts, reterr) != 0)
        return -1;
    char _cleanup_free_ *copy = mem_strdup(buf_text(&accounts));
    char *rest = copy, *fields[FIELDS_MAX];
    uint32_t gid = 0;
    for (int count = next_line(&rest, fields); count >= 0; count = next_line(&rest, fields))
        if (count >= 4 && read_id(fields[2], &gid) && is_member(fields[3], name))
            add_group(user, &cap, gid);
    return 0;
}

static bool is_user_already(const struct user *user, bool with_group)
{
    uid_t uid[3];
    gid_t gid[3];
    if (getresuid(&uid[0], &uid[1], &uid[2]) != 0 || getresgid(&gid[0], &gid[1], &gid[2]) != 0)
        return false;
    for (int i = 0; i < 3; i++)
        if (uid[i] != user->uid || (with_group && gid[i] != user->gid))
            return false;
    return true;
}

/* Drops in a child; returns what user_drop() said there, or the errno of what kept it from trying. */
static int rehearse(const struct user *user)
{
    int ends[2], why = EIO;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    int _cleanup_close_ from = ends[0], _cleanup_close_ to = ends[1];
    pid_t child = fork();
    if (child < 0)
        return errno;
    if (child == 0) {
        int said = user_drop(user);
        _exit(write(ends[1], &said, sizeof said) == (ssize_t)sizeof said ? 0 : 1);
    }
    mem_close_fd(&to);
    ssize_t got;
    do
        got = read(from, &why, sizeof why);
    while (got < 0 && errno == EINTR);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) /* ECHILD where SIGCHLD is ignored: then it is gone too */
        ;
    return got == (ssize_t)sizeof why ? why : EIO;
}

static int check(const char *text, const struct user *user, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(text);
    if (geteuid() != 0) {
        err_set(reterr, ERR_CONFIG, "app.user: only root can become %s (%u:%u); this is user %u, group %u", shown, user->uid,
                user->gid, geteuid(), getegid());
        return err_hint(reterr, "Start the container as root (no USER, no `user:`), or leave app.user out.");
    }
    int why = rehearse(user);
    if (why == 0)
        return 0;
    err_set(reterr, ERR_CONFIG, "app.user: cannot become %s (%u:%u): %s", shown, user->uid, user->gid,
            why == ENOTRECOVERABLE ? "there would be a way back to root" : strerror(why));
    if (why == EPERM)
        return err_hint(reterr, "The container needs the capabilities SETUID and SETGID (cap_add) to give the rest up.");
    if (why == EINVAL)
        return err_hint(reterr, "This user namespace has no such ID.");
    return -1;
}

int user_find(const char *text, struct user *ret, struct err *reterr)
{
    struct user _cleanup_user_ user = {.change = true};
    if (*text == '\0')
        return 0;
    const char *colon = strchr(text, ':');
    char _cleanup_free_ *wanted = mem_strndup(text, strcspn(text, ":")), _cleanup_free_ *name = NULL;
    if (find_user(wanted, &user, &name, reterr) != 0)
        return -1;
    if (colon != NULL && find_group(colon + 1, &user.gid, reterr) != 0)
        return -1;
    if (find_groups(colon == NULL ? name : NULL, &user, reterr) != 0)
        return -1;
    if (is_user_already(&user, colon != NULL))
        user.change = false;
    else if (check(text, &user, reterr) != 0)
        return -1;
    *ret = user;
    user = (struct user){0};
    return 0;
}

/* The system calls themselves: the C library's functions would change every thread, by signals, which is more than a
 * child after fork(2) may ask for. Returns 0 or the errno. */
static int call(long result)
{
    return result == 0 ? 0 : errno;
}

static int drop_capabilities(void)
{
    struct capability_header header = {.version = CAPABILITY_VERSION_3};
    struct capability_data none[2] = {{0}, {0}};
    return call(syscall(SYS_capset, &header, none));
}

int user_drop(const struct user *user)
{
    if (!user->change)
        return 0;
    int why = call(syscall(SYS_setgroups, user->group_count, user->groups));
    if (why == 0)
        why = call(syscall(SYS_setresgid, user->gid, user->gid, user->gid));
    if (why == 0)
        why = call(syscall(SYS_setresuid, user->uid, user->uid, user->uid));
    if (why != 0 || user->uid == 0)
        return why;
    /* Empties the inheritable and, with it, the ambient set too: they would come back at exec. Also where securebits keep
     * the kernel from doing any of it by itself. */
    why = drop_capabilities();
    if (why != 0)
        return why;
    if (!is_user_already(user, true) || syscall(SYS_setresuid, -1, 0, -1) == 0 ||
        (user->gid != 0 && syscall(SYS_setresgid, -1, 0, -1) == 0))
        return ENOTRECOVERABLE;
    return 0;
}
