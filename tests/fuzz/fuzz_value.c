/* config/value: lists, references, durations, numbers, expressions. */
#include "config/value.h"

#include "fuzz.h"

/* Every item in quotes: read again, the same list. */
static void check_list(const struct strv *list)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    struct strv _cleanup_strv_ again = STRV_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    for (size_t i = 0; i < list->count; i++) {
        buf_puts(&text, i % 2 ? ", \"" : "\n\"");
        for (const char *p = list->items[i]; *p != '\0'; p++)
            buf_puts(&text, *p == '"' ? "\"\"" : (const char[]){*p, '\0'});
        buf_puts(&text, i % 2 ? "\" " : "\"");
    }
    MUST(value_list(buf_text(&text), &again, &err) == 0);
    MUST(again.count == list->count);
    for (size_t i = 0; i < list->count; i++)
        MUST(strcmp(again.items[i], list->items[i]) == 0);
}

static void check_lists(const char *text)
{
    struct strv _cleanup_strv_ list = STRV_INIT, names = STRV_INIT;
    struct err _cleanup_err_ err = ERR_INIT, names_err = ERR_INIT;
    int code = value_list(text, &list, &err);
    fuzz_check_err(code, &err);
    if (code == 0)
        check_list(&list);
    code = value_names(text, &names, &names_err);
    fuzz_check_err(code, &names_err);
    if (code == 0)
        check_list(&names);
}

static void check_expansion(const char *text)
{
    char name[] = "A=one", empty[] = "B=";
    const struct environment env = {.vars = (char *const[]){name, empty, NULL}};
    struct buf _cleanup_buf_ out = BUF_INIT, doubled = BUF_INIT, back = BUF_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    int code = value_expand(text, &env, &out, &err);
    fuzz_check_err(code, &err);
    MUST(code != 0 || strchr(text, '$') != NULL || strcmp(buf_text(&out), text) == 0);
    /* With every dollar sign doubled a text stands for itself. */
    for (const char *p = text; *p != '\0'; p++)
        buf_puts(&doubled, *p == '$' ? "$$" : (const char[]){*p, '\0'});
    err_done(&err);
    MUST(value_expand(buf_text(&doubled), &env, &back, &err) == 0);
    MUST(strcmp(buf_text(&back), text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char _cleanup_free_ *text = fuzz_text(data, size);
    int64_t number = -7;
    bool yes = false;
    check_lists(text);
    check_expansion(text);
    if (value_duration(text, &number) == 0)
        MUST(number >= 0 && number <= INT64_C(3650) * 86400000);
    else
        MUST(number == -7);
    number = -7;
    if (value_count(text, 3, 1000, &number) == 0)
        MUST(number >= 3 && number <= 1000);
    else
        MUST(number == -7);
    MUST(value_bool(text, &yes) == 0 || !yes);
    /* Repetitions of repetitions make any regcomp(3) eat memory; that is the operator's own file, and not ours to mend. */
    if (strlen(text) < 40 && strchr(text, '{') == NULL) {
        struct err _cleanup_err_ err = ERR_INIT;
        fuzz_check_err(value_regex(text, &err), &err);
    }
    return 0;
}
