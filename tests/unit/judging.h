/* Expectations and histories in short, for the tests of the judges. */
#pragma once

#include "check.h"

#include "verify/recorded.h"

/* One migration; lists are separated by blanks. NULL id: the end. */
struct line {
    const char *id, *parents, *replaces, *depends;
    bool parents_unknown;
};

static inline void add_words(const char *words, struct strv *ret)
{
    for (const char *p = words ? words : ""; *p != '\0';) {
        size_t len = strcspn(p, " ");
        if (len > 0)
            strv_take(ret, mem_strndup(p, len));
        p += len + (p[len] == ' ');
    }
}

static inline void expect(struct expected *ret, enum framework framework, const struct line *lines)
{
    struct err _cleanup_err_ err = ERR_INIT;
    ret->framework = framework;
    for (; lines->id != NULL; lines++) {
        struct migration *migration = expected_add(ret, lines->id);
        add_words(lines->parents, &migration->parents);
        add_words(lines->depends, &migration->depends);
        add_words(lines->replaces, &migration->replaces);
        migration->parents_unknown = lines->parents_unknown;
    }
    if (expected_finish(ret, &err) != 0)
        fail_msg("%s", err.msg);
}

/* The verdict on the rows, as text: "open", or what is wrong, one kind a line. */
static inline char *verdict_on(const struct judge *judge, const char *rows)
{
    struct strv _cleanup_strv_ names = STRV_INIT;
    struct verdict _cleanup_verdict_ verdict = {0};
    struct recorded _cleanup_recorded_ recorded = {0};
    recorded_init(judge, &recorded);
    add_words(rows, &names);
    for (size_t i = 0; i < names.count; i++)
        recorded_add(judge, names.items[i], &recorded);
    judge_tenant(judge, &recorded, &verdict);
    const struct {
        const char *title;
        const struct strv *list;
    } parts[] = {{"conflicts: ", &verdict.conflicts}, {"inconsistent: ", &verdict.inconsistent}, {"pending: ", &verdict.pending}};
    struct buf text = BUF_INIT;
    for (size_t p = 0; p < 3; p++)
        for (size_t i = 0; i < parts[p].list->count; i++)
            buf_printf(&text, "%s%s%s", i ? "; " : text.len ? "\n" : "", i ? "" : parts[p].title, parts[p].list->items[i]);
    if (recorded.unknown.count > 0 && verdict.unknown_undecides)
        buf_printf(&text, "%sunknown undecides", text.len ? "\n" : "");
    if (text.len == 0)
        buf_puts(&text, "open");
    return buf_steal(&text);
}

static inline void check_verdicts(enum framework framework, const struct line *lines, const char *const *rows_and_verdicts)
{
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct judge _cleanup_judge_ judge = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    expect(&expected, framework, lines);
    if (judge_make(&expected, &judge, &err) != 0)
        fail_msg("%s", err.msg);
    for (; rows_and_verdicts[0] != NULL; rows_and_verdicts += 2) {
        char _cleanup_free_ *got = verdict_on(&judge, rows_and_verdicts[0]);
        if (strcmp(got, rows_and_verdicts[1]) != 0)
            print_error("rows: %s\n", rows_and_verdicts[0]);
        assert_string_equal(got, rows_and_verdicts[1]);
    }
}

/* The expectation contradicts itself: judge_make() fails with these words. */
static inline void check_contradiction(enum framework framework, const struct line *lines, const char *part)
{
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct judge _cleanup_judge_ judge = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    expect(&expected, framework, lines);
    check_err(judge_make(&expected, &judge, &err), &err, ERR_NO_EXPECTED, part);
}
