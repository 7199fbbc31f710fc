/* notice/message.c: what is told to people far away. */
#include "check.h"

#include <jansson.h>

#include "base/text.h"
#include "notice/message.h"

static const struct notice_sender sender = {.command = "run", .host = "web-1", .time = "2026-01-02T03:04:05Z"};

static struct report failing(const char *error)
{
    return (struct report){.exit_code = 69, .reason = "database_unavailable", .app = "gunicorn", .duration_ms = 12, .error = error,
                           .hint = "Is it running?"};
}

static json_t *parse(char *text)
{
    json_error_t error;
    json_t *document = json_loads(text, 0, &error);
    assert_non_null(document);
    free(text);
    return document;
}

static const char *text_of(json_t *document, const char *key)
{
    const char *text = json_string_value(json_object_get(document, key));
    assert_non_null(text);
    return text;
}

/* As a service that counts UTF-16 units would count. */
static size_t units(const char *text)
{
    size_t count = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++)
        count += (size_t)((*p & 0xc0) != 0x80) + (*p >= 0xf0);
    return count;
}

static size_t times(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *p = text; (p = strstr(p, part)) != NULL; p += strlen(part))
        count++;
    return count;
}

static void test_json(void **state)
{
    (void)state;
    struct report report = failing("no answer from db");
    json_t *document = parse(notice_message(&report, NOTICE_JSON, &sender));
    assert_string_equal(text_of(document, "result"), "closed");
    assert_string_equal(text_of(document, "reason"), "database_unavailable");
    assert_string_equal(text_of(document, "host"), "web-1");
    assert_string_equal(text_of(document, "app"), "gunicorn");
    check_has(text_of(document, "message"), "no answer from db");
    assert_int_equal(json_integer_value(json_object_get(document, "exit_code")), 69);
    json_decref(document);
}

static void test_secrets_are_hidden_once_more(void **state)
{
    (void)state;
    struct report report = failing("postgres://u:s3cret@db/x and password=s3cret and token=s3cret");
    for (int format = NOTICE_JSON; format <= NOTICE_DISCORD; format++) {
        char _cleanup_free_ *text = notice_message(&report, (enum notice_format)format, &sender);
        check_has_not(text, "s3cret");
    }
    struct buf _cleanup_buf_ text = BUF_INIT;
    notice_termination(&report, &text);
    check_has_not(buf_text(&text), "s3cret");
}

static void test_chat_has_a_first_line_and_a_block(void **state)
{
    (void)state;
    struct report report = failing("no answer from db");
    json_t *slack = parse(notice_message(&report, NOTICE_SLACK, &sender));
    const char *text = text_of(slack, "text");
    assert_true(text_starts(text, "The gate in front of gunicorn on web-1 is closed: the database is not available"));
    assert_int_equal(times(text, "```"), 2);
    assert_true(text_ends(text, "\n```"));
    assert_int_equal(json_object_size(slack), 1);
    json_decref(slack);
}

static void test_nobody_is_called(void **state)
{
    (void)state;
    struct report report = failing("@everyone <!channel> <@U1> & ``` end");
    json_t *slack = parse(notice_message(&report, NOTICE_SLACK, &sender));
    check_has(text_of(slack, "text"), "&lt;!channel&gt; &lt;@U1&gt; &amp; '''");
    check_has_not(text_of(slack, "text"), "<");
    json_decref(slack);
    json_t *discord = parse(notice_message(&report, NOTICE_DISCORD, &sender));
    json_t *mentions = json_object_get(json_object_get(discord, "allowed_mentions"), "parse");
    assert_true(json_is_array(mentions));
    assert_int_equal(json_array_size(mentions), 0);
    assert_int_equal(times(text_of(discord, "content"), "```"), 2);
    json_decref(discord);
}

/* Texts of every length around the limits, of characters of every size. */
static void test_limits(void **state)
{
    (void)state;
    static const char *const characters[] = {"a", "&", "é", "漢", "😀", "` "};
    for (size_t c = 0; c < sizeof characters / sizeof *characters; c++) {
        for (size_t count = 0; count < 24000; count = count * 2 + 7) {
            struct buf _cleanup_buf_ error = BUF_INIT;
            for (size_t i = 0; i < count; i++)
                buf_puts(&error, characters[c]);
            struct report report = failing(buf_text(&error));
            json_t *slack = parse(notice_message(&report, NOTICE_SLACK, &sender));
            json_t *discord = parse(notice_message(&report, NOTICE_DISCORD, &sender));
            assert_true(units(text_of(slack, "text")) <= NOTICE_SLACK_CHARACTERS);
            assert_true(units(text_of(discord, "content")) <= NOTICE_DISCORD_CHARACTERS);
            assert_int_equal(times(text_of(discord, "content"), "```"), 2);
            assert_int_equal(times(text_of(slack, "text"), "```"), 2);
            json_decref(slack);
            json_decref(discord);
            struct buf _cleanup_buf_ last = BUF_INIT;
            notice_termination(&report, &last);
            assert_true(last.len <= 4096);
            assert_true(text_is_utf8(buf_text(&last), last.len));
        }
    }
}

static void test_open_and_held(void **state)
{
    (void)state;
    struct report report = {.open = true, .reason = "open"};
    json_t *document = parse(notice_message(&report, NOTICE_JSON, &sender));
    assert_string_equal(text_of(document, "result"), "open");
    json_decref(document);
    report = failing("x");
    report.held_ms = 5000;
    document = parse(notice_message(&report, NOTICE_JSON, &sender));
    assert_true(json_is_true(json_object_get(document, "held")));
    check_has(text_of(document, "message"), "holds, closed");
    json_decref(document);
}

static void test_metrics(void **state)
{
    (void)state;
    const int64_t phases[PHASE_COUNT] = {[PHASE_WAIT] = 1500};
    struct report_source source = {.name = "odd \"name\"\\", .framework = "django", .expected = 7, .digest = ""};
    struct report report = failing("x");
    report.phase_ms = phases;
    report.sources = &source;
    report.source_count = 1;
    struct buf _cleanup_buf_ text = BUF_INIT;
    report_metrics(&report, 1234567890, &text);
    check_has(buf_text(&text), "\ntenantgate_open 0\n");
    check_has(buf_text(&text), "\ntenantgate_exit_code 69\n");
    check_has(buf_text(&text), "\ntenantgate_duration_seconds{phase=\"wait\"} 1.500\n");
    check_has(buf_text(&text), "\ntenantgate_expected_migrations{source=\"odd \\\"name\\\"\\\\\"} 7\n");
    check_has(buf_text(&text), "\ntenantgate_last_run_timestamp_seconds 1234567890\n");
    check_has_not(buf_text(&text), "tenantgate_tenants{");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_secrets_are_hidden_once_more),
        cmocka_unit_test(test_chat_has_a_first_line_and_a_block),
        cmocka_unit_test(test_nobody_is_called),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_open_and_held),
        cmocka_unit_test(test_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
