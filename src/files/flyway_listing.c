/* Flyway's list: JSON that names the files, or their names alone. */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "files/files.h"
#include "files/flyway.h"
#include "files/names.h"
#include "files/sums.h"

static int bad(const char *what, struct err *reterr)
{
    err_set(reterr, ERR_NO_EXPECTED, "standard input: %s", what);
    return err_hint(reterr, "Expected is what `flyway info -outputType=json` prints, or the names of the files, one a line.");
}

/* It begins on a line of its own; what was logged may stand before it. */
static json_t *find_object(const char *text, size_t len)
{
    for (const char *line = text, *end = text + len; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        json_error_t why;
        json_t *object = *line == '{' ? json_loadb(line, (size_t)(end - line), JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &why) : NULL;
        if (object != NULL)
            return object;
        line = newline ? newline + 1 : end;
    }
    return NULL;
}

static const char *text_of(const json_t *entry, const char *key)
{
    const char *text = json_string_value(json_object_get(entry, key));
    return text ? text : "";
}

/* Rows without a file, those that a DELETE took back, and what is above the target are not what this image expects. */
static bool is_expected(const json_t *entry)
{
    static const char *const types[] = {"SCHEMA", "BASELINE", "DELETE"}, *const states[] = {"Deleted", "Undone", "Available", "Above Target"};
    const char *type = text_of(entry, "type"), *state = text_of(entry, "state");
    bool is = *text_of(entry, "filepath") != '\0' && !text_starts(type, "UNDO_");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        is = is && strcmp(type, types[i]) != 0;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        is = is && strcmp(state, states[i]) != 0;
    return is;
}

/* The file's checksum, where it is at hand and is UTF-8. */
static void add_sum(struct expected *ret, struct migration *migration, const char *path, const char *type)
{
    struct err _cleanup_err_ ignored = ERR_INIT;
    char _cleanup_free_ *shown = text_escaped(migration->id);
    if (text_starts(type, "JDBC") || strcmp(type, "CUSTOM") == 0)
        return;
    if (!path_is_file(path) || sum_flyway(path, migration, &ignored) != 0)
        strv_take(&ret->notices, mem_printf("%s: its file cannot be read here as UTF-8, so that a changed text will not be noticed", shown));
}

static int take(const json_t *entry, struct expected *ret, struct err *reterr)
{
    struct name _cleanup_name_ name = {0};
    struct buf _cleanup_buf_ file = BUF_INIT;
    const char *version = text_of(entry, "version"), *type = text_of(entry, "type"), *path = text_of(entry, "filepath");
    const char *raw = *text_of(entry, "rawVersion") ? text_of(entry, "rawVersion") : version;
    buf_printf(&file, "%s%s__", *version == '\0' ? "R" : text_ends(type, "_BASELINE") ? "B" : "V", raw);
    for (const char *p = text_of(entry, "description"); *p != '\0'; p++)
        buf_putc(&file, *p == ' ' ? '_' : *p);
    buf_puts(&file, ".sql");
    if (name_flyway(buf_text(&file), &name) != NAME_TAKEN)
        return bad("an entry whose version is none that can be read", reterr);
    for (size_t i = 0; i < ret->count; i++)
        if (strcmp(ret->items[i].id, buf_text(&name.id)) == 0)
            return 0; /* applied before, and pending again */
    struct migration *migration = expected_add(ret, buf_text(&name.id));
    migration->kind = name.kind;
    if (name.label.len > 0)
        migration->label = buf_steal(&name.label);
    add_sum(ret, migration, path, type);
    return 0;
}

int listing_read_flyway(const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    json_t *document = find_object(text, len);
    const json_t *list = json_object_get(document, "migrations");
    bool json = len > 0 && (document != NULL || memchr(text, '{', len) != NULL);
    int code = 0;
    ret->framework = FRAMEWORK_FLYWAY;
    if (!json)
        return files_from_list(text, len, FRAMEWORK_FLYWAY, &files_flyway, ret, reterr);
    if (!json_is_array(list))
        code = bad(json_is_object(json_object_get(document, "error")) ? "Flyway reports an error instead of its list" : "it is no list of migrations, or was cut short", reterr);
    for (size_t i = 0; i < json_array_size(list) && code == 0; i++)
        if (is_expected(json_array_get(list, i)))
            code = take(json_array_get(list, i), ret, reterr);
    json_decref(document);
    if (code == 0 && ret->count == 0)
        code = bad("it lists no migrations", reterr);
    return code == 0 ? expected_finish(ret, reterr) : -1;
}
