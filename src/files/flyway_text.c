/* Flyway's checksums under its settings (internal/parser/PlaceholderReplacingReader.java). */
#include "files/flyway_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "files/sums.h"

void flyway_text_done(struct flyway_text *text)
{
    free(text->encoding);
    free(text->front);
    free(text->back);
    strv_done(&text->names);
    strv_done(&text->values);
    strv_done(&text->unknown);
    *text = (struct flyway_text){0};
}

static char *small(const char *name, size_t len)
{
    char *copy = mem_strndup(name, len);
    for (char *p = copy; *p != '\0'; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    return copy;
}

/* The value of a placeholder, or NULL. Borrowed. */
static const char *value_of(const struct flyway_text *text, const char *name)
{
    if (strv_has(&text->unknown, name))
        return NULL;
    for (size_t i = 0; i < text->names.count; i++)
        if (strcmp(text->names.items[i], name) == 0)
            return text->values.items[i];
    return NULL;
}

void flyway_text_value(struct flyway_text *text, const char *name, const char *value)
{
    char _cleanup_free_ *own = small(name, strlen(name));
    const char *before = value_of(text, own);
    if (value == NULL || (before != NULL && strcmp(before, value) != 0)) {
        strv_add(&text->unknown, own);
    } else if (before == NULL) {
        strv_add(&text->names, own);
        strv_add(&text->values, value);
    }
}

void flyway_text_given(struct flyway_text *text, const char *name, const char *value)
{
    char _cleanup_free_ *own = small(name, strlen(name));
    for (size_t i = 0; i < text->names.count; i++)
        if (strcmp(text->names.items[i], own) == 0)
            mem_set(&text->values.items[i], value);
    for (size_t i = 0; i < text->unknown.count; i++)
        if (strcmp(text->unknown.items[i], own) == 0)
            mem_set(&text->unknown.items[i], "");
    flyway_text_value(text, name, value);
}

static bool is_encoding(const struct flyway_text *text, const char *const *names)
{
    struct buf _cleanup_buf_ folded = BUF_INIT;
    for (const char *p = text->encoding ? text->encoding : "utf8"; *p != '\0'; p++)
        if (*p != '-' && *p != '_')
            buf_putc(&folded, *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p);
    for (; *names != NULL; names++)
        if (strcmp(buf_text(&folded), *names) == 0)
            return true;
    return false;
}

bool flyway_text_is_utf8(const struct flyway_text *text)
{
    static const char *const names[] = {"utf8", NULL};
    return is_encoding(text, names);
}

/* Fills in the values. False: the text holds none, or one that is not known; *ret_any says which. */
static bool replace(const struct flyway_text *text, const struct buf *from, struct buf *out, bool *ret_any)
{
    const char *front = text->front ? text->front : "${", *back = text->back ? text->back : "}";
    const char *at = buf_text(from), *end = at + from->len;
    size_t front_len = strlen(front), back_len = strlen(back);
    *ret_any = false;
    while (at < end) {
        size_t same = 0;
        while (same < front_len && at + same < end && at[same] == front[same])
            same++;
        if (same < front_len) { /* what only begins like one is passed over with what follows it */
            size_t len = at + same < end ? same + 1 : same;
            buf_add(out, at, len);
            at += len;
            continue;
        }
        *ret_any = true;
        const char *name = at + front_len, *stop = memmem(name, (size_t)(end - name), back, back_len);
        char _cleanup_free_ *own = stop ? small(name, (size_t)(stop - name)) : NULL;
        const char *value = own ? value_of(text, own) : NULL;
        if (value == NULL)
            return false;
        buf_puts(out, value);
        at = stop + back_len;
    }
    return *ret_any;
}

static void add_sum(struct migration *migration, const struct buf *text)
{
    strv_take(&migration->checksums, mem_printf("%" PRId32, sum_flyway_text(buf_text(text), text->len)));
    strv_sort(&migration->checksums);
    strv_unique(&migration->checksums);
}

/* A repeatable: is its sum one over a text with values filled in, and over which? */
static void sum_repeatable(const struct flyway_text *text, const struct buf *content, struct migration *migration)
{
    struct buf _cleanup_buf_ filled = BUF_INIT;
    bool any = false;
    bool all = !text->plain && replace(text, content, &filled, &any);
    migration->kind = any ? MIGRATION_TEMPLATE : MIGRATION_REPEATABLE;
    if (all)
        add_sum(migration, &filled);
}

/* The text as UTF-8. */
static int decode(const struct flyway_text *text, const char *path, struct buf *content, struct err *reterr)
{
    static const char *const latin[] = {"iso88591", "latin1", "l1", NULL};
    struct buf out = BUF_INIT;
    bool is_latin = is_encoding(text, latin), ascii = true;
    for (size_t i = 0; i < content->len; i++) {
        unsigned char c = (unsigned char)buf_text(content)[i];
        ascii = ascii && c < 0x80;
        if (c >= 0x80)
            buf_putc(&out, (char)(0xc0 | c >> 6));
        buf_putc(&out, (char)(c < 0x80 ? c : 0x80 | (c & 0x3f)));
    }
    buf_done(content);
    *content = out;
    if (ascii || is_latin)
        return 0;
    char _cleanup_free_ *shown = text_escaped(path), *encoding = text_escaped(text->encoding);
    err_set(reterr, ERR_NO_EXPECTED, "%s: is not plain ASCII, and flyway.encoding is %s: UTF-8 and ISO-8859-1 can be read", shown, encoding);
    return err_hint(reterr, "Make a manifest from the list of the names: `tenantgate help manifest`.");
}

int flyway_text_sums(const struct flyway_text *text, struct expected *expected, struct err *reterr)
{
    bool utf8 = flyway_text_is_utf8(text), other = text->front != NULL || text->back != NULL || text->plain;
    for (size_t i = 0; i < expected->count; i++) {
        struct migration *migration = &expected->items[i];
        bool repeatable = migration->kind == MIGRATION_REPEATABLE || migration->kind == MIGRATION_TEMPLATE;
        bool again = migration->kind == MIGRATION_TEMPLATE || (other && repeatable);
        struct buf _cleanup_buf_ content = BUF_INIT;
        if (migration->file == NULL || text_ends(migration->file, ".class") || (utf8 && !again))
            continue;
        if (path_read(migration->file, &content, reterr) != 0 || (!utf8 && decode(text, migration->file, &content, reterr) != 0))
            return -1;
        if (!utf8)
            add_sum(migration, &content);
        if (repeatable)
            sum_repeatable(text, &content, migration);
    }
    return 0;
}
