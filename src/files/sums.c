/* The checksums that frameworks record for a file. */
#include "files/sums.h"

#include <inttypes.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "files/drizzle.h"

static int no_utf8(const char *path, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(path);
    return err_set(reterr, ERR_NO_EXPECTED, "%s: is not UTF-8, at which the framework itself stops", shown);
}

int sum_sqlx(const char *path, struct migration *migration, struct err *reterr)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (path_read(path, &text, reterr) != 0)
        return -1;
    if (!text_is_utf8(buf_text(&text), text.len))
        return no_utf8(path, reterr);
    strv_take(&migration->checksums, digest_hex(DIGEST_SHA384, buf_text(&text), text.len));
    return 0;
}

/* Rust's Hash: a text ends in 0xff, a number is its bytes. */
static char *refinery_sum(const struct migration *migration, const struct buf *text, int version_bytes)
{
    struct buf _cleanup_buf_ data = BUF_INIT;
    uint64_t version = strtoull(migration->id, NULL, 10);
    buf_puts(&data, migration->label);
    buf_putc(&data, (char)0xff);
    for (int i = 0; i < version_bytes; i++)
        buf_putc(&data, (char)(version >> (8 * i) & 0xff));
    buf_add(&data, buf_text(text), text->len);
    buf_putc(&data, (char)0xff);
    return mem_printf("%" PRIu64, digest_siphash13(buf_text(&data), data.len));
}

int sum_refinery(const char *path, struct migration *migration, struct err *reterr)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (text_ends(path, ".rs")) /* what it returns is known when it is compiled only */
        return 0;
    if (path_read(path, &text, reterr) != 0)
        return -1;
    if (!text_is_utf8(buf_text(&text), text.len))
        return no_utf8(path, reterr);
    strv_take(&migration->checksums, refinery_sum(migration, &text, 4));
    strv_take(&migration->checksums, refinery_sum(migration, &text, 8));
    return 0;
}

/* Every CR LF made LF, or every LF made CR LF, even where a CR stands before it. */
static void with_ends(const struct buf *text, bool crlf, struct buf *out)
{
    const char *at = buf_text(text), *end = at + text->len;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at)), *stop = newline ? newline : end;
        bool cut = !crlf && newline != NULL && stop > at && stop[-1] == '\r';
        buf_add(out, at, (size_t)(stop - at) - cut);
        if (newline != NULL)
            buf_puts(out, crlf ? "\r\n" : "\n");
        at = newline ? newline + 1 : end;
    }
}

static void add_prisma_sum(const struct buf *text, struct strv *ret)
{
    char *sum = digest_hex(DIGEST_SHA256, buf_text(text), text->len), *old = mem_strdup(sum);
    size_t len = 0;
    for (size_t i = 0; sum[i] != '\0'; i++)
        if (i % 2 == 1 || sum[i] != '0')
            old[len++] = sum[i];
    old[len] = '\0';
    strv_take(ret, sum);
    strv_take(ret, old);
}

int sum_prisma(const char *path, struct migration *migration, struct err *reterr)
{
    char _cleanup_free_ *file = path_join(path, "migration.sql");
    struct buf _cleanup_buf_ text = BUF_INIT, lf = BUF_INIT, crlf = BUF_INIT;
    if (!path_is_file(file)) /* listed as pending all the same; what applies it will stop there */
        return 0;
    if (path_read(file, &text, reterr) != 0)
        return -1;
    add_prisma_sum(&text, &migration->checksums);
    with_ends(&text, true, &crlf);
    add_prisma_sum(&crlf, &migration->checksums);
    if (memchr(buf_text(&text), '\r', text.len) == NULL)
        return 0;
    with_ends(&text, false, &lf);
    add_prisma_sum(&lf, &migration->checksums);
    return 0;
}

int sum_drizzle(const char *path, struct migration *migration, struct err *reterr)
{
    char _cleanup_free_ *file = path_join(path, "migration.sql");
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (path_read(file, &text, reterr) != 0)
        return -1;
    strv_take(&migration->checksums, digest_hex(DIGEST_SHA256, buf_text(&text), text.len));
    migration->label = drizzle_time_of(migration->id);
    return 0;
}

int32_t sum_flyway_text(const char *text, size_t len)
{
    struct buf _cleanup_buf_ lines = BUF_INIT;
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        len -= 3;
    }
    for (const char *end = text + len; text < end;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text)), *stop = newline ? newline : end;
        for (const char *cr; (cr = memchr(text, '\r', (size_t)(stop - text))) != NULL; text = cr + 1)
            buf_add(&lines, text, (size_t)(cr - text));
        buf_add(&lines, text, (size_t)(stop - text));
        text = newline ? newline + 1 : end;
    }
    return (int32_t)digest_crc32(0, buf_text(&lines), lines.len);
}

int sum_flyway(const char *path, struct migration *migration, struct err *reterr)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (text_ends(path, ".class")) /* it has the number that its code says, or none */
        return 0;
    if (path_read(path, &text, reterr) != 0)
        return -1;
    if (!text_is_utf8(buf_text(&text), text.len)) {
        char _cleanup_free_ *shown = text_escaped(path);
        err_set(reterr, ERR_NO_EXPECTED, "%s: is not UTF-8, and no configuration of Flyway here names its encoding", shown);
        return err_hint(reterr, "Save it as UTF-8, or let flyway.encoding in flyway.conf or spring.flyway.encoding name what it is.");
    }
    strv_take(&migration->checksums, mem_printf("%" PRId32, sum_flyway_text(buf_text(&text), text.len)));
    if (migration->kind == MIGRATION_REPEATABLE && memmem(buf_text(&text), text.len, "${", 2) != NULL)
        migration->kind = MIGRATION_TEMPLATE;
    return 0;
}
