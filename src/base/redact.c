/* Keeping secrets out of everything that is shown. */
#include "base/redact.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"

/* The user part of a URL that begins at `p` (behind "://"): where its password begins and ends, or NULL. Passwords with an
 * unescaped '@', '/', '?', quote or blank are common slips, and libpq takes most of them: so it ends at the last '@' of the
 * line before another URL; and where a '?' stands before that, nobody can tell what is what. */
static const char *url_password(const char *p, const char **end)
{
    size_t word = strcspn(p, " \t\n\"'<>"), line = strcspn(p, "\n");
    const char *at = NULL;
    for (size_t i = 0; i < line; i++) {
        if (at != NULL && i >= word && strncmp(p + i, "://", 3) == 0)
            break;
        if (p[i] == '@')
            at = p + i;
    }
    const char *colon = memchr(p, ':', line);
    if (at == NULL || colon == NULL || colon > at)
        return NULL;
    *end = memchr(p, '?', (size_t)(at - p)) != NULL ? p + line : at;
    return colon + 1;
}

/* The length of "password =" and its kin at `p`, with the blanks behind it; 0 where there is none. */
static size_t secret_word(const char *p)
{
    static const char *const words[] = {"password", "passwd", "pwd", "secret", "token", "passphrase"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t len = strlen(words[i]);
        if (strncasecmp(p, words[i], len) != 0)
            continue;
        len += strspn(p + len, " \t");
        if (p[len] == '=')
            return len + 1 + strspn(p + len + 1, " \t");
    }
    return 0;
}

/* The end of a value as libpq and shells read it: in quotes with backslashes, or up to white space; in a URL's query up to
 * the next parameter. */
static const char *value_end(const char *p, bool in_query)
{
    while (*p == '\'' || *p == '"') {
        const char quote = *p;
        for (p++; *p != '\0' && *p != quote; p++)
            if (*p == '\\' && p[1] != '\0')
                p++;
        p += *p == quote;
    }
    while (*p != '\0' && !isspace((unsigned char)*p) && !(in_query && *p == '&'))
        p += *p == '\\' && p[1] != '\0' ? 2 : 1;
    return p;
}

char *redact(const char *text)
{
    struct buf out = BUF_INIT;
    char before = '\0'; /* what the present word follows */
    for (const char *p = text; *p != '\0';) {
        const char *end = NULL;
        if (strncmp(p, "://", 3) == 0) {
            buf_puts(&out, "://");
            p += 3;
            const char *secret = url_password(p, &end);
            if (secret != NULL) {
                buf_add(&out, p, (size_t)(secret - p));
                buf_puts(&out, "***");
                p = end;
            }
            continue;
        }
        size_t skip = secret_word(p);
        if (skip > 0) {
            buf_add(&out, p, skip);
            buf_puts(&out, "***");
            p = value_end(p + skip, before == '?' || before == '&');
            continue;
        }
        if (!isalnum((unsigned char)*p) && *p != '_')
            before = *p;
        buf_putc(&out, *p++);
    }
    return buf_steal(&out);
}
