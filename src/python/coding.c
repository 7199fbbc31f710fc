/* The encoding of a Python text: coding comments (PEP 263), and identifiers that Python rewrites (PEP 3131). */
#include "python/coding.h"

#include <string.h>
#include <strings.h>

/* Encodings in which every byte below 128 is that ASCII character wherever it stands, so that the tokenizer sees what
 * Python sees. In others (utf-7, shift_jis, rot13, ...) a quote or a newline may be something else. */
static const char *const one_byte[] = {
    "latin-1",      "latin1", "iso-8859-1", "iso8859-1",  "iso_8859_1",   "iso-8859-15",
    "iso8859-15",   "cp1250", "cp1251",     "cp1252",     "windows-1250", "windows-1251",
    "windows-1252", "koi8-r", "koi8-u",     "iso-8859-2", "iso-8859-5",
};
static const char *const utf8[] = {"utf-8", "utf8", "utf_8", "u8", "utf-8-sig", "ascii", "us-ascii"};

static bool is_one_of(const char *const *list, size_t count, const char *name, size_t len)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i]) == len && strncasecmp(list[i], name, len) == 0)
            return true;
    return false;
}

static bool is_coding_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
}

/* Finds `coding[:=]\s*([-\w.]+)` in the comment. */
static bool find_coding(const char *p, const char *end, const char **name, size_t *len)
{
    static const char word[] = "coding";
    for (; end - p > 7; p++) {
        if (memcmp(p, word, 6) != 0 || (p[6] != ':' && p[6] != '='))
            continue;
        const char *start = p + 7;
        while (start < end && (*start == ' ' || *start == '\t'))
            start++;
        const char *stop = start;
        while (stop < end && is_coding_byte(*stop))
            stop++;
        if (stop > start) {
            *name = start;
            *len = (size_t)(stop - start);
            return true;
        }
    }
    return false;
}

int py_lex_coding(struct py_lexer *lexer)
{
    const char *p = lexer->p;
    for (uint32_t line = 1; line <= 2 && p < lexer->end; line++) {
        const char *stop = p;
        while (stop < lexer->end && *stop != '\n' && *stop != '\r')
            stop++;
        const char *text = p;
        while (text < stop && (*text == ' ' || *text == '\t' || *text == '\f'))
            text++;
        /* A first line that is neither blank nor a comment ends the search. */
        if (text < stop && *text != '#')
            return 0;
        const char *name;
        size_t len;
        if (find_coding(text, stop, &name, &len)) {
            if (is_one_of(utf8, sizeof utf8 / sizeof *utf8, name, len))
                return 0;
            if (!is_one_of(one_byte, sizeof one_byte / sizeof *one_byte, name, len))
                return py_lexer_fail(lexer, line, "a coding comment that names an encoding not understood here");
            lexer->tokens->other_encoding = true;
            return 0;
        }
        p = stop + py_line_end(stop, lexer->end);
    }
    return 0;
}

/* Blocks of characters that NFKC turns into others, as far as identifiers may hold them. */
static const struct {
    uint32_t first, last;
} compatibility[] = {
    {0xaa, 0xaa},       {0xba, 0xba},       {0x132, 0x133},     {0x13f, 0x140},     {0x149, 0x149},
    {0x17f, 0x17f},     {0x1c4, 0x1cc},     {0x1f1, 0x1f3},     {0x2b0, 0x2b8},     {0x2e0, 0x2e4},
    {0x37a, 0x37a},     {0x1d2c, 0x1d6a},   {0x1d78, 0x1d78},   {0x1d9b, 0x1dbf},   {0x1e9a, 0x1e9b},
    {0x2071, 0x207f},   {0x2080, 0x209c},   {0x2100, 0x214f},   {0x2160, 0x2188},   {0x2c7c, 0x2c7d},
    {0x3000, 0x303f},   {0x3250, 0x33ff},   {0xa69c, 0xa69d},   {0xa770, 0xa770},   {0xa7f0, 0xa7ff},
    {0xab5c, 0xab5f},   {0xab69, 0xab69},   {0xf900, 0xfaff},   {0xfb00, 0xfb4f},   {0xfe30, 0xfe4f},
    {0xff00, 0xffef},   {0x10780, 0x107ba}, {0x1d400, 0x1d7ff}, {0x1e000, 0x1e06f}, {0x1ee00, 0x1eeff},
    {0x1fbf0, 0x1fbf9},
};

bool py_is_compatibility_name(const char *text, size_t len)
{
    /* The text is known to be UTF-8 by now. */
    const unsigned char *p = (const unsigned char *)text;
    for (size_t i = 0; i < len;) {
        size_t size = p[i] < 0x80 ? 1 : p[i] < 0xe0 ? 2 : p[i] < 0xf0 ? 3 : 4;
        uint32_t code = size == 1 ? p[i] : p[i] & (0xffu >> (size + 1));
        for (size_t k = 1; k < size && i + k < len; k++)
            code = code << 6 | (p[i + k] & 0x3fu);
        for (size_t k = 0; k < sizeof compatibility / sizeof *compatibility; k++)
            if (code >= compatibility[k].first && code <= compatibility[k].last)
                return true;
        i += size;
    }
    return false;
}
