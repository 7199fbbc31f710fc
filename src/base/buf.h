/* A growing text buffer. It always holds a NUL-terminated string and never more than its maximum, so that outside
 * data cannot make the gate grow without bound. */
#pragma once

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>

/* What a buffer may hold unless the caller says otherwise. */
#define BUF_DEFAULT_MAX ((size_t)256 * 1024 * 1024)

struct buf {
    char *data; /* NULL until the first byte; owned */
    size_t len; /* bytes without the final NUL */
    size_t cap;
    size_t max;     /* 0: BUF_DEFAULT_MAX */
    bool truncated; /* something did not fit into max and was left out */
};

#define BUF_INIT ((struct buf){0})

void buf_done(struct buf *buf);
/* Empties the buffer and keeps its memory. */
void buf_clear(struct buf *buf);
void buf_add(struct buf *buf, const char *data, size_t len);
/* Makes room for `len` more bytes and returns where they go; buf_added() then tells how many came. */
char *buf_reserve(struct buf *buf, size_t len);
void buf_added(struct buf *buf, size_t len);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char c);
/* Adds `count` times the byte `c`. */
void buf_fill(struct buf *buf, char c, size_t count);
void buf_printf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));
/* The text so far; never NULL; valid until the next change. */
const char *buf_text(const struct buf *buf);
/* Hands the text over to the caller (to be freed) and leaves an empty buffer. Never NULL. */
char *buf_steal(struct buf *buf);

#define _cleanup_buf_ __attribute__((cleanup(buf_done)))
