/* How to reach a database: the URLs of every ecosystem, parts, libpq's own strings, and never a password in a message. */
#include "check.h"

#include "db/conninfo.h"

static const struct environment nothing = {.vars = (char *const[]){NULL}};

static void make(const struct conninfo_parts *parts, const struct environment *env, struct conninfo *ret)
{
    struct err _cleanup_err_ err = ERR_INIT;
    if (conninfo_make(parts, env, ret, &err) != 0)
        fail_msg("%s", err.msg);
}

/* "host port dbname user password", with '-' for what is not set. */
static void check_url(const char *url, const char *wanted)
{
    struct conninfo _cleanup_conninfo_ info = CONNINFO_INIT;
    struct buf _cleanup_buf_ got = BUF_INIT;
    static const char *const keys[] = {"host", "port", "dbname", "user", "password"};
    make(&(struct conninfo_parts){.url = url}, &nothing, &info);
    for (size_t i = 0; i < 5; i++) {
        const char *value = conninfo_get(&info, keys[i]);
        buf_printf(&got, "%s%s", i ? " " : "", value ? value : "-");
    }
    assert_string_equal(buf_text(&got), wanted);
}

static void check_refused_with(const struct conninfo_parts *parts, const struct environment *env, const char *part)
{
    struct conninfo _cleanup_conninfo_ info = CONNINFO_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    check_err(conninfo_make(parts, env, &info, &err), &err, ERR_CONFIG, part);
    check_has_not(err.msg, "s3cret");
    check_has_not(err.hint, "s3cret");
}

static void the_dialects_of_the_ecosystems_are_understood(void **state)
{
    (void)state;
    static const char *const schemes[] = {
        "postgres",     "postgresql", "postgresql+psycopg2", "postgresql+asyncpg", "postgis", "psql",
        "pgsql",        "ecto",       "PostgreSQL",          "timescale",          "jdbc:postgresql", "cockroachdb+psycopg2", "pgx5",
    };
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        char _cleanup_free_ *url = mem_printf("%s://app:s3cret@db:6432/shop", schemes[i]);
        check_url(url, "db 6432 shop app s3cret");
    }
}

static void jdbc_urls_may_leave_the_host_out(void **state)
{
    (void)state;
    check_url("jdbc:postgresql:shop", "localhost - shop - -");
    check_url("jdbc:postgresql:/", "localhost - - - -");
    check_url("jdbc:postgresql://db/shop?user=app&password=s3cret", "db - shop app s3cret");
}

static void percent_encoding_several_hosts_and_sockets_are_libpqs(void **state)
{
    (void)state;
    check_url("postgres://a%40b:p%3A%2F%25@db/my%20shop", "db - my shop a@b p:/%");
    check_url("postgres://h1:5432,h2:5433/shop", "h1,h2 5432,5433 shop - -");
    check_url("postgres:///shop?host=/run/postgresql", "/run/postgresql - shop - -");
    check_url("postgres://%2Frun%2Fpostgresql/shop", "/run/postgresql - shop - -");
    check_url("postgres://[2001:db8::1]:5432/shop", "2001:db8::1 5432 shop - -");
    check_url("host=db port=5433 dbname='my shop' user=app password='s3 cret'", "db 5433 my shop app s3 cret");
    check_url("service=x", "- - - - -");
}

static void prismas_schema_is_kept_apart(void **state)
{
    (void)state;
    struct conninfo _cleanup_conninfo_ info = CONNINFO_INIT;
    make(&(struct conninfo_parts){.url = "postgresql://db/shop?schema=my%20app&pgbouncer=true&connection_limit=5&sslmode=require"},
         &nothing, &info);
    assert_string_equal(info.schema, "my app");
    check_list(&info.dropped, "pgbouncer|connection_limit");
    assert_string_equal(conninfo_get(&info, "sslmode"), "require");
    assert_null(conninfo_get(&info, "schema"));
    static const char *const names[][2] = {{"a%2Fb", "a/b"}, {"a%", "a%"}, {"a%2", "a%2"}, {"%41", "A"}, {"a41b", "a41b"}, {"%zz1", "%zz1"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct conninfo _cleanup_conninfo_ one = CONNINFO_INIT;
        char _cleanup_free_ *url = mem_printf("postgresql://db/shop?schemb=x&schema=%s", names[i][0]);
        make(&(struct conninfo_parts){.url = url}, &nothing, &one);
        assert_string_equal(one.schema, names[i][1]);
        check_list(&one.dropped, "schemb");
    }
}

static void parameters_that_are_not_libpqs_are_dropped_by_name_only(void **state)
{
    (void)state;
    struct conninfo _cleanup_conninfo_ info = CONNINFO_INIT;
    make(&(struct conninfo_parts){.url = "postgresql://db/shop?pool=5&secret_thing=s3cret&flag&&=x&schema="}, &nothing, &info);
    check_list(&info.dropped, "pool|secret_thing|flag|schema");
    assert_null(info.schema);
    struct conninfo _cleanup_conninfo_ more = CONNINFO_INIT;
    make(&(struct conninfo_parts){.url = "postgresql://db/shop?abc=1&ssltype=x&user=u"}, &nothing, &more);
    check_list(&more.dropped, "abc|ssltype");
    assert_string_equal(conninfo_get(&more, "user"), "u");
}

static void other_drivers_ssl_means_an_sslmode(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"ssl=true", "require"},   {"ssl=1", "require"},          {"ssl=", "require"},
                                           {"ssl=false", "prefer"},   {"ssl=disable", "disable"},    {"ssl=verify-full", "verify-full"},
                                           {"sslmode=require", "require"}, {"x=1&ssl=true", "require"}, {"ssl=TRUE", "require"},
                                           {"ssl=0", "prefer"},       {"ssl=none", "prefer"},        {"ssl=1x", "prefer"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct conninfo _cleanup_conninfo_ info = CONNINFO_INIT;
        char _cleanup_free_ *url = mem_printf("postgres://db/shop?%s", pairs[i][0]);
        make(&(struct conninfo_parts){.url = url}, &nothing, &info);
        assert_string_equal(conninfo_get(&info, "sslmode"), pairs[i][1]);
    }
}

static void parts_win_over_the_url(void **state)
{
    (void)state;
    struct conninfo _cleanup_conninfo_ info = CONNINFO_INIT;
    make(&(struct conninfo_parts){.url = "postgres://app:old@db:5432/shop?hostaddr=10.0.0.1", .host = "other", .port = "6432",
                                  .name = "x", .user = "u", .password = "p a:s%s"},
         &nothing, &info);
    assert_string_equal(conninfo_get(&info, "host"), "other");
    assert_string_equal(conninfo_get(&info, "hostaddr"), "");
    assert_string_equal(conninfo_get(&info, "port"), "6432");
    assert_string_equal(conninfo_get(&info, "dbname"), "x");
    assert_string_equal(conninfo_get(&info, "user"), "u");
    assert_string_equal(conninfo_get(&info, "password"), "p a:s%s");
    struct conninfo _cleanup_conninfo_ named = CONNINFO_INIT, address = CONNINFO_INIT;
    make(&(struct conninfo_parts){.url = "postgres://db", .host = "other"}, &nothing, &named);
    assert_null(conninfo_get(&named, "hostaddr"));
    make(&(struct conninfo_parts){.url = "postgres://db?hostaddr=10.0.0.1", .port = "1"}, &nothing, &address);
    assert_string_equal(conninfo_get(&address, "hostaddr"), "10.0.0.1");
}

static void without_a_url_the_environment_says_it(void **state)
{
    (void)state;
    char url[] = "DATABASE_URL=postgres://env/shop", host[] = "PGHOST=pghost", empty[] = "DATABASE_URL=";
    const struct environment with_url = {.vars = (char *const[]){url, host, NULL}}, with_pg = {.vars = (char *const[]){empty, host, NULL}};
    struct conninfo _cleanup_conninfo_ one = CONNINFO_INIT, two = CONNINFO_INIT, three = CONNINFO_INIT;
    make(&(struct conninfo_parts){.url = ""}, &with_url, &one);
    assert_string_equal(conninfo_get(&one, "host"), "env");
    make(&(struct conninfo_parts){.host = "part"}, &with_url, &two);
    assert_string_equal(conninfo_get(&two, "host"), "part");
    assert_string_equal(conninfo_get(&two, "dbname"), "shop"); /* parts win over the URL, and take nothing else away */
    make(&(struct conninfo_parts){0}, &with_pg, &three); /* libpq reads PGHOST by itself */
    assert_null(conninfo_get(&three, "host"));
    assert_string_equal(conninfo_get(&three, "fallback_application_name"), "tenantgate");
}

static void without_any_word_of_a_database_it_is_an_error(void **state)
{
    (void)state;
    check_refused_with(&(struct conninfo_parts){.url = ""}, &nothing, "nothing says which database");
}

static void what_cannot_be_read_is_refused_without_its_password(void **state)
{
    (void)state;
    char url[] = "DATABASE_URL=postgres://u:s3cret@[bad/shop";
    const struct environment env = {.vars = (char *const[]){url, NULL}};
    check_refused_with(&(struct conninfo_parts){.url = "mysql://u:s3cret@db/shop"}, &nothing, "not one of PostgreSQL");
    check_refused_with(&(struct conninfo_parts){.url = "mysql://u:s3cret@db/shop?charset=utf8"}, &nothing, "not one of PostgreSQL");
    check_refused_with(&(struct conninfo_parts){.url = "postgres:/db/s3cret"}, &nothing, "cannot be read");
    check_refused_with(&(struct conninfo_parts){.url = "postgres://u:s3cret@db/%zz"}, &nothing, "cannot be read");
    check_refused_with(&(struct conninfo_parts){.url = "password='s3cret"}, &nothing, "cannot be read");
    check_refused_with(&(struct conninfo_parts){0}, &env, "DATABASE_URL: the database URL cannot be read");
}

static void a_password_that_spills_into_the_rest_of_the_url_is_refused(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "postgres://u:s3@cret@db/shop",    "postgres://u:s3/cret@db/shop",         "postgres://u:s3?cret@db/shop",
        "postgres://u:s3?a=b&cre@t/x=1",   "postgres://u:p@db/shop?x/y=1",
    };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        check_refused_with(&(struct conninfo_parts){.url = urls[i]}, &nothing, "is it part of the password?");
    /* In a value of the query they are at home. */
    check_url("postgres://u:p@db/shop?application_name=a@b/c?d", "db - shop u p");
}

static void what_is_left_open_is_shown_as_libpq_will_take_it(void **state)
{
    (void)state;
    struct conninfo _cleanup_conninfo_ name = CONNINFO_INIT, service = CONNINFO_INIT;
    setenv("PGHOST", "pghost", 1);
    setenv("PGPORT", "6543", 1);
    setenv("PGDATABASE", "pgname", 1);
    make(&(struct conninfo_parts){.user = "u"}, &nothing, &name);
    make(&(struct conninfo_parts){.url = "service=mine"}, &nothing, &service);
    unsetenv("PGHOST");
    unsetenv("PGPORT");
    unsetenv("PGDATABASE");
    assert_string_equal(name.shown, "pghost:6543/pgname");
    assert_string_equal(service.shown, "mine");
}

static void check_shown(const struct conninfo_parts *parts, const char *wanted)
{
    struct conninfo _cleanup_conninfo_ info = CONNINFO_INIT;
    make(parts, &nothing, &info);
    assert_string_equal(info.shown, wanted);
}

static void what_is_shown_names_the_database_and_no_secret(void **state)
{
    (void)state;
    check_shown(&(struct conninfo_parts){.url = "postgres://app:s3cret@db:6432/shop"}, "db:6432/shop");
    check_shown(&(struct conninfo_parts){.url = "postgres://h1:1,h2:2/shop"}, "h1,h2/shop");
    check_shown(&(struct conninfo_parts){.url = "host=/run/pg port=6432 dbname=shop"}, "/run/pg/shop");
    check_shown(&(struct conninfo_parts){.host = "d\x1b[b", .port = "1", .name = "x"}, "d\\x1b[b:1/x");
}

static void other_programs_are_told_the_same(void **state)
{
    (void)state;
    struct err _cleanup_err_ err = ERR_INIT;
    char *none = NULL;
    const struct environment env = {.vars = &none};
    struct conninfo _cleanup_conninfo_ info = CONNINFO_INIT, many = CONNINFO_INIT;
    struct strv _cleanup_strv_ told = STRV_INIT, told_many = STRV_INIT;
    assert_int_equal(conninfo_make(&(struct conninfo_parts){.url = "postgresql://us%40er:p%3Aw@db:5433/na%20me?sslmode=require"}, &env, &info, &err), 0);
    conninfo_set(&info, "dbname", "x' y=z/?&");
    conninfo_variables(&info, &told);
    assert_true(strv_has(&told, "PGDATABASE=x' y=z/?&"));
    assert_true(strv_has(&told, "PGUSER=us@er"));
    assert_true(strv_has(&told, "PGPASSWORD=p:w"));
    assert_true(strv_has(&told, "PGHOST=db"));
    assert_true(strv_has(&told, "PGPORT=5433"));
    assert_true(strv_has(&told, "PGSSLMODE=require"));
    assert_true(strv_has(&told, "DATABASE_URL=postgresql://us%40er:p%3Aw@db:5433/x%27%20y%3Dz%2F%3F%26?sslmode=require"));
    assert_int_equal(conninfo_make(&(struct conninfo_parts){.url = "host=a,b port=1,2 dbname=n"}, &env, &many, &err), 0);
    conninfo_variables(&many, &told_many);
    assert_true(strv_has(&told_many, "DATABASE_URL=postgresql:///n?host=a%2Cb&port=1%2C2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_programs_are_told_the_same),
        cmocka_unit_test(the_dialects_of_the_ecosystems_are_understood),
        cmocka_unit_test(jdbc_urls_may_leave_the_host_out),
        cmocka_unit_test(percent_encoding_several_hosts_and_sockets_are_libpqs),
        cmocka_unit_test(prismas_schema_is_kept_apart),
        cmocka_unit_test(parameters_that_are_not_libpqs_are_dropped_by_name_only),
        cmocka_unit_test(other_drivers_ssl_means_an_sslmode),
        cmocka_unit_test(parts_win_over_the_url),
        cmocka_unit_test(without_a_url_the_environment_says_it),
        cmocka_unit_test(without_any_word_of_a_database_it_is_an_error),
        cmocka_unit_test(what_cannot_be_read_is_refused_without_its_password),
        cmocka_unit_test(a_password_that_spills_into_the_rest_of_the_url_is_refused),
        cmocka_unit_test(what_is_left_open_is_shown_as_libpq_will_take_it),
        cmocka_unit_test(what_is_shown_names_the_database_and_no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
