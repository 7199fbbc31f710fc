/* What Alembic says it expects.
 *
 * A line of `alembic history` is "PARENTS -> REVISION (labels) (head) ..., message"; PARENTS is "<base>" or a
 * comma-separated list, followed by "(DEPENDENCIES)" where there are depends_on (alembic/script/base.py,
 * Script._head_only). A message may go on over further lines. */
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "base/text.h"
#include "expected/listing.h"

/* What the lines say beside the revisions. */
struct marks {
    struct strv heads;    /* marked "(head)": nothing builds on them */
    struct strv branches; /* marked "(branchpoint)": at least two build on them */
    struct strv labels;   /* all else in parentheses */
};

static int bad(struct err *reterr, int line, const char *what)
{
    err_set(reterr, ERR_NO_EXPECTED, "standard input:%d: %s", line, what);
    return err_hint(reterr, "Expected is the whole output of `alembic history` or `flask db history`, or make the manifest "
                            "from the files: tenantgate manifest -o FILE.");
}

/* The length of a name: revisions hold no blanks, commas or parentheses (Alembic forbids but a few others itself). */
static size_t name_len(const char *text, const char *end)
{
    size_t len = 0;
    while (text + len < end && strchr(" ,()\t", text[len]) == NULL)
        len++;
    return len;
}

/* Takes a list "a, b" as far as it goes; returns where it ends, or NULL where a name is missing. */
static const char *take_names(const char *text, const char *end, struct strv *ret)
{
    for (;;) {
        size_t len = name_len(text, end);
        if (len == 0)
            return NULL;
        strv_take(ret, mem_strndup(text, len));
        text += len;
        if (end - text < 2 || memcmp(text, ", ", 2) != 0)
            return text;
        text += 2;
    }
}

/* What stands before the arrow. */
static int take_parents(const char *text, const char *end, struct migration *migration)
{
    const char *at = take_names(text, end, &migration->parents);
    if (at != NULL && end - at > 3 && memcmp(at, " (", 2) == 0) {
        at = take_names(at + 2, end, &migration->depends);
        if (at != NULL)
            at = *at == ')' ? at + 1 : NULL;
    }
    if (migration->parents.count == 1 && strcmp(migration->parents.items[0], "<base>") == 0)
        strv_done(&migration->parents);
    return at == end ? 0 : -1;
}

/* What stands between the revision and the comma before the message. */
static int take_marks(const char *text, const char *end, const char *id, struct marks *marks)
{
    while (end - text > 2 && memcmp(text, " (", 2) == 0) {
        const char *close = memchr(text, ')', (size_t)(end - text));
        if (close == NULL)
            return -1;
        char _cleanup_free_ *word = mem_strndup(text + 2, (size_t)(close - text) - 2);
        if (strcmp(word, "head") == 0)
            strv_add(&marks->heads, id);
        else if (strcmp(word, "branchpoint") == 0)
            strv_add(&marks->branches, id);
        else
            take_names(word, word + strlen(word), &marks->labels);
        text = close + 1;
    }
    return text < end && *text == ',' ? 0 : -1;
}

static int read_entry(const char *line, const char *arrow, const char *end, int number, struct marks *marks,
                      struct expected *ret, struct err *reterr)
{
    const char *name = arrow + strlen(" -> ");
    size_t len = name_len(name, end);
    char _cleanup_free_ *id = mem_strndup(name, len);
    struct migration *migration = expected_add(ret, id);
    if (len == 0 || take_parents(line, arrow, migration) != 0 || take_marks(name + len, end, id, marks) != 0)
        return bad(reterr, number, "not of the form 'PARENTS (DEPENDENCIES) -> REVISION (MARKS), MESSAGE'");
    return 0;
}

/* A dependency may be the label of a branch, of which the listing does not tell the revision. */
static int check_dependencies(const struct migration *migration, const struct strmap *known, const struct marks *marks, int line,
                              struct err *reterr)
{
    for (size_t d = 0; d < migration->depends.count; d++) {
        const char *name = migration->depends.items[d];
        if (strmap_get(known, name) != STRMAP_NONE || !strv_has(&marks->labels, name))
            continue;
        char _cleanup_free_ *id = text_escaped(migration->id), *label = text_escaped(name);
        char _cleanup_free_ *what = mem_printf("revision %s depends on the branch label %s, and a listing does not tell which "
                                               "revision that is", id, label);
        return bad(reterr, line, what);
    }
    return 0;
}

static int missing_part(const char *id, const char *why, int line, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(id);
    char _cleanup_free_ *what = mem_printf("revision %s %s: a part of the history is missing", shown, why);
    return bad(reterr, line, what);
}

/* The whole history marks every head and every fork: what does not fit those marks shows that newer revisions are missing.
 * (Older ones that are missing are found by the judge.) */
static int check_whole(const struct expected *expected, const struct marks *marks, int line, struct err *reterr)
{
    struct strmap _cleanup_strmap_ heads = STRMAP_INIT, known = STRMAP_INIT;
    size_t _cleanup_free_ *children = mem_alloc(expected->count * sizeof *children); /* by down_revision */
    bool _cleanup_free_ *below = mem_alloc(expected->count * sizeof *below);
    for (size_t i = 0; i < marks->heads.count; i++)
        strmap_put(&heads, marks->heads.items[i], i);
    for (size_t i = 0; i < expected->count; i++)
        strmap_put(&known, expected->items[i].id, i);
    for (size_t i = 0; i < expected->count; i++) {
        const struct migration *migration = &expected->items[i];
        for (size_t p = 0; p < migration->parents.count; p++) {
            size_t parent = strmap_get(&known, migration->parents.items[p]);
            if (parent != STRMAP_NONE)
                below[parent] = ++children[parent] > 0;
        }
        for (size_t d = 0; d < migration->depends.count; d++)
            if (strmap_get(&known, migration->depends.items[d]) != STRMAP_NONE)
                below[strmap_get(&known, migration->depends.items[d])] = true;
        if (check_dependencies(migration, &known, marks, line, reterr) != 0)
            return -1;
    }
    for (size_t i = 0; i < expected->count; i++)
        if (!below[i] && strmap_get(&heads, expected->items[i].id) == STRMAP_NONE)
            return missing_part(expected->items[i].id, "has nothing that builds on it, but is not marked (head)", line, reterr);
    for (size_t i = 0; i < marks->branches.count; i++)
        if (children[strmap_get(&known, marks->branches.items[i])] < 2)
            return missing_part(marks->branches.items[i], "is marked (branchpoint), but no two build on it", line, reterr);
    return 0;
}

static int read_lines(const char *text, size_t len, struct marks *marks, struct expected *ret, struct err *reterr)
{
    int number = 0;
    for (const char *line = text, *end = text + len; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *stop = newline ? newline : end;
        const char *next = newline ? newline + 1 : end;
        while (stop > line && (stop[-1] == '\r' || stop[-1] == ' '))
            stop--;
        const char *arrow = memmem(line, (size_t)(stop - line), " -> ", 4);
        number++;
        if (arrow != NULL && read_entry(line, arrow, stop, number, marks, ret, reterr) != 0)
            return -1;
        if (arrow == NULL && stop > line && ret->count == 0)
            return bad(reterr, number, "no 'PARENTS -> REVISION'");
        line = next;
    }
    return ret->count == 0 ? bad(reterr, number, "it lists no revisions") : check_whole(ret, marks, number, reterr);
}

int listing_read_alembic(const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    struct marks marks = {0};
    ret->framework = FRAMEWORK_ALEMBIC;
    int code = read_lines(text, len, &marks, ret, reterr);
    strv_done(&marks.heads);
    strv_done(&marks.branches);
    strv_done(&marks.labels);
    if (code == 0 && expected_finish(ret, reterr) != 0)
        code = err_wrap(reterr, "standard input");
    return code;
}
