/* What single frameworks want to know beside the names of their files. */
#include "files/looks.h"

#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/text.h"
#include "expected/order.h"
#include "expected/paths.h"

#define DIGITS "0123456789"
#define TIME_DIGITS 17 /* yyyymmddhhmmssSSS */

static int part(const char *digits, size_t len)
{
    int value = 0;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (digits[i] - '0');
    return value;
}

static char *number_in_front(const char *id)
{
    size_t len = strspn(id, DIGITS);
    struct buf out = BUF_INIT;
    if (len != TIME_DIGITS) {
        order_number(id, len, &out);
        return buf_steal(&out);
    }
    struct tm when = {.tm_year = part(id, 4) - 1900, .tm_mon = part(id + 4, 2) - 1, .tm_mday = part(id + 6, 2),
                      .tm_hour = part(id + 8, 2), .tm_min = part(id + 10, 2), .tm_sec = part(id + 12, 2)};
    long long ms = (long long)timegm(&when) * 1000 + part(id + 14, 3);
    return mem_printf("%lld", ms > 0 ? ms : 0);
}

int look_node_pg_migrate_order(const void *a, const void *b)
{
    const char *one = ((const struct migration *)a)->id, *two = ((const struct migration *)b)->id;
    char _cleanup_free_ *first = number_in_front(one), *second = number_in_front(two);
    int order = order_compare(ORDER_NUMBER, first, second);
    return order != 0 ? order : strcmp(one, two);
}

/* src/Phinx/Migration/Manager.php, getMigrations, and src/Phinx/Util/Util.php, mapFileNameToClassName: in one folder no class
 * may come twice, and the class is what the file is called. */
int look_phinx(const char *path, struct migration *migration, struct err *reterr)
{
    (void)reterr;
    const char *name = path_name(path);
    struct buf class = BUF_INIT;
    buf_add(&class, path, (size_t)(name - path));
    name += strspn(name, DIGITS);
    for (const char *at = name; *at == '_'; at += strcspn(at, "_.")) {
        at++;
        buf_putc(&class, *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at);
        buf_add(&class, at + 1, strcspn(at, "_.") - 1);
    }
    if (*name == '_')
        mem_set(&migration->label, buf_text(&class));
    buf_done(&class);
    return 0;
}

static int by_number(const void *a, const void *b)
{
    return order_compare(ORDER_NUMBER, ((const struct migration *)a)->id, ((const struct migration *)b)->id);
}

int look_tern_gaps(const struct strv *folders, struct expected *expected, struct err *reterr)
{
    (void)folders;
    struct migration *sorted = mem_alloc(expected->count * sizeof *sorted);
    memcpy(sorted, expected->items, expected->count * sizeof *sorted);
    qsort(sorted, expected->count, sizeof *sorted, by_number);
    int code = 0;
    for (size_t i = 0; i < expected->count && code == 0; i++) {
        char _cleanup_free_ *number = mem_printf("%zu", i + 1);
        char _cleanup_free_ *file = text_escaped(sorted[i].file);
        if (strcmp(sorted[i].id, number) != 0)
            code = err_set(reterr, ERR_NO_EXPECTED, "%s: number %s is missing before it; tern takes 1, 2, 3 and so on, without gaps",
                           file, number);
    }
    free(sorted);
    return code;
}
