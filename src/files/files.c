/* The reader for frameworks that go by names. */
#include "files/files.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "files/private.h"
#include "formats/lines.h"
#include "formats/settings.h"

#define HINT "Set migrations.path to the folder that holds them, or make a manifest when the image is built."

static int fail(const char *path, const char *what, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(path);
    err_set(reterr, ERR_NO_EXPECTED, "%s: %s", shown, what);
    return err_hint(reterr, HINT);
}

/* Files that only the root of a project has. */
static bool is_root(const char *folder)
{
    static const char *const marks[] = {"package.json", "composer.json", "artisan", "knexfile.*", ".sequelizerc", "go.mod",
                                        "Cargo.toml",   "mix.exs",       "Gemfile"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        struct strv _cleanup_strv_ found = STRV_INIT;
        paths_match(folder, marks[i], &found);
        if (found.count > 0)
            return true;
    }
    return false;
}

static enum setting_is find_in(const char *file, const struct buf *text, const struct file_setting *setting, struct strv *ret,
                               int *ret_line)
{
    struct strv _cleanup_strv_ names = STRV_INIT;
    bool bare = setting->bare && !text_ends(file, ".php") && !text_ends(file, ".json");
    if (setting->lines)
        return lines_find(buf_text(text), text->len, setting->block, setting->key, ret, ret_line);
    if (setting->map)
        return setting_find_map(buf_text(text), text->len, setting->key, bare, ret, &names, ret_line);
    return setting_find(buf_text(text), text->len, setting->block, setting->key, bare, ret, ret_line);
}

/* The files of one setting. What names the history table is read where the tool is started too. */
static void setting_files(const struct source *source, const char *path, const struct file_setting *setting, struct strv *ret)
{
    const char *own = setting->lines && setting->block == NULL ? environment_get(&source->env, setting->key) : NULL;
    if (own != NULL && *own != '\0')
        return;
    paths_match_first(path, setting->file, ret);
    if (setting->lines && setting->table)
        paths_match_first(".", setting->file, ret);
    strv_unique(ret);
}

/* What one setting says in the files of a folder. */
static int read_setting(const struct source *source, const char *path, const struct file_setting *setting, struct strv *ret,
                        struct err *reterr)
{
    struct strv _cleanup_strv_ files = STRV_INIT;
    setting_files(source, path, setting, &files);
    for (size_t i = 0; i < files.count; i++) {
        struct buf _cleanup_buf_ text = BUF_INIT;
        int line = 0;
        if (!path_is_file(files.items[i]))
            continue;
        if (path_read(files.items[i], &text, reterr) != 0)
            return -1;
        if (find_in(files.items[i], &text, setting, ret, &line) != SETTING_COMPUTED)
            continue;
        char _cleanup_free_ *shown = text_escaped(files.items[i]);
        err_set(reterr, ERR_NO_EXPECTED, "%s:%d: the %s is computed, which is not run here", shown, line,
                setting->table ? "name of the history table" : "folder of the migrations");
        return err_hint(reterr, setting->table ? "Set migrations.table to it." : "Set migrations.path to that folder.");
    }
    return 0;
}

/* A variable that names a folder is about the folder that the tool is started in. */
static void read_variables(const struct source *source, const char *path, const struct file_rule *rule, bool table,
                           struct strv *ret)
{
    for (size_t i = 0; i < FILE_SETTINGS && rule->settings[i].file != NULL; i++) {
        const struct file_setting *setting = &rule->settings[i];
        bool here = setting->table || strcmp(path, ".") == 0;
        const char *value = here && setting->variable && setting->table == table ? environment_get(&source->env, setting->file) : NULL;
        if (value != NULL && *value != '\0')
            strv_add(ret, value);
    }
}

static int read_settings(const struct source *source, const char *path, const struct file_rule *rule, bool table, struct strv *ret,
                         struct err *reterr)
{
    struct strv _cleanup_strv_ all = STRV_INIT;
    size_t before = ret->count;
    read_variables(source, path, rule, table, ret);
    for (size_t i = 0; i < FILE_SETTINGS && rule->settings[i].file != NULL && ret->count == before; i++) {
        struct strv _cleanup_strv_ values = STRV_INIT;
        const struct file_setting *setting = &rule->settings[i];
        if (setting->table == table && !setting->variable && read_setting(source, path, setting, &values, reterr) != 0)
            return -1;
        strv_add_all(&all, &values);
    }
    strv_add_all(ret, &all);
    strv_unique(ret);
    return 0;
}

int files_table(const struct source *source, const struct file_rule *rule, struct expected *ret, struct err *reterr)
{
    struct strv _cleanup_strv_ names = STRV_INIT;
    if (source->table != NULL && *source->table != '\0')
        return 0;
    for (size_t i = 0; i < source->paths.count; i++)
        if (read_settings(source, source->paths.items[i], rule, true, &names, reterr) != 0)
            return -1;
    strv_unique(&names);
    if (names.count > 1) {
        struct buf _cleanup_buf_ text = BUF_INIT;
        text_join(&text, &names, 4);
        err_set(reterr, ERR_NO_EXPECTED, "the project's configuration names more than one history table: %s", buf_text(&text));
        return err_hint(reterr, "Set migrations.table to the one that is meant.");
    }
    if (names.count == 1 && rule->table_name == NULL) {
        ret->table = mem_strdup(names.items[0]);
    } else if (names.count == 1 && !rule->table_name(names.items[0], &ret->schema, &ret->table)) {
        err_set(reterr, ERR_NO_EXPECTED, "the project's configuration names the history table in a way that cannot be read");
        return err_hint(reterr, "Set migrations.table to it.");
    }
    return 0;
}

char *files_folder(const char *path, const char *value)
{
    static const char *const fronts[] = {"filesystem:", "file://", "%%PHINX_CONFIG_DIR%%", "%kernel.project_dir%", "./"};
    bool url = text_starts(value, "file://");
    for (size_t i = 0; i < sizeof fronts / sizeof *fronts; i++)
        if (text_starts(value, fronts[i]))
            value += strlen(fronts[i]) + (fronts[i][0] == '%' && value[strlen(fronts[i])] == '/');
    char *folder = *value == '/' ? mem_strdup(value) : path_join(path, value);
    if (url) /* Atlas: "file://FOLDER?format=goose" */
        folder[strcspn(folder, "?")] = '\0';
    size_t len = strlen(folder);
    while (len > 1 && folder[len - 1] == '/')
        folder[--len] = '\0';
    return folder;
}

/* Most folders that one pattern may name: braces behind braces multiply. */
#define PATTERNS_MAX 1000

/* "a{b,c}d" is "abd" and "acd". False: they are more than anybody writes. */
static bool expand_braces(const char *text, struct strv *ret)
{
    const char *open = strchr(text, '{'), *close = open ? strchr(open, '}') : NULL;
    if (close == NULL) {
        strv_add(ret, text);
        return ret->count < PATTERNS_MAX;
    }
    for (const char *at = open + 1; at <= close; at++) {
        size_t len = strcspn(at, ",}");
        char _cleanup_free_ *one = mem_printf("%.*s%.*s%s", (int)(open - text), text, (int)len, at, close + 1);
        if (!expand_braces(one, ret))
            return false;
        at += len;
    }
    return true;
}

/* The folders that a pattern stands for; none where they are too many. */
static void match_folders(const char *pattern, struct strv *ret)
{
    struct strv _cleanup_strv_ patterns = STRV_INIT, found = STRV_INIT;
    bool rooted = *pattern == '/';
    bool whole = expand_braces(pattern, &patterns);
    for (size_t i = 0; i < patterns.count && whole; i++)
        paths_match(rooted ? "/" : ".", patterns.items[i] + rooted, &found);
    for (size_t i = 0; i < found.count; i++)
        if (path_is_folder(found.items[i]))
            strv_add(ret, found.items[i]);
}

/* The folders that the project's own configuration names. */
static int add_configured(const struct source *source, const char *path, const struct file_rule *rule, struct strv *ret,
                          struct err *reterr)
{
    struct strv _cleanup_strv_ values = STRV_INIT;
    if (read_settings(source, path, rule, false, &values, reterr) != 0)
        return -1;
    for (size_t i = 0; i < values.count; i++) {
        char _cleanup_free_ *folder = files_folder(path, values.items[i]);
        size_t before = ret->count;
        if (path_is_folder(folder)) {
            strv_add(ret, folder);
            continue;
        }
        if (strpbrk(folder, "*?[{") != NULL)
            match_folders(folder, ret);
        if (ret->count == before)
            return fail(folder, "is named by the project's configuration, but there is no such folder", reterr);
    }
    return 0;
}

static int several(const struct strv *folders, struct err *reterr)
{
    struct buf _cleanup_buf_ names = BUF_INIT;
    text_join(&names, folders, 4);
    err_set(reterr, ERR_NO_EXPECTED, "migrations could be in more than one folder: %s", buf_text(&names));
    return err_hint(reterr, "Set migrations.path to the one that is meant, or to all of them.");
}

/* Where a folder that is not there is instead. */
static void find_within(const char *path, const struct file_rule *rule, struct strv *ret)
{
    for (size_t i = 0; i < FILE_WITHIN && rule->within[i] != NULL && *path != '/'; i++) {
        char _cleanup_free_ *pattern = path_join(rule->within[i], path);
        paths_match(".", pattern, ret);
    }
}

/* The folder of one entry of migrations.path. */
static int add_folder(const struct source *source, const char *path, const struct file_rule *rule, struct strv *ret,
                      struct err *reterr)
{
    struct strv _cleanup_strv_ within = STRV_INIT, found = STRV_INIT, folders = STRV_INIT;
    if (!path_is_folder(path))
        find_within(path, rule, &within);
    if (within.count > 1)
        return several(&within, reterr);
    if (within.count == 1)
        path = within.items[0];
    if (!path_is_folder(path))
        return fail(path, path_is_file(path) ? "is a file, not a folder with migrations" : "there is no such folder", reterr);
    size_t before = ret->count;
    if (add_configured(source, path, rule, ret, reterr) != 0)
        return -1;
    if (ret->count > before)
        return 0;
    for (size_t i = 0; i < FILE_FOLDERS && rule->folders[i] != NULL; i++)
        paths_match(path, rule->folders[i], &found);
    for (size_t i = 0; i < found.count; i++)
        if (path_is_folder(found.items[i]))
            strv_add(&folders, found.items[i]);
    if (folders.count > 1)
        return several(&folders, reterr);
    if (folders.count == 0 && rule->loose && is_root(path)) {
        char _cleanup_free_ *what = mem_printf("is the folder of a project, and there is no %s in it", rule->folders[0]);
        return fail(path, what, reterr);
    }
    strv_add(ret, folders.count == 1 ? folders.items[0] : path);
    return 0;
}

int files_folders(const struct source *source, const struct file_rule *rule, struct strv *ret, struct err *reterr)
{
    for (size_t i = 0; i < source->paths.count; i++)
        if (add_folder(source, source->paths.items[i], rule, ret, reterr) != 0)
            return -1;
    strv_unique(ret);
    return 0;
}

void files_taking_done(struct files_taking *taking)
{
    strv_done(&taking->ids);
    strv_done(&taking->halves);
    strmap_done(&taking->by_id);
}

/* Does the folder hold what it must? 1: yes, 0: it is passed over. */
static int check_inside(const struct file_rule *rule, const char *path, struct err *reterr)
{
    if (rule->inside == NULL)
        return 1;
    char _cleanup_free_ *file = path_join(path, rule->inside);
    struct strv _cleanup_strv_ entries = STRV_INIT;
    if (path_is_file(file))
        return 1;
    if (!rule->inside_must)
        return 0;
    if (paths_walk(path, WALK_FILES | WALK_FOLDERS | WALK_HIDDEN | WALK_LINKS, &entries, reterr) != 0)
        return -1;
    if (entries.count == 0)
        return 0;
    char _cleanup_free_ *what = mem_printf("holds no %s, at which the framework itself stops", rule->inside);
    return fail(path, what, reterr);
}

/* One of two files of a migration. 1: the other one came before and it is taken already, 0: this is the first, -1: this very half
 * came before, at which the framework itself stops. */
static int take_half(struct files_taking *taking, const struct name *name, const char *path, struct err *reterr)
{
    const char *id = buf_text(&name->id);
    char *key = mem_printf("%d:%s", name->half, id);
    char _cleanup_free_ *other = mem_printf("%d:%s", name->half == HALF_UP ? HALF_DOWN : HALF_UP, id);
    size_t before = strmap_get(&taking->by_id, key);
    strv_take(&taking->ids, key); /* the map borrows it */
    if (before != STRMAP_NONE) {
        char _cleanup_free_ *one = text_escaped(taking->halves.items[before]), *two = text_escaped(path);
        err_set(reterr, ERR_NO_EXPECTED, "migration %s is there twice: in %s and in %s", id, one, two);
        return err_hint(reterr, "The framework itself stops there: give one of them another number, or take it out.");
    }
    strmap_put(&taking->by_id, key, taking->halves.count);
    strv_add(&taking->halves, path);
    return strmap_get(&taking->by_id, other) != STRMAP_NONE;
}

int files_take(struct files_taking *taking, const char *path, struct name *name, struct migration **ret, struct err *reterr)
{
    *ret = NULL;
    int taken = name->half != HALF_NONE ? take_half(taking, name, path, reterr) : 0;
    if (taken != 0)
        return taken < 0 ? -1 : 0;
    if (taking->rule->once) {
        if (strmap_get(&taking->by_id, buf_text(&name->id)) != STRMAP_NONE)
            return 0;
        char *id = mem_strdup(buf_text(&name->id));
        strv_take(&taking->ids, id); /* the map borrows it */
        strmap_put(&taking->by_id, id, 0);
    }
    struct migration *migration = *ret = expected_add(taking->expected, buf_text(&name->id));
    migration->file = mem_strdup(path);
    migration->kind = name->kind;
    if (name->label.len > 0)
        migration->label = buf_steal(&name->label);
    return 0;
}

static int take(struct files_taking *taking, const char *path, struct err *reterr)
{
    struct name _cleanup_name_ name = {0};
    enum name_is is = taking->rule->name(path_name(path), &name);
    if (is == NAME_IGNORED) {
        char _cleanup_free_ *shown = text_escaped(path);
        if (name.wrong != NULL)
            strv_take(&taking->expected->notices, mem_printf("%s %s", shown, name.wrong));
        return 0;
    }
    if (is == NAME_WRONG)
        return fail(path, name.wrong, reterr);
    int inside = check_inside(taking->rule, path, reterr);
    if (inside <= 0)
        return inside;
    struct migration *migration;
    if (files_take(taking, path, &name, &migration, reterr) != 0)
        return -1;
    return migration != NULL && taking->rule->look != NULL ? taking->rule->look(path, migration, reterr) : 0;
}

static int by_label(const void *a, const void *b)
{
    return strcmp(((const struct migration *const *)a)[0]->label, ((const struct migration *const *)b)[0]->label);
}

/* Two of one label, where the framework goes by it too; and it is dropped where no row holds it. */
static int check_labels(const struct file_rule *rule, struct expected *expected, struct err *reterr)
{
    size_t count = 0;
    struct migration **labelled = mem_alloc(expected->count * sizeof *labelled);
    const struct migration *one = NULL, *two = NULL;
    for (size_t i = 0; i < expected->count; i++)
        if (expected->items[i].label != NULL)
            labelled[count++] = &expected->items[i];
    if (rule->label_once && count > 1)
        qsort(labelled, count, sizeof *labelled, by_label);
    for (size_t i = 1; i < count && rule->label_once && one == NULL; i++)
        if (strcmp(labelled[i - 1]->label, labelled[i]->label) == 0) {
            one = labelled[i - 1];
            two = labelled[i];
        }
    free(labelled);
    if (one != NULL) {
        char _cleanup_free_ *label = text_escaped(one->label), *a = text_escaped(one->file), *b = text_escaped(two->file);
        return err_set(reterr, ERR_NO_EXPECTED, "two migrations are called %s, at which the framework itself stops: %s and %s",
                       label, a, b);
    }
    for (size_t i = 0; i < expected->count && !rule->label_kept; i++)
        mem_set(&expected->items[i].label, NULL);
    return 0;
}

int files_finish(const struct file_rule *rule, const struct strv *folders, struct expected *ret, struct err *reterr)
{
    if (check_labels(rule, ret, reterr) != 0)
        return -1;
    if (rule->compare != NULL)
        expected_place(ret, rule->compare);
    if (expected_finish(ret, reterr) != 0)
        return -1;
    return folders != NULL && rule->check != NULL ? rule->check(folders, ret, reterr) : 0;
}

static int none(const struct strv *folders, const struct file_rule *rule, struct err *reterr)
{
    struct buf _cleanup_buf_ places = BUF_INIT;
    bool here = folders->count == 1 && strcmp(folders->items[0], ".") == 0; /* "in ." and a full stop would be another folder */
    text_join(&places, folders, 5);
    err_set(reterr, ERR_NO_EXPECTED, "there are no migrations like %s in %s", rule->like,
            here ? "the working directory" : buf_text(&places));
    return err_hint(reterr, HINT);
}

int files_read(const struct source *source, enum framework id, const struct file_rule *rule, struct expected *ret,
               struct err *reterr)
{
    struct strv _cleanup_strv_ folders = STRV_INIT;
    struct files_taking _cleanup_(files_taking_done) taking = {.rule = rule, .expected = ret};
    ret->framework = id;
    if (files_folders(source, rule, &folders, reterr) != 0 || files_table(source, rule, ret, reterr) != 0)
        return -1;
    for (size_t i = 0; i < folders.count; i++) {
        struct strv _cleanup_strv_ entries = STRV_INIT;
        if (paths_walk(folders.items[i], rule->walk, &entries, reterr) != 0)
            return -1;
        for (size_t e = 0; e < entries.count; e++)
            if (take(&taking, entries.items[e], reterr) != 0)
                return -1;
    }
    return ret->count == 0 ? none(&folders, rule, reterr) : files_finish(rule, &folders, ret, reterr);
}
