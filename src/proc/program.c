/* Finding and executing a program. */
#include "proc/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

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
        if (errno == EACCES || (errno == ENOTDIR && candidates->count == 1))
            why = errno;
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

/* The file is there, and yet the kernel said "no such file": it speaks of what the file needs. */
static char *missing_part(const char *file)
{
    char line[256] = "";
    int _cleanup_close_ fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t got = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
    if (got < 2 || line[0] != '#' || line[1] != '!')
        return mem_strdup("The file is there: the dynamic loader that it asks for is not in the image. Was it made for an image "
                          "with another C library?");
    line[strcspn(line, "\n")] = '\0';
    if (strchr(line, '\r') != NULL)
        return mem_strdup("The file is there, but saved with the line ends of Windows (CRLF), which its #! line cannot have.");
    const char *name = line + 2 + strspn(line + 2, " \t");
    char _cleanup_free_ *interpreter = mem_strndup(name, strcspn(name, " \t"));
    char _cleanup_free_ *shown = text_escaped(interpreter);
    return mem_printf("The file is there: its interpreter %s is not in the image.", shown);
}

/* The file that decided it: the first that is there. */
static const char *decided_by(const struct strv *candidates)
{
    for (size_t i = 0; candidates != NULL && i < candidates->count; i++)
        if (access(candidates->items[i], F_OK) == 0)
            return candidates->items[i];
    return NULL;
}

char *program_advice(const char *name, const struct strv *candidates, int why)
{
    struct stat info;
    const char *file = decided_by(candidates);
    bool exists = file != NULL && stat(file, &info) == 0;
    if (why == ENOENT && exists)
        return missing_part(file);
    if (why == ENOENT && strpbrk(name, " \t\n") != NULL)
        return mem_strdup("The program and each argument must be a word of its own: [\"program\", \"argument\"], not "
                          "[\"program argument\"].");
    if (why == ENOENT)
        return mem_strdup("Is it installed in the image, and in a folder of PATH?");
    if (why == ENOEXEC)
        return mem_strdup("A script needs a first line such as #!/bin/sh; a program must be made for this machine.");
    if (why == EACCES && exists && S_ISDIR(info.st_mode))
        return mem_strdup("It is a folder.");
    if (why == EACCES)
        return mem_strdup("Is it a file with the executable bit set, on a file system mounted without noexec?");
    return NULL;
}
