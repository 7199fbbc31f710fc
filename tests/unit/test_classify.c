/* What a failed connection means: the messages are those that libpq and PostgreSQL really send. */
#include "check.h"

#include "db/classify.h"

static void check_class(const char *message, enum failure_class class, const char *sqlstate, const char *shown)
{
    struct failure failure;
    failure_classify(message, &failure);
    if (failure.class != class)
        print_error("misjudged: %s\n", message);
    assert_int_equal(failure.class, class);
    assert_string_equal(failure.sqlstate, sqlstate);
    assert_string_equal(failure.message, shown);
    failure_done(&failure);
}

#define AT "connection to server at \"db\" (10.0.0.7), port 5432 failed: "

static void a_server_that_is_not_up_yet_is_waited_for(void **state)
{
    (void)state;
    check_class(AT "Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?\n", FAILURE_NETWORK,
                "", AT "Connection refused; Is the server running on that host and accepting TCP/IP connections?");
    check_class("could not translate host name \"db\" to address: Name or service not known\n", FAILURE_NETWORK, "",
                "could not translate host name \"db\" to address: Name or service not known");
    check_class(AT "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore "
                   "or while processing the request.\n",
                FAILURE_NETWORK, "",
                AT "server closed the connection unexpectedly; This probably means the server terminated abnormally; before or "
                   "while processing the request.");
    check_class("connection to server on socket \"/run/.s.PGSQL.5432\" failed: No such file or directory\n", FAILURE_NETWORK, "",
                "connection to server on socket \"/run/.s.PGSQL.5432\" failed: No such file or directory");
    check_class("", FAILURE_NETWORK, "", "");
}

static void a_server_that_starts_stops_recovers_or_is_full_is_waited_for(void **state)
{
    (void)state;
    check_class(AT "FATAL:  57P03: the database system is starting up\nLOCATION:  ProcessStartupPacket, postmaster.c:2442\n",
                FAILURE_NOT_READY, "57P03", "the database system is starting up");
    check_class(AT "FATAL:  57P03: the database system is not yet accepting connections\nDETAIL:  Consistent recovery state has "
                   "not been yet reached.\nLOCATION:  x, y.c:1\n",
                FAILURE_NOT_READY, "57P03",
                "the database system is not yet accepting connections; DETAIL:  Consistent recovery state has not been yet reached.");
    check_class(AT "FATAL:  53300: sorry, too many clients already\n", FAILURE_NOT_READY, "53300", "sorry, too many clients already");
    check_class(AT "FATAL:  57P01: terminating connection due to administrator command\n", FAILURE_NOT_READY, "57P01",
                "terminating connection due to administrator command");
    check_class(AT "session is read-only\n", FAILURE_NOT_READY, "", AT "session is read-only");
    check_class(AT "server is in hot standby mode\n", FAILURE_NOT_READY, "", AT "server is in hot standby mode");
}

static void a_pooler_that_cannot_reach_its_server_is_waited_for(void **state)
{
    (void)state;
    check_class(AT "FATAL:  08P01: server login has been failing, try again later (server_login_retry)\n", FAILURE_NOT_READY,
                "08P01", "server login has been failing, try again later (server_login_retry)");
}

static void an_unknown_error_is_retried_never_taken_for_health(void **state)
{
    (void)state;
    check_class(AT "FATAL:  ZZ999: something new\n", FAILURE_NOT_READY, "ZZ999", "something new");
    check_class("whatever this is\n", FAILURE_NETWORK, "", "whatever this is");
}

static void a_server_that_will_never_let_us_in_is_refused(void **state)
{
    (void)state;
    check_class(AT "FATAL:  28P01: password authentication failed for user \"app\"\nLOCATION:  auth_failed, auth.c:334\n",
                FAILURE_REFUSED, "28P01", "password authentication failed for user \"app\"");
    check_class(AT "FATAL:  28000: role \"app\" is not permitted to log in\n", FAILURE_REFUSED, "28000",
                "role \"app\" is not permitted to log in");
    check_class(AT "FATAL:  3D000: database \"shop\" does not exist\n", FAILURE_REFUSED, "3D000", "database \"shop\" does not exist");
    check_class(AT "FATAL:  42501: permission denied for database \"shop\"\nDETAIL:  User does not have CONNECT privilege.\n",
                FAILURE_REFUSED, "42501", "permission denied for database \"shop\"; DETAIL:  User does not have CONNECT privilege.");
    check_class(AT "FATAL:  55000: database \"template0\" is not currently accepting connections\n", FAILURE_REFUSED, "55000",
                "database \"template0\" is not currently accepting connections");
    check_class(AT "fe_sendauth: no password supplied\n", FAILURE_REFUSED, "", AT "fe_sendauth: no password supplied");
    check_class(AT "server does not support SSL, but SSL was required\n", FAILURE_REFUSED, "",
                AT "server does not support SSL, but SSL was required");
    check_class(AT "SSL error: certificate verify failed\n", FAILURE_REFUSED, "", AT "SSL error: certificate verify failed");
}

static void impossible_parameters_are_a_matter_of_configuration(void **state)
{
    (void)state;
    check_class("invalid sslmode value: \"maybe\"\n", FAILURE_CONFIG, "", "invalid sslmode value: \"maybe\"");
    check_class("invalid port number: \"99999\"\n", FAILURE_CONFIG, "", "invalid port number: \"99999\"");
    check_class("definition of service \"x\" not found\n", FAILURE_CONFIG, "", "definition of service \"x\" not found");
    check_class("invalid connection option \"x\"\n", FAILURE_CONFIG, "", "invalid connection option \"x\"");
}

static void a_translated_severity_does_not_hide_the_code(void **state)
{
    (void)state;
    check_class(AT "FATALE:  28P01: autenticazione con password fallita\n", FAILURE_REFUSED, "28P01",
                "autenticazione con password fallita");
    check_class(AT "FATAL:  28p01: not a code\n", FAILURE_NETWORK, "", AT "FATAL:  28p01: not a code");
    check_class(AT "FATAL:  28P012: not a code\n", FAILURE_NETWORK, "", AT "FATAL:  28P012: not a code");
    check_class("FATAL:  28", FAILURE_NETWORK, "", "FATAL:  28");
}

static void the_more_particular_code_decides(void **state)
{
    (void)state;
    struct failure failure;
    failure_from_sqlstate("55P03", "lock not available", &failure);
    assert_int_equal(failure.class, FAILURE_NOT_READY);
    failure_done(&failure);
    failure_from_sqlstate("57P04", "database dropped", &failure);
    assert_int_equal(failure.class, FAILURE_REFUSED);
    check_has(failure.hint, "Create the database");
    failure_done(&failure);
    failure_from_sqlstate("28P01", "x", &failure);
    check_has(failure.hint, "password");
    failure_done(&failure);
}

static void a_connection_that_broke_without_a_word_is_the_network(void **state)
{
    (void)state;
    static const char *const codes[] = {NULL, "", "123", "1234567"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct failure failure;
        failure_from_sqlstate(codes[i], "gone\n", &failure);
        assert_int_equal(failure.class, FAILURE_NETWORK);
        assert_string_equal(failure.sqlstate, "");
        assert_string_equal(failure.message, "gone");
        failure_done(&failure);
    }
}

static void no_password_gets_into_the_message(void **state)
{
    (void)state;
    check_class("could not parse postgres://u:s3cret@h\n", FAILURE_NETWORK, "", "could not parse postgres://u:***@h");
}

static size_t decisive(enum failure_class a, enum failure_class b, enum failure_class c)
{
    const struct failure failures[] = {{.class = a}, {.class = b}, {.class = c}};
    return failure_decisive(failures, 3);
}

static void of_several_hosts_an_answer_outweighs_silence_and_not_yet_outweighs_never(void **state)
{
    (void)state;
    assert_int_equal(decisive(FAILURE_NETWORK, FAILURE_NETWORK, FAILURE_NETWORK), 0);
    assert_int_equal(decisive(FAILURE_NETWORK, FAILURE_REFUSED, FAILURE_NETWORK), 1);
    assert_int_equal(decisive(FAILURE_REFUSED, FAILURE_NETWORK, FAILURE_NOT_READY), 2);
    assert_int_equal(decisive(FAILURE_NOT_READY, FAILURE_REFUSED, FAILURE_NOT_READY), 0);
    assert_int_equal(decisive(FAILURE_NOT_READY, FAILURE_CONFIG, FAILURE_REFUSED), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_is_not_up_yet_is_waited_for),
        cmocka_unit_test(a_server_that_starts_stops_recovers_or_is_full_is_waited_for),
        cmocka_unit_test(a_pooler_that_cannot_reach_its_server_is_waited_for),
        cmocka_unit_test(an_unknown_error_is_retried_never_taken_for_health),
        cmocka_unit_test(a_server_that_will_never_let_us_in_is_refused),
        cmocka_unit_test(impossible_parameters_are_a_matter_of_configuration),
        cmocka_unit_test(a_translated_severity_does_not_hide_the_code),
        cmocka_unit_test(the_more_particular_code_decides),
        cmocka_unit_test(a_connection_that_broke_without_a_word_is_the_network),
        cmocka_unit_test(no_password_gets_into_the_message),
        cmocka_unit_test(of_several_hosts_an_answer_outweighs_silence_and_not_yet_outweighs_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
