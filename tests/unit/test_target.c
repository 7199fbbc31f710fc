/* net/target.c: what a URL names. */
#include "check.h"

#include "net/target.h"

static void check_parsed(const char *url, enum net_kind kind, const char *shown)
{
    struct net_target _cleanup_net_target_ target = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    assert_int_equal(net_target_parse(url, &target, &err), 0);
    assert_int_equal(target.kind, kind);
    assert_string_equal(target.shown, shown);
}

static void test_kinds(void **state)
{
    (void)state;
    check_parsed("tcp://redis:6379", NET_TCP, "tcp://redis:6379");
    check_parsed("tcp://[::1]:6379", NET_TCP, "tcp://[::1]:6379");
    check_parsed("unix:/run/app.sock", NET_UNIX, "unix:/run/app.sock");
    check_parsed("unix:///run/app.sock", NET_UNIX, "unix:/run/app.sock");
#ifdef TENANTGATE_HTTP
    check_parsed("http://host/ready", NET_HTTP, "http://host/ready");
    check_parsed("https://user:secret@host:8443/a?key=secret#x", NET_HTTP, "https://host:8443/a");
    check_parsed("http+unix://%2Frun%2fapp.sock/ready?x=secret", NET_HTTP_UNIX, "http://localhost/ready over /run/app.sock");
    check_parsed("http+unix://%2Frun%2Fapp.sock", NET_HTTP_UNIX, "http://localhost/ over /run/app.sock");
#endif
}

static void test_parts(void **state)
{
    (void)state;
    struct net_target _cleanup_net_target_ target = {0}, copy = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    assert_int_equal(net_target_parse("tcp://[fe80::1]:65535", &target, &err), 0);
    net_target_copy(&target, &copy);
    assert_string_equal(copy.host, "fe80::1");
    assert_string_equal(copy.port, "65535");
    assert_null(copy.path);
    net_target_done(&copy);
}

static void test_mistakes(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",           "redis:6379",    "tcp://",         "tcp://host",          "tcp://host:",     "tcp://:80",
        "tcp://a:0",  "tcp://a:65536", "tcp://a:80/x",   "tcp://a:8x",          "tcp://::1:80",    "tcp://[::1]",
        "tcp://[]:1", "tcp://u@a:1",   "tcp://a b:1",    "unix:",               "unix:run/a.sock", "ftp://host/",
        "http://",    "http://a b/",   "http+unix://x/", "http+unix://%2Fa%00", "HTTP",            "tcp://a:1\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct net_target target = {0};
        struct err _cleanup_err_ err = ERR_INIT;
        assert_int_equal(net_target_parse(wrong[i], &target, &err), -1);
        assert_int_equal(err.kind, ERR_CONFIG);
        assert_null(target.shown);
    }
}

static void test_errors_do_not_tell_the_url(void **state)
{
    (void)state;
    struct net_target target = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    assert_int_equal(net_target_parse("htp://user:secret@host/", &target, &err), -1);
    check_has_not(err.msg ? err.msg : "secret", "secret");
    assert_int_equal(net_target_parse("http://user:secret@ho st/", &target, &err), -1);
    check_has_not(err.msg ? err.msg : "secret", "secret");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_errors_do_not_tell_the_url),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
