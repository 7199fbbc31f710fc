/* The little of PHP that readers need. */
#include "formats/php.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"

static bool in_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '\\' ||
           (unsigned char)c >= 0x80;
}

static const char *skip_to(const char *at, const char *end, const char *stop)
{
    const char *found = memmem(at, (size_t)(end - at), stop, strlen(stop));
    return found ? found + strlen(stop) : end;
}

static const char *skip_quoted(const char *at, const char *end)
{
    char quote = *at++;
    while (at < end && *at != quote)
        at += *at == '\\' && at + 1 < end ? 2 : 1;
    return at < end ? at + 1 : end;
}

static size_t word_len(const char *at, const char *end)
{
    size_t len = 0;
    while (at + len < end && in_name(at[len]))
        len++;
    return len;
}

/* <<<NAME, <<<"NAME" and <<<'NAME', up to a line that begins with the name. */
static const char *skip_here(const char *at, const char *end)
{
    size_t blanks = 0;
    at += 3;
    while (at < end && (*at == ' ' || *at == '\t' || *at == '"' || *at == '\''))
        at++;
    size_t len = word_len(at, end);
    if (len == 0)
        return at;
    for (const char *line = skip_to(at, end, "\n"); line < end; line = skip_to(line, end, "\n")) {
        for (blanks = 0; line + blanks < end && (line[blanks] == ' ' || line[blanks] == '\t');)
            blanks++;
        if (word_len(line + blanks, end) == len && memcmp(line + blanks, at, len) == 0)
            return line + blanks + len;
    }
    return end;
}

/* Passes over blanks, comments and strings to the next word or sign. */
static const char *next(const char *at, const char *end)
{
    while (at < end) {
        if (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')
            at++;
        else if (end - at >= 2 && memcmp(at, "/*", 2) == 0)
            at = skip_to(at + 2, end, "*/");
        else if ((end - at >= 2 && memcmp(at, "//", 2) == 0) || (*at == '#' && !(end - at >= 2 && at[1] == '[')))
            at = skip_to(at, end, "\n");
        else if (*at == '"' || *at == '\'' || *at == '`')
            at = skip_quoted(at, end);
        else if (end - at >= 3 && memcmp(at, "<<<", 3) == 0)
            at = skip_here(at, end);
        else
            break;
    }
    return at;
}

static bool is_word(const char *at, size_t len, const char *word)
{
    return len == strlen(word) && strncasecmp(at, word, len) == 0;
}

static bool is_reserved(const char *at, size_t len)
{
    return is_word(at, len, "extends") || is_word(at, len, "implements");
}

void php_classes(const char *text, size_t len, struct strv *ret, struct strv *ret_abstract)
{
    const char *at = text, *end = text + len;
    struct buf _cleanup_buf_ space = BUF_INIT;
    bool abstract = false;
    while ((at = next(at, end)) < end) {
        size_t word = word_len(at, end);
        bool member = at > text && (at[-1] == '>' || at[-1] == ':' || at[-1] == '$');
        const char *after = next(at + word, end);
        size_t name_len = word > 0 && !member ? word_len(after, end) : 0;
        if (word > 0 && !member && is_word(at, word, "namespace")) {
            buf_clear(&space);
            buf_add(&space, after, name_len);
        }
        if (name_len > 0 && is_word(at, word, "class") && !is_reserved(after, name_len))
            strv_take(abstract ? ret_abstract : ret,
                      mem_printf("%s%s%.*s", buf_text(&space), space.len > 0 ? "\\" : "", (int)name_len, after));
        abstract = is_word(at, word, "abstract") || (abstract && (is_word(at, word, "final") || is_word(at, word, "readonly")));
        at += word > 0 ? word : 1;
    }
}
