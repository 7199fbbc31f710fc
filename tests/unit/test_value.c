/* Values as people write them: durations, switches, numbers, lists, references to the environment. */
#include "check.h"

#include "config/value.h"

static void check_duration(const char *text, int64_t wanted_ms)
{
    int64_t ms = -7;
    if (value_duration(text, &ms) != 0)
        fail_msg("'%s' was refused", text);
    assert_int_equal(ms, wanted_ms);
}

static void check_no_duration(const char *text)
{
    int64_t ms = -7;
    if (value_duration(text, &ms) == 0)
        fail_msg("'%s' was taken for %lld ms", text, (long long)ms);
    assert_int_equal(ms, -7);
}

static void durations_have_units(void **state)
{
    (void)state;
    check_duration("0", 0);
    check_duration("0s", 0);
    check_duration("500ms", 500);
    check_duration("30s", 30000);
    check_duration("5m", 300000);
    check_duration("1h", 3600000);
    check_duration("2d", 172800000);
    check_duration("1m30s", 90000);
    check_duration("007s", 7000);
}

static void what_is_no_duration_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "5", "s", "-1s", "+1s", "1.5s", "5 s", " 5s", "5s ", "5S", "5sec", "5mss", "1m30", "0x5s", "5s\n", "00"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_no_duration(texts[i]);
}

static void durations_have_an_end(void **state)
{
    (void)state;
    check_duration("3650d", INT64_C(3650) * 86400000);
    check_no_duration("3651d");
    check_no_duration("9223372036854775807ms");
    check_no_duration("9223372036854775808ms");
    check_no_duration("99999999999999999999999999h");
    check_no_duration("9223372036854775807ms9223372036854775807ms");
    check_no_duration("153722867280913m153722867280913m");
}

static void switches_have_eight_words(void **state)
{
    (void)state;
    static const char *const yes[] = {"yes", "true", "on", "1", "YES", "True", "oN"};
    static const char *const no[] = {"no", "false", "off", "0", "NO", "False"};
    static const char *const neither[] = {"", "y", "2", "yes ", "01", "enabled"};
    bool value;
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        value = false;
        assert_int_equal(value_bool(yes[i], &value), 0);
        assert_true(value);
    }
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        value = true;
        assert_int_equal(value_bool(no[i], &value), 0);
        assert_false(value);
    }
    for (size_t i = 0; i < sizeof neither / sizeof *neither; i++)
        assert_int_equal(value_bool(neither[i], &value), -1);
}

static void numbers_stay_within_their_bounds(void **state)
{
    (void)state;
    static const char *const refused[] = {"", "-1", "+1", " 1", "1 ", "0x1", "1e3", "65", "99999999999999999999"};
    int64_t value = -7;
    assert_int_equal(value_count("0", 0, 64, &value), 0);
    assert_int_equal(value, 0);
    assert_int_equal(value_count("64", 1, 64, &value), 0);
    assert_int_equal(value, 64);
    assert_int_equal(value_count("0", 1, 64, &value), -1);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_int_equal(value_count(refused[i], 0, 64, &value), -1);
    assert_int_equal(value, 64);
}

static void check_split(const char *text, bool names, const char *wanted)
{
    struct strv _cleanup_strv_ list = STRV_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    if ((names ? value_names : value_list)(text, &list, &err) != 0)
        fail_msg("'%s' was refused: %s", text, err.msg);
    check_list(&list, wanted);
}

static void lists_are_split_at_commas_and_line_ends(void **state)
{
    (void)state;
    check_split("", false, "");
    check_split(" , ,\n, ", false, "");
    check_split("a", false, "a");
    check_split("a,b , c d ,", false, "a|b|c d");
    check_split("a\nb\r\n c\n", false, "a|b|c");
}

static void quoted_items_hold_anything(void **state)
{
    (void)state;
    check_split("\"a,b\", \"c\"\"d\" , \" e \"", false, "a,b|c\"d| e ");
    check_split("\"a\nb\"", false, "a\nb");
    check_split("\"a\"\n\"b\"\nc", false, "a|b|c");
    check_split("\"a\" \r\n b", false, "a|b");
    check_split("it's, 5\"", false, "it's|5\"");
}

static void half_quoted_items_are_refused(void **state)
{
    (void)state;
    struct strv _cleanup_strv_ list = STRV_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    check_err(value_list("a, \"b", &list, &err), &err, ERR_CONFIG, "a quoted item does not end");
    check_err(value_list("\"b\"\"", &list, &err), &err, ERR_CONFIG, "a quoted item does not end");
    check_err(value_list("\"a\" b", &list, &err), &err, ERR_CONFIG, "a comma is missing");
}

static void among_names_slashes_enclose_a_regular_expression(void **state)
{
    (void)state;
    check_split("a, /^t_[0-9]{1,3}$/, b", true, "a|/^t_[0-9]{1,3}$/|b");
    check_split("/a/,/b/", true, "/a/|/b/");
    check_split("/x,y/", true, "/x,y/");
    check_split("/x,y/ \nb", true, "/x,y/|b");
    check_split("/a\\/b,c/ ,d", true, "/a\\/b,c/|d");
    check_split("/a,b", true, "/a|b");
    check_split("/a,\nb/", true, "/a|b/");
}

static void in_other_lists_slashes_are_folders(void **state)
{
    (void)state;
    check_split("/srv/a,/srv/b/", false, "/srv/a|/srv/b/");
    check_split("/, /x/", false, "/|/x/");
}

static const struct environment *some_environment(void)
{
    static char user[] = "USER_1=app", empty[] = "EMPTY=", dollar[] = "MONEY=${USER_1}$$";
    static char *const vars[] = {user, empty, dollar, NULL};
    static const struct environment env = {.vars = vars};
    return &env;
}

static void check_expanded(const char *text, const char *wanted)
{
    struct buf _cleanup_buf_ out = BUF_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    if (value_expand(text, some_environment(), &out, &err) != 0)
        fail_msg("'%s' was refused: %s", text, err.msg);
    assert_string_equal(buf_text(&out), wanted);
}

static void references_to_the_environment_are_replaced(void **state)
{
    (void)state;
    check_expanded("", "");
    check_expanded("a${USER_1}b${EMPTY}c", "aappbc");
    check_expanded("${USER_1:-x} ${EMPTY:-x} ${NONE:-x} ${NONE:-}", "app x x ");
    check_expanded("${NONE:-a:-b$c}", "a:-b$c");
}

static void dollar_signs_are_kept_or_doubled(void **state)
{
    (void)state;
    check_expanded("^a$ $USER_1 $", "^a$ $USER_1 $");
    check_expanded("$$ $${USER_1} $$$$", "$ ${USER_1} $$");
    check_expanded("${MONEY}", "${USER_1}$$"); /* what comes from the environment is taken as it is */
}

static void unfinished_or_unset_references_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"${", "${}", "${USER_1", "${USER_1:-x", "${USER-1}", "${ USER_1}", "${USER_1:x}", "${USER_1-x}"};
    struct buf _cleanup_buf_ out = BUF_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_err(value_expand(texts[i], some_environment(), &out, &err), &err, ERR_CONFIG, "begins no reference");
    check_err(value_expand("a ${NONE}", some_environment(), &out, &err), &err, ERR_CONFIG, "variable NONE is not set");
}

static void regular_expressions_are_checked(void **state)
{
    (void)state;
    struct err _cleanup_err_ err = ERR_INIT;
    assert_int_equal(value_regex("^tenant_[a-z]{1,9}$", &err), 0);
    check_err(value_regex("(", &err), &err, ERR_CONFIG, "not a regular expression: ");
    check_err(value_regex("[a", &err), &err, ERR_CONFIG, "not a regular expression: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_have_units),
        cmocka_unit_test(what_is_no_duration_is_refused),
        cmocka_unit_test(durations_have_an_end),
        cmocka_unit_test(switches_have_eight_words),
        cmocka_unit_test(numbers_stay_within_their_bounds),
        cmocka_unit_test(lists_are_split_at_commas_and_line_ends),
        cmocka_unit_test(quoted_items_hold_anything),
        cmocka_unit_test(half_quoted_items_are_refused),
        cmocka_unit_test(among_names_slashes_enclose_a_regular_expression),
        cmocka_unit_test(in_other_lists_slashes_are_folders),
        cmocka_unit_test(references_to_the_environment_are_replaced),
        cmocka_unit_test(dollar_signs_are_kept_or_doubled),
        cmocka_unit_test(unfinished_or_unset_references_are_refused),
        cmocka_unit_test(regular_expressions_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
