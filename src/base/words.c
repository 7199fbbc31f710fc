/* Command lines as people write them, split into words without a shell. */
#include "base/words.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What stands in double quotes, from behind the first one. Returns where it ends, or NULL where it does not. */
static const char *double_quoted(const char *p, struct buf *word)
{
    for (; *p != '"'; p++) {
        if (*p == '\0')
            return NULL;
        if (*p == '\\' && p[1] == '\n') {
            p++;
            continue;
        }
        if (*p == '\\' && p[1] != '\0' && strchr("\"\\$`", p[1]) != NULL)
            p++;
        buf_putc(word, *p);
    }
    return p + 1;
}

/* One word from `p` on; returns where it ends, or NULL with the error filled in. */
static const char *take_word(const char *p, struct buf *word, struct err *reterr)
{
    while (*p != '\0' && !is_blank(*p)) {
        if (*p == '\'') {
            const char *end = strchr(p + 1, '\'');
            if (end == NULL) {
                err_set(reterr, ERR_CONFIG, "a single quote is not closed");
                return NULL;
            }
            buf_add(word, p + 1, (size_t)(end - p - 1));
            p = end + 1;
        } else if (*p == '"') {
            p = double_quoted(p + 1, word);
            if (p == NULL) {
                err_set(reterr, ERR_CONFIG, "a double quote is not closed");
                return NULL;
            }
        } else if (*p == '\\') {
            if (p[1] == '\0') {
                err_set(reterr, ERR_CONFIG, "it ends in a backslash");
                return NULL;
            }
            if (p[1] != '\n')
                buf_putc(word, p[1]);
            p += 2;
        } else {
            buf_putc(word, *p++);
        }
    }
    return p;
}

int words_split(const char *text, struct strv *ret, struct err *reterr)
{
    struct strv _cleanup_strv_ words = STRV_INIT;
    for (const char *p = text;;) {
        while (is_blank(*p) || (*p == '\\' && p[1] == '\n'))
            p += *p == '\\' ? 2 : 1;
        if (*p == '\0')
            break;
        struct buf _cleanup_buf_ word = BUF_INIT;
        p = take_word(p, &word, reterr);
        if (p == NULL)
            return -1;
        strv_take(&words, buf_steal(&word));
    }
    strv_add_all(ret, &words);
    return 0;
}

bool words_is_operator(const char *word)
{
    size_t at = strspn(word, "0123456789");
    size_t signs = strspn(word + at, "|&;<>");
    at += signs + strspn(word + at + signs, "0123456789");
    return signs > 0 && word[at] == '\0';
}

/* The placeholder that stands at the head of `text`, or NULL. */
static const struct words_value *value_at(const char *text, const struct words_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strncmp(text, values[i].placeholder, strlen(values[i].placeholder)) == 0)
            return &values[i];
    return NULL;
}

void words_fill_all(const struct strv *words, const struct words_value *values, size_t count, struct strv *ret)
{
    for (size_t i = 0; i < words->count; i++) {
        struct buf _cleanup_buf_ word = BUF_INIT;
        for (const char *p = words->items[i]; *p != '\0';) {
            const struct words_value *found = value_at(p, values, count);
            if (found == NULL) {
                buf_putc(&word, *p++);
                continue;
            }
            buf_puts(&word, found->value);
            p += strlen(found->placeholder);
        }
        strv_take(ret, buf_steal(&word));
    }
}

void words_fill(const struct strv *words, const char *placeholder, const char *value, struct strv *ret)
{
    words_fill_all(words, &(struct words_value){placeholder, value}, 1, ret);
}

char *words_join(const struct strv *words)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%{}";
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->items[i];
        if (i > 0)
            buf_putc(&out, ' ');
        if (*word != '\0' && word[strspn(word, plain)] == '\0') {
            buf_puts(&out, word);
            continue;
        }
        buf_putc(&out, '\'');
        for (const char *p = word; *p != '\0'; p++) {
            if (*p == '\'')
                buf_puts(&out, "'\\''");
            else
                buf_putc(&out, *p);
        }
        buf_putc(&out, '\'');
    }
    return buf_steal(&out);
}
