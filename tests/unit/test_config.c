/* The configuration: four layers, one table; every mistake is told with the place it was made in. */
#include "check.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "config/config.h"

/* What one test loads from; NULL-terminated lists. */
struct given {
    const char *file;              /* text of ./tenantgate.ini */
    const char *env[8];            /* NAME=value */
    const char *settings[8];       /* section.key=value */
};

static char *folder;

static int enter_folder(void **state)
{
    (void)state;
    folder = mem_strdup("/tmp/tenantgate-test-XXXXXX");
    return mkdtemp(folder) == NULL || chdir(folder) != 0 ? -1 : 0;
}

static int leave_folder(void **state)
{
    (void)state;
    char _cleanup_free_ *command = mem_printf("rm -rf '%s'", folder);
    free(STEAL(folder));
    return chdir("/") != 0 || system(command) != 0 ? -1 : 0;
}

static int load(const struct given *given, struct config *ret, struct err *reterr)
{
    struct strv _cleanup_strv_ settings = STRV_INIT, wheres = STRV_INIT, vars = STRV_INIT;
    for (size_t i = 0; given->settings[i] != NULL; i++) {
        strv_add(&settings, given->settings[i]);
        strv_add(&wheres, "--set");
    }
    for (size_t i = 0; given->env[i] != NULL; i++)
        strv_add(&vars, given->env[i]);
    strv_take(&vars, NULL);
    unlink("tenantgate.ini");
    if (given->file != NULL)
        assert_int_equal(file_write("tenantgate.ini", given->file, strlen(given->file), reterr), 0);
    const struct config_args args = {.settings = &settings, .wheres = &wheres};
    const struct environment env = {.vars = vars.items};
    return config_load(&args, &env, ret, reterr);
}

static void load_well(const struct given *given, struct config *ret)
{
    struct err _cleanup_err_ err = ERR_INIT;
    if (load(given, ret, &err) != 0)
        fail_msg("%s", err.msg);
}

#define LOAD(name, ...)                                                                                                \
    struct config _cleanup_config_ name = CONFIG_INIT;                                                                 \
    load_well(&(const struct given){__VA_ARGS__}, &name)

static void check_refused(const struct given *given, const char *part)
{
    struct config _cleanup_config_ config = CONFIG_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    check_err(load(given, &config, &err), &err, ERR_CONFIG, part);
}

#define REFUSED(part, ...) check_refused(&(const struct given){__VA_ARGS__}, (part))

static void nothing_given_means_the_defaults(void **state)
{
    (void)state;
    LOAD(config, .file = NULL);
    const struct section *gate = config_section(&config, SECTION_GATE);
    assert_null(config.file);
    assert_int_equal(config_number(gate, KEY_GATE_timeout), 300000);
    assert_false(config_is_set(gate, KEY_GATE_timeout));
    assert_string_equal(config_choice(gate, KEY_GATE_on_failure), "exit");
    assert_int_equal(config_number(config_section(&config, SECTION_TENANTS), KEY_TENANTS_minimum), 1);
    assert_false(config_bool(config_section(&config, SECTION_TENANTS), KEY_TENANTS_auto));
    check_list(config_list(config_section(&config, SECTION_APP), KEY_APP_unset), "TENANTGATE_*");
    check_list(config_list(config_section(&config, SECTION_MIGRATIONS), KEY_MIGRATIONS_schemas), "tenants");
}

static void every_default_is_a_value_its_own_type_takes(void **state)
{
    (void)state;
    LOAD(config, .file = "[step.x]\nrun = a\n[wait.x]\nurl = tcp://a:1\n");
    assert_int_equal(config.count, SECTION_COUNT);
}

static void the_later_layer_wins(void **state)
{
    (void)state;
    LOAD(file, .file = "[gate]\ntimeout = 1s\n");
    assert_int_equal(config_number(config_section(&file, SECTION_GATE), KEY_GATE_timeout), 1000);
    assert_string_equal(config_section(&file, SECTION_GATE)->settings[KEY_GATE_timeout].where, "tenantgate.ini:2");
    LOAD(env, .file = "[gate]\ntimeout = 1s\n", .env = {"TENANTGATE_GATE_TIMEOUT=2s"});
    assert_int_equal(config_number(config_section(&env, SECTION_GATE), KEY_GATE_timeout), 2000);
    LOAD(args, .file = "[gate]\ntimeout = 1s\n", .env = {"TENANTGATE_GATE_TIMEOUT=2s"}, .settings = {"gate.timeout=3s"});
    assert_int_equal(config_number(config_section(&args, SECTION_GATE), KEY_GATE_timeout), 3000);
    LOAD(twice, .settings = {"gate.timeout=3s", "gate.timeout=4s"});
    assert_int_equal(config_number(config_section(&twice, SECTION_GATE), KEY_GATE_timeout), 4000);
}

static void the_file_is_found_where_it_was_named(void **state)
{
    (void)state;
    struct err _cleanup_err_ err = ERR_INIT;
    assert_int_equal(file_write("other.ini", "[gate]\ntimeout = 9s\n", 20, &err), 0);
    LOAD(config, .file = "[gate]\ntimeout = 1s\n", .env = {"TENANTGATE_CONFIG=other.ini"});
    assert_int_equal(config_number(config_section(&config, SECTION_GATE), KEY_GATE_timeout), 9000);
    assert_string_equal(config.file, "other.ini");
    REFUSED("none.ini: cannot be opened", .env = {"TENANTGATE_CONFIG=none.ini"});
    LOAD(empty, .file = "[gate]\ntimeout = 1s\n", .env = {"TENANTGATE_CONFIG="});
    assert_int_equal(config_number(config_section(&empty, SECTION_GATE), KEY_GATE_timeout), 1000);
}

static void named_sections_can_be_set_from_everywhere(void **state)
{
    (void)state;
    LOAD(config, .file = "[migrations.Blog-App]\ntable = one\n[migrations.shop]\n",
         .env = {"TENANTGATE_MIGRATIONS__BLOG_APP__TABLE=two", "TENANTGATE_MIGRATIONS__NEW__TABLE=three"},
         .settings = {"migrations.shop.table=four"});
    const struct section *blog = config_next(&config, SECTION_MIGRATIONS, NULL);
    assert_string_equal(blog->name, "Blog-App");
    assert_string_equal(config_text(blog, KEY_MIGRATIONS_table), "two");
    const struct section *new = config_next(&config, SECTION_MIGRATIONS, blog);
    assert_string_equal(new->name, "new");
    assert_string_equal(config_text(new, KEY_MIGRATIONS_table), "three");
    const struct section *shop = config_next(&config, SECTION_MIGRATIONS, new);
    assert_string_equal(config_text(shop, KEY_MIGRATIONS_table), "four");
    assert_null(config_next(&config, SECTION_MIGRATIONS, shop));
}

static void the_plain_section_counts_if_set_or_alone(void **state)
{
    (void)state;
    LOAD(alone, .file = "");
    const struct section *plain = config_next(&alone, SECTION_MIGRATIONS, NULL);
    assert_string_equal(plain->name, "default");
    assert_null(config_next(&alone, SECTION_MIGRATIONS, plain));
    LOAD(named, .file = "[migrations.x]\ntable = t\n");
    assert_string_equal(config_next(&named, SECTION_MIGRATIONS, NULL)->name, "x");
    LOAD(both, .file = "[migrations.x]\ntable = t\n[migrations]\ntable = u\n");
    const struct section *first = config_next(&both, SECTION_MIGRATIONS, NULL);
    assert_string_equal(first->name, "default");
    assert_string_equal(config_next(&both, SECTION_MIGRATIONS, first)->name, "x");
}

static void a_value_can_stand_in_a_file_of_its_own(void **state)
{
    (void)state;
    struct err _cleanup_err_ err = ERR_INIT;
    assert_int_equal(file_write("secret", "s3$$ ${X} cret\n\n", 16, &err), 0);
    LOAD(config, .env = {"TENANTGATE_DATABASE_PASSWORD_FILE=secret"});
    assert_string_equal(config_text(config_section(&config, SECTION_DATABASE), KEY_DATABASE_password), "s3$$ ${X} cret\n");
    assert_int_equal(file_write("bare", "abc", 3, &err), 0);
    assert_int_equal(file_write("empty", "", 0, &err), 0);
    LOAD(more, .env = {"TENANTGATE_DATABASE_PASSWORD_FILE=bare", "TENANTGATE_DATABASE_USER_FILE=empty"});
    assert_string_equal(config_text(config_section(&more, SECTION_DATABASE), KEY_DATABASE_password), "abc");
    assert_string_equal(config_text(config_section(&more, SECTION_DATABASE), KEY_DATABASE_user), "");
    REFUSED("TENANTGATE_DATABASE_PASSWORD and TENANTGATE_DATABASE_PASSWORD_FILE are both set",
            .env = {"TENANTGATE_DATABASE_PASSWORD_FILE=secret", "TENANTGATE_DATABASE_PASSWORD=x"});
    REFUSED("TENANTGATE_DATABASE_PASSWORD_FILE: none: cannot be opened", .env = {"TENANTGATE_DATABASE_PASSWORD_FILE=none"});
    assert_int_equal(file_write("binary", "a\0b", 3, &err), 0);
    REFUSED("TENANTGATE_DATABASE_URL_FILE: the file holds NUL bytes", .env = {"TENANTGATE_DATABASE_URL_FILE=binary"});
    /* metrics.file is a key of its own, not a value in a file. */
    LOAD(metrics, .env = {"TENANTGATE_METRICS_FILE=/x"});
    assert_string_equal(config_text(config_section(&metrics, SECTION_METRICS), KEY_METRICS_file), "/x");
}

static void references_are_replaced_in_files_only_where_they_were_written(void **state)
{
    (void)state;
    LOAD(config, .file = "[database]\nurl = ${DB}\nuser = a$$b\n", .env = {"DB=postgres://u:p$$${x}@h/d"});
    assert_string_equal(config_text(config_section(&config, SECTION_DATABASE), KEY_DATABASE_url), "postgres://u:p$$${x}@h/d");
    assert_string_equal(config_text(config_section(&config, SECTION_DATABASE), KEY_DATABASE_user), "a$b");
    LOAD(raw, .env = {"TENANTGATE_DATABASE_URL=postgres://u:p$$${x}@h/d"});
    assert_string_equal(config_text(config_section(&raw, SECTION_DATABASE), KEY_DATABASE_url), "postgres://u:p$$${x}@h/d");
    LOAD(option, .env = {"DB=x$$y"}, .settings = {"database.url=host=${DB} user=a$$b"});
    assert_string_equal(config_text(config_section(&option, SECTION_DATABASE), KEY_DATABASE_url), "host=x$$y user=a$b");
    REFUSED("tenantgate.ini:2: database.url: the environment variable DB is not set", .file = "[database]\nurl = ${DB}\n");
}

static void bad_values_are_told_with_their_place(void **state)
{
    (void)state;
    REFUSED("tenantgate.ini:3: gate.timeout: '5 minutes' is no duration", .file = "[gate]\n\ntimeout = 5 minutes\n");
    REFUSED("TENANTGATE_TENANTS_AUTO: tenants.auto: 'maybe' is neither yes nor no", .env = {"TENANTGATE_TENANTS_AUTO=maybe"});
    REFUSED("--set: tenants.minimum: '-1' is no number in 0-1000000", .settings = {"tenants.minimum=-1"});
    REFUSED("tenantgate.ini:2: gate.banner: 'loud' is none of auto|unicode|ascii|none", .file = "[gate]\nbanner = loud\n");
    REFUSED("tenants.pattern: not a regular expression", .file = "[tenants]\npattern = (\n");
    REFUSED("tenants.exclude: not a regular expression", .file = "[tenants]\nexclude = a, /(/\n");
    REFUSED("tenants.exclude: a quoted item does not end", .file = "[tenants]\nexclude = \"a\n");
    REFUSED("tenants.schemas: a quoted item does not end", .file = "[tenants]\nschemas = \"a\n");
    REFUSED("database.attempt_timeout: must be more than 0", .file = "[database]\nattempt_timeout = 0s\n");
    REFUSED("\\x1b", .file = "[gate]\ntimeout = \x1b[31m\n");
}

static void names_to_exclude_need_not_be_expressions(void **state)
{
    (void)state;
    LOAD(config, .file = "[tenants]\nexclude = ((/\n  /((\n  //\n  /\n  /^a$$/\n");
    check_list(config_list(config_section(&config, SECTION_TENANTS), KEY_TENANTS_exclude), "((/|/((|//|/|/^a$/");
}

static void choices_are_taken_in_any_case(void **state)
{
    (void)state;
    LOAD(config, .file = "[migrations]\npending = WARN\nunknown = Auto\n");
    assert_string_equal(config_choice(config_section(&config, SECTION_MIGRATIONS), KEY_MIGRATIONS_pending), "warn");
    assert_int_equal(config_number(config_section(&config, SECTION_MIGRATIONS), KEY_MIGRATIONS_pending), 1);
    assert_int_equal(config_number(config_section(&config, SECTION_MIGRATIONS), KEY_MIGRATIONS_unknown), 0);
}

static void unknown_names_are_refused(void **state)
{
    (void)state;
    REFUSED("tenantgate.ini:1: the key 'timeout' stands before any [section]", .file = "timeout = 5s\n");
    REFUSED("tenantgate.ini:2: there is no section [gates]", .file = "[gates]\ntimeout = 5s\n");
    REFUSED("tenantgate.ini:2: there is no section [gate.x]", .file = "[gate.x]\ntimeout = 5s\n");
    REFUSED("tenantgate.ini:2: there is no section [database.]", .file = "[database.]\nurl = x\n");
    REFUSED("tenantgate.ini:2: there is no section [database.default]", .file = "[database.default]\nurl = x\n");
    REFUSED("tenantgate.ini:2: [step] needs a name", .file = "[step]\nrun = x\n");
    REFUSED("tenantgate.ini:2: [gate] has no key 'time'", .file = "[gate]\ntime = 5s\n");
    REFUSED("variable TENANTGATE_GATE_TIMEOUTS names no key", .env = {"TENANTGATE_GATE_TIMEOUTS=5s"});
    REFUSED("variable TENANTGATE_STEP_RUN names no key", .env = {"TENANTGATE_STEP_RUN=x"});
    REFUSED("variable TENANTGATE_GATE__X__TIMEOUT names no key", .env = {"TENANTGATE_GATE__X__TIMEOUT=5s"});
    REFUSED("variable TENANTGATE_DATABASE__DEFAULT__URL names no key", .env = {"TENANTGATE_DATABASE__DEFAULT__URL=x"});
    REFUSED("variable TENANTGATE_STEP__DEFAULT__RUN names no key", .env = {"TENANTGATE_STEP__DEFAULT__RUN="});
    REFUSED("variable TENANTGATE_DATABASE____URL names no key", .env = {"TENANTGATE_DATABASE____URL=x"});
    REFUSED("--set: [gate] has no key 'x'", .settings = {"gate.x=1"});
    REFUSED("--set: there is no section [nothing]", .settings = {"nothing.x=1"});
}

static void close_misses_get_a_suggestion(void **state)
{
    (void)state;
    struct config _cleanup_config_ config = CONFIG_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    load(&(const struct given){.file = "[gate]\ntimeuot = 5s\n"}, &config, &err);
    check_has(err.hint, "Did you mean 'timeout'?");
    load(&(const struct given){.file = "[gate]\nechek = 5s\n"}, &config, &err);
    check_has(err.hint, "Did you mean 'recheck'?");
    load(&(const struct given){.env = {"TENANTGATE_GATE_TIMOUT=5s"}}, &config, &err);
    check_has(err.hint, "Did you mean TENANTGATE_GATE_TIMEOUT?");
    load(&(const struct given){.file = "[gate]\nzzzzzzzzzz = 5s\n"}, &config, &err);
    check_has_not(err.hint, "Did you mean");
}

static void a_setting_that_is_no_assignment_is_wrong_usage(void **state)
{
    (void)state;
    static const char *const wrong[] = {"gate.timeout", "timeout=5s", "=", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct config _cleanup_config_ config = CONFIG_INIT;
        struct err _cleanup_err_ err = ERR_INIT;
        check_err(load(&(const struct given){.settings = {wrong[i]}}, &config, &err), &err, ERR_USAGE,
                  "--set needs SECTION.KEY=VALUE");
    }
    LOAD(config, .settings = {"database.url=host=a.b dbname=c=d"});
    assert_string_equal(config_text(config_section(&config, SECTION_DATABASE), KEY_DATABASE_url), "host=a.b dbname=c=d");
}

static void a_key_set_twice_in_a_file_is_refused(void **state)
{
    (void)state;
    REFUSED("tenantgate.ini:5: 'timeout' is set twice; first at tenantgate.ini:2",
            .file = "[gate]\ntimeout = 5s\n[log]\n[gate]\nTimeout = 6s\n");
    LOAD(config, .file = "[gate]\ntimeout = 5s\n[log]\n[gate]\nbanner = none\n");
    assert_string_equal(config_choice(config_section(&config, SECTION_GATE), KEY_GATE_banner), "none");
}

static void what_kubernetes_injects_is_passed_over(void **state)
{
    (void)state;
    LOAD(config, .env = {"TENANTGATE_SERVICE_HOST=10.0.0.1", "TENANTGATE_SERVICE_PORT_HTTP=80", "TENANTGATE_PORT=tcp://10.0.0.1:80",
                         "TENANTGATE_PORT_80_TCP_ADDR=10.0.0.1", "TENANTGATES=1", "tenantgate_gate_timeout=x"});
    assert_false(config_is_set(config_section(&config, SECTION_GATE), KEY_GATE_timeout));
    REFUSED("TENANTGATE_SERVICES names no key", .env = {"TENANTGATE_SERVICES=x"});
    REFUSED("TENANTGATE_PORTS names no key", .env = {"TENANTGATE_PORTS=x"});
}

static void what_is_not_built_yet_is_refused_by_those_who_would_act_on_it(void **state)
{
    (void)state;
    struct err _cleanup_err_ err = ERR_INIT;
    LOAD(snapshot, .file = "[structure]\nsnapshot = account\n");
    check_err(config_check_built(&snapshot, COMMAND_RUN, &err), &err, ERR_CONFIG,
              "tenantgate.ini:2: this version of tenantgate cannot act on structure.snapshot yet");
    check_err(config_check_built(&snapshot, COMMAND_VERIFY, &err), &err, ERR_CONFIG, "structure.snapshot");
    assert_int_equal(config_check_built(&snapshot, COMMAND_WAIT, &err), 0);
    assert_int_equal(config_check_built(&snapshot, COMMAND_OTHER, &err), 0);
    /* The default in other words. */
    LOAD(same, .file = "[structure]\ndrift = FAIL\n[tenants]\ndatabases = all\n");
    assert_int_equal(config_check_built(&same, COMMAND_RUN, &err), 0);
    /* What is built is refused by nobody. */
    LOAD(step, .file = "[database.other]\nurl = postgres://x\n[structure]\ntables = a\n[step.migrate]\nrun = x\n[gate]\non_failure = hold\n[lock]\ntimeout = 601s\n");
    assert_int_equal(config_check_built(&step, COMMAND_RUN, &err), 0);
}

static void what_means_the_same_as_the_default_does_not_differ(void **state)
{
    (void)state;
    LOAD(same, .file = "[gate]\ntimeout = 300s\non_failure = Exit\n[app]\nsupervise = off\n[tenants]\nminimum = 01\nschemas =\n");
    LOAD(other, .file = "[gate]\ntimeout = 301s\non_failure = hold\n[app]\nsupervise = on\n[tenants]\nminimum = 2\nschemas = a\n");
    static const enum key_id keys[] = {KEY_GATE_timeout, KEY_GATE_on_failure, KEY_APP_supervise, KEY_TENANTS_minimum, KEY_TENANTS_schemas};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        enum section_id id = key_rows[keys[i]].section;
        assert_false(config_section(&same, id)->settings[keys[i]].differs);
        assert_true(config_is_set(config_section(&same, id), keys[i]));
        assert_true(config_section(&other, id)->settings[keys[i]].differs);
    }
    assert_false(config_section(&same, SECTION_GATE)->settings[KEY_GATE_recheck].differs);
}

static void show(const struct config *config, struct buf *out)
{
    config_show(config, out);
}

static void the_shown_configuration_names_origins_and_hides_secrets(void **state)
{
    (void)state;
    struct buf _cleanup_buf_ out = BUF_INIT;
    LOAD(config, .file = "[database]\npassword = hunter2\n[gate]\ntimeout = 5s\n",
         .env = {"TENANTGATE_DATABASE_URL=postgres://u:hun ter@2@h/d?password=hunter2", "TENANTGATE_NOTIFY_URL=https://hook/hunter2"},
         .settings = {"tenants.minimum=3"});
    show(&config, &out);
    check_has_not(buf_text(&out), "hunter2");
    check_has_not(buf_text(&out), "hun ter");
    check_has(buf_text(&out), "# from tenantgate.ini:2\npassword = ***\n");
    check_has(buf_text(&out), "# from TENANTGATE_DATABASE_URL\nurl = postgres://u:***@h/d?password=***\n");
    check_has(buf_text(&out), "# from TENANTGATE_NOTIFY_URL\nurl = ***\n");
    check_has(buf_text(&out), "# from --set\nminimum = 3\n");
    check_has(buf_text(&out), "# banner = auto\n");
}

static void the_shown_configuration_can_be_loaded_again(void **state)
{
    (void)state;
    struct buf _cleanup_buf_ out = BUF_INIT;
    LOAD(config, .file = "[tenants]\npattern = ^t\\.[0-9]+$$\nquery = SELECT 'a$$b'\n  FROM t\n[migrations.x]\npath = a, b\n",
         .env = {"TENANTGATE_APP_WORKDIR=/srv/${x}$"});
    show(&config, &out);
    LOAD(second, .file = buf_text(&out));
    assert_string_equal(config_text(config_section(&second, SECTION_TENANTS), KEY_TENANTS_pattern), "^t\\.[0-9]+$");
    assert_string_equal(config_text(config_section(&second, SECTION_TENANTS), KEY_TENANTS_query), "SELECT 'a$b'\nFROM t");
    assert_string_equal(config_text(config_section(&second, SECTION_APP), KEY_APP_workdir), "/srv/${x}$");
    assert_string_equal(config_next(&second, SECTION_MIGRATIONS, NULL)->name, "x");
}

static void the_shown_configuration_has_every_key(void **state)
{
    (void)state;
    struct buf _cleanup_buf_ out = BUF_INIT;
    LOAD(config, .file = "[step.x]\nrun = a\n[wait.x]\nurl = tcp://a:1\n");
    show(&config, &out);
    for (size_t k = 0; k < KEY_COUNT; k++) {
        char _cleanup_free_ *line = mem_printf("%s =", key_rows[k].name);
        check_has(buf_text(&out), line);
    }
}

static void control_characters_are_not_shown(void **state)
{
    (void)state;
    struct buf _cleanup_buf_ out = BUF_INIT;
    LOAD(config, .env = {"TENANTGATE_APP_WORKDIR=/a\x1b[2J\\b"});
    show(&config, &out);
    check_has(buf_text(&out), "workdir = /a\\x1b[2J\\b\n");
    assert_null(strchr(buf_text(&out), '\x1b'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_given_means_the_defaults),
        cmocka_unit_test(every_default_is_a_value_its_own_type_takes),
        cmocka_unit_test(the_later_layer_wins),
        cmocka_unit_test(the_file_is_found_where_it_was_named),
        cmocka_unit_test(named_sections_can_be_set_from_everywhere),
        cmocka_unit_test(the_plain_section_counts_if_set_or_alone),
        cmocka_unit_test(a_value_can_stand_in_a_file_of_its_own),
        cmocka_unit_test(references_are_replaced_in_files_only_where_they_were_written),
        cmocka_unit_test(bad_values_are_told_with_their_place),
        cmocka_unit_test(names_to_exclude_need_not_be_expressions),
        cmocka_unit_test(choices_are_taken_in_any_case),
        cmocka_unit_test(unknown_names_are_refused),
        cmocka_unit_test(close_misses_get_a_suggestion),
        cmocka_unit_test(a_setting_that_is_no_assignment_is_wrong_usage),
        cmocka_unit_test(a_key_set_twice_in_a_file_is_refused),
        cmocka_unit_test(what_kubernetes_injects_is_passed_over),
        cmocka_unit_test(what_is_not_built_yet_is_refused_by_those_who_would_act_on_it),
        cmocka_unit_test(what_means_the_same_as_the_default_does_not_differ),
        cmocka_unit_test(the_shown_configuration_names_origins_and_hides_secrets),
        cmocka_unit_test(the_shown_configuration_can_be_loaded_again),
        cmocka_unit_test(the_shown_configuration_has_every_key),
        cmocka_unit_test(control_characters_are_not_shown),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
