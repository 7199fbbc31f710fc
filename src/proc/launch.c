/* The app, ready to be started. */
#include "proc/launch.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "proc/program.h"

static bool is_unset(const struct strv *unset, const char *variable)
{
    char _cleanup_free_ *name = mem_strndup(variable, strcspn(variable, "="));
    for (size_t i = 0; i < unset->count; i++)
        if (fnmatch(unset->items[i], name, 0) == 0)
            return true;
    return false;
}

static void prepare_environment(struct launch *launch, const struct environment *env, const struct strv *unset)
{
    size_t count = 0, kept = 0;
    bool has_home = launch->user->change;
    while (env->vars[count] != NULL)
        count++;
    launch->vars = mem_alloc((count + 2) * sizeof *launch->vars);
    for (size_t i = 0; i < count; i++)
        if (!is_unset(unset, env->vars[i]) && !(has_home && text_starts(env->vars[i], "HOME=")))
            launch->vars[kept++] = env->vars[i];
    if (!has_home)
        return;
    launch->home = mem_printf("HOME=%s", launch->user->home);
    if (!is_unset(unset, launch->home))
        launch->vars[kept] = launch->home;
}

void launch_prepare(struct launch *launch, char *const *argv, const struct environment *env,
                    const struct launch_options *options)
{
    *launch = (struct launch){.argv = argv, .workdir = options->workdir, .user = options->user};
    prepare_environment(launch, env, options->unset);
    const struct environment seen = {.vars = launch->vars};
    program_candidates(argv[0], environment_get(&seen, "PATH"), &launch->files);
}

void launch_done(struct launch *launch)
{
    strv_done(&launch->files);
    free(launch->vars);
    free(launch->home);
    *launch = (struct launch){0};
}

int launch_enter(const struct launch *launch, struct launch_failure *ret)
{
    int why = user_drop(launch->user);
    if (why != 0) {
        *ret = (struct launch_failure){LAUNCH_USER, why};
        return -1;
    }
    if (*launch->workdir != '\0' && chdir(launch->workdir) != 0) {
        *ret = (struct launch_failure){LAUNCH_WORKDIR, errno};
        return -1;
    }
    return 0;
}

void launch_exec(const struct launch *launch, struct launch_failure *ret)
{
    *ret = (struct launch_failure){LAUNCH_EXEC, program_exec(&launch->files, launch->argv, launch->vars)};
}

int launch_explain(const struct launch *launch, const struct launch_failure *failure, struct err *reterr)
{
    if (failure->stage == LAUNCH_USER) {
        err_set(reterr, ERR_CONFIG, "app.user: %s", strerror(failure->why));
        return LAUNCH_CANNOT_EXECUTE;
    }
    if (failure->stage == LAUNCH_WORKDIR) {
        err_set(reterr, ERR_CONFIG, "app.workdir: %s: %s", launch->workdir, strerror(failure->why));
        return LAUNCH_CANNOT_EXECUTE;
    }
    char _cleanup_free_ *shown = text_escaped(launch->argv[0]);
    int code = program_exit_code(failure->why);
    err_set(reterr, ERR_CONFIG, "%s %s: %s", shown, code == LAUNCH_CANNOT_EXECUTE ? "cannot be executed" : "was not found",
            strerror(failure->why));
    char _cleanup_free_ *hint = program_advice(launch->argv[0], &launch->files, failure->why);
    if (hint != NULL)
        err_hint(reterr, "%s", hint);
    return code;
}
