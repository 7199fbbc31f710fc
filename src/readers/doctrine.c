/* Doctrine Migrations (doctrine/migrations, src/Finder/, src/FilesystemMigrationsRepository.php, src/Configuration/Migration/;
 * doctrine/DoctrineMigrationsBundle for Symfony's file). */
#include "readers/doctrine.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "files/files.h"
#include "formats/php.h"
#include "formats/settings.h"
#include "formats/table_name.h"

#define LIKE "Version20260101000000.php"
#define HINT_MANIFEST "Make a manifest: php bin/console doctrine:migrations:list | tenantgate manifest --from doctrine -o FILE -"
/* In the order in which they are looked for. */
#define BUNDLE "config/packages/doctrine_migrations.yaml|config/packages/doctrine_migrations.yml|config/packages/doctrine_migrations.php"
#define STANDALONE "migrations.xml|migrations.yml|migrations.yaml|migrations.json|migrations.php"

/* Which files of a folder are looked into. */
enum depth {
    DEPTH_FLAT,    /* Version*.php in the folder itself */
    DEPTH_ALL,     /* organised by year: every .php in and below it */
    DEPTH_UNKNOWN, /* no configuration says: Version*.php in it, and below folders that are called like a year */
};

/* Folders, and for each the namespace that counts there ("": any). */
struct places {
    struct strv folders, spaces, tables;
    enum depth depth;
};

static void places_done(struct places *places)
{
    strv_done(&places->folders);
    strv_done(&places->spaces);
    strv_done(&places->tables);
}

static int fail(const char *path, const char *what, const char *hint, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(path);
    err_set(reterr, ERR_NO_EXPECTED, "%s: %s", shown, what);
    return err_hint(reterr, "%s", hint);
}

static int computed(const char *file, int line, const char *what, const char *hint, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(file);
    err_set(reterr, ERR_NO_EXPECTED, "%s:%d: the %s is computed, which is not run here", shown, line, what);
    return err_hint(reterr, "%s", hint);
}

static bool says_year(const struct strv *values)
{
    for (size_t i = 0; i < values->count; i++)
        if (strcasestr(values->items[i], "year") != NULL)
            return true;
    return false;
}

static int add_folders(const char *path, const char *file, const struct strv *folders, const struct strv *spaces,
                       struct places *ret, struct err *reterr)
{
    for (size_t i = 0; i < folders->count; i++) {
        char _cleanup_free_ *folder = files_folder(path, folders->items[i]);
        const char *space = spaces->items[i];
        if (!path_is_folder(folder)) {
            char _cleanup_free_ *what = mem_printf("names the folder %s, which is not there", folder);
            return fail(file, what, "Set migrations.path to the folders that hold them.", reterr);
        }
        strv_add(&ret->folders, folder);
        strv_take(&ret->spaces, mem_strndup(space, strlen(space) - text_ends(space, "\\")));
    }
    return 0;
}

/* One file of configuration. */
static int read_config(const char *path, const char *file, bool standalone, bool table, struct places *ret, struct err *reterr)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    struct strv _cleanup_strv_ folders = STRV_INIT, spaces = STRV_INIT, values = STRV_INIT, classes = STRV_INIT, names = STRV_INIT;
    bool yaml = text_ends(file, ".yaml") || text_ends(file, ".yml");
    int line = 0;
    if (text_ends(file, ".xml"))
        return fail(file, "is configuration in XML, which is not read", "Set migrations.path and migrations.table.", reterr);
    if (path_read(file, &text, reterr) != 0)
        return -1;
    const char *at = buf_text(&text);
    if (setting_find_map(at, text.len, "migrations_paths", yaml, &folders, &spaces, &line) == SETTING_COMPUTED)
        return computed(file, line, "folder of the migrations", "Set migrations.path to that folder.", reterr);
    if (table && setting_find_map(at, text.len, "table_name", yaml, &ret->tables, &names, &line) == SETTING_COMPUTED)
        return computed(file, line, "name of the history table", "Set migrations.table to it.", reterr);
    if (standalone && (setting_find_map(at, text.len, "migrations", yaml, &classes, &names, &line) == SETTING_COMPUTED ||
                       classes.count > 0))
        return computed(file, line, "list of single classes", HINT_MANIFEST, reterr);
    setting_find(at, text.len, NULL, "organize_migrations", true, &values, &line); /* false, a text or a constant */
    ret->depth = says_year(&values) ? DEPTH_ALL : ret->depth;
    return add_folders(path, file, &folders, &spaces, ret, reterr);
}

/* What the project's configuration says of one entry of migrations.path. */
static int read_configs(const struct source *source, const char *path, struct places *ret, struct expected *expected,
                        struct err *reterr)
{
    struct strv _cleanup_strv_ found = STRV_INIT, console = STRV_INIT; /* of Symfony */
    paths_match_first(path, BUNDLE, &found);
    bool standalone = found.count == 0;
    if (standalone)
        paths_match_first(path, STANDALONE, &found);
    if (found.count == 0 || !path_is_file(found.items[0]))
        return 0;
    paths_match(path, "bin/console", &console);
    expected->standalone = expected->standalone || (standalone && console.count == 0);
    return read_config(path, found.items[0], standalone, source->table == NULL || *source->table == '\0', ret, reterr);
}

static int find_places(const struct source *source, struct places *ret, struct expected *expected, struct err *reterr)
{
    static const struct file_rule rule = {.folders = {"migrations", "src/Migrations", "lib/MyProject/Migrations"}};
    for (size_t i = 0; i < source->paths.count; i++)
        if (read_configs(source, source->paths.items[i], ret, expected, reterr) != 0)
            return -1;
    strv_unique(&ret->tables);
    if (ret->tables.count > 1) {
        err_set(reterr, ERR_NO_EXPECTED, "the project's configuration names more than one history table");
        return err_hint(reterr, "Set migrations.table to the one that is meant.");
    }
    if (ret->tables.count == 1 && !table_name_sql(ret->tables.items[0], &expected->schema, &expected->table)) {
        err_set(reterr, ERR_NO_EXPECTED, "the project's configuration names the history table in a way that cannot be read");
        return err_hint(reterr, "Set migrations.table to it.");
    }
    if (ret->folders.count > 0)
        return 0;
    ret->depth = ret->depth == DEPTH_ALL ? DEPTH_ALL : DEPTH_UNKNOWN;
    if (files_folders(source, &rule, &ret->folders, reterr) != 0)
        return -1;
    for (size_t i = 0; i < ret->folders.count; i++)
        strv_add(&ret->spaces, "");
    return 0;
}

/* Is it one of the files that Doctrine loads? */
static bool is_loaded(const char *folder, const char *path, enum depth depth)
{
    const char *rest = strcmp(folder, ".") == 0 ? path : path + strlen(folder), *name = path_name(path);
    rest += strspn(rest, "/");
    size_t len = strlen(name);
    if (depth == DEPTH_ALL)
        return len > 4 && strcasecmp(name + len - 4, ".php") == 0;
    return text_starts(name, "Version") && text_ends(name, ".php") &&
           (strchr(rest, '/') == NULL || (depth == DEPTH_UNKNOWN && fnmatch("[0-9][0-9][0-9][0-9]*", rest, 0) == 0));
}

static bool is_in(const char *class, const char *space)
{
    size_t len = strlen(space);
    return len == 0 || (strncmp(class, space, len) == 0 && class[len] == '\\');
}

static int read_file(const char *path, const char *space, struct expected *ret, struct err *reterr)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    struct strv _cleanup_strv_ classes = STRV_INIT, abstract = STRV_INIT;
    if (path_read(path, &text, reterr) != 0)
        return -1;
    php_classes(buf_text(&text), text.len, &classes, &abstract);
    if (classes.count + abstract.count == 0 && strcasestr(buf_text(&text), "class") != NULL)
        return fail(path, "no class is found in its text", HINT_MANIFEST, reterr);
    for (size_t i = 0; i < abstract.count; i++)
        if (is_in(abstract.items[i], space))
            return fail(path, "declares an abstract class, at which Doctrine itself stops", HINT_MANIFEST, reterr);
    for (size_t i = 0; i < classes.count; i++)
        if (is_in(classes.items[i], space))
            expected_add(ret, classes.items[i])->file = mem_strdup(path);
    return 0;
}

static int read_folder(const char *folder, const char *space, enum depth depth, struct expected *ret, struct err *reterr)
{
    struct strv _cleanup_strv_ files = STRV_INIT;
    unsigned walk = WALK_FILES | (depth == DEPTH_FLAT ? 0 : WALK_BELOW) | (depth == DEPTH_ALL ? WALK_LINKS | WALK_HIDDEN : 0);
    if (paths_walk(folder, walk, &files, reterr) != 0)
        return -1;
    for (size_t i = 0; i < files.count; i++)
        if (is_loaded(folder, files.items[i], depth) && read_file(files.items[i], space, ret, reterr) != 0)
            return -1;
    return 0;
}

int doctrine_read(const struct source *source, struct expected *ret, struct err *reterr)
{
    struct places _cleanup_(places_done) places = {0};
    ret->framework = FRAMEWORK_DOCTRINE;
    if (find_places(source, &places, ret, reterr) != 0)
        return -1;
    for (size_t i = 0; i < places.folders.count; i++)
        if (read_folder(places.folders.items[i], places.spaces.items[i], places.depth, ret, reterr) != 0)
            return -1;
    if (ret->count == 0) {
        struct buf _cleanup_buf_ text = BUF_INIT;
        bool here = places.folders.count == 1 && strcmp(places.folders.items[0], ".") == 0;
        text_join(&text, &places.folders, 5);
        err_set(reterr, ERR_NO_EXPECTED, "there are no migrations like %s in %s", LIKE, here ? "the working directory" : buf_text(&text));
        return err_hint(reterr, "Set migrations.path to the folder that holds them, or make a manifest when the image is built.");
    }
    return expected_finish(ret, reterr);
}
