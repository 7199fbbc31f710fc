/* What Alembic says it expects.
 *
 * A line of `alembic history` is "PARENTS -> REVISION (labels) (head) ..., message"; PARENTS is "<base>" or a
 * comma-separated list, followed by "(DEPENDENCIES)" where there are depends_on (alembic/script/base.py,
 * Script._head_only). */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "expected/listing.h"

static int bad(struct err *reterr, int line, const char *what)
{
    err_set(reterr, ERR_NO_EXPECTED, "standard input:%d: %s", line, what);
    return err_hint(reterr, "Expected is the output of `alembic history` or `flask db history`, or make the manifest from the "
                            "files: tenantgate manifest -o FILE.");
}

/* Adds the words of a list "a, b". */
static void add_words(const char *text, size_t len, struct strv *ret)
{
    for (size_t i = 0; i < len;) {
        while (i < len && (text[i] == ' ' || text[i] == ','))
            i++;
        size_t start = i;
        while (i < len && text[i] != ' ' && text[i] != ',')
            i++;
        if (i > start)
            strv_take(ret, mem_strndup(text + start, i - start));
    }
}

static int read_line(const char *line, size_t len, int number, struct expected *ret, struct err *reterr)
{
    const char *arrow = memmem(line, len, " -> ", 4);
    if (arrow == NULL)
        return bad(reterr, number, "no 'PARENT -> REVISION'");
    const char *name = arrow + 4;
    size_t name_len = 0;
    while (name + name_len < line + len && name[name_len] != ' ' && name[name_len] != ',')
        name_len++;
    if (name_len == 0)
        return bad(reterr, number, "no revision after the arrow");
    char _cleanup_free_ *id = mem_strndup(name, name_len);
    struct migration *migration = expected_add(ret, id);
    size_t before = (size_t)(arrow - line);
    const char *open = memchr(line, '(', before);
    const char *close = open ? memchr(open, ')', (size_t)(arrow - open)) : NULL;
    if (open != NULL && close == NULL)
        return bad(reterr, number, "a list of dependencies that does not end");
    add_words(line, open ? (size_t)(open - line) : before, &migration->parents);
    if (open != NULL)
        add_words(open + 1, (size_t)(close - open - 1), &migration->depends);
    if (migration->parents.count == 1 && strcmp(migration->parents.items[0], "<base>") == 0)
        strv_done(&migration->parents);
    return 0;
}

int listing_read_alembic(const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    int number = 0;
    ret->framework = FRAMEWORK_ALEMBIC;
    for (const char *line = text, *end = text + len; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t line_len = newline ? (size_t)(newline - line) : (size_t)(end - line);
        size_t used = line_len;
        while (used > 0 && (line[used - 1] == '\r' || line[used - 1] == ' '))
            used--;
        number++;
        if (used > 0 && read_line(line, used, number, ret, reterr) != 0)
            return -1;
        line += line_len + (newline != NULL);
    }
    if (ret->count == 0)
        return bad(reterr, number, "it lists no revisions");
    return expected_finish(ret, reterr);
}
