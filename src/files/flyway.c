/* Flyway as its configuration says: flyway.conf, flyway.toml, Spring Boot's application.properties and .yml, and variables
 * of the environment. What would change the meaning of names and cannot be followed is an error. */
#include "files/flyway.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "files/files.h"
#include "files/flyway_text.h"
#include "files/sums.h"
#include "formats/properties.h"

#define LISTED "Make a manifest from `flyway info -outputType=json`: see `tenantgate help manifest`."

enum setting {
    SET_LOCATIONS, SET_TABLE, SET_ENCODING, SET_REPLACEMENT, SET_FRONT, SET_BACK, SET_TARGET, SET_IGNORE,
    SET_NAMES, /* from here on: what makes other names migrations; only the value beside it can be followed */
    SET_PREFIX = SET_NAMES, SET_REPEATABLE, SET_BASELINE, SET_SEPARATOR, SET_SUFFIXES, SET_RESOLVERS, SET_SKIP,
    SET_COUNT,
};

static const struct {
    const char *name, *variable, *value;
} settings[SET_COUNT] = {
    [SET_LOCATIONS] = {"locations", "LOCATIONS", NULL},
    [SET_TABLE] = {"table", "TABLE", NULL},
    [SET_ENCODING] = {"encoding", "ENCODING", NULL},
    [SET_REPLACEMENT] = {"placeholderReplacement", "PLACEHOLDER_REPLACEMENT", NULL},
    [SET_FRONT] = {"placeholderPrefix", "PLACEHOLDER_PREFIX", NULL},
    [SET_BACK] = {"placeholderSuffix", "PLACEHOLDER_SUFFIX", NULL},
    [SET_TARGET] = {"target", "TARGET", NULL},
    [SET_IGNORE] = {"ignoreMigrationPatterns", "IGNORE_MIGRATION_PATTERNS", NULL},
    [SET_PREFIX] = {"sqlMigrationPrefix", "SQL_MIGRATION_PREFIX", "V"},
    [SET_REPEATABLE] = {"repeatableSqlMigrationPrefix", "REPEATABLE_SQL_MIGRATION_PREFIX", "R"},
    [SET_BASELINE] = {"baselineMigrationPrefix", "BASELINE_MIGRATION_PREFIX", "B"},
    [SET_SEPARATOR] = {"sqlMigrationSeparator", "SQL_MIGRATION_SEPARATOR", "__"},
    [SET_SUFFIXES] = {"sqlMigrationSuffixes", "SQL_MIGRATION_SUFFIXES", ".sql"},
    [SET_RESOLVERS] = {"resolvers", "RESOLVERS", ""},
    [SET_SKIP] = {"skipDefaultResolvers", "SKIP_DEFAULT_RESOLVERS", "false"},
};

/* Where its configuration is found, below an entry of migrations.path. */
static const char *const own_files[] = {"flyway.conf", "conf/flyway.conf", "flyway.toml", "conf/flyway.toml"};
static const char *const spring_folders[] = {"", "config", "src/main/resources", "BOOT-INF/classes", "WEB-INF/classes", "resources", "classes"};

static void read_file(const char *folder, const char *name, const char *profiles, struct properties *ret)
{
    char _cleanup_free_ *path = *folder != '\0' ? path_join(folder, name) : mem_strdup(name);
    struct buf _cleanup_buf_ text = BUF_INIT;
    struct err _cleanup_err_ ignored = ERR_INIT;
    if (!path_is_file(path) || path_read(path, &text, &ignored) != 0)
        return;
    if (text_ends(path, ".toml"))
        properties_read_toml(path, buf_text(&text), ret);
    else if (text_ends(path, ".yml") || text_ends(path, ".yaml"))
        properties_read_yaml(path, buf_text(&text), profiles, ret);
    else
        properties_read_java(path, buf_text(&text), ret);
}

static void read_spring(const char *folder, const char *profile, const char *profiles, struct properties *ret)
{
    static const char *const endings[] = {"properties", "yml", "yaml"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char _cleanup_free_ *name = mem_printf("application%s%s.%s", *profile ? "-" : "", profile, endings[i]);
        read_file(folder, name, profiles, ret);
    }
}

static void read_files(const struct source *source, const char *path, struct properties *ret)
{
    const char *profiles = environment_get(&source->env, "SPRING_PROFILES_ACTIVE");
    for (size_t i = 0; i < sizeof own_files / sizeof *own_files; i++)
        read_file(path, own_files[i], profiles, ret);
    for (size_t i = 0; i < sizeof spring_folders / sizeof *spring_folders; i++) {
        char _cleanup_free_ *folder = *spring_folders[i] ? path_join(path, spring_folders[i]) : mem_strdup(path);
        read_spring(folder, "", profiles, ret);
        for (const char *p = profiles ? profiles : ""; *p != '\0'; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ',')) {
            size_t blanks = strspn(p, " ");
            char _cleanup_free_ *profile = mem_strndup(p + blanks, strcspn(p + blanks, ", "));
            if (*profile != '\0' && strchr(profile, '/') == NULL)
                read_spring(folder, profile, profiles, ret);
        }
    }
}

/* What follows "flyway." or "spring.flyway." in the key, or NULL. */
static const char *own_part(const char *key)
{
    return text_starts(key, "spring.flyway.") ? key + strlen("spring.flyway.") : text_starts(key, "flyway.") ? key + strlen("flyway.") : NULL;
}

/* Spring's way: neither case nor dashes count; an index makes it a list. */
static bool is_called(const char *key, const char *name)
{
    for (; *key != '\0' && *key != '['; key++) {
        if (*key == '-' || *key == '_')
            continue;
        char a = *key >= 'A' && *key <= 'Z' ? (char)(*key - 'A' + 'a') : *key;
        char b = *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;
        if (a != b)
            return false;
        name++;
    }
    return *name == '\0';
}

static int unknown(const struct property *property, struct err *reterr)
{
    char _cleanup_free_ *file = text_escaped(property->file), *key = text_escaped(property->key);
    err_set(reterr, ERR_NO_EXPECTED, "%s:%d: the value of %s is computed, which is not run here", file, property->line, key);
    return err_hint(reterr, is_called(strrchr(property->key, '.') + 1, "table") ? "Set migrations.table to it."
                                                                                : "Set migrations.path to the folders themselves. " LISTED);
}

/* The value of one setting in the environment, or NULL. Borrowed. */
static const char *from_environment(const struct source *source, const char *path, enum setting setting)
{
    static const char *const fronts[] = {"FLYWAY_", "SPRING_FLYWAY_"};
    if (strcmp(path, ".") != 0) /* a variable is about the folder that the app is started in */
        return NULL;
    for (size_t i = 0; i < sizeof fronts / sizeof *fronts; i++) {
        char _cleanup_free_ *name = mem_printf("%s%s", fronts[i], settings[setting].variable);
        const char *value = environment_get(&source->env, name);
        if (value != NULL && *value != '\0')
            return value;
    }
    return NULL;
}

/* What is said of one setting; NULL where nothing is. Fails where it is computed, or said in two ways. To be freed. */
static int find(const struct source *source, const char *path, const struct properties *list, enum setting setting, char **ret,
                struct err *reterr)
{
    const char *variable = from_environment(source, path, setting);
    const struct property *first = NULL;
    if (variable != NULL) {
        mem_set(ret, variable);
        return 0;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct property *property = &list->items[i];
        const char *part = own_part(property->key);
        bool other = text_starts(property->key, "environments.") && strstr(property->key, ".flyway.") != NULL &&
                     is_called(strrchr(property->key, '.') + 1, settings[setting].name);
        if (!other && (part == NULL || !is_called(part, settings[setting].name)))
            continue;
        if (property->value == NULL || other)
            return unknown(property, reterr);
        bool indexed = strchr(property->key, '[') != NULL;
        if (*ret != NULL && indexed) {
            char _cleanup_free_ *joined = mem_printf("%s,%s", *ret, property->value);
            mem_set(ret, joined);
        } else if (*ret != NULL && strcmp(*ret, property->value) != 0) {
            char _cleanup_free_ *one = text_escaped(first->file), *two = text_escaped(property->file);
            err_set(reterr, ERR_NO_EXPECTED, "%s:%d and %s:%d name %s differently", one, first->line, two, property->line, settings[setting].name);
            return err_hint(reterr, "Set migrations.path and migrations.table to what is meant.");
        } else if (*ret == NULL) {
            *ret = mem_strdup(property->value);
            first = property;
        }
    }
    return 0;
}

/* A folder of the class path, where images and projects have it. */
static int find_classpath(const char *path, const char *name, struct strv *ret, struct err *reterr)
{
    struct strv _cleanup_strv_ found = STRV_INIT;
    for (size_t i = 0; i < sizeof spring_folders / sizeof *spring_folders; i++) {
        char _cleanup_free_ *root = *spring_folders[i] ? path_join(path, spring_folders[i]) : mem_strdup(path);
        char _cleanup_free_ *folder = path_join(root, name);
        if (strcmp(spring_folders[i], "config") != 0 && path_is_folder(folder))
            strv_add(&found, folder);
    }
    if (found.count == 1) {
        strv_add(ret, found.items[0]);
        return 0;
    }
    char _cleanup_free_ *shown = text_escaped(name);
    struct buf _cleanup_buf_ places = BUF_INIT;
    text_join(&places, &found, 4);
    if (found.count == 0)
        err_set(reterr, ERR_NO_EXPECTED, "the configuration names the location classpath:%s, but there is no such folder here", shown);
    else
        err_set(reterr, ERR_NO_EXPECTED, "the location classpath:%s could be more than one folder: %s", shown, buf_text(&places));
    return err_hint(reterr, "Set migrations.path to the folders themselves (what is in a jar has to be unpacked). " LISTED);
}

static int add_location(const char *path, const char *location, struct strv *ret, struct err *reterr)
{
    struct buf _cleanup_buf_ name = BUF_INIT;
    bool files = text_starts(location, "filesystem:");
    const char *colon = strchr(location, ':');
    for (const char *p = files || text_starts(location, "classpath:") ? colon + 1 : location; *p != '\0'; p++) {
        bool vendor = text_starts(p, "{vendor}");
        buf_printf(&name, vendor ? "postgresql" : "%c", *p);
        p += vendor ? strlen("{vendor}") - 1 : 0;
    }
    const char *own = buf_text(&name);
    own += !files && *own == '/';
    own += text_starts(own, "./") ? 2 : 0;
    char _cleanup_free_ *shown = text_escaped(location);
    if ((colon != NULL && own == location) || strpbrk(own, "*?{") != NULL || (colon && !files && !text_starts(location, "classpath:"))) {
        err_set(reterr, ERR_NO_EXPECTED, "the configuration names the location %s, which is no plain folder", shown);
        return err_hint(reterr, "Set migrations.path to the folders themselves. " LISTED);
    }
    if (!files)
        return find_classpath(path, own, ret, reterr);
    char _cleanup_free_ *folder = *own == '/' ? mem_strdup(own) : path_join(path, own);
    if (path_is_folder(folder)) {
        strv_add(ret, folder);
        return 0;
    }
    err_set(reterr, ERR_NO_EXPECTED, "the configuration names the location %s, but there is no such folder", shown);
    return err_hint(reterr, "Set migrations.path to the folders that are meant.");
}

static int add_locations(const char *path, const char *locations, struct strv *ret, struct err *reterr)
{
    for (const char *p = locations; *p != '\0'; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ',')) {
        size_t blanks = strspn(p, " \t"), len = strcspn(p + blanks, ",");
        while (len > 0 && strchr(" \t/", p[blanks + len - 1]) != NULL)
            len--;
        char _cleanup_free_ *location = mem_strndup(p + blanks, len);
        if (len > 0 && add_location(path, location, ret, reterr) != 0)
            return -1;
    }
    return 0;
}

/* What is below another location is found there already. */
static void drop_nested(struct strv *folders)
{
    size_t kept = 0;
    strv_unique(folders);
    for (size_t i = 0; i < folders->count; i++) {
        bool nested = false;
        for (size_t o = 0; o < folders->count; o++) {
            const char *outer = folders->items[o] ? folders->items[o] : "";
            size_t len = strlen(outer);
            nested = nested || (o != i && len > 0 && strncmp(folders->items[i], outer, len) == 0 && folders->items[i][len] == '/');
        }
        if (nested)
            mem_set(&folders->items[i], NULL);
    }
    for (size_t i = 0; i < folders->count; i++)
        if (folders->items[i] != NULL)
            folders->items[kept++] = folders->items[i];
    folders->count = kept;
}

/* The names of migrations are those of the default, or nothing is read. */
static int check_names(const struct source *source, const char *path, const struct properties *list, struct err *reterr)
{
    for (enum setting s = SET_NAMES; s < SET_COUNT; s++) {
        char _cleanup_free_ *value = NULL;
        if (find(source, path, list, s, &value, reterr) != 0)
            return -1;
        if (value == NULL || strcmp(value, settings[s].value) == 0)
            continue;
        char _cleanup_free_ *shown = text_escaped(value);
        err_set(reterr, ERR_NO_EXPECTED, "Flyway's %s is '%s': files are read with '%s' only", settings[s].name, shown, settings[s].value);
        return err_hint(reterr, LISTED);
    }
    return 0;
}

static int find_table(const struct source *source, const char *path, const struct properties *list, char **ret, struct err *reterr)
{
    char _cleanup_free_ *table = NULL;
    if (source->table != NULL && *source->table != '\0')
        return 0;
    if (find(source, path, list, SET_TABLE, &table, reterr) != 0)
        return -1;
    if (table != NULL && *ret != NULL && strcmp(table, *ret) != 0) {
        err_set(reterr, ERR_NO_EXPECTED, "the project's configuration names more than one history table");
        return err_hint(reterr, "Set migrations.table to the one that is meant.");
    }
    if (table != NULL)
        mem_set(ret, table);
    return 0;
}

static void notice(struct expected *ret, enum setting setting, const char *value, const char *what)
{
    char _cleanup_free_ *shown = text_escaped(value);
    strv_take(&ret->notices, mem_printf("Flyway's %s is '%s', which is not followed: %s", settings[setting].name, shown, what));
}

/* Values of placeholders in the environment are stronger than those of files. */
static void read_variables(const struct source *source, const char *path, struct flyway_text *text)
{
    static const char *const fronts[] = {"SPRING_FLYWAY_PLACEHOLDERS_", "FLYWAY_PLACEHOLDERS_"};
    for (char *const *p = source->env.vars; p != NULL && *p != NULL && strcmp(path, ".") == 0; p++)
        for (size_t i = 0; i < sizeof fronts / sizeof *fronts; i++) {
            size_t front = strlen(fronts[i]), len = strcspn(*p, "=");
            if (!text_starts(*p, fronts[i]) || (*p)[len] != '=')
                continue;
            char _cleanup_free_ *name = mem_strndup(*p + front, len - front);
            flyway_text_given(text, name, *p + len + 1);
        }
}

static int read_values(const struct source *source, const char *path, const struct properties *list, struct flyway_text *text,
                       struct expected *ret, struct err *reterr)
{
    char _cleanup_free_ *target = NULL, *ignore = NULL, *replacement = NULL;
    if (find(source, path, list, SET_ENCODING, &text->encoding, reterr) != 0 || find(source, path, list, SET_FRONT, &text->front, reterr) != 0 ||
        find(source, path, list, SET_BACK, &text->back, reterr) != 0 || find(source, path, list, SET_REPLACEMENT, &replacement, reterr) != 0 ||
        find(source, path, list, SET_TARGET, &target, reterr) != 0 || find(source, path, list, SET_IGNORE, &ignore, reterr) != 0)
        return -1;
    text->plain = text->plain || (replacement != NULL && strcmp(replacement, "false") == 0);
    if (target != NULL && strcasecmp(target, "latest") != 0)
        notice(ret, SET_TARGET, target, "what is above it is expected too");
    if (ignore != NULL && strcmp(ignore, "*:future") != 0)
        notice(ret, SET_IGNORE, ignore, "migrations.unknown = warn lets pass what is applied and missing here");
    for (size_t i = 0; i < list->count; i++) {
        const char *part = own_part(list->items[i].key);
        if (part != NULL && text_starts(part, "placeholders."))
            flyway_text_value(text, part + strlen("placeholders."), list->items[i].value);
    }
    read_variables(source, path, text);
    return 0;
}

/* One entry of migrations.path: its configuration, and the folders that it leads to. */
static int read_entry(const struct source *source, const char *path, struct flyway_text *text, struct strv *folders, char **ret_table,
                      struct expected *ret, struct err *reterr)
{
    struct properties _cleanup_properties_ list = {0};
    char _cleanup_free_ *locations = NULL, *sql = path_join(path, "sql");
    read_files(source, path, &list);
    if (check_names(source, path, &list, reterr) != 0 || find_table(source, path, &list, ret_table, reterr) != 0 ||
        read_values(source, path, &list, text, ret, reterr) != 0 || find(source, path, &list, SET_LOCATIONS, &locations, reterr) != 0)
        return -1;
    if (locations != NULL)
        return add_locations(path, locations, folders, reterr);
    bool own = false; /* the command line's default, which nothing else has */
    for (size_t i = 0; i < sizeof own_files / sizeof *own_files && !own; i++) {
        char _cleanup_free_ *file = path_join(path, own_files[i]);
        own = path_is_file(file) && path_is_folder(sql);
    }
    strv_add(folders, own ? sql : path);
    return 0;
}

int flyway_read(const struct source *source, struct expected *ret, struct err *reterr)
{
    struct source own = *source;
    struct file_rule rule = files_flyway;
    struct flyway_text _cleanup_(flyway_text_done) text = {0};
    struct strv _cleanup_strv_ folders = STRV_INIT;
    char _cleanup_free_ *table = NULL;
    for (size_t i = 0; i < source->paths.count; i++)
        if (read_entry(source, source->paths.items[i], &text, &folders, &table, ret, reterr) != 0)
            return -1;
    drop_nested(&folders);
    own.paths = folders;
    if (!flyway_text_is_utf8(&text))
        rule.look = NULL; /* they are summed below */
    if (files_read(&own, FRAMEWORK_FLYWAY, &rule, ret, reterr) != 0)
        return -1;
    mem_set(&ret->table, table);
    return flyway_text_sums(&text, ret, reterr);
}
