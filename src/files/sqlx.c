/* sqlx (sqlx-core/src/migrate/source.rs, checksum_with). */
#include "files/sqlx.h"

#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "files/files.h"

#define KEY "ignored-chars"
#define BLANKS " \t\r\n"

/* Passes over blanks and comments of TOML. */
static const char *skip(const char *at, const char *end)
{
    while (at < end && (strchr(BLANKS, *at) != NULL || *at == '#')) {
        if (*at != '#') {
            at++;
            continue;
        }
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline : end;
    }
    return at;
}

/* What stands behind the key, which begins a line; NULL: it is not there. */
static const char *find_value(const char *text, const char *end)
{
    for (const char *line = text; line < end;) {
        const char *at = line + strspn(line, " \t"), *newline = memchr(line, '\n', (size_t)(end - line));
        bool quoted = *at == '"';
        if (text_starts(at + quoted, KEY)) {
            at += strlen(KEY) + (quoted ? 2U : 0U);
            at += strspn(at, " \t");
            if (*at == '=')
                return skip(at + 1, end);
        }
        line = newline ? newline + 1 : end;
    }
    return NULL;
}

static void add_utf8(unsigned long code, struct buf *ret)
{
    if (code >= 0x10000)
        buf_putc(ret, (char)(0xf0 | code >> 18));
    if (code >= 0x800)
        buf_putc(ret, (char)((code >= 0x10000 ? 0x80 : 0xe0) | (code >> 12 & (code >= 0x10000 ? 0x3f : 0x0f))));
    if (code >= 0x80)
        buf_putc(ret, (char)((code >= 0x800 ? 0x80 : 0xc0) | (code >> 6 & (code >= 0x800 ? 0x3f : 0x1f))));
    buf_putc(ret, (char)(code < 0x80 ? code : 0x80 | (code & 0x3f)));
}

/* One escape behind its backslash; NULL: it is none. */
static const char *take_escape(const char *at, struct buf *ret)
{
    static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
    const char *plain = *at != '\0' ? strchr(from, *at) : NULL;
    if (plain != NULL) {
        buf_putc(ret, to[plain - from]);
        return at + 1;
    }
    size_t digits = *at == 'u' ? 4 : *at == 'U' ? 8 : 0;
    unsigned long code = 0;
    if (digits == 0 || strspn(at + 1, "0123456789abcdefABCDEF") < digits)
        return NULL;
    for (size_t i = 1; i <= digits; i++)
        code = code * 16 + (unsigned long)(at[i] <= '9' ? at[i] - '0' : (at[i] | 0x20) - 'a' + 10);
    if (code == 0 || code > 0x10ffff)
        return NULL;
    add_utf8(code, ret);
    return at + 1 + digits;
}

static size_t char_len(const char *at)
{
    unsigned char c = (unsigned char)*at;
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* A text in quotes that is one character; NULL: it is not. */
static const char *take_char(const char *at, const char *end, struct buf *ret)
{
    char quote = *at++;
    size_t before = ret->len;
    if (at == end || *at == quote || *at == '\n')
        return NULL;
    if (*at == '\\' && quote == '"') {
        at = take_escape(at + 1, ret);
    } else {
        size_t len = char_len(at);
        if ((size_t)(end - at) < len)
            return NULL;
        buf_add(ret, at, len);
        at += len;
    }
    return at != NULL && at < end && *at == quote && ret->len > before ? at + 1 : NULL;
}

bool sqlx_ignored(const char *text, size_t len, struct buf *ret)
{
    const char *end = text + len, *at = find_value(text, end);
    if (at == NULL)
        return true;
    if (at == end || *at != '[')
        return false;
    for (at = skip(at + 1, end); at < end && *at != ']'; at = skip(at, end)) {
        at = *at == '"' || *at == '\'' ? take_char(at, end, ret) : NULL;
        if (at == NULL)
            return false;
        at = skip(at, end);
        if (at < end && *at == ',')
            at++;
        else if (at == end || *at != ']')
            return false;
    }
    return at < end;
}

static bool is_among(const char *at, size_t len, const struct buf *chars)
{
    const char *end = buf_text(chars) + chars->len;
    for (const char *p = buf_text(chars); p < end; p += char_len(p))
        if (char_len(p) == len && memcmp(p, at, len) == 0)
            return true;
    return false;
}

static int add_sum(struct migration *migration, const struct buf *chars, struct err *reterr)
{
    struct buf _cleanup_buf_ text = BUF_INIT, left = BUF_INIT;
    if (path_read(migration->file, &text, reterr) != 0)
        return -1;
    const char *end = buf_text(&text) + text.len;
    for (const char *at = buf_text(&text); at < end;) {
        size_t len = char_len(at) <= (size_t)(end - at) ? char_len(at) : 1;
        if (!is_among(at, len, chars))
            buf_add(&left, at, len);
        at += len;
    }
    strv_take(&migration->checksums, digest_hex(DIGEST_SHA384, buf_text(&left), left.len));
    return 0;
}

/* What sqlx.toml says beside the folder and the table. */
static int read_config(const char *path, struct buf *chars, struct err *reterr)
{
    char _cleanup_free_ *file = path_join(path, "sqlx.toml"), *shown = text_escaped(file);
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (!path_is_file(file))
        return 0;
    if (path_read(file, &text, reterr) != 0)
        return -1;
    if (sqlx_ignored(buf_text(&text), text.len, chars))
        return 0;
    err_set(reterr, ERR_NO_EXPECTED, "%s: %s is no list of single characters", shown, KEY);
    return err_hint(reterr, "Make a manifest when the image is built.");
}

int sqlx_read(const struct source *source, struct expected *ret, struct err *reterr)
{
    struct buf _cleanup_buf_ chars = BUF_INIT;
    if (files_read(source, FRAMEWORK_SQLX, &files_sqlx, ret, reterr) != 0)
        return -1;
    for (size_t i = 0; i < source->paths.count; i++)
        if (read_config(source->paths.items[i], &chars, reterr) != 0)
            return -1;
    for (size_t i = 0; i < ret->count && chars.len > 0; i++)
        if (add_sum(&ret->items[i], &chars, reterr) != 0)
            return -1;
    return 0;
}
