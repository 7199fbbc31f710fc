/* Changelogs in YAML and JSON (parser/core/yaml/YamlChangeLogParser.java, parser/core/ParsedNode.java, setValue). Aliases are never
 * followed: where one stands for something that matters, nothing is decided. */
#include <string.h>
#include <yaml.h>

#include "base/mem.h"
#include "base/text.h"
#include "liquibase/tree.h"

/* A level that is open: a mapping, or a list. */
struct level {
    bool list;
    bool has_value;  /* list: one value came, a second makes it a list of values */
    unsigned group;  /* mapping */
    bool expects_value; /* mapping: a key came */
};

/* What libyaml itself lets through is less. */
#define LEVELS_MAX 2000

struct reading {
    const char *name;
    yaml_parser_t parser;
    struct tree_builder builder;
    struct level *levels;
    size_t count, cap;
    bool ended;
};

static void reading_done(struct reading *reading)
{
    yaml_parser_delete(&reading->parser);
    free(reading->levels);
}

static int refuse(const struct reading *reading, size_t line, const char *why, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(reading->name);
    return err_set(reterr, ERR_NO_EXPECTED, "%s:%zu: %s", shown, line + 1, why);
}

static struct level *level(const struct reading *reading)
{
    return reading->count > 0 ? &reading->levels[reading->count - 1] : NULL;
}

static bool is_text(const yaml_event_t *event)
{
    const char *tag = (const char *)event->data.scalar.tag;
    return tag != NULL ? strcmp(tag, YAML_STR_TAG) == 0 || strcmp(tag, "!") == 0
                       : event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
}

/* The value of the innermost node. */
static void take_scalar(const struct reading *reading, const yaml_event_t *event)
{
    struct tree *node = tree_top(&reading->builder);
    struct level *in = level(reading);
    if (node == NULL)
        return;
    if (in != NULL && in->list) {
        node->odd = node->odd || in->has_value;
        in->has_value = true;
    }
    const char *text = (const char *)event->data.scalar.value;
    free(node->value);
    node->value = NULL;
    if (event->data.scalar.length != strlen(text))
        node->odd = true;
    else if (is_text(event))
        node->value = mem_strdup(text);
    else if (event->data.scalar.tag != NULL)
        node->odd = true;
    else
        node->value = tree_yaml_plain(text, &node->odd);
}

static void push(struct reading *reading, bool list)
{
    MEM_GROW(reading->levels, reading->count, reading->cap);
    reading->levels[reading->count++] = (struct level){.list = list, .group = list ? 0 : ++reading->builder.groups};
}

/* The value of a key is complete. */
static void end_value(struct reading *reading)
{
    struct level *in = level(reading);
    if (in == NULL || in->list || !in->expects_value)
        return;
    in->expects_value = false;
    tree_close(&reading->builder);
}

static int take_key(struct reading *reading, const yaml_event_t *event, struct err *reterr)
{
    size_t line = event->start_mark.line;
    if (event->type != YAML_SCALAR_EVENT)
        return refuse(reading, line, "a key that is no text", reterr);
    const char *name = (const char *)event->data.scalar.value;
    if (!tree_open(&reading->builder, name, strlen(name), (int)line + 1, level(reading)->group))
        return refuse(reading, line, "is nested deeper, or holds more, than any changelog", reterr);
    level(reading)->expects_value = true;
    return 0;
}

static int take_event(struct reading *reading, const yaml_event_t *event, struct err *reterr)
{
    struct level *in = level(reading);
    struct tree *node = tree_top(&reading->builder);
    bool ends = event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT;
    if (in != NULL && !in->list && !in->expects_value && !ends)
        return take_key(reading, event, reterr);
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        take_scalar(reading, event);
        end_value(reading);
        return 0;
    case YAML_ALIAS_EVENT:
        if (node != NULL)
            node->odd = true;
        end_value(reading);
        return 0;
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        if (reading->count == LEVELS_MAX)
            return refuse(reading, event->start_mark.line, "is nested deeper, or holds more, than any changelog", reterr);
        if (reading->count == 0 && event->type != YAML_MAPPING_START_EVENT)
            return refuse(reading, event->start_mark.line, "is not a mapping with databaseChangeLog in it", reterr);
        /* A list in a list is a value to Liquibase, not nodes. */
        if (node != NULL && in != NULL && in->list && event->type == YAML_SEQUENCE_START_EVENT)
            node->odd = true;
        push(reading, event->type == YAML_SEQUENCE_START_EVENT);
        return 0;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        if (reading->count > 0)
            reading->count--;
        end_value(reading);
        return 0;
    case YAML_DOCUMENT_START_EVENT:
        if (reading->ended)
            return refuse(reading, event->start_mark.line, "holds more than one document", reterr);
        reading->ended = true;
        return 0;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return 0;
    }
    return 0;
}

static int read_events(struct reading *reading, struct err *reterr)
{
    for (bool more = true; more;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&reading->parser, &event)) {
            char _cleanup_free_ *why = text_escaped(reading->parser.problem ? reading->parser.problem : "cannot be read");
            return refuse(reading, reading->parser.problem_mark.line, why, reterr);
        }
        more = event.type != YAML_STREAM_END_EVENT;
        int code = take_event(reading, &event, reterr);
        yaml_event_delete(&event);
        if (code != 0)
            return -1;
    }
    return 0;
}

int tree_read_yaml(const char *name, const char *text, size_t len, struct tree *ret, struct err *reterr)
{
    struct reading _cleanup_(reading_done) reading = {.name = name};
    if (!yaml_parser_initialize(&reading.parser))
        return err_set(reterr, ERR_INTERNAL, "out of memory");
    tree_begin(&reading.builder, ret);
    yaml_parser_set_input_string(&reading.parser, (const unsigned char *)text, len);
    return read_events(&reading, reterr);
}
