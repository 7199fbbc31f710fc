/* Atlas: its migrations, and atlas.sum. */
#include "expected/atlas.h"

#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"

#define HINT "Run `atlas migrate hash` where the files are written, and see that atlas.sum comes into the image with them."

/* Does the block of comments at the very start hold this directive? With `first` only in the first line. */
static bool has_directive(const char *text, size_t len, const char *directive, bool first)
{
    for (const char *line = text, *end = text + len; end - line >= 2 && memcmp(line, "--", 2) == 0;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line)), *stop = newline ? newline : end;
        const char *word = line + 2;
        while (word < stop && *word == ' ')
            word++;
        size_t width = strlen(directive);
        if ((size_t)(stop - word) >= width && memcmp(word, directive, width) == 0 &&
            (word + width == stop || strchr(" \t\r", word[width]) != NULL))
            return true;
        if (first || newline == NULL)
            return false;
        line = newline + 1;
    }
    return false;
}

int atlas_look(const char *path, struct migration *migration, struct err *reterr)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (path_read(path, &text, reterr) != 0)
        return -1;
    if (has_directive(buf_text(&text), text.len, "atlas:checkpoint", false))
        migration->kind = MIGRATION_CHECKPOINT;
    return 0;
}

static int by_file(const void *a, const void *b)
{
    const char *const *one = a, *const *two = b;
    return strcmp(path_name(*one), path_name(*two));
}

/* What atlas.sum should be. */
static int make_sums(const struct strv *files, struct buf *ret, struct err *reterr)
{
    struct digest _cleanup_digest_ running = {0}, whole = {0};
    struct buf _cleanup_buf_ lines = BUF_INIT, text = BUF_INIT;
    digest_start(&running, DIGEST_SHA256);
    digest_start(&whole, DIGEST_SHA256);
    for (size_t i = 0; i < files->count; i++) {
        const char *name = path_name(files->items[i]);
        buf_clear(&text);
        if (path_read(files->items[i], &text, reterr) != 0)
            return -1;
        digest_add(&running, name, strlen(name));
        if (has_directive(buf_text(&text), text.len, "atlas:sum ignore", true))
            continue;
        digest_add(&running, buf_text(&text), text.len);
        char _cleanup_free_ *sum = digest_base64(&running);
        buf_puts(&lines, name);
        buf_printf(&lines, " h1:%s\n", sum);
        digest_add(&whole, name, strlen(name));
        digest_add(&whole, sum, strlen(sum));
    }
    char _cleanup_free_ *sum = digest_base64(&whole);
    buf_printf(ret, "h1:%s\n%s", sum, buf_text(&lines));
    return 0;
}

/* The first line in which they differ, for the message; to be freed. */
static char *first_difference(const char *have, const char *want)
{
    for (;;) {
        size_t h = strcspn(have, "\n"), w = strcspn(want, "\n");
        if (h != w || memcmp(have, want, h) != 0) {
            const char *line = w > 0 ? want : have;
            return mem_strndup(line, strcspn(line, " \n"));
        }
        if (have[h] == '\0' || want[w] == '\0')
            return mem_strdup("its end");
        have += h + 1;
        want += w + 1;
    }
}

int atlas_check(const struct strv *folders, struct expected *expected, struct err *reterr)
{
    (void)expected;
    for (size_t i = 0; i < folders->count; i++) {
        char _cleanup_free_ *path = path_join(folders->items[i], "atlas.sum");
        char _cleanup_free_ *shown = text_escaped(path);
        struct strv _cleanup_strv_ all = STRV_INIT, files = STRV_INIT;
        struct buf _cleanup_buf_ have = BUF_INIT, want = BUF_INIT;
        if (paths_walk(folders->items[i], WALK_FILES | WALK_HIDDEN, &all, reterr) != 0)
            return -1;
        for (size_t f = 0; f < all.count; f++)
            if (text_ends(all.items[f], ".sql"))
                strv_add(&files, all.items[f]);
        qsort(files.items, files.count, sizeof *files.items, by_file);
        if (path_read(path, &have, reterr) != 0)
            return err_hint(reterr, HINT);
        if (make_sums(&files, &want, reterr) != 0)
            return -1;
        while (have.len > 0 && have.data[have.len - 1] == '\n')
            have.data[--have.len] = '\0';
        buf_putc(&have, '\n');
        if (strcmp(buf_text(&have), buf_text(&want)) == 0)
            continue;
        /* The first line only says that there is a difference. */
        const char *one = strchr(buf_text(&have), '\n'), *two = strchr(buf_text(&want), '\n');
        char _cleanup_free_ *at = first_difference(one + 1, two + 1);
        char _cleanup_free_ *name = text_escaped(at);
        err_set(reterr, ERR_NO_EXPECTED, "%s: does not fit the files, from %s on", shown, name);
        return err_hint(reterr, HINT);
    }
    return 0;
}
