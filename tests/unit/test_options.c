/* The command line: what belongs to the gate, what to the app, and which command takes what. */
#include "check.h"

#include "cli/options.h"

#define MOST 12

static int parse(struct options *ret, struct err *reterr, const char *const *words)
{
    static char *argv[MOST + 2];
    static char program[] = "tenantgate";
    int argc = 1;
    argv[0] = program;
    for (; words[argc - 1] != NULL; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    argv[argc] = NULL;
    return options_parse(argc, argv, ret, reterr);
}

#define PARSE(name, ...)                                                                                               \
    struct options _cleanup_options_ name = {0};                                                                       \
    parse_well(&name, (const char *const[MOST + 1]){__VA_ARGS__})

static void parse_well(struct options *ret, const char *const *words)
{
    struct err _cleanup_err_ err = ERR_INIT;
    if (parse(ret, &err, words) != 0)
        fail_msg("%s", err.msg);
}

static void check_refused(const char *part, const char *const *words)
{
    struct options _cleanup_options_ options = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    check_err(parse(&options, &err, words), &err, ERR_USAGE, part);
}

#define REFUSED(part, ...) check_refused((part), (const char *const[MOST + 1]){__VA_ARGS__})

static void an_app_behind_two_dashes_means_run(void **state)
{
    (void)state;
    PARSE(options, "--", "app", "-q", "--", "--tenant");
    assert_string_equal(options.command, "run");
    assert_string_equal(options.app[0], "app");
    assert_string_equal(options.app[1], "-q");
    assert_string_equal(options.app[2], "--");
    assert_string_equal(options.app[3], "--tenant");
    assert_null(options.app[4]);
    assert_false(options.quiet);
}

static void options_stand_before_or_behind_the_command(void **state)
{
    (void)state;
    PARSE(options, "-v", "verify", "--tenant", "a", "--format=json", "--tenant=b", "-c", "x.ini", "--color", "never");
    assert_string_equal(options.command, "verify");
    assert_true(options.verbose);
    check_list(&options.tenants, "a|b");
    assert_int_equal(options.format, FORMAT_JSON);
    assert_int_equal(options.color, COLOR_NEVER);
    assert_string_equal(options.config_file, "x.ini");
    assert_null(options.app);
}

static void short_forms_of_settings_are_settings(void **state)
{
    (void)state;
    PARSE(options, "run", "--database", "postgres://x", "--timeout=5s", "--set", "gate.recheck=1s", "--", "app");
    check_list(&options.settings, "database.url=postgres://x|gate.timeout=5s|gate.recheck=1s");
    check_list(&options.wheres, "--database|--timeout|--set");
}

static void nothing_is_no_command(void **state)
{
    (void)state;
    PARSE(options, NULL);
    assert_null(options.command);
    assert_null(options.app);
    assert_int_equal(options.format, FORMAT_NONE);
}

static void further_words_are_operands(void **state)
{
    (void)state;
    PARSE(options, "manifest", "--from", "django", "-o", "out.json", "-");
    assert_string_equal(options.from, "django");
    assert_string_equal(options.output, "out.json");
    check_list(&options.operands, "-");
    PARSE(check, "manifest", "--check");
    assert_true(check.check);
    PARSE(help, "help", "config");
    check_list(&help.operands, "config");
}

static void a_command_needs_no_options(void **state)
{
    (void)state;
    PARSE(options, "wait");
    assert_string_equal(options.command, "wait");
    assert_false(options.quiet || options.verbose || options.help || options.check);
    PARSE(quiet, "wait", "-q");
    assert_true(quiet.quiet);
    PARSE(script, "manifest", "--script", "django");
    assert_string_equal(script.script, "django");
    assert_int_equal(script.operands.count, 0);
    PARSE(health, "healthcheck", "--expect-status", "200", "--expect-text=ok", "http://x");
    check_list(&health.settings, "health.expect_status=200|health.expect_text=ok");
    check_list(&health.operands, "http://x");
}

static void values_may_look_like_options(void **state)
{
    (void)state;
    PARSE(options, "verify", "--tenant", "--", "--tenant=-x", "--tenant", "-q");
    check_list(&options.tenants, "--|-x|-q");
    assert_false(options.quiet);
}

static void help_and_version_are_options_too(void **state)
{
    (void)state;
    PARSE(version, "--version");
    assert_string_equal(version.command, "version");
    PARSE(help, "run", "-h");
    assert_true(help.help);
    PARSE(odd, "run", "--tenant", "x", "--help"); /* who asks for help is not scolded */
    assert_true(odd.help);
}

static void mistakes_are_told(void **state)
{
    (void)state;
    REFUSED("there is no option --tenants", "verify", "--tenants=x");
    REFUSED("there is no option --no\\nsuch", "--no\nsuch");
    REFUSED("there is no option -x", "-x");
    REFUSED("--config needs a value", "--config");
    REFUSED("-c needs a value", "verify", "-c");
    REFUSED("--quiet takes no value", "--quiet=yes");
    REFUSED("--format takes text, json, junit, not 'xml'", "verify", "--format", "xml");
    REFUSED("--color takes auto, always, never, not 'maybe'", "--color=maybe");
    REFUSED("--script needs a value", "manifest", "--script");
    REFUSED("--tenant needs a name", "verify", "--tenant=");
}

static void each_option_belongs_to_its_commands(void **state)
{
    (void)state;
    REFUSED("`run` takes no --tenant", "run", "--tenant", "x", "--", "app");
    REFUSED("`run` takes no --tenant", "--tenant", "x", "--", "app");
    REFUSED("`run` takes no --format", "--format", "json", "--", "app");
    REFUSED("`wait` takes no --tenant", "wait", "--tenant", "x");
    REFUSED("`verify` takes no --output", "verify", "-o", "x");
    REFUSED("`status` takes no --check", "status", "--check");
    REFUSED("`no\\nsuch` takes no --check", "no\nsuch", "--check");
}

static void run_says_how_to_leave_a_tenant_out(void **state)
{
    (void)state;
    struct options _cleanup_options_ options = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    assert_int_equal(parse(&options, &err, (const char *const[]){"--tenant", "x", "--", "app", NULL}), -1);
    check_has(err.hint, "TENANTGATE_TENANTS_EXCLUDE");
    struct options _cleanup_options_ other = {0};
    assert_int_equal(parse(&other, &err, (const char *const[]){"wait", "--tenant", "x", NULL}), -1);
    assert_null(err.hint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_app_behind_two_dashes_means_run),
        cmocka_unit_test(options_stand_before_or_behind_the_command),
        cmocka_unit_test(short_forms_of_settings_are_settings),
        cmocka_unit_test(nothing_is_no_command),
        cmocka_unit_test(further_words_are_operands),
        cmocka_unit_test(a_command_needs_no_options),
        cmocka_unit_test(values_may_look_like_options),
        cmocka_unit_test(help_and_version_are_options_too),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(each_option_belongs_to_its_commands),
        cmocka_unit_test(run_says_how_to_leave_a_tenant_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
