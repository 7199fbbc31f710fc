/* Errors: "could not decide". */
#include "base/err.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

void err_done(struct err *err)
{
    free(err->msg);
    free(err->hint);
    *err = ERR_INIT;
}

__attribute__((format(printf, 1, 0))) static char *format(const char *fmt, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, fmt, args) < 0)
        BUG("error text cannot be formatted");
    return text;
}

int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = format(fmt, args); /* before err_done(): the arguments may point into the old message */
    va_end(args);
    err_done(err);
    err->kind = kind;
    err->msg = text;
    return -1;
}

int err_wrap(struct err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char _cleanup_free_ *context = format(fmt, args);
    va_end(args);
    char *text = mem_printf("%s: %s", context, err->msg ? err->msg : "");
    free(err->msg);
    err->msg = text;
    return -1;
}

int err_hint(struct err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char _cleanup_free_ *text = format(fmt, args);
    va_end(args);
    size_t len = strlen(text);
    const char *stop = len > 0 && strchr(".?!)", text[len - 1]) == NULL ? "." : "";
    free(err->hint);
    err->hint = mem_printf("%s%s", text, stop);
    err->hint[0] = (char)toupper((unsigned char)err->hint[0]);
    return -1;
}

void err_move(struct err *to, struct err *from)
{
    if (to == from)
        return;
    err_done(to);
    *to = *from;
    *from = ERR_INIT;
}
