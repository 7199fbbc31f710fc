/* Text for people: nothing from outside can steer a terminal, break a line or mislead a reader. */
#include "check.h"

#include "base/text.h"

static void check_escaped(const char *text, const char *wanted)
{
    char _cleanup_free_ *got = text_escaped(text);
    assert_string_equal(got, wanted);
}

static void plain_text_stays_as_it_is(void **state)
{
    (void)state;
    check_escaped("", "");
    check_escaped("acme 0001_initial \"'`$;", "acme 0001_initial \"'`$;");
    check_escaped("\xc3\xa9\xe4\xb8\xad\xf0\x9f\x90\x98", "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x90\x98");
}

static void control_characters_are_escaped(void **state)
{
    (void)state;
    check_escaped("a\nb\tc\rd", "a\\nb\\tc\\rd");
    check_escaped("\x1b[2J\x07\x7f", "\\x1b[2J\\x07\\x7f");
    check_escaped("\xc2\x9b"
                  "31m",
                  "\\u{9b}31m"); /* CSI as one C1 character */
    check_escaped("a\\nb", "a\\\\nb");
}

static void characters_that_mislead_a_reader_are_escaped(void **state)
{
    (void)state;
    check_escaped("a\xe2\x80\xae"
                  "b",
                  "a\\u{202e}b"); /* right-to-left override */
    check_escaped("\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}");
    check_escaped("\xe2\x80\x8b\xef\xbb\xbf\xe2\x81\xa6", "\\u{200b}\\u{feff}\\u{2066}");
    check_escaped("\xc2\xad", "\\u{ad}");
    check_escaped("\xf3\xa0\x81\x81", "\\u{e0041}"); /* a tag character */
}

static void bytes_that_are_no_utf8_are_escaped_one_by_one(void **state)
{
    (void)state;
    check_escaped("\xff\xfe", "\\xff\\xfe");
    check_escaped("\xc3", "\\xc3");
    check_escaped("\xc3(", "\\xc3(");
    check_escaped("\xe4\xb8", "\\xe4\\xb8");
    check_escaped("\xc0\xaf", "\\xc0\\xaf");             /* overlong */
    check_escaped("\xe0\x80\xaf", "\\xe0\\x80\\xaf");     /* overlong */
    check_escaped("\xed\xa0\x80", "\\xed\\xa0\\x80");     /* a surrogate */
    check_escaped("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
    check_escaped("\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf");
    check_escaped("\x80", "\\x80");
}

static void nul_bytes_inside_are_escaped_too(void **state)
{
    (void)state;
    struct buf _cleanup_buf_ out = BUF_INIT;
    text_escape(&out, "a\0b", 3);
    assert_string_equal(buf_text(&out), "a\\x00b");
}

static void a_text_that_was_escaped_once_is_not_escaped_twice(void **state)
{
    (void)state;
    char _cleanup_free_ *controls = text_escaped_controls("a\\x1b\x1b\n\xff");
    assert_string_equal(controls, "a\\x1b\\x1b\\n\\xff");
}

static void check_word(const char *text, const char *wanted)
{
    struct buf _cleanup_buf_ out = BUF_INIT;
    text_shell_word(&out, text);
    assert_string_equal(buf_text(&out), wanted);
}

static void a_shell_reads_a_word_back_as_it_was(void **state)
{
    (void)state;
    check_word("acme-1_x.y/z:5@h%+=,", "acme-1_x.y/z:5@h%+=,");
    check_word("", "''");
    check_word("a b", "'a b'");
    check_word("$(x)`y`;#", "'$(x)`y`;#'");
    check_word("it's", "'it'\\''s'");
    check_word("~", "'~'");
    check_word("a\\b", "'a\\b'");
    check_word("\xc3\xa4", "'\xc3\xa4'");
}

static void utf8_is_told_from_other_bytes(void **state)
{
    (void)state;
    assert_true(text_is_utf8("", 0));
    assert_true(text_is_utf8("\xf4\x8f\xbf\xbf", 4));
    assert_false(text_is_utf8("\xf4\x90\x80\x80", 4));
    assert_false(text_is_utf8("\xc3\xa4", 1));
    assert_false(text_is_utf8("\xed\xbf\xbf", 3));
    assert_false(text_is_utf8("\xfe", 1));
    assert_false(text_is_utf8("\xfc\x80\x80\x80", 4));
    assert_false(text_is_utf8("\xf5\x80\x80\x80", 4));
    /* A bad byte, or half a character, at every place of a text of plain letters. */
    for (size_t at = 0; at < 40; at++) {
        char letters[40];
        memset(letters, 'a', sizeof letters);
        letters[at] = '\xff';
        assert_false(text_is_utf8(letters, sizeof letters));
        letters[at] = '\xc3';
        assert_false(text_is_utf8(letters, sizeof letters));
        if (at + 1 < sizeof letters) {
            letters[at + 1] = '\xa4';
            assert_true(text_is_utf8(letters, sizeof letters));
        }
    }
    /* The first and the last character of each length. */
    static const char *const edges[] = {"\x01",         "\x7f",         "\xc2\x80",         "\xdf\xbf",        "\xe0\xa0\x80",
                                        "\xef\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        assert_true(text_is_utf8(edges[i], strlen(edges[i])));
}

static void width_is_counted_in_columns(void **state)
{
    (void)state;
    assert_int_equal(text_width(""), 0);
    assert_int_equal(text_width("abc"), 3);
    assert_int_equal(text_width("e\xcc\x81"), 1);
    assert_int_equal(text_width("\xe4\xb8\xad\xe6\x96\x87"), 4);
    assert_int_equal(text_width("\xf0\x9f\x98\x80"), 2);
    assert_int_equal(text_width("\xff"), 1);
}

static void fitting_never_cuts_a_character(void **state)
{
    (void)state;
    assert_int_equal(text_fit("abc", 2), 2);
    assert_int_equal(text_fit("abc", 9), 3);
    assert_int_equal(text_fit("abc", 0), 0);
    assert_int_equal(text_fit("\xe4\xb8\xad\xe6\x96\x87", 3), 3);
    assert_int_equal(text_fit("\xe4\xb8\xad", 1), 0);
    assert_int_equal(text_fit("ae\xcc\x81z", 2), 4); /* the mark stays with its letter */
}

static void beginnings_and_ends_are_compared(void **state)
{
    (void)state;
    assert_true(text_starts("TENANTGATE_X", "TENANTGATE_"));
    assert_false(text_starts("TEN", "TENANTGATE_"));
    assert_true(text_starts("x", ""));
    assert_true(text_ends("URL_FILE", "_FILE"));
    assert_false(text_ends("FILE", "_FILE"));
    assert_false(text_ends("URL_FILE_", "_FILE"));
    assert_true(text_ends("", ""));
}

static void check_joined_names(const char *const *names, size_t count, size_t most, const char *wanted)
{
    struct strv _cleanup_strv_ list = STRV_INIT;
    struct buf _cleanup_buf_ out = BUF_INIT;
    for (size_t i = 0; i < count; i++)
        strv_add(&list, names[i]);
    text_join(&out, &list, most);
    assert_string_equal(buf_text(&out), wanted);
}

static void names_are_joined_as_people_say_them(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b\n", "c", "d"};
    check_joined_names(names, 0, 3, "");
    check_joined_names(names, 1, 3, "a");
    check_joined_names(names, 2, 3, "a and b\\n");
    check_joined_names(names, 3, 3, "a, b\\n and c");
    check_joined_names(names, 4, 3, "a, b\\n, c and 1 more");
    check_joined_names(names, 4, 1, "a and 3 more");
    check_joined_names(names, 4, 0, "4 more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_stays_as_it_is),
        cmocka_unit_test(control_characters_are_escaped),
        cmocka_unit_test(characters_that_mislead_a_reader_are_escaped),
        cmocka_unit_test(bytes_that_are_no_utf8_are_escaped_one_by_one),
        cmocka_unit_test(nul_bytes_inside_are_escaped_too),
        cmocka_unit_test(a_text_that_was_escaped_once_is_not_escaped_twice),
        cmocka_unit_test(a_shell_reads_a_word_back_as_it_was),
        cmocka_unit_test(utf8_is_told_from_other_bytes),
        cmocka_unit_test(width_is_counted_in_columns),
        cmocka_unit_test(fitting_never_cuts_a_character),
        cmocka_unit_test(beginnings_and_ends_are_compared),
        cmocka_unit_test(names_are_joined_as_people_say_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
