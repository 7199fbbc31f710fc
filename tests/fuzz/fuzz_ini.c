/* base/ini: what was read, written out again, reads the same. */
#include "base/ini.h"

#include "fuzz.h"

struct entries {
    struct buf plain; /* what was read, one entry after the other */
    struct buf file;  /* the same as a file */
    int line;
};

static int on_key(void *context, const char *section, const char *key, const char *value, int line, struct err *reterr)
{
    struct entries *entries = context;
    (void)reterr;
    MUST(line > entries->line);
    MUST(*key != '\0' && strpbrk(key, "\n=:") == NULL && strchr(section, '\n') == NULL);
    entries->line = line;
    buf_printf(&entries->plain, "%s|%s|%s\n", section, key, value);
    if (*section != '\0')
        buf_printf(&entries->file, "[%s]\n", section);
    buf_printf(&entries->file, "%s = ", key);
    for (const char *p = value; *p != '\0'; p++)
        buf_puts(&entries->file, *p == '\n' ? "\n\t" : (const char[]){*p, '\0'});
    buf_putc(&entries->file, '\n');
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct entries one = {0}, two = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    buf_putc(&one.file, '\n'); /* so that a byte order mark in the first key stays one */
    char _cleanup_free_ *copy = mem_strndup((const char *)data, size);
    int code = ini_read("x.ini", copy, size, on_key, &one, &err);
    fuzz_check_err(code, &err);
    MUST(code == 0 || strncmp(err.msg, "x.ini:", 6) == 0);
    if (code == 0) {
        int again = ini_read("y.ini", buf_text(&one.file), one.file.len, on_key, &two, &err);
        fuzz_check_err(again, &err);
        MUST(again == 0);
        MUST(strcmp(buf_text(&one.plain), buf_text(&two.plain)) == 0);
    }
    buf_done(&one.plain);
    buf_done(&one.file);
    buf_done(&two.plain);
    buf_done(&two.file);
    return 0;
}
