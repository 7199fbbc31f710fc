/* The output of a child as lines. */
#include "check.h"

#include "proc/output.h"

static void keep(void *context, const char *line)
{
    strv_add(context, line);
}

static void fed(struct output *output, struct strv *lines, const char *pattern, const char *text, size_t piece)
{
    assert_int_equal(output_init(output, pattern, keep, lines), 0);
    for (size_t at = 0, len = strlen(text); at < len; at += piece)
        output_feed(output, text + at, len - at < piece ? len - at : piece);
    output_end(output);
}

static void lines_come_whole_however_they_are_fed(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 12; piece++) {
        struct strv _cleanup_strv_ lines = STRV_INIT;
        struct output output;
        fed(&output, &lines, "", "one\r\n\ntwo\nno end", piece);
        check_list(&lines, "one||two|no end");
        output_done(&output);
    }
}

static void long_lines_come_in_pieces_that_cut_no_character(void **state)
{
    (void)state;
    struct buf _cleanup_buf_ text = BUF_INIT;
    buf_puts(&text, "x");
    for (int i = 0; i < 5000; i++)
        buf_puts(&text, "\xC3\xA4");
    buf_puts(&text, "\nend\n");
    struct strv _cleanup_strv_ lines = STRV_INIT, tail = STRV_INIT;
    struct output output;
    fed(&output, &lines, "", buf_text(&text), 1000);
    assert_int_equal(lines.count, 4);
    size_t total = 0;
    for (size_t i = 0; i < 3; i++) {
        size_t len = strlen(lines.items[i]);
        assert_true(len <= OUTPUT_LINE_MAX);
        assert_int_equal((len - (i == 0)) % 2, 0);
        total += len;
    }
    assert_int_equal(total, 10001);
    output_tail(&output, &tail);
    assert_int_equal(tail.count, 2);
    assert_int_equal(strlen(tail.items[0]), 10001);
    output_done(&output);
}

static void only_the_last_lines_are_kept(void **state)
{
    (void)state;
    struct buf _cleanup_buf_ text = BUF_INIT;
    for (int i = 1; i <= 1000; i++)
        buf_printf(&text, "line %d\n", i);
    struct strv _cleanup_strv_ lines = STRV_INIT, tail = STRV_INIT;
    struct output output;
    fed(&output, &lines, "", buf_text(&text), 7);
    output_tail(&output, &tail);
    assert_int_equal(lines.count, 1000);
    assert_int_equal(tail.count, OUTPUT_TAIL);
    assert_string_equal(tail.items[0], "line 981");
    assert_string_equal(tail.items[OUTPUT_TAIL - 1], "line 1000");
    output_done(&output);
}

static bool found(const char *pattern, const char *text)
{
    struct strv _cleanup_strv_ lines = STRV_INIT;
    struct output output;
    fed(&output, &lines, pattern, text, 5);
    bool result = output_matches(&output);
    output_done(&output);
    return result;
}

static void patterns_are_looked_for_in_lines_and_across_the_last_ones(void **state)
{
    (void)state;
    struct buf _cleanup_buf_ text = BUF_INIT;
    buf_puts(&text, "relation already exists\n");
    for (int i = 0; i < 100; i++)
        buf_puts(&text, "x\n");
    assert_true(found("already exists|Duplicate", buf_text(&text))); /* long ago */
    assert_true(found("^already$", "a\nalready\nb\n"));
    assert_true(found("one.*two", "one\ntwo\n"));
    assert_false(found("already", "not\nyet\n"));
    assert_false(found("", "anything\n"));
    assert_true(found("a\\?b", "a?b\n"));
}

static void zero_bytes_do_no_harm(void **state)
{
    (void)state;
    struct strv _cleanup_strv_ lines = STRV_INIT;
    struct output output;
    assert_int_equal(output_init(&output, "", keep, &lines), 0);
    output_feed(&output, "a\0b\n\0", 5);
    output_end(&output);
    check_list(&lines, "a?b|?");
    output_done(&output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_whole_however_they_are_fed),
        cmocka_unit_test(long_lines_come_in_pieces_that_cut_no_character),
        cmocka_unit_test(only_the_last_lines_are_kept),
        cmocka_unit_test(patterns_are_looked_for_in_lines_and_across_the_last_ones),
        cmocka_unit_test(zero_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
