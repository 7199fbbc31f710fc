/* INI files: what inih would cut or reinterpret arrives whole, and every mistake is told with its line. */
#include "check.h"

#include "base/ini.h"

static int collect(void *context, const char *section, const char *key, const char *value, int line, struct err *reterr)
{
    struct buf *out = context;
    buf_printf(out, "%d [%s] %s={%s}\n", line, section, key, value);
    return strcmp(key, "refuse") == 0 ? err_set(reterr, ERR_CONFIG, "line %d refused", line) : 0;
}

static int read_text(const char *text, struct buf *out, struct err *err)
{
    return ini_read("x.ini", text, strlen(text), collect, out, err);
}

static void check_read(const char *text, const char *wanted)
{
    struct err _cleanup_err_ err = ERR_INIT;
    struct buf _cleanup_buf_ out = BUF_INIT;
    if (read_text(text, &out, &err) != 0)
        fail_msg("%s", err.msg);
    assert_string_equal(buf_text(&out), wanted);
}

static void check_refused(const char *text, const char *part)
{
    struct err _cleanup_err_ err = ERR_INIT;
    struct buf _cleanup_buf_ out = BUF_INIT;
    check_err(read_text(text, &out, &err), &err, ERR_CONFIG, part);
}

static void keys_come_with_section_and_line(void **state)
{
    (void)state;
    check_read("", "");
    check_read("\n# comment\n; comment\n\n", "");
    check_read("first = 1\n[a]\nb = c d\n\n [ x.y ] \n k: v\r\nempty =\nlast=1",
               "1 [] first={1}\n3 [a] b={c d}\n6 [ x.y ] k={v}\n7 [ x.y ] empty={}\n8 [ x.y ] last={1}\n");
}

static void a_value_may_hold_comment_signs_and_separators(void **state)
{
    (void)state;
    check_read("[a]\nb = x ; y # z = : 'q' \"\n", "2 [a] b={x ; y # z = : 'q' \"}\n");
    check_read("[a]\nb:c = d\n", "2 [a] b={c = d}\n");
    check_read("[a]\nb==\n", "2 [a] b={=}\n");
}

static void a_value_may_have_any_length(void **state)
{
    (void)state;
    struct buf _cleanup_buf_ text = BUF_INIT, wanted = BUF_INIT;
    buf_puts(&text, "[a]\nb = ");
    buf_fill(&text, 'x', 100000);
    buf_puts(&text, "\nc = 1\n");
    buf_puts(&wanted, "2 [a] b={");
    buf_fill(&wanted, 'x', 100000);
    buf_puts(&wanted, "}\n3 [a] c={1}\n");
    check_read(buf_text(&text), buf_text(&wanted));
}

static void a_value_goes_on_over_indented_lines(void **state)
{
    (void)state;
    check_read("[a]\nb = one\n  two\n\tthree\nc = 1\n", "2 [a] b={one\ntwo\nthree}\n5 [a] c={1}\n");
    check_read("[a]\nb =\n  one = x\n  [two]\n", "2 [a] b={one = x\n[two]}\n");
    check_read("[a]\nb = one\n  # comment\n  ; comment\n  two\nc = 1\n", "2 [a] b={one\ntwo}\n6 [a] c={1}\n");
    /* An empty line ends it; what is indented behind is a key of its own. */
    check_read("[a]\nb = one\n   \n  c = two\n", "2 [a] b={one}\n4 [a] c={two}\n");
    check_read("[a]\nb = one\r\n  two\r\n", "2 [a] b={one\ntwo}\n");
}

static void many_folded_lines_do_not_shift_line_numbers(void **state)
{
    (void)state;
    struct err _cleanup_err_ err = ERR_INIT;
    struct buf _cleanup_buf_ out = BUF_INIT, text = BUF_INIT;
    buf_puts(&text, "[a]\nb = one\n");
    for (int i = 0; i < 1000; i++)
        buf_puts(&text, "  more\n");
    buf_puts(&text, "broken\n");
    check_err(read_text(buf_text(&text), &out, &err), &err, ERR_CONFIG, "x.ini:1003: neither a [section]");
}

static void names_reach_the_longest_that_inih_holds(void **state)
{
    (void)state;
    struct buf _cleanup_buf_ name = BUF_INIT, text = BUF_INIT, wanted = BUF_INIT;
    buf_fill(&name, 'n', 49);
    buf_printf(&text, "[%s]\n%s = 1\n", buf_text(&name), buf_text(&name));
    buf_printf(&wanted, "2 [%s] %s={1}\n", buf_text(&name), buf_text(&name));
    check_read(buf_text(&text), buf_text(&wanted));
    buf_putc(&name, 'n');
    buf_clear(&text);
    buf_printf(&text, "\n[%s]\n", buf_text(&name));
    check_refused(buf_text(&text), "x.ini:2: a section name of more than 49 bytes");
    buf_clear(&text);
    buf_printf(&text, "[a]\n%s = 1\n", buf_text(&name));
    check_refused(buf_text(&text), "x.ini:2: a key of more than 49 bytes");
}

static void a_byte_order_mark_is_passed_over(void **state)
{
    (void)state;
    check_read("\xef\xbb\xbf[a]\nb = 1\n", "2 [a] b={1}\n");
    check_read("\xef\xbb\xbf", "");
    check_read("\xef\xbb\xbf\xef\xbb\xbf = 1\n", "1 [] \xef\xbb\xbf={1}\n");
}

static void mistakes_are_told_with_their_line(void **state)
{
    (void)state;
    check_refused("[a]\n\nword\n", "x.ini:3: neither a [section], a 'key = value' nor a comment");
    check_refused("[a\nb = 1\n", "x.ini:1: a section that does not end in ']'");
    check_refused("[a]\nb = 1\n[]\nc = 2\n", "x.ini:3: a section without a name");
    check_refused("[a] ; comment\n", "x.ini:1: text after the section's ']'");
    check_refused("[a]\n = 1\n", "x.ini:2: neither");
    check_refused("[a]\nb ;c = 1\n", "x.ini:2: cannot be read");
}

static void a_binary_file_is_no_ini_file(void **state)
{
    (void)state;
    struct err _cleanup_err_ err = ERR_INIT;
    struct buf _cleanup_buf_ out = BUF_INIT;
    check_err(ini_read("a\nb", "[a]\nb = \0\n", 10, collect, &out, &err), &err, ERR_CONFIG, "a\\nb: holds NUL bytes");
    assert_int_equal(out.len, 0);
}

static void the_handlers_refusal_ends_the_reading(void **state)
{
    (void)state;
    struct err _cleanup_err_ err = ERR_INIT;
    struct buf _cleanup_buf_ out = BUF_INIT;
    check_err(read_text("[a]\nb = 1\nrefuse = 2\nc = 3\n", &out, &err), &err, ERR_CONFIG, "line 3 refused");
    assert_string_equal(buf_text(&out), "2 [a] b={1}\n3 [a] refuse={2}\n");
}

static void repeated_keys_and_sections_are_handed_on(void **state)
{
    (void)state;
    check_read("[a]\nb = 1\n[c]\nb = 2\n[a]\nb = 3\n", "2 [a] b={1}\n4 [c] b={2}\n6 [a] b={3}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_come_with_section_and_line),
        cmocka_unit_test(a_value_may_hold_comment_signs_and_separators),
        cmocka_unit_test(a_value_may_have_any_length),
        cmocka_unit_test(a_value_goes_on_over_indented_lines),
        cmocka_unit_test(many_folded_lines_do_not_shift_line_numbers),
        cmocka_unit_test(names_reach_the_longest_that_inih_holds),
        cmocka_unit_test(a_byte_order_mark_is_passed_over),
        cmocka_unit_test(mistakes_are_told_with_their_line),
        cmocka_unit_test(a_binary_file_is_no_ini_file),
        cmocka_unit_test(the_handlers_refusal_ends_the_reading),
        cmocka_unit_test(repeated_keys_and_sections_are_handed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
