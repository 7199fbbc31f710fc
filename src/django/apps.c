/* The apps of a Django project. */
#include "django/apps.h"

#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/text.h"
#include "django/config.h"

void django_apps_done(struct django_apps *apps)
{
    for (size_t i = 0; i < apps->count; i++) {
        free(apps->items[i].entry);
        free(apps->items[i].label);
        free(apps->items[i].name);
        free(apps->items[i].migrations);
        free(apps->items[i].folder);
    }
    free(apps->items);
    strmap_done(&apps->by_label);
    *apps = (struct django_apps){0};
}

static bool is_identifier(const char *text)
{
    if (*text == '\0' || (*text >= '0' && *text <= '9'))
        return false;
    for (; *text; text++)
        if (!((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') || (*text >= '0' && *text <= '9') ||
              *text == '_' || (unsigned char)*text > 127))
            return false;
    return true;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* LABEL=FOLDER: the folder, relative to one of the paths; NULL when there is none of that name. */
static char *find_folder(const struct source *source, const char *name)
{
    for (size_t i = 0; *name != '/' && i < source->paths.count; i++) {
        char *path = py_path_join(source->paths.items[i], name);
        if (is_folder(path))
            return path;
        free(path);
    }
    return is_folder(name) ? mem_strdup(name) : NULL;
}

/* LABEL=PACKAGE or LABEL=FOLDER */
static int app_by_hand(const struct source *source, const char *entry, const char *equals, struct django_app *app,
                       struct err *reterr)
{
    const char *place = equals + 1;
    app->label = mem_strndup(entry, (size_t)(equals - entry));
    app->explicit = true;
    app->folder = find_folder(source, place);
    if (app->folder == NULL && strchr(place, '/') == NULL && *place != '\0') {
        app->migrations = mem_strdup(place);
        return 0;
    }
    if (app->folder != NULL)
        return 0;
    char _cleanup_free_ *shown = text_escaped(entry);
    err_set(reterr, ERR_NO_EXPECTED, "migrations.apps: %s: there is no such folder", shown);
    return err_hint(
        reterr, "an entry is an app as in INSTALLED_APPS, LABEL=PACKAGE or LABEL=FOLDER (relative to migrations.path)");
}

static int app_of_entry(struct py_stars *stars, struct django_settings *settings, const char *entry,
                        struct django_app *app, struct err *reterr)
{
    bool set;
    const char *module;
    if (django_config_read(stars, entry, &app->name, &app->label, reterr) != 0 ||
        django_settings_migrations(settings, app->label, &set, &module, reterr) != 0)
        return -1;
    app->explicit = set;
    if (!set)
        app->migrations = mem_printf("%s.migrations", app->name);
    else if (module != NULL)
        app->migrations = mem_strdup(module);
    return 0;
}

static int check(const struct django_apps *apps, const struct django_app *app, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(app->entry);
    char _cleanup_free_ *label = text_escaped(app->label);
    if (!is_identifier(app->label))
        return err_set(reterr, ERR_NO_EXPECTED, "the app %s has the label \"%s\", which is not a Python identifier",
                       shown, label);
    for (size_t i = 0; i < apps->count; i++) {
        const struct django_app *other = &apps->items[i];
        bool same_label = strcmp(other->label, app->label) == 0;
        bool same_name = other->name != NULL && app->name != NULL && strcmp(other->name, app->name) == 0;
        if (!same_label && !same_name)
            continue;
        char _cleanup_free_ *second = text_escaped(other->entry);
        if (strcmp(other->entry, app->entry) == 0)
            return err_set(reterr, ERR_NO_EXPECTED, "the app %s is listed twice", shown);
        return err_set(reterr, ERR_NO_EXPECTED, "the apps %s and %s have the same %s", second, shown,
                       same_label ? "label" : "name");
    }
    return 0;
}

int django_apps_read(const struct source *source, struct py_roots *roots, struct django_settings *settings,
                     const struct strv *entries, bool by_hand, struct django_apps *ret, struct err *reterr)
{
    struct py_stars _cleanup_(py_stars_done) stars = {.roots = roots};
    for (size_t i = 0; i < entries->count; i++) {
        struct django_app app = {.entry = mem_strdup(entries->items[i])};
        const char *equals = by_hand ? strchr(app.entry, '=') : NULL;
        int result = equals != NULL ? app_by_hand(source, app.entry, equals, &app, reterr)
                                    : app_of_entry(&stars, settings, app.entry, &app, reterr);
        if (result == 0)
            result = check(ret, &app, reterr);
        MEM_GROW(ret->items, ret->count, ret->cap);
        ret->items[ret->count++] = app;
        if (result != 0)
            return -1;
        strmap_put(&ret->by_label, app.label, ret->count - 1);
    }
    return 0;
}
