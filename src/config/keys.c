/* The table of configuration keys, as data. */
#include "config/keys.h"

/* Short words for the table's columns. */
enum {
    FLAG_0 = 0,
    LATER_0 = 0,
    FLAG_SECRET = KEY_FLAG_SECRET,
    FLAG_URL = KEY_FLAG_URL,
    FLAG_POSITIVE = KEY_FLAG_POSITIVE,
    LATER_RUN = COMMAND_RUN,
    LATER_JUDGE = COMMAND_JUDGE,
    LATER_GATED = COMMAND_GATED,
    LATER_REPORT = COMMAND_REPORT,
};

const struct section_row section_rows[SECTION_COUNT] = {
#define SECTION(id, name, named, must, later, help) [SECTION_##id] = {name, named, must, LATER_##later, help},
#define KEY(section, name, type, def, choices, flags, later, help)
#include "config/keys.def"
#undef SECTION
#undef KEY
};

const struct key_row key_rows[KEY_COUNT] = {
#define SECTION(id, name, named, must, later, help)
#define KEY(section, name, type, def, choices, flags, later, help)                                                     \
    [KEY_##section##_##name] = {SECTION_##section, #name, KEY_TYPE_##type, def, choices, FLAG_##flags, LATER_##later, help},
#include "config/keys.def"
#undef SECTION
#undef KEY
};
