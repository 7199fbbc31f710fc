/* Text for people: what comes from outside is never shown raw. */
#include "base/text.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/strv.h"

/* Reads one character; returns its length in bytes, or 0 if the bytes are not UTF-8. */
static size_t decode(const unsigned char *p, size_t left, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;
    if (size == 0 || size > left)
        return 0;
    uint32_t value = size == 1 ? p[0] : p[0] & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (p[i] & 0x3fu);
    }
    if (size > 1 && (value < least[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)))
        return 0;
    *code = value;
    return size;
}

struct range {
    uint32_t first, last;
};

static bool in_ranges(const struct range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

/* C1 controls, soft hyphen, zero-width and direction characters, line separators, BOM, tags: Unicode categories Cc, Cf,
 * Zl and Zp as far as they can mislead a reader or a terminal. */
static bool is_unsafe(uint32_t code)
{
    static const struct range unsafe[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},   {0x180e, 0x180e}, {0x200b, 0x200f},
        {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
    };
    return in_ranges(unsafe, sizeof unsafe / sizeof *unsafe, code);
}

static void escape(struct buf *out, const char *text, size_t len, bool backslashes)
{
    const unsigned char *p = (const unsigned char *)text;
    for (size_t i = 0; i < len;) {
        uint32_t code = 0;
        size_t size = decode(p + i, len - i, &code);
        if (size == 0) {
            buf_printf(out, "\\x%02x", p[i++]);
            continue;
        }
        if (code == '\\')
            buf_puts(out, backslashes ? "\\\\" : "\\");
        else if (code == '\n')
            buf_puts(out, "\\n");
        else if (code == '\t')
            buf_puts(out, "\\t");
        else if (code == '\r')
            buf_puts(out, "\\r");
        else if (is_unsafe(code) && code < 0x80)
            buf_printf(out, "\\x%02x", (unsigned)code);
        else if (is_unsafe(code))
            buf_printf(out, "\\u{%x}", (unsigned)code);
        else
            buf_add(out, text + i, size);
        i += size;
    }
}

void text_escape(struct buf *out, const char *text, size_t len)
{
    escape(out, text, len, true);
}

void text_escape_controls(struct buf *out, const char *text, size_t len)
{
    escape(out, text, len, false);
}

char *text_escaped_controls(const char *text)
{
    struct buf out = BUF_INIT;
    text_escape_controls(&out, text, strlen(text));
    return buf_steal(&out);
}

char *text_escaped(const char *text)
{
    struct buf out = BUF_INIT;
    text_escape(&out, text, strlen(text));
    return buf_steal(&out);
}

bool text_is_utf8(const char *text, size_t len)
{
    const uint64_t high_bits = 0x8080808080808080u;
    for (size_t i = 0; i < len;) {
        uint64_t eight;
        if (len - i >= sizeof eight) { /* most texts are ASCII nearly everywhere */
            memcpy(&eight, text + i, sizeof eight);
            if ((eight & high_bits) == 0) {
                i += sizeof eight;
                continue;
            }
        }
        uint32_t code;
        size_t size = decode((const unsigned char *)text + i, len - i, &code);
        if (size == 0)
            return false;
        i += size;
    }
    return true;
}

static size_t columns_of(uint32_t code)
{
    /* The blocks that matter in names; an exact table would need Unicode data that changes every year. */
    static const struct range combining[] = {
        {0x300, 0x36f}, {0x483, 0x489}, {0x591, 0x5bd}, {0x610, 0x61a}, {0x64b, 0x65f}, {0x1ab0, 0x1aff},
        {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0x93c, 0x93c}, {0x941, 0x948}, {0x94d, 0x94d},
    };
    static const struct range wide[] = {
        {0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0xa4cf}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe30, 0xfe6f},
        {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
    };
    if (in_ranges(combining, sizeof combining / sizeof *combining, code))
        return 0;
    return in_ranges(wide, sizeof wide / sizeof *wide, code) ? 2 : 1;
}

/* Walks over the text up to `columns`; returns the bytes passed and sets the columns used. */
static size_t walk(const char *text, size_t columns, size_t *used)
{
    size_t len = strlen(text), i = 0;
    *used = 0;
    while (i < len) {
        uint32_t code = 0;
        size_t size = decode((const unsigned char *)text + i, len - i, &code);
        size_t width = size == 0 ? 1 : columns_of(code);
        if (width > columns - *used)
            break;
        *used += width;
        i += size ? size : 1;
    }
    return i;
}

size_t text_width(const char *text)
{
    size_t used;
    walk(text, SIZE_MAX, &used);
    return used;
}

size_t text_fit(const char *text, size_t columns)
{
    size_t used;
    return walk(text, columns, &used);
}

bool text_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix)
{
    size_t len = strlen(text), tail = strlen(suffix);
    return len >= tail && strcmp(text + len - tail, suffix) == 0;
}

void text_join(struct buf *out, const struct strv *names, size_t most)
{
    size_t shown = names->count <= most ? names->count : most;
    for (size_t i = 0; i < shown; i++) {
        if (i > 0)
            buf_puts(out, i + 1 == names->count ? " and " : ", ");
        text_escape(out, names->items[i], strlen(names->items[i]));
    }
    if (shown < names->count)
        buf_printf(out, "%s%zu more", shown ? " and " : "", names->count - shown);
}

void text_shell_word(struct buf *out, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,=";
    if (*text != '\0' && strspn(text, plain) == strlen(text)) {
        buf_puts(out, text);
        return;
    }
    buf_putc(out, '\'');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\'')
            buf_puts(out, "'\\''");
        else
            buf_putc(out, *p);
    }
    buf_putc(out, '\'');
}
