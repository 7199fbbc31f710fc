/* Reading a Django project's expected migrations from its files. */
#include "django/read.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "django/graph.h"
#include "django/maybe.h"
#include "django/tenants.h"
#include "python/syspath.h"

/* What migrations may ask of the project. */
struct setting_source {
    const struct source *source;
    struct django_settings *settings;
    const struct django_apps *apps;
};

static int get_setting(void *context, const char *name, const char **ret, struct err *reterr)
{
    struct setting_source *from = context;
    bool user = strcmp(name, "AUTH_USER_MODEL") == 0;
    if (user && from->source->user_model != NULL && *from->source->user_model != '\0') {
        *ret = from->source->user_model;
        return 0;
    }
    char _cleanup_free_ *shown = text_escaped(name);
    if (from->settings->file == NULL) {
        err_set(reterr, ERR_NO_EXPECTED, "the setting %s is needed, and the Django settings are not known", shown);
        return err_hint(reterr,
                        user ? "set migrations.user_model (\"auth.User\" is Django's default) or migrations.settings"
                             : "set migrations.settings, or: " DJANGO_HINT);
    }
    if (django_settings_string(from->settings, name, ret, reterr) != 0)
        return user ? err_hint(reterr, "set migrations.user_model, or: " DJANGO_HINT) : -1;
    if (*ret == NULL && user)
        *ret = "auth.User";
    return 0;
}

static bool is_installed(void *context, const char *name)
{
    const struct setting_source *from = context;
    for (size_t i = 0; i < from->apps->count; i++)
        if (from->apps->items[i].name != NULL && strcmp(from->apps->items[i].name, name) == 0)
            return true;
    return false;
}

/* The paths with the folders that hold a manage.py first: Python puts that folder at the front of sys.path. */
static void order_paths(const struct strv *paths, struct strv *ret)
{
    for (int manage = 1; manage >= 0; manage--) {
        for (size_t i = 0; i < paths->count; i++) {
            char _cleanup_free_ *path = py_path_join(paths->items[i], "manage.py");
            if (py_file_exists(path) == (manage == 1))
                strv_add(ret, paths->items[i]);
        }
    }
}

/* sys.path as manage.py and the settings change it. Where the apps are named by hand, what is not understood there is
 * passed over: naming them is the way out. */
static int change_path(struct py_roots *roots, const char *path, const struct buf *text, bool by_hand,
                       struct err *reterr)
{
    if (py_syspath_apply(roots, path, buf_text(text), text->len, reterr) == 0)
        return 0;
    if (!by_hand)
        return -1;
    err_done(reterr);
    return 0;
}

static int change_paths(const struct strv *paths, struct py_roots *roots, bool by_hand, struct err *reterr)
{
    for (size_t i = 0; i < paths->count; i++) {
        struct buf _cleanup_buf_ text = BUF_INIT;
        char _cleanup_free_ *path = py_path_join(paths->items[i], "manage.py");
        if (py_file_exists(path) &&
            (py_file_read(path, &text, reterr) != 0 || change_path(roots, path, &text, by_hand, reterr) != 0))
            return -1;
    }
    return 0;
}

/* As the settings change it, and whatever they take settings from. */
static int change_by_settings(struct py_roots *roots, const struct django_settings *settings, bool by_hand, struct err *reterr)
{
    if (settings->path == NULL)
        return 0;
    for (size_t i = 0; i < settings->lenders.count; i++)
        if (change_path(roots, settings->lenders.items[i]->path, &settings->lenders.items[i]->text, by_hand, reterr) != 0)
            return -1;
    return change_path(roots, settings->path, &settings->text, by_hand, reterr);
}

static int read_apps(const struct source *source, struct django_reader *reader, struct django_settings *settings,
                     struct django_apps *apps, struct err *reterr)
{
    struct strv _cleanup_strv_ entries = STRV_INIT, maybe = STRV_INIT;
    bool by_hand = source->apps.count > 0;
    if (by_hand)
        strv_add_all(&entries, &source->apps);
    else if (django_settings_apps(settings, &entries, &maybe, reterr) != 0)
        return -1;
    if (django_apps_read(source, reader->roots, settings, &entries, by_hand, apps, reterr) != 0)
        return -1;
    return django_maybe_check(source, reader->roots, reader, settings, &maybe, &entries, reterr);
}

static int read_migrations(struct py_roots *roots, struct django_reader *reader, const struct django_apps *apps,
                           struct django_nodes *nodes, bool *migrated, struct expected *ret, struct err *reterr)
{
    for (size_t i = 0; i < apps->count; i++)
        if (django_package_read(roots, reader, &apps->items[i], (uint32_t)i, nodes, &migrated[i], &ret->notices,
                                reterr) != 0)
            return -1;
    if (nodes->count > 0)
        return 0;
    err_set(reterr, ERR_NO_EXPECTED, "there are no migrations: none of the %zu apps has any", apps->count);
    return err_hint(reterr, "is migrations.path the folder of the project, and are its migrations part of the image?");
}

int django_read_below(const struct source *source, const char *prefix, struct expected *ret, struct err *reterr)
{
    struct strv _cleanup_strv_ paths = STRV_INIT;
    struct py_roots _cleanup_py_roots_ roots = {0};
    struct django_settings _cleanup_django_settings_ settings = {0};
    struct django_apps _cleanup_django_apps_ apps = {0};
    struct django_nodes _cleanup_django_nodes_ nodes = {0};
    struct setting_source setting_source = {source, &settings, &apps};
    struct django_reader _cleanup_(django_reader_done) reader = {
        .roots = &roots, .get_setting = get_setting, .is_installed = is_installed, .context = &setting_source};
    order_paths(&source->paths, &paths);
    py_roots_init(&roots, &paths, &source->env, prefix);
    bool by_hand = source->apps.count > 0;
    if (change_paths(&paths, &roots, by_hand, reterr) != 0 ||
        django_settings_read(source, &roots, !by_hand, &settings, reterr) != 0 ||
        change_by_settings(&roots, &settings, by_hand, reterr) != 0 ||
        read_apps(source, &reader, &settings, &apps, reterr) != 0)
        return -1;
    bool _cleanup_free_ *migrated = mem_alloc(apps.count);
    ret->framework = FRAMEWORK_DJANGO;
    if (read_migrations(&roots, &reader, &apps, &nodes, migrated, ret, reterr) != 0 ||
        django_graph_build(&apps, migrated, &nodes, ret, reterr) != 0 ||
        django_tenants_read(&settings, &apps, &nodes, ret, reterr) != 0)
        return -1;
    return expected_finish(ret, reterr);
}

int django_read(const struct source *source, struct expected *ret, struct err *reterr)
{
    return django_read_below(source, "", ret, reterr);
}
