/* The table of configuration keys, as data. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The commands, as bits: who would have to act on a key. */
enum command_bits {
    COMMAND_RUN = 1,
    COMMAND_WAIT = 2,
    COMMAND_VERIFY = 4,
    COMMAND_STATUS = 8,
    COMMAND_OTHER = 16, /* commands that act on no key that is not built */
    COMMAND_JUDGE = COMMAND_RUN | COMMAND_VERIFY | COMMAND_STATUS,
    COMMAND_GATED = COMMAND_JUDGE | COMMAND_WAIT,
    COMMAND_REPORT = COMMAND_RUN | COMMAND_VERIFY,
};

enum key_type {
    KEY_TYPE_TEXT,
    KEY_TYPE_DURATION, /* number: milliseconds */
    KEY_TYPE_BOOL,     /* number: 0 or 1 */
    KEY_TYPE_COUNT,    /* number; choices: "least-most" */
    KEY_TYPE_CHOICE,   /* number: position in choices */
    KEY_TYPE_LIST,     /* list */
    KEY_TYPE_NAMES,    /* list of names or /regex/, each checked */
    KEY_TYPE_TABLES,   /* list of tables: each checked, as the next two */
    KEY_TYPE_COLUMNS,  /* list of table.column */
    KEY_TYPE_RELATIONS, /* list of either */
    KEY_TYPE_REGEX,    /* a POSIX extended regular expression, checked */
};

enum key_flags {
    KEY_FLAG_SECRET = 1,   /* never shown */
    KEY_FLAG_URL = 2,      /* shown without its password */
    KEY_FLAG_POSITIVE = 4, /* more than zero */
};

enum section_id {
#define SECTION(id, name, named, must, later, help) SECTION_##id,
#define KEY(section, name, type, def, choices, flags, later, help)
#include "config/keys.def"
#undef SECTION
#undef KEY
    SECTION_COUNT,
};

enum key_id {
#define SECTION(id, name, named, must, later, help)
#define KEY(section, name, type, def, choices, flags, later, help) KEY_##section##_##name,
#include "config/keys.def"
#undef SECTION
#undef KEY
    KEY_COUNT,
};

struct section_row {
    const char *name;
    bool may_be_named;  /* [name.NAME] adds another of its kind */
    bool must_be_named; /* there is no plain [name] */
    unsigned later;     /* commands that refuse a named one: not built yet */
    const char *help;
};

struct key_row {
    enum section_id section;
    const char *name;
    enum key_type type;
    const char *def;
    const char *choices;
    unsigned flags;
    unsigned later; /* commands that refuse a value other than the default: not built yet */
    const char *help;
};

extern const struct section_row section_rows[SECTION_COUNT];
extern const struct key_row key_rows[KEY_COUNT];
