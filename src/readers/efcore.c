/* EF Core's list. Its text form (without --json) is not read: which of the lines are ids cannot be told from them. */
#include "readers/efcore.h"

#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

static int bad(const char *what, struct err *reterr)
{
    err_set(reterr, ERR_NO_EXPECTED, "standard input: %s", what);
    return err_hint(reterr, "Expected is what `dotnet ef migrations list --json --no-connect` prints.");
}

static char *folded(const char *text)
{
    char *copy = mem_strdup(text);
    for (char *p = copy; *p != '\0'; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    return copy;
}

/* The lines without what surrounds them (src/ef/Reporter.cs): colours, and with --prefix-output what kind of line it is. */
static void clean(const char *text, size_t len, struct buf *ret)
{
    static const char *const others[] = {"info:    ", "warn:    ", "error:   ", "verbose: "}, data[] = "data:    ";
    for (const char *line = text, *end = text + len; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line)), *stop = newline ? newline : end;
        struct buf _cleanup_buf_ plain = BUF_INIT;
        for (const char *p = line; p < stop; p++) {
            if (*p != '\x1b' || p + 1 == stop || p[1] != '[') {
                buf_putc(&plain, *p);
                continue;
            }
            for (p += 2; p < stop && (*p < '@' || *p > '~');)
                p++;
        }
        bool other = false;
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            other = other || text_starts(buf_text(&plain), others[i]);
        if (!other)
            buf_puts(ret, buf_text(&plain) + (text_starts(buf_text(&plain), data) ? sizeof data - 1 : 0));
        buf_putc(ret, '\n');
        line = newline ? newline + 1 : end;
    }
}

static bool has_ids(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_object_get(json_array_get(list, i), "id") == NULL)
            return false;
    return json_array_size(list) > 0;
}

/* The list begins on a line of its own; lines of the build, and what the app logs when it is made, may stand before and behind
 * it, and may look like a list. */
static json_t *find_list(const char *text, size_t len)
{
    json_t *other = NULL;
    for (const char *line = text, *end = text + len; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        if (*line == '[') {
            json_error_t why;
            json_t *list = json_loadb(line, (size_t)(end - line), JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &why);
            if (has_ids(list)) {
                json_decref(other);
                return list;
            }
            json_decref(other == NULL ? NULL : list);
            other = other == NULL ? list : other;
        }
        line = newline ? newline + 1 : end;
    }
    return other;
}

int listing_read_ef_core(const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    struct buf _cleanup_buf_ plain = BUF_INIT;
    clean(text, len, &plain);
    json_t *list = find_list(buf_text(&plain), plain.len);
    const char *wrong = list == NULL ? "no JSON list is found in it" : NULL;
    ret->framework = FRAMEWORK_EF_CORE;
    for (size_t i = 0; i < json_array_size(list) && wrong == NULL; i++) {
        const char *id = json_string_value(json_object_get(json_array_get(list, i), "id"));
        if (id == NULL || *id == '\0')
            wrong = "an entry without an id";
        else
            expected_add(ret, id)->label = folded(id);
    }
    json_decref(list);
    if (wrong == NULL && ret->count == 0)
        wrong = "it lists no migrations";
    if (wrong != NULL)
        return bad(wrong, reterr);
    return expected_finish(ret, reterr);
}
