/* Passing over string literals, f-strings with their nested strings (PEP 701) included. */
#include "python/quote.h"

static int formatted(struct py_lexer *lexer, unsigned flags, char quote, bool triple, int depth);

static bool at_quote(const struct py_lexer *lexer, char quote, bool triple)
{
    if (*lexer->p != quote)
        return false;
    return !triple || (lexer->end - lexer->p >= 3 && lexer->p[1] == quote && lexer->p[2] == quote);
}

/* Opens the string at the quote; says whether it is a triple-quoted one. */
static bool open_quote(struct py_lexer *lexer, char *quote)
{
    *quote = *lexer->p;
    bool triple = lexer->end - lexer->p >= 3 && lexer->p[1] == *quote && lexer->p[2] == *quote;
    lexer->p += triple ? 3 : 1;
    return triple;
}

/* Passes over a line end within a string; -1 where the string may not hold one. */
static int string_line_end(struct py_lexer *lexer, size_t size, bool triple, uint32_t start)
{
    if (!triple)
        return py_lexer_fail(lexer, start, "a string that does not end on its line");
    lexer->p += size;
    lexer->line++;
    return 0;
}

/* Passes over a backslash and what it escapes. */
static void escape(struct py_lexer *lexer)
{
    lexer->p++;
    size_t size = py_line_end(lexer->p, lexer->end);
    if (size > 0)
        lexer->line++;
    else if (lexer->p < lexer->end)
        size = 1;
    lexer->p += size;
}

static int plain(struct py_lexer *lexer, unsigned *flags, char quote, bool triple)
{
    uint32_t start = lexer->line;
    while (lexer->p < lexer->end) {
        if (at_quote(lexer, quote, triple)) {
            lexer->p += triple ? 3 : 1;
            return 0;
        }
        size_t size = py_line_end(lexer->p, lexer->end);
        if (*lexer->p == '\\') {
            *flags |= PY_STR_BACKSLASH;
            escape(lexer);
        } else if (size > 0) {
            if (string_line_end(lexer, size, triple, start) != 0)
                return -1;
        } else {
            if ((unsigned char)*lexer->p > 127)
                *flags |= PY_STR_NON_ASCII;
            lexer->p++;
        }
    }
    return py_lexer_fail(lexer, start, "a string that does not end");
}

bool py_string_prefix(const char *text, size_t len, unsigned *flags)
{
    *flags = 0;
    for (size_t i = 0; i < len; i++) {
        char c = (char)(text[i] | 0x20);
        if (c == 'r')
            *flags |= PY_STR_RAW;
        else if (c == 'b')
            *flags |= PY_STR_BYTES;
        else if (c == 'f' || c == 't')
            *flags |= PY_STR_FORMATTED;
        else if (c != 'u')
            return false;
    }
    return len <= 2;
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c > 127;
}

/* A string inside a replacement field; `before` is where the letters in front of its quote begin. */
static int nested_string(struct py_lexer *lexer, const char *before, int depth)
{
    unsigned flags = 0;
    if (!py_string_prefix(before, (size_t)(lexer->p - before), &flags))
        flags = 0; /* a word such as "if" that touches the quote */
    char quote;
    bool triple = open_quote(lexer, &quote);
    if (flags & PY_STR_FORMATTED)
        return formatted(lexer, flags, quote, triple, depth + 1);
    return plain(lexer, &flags, quote, triple);
}

/* The replacement field whose '{' was passed: an expression, then perhaps a format with fields of its own. */
static int field(struct py_lexer *lexer, char quote, bool triple, int depth)
{
    uint32_t start = lexer->line;
    int brackets = 0;
    if (depth > PY_MAX_DEPTH)
        return py_lexer_fail(lexer, start, "f-strings nested too deeply");
    const char *word = lexer->p;
    while (lexer->p < lexer->end) {
        char c = *lexer->p;
        size_t size = py_line_end(lexer->p, lexer->end);
        if (size > 0) {
            lexer->p += size;
            lexer->line++;
        } else if (c == '#') {
            while (lexer->p < lexer->end && py_line_end(lexer->p, lexer->end) == 0)
                lexer->p++;
        } else if (c == '\'' || c == '"') {
            /* Before 3.12 this quote would have ended the string, and the field with it: such a text does not parse
             * there, so a text that parses at all is read rightly here. */
            if (nested_string(lexer, word, depth) != 0)
                return -1;
        } else if (c == '\\') {
            escape(lexer);
        } else if (c == '(' || c == '[' || c == '{') {
            if (++brackets > PY_MAX_DEPTH)
                return py_lexer_fail(lexer, start, "brackets nested too deeply");
            lexer->p++;
        } else if (c == '}' && brackets == 0) {
            lexer->p++;
            return 0;
        } else if (c == ')' || c == ']' || c == '}') {
            if (brackets-- == 0)
                return py_lexer_fail(lexer, lexer->line, "a closing bracket without its opening in an f-string");
            lexer->p++;
        } else if (c == '!' && lexer->end - lexer->p > 1 && lexer->p[1] == '=') {
            lexer->p += 2;
        } else if (c == ':' && brackets == 0) {
            lexer->p++;
            while (lexer->p < lexer->end && *lexer->p != '}') {
                size = py_line_end(lexer->p, lexer->end);
                if (at_quote(lexer, quote, triple))
                    return py_lexer_fail(lexer, start, "an f-string whose '{' is not closed");
                if (size > 0 && string_line_end(lexer, size, triple, start) != 0)
                    return -1;
                if (size > 0)
                    continue;
                if (*lexer->p++ == '{' && field(lexer, quote, triple, depth + 1) != 0)
                    return -1;
            }
        } else {
            lexer->p++;
            if (is_name_byte(c))
                continue; /* `word` stays: these letters may be the prefix of a string */
        }
        word = lexer->p;
    }
    return py_lexer_fail(lexer, start, "an f-string whose '{' is not closed");
}

static int formatted(struct py_lexer *lexer, unsigned flags, char quote, bool triple, int depth)
{
    uint32_t start = lexer->line;
    if (depth > PY_MAX_DEPTH)
        return py_lexer_fail(lexer, start, "f-strings nested too deeply");
    while (lexer->p < lexer->end) {
        if (at_quote(lexer, quote, triple)) {
            lexer->p += triple ? 3 : 1;
            return 0;
        }
        char c = *lexer->p;
        char next = lexer->p + 1 < lexer->end ? lexer->p[1] : '\0';
        size_t size = py_line_end(lexer->p, lexer->end);
        if (c == '\\') {
            /* A backslash does not hide a brace, but for \N{NAME}. */
            if (next == 'N' && !(flags & PY_STR_RAW) && lexer->end - lexer->p > 2 && lexer->p[2] == '{') {
                while (lexer->p < lexer->end && *lexer->p != '}' && py_line_end(lexer->p, lexer->end) == 0 &&
                       !at_quote(lexer, quote, triple))
                    lexer->p++;
            } else if (next == '{' || next == '}') {
                lexer->p++;
            } else {
                escape(lexer);
            }
        } else if (size > 0) {
            if (string_line_end(lexer, size, triple, start) != 0)
                return -1;
        } else if ((c == '{' || c == '}') && next == c) {
            lexer->p += 2;
        } else if (c == '{') {
            lexer->p++;
            if (field(lexer, quote, triple, depth) != 0)
                return -1;
        } else {
            lexer->p++;
        }
    }
    return py_lexer_fail(lexer, start, "a string that does not end");
}

int py_lex_string(struct py_lexer *lexer, unsigned *flags)
{
    char quote;
    bool triple = open_quote(lexer, &quote);
    if (triple)
        *flags |= PY_STR_TRIPLE;
    if (*flags & PY_STR_FORMATTED)
        return formatted(lexer, *flags, quote, triple, 0);
    return plain(lexer, flags, quote, triple);
}
