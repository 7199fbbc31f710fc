/* Liquibase's checksums of SQL (change/AbstractSQLChange.java, change/NormalizingStreamV8.java, change/CheckSum.java). */
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/strv.h"
#include "liquibase/liquibase.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* "VERSION:HEX:" of one change. */
static void add_inner(struct buf *out, int version, const struct buf *text)
{
    char _cleanup_free_ *sum = digest_hex(DIGEST_MD5, buf_text(text), text->len);
    buf_printf(out, "%d:%s:", version, sum);
}

void liquibase_inner9(struct buf *out, const char *sql, size_t len)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    for (size_t i = 0; i < len; i++)
        if (!is_blank(sql[i]))
            buf_putc(&text, sql[i]);
    add_inner(out, 9, &text);
}

void liquibase_inner8(struct buf *out, const char *sql, size_t len, const char *end_delimiter, bool split, bool strip)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    buf_printf(&text, "%s:%s:%s:", end_delimiter ? end_delimiter : "null", split ? "true" : "false", strip ? "true" : "false");
    size_t begin = text.len;
    for (size_t i = 0; i < len; i++) {
        if (!is_blank(sql[i]))
            buf_putc(&text, sql[i]);
        else if (text.len > begin && i + 1 < len && !is_blank(sql[i + 1]))
            buf_putc(&text, ' ');
    }
    add_inner(out, 8, &text);
}

char *liquibase_outer(int version, const char *inner)
{
    char _cleanup_free_ *sum = digest_hex(DIGEST_MD5, inner, strlen(inner));
    return mem_printf("%d:%s", version, sum);
}

char *liquibase_sum9(const char *sql, size_t len)
{
    struct buf _cleanup_buf_ inner = BUF_INIT;
    liquibase_inner9(&inner, sql, len);
    return liquibase_outer(9, buf_text(&inner));
}

char *liquibase_sum8(const char *sql, size_t len, const char *end_delimiter, bool split, bool strip)
{
    struct buf _cleanup_buf_ inner = BUF_INIT;
    liquibase_inner8(&inner, sql, len, end_delimiter, split, strip);
    return liquibase_outer(8, buf_text(&inner));
}

char *liquibase_path(const char *path)
{
    struct strv _cleanup_strv_ parts = STRV_INIT;
    struct buf out = BUF_INIT;
    if (strncmp(path, "classpath:", 10) == 0)
        path += 10;
    if (((*path >= 'a' && *path <= 'z') || (*path >= 'A' && *path <= 'Z')) && path[1] == ':')
        path += 2;
    while (*path != '\0') {
        size_t len = strcspn(path, "/\\");
        char *part = mem_strndup(path, len);
        if (strcmp(part, "..") == 0 && parts.count > 0 && strcmp(parts.items[parts.count - 1], "..") != 0) {
            free(parts.items[--parts.count]);
            free(part);
        } else if (len == 0 || strcmp(part, ".") == 0) {
            free(part);
        } else {
            strv_take(&parts, part);
        }
        path += len + (path[len] != '\0');
    }
    for (size_t i = 0; i < parts.count; i++)
        buf_printf(&out, "%s%s", i ? "/" : "", parts.items[i]);
    return buf_steal(&out);
}
