/* Names of tables and columns. */
#include "base/relname.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#define BLANKS " \t\r\n"

void relname_done(struct relname *name)
{
    free(name->table);
    free(name->column);
    *name = (struct relname){0};
}

size_t relname_length(const char *text)
{
    bool quoted = false;
    size_t len = 0;
    for (; text[len] != '\0' && (quoted || (text[len] != ',' && text[len] != '\n')); len++)
        if (text[len] == '"')
            quoted = !quoted;
    return len;
}

/* Takes one part; *text is what follows it then. NULL with an error for what is none. */
static char *take_part(const char **text, struct err *reterr)
{
    struct buf _cleanup_buf_ part = BUF_INIT;
    const char *p = *text;
    if (*p == '"') {
        for (p++; *p != '\0' && (*p != '"' || p[1] == '"'); p++) {
            if (*p == '"')
                p++;
            buf_putc(&part, *p);
        }
        if (*p == '\0') {
            err_set(reterr, ERR_CONFIG, "a name in double quotes does not end");
            return NULL;
        }
        p++;
    } else {
        size_t len = strcspn(p, ".\"" BLANKS);
        buf_add(&part, p, len);
        p += len;
    }
    if (*p != '\0' && *p != '.') {
        err_set(reterr, ERR_CONFIG, "text beside a name; is a comma missing? A name with blanks or quotes in it stands in double "
                                    "quotes");
        return NULL;
    }
    *text = p;
    return buf_steal(&part);
}

static bool has_controls(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

static int check_part(const char *part, struct err *reterr)
{
    if (*part == '\0')
        return err_set(reterr, ERR_CONFIG, "an empty name");
    if (strlen(part) > RELNAME_MAX_BYTES)
        return err_set(reterr, ERR_CONFIG, "a name of %zu bytes: PostgreSQL's have at most %d, so there can be none like it",
                       strlen(part), RELNAME_MAX_BYTES);
    if (has_controls(part) || !text_is_utf8(part, strlen(part)))
        return err_set(reterr, ERR_CONFIG, "a name with control characters, or that is not UTF-8");
    return 0;
}

static int parse(const char *text, struct relname *ret, struct err *reterr)
{
    ret->table = take_part(&text, reterr);
    if (ret->table != NULL && *text == '.') {
        text++;
        ret->column = take_part(&text, reterr);
        if (ret->column == NULL)
            return -1;
    }
    if (ret->table == NULL)
        return -1;
    if (*text == '.') {
        err_set(reterr, ERR_CONFIG, "more than a table and a column");
        return err_hint(reterr, "Tables are looked for in each tenant's own schema, which is not named here. A name with a dot in "
                                "it stands in double quotes.");
    }
    if (check_part(ret->table, reterr) != 0 || (ret->column != NULL && check_part(ret->column, reterr) != 0))
        return -1;
    return 0;
}

int relname_parse(const char *text, struct relname *ret, struct err *reterr)
{
    struct relname _cleanup_relname_ name = {0};
    if (parse(text, &name, reterr) != 0) {
        char _cleanup_free_ *shown = text_escaped(text);
        return err_wrap(reterr, "'%s'", shown);
    }
    *ret = name;
    name = (struct relname){0};
    return 0;
}

static void add_part(struct buf *out, const char *part)
{
    if (*part != '\0' && strpbrk(part, ".,\"" BLANKS) == NULL) {
        buf_puts(out, part);
        return;
    }
    buf_putc(out, '"');
    for (const char *p = part; *p != '\0'; p++) {
        if (*p == '"')
            buf_putc(out, '"');
        buf_putc(out, *p);
    }
    buf_putc(out, '"');
}

char *relname_text(const char *table, const char *column)
{
    struct buf out = BUF_INIT;
    add_part(&out, table);
    if (column != NULL) {
        buf_putc(&out, '.');
        add_part(&out, column);
    }
    return buf_steal(&out);
}
