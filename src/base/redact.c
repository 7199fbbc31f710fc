/* Keeping secrets out of everything that is shown. */
#include "base/redact.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"

/* The user part of a URL that begins at `p` (behind "://"): where its password begins and ends, or NULL. Passwords with an
 * unescaped '@' or '/' are common slips, so it ends at the last '@': rather too much is hidden than too little. */
static const char *url_password(const char *p, const char **end)
{
    size_t span = strcspn(p, " \t\n\"'<>");
    const char *at = NULL, *colon = NULL;
    for (size_t i = 0; i < span; i++) {
        if (p[i] == '@')
            at = p + i;
        if (p[i] == '?' && at != NULL)
            break;
    }
    for (const char *q = p; at != NULL && q < at && colon == NULL; q++)
        if (*q == ':')
            colon = q;
    if (at == NULL || colon == NULL)
        return NULL;
    *end = at;
    return colon + 1;
}

static size_t secret_word(const char *p)
{
    static const char *const words[] = {"password", "passwd", "pwd", "secret", "token", "sslpassword", "passphrase"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t len = strlen(words[i]);
        if (strncasecmp(p, words[i], len) == 0) {
            size_t after = len;
            while (p[after] == ' ' || p[after] == '\t')
                after++;
            if (p[after] == '=') {
                after++;
                while (p[after] == ' ' || p[after] == '\t')
                    after++;
                return after;
            }
        }
    }
    return 0;
}

/* The end of a value as libpq reads it: in single quotes with backslashes, or up to white space or '&'. */
static const char *value_end(const char *p)
{
    if (*p == '\'') {
        for (p++; *p != '\0' && *p != '\''; p++)
            if (*p == '\\' && p[1] != '\0')
                p++;
        return *p == '\'' ? p + 1 : p;
    }
    while (*p != '\0' && !isspace((unsigned char)*p) && *p != '&')
        p += *p == '\\' && p[1] != '\0' ? 2 : 1;
    return p;
}

char *redact(const char *text)
{
    struct buf out = BUF_INIT;
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
        bool word_start = p == text || (!isalnum((unsigned char)p[-1]));
        size_t skip = word_start ? secret_word(p) : 0;
        if (skip > 0) {
            buf_add(&out, p, skip);
            buf_puts(&out, "***");
            p = value_end(p + skip);
            continue;
        }
        buf_putc(&out, *p++);
    }
    return buf_steal(&out);
}
