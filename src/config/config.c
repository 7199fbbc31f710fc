/* The effective configuration: access, and what this version does not have yet. */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void config_done(struct config *config)
{
    for (size_t i = 0; i < config->count; i++) {
        struct section *section = config->sections[i];
        for (size_t k = 0; k < KEY_COUNT; k++) {
            free(section->settings[k].text);
            free(section->settings[k].where);
            strv_done(&section->settings[k].list);
        }
        free(section->name);
        free(section);
    }
    free(config->sections);
    free(config->file);
    *config = CONFIG_INIT;
}

const struct section *config_section(const struct config *config, enum section_id id)
{
    for (size_t i = 0; i < config->count; i++)
        if (config->sections[i]->id == id && strcmp(config->sections[i]->name, "default") == 0)
            return config->sections[i];
    BUG("a plain section is missing");
}

static bool anything_set(const struct section *section)
{
    for (size_t k = 0; k < KEY_COUNT; k++)
        if (section->settings[k].origin != ORIGIN_DEFAULT)
            return true;
    return false;
}

const struct section *config_next(const struct config *config, enum section_id id, const struct section *after)
{
    size_t named = 0;
    for (size_t i = 0; i < config->count; i++)
        named += config->sections[i]->id == id && strcmp(config->sections[i]->name, "default") != 0;
    bool passed = after == NULL;
    for (size_t i = 0; i < config->count; i++) {
        const struct section *section = config->sections[i];
        if (section->id != id)
            continue;
        if (passed && (strcmp(section->name, "default") != 0 || named == 0 || anything_set(section)))
            return section;
        if (section == after)
            passed = true;
    }
    return NULL;
}

static const struct setting *setting(const struct section *section, enum key_id key)
{
    if (key_rows[key].section != section->id)
        BUG("a key was asked of a section it does not belong to");
    return &section->settings[key];
}

const char *config_text(const struct section *section, enum key_id key)
{
    return setting(section, key)->text;
}

int64_t config_number(const struct section *section, enum key_id key)
{
    return setting(section, key)->number;
}

bool config_bool(const struct section *section, enum key_id key)
{
    return setting(section, key)->number != 0;
}

const struct strv *config_list(const struct section *section, enum key_id key)
{
    return &setting(section, key)->list;
}

bool config_is_set(const struct section *section, enum key_id key)
{
    return setting(section, key)->origin != ORIGIN_DEFAULT;
}

const char *config_where(const struct section *section, enum key_id key)
{
    const char *where = setting(section, key)->where;
    return where ? where : "default";
}

const char *config_choice(const struct section *section, enum key_id key)
{
    return setting(section, key)->text;
}

char *config_section_title(const struct section *section)
{
    const char *name = section_rows[section->id].name;
    if (strcmp(section->name, "default") == 0)
        return mem_strdup(name);
    return mem_printf("%s.%s", name, section->name);
}

int config_check_built(const struct config *config, unsigned command, struct err *reterr)
{
    for (size_t i = 0; i < config->count; i++) {
        const struct section *section = config->sections[i];
        const struct section_row *row = &section_rows[section->id];
        char _cleanup_free_ *title = config_section_title(section);
        if (strcmp(section->name, "default") != 0 && (row->later & command) != 0) {
            err_set(reterr, ERR_CONFIG, "[%s]: this version of tenantgate cannot act on a section [%s.NAME] yet", title,
                    row->name);
            return err_hint(reterr, "Remove the section: it is refused so that nobody relies on what does not happen.");
        }
        for (size_t k = 0; k < KEY_COUNT; k++) {
            const struct setting *set = &section->settings[k];
            if (key_rows[k].section != section->id || !set->differs || (key_rows[k].later & command) == 0)
                continue;
            err_set(reterr, ERR_CONFIG, "%s: this version of tenantgate cannot act on %s.%s yet", set->where, title,
                    key_rows[k].name);
            return err_hint(reterr, "Remove the key: it is refused so that nobody relies on what does not happen.");
        }
    }
    return 0;
}
