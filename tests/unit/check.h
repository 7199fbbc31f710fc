/* What every unit test needs: cmocka with the headers it wants before it, and checks on texts and errors. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/strv.h"

/* The text holds the part, or not. */
#define check_has(text, part) check_text((text), (part), true, __FILE__, __LINE__)
#define check_has_not(text, part) check_text((text), (part), false, __FILE__, __LINE__)

static inline void check_text(const char *text, const char *part, bool wanted, const char *file, int line)
{
    if ((strstr(text, part) != NULL) == wanted)
        return;
    print_error("'%s' is %s in:\n%s\n", part, wanted ? "not" : "wrongly", text);
    _fail(file, line);
}

/* The call failed with that kind and a message that holds `part`. */
#define check_err(code, err, wanted_kind, part)                                                                        \
    do {                                                                                                               \
        assert_int_equal((code), -1);                                                                                  \
        assert_non_null((err)->msg);                                                                                   \
        check_has((err)->msg, (part));                                                                                 \
        assert_int_equal((err)->kind, (wanted_kind));                                                                  \
    } while (0)

/* The list is exactly these, joined by '|'. */
#define check_list(list, wanted) check_joined((list), (wanted), __FILE__, __LINE__)

static inline void check_joined(const struct strv *list, const char *wanted, const char *file, int line)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < list->count; i++)
        buf_printf(&text, "%s%s", i ? "|" : "", list->items[i]);
    bool same = strcmp(buf_text(&text), wanted) == 0;
    if (!same)
        print_error("the list is '%s', not '%s'\n", buf_text(&text), wanted);
    buf_done(&text);
    if (!same)
        _fail(file, line);
}
