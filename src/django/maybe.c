/* Apps that may be installed or not, and whether it matters. */
#include "django/maybe.h"

#include <string.h>

#include "base/mem.h"
#include "django/package.h"

/* Is the package nowhere? Only a search that could see all there is can tell: one that finds Django itself, too. */
static int is_absent(struct py_roots *roots, const char *entry, bool *ret, struct err *reterr)
{
    char _cleanup_free_ *package = mem_strndup(entry, strcspn(entry, "."));
    const struct py_found *found;
    if (py_roots_find(roots, package, &found, reterr) != 0)
        return -1;
    *ret = found->kind == PY_FOUND_NONE;
    if (!*ret)
        return 0;
    if (py_roots_find(roots, "django", &found, reterr) != 0)
        return -1;
    if (found->kind == PY_FOUND_NONE || roots->incomplete)
        return err_set(reterr, ERR_NO_EXPECTED, "not every folder that Python looks in is known");
    return 0;
}

static int has_migrations(const struct source *source, struct py_roots *roots, struct django_reader *reader,
                          struct django_settings *settings, const char *entry, bool *ret, struct err *reterr)
{
    struct strv _cleanup_strv_ entries = STRV_INIT, notices = STRV_INIT;
    struct django_apps _cleanup_django_apps_ apps = {0};
    struct django_nodes _cleanup_django_nodes_ nodes = {0};
    strv_add(&entries, entry);
    if (django_apps_read(source, roots, settings, &entries, false, &apps, reterr) != 0)
        return -1;
    return django_package_read(roots, reader, &apps.items[0], 0, &nodes, ret, &notices, reterr);
}

static int check(const struct source *source, struct py_roots *roots, struct django_reader *reader,
                 struct django_settings *settings, const char *entry, struct err *reterr)
{
    bool absent = false, migrated = true;
    struct err _cleanup_err_ why = ERR_INIT;
    if (is_absent(roots, entry, &absent, &why) != 0 ||
        (!absent && has_migrations(source, roots, reader, settings, entry, &migrated, &why) != 0)) {
        char _cleanup_free_ *what = mem_printf("and whether it matters cannot be told: %s", why.msg);
        return django_settings_app_undecided(settings, entry, what, reterr);
    }
    return migrated && !absent ? django_settings_app_undecided(settings, entry, "and it has migrations", reterr) : 0;
}

int django_maybe_check(const struct source *source, struct py_roots *roots, struct django_reader *reader,
                       struct django_settings *settings, const struct strv *maybe, const struct strv *certain,
                       struct err *reterr)
{
    for (size_t i = 0; i < maybe->count; i++)
        if (!strv_has(certain, maybe->items[i]) &&
            check(source, roots, reader, settings, maybe->items[i], reterr) != 0)
            return -1;
    return 0;
}
