/* Atlas: its migrations, and atlas.sum. */
#include "files/atlas.h"

#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"

#define HINT "Run `atlas migrate hash` where the files are written, and see that atlas.sum comes into the image with them."

/* A piece of a text. */
struct part {
    const char *text;
    size_t len;
};

static bool part_is(struct part part, const char *text)
{
    return part.len == strlen(text) && memcmp(part.text, text, part.len) == 0;
}

/* sql/migrate/dir.go, reDirective: ^([ -~]*)atlas:(\w+)(?: +(.+))*, as greedy as that is. Its word, and what follows on the line. */
static bool find_directive(struct part line, struct part *ret_word, struct part *ret_rest)
{
    static const char mark[] = "atlas:", word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    size_t width = sizeof mark - 1, shown = 0, len = 0;
    while (shown < line.len && line.text[shown] >= ' ' && line.text[shown] <= '~')
        shown++;
    for (size_t at = shown; at-- > 0;) {
        if (shown - at <= width || memcmp(line.text + at, mark, width) != 0)
            continue;
        struct part rest = {line.text + at + width, line.len - at - width};
        while (len < rest.len && rest.text[len] != '\0' && strchr(word, rest.text[len]) != NULL)
            len++;
        if (len == 0)
            continue;
        *ret_word = (struct part){rest.text, len};
        size_t blanks = 0;
        while (len + blanks < rest.len && rest.text[len + blanks] == ' ')
            blanks++;
        const char *end = memchr(rest.text + len, '\n', rest.len - len);
        size_t stop = end ? (size_t)(end - rest.text) : rest.len;
        *ret_rest = blanks > 0 ? (struct part){rest.text + len + blanks, stop - len - blanks} : (struct part){rest.text, 0};
        return true;
    }
    return false;
}

/* LocalFile.comments: those at the very start count only where an empty line, or nothing, follows them. */
static bool is_checkpoint(const char *text, size_t len)
{
    const char *end = text + len;
    bool found = false;
    while (text < end && (*text == '#' || (end - text >= 2 && memcmp(text, "--", 2) == 0))) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        struct part word, rest;
        if (newline == NULL)
            return false;
        size_t width = (size_t)(newline - text);
        found = found || (find_directive((struct part){text, width}, &word, &rest) && part_is(word, "checkpoint"));
        text = newline + 1;
    }
    while (text < end && (*text == ' ' || *text == '\t'))
        text++;
    return found && (text == end || *text == '\n');
}

/* NewHashFile: a directive in the first line leaves the contents out. */
static bool is_left_out(const char *text, size_t len)
{
    struct part word, rest;
    return find_directive((struct part){text, len}, &word, &rest) && part_is(word, "sum") && part_is(rest, "ignore");
}

int atlas_look(const char *path, struct migration *migration, struct err *reterr)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (path_read(path, &text, reterr) != 0)
        return -1;
    if (is_checkpoint(buf_text(&text), text.len))
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
        if (is_left_out(buf_text(&text), text.len))
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

/* The .sql files of a folder in the order of their names. */
static int list_files(const char *folder, struct strv *ret, struct err *reterr)
{
    struct strv _cleanup_strv_ all = STRV_INIT;
    if (paths_walk(folder, WALK_FILES | WALK_FOLDERS | WALK_HIDDEN, &all, reterr) != 0)
        return -1;
    for (size_t i = 0; i < all.count; i++)
        if (text_ends(all.items[i], ".sql"))
            strv_add(ret, all.items[i]);
    if (ret->count > 1)
        qsort(ret->items, ret->count, sizeof *ret->items, by_file);
    return 0;
}

static void trim(struct part *part)
{
    for (; part->len > 0 && strchr(" \t\r\v\f", *part->text) != NULL; part->len--)
        part->text++;
    while (part->len > 0 && strchr(" \t\r\v\f", part->text[part->len - 1]) != NULL)
        part->len--;
}

/* HashFile.UnmarshalText: atlas.sum as Atlas would write it, whatever its line ends and blanks are; false: not of its form. */
static bool read_sums(const struct buf *text, struct buf *ret)
{
    const char *end = text->data + text->len;
    bool first = true;
    for (const char *line = buf_text(text); text->len > 0 && line < end; first = false) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        struct part all = {line, (size_t)((newline ? newline : end) - line)};
        line = newline ? newline + 1 : end;
        all.len -= all.len > 0 && all.text[all.len - 1] == '\r';
        const char *sum = memmem(all.text, all.len, "h1:", 3);
        if (first) {
            size_t front = sum == all.text ? 3 : 0;
            buf_puts(ret, "h1:");
            buf_add(ret, all.text + front, all.len - front);
        } else if (sum == NULL) {
            return false;
        } else {
            struct part name = {all.text, (size_t)(sum - all.text)};
            trim(&name);
            buf_add(ret, name.text, name.len);
            buf_putc(ret, ' ');
            buf_add(ret, sum, all.len - (size_t)(sum - all.text));
        }
        buf_putc(ret, '\n');
    }
    return true;
}

/* Is the folder in golang-migrate's form ("?format=golang-migrate")? Then its sums are over the files that lead up alone. */
static bool is_paired(const struct strv *files, const struct buf *sums)
{
    for (size_t i = 0; i < files->count; i++) {
        char _cleanup_free_ *entry = mem_printf("\n%s h1:", path_name(files->items[i]));
        if (text_ends(entry, ".down.sql h1:") && strstr(buf_text(sums), entry) == NULL)
            return true;
    }
    return false;
}

static void keep_up(struct strv *files)
{
    struct strv kept = STRV_INIT;
    for (size_t i = 0; i < files->count; i++)
        if (text_ends(files->items[i], ".up.sql"))
            strv_add(&kept, files->items[i]);
    strv_done(files);
    *files = kept;
}

static int check_folder(const char *folder, struct err *reterr)
{
    char _cleanup_free_ *path = path_join(folder, "atlas.sum");
    char _cleanup_free_ *shown = text_escaped(path);
    struct strv _cleanup_strv_ files = STRV_INIT;
    struct buf _cleanup_buf_ text = BUF_INIT, have = BUF_INIT, want = BUF_INIT;
    if (list_files(folder, &files, reterr) != 0)
        return -1;
    if (path_read(path, &text, reterr) != 0)
        return err_hint(reterr, HINT);
    if (!read_sums(&text, &have)) {
        err_set(reterr, ERR_NO_EXPECTED, "%s: a line holds no checksum, at which Atlas itself stops", shown);
        return err_hint(reterr, HINT);
    }
    if (is_paired(&files, &have))
        keep_up(&files);
    if (make_sums(&files, &want, reterr) != 0)
        return -1;
    if (strcmp(buf_text(&have), buf_text(&want)) == 0)
        return 0;
    /* The first line only says that there is a difference. */
    const char *one = strchr(buf_text(&have), '\n'), *two = strchr(buf_text(&want), '\n');
    char _cleanup_free_ *at = first_difference(one ? one + 1 : "", two ? two + 1 : "");
    char _cleanup_free_ *name = text_escaped(at);
    err_set(reterr, ERR_NO_EXPECTED, "%s: does not fit the files, from %s on", shown, name);
    return err_hint(reterr, HINT);
}

int atlas_check(const struct strv *folders, struct expected *expected, struct err *reterr)
{
    (void)expected;
    if (folders->count > 1) {
        struct buf _cleanup_buf_ names = BUF_INIT;
        text_join(&names, folders, 4);
        err_set(reterr, ERR_NO_EXPECTED, "Atlas keeps one history for each folder, and there are more: %s", buf_text(&names));
        return err_hint(reterr, "Set migrations.path to the one that is meant, or name each in a section [migrations.NAME].");
    }
    return folders->count == 1 ? check_folder(folders->items[0], reterr) : 0;
}

int atlas_order(const void *a, const void *b)
{
    const struct migration *one = a, *two = b;
    return strcmp(path_name(one->file), path_name(two->file));
}
