/* The databases of the configuration. */
#include "gate/database.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/relname.h"
#include "base/text.h"

void gate_database_free(struct gate_database *database)
{
    if (database == NULL)
        return;
    db_close(database->db);
    units_done(&database->units);
    tenants_done(&database->tenants);
    conninfo_done(&database->conninfo);
    err_done(&database->error);
    gate_asked_done(database);
    free(database->judged);
    free(database->source_of);
    free(database->name);
    free(database);
}

void gate_databases_done(struct gate_databases *databases)
{
    for (size_t i = 0; i < databases->count; i++)
        gate_database_free(databases->items[i]);
    free(databases->items);
    *databases = (struct gate_databases){0};
}

static struct wait_policy policy_of(const struct section *section, bool recheck)
{
    struct wait_policy policy = {
        .wait_ms = config_number(section, KEY_DATABASE_wait),
        .attempt_ms = config_number(section, KEY_DATABASE_attempt_timeout),
        .retry_ms = config_number(section, KEY_DATABASE_retry_interval),
        .retry_max_ms = config_number(section, KEY_DATABASE_retry_max),
        .grace_ms = config_number(section, KEY_DATABASE_grace),
        .stable_ms = config_number(section, KEY_DATABASE_stable_for),
        .statement_timeout_ms = config_number(section, KEY_DATABASE_statement_timeout),
    };
    if (recheck)
        policy.wait_ms = policy.grace_ms = policy.stable_ms = 0;
    return policy;
}

static struct gate_database *make(const struct gate_databases_options *options, const struct section *section,
                                  const struct conninfo_parts *parts, struct err *reterr)
{
    struct gate_database *database = mem_alloc(sizeof *database);
    database->section = section;
    database->name = mem_strdup(section->name);
    database->policy = policy_of(section, options->recheck);
    if (conninfo_make(parts, options->env, &database->conninfo, reterr) != 0) {
        gate_database_free(database);
        return NULL;
    }
    const struct strv *dropped = &database->conninfo.dropped;
    for (size_t i = 0; i < dropped->count; i++)
        log_event(options->log, LOG_INFO, "url_parameter_dropped", "the database URL's parameter '%s' is not libpq's and is left out",
                  dropped->items[i]);
    return database;
}

static struct gate_database *from_section(const struct gate_databases_options *options, const struct section *section,
                                          struct err *reterr)
{
    const struct conninfo_parts parts = {
        /* The default is DATABASE_URL: left to conninfo_make(), so that messages name it. */
        .url = config_is_set(section, KEY_DATABASE_url) ? config_text(section, KEY_DATABASE_url) : NULL,
        .host = config_text(section, KEY_DATABASE_host),
        .port = config_text(section, KEY_DATABASE_port),
        .name = config_text(section, KEY_DATABASE_name),
        .user = config_text(section, KEY_DATABASE_user),
        .password = config_text(section, KEY_DATABASE_password),
    };
    struct gate_database *database = make(options, section, &parts, reterr);
    if (database == NULL && strcmp(section->name, "default") != 0)
        err_wrap(reterr, "database.%s", section->name);
    return database;
}

/* Does the plain section stand for a database of its own, beside named ones? */
static bool names_one(const struct section *plain, const struct environment *env)
{
    static const enum key_id keys[] = {KEY_DATABASE_url, KEY_DATABASE_host, KEY_DATABASE_port, KEY_DATABASE_name,
                                       KEY_DATABASE_user, KEY_DATABASE_password};
    const char *url = environment_get(env, "DATABASE_URL");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (config_is_set(plain, keys[i]) && *config_text(plain, keys[i]) != '\0')
            return true;
    return url != NULL && *url != '\0';
}

static bool holds_placeholder(const struct gate_database *database)
{
    for (size_t i = 0; i < database->conninfo.values.count; i++)
        if (strstr(database->conninfo.values.items[i], DATABASE_PLACEHOLDER) != NULL)
            return true;
    return false;
}

/* Where the name is but a value to libpq, no name can change what else the connection is: a host could be a list, a path or
 * somebody else's. */
static int check_pattern(const struct gate_database *pattern, struct err *reterr)
{
    for (size_t i = 0; i < pattern->conninfo.values.count; i++) {
        const char *keyword = pattern->conninfo.keywords.items[i];
        if (strstr(pattern->conninfo.values.items[i], DATABASE_PLACEHOLDER) == NULL || strcmp(keyword, "dbname") == 0 ||
            strcmp(keyword, "user") == 0)
            continue;
        err_set(reterr, ERR_CONFIG, "database.url: " DATABASE_PLACEHOLDER " stands in the parameter %s", keyword);
        return err_hint(reterr, "It may stand in the name of the database and of the user only.");
    }
    return 0;
}

/* Sorts the pattern out of the databases, if there has to be one. */
static int take_pattern(const struct gate_databases_options *options, struct gate_databases *all, struct gate_database **ret,
                        struct err *reterr)
{
    const struct section *tenants = config_section(options->config, SECTION_TENANTS);
    bool wanted = *config_text(tenants, KEY_TENANTS_databases_query) != '\0';
    for (size_t i = 0; i < all->count;) {
        if (!holds_placeholder(all->items[i])) {
            i++;
            continue;
        }
        if (!wanted)
            return err_set(reterr, ERR_CONFIG, "database.url holds " DATABASE_PLACEHOLDER ", but tenants.databases_query, which "
                                               "would name the databases, is empty");
        if (*ret != NULL)
            return err_set(reterr, ERR_CONFIG, "two databases hold " DATABASE_PLACEHOLDER ": for tenants.databases_query there must "
                                               "be one");
        *ret = all->items[i];
        memmove(&all->items[i], &all->items[i + 1], (--all->count - i) * sizeof *all->items);
    }
    if (wanted && *ret == NULL) {
        err_set(reterr, ERR_CONFIG, "%s: tenants.databases_query is set, but database.url does not hold " DATABASE_PLACEHOLDER,
                config_where(tenants, KEY_TENANTS_databases_query));
        return err_hint(reterr, "Write it where the name of the database stands: postgresql://USER@HOST/" DATABASE_PLACEHOLDER);
    }
    return *ret != NULL ? check_pattern(*ret, reterr) : 0;
}

static int make_catalog(const struct gate_databases_options *options, const struct gate_database *pattern,
                        struct gate_database **ret, struct err *reterr)
{
    const struct section *tenants = config_section(options->config, SECTION_TENANTS);
    const struct conninfo_parts parts = {.url = config_text(tenants, KEY_TENANTS_catalog_url)};
    if (*parts.url == '\0') {
        err_set(reterr, ERR_CONFIG, "tenants.databases_query is set, but tenants.catalog_url is empty");
        return err_hint(reterr, "Say in which database the query is to run: tenants.catalog_url = postgresql://USER@HOST/NAME");
    }
    *ret = make(options, pattern->section, &parts, reterr);
    if (*ret == NULL)
        return err_wrap(reterr, "tenants.catalog_url");
    mem_set(&(*ret)->name, "tenants.catalog_url");
    return 0;
}

static bool is_section(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->count; i++)
        if (config->sections[i]->id == SECTION_DATABASE && strcmp(config->sections[i]->name, name) == 0)
            return true;
    return false;
}

static int check_names(const struct config *config, const struct section *section, enum key_id key, struct err *reterr)
{
    const struct strv *names = config_list(section, key);
    char _cleanup_free_ *title = config_section_title(section);
    if (names->count == 0)
        return err_set(reterr, ERR_CONFIG, "%s: %s.databases is empty: that would be nowhere", config_where(section, key), title);
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i], "all") == 0 || is_section(config, names->items[i]))
            continue;
        char _cleanup_free_ *shown = text_escaped(names->items[i]);
        err_set(reterr, ERR_CONFIG, "%s: %s.databases: there is no [database.%s]", config_where(section, key), title, shown);
        return err_hint(reterr, "The plain [database] is called default; all means every one.");
    }
    return 0;
}

static int check_all_names(const struct config *config, struct err *reterr)
{
    const struct section *section = NULL;
    while ((section = config_next(config, SECTION_MIGRATIONS, section)) != NULL)
        if (check_names(config, section, KEY_MIGRATIONS_databases, reterr) != 0)
            return -1;
    if (check_names(config, config_section(config, SECTION_TENANTS), KEY_TENANTS_databases, reterr) != 0)
        return -1;
    return check_names(config, config_section(config, SECTION_STRUCTURE), KEY_STRUCTURE_databases, reterr);
}

static int read_sections(const struct gate_databases_options *options, struct gate_databases *ret, struct err *reterr)
{
    bool others = false;
    for (size_t i = 0; i < options->config->count; i++)
        others = others || (options->config->sections[i]->id == SECTION_DATABASE &&
                            strcmp(options->config->sections[i]->name, "default") != 0);
    for (size_t i = 0; i < options->config->count; i++) {
        const struct section *section = options->config->sections[i];
        if (section->id != SECTION_DATABASE ||
            (others && strcmp(section->name, "default") == 0 && !names_one(section, options->env)))
            continue;
        struct gate_database *database = from_section(options, section, reterr);
        if (database == NULL)
            return -1;
        MEM_GROW(ret->items, ret->count, ret->cap);
        ret->items[ret->count++] = database;
    }
    return 0;
}

int gate_databases_read(const struct gate_databases_options *options, struct gate_databases *ret, struct gate_database **ret_pattern,
                        struct gate_database **ret_catalog, struct err *reterr)
{
    if (check_all_names(options->config, reterr) != 0 || read_sections(options, ret, reterr) != 0 ||
        take_pattern(options, ret, ret_pattern, reterr) != 0)
        return -1;
    return *ret_pattern != NULL ? make_catalog(options, *ret_pattern, ret_catalog, reterr) : 0;
}

static char *filled(const char *text, const char *name)
{
    struct buf out = BUF_INIT;
    for (const char *found; (found = strstr(text, DATABASE_PLACEHOLDER)) != NULL; text = found + strlen(DATABASE_PLACEHOLDER)) {
        buf_add(&out, text, (size_t)(found - text));
        buf_puts(&out, name);
    }
    buf_puts(&out, text);
    return buf_steal(&out);
}

/* The server cuts longer names, and would let us into another database than the one that is meant. */
static int check_name(const char *name, const char *part, struct err *reterr)
{
    if (strlen(part) <= RELNAME_MAX_BYTES)
        return 0;
    char _cleanup_free_ *shown = text_escaped(name);
    return err_set(reterr, ERR_CONFIG, "tenants.databases_query: '%s': PostgreSQL's names have at most %d bytes", shown,
                   RELNAME_MAX_BYTES);
}

struct gate_database *gate_database_from(const struct gate_database *pattern, const char *name, struct err *reterr)
{
    struct gate_database *database = mem_alloc(sizeof *database);
    struct conninfo *info = &database->conninfo;
    int code = 0;
    database->name = mem_strdup(name);
    database->section = pattern->section;
    database->policy = pattern->policy;
    database->listed = true;
    info->schema = mem_strdup(pattern->conninfo.schema);
    for (size_t i = 0; i < pattern->conninfo.keywords.count && code == 0; i++) {
        char _cleanup_free_ *value = filled(pattern->conninfo.values.items[i], name);
        strv_add(&info->keywords, pattern->conninfo.keywords.items[i]);
        strv_add(&info->values, value);
        if (strstr(pattern->conninfo.values.items[i], DATABASE_PLACEHOLDER) != NULL)
            code = check_name(name, value, reterr);
    }
    if (code != 0) {
        gate_database_free(database);
        return NULL;
    }
    conninfo_show(info);
    return database;
}

bool gate_database_is_in(const struct gate_database *database, const struct strv *names)
{
    return strv_has(names, "all") || strv_has(names, database->section->name);
}
