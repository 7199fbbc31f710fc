/* Becoming the app. */
#include "proc/exec.h"

#include <errno.h>
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

/* Tries each folder of PATH as execvp(3) does: what is not there or not ours to run is passed over, and "not ours" is told
 * only if nothing else was found. Unlike execvp(3) it never falls back to a shell, which an image need not have. */
static int try_path(char *const *argv, char *const *vars, const char *path)
{
    int why = ENOENT;
    for (const char *p = path;;) {
        size_t len = strcspn(p, ":");
        char _cleanup_free_ *file = mem_printf("%.*s%s%s", (int)len, p, len ? "/" : "", argv[0]);
        execve(file, argv, vars);
        if (errno == EACCES)
            why = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR)
            return errno;
        else if (access(file, F_OK) == 0)
            return ENOENT; /* it is there: its interpreter is not */
        if (p[len] == '\0')
            return why;
        p += len + 1;
    }
}

static const char *advice(const char *program, int why)
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
    int why = ENOENT;
    if (strchr(argv[0], '/') != NULL) {
        execve(argv[0], argv, vars);
        why = errno;
    } else if (*argv[0] != '\0') {
        why = try_path(argv, vars, path ? path : "/usr/local/bin:/bin:/usr/bin");
    }
    bool missing = why == ENOENT || why == ENOTDIR;
    err_set(reterr, ERR_CONFIG, "%s %s: %s", shown, missing ? "was not found" : "cannot be executed", strerror(why));
    const char *hint = advice(argv[0], why);
    if (hint != NULL)
        err_hint(reterr, "%s", hint);
    return missing ? NOT_FOUND : CANNOT_EXECUTE;
}
