/* base/redact: the input is a password, and must not be seen wherever people put one. */
#include "base/redact.h"

#include <ctype.h>

#include "fuzz.h"

static void check_hidden(const char *form, const char *secret, const char *wanted)
{
    const char *mark = strstr(form, "%s");
    char _cleanup_free_ *text = mem_printf("%.*s%s%s", (int)(mark - form), form, secret, mark + 2);
    char _cleanup_free_ *hidden = mem_printf("%.*s***%s", (int)(mark - form), form, mark + 2);
    char _cleanup_free_ *shown = redact(text);
    MUST(wanted == NULL || strcmp(shown, wanted) == 0);
    /* Unless it is short or stands in the rest of the text by chance. */
    MUST(strlen(secret) < 6 || strstr(hidden, secret) != NULL || strstr(shown, secret) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char _cleanup_free_ *text = fuzz_text(data, size);
    char _cleanup_free_ *any = redact(text);
    char _cleanup_free_ *again = redact(any);
    MUST(strlen(again) <= strlen(any) + 3 * strlen(text) + 3);

    /* In a URL as it is, slips included: only what ends a line or begins another URL ends it. */
    if (strchr(text, '\n') == NULL && strstr(text, "://") == NULL)
        check_hidden("postgres://app:%s@h/d", text, strpbrk(text, "?") ? NULL : "postgres://app:***@h/d");

    struct buf _cleanup_buf_ quoted = BUF_INIT, bare = BUF_INIT;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\'' || *p == '\\')
            buf_putc(&quoted, '\\');
        buf_putc(&quoted, *p);
        if (!isspace((unsigned char)*p) && strchr("\\'\"&", *p) == NULL)
            buf_putc(&bare, *p);
    }
    check_hidden("host=h password='%s' x=1", buf_text(&quoted), "host=h password=*** x=1");
    check_hidden("PGPASSWORD='%s' x=1", buf_text(&quoted), "PGPASSWORD=*** x=1");
    check_hidden("host=h password=%s x=1", buf_text(&bare), *buf_text(&bare) ? "host=h password=*** x=1" : NULL);
    check_hidden("postgres://h/d?password=%s&x=1", buf_text(&bare), NULL);
    return 0;
}
