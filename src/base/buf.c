/* A growing text buffer. */
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

void buf_done(struct buf *buf)
{
    free(buf->data);
    *buf = BUF_INIT;
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->truncated = false;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

char *buf_reserve(struct buf *buf, size_t len)
{
    if (buf->cap < buf->len + len + 1) {
        size_t cap = buf->cap ? buf->cap : 64;
        while (cap < buf->len + len + 1)
            cap *= 2;
        buf->data = mem_resize(buf->data, cap, 1);
        buf->cap = cap;
    }
    return buf->data + buf->len;
}

void buf_added(struct buf *buf, size_t len)
{
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_add(struct buf *buf, const char *data, size_t len)
{
    size_t max = buf->max ? buf->max : BUF_DEFAULT_MAX;
    if (len > max - buf->len) {
        len = max - buf->len;
        buf->truncated = true;
    }
    if (len == 0)
        return;
    memcpy(buf_reserve(buf, len), data, len);
    buf_added(buf, len);
}

void buf_puts(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_putc(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_fill(struct buf *buf, char c, size_t count)
{
    while (count-- > 0)
        buf_putc(buf, c);
}

void buf_vprintf(struct buf *buf, const char *fmt, va_list args)
{
    char *text = NULL;
    int len = vasprintf(&text, fmt, args);
    if (len < 0)
        BUG("text cannot be formatted");
    buf_add(buf, text, (size_t)len);
    free(text);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    buf_vprintf(buf, fmt, args);
    va_end(args);
}

const char *buf_text(const struct buf *buf)
{
    return buf->data ? buf->data : "";
}

char *buf_steal(struct buf *buf)
{
    char *text = buf->data ? buf->data : mem_strdup("");
    size_t max = buf->max;
    *buf = BUF_INIT;
    buf->max = max;
    return text;
}
