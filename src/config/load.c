/* Reading the configuration: file, environment, command line, and the conversion of every value. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/file.h"
#include "base/ini.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/text.h"
#include "config/config.h"
#include "config/relations.h"
#include "config/value.h"

#define FILE_MAX_BYTES ((size_t)4 * 1024 * 1024)
#define PREFIX "TENANTGATE_"

static struct section *add_section(struct config *config, enum section_id id, const char *name)
{
    MEM_GROW(config->sections, config->count, config->cap);
    struct section *section = mem_alloc(sizeof *section);
    section->id = id;
    section->name = mem_strdup(name);
    for (size_t k = 0; k < KEY_COUNT; k++)
        if (key_rows[k].section == id)
            section->settings[k].text = mem_strdup(key_rows[k].def);
    config->sections[config->count++] = section;
    return section;
}

/* In the environment a section's name is upper case with '_' for '-'; elsewhere it is compared as it stands. */
static bool same_name(const char *a, const char *b, bool loose)
{
    if (!loose)
        return strcmp(a, b) == 0;
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        char x = *a == '-' ? '_' : (char)tolower((unsigned char)*a);
        char y = *b == '-' ? '_' : (char)tolower((unsigned char)*b);
        if (x != y)
            return false;
    }
    return *a == *b;
}

static struct section *find_section(struct config *config, enum section_id id, const char *name, bool loose)
{
    for (size_t i = 0; i < config->count; i++)
        if (config->sections[i]->id == id && same_name(config->sections[i]->name, name, loose))
            return config->sections[i];
    return NULL;
}

static int section_by_name(const char *name, size_t len)
{
    for (int id = 0; id < SECTION_COUNT; id++)
        if (strlen(section_rows[id].name) == len && strncmp(section_rows[id].name, name, len) == 0)
            return id;
    return -1;
}

static int key_by_name(enum section_id id, const char *name)
{
    for (int k = 0; k < KEY_COUNT; k++)
        if (key_rows[k].section == id && strcasecmp(key_rows[k].name, name) == 0)
            return k;
    return -1;
}

/* How many single-character edits lie between the two (Levenshtein), for "did you mean". */
static size_t distance(const char *a, const char *b)
{
    size_t width = strlen(b) + 1;
    size_t *row = mem_alloc(width * sizeof *row);
    for (size_t j = 0; j < width; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j < width; j++) {
            size_t above = row[j];
            size_t best = diagonal + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            diagonal = above;
        }
    }
    size_t result = row[width - 1];
    free(row);
    return result;
}

static int unknown_key(enum section_id id, const char *where, const char *title, const char *key, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(key);
    char _cleanup_free_ *shown_title = text_escaped(title);
    err_set(reterr, ERR_CONFIG, "%s: [%s] has no key '%s'", where, shown_title, shown);
    const char *best = NULL;
    size_t least = 3;
    for (int k = 0; k < KEY_COUNT && strlen(key) < 64; k++) {
        size_t apart = key_rows[k].section == id ? distance(key, key_rows[k].name) : least;
        if (apart < least) {
            least = apart;
            best = key_rows[k].name;
        }
    }
    if (best != NULL)
        return err_hint(reterr, "Did you mean '%s'? `tenantgate help config` lists every key.", best);
    return err_hint(reterr, "`tenantgate help config` lists every key.");
}

static void assign(struct setting *setting, const char *value, enum origin origin, const char *where, bool raw)
{
    mem_set(&setting->text, value);
    mem_set(&setting->where, where);
    setting->origin = origin;
    setting->raw = raw;
}

/* Finds, or adds, the section that `title` ("gate", "step.migrate") names. */
static int section_of(struct config *config, const char *title, const char *where, struct section **ret,
                      struct err *reterr)
{
    const char *dot = strchr(title, '.');
    size_t len = dot ? (size_t)(dot - title) : strlen(title);
    int id = section_by_name(title, len);
    char _cleanup_free_ *shown = text_escaped(title);
    if (id < 0) {
        err_set(reterr, ERR_CONFIG, "%s: there is no section [%s]", where, shown);
        return err_hint(reterr, "`tenantgate help config` lists every section.");
    }
    const struct section_row *row = &section_rows[id];
    if (dot == NULL && row->must_be_named)
        return err_set(reterr, ERR_CONFIG, "%s: [%s] needs a name: [%s.NAME]", where, shown, row->name);
    if (dot != NULL && (!row->may_be_named || dot[1] == '\0' || strcmp(dot + 1, "default") == 0))
        return err_set(reterr, ERR_CONFIG, "%s: there is no section [%s]", where, shown);
    *ret = find_section(config, (enum section_id)id, dot ? dot + 1 : "default", false);
    if (*ret == NULL)
        *ret = add_section(config, (enum section_id)id, dot + 1);
    return 0;
}

struct file_reading {
    struct config *config;
    const char *shown;
};

static int on_file_key(void *context, const char *title, const char *key, const char *value, int line,
                       struct err *reterr)
{
    struct file_reading *reading = context;
    char _cleanup_free_ *where = mem_printf("%s:%d", reading->shown, line);
    if (*title == '\0') {
        char _cleanup_free_ *shown = text_escaped(key);
        return err_set(reterr, ERR_CONFIG, "%s: the key '%s' stands before any [section]", where, shown);
    }
    struct section *section = NULL;
    if (section_of(reading->config, title, where, &section, reterr) != 0)
        return -1;
    int k = key_by_name(section->id, key);
    if (k < 0)
        return unknown_key(section->id, where, title, key, reterr);
    struct setting *setting = &section->settings[k];
    if (setting->origin == ORIGIN_FILE)
        return err_set(reterr, ERR_CONFIG, "%s: '%s' is set twice; first at %s", where, key_rows[k].name, setting->where);
    assign(setting, value, ORIGIN_FILE, where, false);
    return 0;
}

static int load_file(const char *path, struct config *config, struct err *reterr)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (file_read(path, FILE_MAX_BYTES, ERR_CONFIG, &text, reterr) != 0)
        return -1;
    char _cleanup_free_ *shown = text_escaped(path);
    struct file_reading reading = {.config = config, .shown = shown};
    mem_set(&config->file, path);
    return ini_read(path, buf_text(&text), text.len, on_file_key, &reading, reterr);
}

/* The file to read: the one that was named, or the first of the usual ones that is there. */
static int find_file(const struct config_args *args, const struct environment *env, const char **ret, struct err *reterr)
{
    static const char *const usual[] = {"tenantgate.ini", "/etc/tenantgate/tenantgate.ini"};
    const char *named = args->file ? args->file : environment_get(env, PREFIX "CONFIG");
    *ret = NULL;
    if (named != NULL && *named != '\0') {
        *ret = named;
        return 0;
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        if (access(usual[i], F_OK) == 0) {
            *ret = usual[i];
            return 0;
        }
        if (errno != ENOENT && errno != ENOTDIR)
            return err_set(reterr, ERR_CONFIG, "%s: cannot be examined: %s", usual[i], strerror(errno));
    }
    return 0;
}

/* Splits "STEP__MIGRATE__TIMEOUT" or "GATE_TIMEOUT" and finds the setting, in a new section where the name is new. *ret is
 * NULL where there is no such key. */
static void setting_by_variable(struct config *config, const char *variable, struct setting **ret)
{
    *ret = NULL;
    for (int id = 0; id < SECTION_COUNT; id++) {
        const char *name = section_rows[id].name;
        size_t len = strlen(name);
        if (strncasecmp(variable, name, len) != 0 || variable[len] != '_')
            continue;
        const char *rest = variable + len + 1;
        if (*rest != '_') {
            int k = section_rows[id].must_be_named ? -1 : key_by_name((enum section_id)id, rest);
            if (k >= 0)
                *ret = &find_section(config, (enum section_id)id, "default", false)->settings[k];
            return;
        }
        const char *title = rest + 1, *end = NULL;
        for (const char *p = title; (p = strstr(p, "__")) != NULL; p++)
            end = p;
        if (!section_rows[id].may_be_named || end == NULL || end == title)
            return;
        int k = key_by_name((enum section_id)id, end + 2);
        if (k < 0)
            return;
        char _cleanup_free_ *section_name = mem_strndup(title, (size_t)(end - title));
        for (char *p = section_name; *p != '\0'; p++)
            *p = (char)tolower((unsigned char)*p);
        if (strcmp(section_name, "default") == 0)
            return; /* the plain one has no name */
        struct section *section = find_section(config, (enum section_id)id, section_name, true);
        if (section == NULL)
            section = add_section(config, (enum section_id)id, section_name);
        *ret = &section->settings[k];
        return;
    }
}

static int unknown_variable(const char *name, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(name);
    err_set(reterr, ERR_CONFIG, "the environment variable %s names no key", shown);
    char _cleanup_free_ *best = NULL;
    size_t least = 4;
    for (int k = 0; k < KEY_COUNT && strlen(name) < 128; k++) {
        if (section_rows[key_rows[k].section].must_be_named)
            continue;
        char *full = mem_printf(PREFIX "%s_%s", section_rows[key_rows[k].section].name, key_rows[k].name);
        for (char *p = full; *p != '\0'; p++)
            *p = (char)toupper((unsigned char)*p);
        size_t apart = distance(name, full);
        if (apart < least) {
            least = apart;
            mem_set(&best, full);
        }
        free(full);
    }
    if (best != NULL)
        return err_hint(reterr, "Did you mean %s?", best);
    return err_hint(reterr, "Variables are TENANTGATE_SECTION_KEY, or TENANTGATE_SECTION__NAME__KEY of a named section; "
                            "`tenantgate help config` lists the keys.");
}

/* Kubernetes describes a service named "tenantgate" to every pod of its namespace in such variables. */
static bool injected_by_kubernetes(const char *rest)
{
    return text_starts(rest, "SERVICE_") || strcmp(rest, "PORT") == 0 || text_starts(rest, "PORT_");
}

static int load_variable(const char *variable, const char *value, const struct environment *env, struct config *config,
                         struct err *reterr)
{
    const char *rest = variable + strlen(PREFIX);
    if (strcmp(rest, "CONFIG") == 0)
        return 0;
    struct setting *setting = NULL;
    setting_by_variable(config, rest, &setting);
    if (setting != NULL) {
        assign(setting, value, ORIGIN_ENVIRONMENT, variable, true);
        return 0;
    }
    if (text_ends(rest, "_FILE")) {
        char _cleanup_free_ *plain = mem_strndup(rest, strlen(rest) - strlen("_FILE"));
        setting_by_variable(config, plain, &setting);
        if (setting != NULL) {
            char _cleanup_free_ *direct = mem_printf(PREFIX "%s", plain);
            if (environment_get(env, direct) != NULL)
                return err_set(reterr, ERR_CONFIG, "%s and %s are both set", direct, variable);
            struct buf _cleanup_buf_ text = BUF_INIT;
            if (file_read(value, FILE_MAX_BYTES, ERR_CONFIG, &text, reterr) != 0)
                return err_wrap(reterr, "%s", variable);
            if (text.len > 0 && memchr(text.data, '\0', text.len) != NULL)
                return err_set(reterr, ERR_CONFIG, "%s: the file holds NUL bytes", variable);
            if (text.len > 0 && text.data[text.len - 1] == '\n')
                text.data[--text.len] = '\0';
            assign(setting, buf_text(&text), ORIGIN_ENVIRONMENT, variable, true);
            return 0;
        }
    }
    if (injected_by_kubernetes(rest))
        return 0;
    return unknown_variable(variable, reterr);
}

static int load_environment(const struct environment *env, struct config *config, struct err *reterr)
{
    for (char *const *var = env->vars; var != NULL && *var != NULL; var++) {
        const char *equals = strchr(*var, '=');
        if (!text_starts(*var, PREFIX) || equals == NULL)
            continue;
        char _cleanup_free_ *name = mem_strndup(*var, (size_t)(equals - *var));
        if (load_variable(name, equals + 1, env, config, reterr) != 0)
            return -1;
    }
    return 0;
}

static int load_arguments(const struct config_args *args, struct config *config, struct err *reterr)
{
    for (size_t i = 0; args->settings != NULL && i < args->settings->count; i++) {
        const char *text = args->settings->items[i], *where = args->wheres->items[i];
        const char *equals = strchr(text, '=');
        const char *dot = NULL;
        for (const char *p = text; equals != NULL && p < equals; p++)
            if (*p == '.')
                dot = p;
        if (dot == NULL) {
            err_set(reterr, ERR_USAGE, "%s needs SECTION.KEY=VALUE", where);
            return -1;
        }
        char _cleanup_free_ *title = mem_strndup(text, (size_t)(dot - text));
        char _cleanup_free_ *key = mem_strndup(dot + 1, (size_t)(equals - dot - 1));
        struct section *section = NULL;
        if (section_of(config, title, where, &section, reterr) != 0)
            return -1;
        int k = key_by_name(section->id, key);
        if (k < 0)
            return unknown_key(section->id, where, title, key, reterr);
        assign(&section->settings[k], equals + 1, ORIGIN_COMMAND_LINE, where, false);
    }
    return 0;
}

static int convert_names(const struct strv *names, struct err *reterr)
{
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->items[i];
        size_t len = strlen(name);
        if (name[0] != '/' || len < 2 || name[len - 1] != '/')
            continue;
        char _cleanup_free_ *pattern = mem_strndup(name + 1, len - 2);
        if (value_regex(pattern, reterr) != 0)
            return -1;
    }
    return 0;
}

static int convert_choice(const struct key_row *row, struct setting *setting, struct err *reterr)
{
    int64_t at = 0;
    for (const char *word = row->choices; *word != '\0'; at++) {
        size_t len = strcspn(word, "|");
        if (strlen(setting->text) == len && strncasecmp(setting->text, word, len) == 0) {
            setting->number = at;
            free(setting->text);
            setting->text = mem_strndup(word, len);
            return 0;
        }
        word += len + (word[len] == '|');
    }
    char _cleanup_free_ *shown = text_escaped(setting->text);
    return err_set(reterr, ERR_CONFIG, "'%s' is none of %s", shown, row->choices);
}

static int convert(const struct key_row *row, struct setting *setting, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(setting->text);
    switch (row->type) {
    case KEY_TYPE_TEXT:
        return 0;
    case KEY_TYPE_DURATION:
        if (value_duration(setting->text, &setting->number) != 0)
            return err_set(reterr, ERR_CONFIG, "'%s' is no duration such as 500ms, 30s, 5m or 1h", shown);
        if ((row->flags & KEY_FLAG_POSITIVE) != 0 && setting->number == 0)
            return err_set(reterr, ERR_CONFIG, "must be more than 0");
        return 0;
    case KEY_TYPE_BOOL: {
        bool value = false;
        if (value_bool(setting->text, &value) != 0)
            return err_set(reterr, ERR_CONFIG, "'%s' is neither yes nor no", shown);
        setting->number = value;
        return 0;
    }
    case KEY_TYPE_COUNT: {
        char *most = NULL;
        int64_t least = strtoll(row->choices, &most, 10);
        if (value_count(setting->text, least, strtoll(most + 1, NULL, 10), &setting->number) != 0)
            return err_set(reterr, ERR_CONFIG, "'%s' is no number in %s", shown, row->choices);
        return 0;
    }
    case KEY_TYPE_CHOICE:
        return convert_choice(row, setting, reterr);
    case KEY_TYPE_REGEX:
        return *setting->text == '\0' ? 0 : value_regex(setting->text, reterr);
    case KEY_TYPE_LIST:
        return value_list(setting->text, &setting->list, reterr);
    case KEY_TYPE_NAMES:
        if (value_names(setting->text, &setting->list, reterr) != 0)
            return -1;
        return convert_names(&setting->list, reterr);
    case KEY_TYPE_TABLES:
        return relations_list(setting->text, RELATIONS_TABLES, &setting->list, reterr);
    case KEY_TYPE_COLUMNS:
        return relations_list(setting->text, RELATIONS_COLUMNS, &setting->list, reterr);
    case KEY_TYPE_RELATIONS:
        return relations_list(setting->text, RELATIONS_BOTH, &setting->list, reterr);
    }
    BUG("a key without a type");
}

/* Does the converted value mean something else than the default, however it is written ("off" for "no")? */
static bool differs(const struct key_row *row, const struct setting *setting)
{
    bool is_number = row->type == KEY_TYPE_DURATION || row->type == KEY_TYPE_BOOL || row->type == KEY_TYPE_COUNT;
    if (!is_number)
        return strcmp(setting->text, row->def) != 0;
    struct setting usual = {.text = mem_strdup(row->def)};
    struct err _cleanup_err_ err = ERR_INIT;
    if (convert(row, &usual, &err) != 0)
        BUG("a default that is no value");
    free(usual.text);
    return setting->number != usual.number;
}

static int convert_all(struct config *config, const struct environment *env, struct err *reterr)
{
    for (size_t i = 0; i < config->count; i++) {
        struct section *section = config->sections[i];
        for (size_t k = 0; k < KEY_COUNT; k++) {
            const struct key_row *row = &key_rows[k];
            struct setting *setting = &section->settings[k];
            if (row->section != section->id)
                continue;
            struct buf _cleanup_buf_ text = BUF_INIT;
            int failed = 0;
            if (!setting->raw) {
                failed = value_expand(setting->text, env, &text, reterr);
                if (failed == 0)
                    mem_set(&setting->text, buf_text(&text));
            }
            if (failed == 0)
                failed = convert(row, setting, reterr);
            if (failed == 0)
                setting->differs = setting->origin != ORIGIN_DEFAULT && differs(row, setting);
            if (failed != 0) {
                char _cleanup_free_ *title = config_section_title(section);
                return err_wrap(reterr, "%s: %s.%s", setting->where ? setting->where : "default", title, row->name);
            }
        }
    }
    return 0;
}

int config_load(const struct config_args *args, const struct environment *env, struct config *ret, struct err *reterr)
{
    struct config _cleanup_config_ config = CONFIG_INIT;
    for (int id = 0; id < SECTION_COUNT; id++)
        if (!section_rows[id].must_be_named)
            add_section(&config, (enum section_id)id, "default");
    const char *file = NULL;
    if (find_file(args, env, &file, reterr) != 0)
        return -1;
    if (file != NULL && load_file(file, &config, reterr) != 0)
        return -1;
    if (load_environment(env, &config, reterr) != 0 || load_arguments(args, &config, reterr) != 0 ||
        convert_all(&config, env, reterr) != 0)
        return -1;
    *ret = config;
    config = CONFIG_INIT;
    return 0;
}
