/* Secrets never get out: every form in which people write a password. */
#include "check.h"

#include "base/redact.h"

static void check_redacted(const char *text, const char *wanted)
{
    char _cleanup_free_ *got = redact(text);
    assert_string_equal(got, wanted);
}

static void the_password_of_a_url_is_hidden(void **state)
{
    (void)state;
    check_redacted("postgres://app:s3cret@db:5432/shop", "postgres://app:***@db:5432/shop");
    check_redacted("jdbc:postgresql://app:s3cret@db/shop", "jdbc:postgresql://app:***@db/shop");
    check_redacted("postgres://:s3cret@db", "postgres://:***@db");
    check_redacted("postgres://app:@db", "postgres://app:***@db");
    check_redacted("amqp://a:1@x and redis://:2@y", "amqp://a:***@x and redis://:***@y");
    check_redacted("postgres://app:s3cret@h1:5432,h2:5432/shop", "postgres://app:***@h1:5432,h2:5432/shop");
}

static void slips_in_a_url_hide_rather_too_much(void **state)
{
    (void)state;
    check_redacted("postgres://app:s@3/cr@db/shop", "postgres://app:***@db/shop");
    check_redacted("postgres://app:s3 cret@db/shop", "postgres://app:***@db/shop");
    check_redacted("postgres://app:s\"3'c<r>et@db/shop", "postgres://app:***@db/shop");
    check_redacted("postgres://app:s@3 c@ret@db/shop", "postgres://app:***@db/shop");
    check_redacted("postgres://app:12 34@db/shop", "postgres://app:***@db/shop");
    check_redacted("postgres://app:s?3cret@db/shop", "postgres://app:***");
    check_redacted("postgres://app:@s?3@cret@db/shop", "postgres://app:***");
    check_redacted("postgres://db:5432/shop?user=app&password=s3@cret", "postgres://db:***");
}

static void a_url_without_a_password_stays_as_it_is(void **state)
{
    (void)state;
    check_redacted("postgres://app@db:5432/shop", "postgres://app@db:5432/shop");
    check_redacted("postgres://db:5432/shop?sslmode=require", "postgres://db:5432/shop?sslmode=require");
    check_redacted("http://localhost:8000/ready", "http://localhost:8000/ready");
    check_redacted("unix:/run/x.sock", "unix:/run/x.sock");
    check_redacted("a://b:c\nd@e", "a://b:c\nd@e");
}

static void the_password_of_a_key_value_string_is_hidden(void **state)
{
    (void)state;
    check_redacted("host=db password=s3cret dbname=shop", "host=db password=*** dbname=shop");
    check_redacted("password = s3cret", "password = ***");
    check_redacted("host=db password='s3 cret' dbname=shop", "host=db password=*** dbname=shop");
    check_redacted("host=db password='s3 c''r et'x dbname=shop", "host=db password=*** dbname=shop");
    check_redacted("password='s3\\' cret' host=db", "password=*** host=db");
    check_redacted("password='never ends", "password=***");
    check_redacted("password=s3\\ cret host=db", "password=*** host=db");
    check_redacted("password=s3&cret host=db", "password=*** host=db");
    check_redacted("PASSWORD=x sslpassword=y passwd=z", "PASSWORD=*** sslpassword=*** passwd=***");
}

static void variables_in_front_of_a_command_are_hidden(void **state)
{
    (void)state;
    check_redacted("PGPASSWORD=s3cret psql -c x", "PGPASSWORD=*** psql -c x");
    check_redacted("DB_PASSWORD=\"s3 cret\" run", "DB_PASSWORD=*** run");
    check_redacted("API_TOKEN=abc CLIENT_SECRET=def", "API_TOKEN=*** CLIENT_SECRET=***");
}

static void the_password_in_a_query_ends_with_its_parameter(void **state)
{
    (void)state;
    check_redacted("postgres://db/shop?password=s3cret&sslmode=require", "postgres://db/shop?password=***&sslmode=require");
    check_redacted("postgres://db/shop?sslpassword=s3cret&a=b", "postgres://db/shop?sslpassword=***&a=b");
    check_redacted("postgres://db/shop?sslmode=require&password=a\\", "postgres://db/shop?sslmode=require&password=***");
    check_redacted("postgres://u:p@db/x?sslpassword=q", "postgres://u:***@db/x?sslpassword=***");
    check_redacted("postgres://u:p@db/x?sslpassword=q@r", "postgres://u:***");
}

static void other_words_stay(void **state)
{
    (void)state;
    check_redacted("", "");
    check_redacted("no password supplied", "no password supplied");
    check_redacted("FATAL: password authentication failed for user \"app\"",
                   "FATAL: password authentication failed for user \"app\"");
    check_redacted("passwords are = fine", "passwords are = fine");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_password_of_a_url_is_hidden),
        cmocka_unit_test(slips_in_a_url_hide_rather_too_much),
        cmocka_unit_test(a_url_without_a_password_stays_as_it_is),
        cmocka_unit_test(the_password_of_a_key_value_string_is_hidden),
        cmocka_unit_test(variables_in_front_of_a_command_are_hidden),
        cmocka_unit_test(the_password_in_a_query_ends_with_its_parameter),
        cmocka_unit_test(other_words_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
