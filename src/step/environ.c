/* The environment of a step. */
#include "step/environ.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

void step_environment_done(struct step_environment *environment)
{
    free(environment->vars);
    strv_done(&environment->own);
    *environment = (struct step_environment){0};
}

static bool is_ours(const char *variable, const struct strv *unset)
{
    if (!text_starts(variable, "TENANTGATE_"))
        return false;
    char _cleanup_free_ *name = mem_strndup(variable, strcspn(variable, "="));
    for (size_t i = 0; i < unset->count; i++)
        if (fnmatch(unset->items[i], name, 0) == 0)
            return true;
    return false;
}

/* Is it one of those that are set here? */
static bool is_set_anew(const char *variable, const struct strv *own)
{
    size_t len = strcspn(variable, "=");
    for (size_t i = 0; i < own->count; i++)
        if (strncmp(own->items[i], variable, len) == 0 && own->items[i][len] == '=')
            return true;
    return false;
}

void step_environment_make(const struct environment *env, const struct strv *unset, const struct user *user,
                           const char *name, const struct strv *variables, struct step_environment *ret)
{
    bool has_home = user != NULL && user->change;
    if (variables != NULL)
        strv_add_all(&ret->own, variables);
    strv_take(&ret->own, mem_printf("PGAPPNAME=tenantgate-step:%s", name));
    if (has_home)
        strv_take(&ret->own, mem_printf("HOME=%s", user->home));
    size_t count = 0, kept = 0;
    while (env->vars[count] != NULL)
        count++;
    ret->vars = mem_alloc((count + ret->own.count + 1) * sizeof *ret->vars);
    for (size_t i = 0; i < count; i++) {
        char *variable = env->vars[i];
        if (!is_ours(variable, unset) && !is_set_anew(variable, &ret->own))
            ret->vars[kept++] = variable;
    }
    for (size_t i = 0; i < ret->own.count; i++)
        ret->vars[kept++] = ret->own.items[i];
}
