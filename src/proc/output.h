/* The output of a child process as lines: cut, kept and searched, in memory that does not grow with it. Pure. */
#pragma once

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/strv.h"

/* How many of the last lines are kept. */
#define OUTPUT_TAIL 20
/* A longer line goes on in pieces of this many bytes. */
#define OUTPUT_LINE_MAX ((size_t)4096)

/* Called for each line or piece, without its line end; valid during the call only. */
typedef void output_on_line(void *context, const char *line);

struct output {
    output_on_line *on_line;
    void *context;
    struct buf line;  /* the unfinished one */
    bool is_rest;     /* it goes on with a line whose first piece was handed out already */
    struct {
        char *text;
        bool is_rest;
    } tail[OUTPUT_TAIL]; /* a ring */
    size_t lines;     /* handed out so far */
    bool searches;
    regex_t pattern;
    bool matched;     /* a line matched */
};

/* Prepares for a stream; `pattern` is an extended regular expression to look for, or "". Returns -1 where it is none. */
int output_init(struct output *output, const char *pattern, output_on_line *on_line, void *context);
void output_done(struct output *output);

/* Takes what has come. */
void output_feed(struct output *output, const char *data, size_t len);
/* There is no more: what stands without a line end is a line too. */
void output_end(struct output *output);

/* Has the pattern matched a line, or does it match in the last lines, where it may span several? */
bool output_matches(const struct output *output);

/* Adds the last lines, oldest first, pieces joined; as they came. */
void output_tail(const struct output *output, struct strv *ret);
