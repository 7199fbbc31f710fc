/* Texts for JSON documents. */
#include "base/jsontext.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

json_t *json_text(const char *text)
{
    if (text == NULL)
        return json_null();
    json_t *value;
    if (text_is_utf8(text, strlen(text))) {
        value = json_string(text);
    } else {
        char _cleanup_free_ *safe = text_escaped(text);
        value = json_string(safe);
    }
    if (value == NULL)
        BUG("a JSON string cannot be made");
    return value;
}

json_t *json_text_array(const struct strv *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(array, json_text(list->items[i]));
    return array;
}

char *json_finish(json_t *document)
{
    char *text = json_dumps(document, JSON_INDENT(2));
    if (text == NULL)
        BUG("a JSON document cannot be made");
    json_decref(document);
    char *line = mem_printf("%s\n", text);
    free(text);
    return line;
}
