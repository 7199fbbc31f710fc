/* INI files, read by inih.
 *
 * inih as distributions build it cuts lines at 199 bytes and section names at 49, strips " ;..." from values and calls
 * the handler once more for each folded line: all chosen when the library was compiled, so nothing here can choose
 * otherwise. Therefore it is fed by a reader that gathers each value (folded lines included) itself and hands inih a
 * short "key=NUMBER" line in its place; the handler then looks the value up by that number. */
#include "base/ini.h"

#include <ctype.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strv.h"
#include "base/text.h"

/* inih's fixed buffers for names (MAX_SECTION, MAX_NAME in ini.c), without their final NUL. */
#define NAME_MAX_BYTES 49

struct reading {
    const char *name;
    const char *next, *end; /* what has not been handed to inih yet */
    int line;               /* number of the line handed over last */
    int blanks;             /* empty lines owed to inih for folded lines that were already taken */
    struct strv values;     /* by the number that stands in for each */
    int *lines;             /* the line each value's key stands on */
    size_t lines_cap;
    ini_on_key *handler;
    void *context;
    struct err *reterr;
    bool failed;
};

static int fail(struct reading *r, int line, const char *what)
{
    r->failed = true;
    return err_set(r->reterr, ERR_CONFIG, "%s:%d: %s", r->name, line, what);
}

/* Takes the next raw line; the end of line is left out, as is a carriage return before it. */
static void take_line(struct reading *r, const char **line, size_t *len)
{
    const char *newline = memchr(r->next, '\n', (size_t)(r->end - r->next));
    const char *stop = newline ? newline : r->end;
    *line = r->next;
    *len = (size_t)(stop - r->next);
    if (*len > 0 && (*line)[*len - 1] == '\r')
        (*len)--;
    r->next = newline ? newline + 1 : r->end;
}

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && isspace((unsigned char)**text)) {
        (*text)++;
        (*len)--;
    }
    while (*len > 0 && isspace((unsigned char)(*text)[*len - 1]))
        (*len)--;
}

/* Adds the indented lines that follow to the value; comment lines among them are skipped, an empty line or one that is
 * not indented ends it. */
static void take_folded(struct reading *r, struct buf *value)
{
    while (r->next < r->end && (*r->next == ' ' || *r->next == '\t')) {
        const char *line;
        size_t len;
        const char *before = r->next;
        take_line(r, &line, &len);
        trim(&line, &len);
        if (len == 0) {
            r->next = before;
            return;
        }
        r->blanks++;
        if (*line == '#' || *line == ';')
            continue;
        if (value->len > 0)
            buf_putc(value, '\n');
        buf_add(value, line, len);
    }
}

/* inih's reader: the contract of fgets(). */
static char *next_line(char *out, int size, void *stream)
{
    struct reading *r = stream;
    if (r->failed || (r->next >= r->end && r->blanks == 0))
        return NULL;
    r->line++;
    const char *blank = "\n";
    if (r->blanks > 0) {
        r->blanks--;
        memcpy(out, blank, 2);
        return out;
    }
    const char *line;
    size_t len;
    take_line(r, &line, &len);
    trim(&line, &len);
    if (len == 0 || *line == '#' || *line == ';') {
        memcpy(out, blank, 2);
        return out;
    }
    if (*line == '[') {
        const char *close = memchr(line, ']', len);
        if (close == NULL)
            return fail(r, r->line, "a section that does not end in ']'"), NULL;
        if (close == line + 1)
            return fail(r, r->line, "a section without a name"), NULL;
        if ((size_t)(close - line) - 1 > NAME_MAX_BYTES)
            return fail(r, r->line, "a section name of more than 49 bytes"), NULL;
        if ((size_t)(close - line) + 1 != len)
            return fail(r, r->line, "text after the section's ']'"), NULL;
        snprintf(out, (size_t)size, "%.*s\n", (int)len, line);
        return out;
    }
    const char *sep = NULL;
    for (size_t i = 0; i < len && sep == NULL; i++)
        if (line[i] == '=' || line[i] == ':')
            sep = line + i;
    if (sep == NULL || sep == line)
        return fail(r, r->line, "neither a [section], a 'key = value' nor a comment"), NULL;
    const char *key = line, *text = sep + 1;
    size_t key_len = (size_t)(sep - line), text_len = len - key_len - 1;
    trim(&key, &key_len);
    trim(&text, &text_len);
    if (key_len > NAME_MAX_BYTES)
        return fail(r, r->line, "a key of more than 49 bytes"), NULL;
    struct buf value = BUF_INIT;
    buf_add(&value, text, text_len);
    take_folded(r, &value);
    if (r->values.count == r->lines_cap) {
        r->lines_cap = r->lines_cap ? r->lines_cap * 2 : 32;
        r->lines = mem_resize(r->lines, r->lines_cap, sizeof *r->lines);
    }
    r->lines[r->values.count] = r->line;
    strv_take(&r->values, buf_steal(&value));
    snprintf(out, (size_t)size, "%.*s=%zu\n", (int)key_len, key, r->values.count - 1);
    return out;
}

/* inih's handler: non-zero is success. */
static int on_key(void *user, const char *section, const char *key, const char *number)
{
    struct reading *r = user;
    char *end = NULL;
    unsigned long at = strtoul(number, &end, 10);
    if (end == number || *end != '\0' || at >= r->values.count)
        return fail(r, r->line, "cannot be read"), 0;
    if (r->handler(r->context, section, key, r->values.items[at], r->lines[at], r->reterr) != 0) {
        r->failed = true;
        return 0;
    }
    return 1;
}

int ini_read(const char *name, const char *text, size_t len, ini_on_key *handler, void *context, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(name);
    /* One empty line goes ahead, line 0: of the first line inih would strip a byte order mark, which this has done. */
    struct reading r = {.name = shown, .next = text, .end = text + len, .line = -1, .blanks = 1, .handler = handler,
                        .context = context, .reterr = reterr};
    static const char bom[] = "\xef\xbb\xbf";
    if (len >= 3 && memcmp(text, bom, 3) == 0)
        r.next += 3;
    int result = 0;
    if (memchr(text, '\0', len) != NULL) {
        result = err_set(reterr, ERR_CONFIG, "%s: holds NUL bytes: this is not a text file", shown);
    } else {
        int line = ini_parse_stream(next_line, &r, on_key, &r);
        if (r.failed)
            result = -1;
        else if (line != 0)
            result = err_set(reterr, ERR_CONFIG, "%s:%d: cannot be read", shown, line - 1);
    }
    strv_done(&r.values);
    free(r.lines);
    return result;
}
