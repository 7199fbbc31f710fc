/* The effective configuration: defaults < file < environment < command line, each value with where it came from. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/environ.h"
#include "base/err.h"
#include "base/strv.h"
#include "config/keys.h"

enum origin {
    ORIGIN_DEFAULT,
    ORIGIN_FILE,
    ORIGIN_ENVIRONMENT,
    ORIGIN_COMMAND_LINE,
};

struct setting {
    char *text; /* as given, references to the environment replaced; owned */
    enum origin origin;
    char *where; /* "tenantgate.ini:3", "TENANTGATE_GATE_TIMEOUT", "--timeout"; NULL for a default */
    bool raw;     /* taken as it is: no ${...} in it */
    bool differs; /* means something else than the default */
    int64_t number;
    struct strv list;
};

/* One [section] or [section.name]. */
struct section {
    enum section_id id;
    char *name; /* "default" for the plain one */
    struct setting settings[KEY_COUNT]; /* only those of this section are used */
};

struct config {
    struct section **sections; /* in the order of keys.def, named ones in the order of the file */
    size_t count;
    size_t cap;
    char *file; /* the file that was read, or NULL */
};

#define CONFIG_INIT ((struct config){0})

void config_done(struct config *config);
#define _cleanup_config_ __attribute__((cleanup(config_done)))

/* What the command line says of the configuration. */
struct config_args {
    const char *file;            /* --config, or NULL */
    const struct strv *settings; /* "section.key=value" */
    const struct strv *wheres;   /* the option each came from, for messages */
};

/* Reads all layers, checks and converts every value. Fails with ERR_CONFIG (and ERR_USAGE for a --set that is no
 * assignment); the message names file and line, variable or option. */
int config_load(const struct config_args *args, const struct environment *env, struct config *ret, struct err *reterr);

/* Fails (ERR_CONFIG) where a key is set whose feature this version does not have and `command` (one of enum
 * command_bits) would have to act on it. */
int config_check_built(const struct config *config, unsigned command, struct err *reterr);

/* The plain section of that id. */
const struct section *config_section(const struct config *config, enum section_id id);
/* The next section of that id after `after` (NULL: the first), named or plain; NULL at the end. For sections that may be
 * named the plain one counts only if something in it is set, or if there is no named one. */
const struct section *config_next(const struct config *config, enum section_id id, const struct section *after);

/* Values; the key must belong to the section. Texts and lists are borrowed. */
const char *config_text(const struct section *section, enum key_id key);
int64_t config_number(const struct section *section, enum key_id key);
bool config_bool(const struct section *section, enum key_id key);
const struct strv *config_list(const struct section *section, enum key_id key);
bool config_is_set(const struct section *section, enum key_id key);
/* Where a value came from: "tenantgate.ini:3"; "default" for a default. Borrowed. */
const char *config_where(const struct section *section, enum key_id key);
/* The chosen word of a choice key. Never NULL. */
const char *config_choice(const struct section *section, enum key_id key);

/* The configuration as a file with every key, defaults commented out, secrets hidden, and where each value came from. */
struct buf;
void config_show(const struct config *config, struct buf *out);

/* The name of a section as it stands in a file: "gate", "step.migrate". To be freed. */
char *config_section_title(const struct section *section);
