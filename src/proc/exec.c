/* Becoming the app. */
#include "proc/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

#define NOT_FOUND 127
#define CANNOT_EXECUTE 126

static bool is_unset(const struct strv *unset, const char *variable)
{
    char _cleanup_free_ *name = mem_strndup(variable, strcspn(variable, "="));
    for (size_t i = 0; i < unset->count; i++)
        if (fnmatch(unset->items[i], name, 0) == 0)
            return true;
    return false;
}

/* The app's environment: borrowed strings in a new array. */
static char **app_environment(const struct environment *env, const struct strv *unset)
{
    size_t count = 0, kept = 0;
    while (env->vars[count] != NULL)
        count++;
    char **vars = mem_alloc((count + 1) * sizeof *vars);
    for (size_t i = 0; i < count; i++)
        if (!is_unset(unset, env->vars[i]))
            vars[kept++] = env->vars[i];
    return vars;
}

/* What became of the attempt: the file that decided it (owned), and errno. */
struct failed_exec {
    char *file;
    int why;
};

static void failed_at(struct failed_exec *failed, const char *file, int why)
{
    mem_set(&failed->file, file);
    failed->why = why;
}

/* Tries each folder of PATH as execvp(3) does: what is not there or not ours to run is passed over, and "not ours" is told
 * only if nothing else was found. Unlike execvp(3) it never falls back to a shell, which an image need not have. */
static void try_path(char *const *argv, char *const *vars, const char *path, struct failed_exec *failed)
{
    for (const char *p = path;;) {
        size_t len = strcspn(p, ":");
        char _cleanup_free_ *file = mem_printf("%.*s%s%s", (int)len, p, len ? "/" : "", argv[0]);
        execve(file, argv, vars);
        int why = errno;
        bool absent = (why == ENOENT || why == ENOTDIR) && access(file, F_OK) != 0;
        if (!absent)
            failed_at(failed, file, why);
        if ((!absent && why != EACCES) || p[len] == '\0')
            return;
        p += len + 1;
    }
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

static char *advice(const char *name, const struct failed_exec *failed)
{
    struct stat info;
    bool exists = failed->file != NULL && stat(failed->file, &info) == 0;
    if (failed->why == ENOENT && exists)
        return missing_part(failed->file);
    if (failed->why == ENOENT && strpbrk(name, " \t\n") != NULL)
        return mem_strdup("The program and each argument must be a word of its own: [\"program\", \"argument\"], not "
                          "[\"program argument\"].");
    if (failed->why == ENOENT)
        return mem_strdup("Is it installed in the image, and in a folder of PATH?");
    if (failed->why == ENOEXEC)
        return mem_strdup("A script needs a first line such as #!/bin/sh; a program must be made for this machine.");
    if (failed->why == EACCES && exists && S_ISDIR(info.st_mode))
        return mem_strdup("It is a folder.");
    if (failed->why == EACCES)
        return mem_strdup("Is it a file with the executable bit set, on a file system mounted without noexec?");
    return NULL;
}

int exec_app(char *const *argv, const struct environment *env, const struct exec_options *options, struct signals *signals,
             struct err *reterr)
{
    char _cleanup_free_ **vars = app_environment(env, options->unset);
    const struct environment seen = {.vars = vars};
    const char *path = environment_get(&seen, "PATH");
    char _cleanup_free_ *shown = text_escaped(argv[0]);
    if (*options->workdir != '\0' && chdir(options->workdir) != 0) {
        err_set(reterr, ERR_CONFIG, "app.workdir: %s: %s", options->workdir, strerror(errno));
        return CANNOT_EXECUTE;
    }
    if (signals_restore(signals, reterr) != 0)
        return reterr->kind == ERR_SIGNALLED ? 128 + reterr->signal : CANNOT_EXECUTE;
    struct failed_exec failed = {.why = ENOENT};
    if (strchr(argv[0], '/') != NULL) {
        execve(argv[0], argv, vars);
        failed_at(&failed, argv[0], errno);
    } else if (*argv[0] != '\0') {
        try_path(argv, vars, path ? path : "/usr/local/bin:/bin:/usr/bin", &failed);
    }
    bool missing = failed.why == ENOENT || failed.why == ENOTDIR;
    err_set(reterr, ERR_CONFIG, "%s %s: %s", shown, missing ? "was not found" : "cannot be executed", strerror(failed.why));
    char _cleanup_free_ *hint = advice(argv[0], &failed);
    if (hint != NULL)
        err_hint(reterr, "%s", hint);
    free(failed.file);
    return missing ? NOT_FOUND : CANNOT_EXECUTE;
}
