/* The effective configuration as text. */
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/text.h"
#include "config/config.h"

/* A line of a value as it may stand in a file: control characters escaped, dollar signs doubled. A backslash stays one:
 * in a file it means nothing, and regular expressions are full of them. */
static void show_line(const char *line, struct buf *out)
{
    for (const char *p = line; *p != '\0';) {
        size_t len = strcspn(p, "\\$");
        text_escape(out, p, len);
        p += len;
        if (*p == '$')
            buf_putc(out, '$');
        if (*p != '\0')
            buf_putc(out, *p++);
    }
}

/* A value as it may stand in a file: further lines indented, secrets hidden. */
static void show_value(const struct key_row *row, const struct setting *setting, struct buf *out)
{
    if (*setting->text == '\0')
        return;
    if ((row->flags & KEY_FLAG_SECRET) != 0) {
        buf_puts(out, " ***");
        return;
    }
    char _cleanup_free_ *text = redact(setting->text);
    for (const char *line = text; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        char _cleanup_free_ *one = mem_strndup(line, len);
        buf_puts(out, line == text ? " " : "\n    ");
        show_line(one, out);
        line += len + (line[len] == '\n');
    }
}

static void show_section(const struct section *section, struct buf *out)
{
    char _cleanup_free_ *title = config_section_title(section);
    char _cleanup_free_ *shown = text_escaped(title);
    buf_printf(out, "\n[%s]\n", shown);
    for (size_t k = 0; k < KEY_COUNT; k++) {
        const struct key_row *row = &key_rows[k];
        const struct setting *setting = &section->settings[k];
        if (row->section != section->id)
            continue;
        if (setting->origin == ORIGIN_DEFAULT)
            buf_printf(out, "# %s =", row->name);
        else
            buf_printf(out, "# from %s\n%s =", setting->where, row->name);
        show_value(row, setting, out);
        buf_putc(out, '\n');
    }
}

void config_show(const struct config *config, struct buf *out)
{
    char _cleanup_free_ *file = config->file ? text_escaped(config->file) : NULL;
    buf_printf(out, "# The effective configuration; file: %s. Commented-out keys have their defaults.\n",
               file ? file : "none");
    for (int id = 0; id < SECTION_COUNT; id++)
        for (size_t i = 0; i < config->count; i++)
            if (config->sections[i]->id == (enum section_id)id)
                show_section(config->sections[i], out);
}
