/* The Python tokenizer: layout, strings, encodings, and what it refuses. */
#include "test_python_tree.h"

#include "python/literal.h"
#include "python/token.h"

/* The tokens as text: names, numbers and operators as they are, strings as S(text), ends of lines as NL, blocks as
 * "{ }"; or "!LINE what". */
static char *tokens_of(const char *text, size_t len)
{
    struct py_tokens _cleanup_py_tokens_ tokens = {0};
    struct py_failure failure = {0};
    struct buf out = BUF_INIT;
    if (py_tokenize(&tokens, text, len, &failure) != 0) {
        buf_printf(&out, "!%u %s", failure.line, failure.what);
        return buf_steal(&out);
    }
    for (size_t i = 0; i < tokens.count; i++) {
        const struct py_token *token = &tokens.items[i];
        struct buf _cleanup_buf_ value = BUF_INIT;
        const char *why;
        if (i > 0)
            buf_putc(&out, ' ');
        switch (token->kind) {
        case PY_END:
            buf_puts(&out, "END");
            break;
        case PY_NEWLINE:
            buf_puts(&out, "NL");
            break;
        case PY_INDENT:
            buf_puts(&out, "{");
            break;
        case PY_DEDENT:
            buf_puts(&out, "}");
            break;
        case PY_STRING:
            why = py_literal_decode(&tokens, token, &value);
            buf_printf(&out, why ? "S?(%s)" : "S(%s)", why ? why : buf_text(&value));
            break;
        default:
            buf_add(&out, text + token->start, token->len);
            break;
        }
    }
    return buf_steal(&out);
}

static void check(const char *text, const char *wanted)
{
    char _cleanup_free_ *got = tokens_of(text, strlen(text));
    assert_string_equal(got, wanted);
}

static void names_numbers_and_operators(void **state)
{
    (void)state;
    check("a = 1\n", "a = 1 NL END");
    check("a=b+=1", "a = b += 1 NL END");
    check("x1**=-0x_fF>>2//3j\n", "x1 **= - 0x_fF >> 2 // 3j NL END");
    check("1_000.5e-3 .5 1.e5 0b101 1if x else 2\n", "1_000.5e-3 .5 1.e5 0b101 1 if x else 2 NL END");
    check("a: int = (b := 3) -> ... != <= >= == <> \n", "a : int = ( b := 3 ) -> ... != <= >= == < > NL END");
    check("\xc3\xa9t\xc3\xa9 = 1\n", "\xc3\xa9t\xc3\xa9 = 1 NL END");
    check("", "END");
    check("\n\n  # only a comment\n", "END");
}

static void lines_blocks_and_brackets(void **state)
{
    (void)state;
    check("if a:\n  b\n  c\nd\n", "if a : NL { b NL c NL } d NL END");
    check("if a:\n\tb\n        c\n", "!3 an indentation that matches no outer block");
    check("if a:\n\tb\n\tif c:\n\t\td\n", "if a : NL { b NL if c : NL { d NL } } END");
    check("if a:\n        b\n\tc\n", "!3 an indentation that matches no outer block");
    check("if a:\n  b\n # a comment\n\n  c\n", "if a : NL { b NL c NL } END");
    check("  a\n", "!1 a line indented without a reason");
    check("a\n  b\n", "!2 a line indented without a reason");
    check("if a:\n    b\n  c\n", "!3 an indentation that matches no outer block");
    check("a = (1,\n  2,\n\n # x\n 3)\nb\n", "a = ( 1 , 2 , 3 ) NL b NL END");
    check("a = 1 + \\\n  2\nb", "a = 1 + 2 NL b NL END");
    check("a\\ \n", "!1 a backslash that does not end its line");
    check("a = [(1, 2]\n", "!1 a closing bracket of another kind than its opening");
    check("a)\n", "!1 a closing bracket without its opening");
    check("a = (1,\nb = 2\n", "!1 a bracket that is not closed");
    check("a\r\nb\rc\n", "a NL b NL c NL END");
    check("\f\na\n\fb\n", "a NL b NL END");
    check("a; b;c\n", "a ; b ; c NL END");
    check("a = 1 $ 2\n", "!1 a character that is no Python");
    check("\n\na = ?\n", "!3 a character that is no Python");
}

static void string_literals(void **state)
{
    (void)state;
    check("'a' \"b\" '''c'd''' \"\"\"e\"f\n\"\"\"\n", "S(a) S(b) S(c'd) S(e\"f\n) NL END");
    check("'' \"\" '''''' \n", "S() S() S() NL END");
    check("'a\\nb\\x41\\u00e9\\U0001F600\\101\\'\\\\\\q'\n", "S(a\nbA\xc3\xa9\xf0\x9f\x98\x80"
                                                             "A'\\\\q) NL END");
    check("'a\\\nb'\n", "S(ab) NL END");
    check("r'a\\n' R\"\\\"\" u'x' U'y'\n", "S(a\\n) S(\\\") S(x) S(y) NL END");
    check("'''a\r\nb'''\n", "S(a\nb) NL END");
    check("b'a' Rb'x' bR'''y'''\n", "S?(is a bytes literal) S?(is a bytes literal) S?(is a bytes literal) NL END");
    check("'\\N{DASH}'\n", "S?(holds a character by its name (\\N{...})) NL END");
    check("'\\xZZ'\n", "S?(holds a broken escape) NL END");
    check("'\\0'\n", "S?(holds a NUL character) NL END");
    check("'\\ud800'\n", "S?(holds an escape that is no character) NL END");
    check("'abc\n", "!1 a string that does not end on its line");
    check("x\n'''abc\n\n", "!2 a string that does not end");
    check("'abc\\", "!1 a string that does not end");
    check("rb'a' bru'b'\n", "S?(is a bytes literal) bru S(b) NL END");
    check("x = \"# no comment\" # one\n", "x = S(# no comment) NL END");
}

static void formatted_strings_are_one_token(void **state)
{
    (void)state;
    const char *f = "S?(is an f-string) NL END";
    check("f'a'\n", f);
    check("f'{a}'\n", f);
    check("f'{{'\n", f);
    check("f'}}{a!r:>{width}}'\n", f);
    check("f'{d[\"x\"]}'\n", f);
    check("f\"{d[\"x\"]}\"\n", f); /* PEP 701 */
    check("f'{a + \"}\"}'\n", f);
    check("f'{f\"{f'{1}'}\"}'\n", f);
    check("f'''{\na # }\n}'''\n", f);
    check("f'{a:%H:%M}'\n", f);
    check("f'{a!=b}'\n", f);
    check("f'{(lambda x: {1: x})(2)}'\n", f);
    check("f'{x if\"a\"else 1}'\n", f);
    check("f'\\N{DASH}'\n", f);
    check("rf'\\{a}' fr'\\N{a}'\n", "S?(is an f-string) S?(is an f-string) NL END");
    check("t'{a}'\n", f);
    check("f'{a'\n", "!1 a string that does not end on its line");
    check("f'{a}\n", "!1 a string that does not end on its line");
    check("f'{)}'\n", "!1 a closing bracket without its opening in an f-string");
    check("f'''{a\n", "!1 an f-string whose '{' is not closed");
}

static void encodings(void **state)
{
    (void)state;
    check("\xef\xbb\xbf"
          "a = 1\n",
          "a = 1 NL END");
    check("# -*- coding: utf-8 -*-\na\n", "a NL END");
    check("#!/usr/bin/python\n# vim: set fileencoding=UTF-8 :\n'\xc3\xa9'\n", "S(\xc3\xa9) NL END");
    check("# coding: latin-1\nx = '\xe9' + 'a'\n",
          "x = S?(holds bytes above 127 in a file that is not UTF-8) + S(a) NL END");
    check("# coding: utf-7\nx\n", "!1 a coding comment that names an encoding not understood here");
    check("\n# coding=rot13\nx\n", "!2 a coding comment that names an encoding not understood here");
    check("x = 1\n# coding: utf-7\n", "x = 1 NL END");
    check("\n\n# coding: utf-7\n", "END");
    check("x = '\xff'\n", "!1 text that is not UTF-8");
    /* A full-width letter: Python normalises the name to an ASCII one. */
    check("\xef\xbc\xa9NSTALLED = 1\n", "!1 a name with characters that Python may take for others");
    char _cleanup_free_ *nul = tokens_of("a\n\0b\n", 5);
    assert_string_equal(nul, "!2 a NUL byte: this is not a text file");
}

static void depth_is_bounded(void **state)
{
    (void)state;
    struct buf _cleanup_buf_ text = BUF_INIT;
    buf_fill(&text, '(', 100);
    buf_fill(&text, ')', 100);
    struct py_tokens _cleanup_py_tokens_ tokens = {0};
    struct py_failure failure = {0};
    assert_int_equal(py_tokenize(&tokens, buf_text(&text), text.len, &failure), 0);
    assert_int_equal(tokens.items[0].link, 199);
    assert_int_equal(tokens.items[199].link, 0);
    buf_clear(&text);
    buf_fill(&text, '[', 100000);
    assert_int_equal(py_tokenize(&tokens, buf_text(&text), text.len, &failure), -1);
    assert_string_equal(failure.what, "brackets nested too deeply");
    buf_clear(&text);
    for (size_t i = 0; i < 200; i++) {
        buf_fill(&text, ' ', i);
        buf_puts(&text, "if a:\n");
    }
    assert_int_equal(py_tokenize(&tokens, buf_text(&text), text.len, &failure), -1);
    assert_string_equal(failure.what, "blocks nested too deeply");
    buf_clear(&text);
    for (size_t i = 0; i < 5000; i++)
        buf_puts(&text, "f'{");
    assert_int_equal(py_tokenize(&tokens, buf_text(&text), text.len, &failure), -1);
    assert_string_equal(failure.what, "f-strings nested too deeply");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_numbers_and_operators),
        cmocka_unit_test(lines_blocks_and_brackets),
        cmocka_unit_test(string_literals),
        cmocka_unit_test(formatted_strings_are_one_token),
        cmocka_unit_test(encodings),
        cmocka_unit_test(depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
