/* Values for ${NAME} in changelogs (changelog/ChangeLogParameters.java, changelog/ExpressionExpander.java). */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "liquibase/project.h"

/* A value that holds ${NAME} itself: that often one within the other. */
#define EXPAND_DEPTH_MAX 8
/* Values of values of values grow quickly. */
#define EXPAND_BYTES_MAX ((size_t)64 * 1024)

void parameters_done(struct parameters *parameters)
{
    for (size_t i = 0; i < parameters->count; i++) {
        free(parameters->items[i].name);
        free(parameters->items[i].value);
        free(parameters->items[i].owner);
    }
    free(parameters->items);
    *parameters = (struct parameters){0};
}

void parameters_add(struct parameters *parameters, const char *name, const char *value, const char *owner, bool undecided)
{
    MEM_GROW(parameters->items, parameters->count, parameters->cap);
    parameters->items[parameters->count++] = (struct parameter){.name = mem_strdup(name), .value = mem_strdup(value ? value : ""),
                                                                .owner = mem_strdup(owner),
                                                                .undecided = undecided || value == NULL || parameters->opaque};
}

static const struct parameter *find(const struct parameters *parameters, const char *name, const char *owner)
{
    const struct parameter *found = NULL;
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *item = &parameters->items[i];
        if (strcasecmp(item->name, name) != 0 || (owner == NULL) != (item->owner == NULL) ||
            (owner != NULL && strcmp(item->owner, owner) != 0))
            continue;
        found = item;
        if (owner == NULL) /* of the global ones the first counts, of the local ones the last */
            break;
    }
    return found;
}

/* The environment has the first word: Liquibase may run with another one than this. */
static bool is_in_environment(const struct environment *env, const char *name, const char *value)
{
    size_t len = strlen(name);
    for (char *const *var = env->vars; var != NULL && *var != NULL; var++)
        if (strncasecmp(*var, name, len) == 0 && (*var)[len] == '=' && strcmp(*var + len + 1, value) != 0)
            return true;
    return false;
}

static const char *value_of(const struct parameters *parameters, const struct environment *env, const struct strv *owners,
                            const char *name)
{
    if (strcasecmp(name, "database.typeName") == 0)
        return "postgresql";
    const struct parameter *global = find(parameters, name, NULL), *local = NULL;
    for (size_t i = owners->count; i-- > 0 && local == NULL;)
        local = find(parameters, name, owners->items[i]);
    /* Whether what is included sees it is another matter in every other version. */
    if (local != NULL && strcmp(local->owner, owners->items[owners->count - 1]) != 0)
        return NULL;
    const struct parameter *item = global ? global : local;
    if (item == NULL || item->undecided || is_in_environment(env, name, item->value))
        return NULL;
    /* YAML fills in what is known before it includes anything: a local value that a global one hides later. */
    if (local != NULL && (local->undecided || strcmp(local->value, item->value) != 0))
        return NULL;
    return item->value;
}

static bool expand(const struct parameters *parameters, const struct environment *env, const struct strv *owners, const char *text,
                   int depth, struct buf *out)
{
    for (;;) {
        const char *begin = strstr(text, "${");
        if (begin == NULL || depth > EXPAND_DEPTH_MAX) {
            buf_puts(out, text);
            return begin == NULL && !out->truncated;
        }
        buf_add(out, text, (size_t)(begin - text));
        begin += 2 + strspn(begin + 2, " \t");
        size_t len = strcspn(begin, "}");
        if (begin[len] == '\0' || memchr(begin, '$', len) != NULL || *begin == ':')
            return false;
        text = begin + len + 1;
        while (len > 0 && (begin[len - 1] == ' ' || begin[len - 1] == '\t'))
            len--;
        char _cleanup_free_ *name = mem_strndup(begin, len);
        const char *value = value_of(parameters, env, owners, name);
        if (value == NULL || !expand(parameters, env, owners, value, depth + 1, out))
            return false;
    }
}

char *parameters_expand(const struct parameters *parameters, const struct environment *env, const struct strv *owners, const char *text)
{
    struct buf _cleanup_buf_ out = {.max = EXPAND_BYTES_MAX + strlen(text)};
    if (strstr(text, "${") == NULL)
        return mem_strdup(text);
    return expand(parameters, env, owners, text, 0, &out) ? buf_steal(&out) : NULL;
}
