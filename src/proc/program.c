/* Finding and executing a program. */
#include "proc/program.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define NOT_FOUND 127
#define CANNOT_EXECUTE 126
#define USUAL_PATH "/usr/local/bin:/bin:/usr/bin"

void program_candidates(const char *name, const char *path, struct strv *ret)
{
    if (*name == '\0')
        return;
    if (strchr(name, '/') != NULL) {
        strv_add(ret, name);
        return;
    }
    for (const char *p = path ? path : USUAL_PATH;;) {
        size_t len = strcspn(p, ":");
        strv_take(ret, mem_printf("%.*s%s%s", (int)len, p, len ? "/" : "", name));
        if (p[len] == '\0')
            return;
        p += len + 1;
    }
}

int program_exec(const struct strv *candidates, char *const *argv, char *const *vars)
{
    int why = ENOENT;
    for (size_t i = 0; i < candidates->count; i++) {
        execve(candidates->items[i], argv, vars);
        if (errno == EACCES)
            why = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR)
            return errno;
        else if (access(candidates->items[i], F_OK) == 0)
            return ENOENT; /* it is there: its interpreter is not */
    }
    return why;
}

int program_exit_code(int why)
{
    return why == ENOENT || why == ENOTDIR ? NOT_FOUND : CANNOT_EXECUTE;
}

const char *program_advice(const char *program, int why)
{
    struct stat info;
    if (why == ENOENT && strchr(program, '/') != NULL && stat(program, &info) == 0)
        return "The file is there: its interpreter (the #! line, or the dynamic loader) is not in the image.";
    if (why == ENOENT)
        return "Is it installed in the image, and in a folder of PATH?";
    if (why == ENOEXEC)
        return "A script needs a first line such as #!/bin/sh; a program must be made for this machine.";
    if (why == EACCES)
        return "Is it a file with the executable bit set, on a file system mounted without noexec?";
    return NULL;
}
