/* What stands before and behind the gate in these tests: a parent that hands an odd state on, and an app that does one
 * thing. Linked statically, so that it runs in an empty folder too.
 *
 *   app start [OPTION VALUE]... -- COMMAND [ARG...]
 *       clears the signal mask and every disposition, then sets up what the options say, then becomes COMMAND:
 *       ignore N, block N, pend N (blocked and sent), close FD, nonblock FD, umask OCTAL, nice N, limit NAME:SOFT:HARD,
 *       chroot DIR, cd DIR, uid N, drop CAPABILITY, env STRING (the whole environment then consists of these), slack NS,
 *       drained FD (reads a byte of it, to have waited for somebody)
 *   app pause           waits for ever, with every disposition as it came
 *   app exit N          ends with that code
 *   app raise N         ends by that signal
 *   app fault           ends by a fault of its own
 *   app children        says whether it has children: "none" or the number of one
 *   app words WORD...   prints them, a line each
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ENV 4096

static void fail(const char *what)
{
    fprintf(stderr, "app: %s: %s\n", what, strerror(errno));
    exit(99);
}

/* The kernel's own call: the C library keeps some signals to itself. */
static void set_disposition(int number, void (*handler)(int))
{
    struct {
        void (*handler)(int);
        unsigned long flags;
        void (*restorer)(void);
        unsigned long mask;
    } action = {.handler = handler};
    syscall(SYS_rt_sigaction, number, &action, NULL, 8);
}

static void change_mask(int how, unsigned long mask)
{
    syscall(SYS_rt_sigprocmask, how, &mask, NULL, 8);
}

static const struct {
    const char *name;
    int resource;
} limits[] = {{"nofile", RLIMIT_NOFILE}, {"nproc", RLIMIT_NPROC}, {"as", RLIMIT_AS}, {"core", RLIMIT_CORE},
              {"stack", RLIMIT_STACK}, {"fsize", RLIMIT_FSIZE}, {"memlock", RLIMIT_MEMLOCK}, {"cpu", RLIMIT_CPU}};

static void set_limit(const char *text)
{
    char name[32];
    unsigned long long soft, hard;
    if (sscanf(text, "%31[a-z]:%llu:%llu", name, &soft, &hard) != 3)
        fail(text);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (strcmp(limits[i].name, name) == 0) {
            struct rlimit limit = {soft, hard};
            if (setrlimit(limits[i].resource, &limit) != 0)
                fail(text);
            return;
        }
    fail(text);
}

static void set_up(const char *option, const char *value, char **env, int *env_count)
{
    int number = atoi(value);
    if (strcmp(option, "ignore") == 0)
        set_disposition(number, SIG_IGN);
    else if (strcmp(option, "block") == 0)
        change_mask(SIG_BLOCK, 1UL << (number - 1));
    else if (strcmp(option, "pend") == 0) {
        change_mask(SIG_BLOCK, 1UL << (number - 1));
        kill(getpid(), number);
    } else if (strcmp(option, "close") == 0)
        close(number);
    else if (strcmp(option, "nonblock") == 0)
        fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK);
    else if (strcmp(option, "umask") == 0)
        umask((mode_t)strtol(value, NULL, 8));
    else if (strcmp(option, "nice") == 0) {
        if (setpriority(PRIO_PROCESS, 0, number) != 0)
            fail(value);
    } else if (strcmp(option, "limit") == 0)
        set_limit(value);
    else if (strcmp(option, "chroot") == 0) {
        if (chroot(value) != 0 || chdir("/") != 0)
            fail(value);
    } else if (strcmp(option, "cd") == 0) {
        if (chdir(value) != 0)
            fail(value);
    } else if (strcmp(option, "uid") == 0) {
        if (setresgid((gid_t)number, (gid_t)number, (gid_t)number) != 0 ||
            setresuid((uid_t)number, (uid_t)number, (uid_t)number) != 0)
            fail(value);
    } else if (strcmp(option, "drop") == 0) {
        if (prctl(PR_CAPBSET_DROP, number) != 0)
            fail(value);
    } else if (strcmp(option, "env") == 0 && *env_count < MAX_ENV)
        env[(*env_count)++] = (char *)value;
    else if (strcmp(option, "slack") == 0)
        prctl(PR_SET_TIMERSLACK, strtoul(value, NULL, 10));
    else if (strcmp(option, "drained") == 0) {
        char byte;
        while (read(number, &byte, 1) < 0 && errno == EINTR)
            ;
        close(number);
    } else {
        errno = EINVAL;
        fail(option);
    }
}

static int start(char **argv, char **inherited)
{
    static char *env[MAX_ENV + 1];
    int env_count = 0;
    for (int number = 1; number <= 64; number++)
        set_disposition(number, SIG_DFL);
    change_mask(SIG_SETMASK, 0);
    for (; *argv != NULL && strcmp(*argv, "--") != 0; argv += 2) {
        if (argv[1] == NULL) {
            errno = EINVAL;
            fail(*argv);
        }
        set_up(argv[0], argv[1], env, &env_count);
    }
    if (*argv == NULL || argv[1] == NULL) {
        errno = EINVAL;
        fail("start");
    }
    execve(argv[1], argv + 1, env_count > 0 ? env : inherited);
    fail(argv[1]);
    return 99;
}

int main(int argc, char **argv, char **inherited)
{
    const char *word = argc > 1 ? argv[1] : "";
    if (strcmp(word, "start") == 0)
        return start(argv + 2, inherited);
    if (strcmp(word, "pause") == 0)
        for (;;)
            pause();
    if (strcmp(word, "exit") == 0)
        return atoi(argv[2]);
    if (strcmp(word, "raise") == 0) {
        set_disposition(atoi(argv[2]), SIG_DFL);
        change_mask(SIG_SETMASK, 0);
        kill(getpid(), atoi(argv[2]));
        return 0;
    }
    if (strcmp(word, "fault") == 0)
        *(volatile int *)8 = 1;
    if (strcmp(word, "children") == 0) {
        int status, child = waitpid(-1, &status, WNOHANG | __WALL);
        if (child < 0 && errno == ECHILD)
            puts("none");
        else
            printf("%d\n", child);
        return 0;
    }
    if (strcmp(word, "words") == 0) {
        for (int i = 2; i < argc; i++)
            puts(argv[i]);
        return 0;
    }
    errno = EINVAL;
    fail(word);
}
