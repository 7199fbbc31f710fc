/* Changelogs in XML (parser/core/xml/XMLChangeLogSAXHandler.java). Document types are refused: with them goes all that a file
 * can do to its reader by entities. */
#include <expat.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "liquibase/tree.h"

/* No character of a name: stands between the name space and the local name, and only that one counts. */
#define SEPARATOR '\n'
/* What is handed over at once: expat counts in int. */
#define SLICE ((size_t)1 << 20)

struct reading {
    XML_Parser parser;
    struct tree_builder builder;
    struct buf texts[TREE_DEPTH_MAX]; /* of the elements that are open */
    const char *refused;              /* why it ends here */
    int line;
};

static void reading_done(struct reading *reading)
{
    for (size_t i = 0; i < TREE_DEPTH_MAX; i++)
        buf_done(&reading->texts[i]);
    XML_ParserFree(reading->parser);
}

static void refuse(struct reading *reading, const char *why)
{
    if (reading->refused == NULL) {
        reading->refused = why;
        reading->line = (int)XML_GetCurrentLineNumber(reading->parser);
    }
    XML_StopParser(reading->parser, XML_FALSE);
}

static const char *local_name(const char *name)
{
    const char *last = strrchr(name, SEPARATOR);
    return last ? last + 1 : name;
}

static bool open_node(struct reading *reading, const char *name)
{
    name = local_name(name);
    if (tree_open(&reading->builder, name, strlen(name), (int)XML_GetCurrentLineNumber(reading->parser), ++reading->builder.groups))
        return true;
    refuse(reading, "is nested deeper, or holds more, than any changelog");
    return false;
}

static void on_doctype(void *data, const XML_Char *name, const XML_Char *system, const XML_Char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    refuse(data, "declares a document type (DOCTYPE), which is not read");
}

static void on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
    struct reading *reading = data;
    if (reading->refused != NULL || !open_node(reading, name))
        return;
    for (; attributes[0] != NULL; attributes += 2) {
        if (!open_node(reading, attributes[0]))
            return;
        struct tree *node = tree_top(&reading->builder);
        if (node != NULL)
            node->value = mem_strdup(attributes[1]);
        tree_close(&reading->builder);
    }
}

static void on_end(void *data, const XML_Char *name)
{
    (void)name;
    struct reading *reading = data;
    struct tree *node = tree_top(&reading->builder);
    if (node != NULL) {
        /* String.trim() takes whatever is not above the blank. */
        struct buf *text = &reading->texts[reading->builder.depth - 1];
        const char *from = buf_text(text), *to = from + text->len;
        while (from < to && (unsigned char)*from <= ' ')
            from++;
        while (to > from && (unsigned char)to[-1] <= ' ')
            to--;
        if (to > from)
            node->value = mem_strndup(from, (size_t)(to - from));
        buf_done(text);
    }
    tree_close(&reading->builder);
}

static void on_text(void *data, const XML_Char *text, int len)
{
    struct reading *reading = data;
    if (tree_top(&reading->builder) != NULL && reading->refused == NULL)
        buf_add(&reading->texts[reading->builder.depth - 1], text, (size_t)len);
}

int tree_read_xml(const char *name, const char *text, size_t len, struct tree *ret, struct err *reterr)
{
    struct reading _cleanup_(reading_done) reading = {.parser = XML_ParserCreateNS(NULL, SEPARATOR)};
    if (reading.parser == NULL)
        return err_set(reterr, ERR_INTERNAL, "out of memory");
    tree_begin(&reading.builder, ret);
    XML_SetUserData(reading.parser, &reading);
    XML_SetElementHandler(reading.parser, on_start, on_end);
    XML_SetCharacterDataHandler(reading.parser, on_text);
    XML_SetStartDoctypeDeclHandler(reading.parser, on_doctype);
    enum XML_Status status = XML_STATUS_OK;
    size_t at = 0;
    do {
        size_t part = len - at < SLICE ? len - at : SLICE;
        status = XML_Parse(reading.parser, text + at, (int)part, at + part == len);
        at += part;
    } while (status == XML_STATUS_OK && at < len);
    if (status == XML_STATUS_OK)
        return 0;
    if (reading.refused == NULL) {
        reading.refused = XML_ErrorString(XML_GetErrorCode(reading.parser));
        reading.line = (int)XML_GetCurrentLineNumber(reading.parser);
    }
    char _cleanup_free_ *shown = text_escaped(name);
    return err_set(reterr, ERR_NO_EXPECTED, "%s:%d: %s", shown, reading.line, reading.refused);
}
