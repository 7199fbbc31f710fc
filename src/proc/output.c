/* The output of a child process as lines. */
#include "proc/output.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int output_init(struct output *output, const char *pattern, output_on_line *on_line, void *context)
{
    *output = (struct output){.on_line = on_line, .context = context};
    if (*pattern == '\0')
        return 0;
    if (regcomp(&output->pattern, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return -1;
    output->searches = true;
    return 0;
}

void output_done(struct output *output)
{
    buf_done(&output->line);
    for (size_t i = 0; i < OUTPUT_TAIL; i++)
        free(output->tail[i].text);
    if (output->searches)
        regfree(&output->pattern);
    *output = (struct output){0};
}

/* Hands out the first `len` bytes of the unfinished line. */
static void hand_out(struct output *output, size_t len, bool is_end)
{
    size_t left = output->line.len - len, shown = len;
    (void)buf_reserve(&output->line, 0); /* an empty line may have no memory yet */
    char *data = output->line.data;
    if (is_end && shown > 0 && data[shown - 1] == '\r')
        shown--;
    char *text = mem_strndup(data, shown);
    memmove(data, data + len, left);
    output->line.len = left;
    data[left] = '\0';
    if (output->searches && !output->matched)
        output->matched = regexec(&output->pattern, text, 0, NULL, 0) == 0;
    output->on_line(output->context, text);
    size_t at = output->lines++ % OUTPUT_TAIL;
    free(output->tail[at].text);
    output->tail[at].text = text;
    output->tail[at].is_rest = output->is_rest;
    output->is_rest = !is_end;
}

/* Where to cut a line that is too long: never inside a UTF-8 character. */
static size_t cut(const char *data, size_t len)
{
    size_t at = len;
    while (at > len - 4 && ((unsigned char)data[at] & 0xC0) == 0x80)
        at--;
    return ((unsigned char)data[at] & 0xC0) == 0x80 ? len : at;
}

void output_feed(struct output *output, const char *data, size_t len)
{
    while (len > 0) {
        const char *end = memchr(data, '\n', len);
        size_t room = OUTPUT_LINE_MAX + 4 - output->line.len;
        size_t take = end != NULL ? (size_t)(end - data) : len;
        bool whole = end != NULL && take <= room;
        if (take > room)
            take = room;
        size_t before = output->line.len;
        if (take > 0)
            buf_add(&output->line, data, take);
        for (size_t i = before; i < output->line.len; i++)
            if (output->line.data[i] == '\0')
                output->line.data[i] = '?'; /* C strings from here on */
        data += take + whole;
        len -= take + whole;
        if (whole && output->line.len > OUTPUT_LINE_MAX)
            hand_out(output, cut(output->line.data, OUTPUT_LINE_MAX), false);
        if (whole)
            hand_out(output, output->line.len, true);
        else if (output->line.len >= OUTPUT_LINE_MAX + 4)
            hand_out(output, cut(output->line.data, OUTPUT_LINE_MAX), false);
    }
}

void output_end(struct output *output)
{
    if (output->line.len > OUTPUT_LINE_MAX)
        hand_out(output, cut(output->line.data, OUTPUT_LINE_MAX), false);
    if (output->line.len > 0)
        hand_out(output, output->line.len, true);
}

void output_tail(const struct output *output, struct strv *ret)
{
    size_t kept = output->lines < OUTPUT_TAIL ? output->lines : OUTPUT_TAIL;
    struct buf _cleanup_buf_ line = BUF_INIT;
    for (size_t i = 0; i < kept; i++) {
        size_t at = (output->lines - kept + i) % OUTPUT_TAIL;
        if (i > 0 && !output->tail[at].is_rest)
            strv_take(ret, buf_steal(&line));
        buf_puts(&line, output->tail[at].text);
    }
    if (kept > 0)
        strv_take(ret, buf_steal(&line));
}

bool output_matches(const struct output *output)
{
    if (!output->searches || output->matched)
        return output->matched;
    struct strv _cleanup_strv_ tail = STRV_INIT;
    struct buf _cleanup_buf_ all = BUF_INIT;
    output_tail(output, &tail);
    for (size_t i = 0; i < tail.count; i++)
        buf_printf(&all, "%s%s", i ? "\n" : "", tail.items[i]);
    return regexec(&output->pattern, buf_text(&all), 0, NULL, 0) == 0;
}
