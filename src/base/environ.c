/* The environment as data. */
#include "base/environ.h"

#include <string.h>

const char *environment_get(const struct environment *env, const char *name)
{
    size_t len = strlen(name);
    for (char *const *var = env->vars; var != NULL && *var != NULL; var++)
        if (strncmp(*var, name, len) == 0 && (*var)[len] == '=')
            return *var + len + 1;
    return NULL;
}
