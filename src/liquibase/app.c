/* Where the app's own configuration says what its changelog is: Spring Boot's, Quarkus' and Micronaut's `change-log`, in
 * application.properties or application.yaml, in whatever profile. */
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "liquibase/project.h"

/* Is the last part of the key `change-log`, however it is written? */
static bool is_key(const char *line, size_t len)
{
    static const char wanted[] = "changelog";
    while (len > 0 && strchr(" \t\"'", line[len - 1]) != NULL)
        len--;
    size_t begin = len, at = 0;
    while (begin > 0 && strchr(". \t\"'", line[begin - 1]) == NULL)
        begin--;
    for (size_t i = begin; i < len; i++) {
        if (line[i] == '-' || line[i] == '_')
            continue;
        if (wanted[at] == '\0' || (line[i] | 0x20) != wanted[at])
            return false;
        at++;
    }
    return wanted[at] == '\0';
}

/* The value of one line, without quotes and a comment; NULL: another line. To be freed. */
static char *value_of(const char *line, size_t len)
{
    size_t key = 0;
    while (key < len && line[key] != ':' && line[key] != '=')
        key++;
    if (key == len || line[strspn(line, " \t")] == '#' || !is_key(line, key))
        return NULL;
    const char *from = line + key + 1, *to = line + len;
    while (from < to && strchr(" \t", *from) != NULL)
        from++;
    bool quoted = from < to && (*from == '"' || *from == '\'');
    if (quoted) {
        const char *end = memchr(from + 1, *from, (size_t)(to - from - 1));
        return mem_strndup(from + 1, (size_t)((end ? end : to) - from - 1));
    }
    for (const char *c = from; c < to; c++)
        if (*c == '#' && c > from && (c[-1] == ' ' || c[-1] == '\t'))
            to = c;
    while (to > from && strchr(" \t\r", to[-1]) != NULL)
        to--;
    return to > from ? mem_strndup(from, (size_t)(to - from)) : NULL;
}

static int take_file(const char *file, struct strv *ret, struct err *reterr)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    int number = 0;
    if (path_read(file, &text, reterr) != 0)
        return -1;
    if (strcasestr(buf_text(&text), "liquibase") == NULL)
        return 0;
    for (const char *line = buf_text(&text); line != NULL; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        char _cleanup_free_ *value = value_of(line, strcspn(line, "\n"));
        number++;
        if (value == NULL)
            continue;
        const char *plain = text_starts(value, "classpath:") ? value + strlen("classpath:") : value;
        if (strchr(plain, ':') != NULL || strstr(plain, "${") != NULL || *plain == '\0') {
            char _cleanup_free_ *what = mem_printf("names a changelog that cannot be told from here: %s", value);
            return project_bad(file, number, what, reterr);
        }
        strv_add(ret, plain);
    }
    strv_unique(ret);
    return 0;
}

int liquibase_app(const char *root, struct strv *ret, struct err *reterr)
{
    static const char *const patterns[] = {"application*.properties", "application*.y*ml", "config/application*.properties",
                                           "config/application*.y*ml"};
    struct strv _cleanup_strv_ files = STRV_INIT;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        paths_match(root, patterns[i], &files);
    for (size_t i = 0; i < files.count; i++)
        if (path_is_file(files.items[i]) && take_file(files.items[i], ret, reterr) != 0)
            return -1;
    return 0;
}
