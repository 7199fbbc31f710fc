/* Checksums: base/digest and how frameworks use it. The values are those of FIPS 180-4, RFC 1321, of zlib, and of histories
 * that the real tools wrote. */
#include "check.h"

#include "base/digest.h"
#include "files/sums.h"
#include "liquibase/liquibase.h"

static void digests(void **state)
{
    (void)state;
    static const struct {
        enum digest_kind kind;
        const char *text, *hex;
    } known[] = {
        {DIGEST_MD5, "", "d41d8cd98f00b204e9800998ecf8427e"},
        {DIGEST_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72"},
        {DIGEST_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {DIGEST_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {DIGEST_SHA384, "abc",
         "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char _cleanup_free_ *hex = digest_hex(known[i].kind, known[i].text, strlen(known[i].text));
        assert_string_equal(hex, known[i].hex);
    }
    struct digest _cleanup_digest_ running = {0};
    digest_start(&running, DIGEST_SHA256);
    digest_add(&running, "a", 1);
    char _cleanup_free_ *first = digest_base64(&running);
    digest_add(&running, "bc", 2);
    char _cleanup_free_ *second = digest_base64(&running);
    assert_string_equal(first, "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=");
    assert_string_equal(second, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

static void small_ones(void **state)
{
    (void)state;
    assert_int_equal(digest_crc32(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(digest_crc32(digest_crc32(0, "1234", 4), "56789", 5), 0xcbf43926);
    assert_int_equal(digest_crc32(0, "", 0), 0);
    static const unsigned char zeros[3000];
    uint32_t in_parts = 0;
    for (size_t i = 0; i < sizeof zeros; i += 100)
        in_parts = digest_crc32(in_parts, zeros + i, 100);
    assert_int_equal(digest_crc32(0, zeros, sizeof zeros), in_parts);
    /* Rust's hash of ("create_orders", 1u32, text): computed by two implementations. */
    static const char text[] = "create_orders\xff\x01\0\0\0create table orders (id int primary key);\n\xff";
    assert_true(digest_siphash13(text, sizeof text - 1) == 2327143394972725837u);
}

static int32_t flyway(const char *text)
{
    return sum_flyway_text(text, strlen(text));
}

static void of_flyway(void **state)
{
    (void)state;
    assert_int_equal(flyway("create table orders (\n  id int primary key\n);\n"), -300423513);
    assert_int_equal(flyway("\xef\xbb\xbf" "create table orders (\r\n  id int primary key\r\n);"), -300423513);
    assert_int_equal(flyway("create table orders (\r\r  id int primary key\r);\r\r"), -300423513);
    assert_int_equal(flyway("create table orders (\n id int primary key\n);\n"), 1320014918);
    assert_int_equal(flyway(""), 0);
}

static void check_liquibase(const char *sql, bool split, const char *nine, const char *eight)
{
    char _cleanup_free_ *one = liquibase_sum9(sql, strlen(sql)), *two = liquibase_sum8(sql, strlen(sql), NULL, split, true);
    assert_string_equal(one, nine);
    assert_string_equal(two, eight);
}

static void of_liquibase(void **state)
{
    (void)state;
    check_liquibase("create table orders (\n  id int primary key -- key\n);", true, "9:90c261676b9c9b49b7e4d26351a58be1",
                    "8:658c1867e4433a568c25305427ab44ee");
    check_liquibase("create or replace view v_orders as select id from orders;", false, "9:c4f456d65d0531c96b9e37bc76d184e0",
                    "8:0d411c33318c291854a9b3197a8ca73f");
    check_liquibase("create table nowhere (id int);", true, "9:4445924bc344be78ddd59413b78c6611",
                    "8:bacd83354eb23937b7d705dc80a81a3a");
}

static void paths_of_liquibase(void **state)
{
    (void)state;
    static const char *const paths[][2] = {{"a.sql", "a.sql"},       {"classpath:db/a.sql", "db/a.sql"},
                                           {"/db//a.sql", "db/a.sql"}, {"C:\\db\\a.sql", "db/a.sql"},
                                           {"./x/../a.sql", "a.sql"}, {"../a.sql", "../a.sql"}};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char _cleanup_free_ *got = liquibase_path(paths[i][0]);
        assert_string_equal(got, paths[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests),
        cmocka_unit_test(small_ones),
        cmocka_unit_test(of_flyway),
        cmocka_unit_test(of_liquibase),
        cmocka_unit_test(paths_of_liquibase),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
