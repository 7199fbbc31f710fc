/* Command lines, split into words. */
#include "check.h"

#include "base/words.h"

static void splits_to(const char *text, const char *wanted)
{
    struct strv _cleanup_strv_ words = STRV_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    assert_int_equal(words_split(text, &words, &err), 0);
    check_list(&words, wanted);
}

static void blanks_and_line_ends_separate(void **state)
{
    (void)state;
    splits_to("", "");
    splits_to(" \t\n ", "");
    splits_to("a", "a");
    splits_to("  a\tb \n c\r\n", "a|b|c");
}

static void quotes_keep_what_they_hold(void **state)
{
    (void)state;
    splits_to("'a b' \"c d\"", "a b|c d");
    splits_to("'' \"\" x''y", "||xy");
    splits_to("'\\n \"' \"'\"", "\\n \"|'");
    splits_to("a'b'\"c\"d", "abcd");
    splits_to("'line\nend'", "line\nend");
}

static void backslashes_are_a_shells(void **state)
{
    (void)state;
    splits_to("a\\ b \\\\ \\' \\\"", "a b|\\|'|\"");
    splits_to("\"\\\" \\\\ \\$ \\` \\n\"", "\" \\ $ ` \\n");
    splits_to("a\\\nb \\\n c", "ab|c");
    splits_to("\"a\\\nb\"", "ab");
}

static void nothing_is_expanded(void **state)
{
    (void)state;
    splits_to("$HOME ~ * {a,b} `x` $(x) a;b && #c", "$HOME|~|*|{a,b}|`x`|$(x)|a;b|&&|#c");
}

static void the_unfinished_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    static const char *const texts[][2] = {{"a 'b", "single quote"}, {"a \"b", "double quote"}, {"a \"b\\", "double quote"},
                                           {"a \"b\\\"", "double quote"}, {"a b\\", "backslash"}, {"'", "single quote"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct strv _cleanup_strv_ words = STRV_INIT;
        struct err _cleanup_err_ err = ERR_INIT;
        check_err(words_split(texts[i][0], &words, &err), &err, ERR_CONFIG, texts[i][1]);
        assert_int_equal(words.count, 0);
    }
}

static void a_value_never_becomes_two_words(void **state)
{
    (void)state;
    struct strv _cleanup_strv_ words = STRV_INIT, filled = STRV_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    assert_int_equal(words_split("x --s={t} {t}{t} {u} '{t}'", &words, &err), 0);
    words_fill(&words, "{t}", "a b {t}", &filled);
    check_list(&filled, "x|--s=a b {t}|a b {t}a b {t}|{u}|a b {t}");
}

static void joining_is_the_way_back(void **state)
{
    (void)state;
    static const char *const texts[] = {"a b", "'a b' ''", "\"it's\" '\"'", "\\\\ '\n' $x", "--schema={tenant} ; |"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct strv _cleanup_strv_ words = STRV_INIT, again = STRV_INIT;
        struct err _cleanup_err_ err = ERR_INIT;
        assert_int_equal(words_split(texts[i], &words, &err), 0);
        char _cleanup_free_ *joined = words_join(&words);
        assert_int_equal(words_split(joined, &again, &err), 0);
        assert_int_equal(again.count, words.count);
        for (size_t w = 0; w < words.count; w++)
            assert_string_equal(again.items[w], words.items[w]);
    }
}

static void a_shells_operators_are_known(void **state)
{
    (void)state;
    static const char *const operators[] = {"|", "||", "&&", ";", ">", ">>", "<", "&", "2>&1", "2>"};
    static const char *const others[] = {"", "a|b", "<x>", "--x=>y", "1", "a&b", "\\;"};
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        assert_true(words_is_operator(operators[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(words_is_operator(others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_and_line_ends_separate),
        cmocka_unit_test(quotes_keep_what_they_hold),
        cmocka_unit_test(backslashes_are_a_shells),
        cmocka_unit_test(nothing_is_expanded),
        cmocka_unit_test(the_unfinished_is_refused_and_leaves_nothing),
        cmocka_unit_test(a_value_never_becomes_two_words),
        cmocka_unit_test(joining_is_the_way_back),
        cmocka_unit_test(a_shells_operators_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
