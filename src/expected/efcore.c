/* EF Core's list. */
#include "expected/efcore.h"

#include <jansson.h>
#include <string.h>

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

/* The list begins on a line of its own; lines of the build may stand before and behind it. */
static json_t *find_list(const char *text, size_t len)
{
    for (const char *line = text, *end = text + len; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        if (*line == '[') {
            json_error_t why;
            json_t *list = json_loadb(line, (size_t)(end - line), JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &why);
            if (list != NULL)
                return list;
        }
        line = newline ? newline + 1 : end;
    }
    return NULL;
}

int listing_read_ef_core(const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    json_t *list = find_list(text, len);
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
