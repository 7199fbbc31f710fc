/* The migrations package of one app. */
#include "django/package.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/text.h"

void django_nodes_done(struct django_nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++) {
        free(nodes->items[i].id);
        free(nodes->items[i].file);
        django_migration_done(&nodes->items[i].migration);
    }
    free(nodes->items);
    *nodes = (struct django_nodes){0};
}

/* Compiled modules: NAME.pyc (NAME.TAG.pyc in __pycache__), NAME.so, NAME.TAG.so. Length of NAME, or 0. */
static size_t compiled_name(const char *file, bool in_cache)
{
    if (text_ends(file, ".pyc") && !in_cache)
        return strlen(file) - strlen(".pyc");
    return text_ends(file, ".pyc") || text_ends(file, ".so") ? strcspn(file, ".") : 0;
}

static bool is_source(const char *file)
{
    return text_ends(file, ".py");
}

/* Does a module of this name count? No dots (they are taken as packages), not "_x" nor "~x". */
static bool is_migration_name(const char *name, size_t len)
{
    return len > 0 && *name != '_' && *name != '~' && memchr(name, '.', len) == NULL;
}

static int list_folder(const char *folder, struct strv *names, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(folder);
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return err_set(reterr, ERR_NO_EXPECTED, "%s: cannot be listed: %s", shown, strerror(errno));
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(dir);
        if (entry == NULL)
            break;
        strv_add(names, entry->d_name);
    }
    int why = errno;
    closedir(dir);
    if (why != 0)
        return err_set(reterr, ERR_NO_EXPECTED, "%s: cannot be listed: %s", shown, strerror(why));
    strv_sort(names);
    return 0;
}

/* Is FOLDER/SUB (without a dot) itself a package? Then it hides SUB.py, and is no migration. */
static bool is_package(const char *folder, const char *sub)
{
    char _cleanup_free_ *path = py_path_join(folder, sub);
    char _cleanup_free_ *init = py_path_join(path, "__init__.py");
    struct stat info;
    return stat(init, &info) == 0;
}

static bool is_migration_file(const char *file)
{
    size_t len = is_source(file) ? strlen(file) - strlen(".py") : compiled_name(file, false);
    return is_migration_name(file, len);
}

/* Compiled leftovers of migrations whose sources are gone. Where the package itself is still there (a branch of the
 * repository without migrations, with the cache of one that had some) that is only noticed. */
static int check_cache(const char *folder, const struct strv *names, struct strv *notices, struct err *reterr)
{
    char _cleanup_free_ *cache = py_path_join(folder, "__pycache__");
    struct strv _cleanup_strv_ compiled = STRV_INIT;
    struct err _cleanup_err_ ignored = ERR_INIT;
    for (size_t i = 0; i < names->count; i++)
        if (is_migration_file(names->items[i]))
            return 0;
    if (!strv_has(names, "__pycache__") || list_folder(cache, &compiled, &ignored) != 0)
        return 0;
    for (size_t i = 0; i < compiled.count; i++) {
        size_t len = compiled_name(compiled.items[i], true);
        if (!is_migration_name(compiled.items[i], len))
            continue;
        char _cleanup_free_ *shown = text_escaped(folder);
        char _cleanup_free_ *file = text_escaped(compiled.items[i]);
        char _cleanup_free_ *what =
            mem_printf("%s: holds only __pycache__ with compiled migrations (%s): their sources are gone, and without them "
                       "Django does not load them",
                       shown, file);
        if (strv_has(names, "__init__.py")) {
            strv_add(notices, what);
            return 0;
        }
        err_set(reterr, ERR_NO_EXPECTED, "%s", what);
        return err_hint(reterr,
                        "keep the .py files in the image (or compile with `python -m compileall -b`, which puts the "
                        ".pyc files beside them)");
    }
    return 0;
}

static int notice_namespace(const struct django_app *app, const struct py_found *found, struct strv *notices,
                            struct err *reterr)
{
    for (size_t i = 0; i < found->folders.count; i++) {
        struct strv _cleanup_strv_ names = STRV_INIT;
        size_t count = 0;
        if (list_folder(found->folders.items[i], &names, reterr) != 0 ||
            check_cache(found->folders.items[i], &names, notices, reterr) != 0)
            return -1;
        for (size_t k = 0; k < names.count; k++)
            if (is_source(names.items[k]) && is_migration_name(names.items[k], strlen(names.items[k]) - 3))
                count++;
        if (count == 0)
            continue;
        char _cleanup_free_ *shown = text_escaped(found->folders.items[i]);
        char _cleanup_free_ *label = text_escaped(app->label);
        strv_take(notices,
                  mem_printf("%s: has no __init__.py, so Django does not load the %zu file%s in it: the app %s counts "
                             "as one without migrations",
                             shown, count, count == 1 ? "" : "s", label));
    }
    return 0;
}

static int add_migration(struct django_reader *reader, const struct django_app *app, uint32_t app_index,
                         const char *folder, const char *file, const char *name, struct django_nodes *nodes,
                         struct strv *notices, struct err *reterr)
{
    MEM_GROW(nodes->items, nodes->count, nodes->cap);
    struct django_node *node = &nodes->items[nodes->count++];
    *node = (struct django_node){.id = mem_printf("%s.%s", app->label, name), .app = app_index};
    node->file = py_path_join(folder, file);
    char _cleanup_free_ *shown = text_escaped(node->file);
    if (!is_source(file)) {
        node->compiled = true;
        strv_take(notices,
                  mem_printf("%s: only the compiled file is there: it must be applied, but what it depends on is not "
                             "known",
                             shown));
        return 0;
    }
    buf_clear(&reader->text);
    if (py_file_read(node->file, &reader->text, reterr) != 0)
        return -1;
    return django_migration_parse(reader, shown, app->migrations ? app->migrations : "", buf_text(&reader->text),
                                  reader->text.len, &node->migration, reterr);
}

static int read_folder(struct django_reader *reader, const struct django_app *app, uint32_t app_index,
                       const char *folder, struct django_nodes *nodes, struct strv *notices, struct err *reterr)
{
    struct strv _cleanup_strv_ names = STRV_INIT, modules = STRV_INIT;
    struct strmap _cleanup_strmap_ files = STRMAP_INIT; /* module: index of its file */
    struct strmap _cleanup_strmap_ all = STRMAP_INIT;
    if (list_folder(folder, &names, reterr) != 0 || check_cache(folder, &names, notices, reterr) != 0)
        return -1;
    for (size_t i = 0; i < names.count; i++)
        strmap_put(&all, names.items[i], i);
    for (size_t i = 0; i < names.count; i++) {
        bool source = is_source(names.items[i]);
        size_t len = source ? strlen(names.items[i]) - 3 : compiled_name(names.items[i], false);
        if (!is_migration_name(names.items[i], len))
            continue;
        char *module = mem_strndup(names.items[i], len);
        if (strmap_get(&all, module) != STRMAP_NONE && is_package(folder, module)) {
            free(module);
            continue;
        }
        size_t known = strmap_get(&files, module);
        if (known == STRMAP_NONE) {
            strv_take(&modules, module);
            strmap_put(&files, module, i);
        } else { /* NAME.py and NAME.pyc are one module, and the source tells more */
            if (source)
                strmap_put(&files, module, i);
            free(module);
        }
    }
    for (size_t i = 0; i < modules.count; i++) {
        const char *file = names.items[strmap_get(&files, modules.items[i])];
        if (add_migration(reader, app, app_index, folder, file, modules.items[i], nodes, notices, reterr) != 0)
            return -1;
    }
    return 0;
}

static int missing(const struct django_app *app, struct err *reterr)
{
    char _cleanup_free_ *label = text_escaped(app->label);
    char _cleanup_free_ *package = text_escaped(app->migrations);
    err_set(reterr, ERR_NO_EXPECTED, "the migrations package %s of the app %s is not found", package, label);
    return err_hint(reterr, "it is named in MIGRATION_MODULES or migrations.apps; add the folder that holds it to "
                            "migrations.path, or: " DJANGO_HINT);
}

int django_package_read(struct py_roots *roots, struct django_reader *reader, const struct django_app *app,
                        uint32_t app_index, struct django_nodes *nodes, bool *ret_migrated, struct strv *notices,
                        struct err *reterr)
{
    const struct py_found *found;
    *ret_migrated = false;
    if (app->folder != NULL) {
        *ret_migrated = true;
        return read_folder(reader, app, app_index, app->folder, nodes, notices, reterr);
    }
    if (app->migrations == NULL)
        return 0;
    if (py_roots_find(roots, app->migrations, &found, reterr) != 0)
        return -1;
    if (found->kind == PY_FOUND_NONE)
        return app->explicit ? missing(app, reterr) : 0;
    if (found->kind == PY_FOUND_MODULE)
        return 0;
    if (found->kind == PY_FOUND_NAMESPACE)
        return notice_namespace(app, found, notices, reterr);
    if (found->folders_changed) {
        char _cleanup_free_ *shown = text_escaped(found->source);
        err_set(reterr, ERR_NO_EXPECTED, "%s: changes __path__, so that the migrations may be elsewhere, too", shown);
        return err_hint(reterr, DJANGO_HINT);
    }
    *ret_migrated = true;
    char _cleanup_free_ *folder = mem_strdup(found->folders.items[0]);
    return read_folder(reader, app, app_index, folder, nodes, notices, reterr);
}
