/* Memory: allocation that cannot fail quietly, and ownership by cleanup attributes. */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void out_of_memory(void)
{
    static const char msg[] = "tenantgate: out of memory; the gate stays closed\n";
    /* Nothing can be done if even this write fails: the exit code still tells. */
    ssize_t ignored = write(STDERR_FILENO, msg, sizeof msg - 1);
    (void)ignored;
    _exit(MEM_EXIT_CODE);
}

void *mem_alloc(size_t size)
{
    void *ptr = calloc(1, size ? size : 1);
    if (ptr == NULL)
        out_of_memory();
    return ptr;
}

void mem_need(size_t size)
{
    free(mem_alloc(size));
}

void *mem_resize(void *ptr, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        out_of_memory();
    size_t bytes = count * size;
    void *moved = realloc(ptr, bytes ? bytes : 1);
    if (moved == NULL)
        out_of_memory();
    return moved;
}

char *mem_strdup(const char *text)
{
    return text == NULL ? NULL : mem_strndup(text, strlen(text));
}

char *mem_strndup(const char *text, size_t len)
{
    char *copy = mem_alloc(len + 1);
    if (len > 0)
        memcpy(copy, text, len);
    return copy;
}

char *mem_printf(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = NULL;
    int len = vasprintf(&text, fmt, args);
    va_end(args);
    if (len < 0)
        out_of_memory();
    return text;
}

void mem_set(char **slot, const char *text)
{
    char *copy = mem_strdup(text);
    free(*slot);
    *slot = copy;
}

_Noreturn void mem_bug(const char *file, int line, const char *what)
{
    fprintf(stderr, "tenantgate: internal error: %s (%s:%d); the gate stays closed\n", what, file, line);
    _exit(MEM_EXIT_CODE);
}

void mem_close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}
