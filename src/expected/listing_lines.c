/* A list of ids, one a line. */
#include <string.h>

#include "base/mem.h"
#include "expected/listing.h"

int listing_read_lines(const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    ret->framework = FRAMEWORK_SQL;
    for (const char *line = text, *end = text + len; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t width = (size_t)((newline ? newline : end) - line);
        if (width > 0 && line[width - 1] == '\r')
            width--;
        char _cleanup_free_ *id = mem_strndup(line, width);
        if (width > 0)
            expected_add(ret, id)->place = ret->count;
        line = newline ? newline + 1 : end;
    }
    if (ret->count == 0) {
        err_set(reterr, ERR_NO_EXPECTED, "standard input: it lists no migrations");
        return err_hint(reterr, "Expected is one migration a line, in the order in which they are applied.");
    }
    return expected_finish(ret, reterr);
}
