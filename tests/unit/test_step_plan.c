/* What of a step there is to run, and what it runs in. */
#include "check.h"

#include "step/environ.h"
#include "step/lock.h"
#include "step/plan.h"

static void planned(const struct step *step, const struct step_state *state, const char *wanted)
{
    struct step_commands _cleanup_step_commands_ commands = {0};
    struct strv _cleanup_strv_ lines = STRV_INIT;
    step_plan(step, state, &commands);
    for (size_t i = 0; i < commands.count; i++) {
        struct buf _cleanup_buf_ line = BUF_INIT;
        for (size_t w = 0; w < commands.items[i].argv.count; w++)
            buf_printf(&line, "%s%s", w ? " " : "", commands.items[i].argv.items[w]);
        strv_add(&lines, buf_text(&line));
    }
    check_list(&lines, wanted);
}

static struct step make(const char *first, const char *second)
{
    struct step step = {.name = "x", .jobs = 1};
    strv_add(&step.run, first);
    strv_add(&step.run, second);
    return step;
}

static void drop(struct step *step)
{
    strv_done(&step->run);
    strv_done(&step->recover);
}

static void a_plain_step_always_runs_and_asks_nothing(void **state)
{
    (void)state;
    struct step step = make("run", "it");
    const struct step_state unknown = {0};
    assert_false(step_needs_state(&step, &unknown));
    planned(&step, &unknown, "run it");
    drop(&step);
}

static void a_pending_step_runs_where_something_was_pending(void **state)
{
    (void)state;
    struct step step = make("run", "it");
    step.pending_only = true;
    const struct step_state unknown = {0}, none = {.known = true}, later = {.was_pending = true};
    assert_true(step_needs_state(&step, &unknown));
    assert_false(step_needs_state(&step, &none));
    assert_false(step_needs_state(&step, &later));
    planned(&step, &none, "");
    planned(&step, &later, "run it");
    drop(&step);
}

static void each_tenant_asks_who_is_behind_now(void **state)
{
    (void)state;
    struct step step = make("run", "--s={tenant}");
    step.each_tenant = true;
    const struct step_state unknown = {.was_pending = true}, none = {.known = true, .was_pending = true};
    struct step_state two = {.known = true};
    strv_add(&two.behind, "a b");
    strv_add(&two.behind, "{tenant}");
    assert_true(step_needs_state(&step, &unknown));
    planned(&step, &none, "");
    planned(&step, &two, "run --s=a b|run --s={tenant}");
    step_state_done(&two);
    drop(&step);
}

static void recovery_names_the_tenant_too(void **state)
{
    (void)state;
    struct step step = make("run", "{tenant}");
    step.each_tenant = true;
    strv_add(&step.recover, "fix-{tenant}");
    struct step_state one = {.known = true};
    strv_add(&one.behind, "acme");
    struct step_commands _cleanup_step_commands_ commands = {0};
    step_plan(&step, &one, &commands);
    assert_int_equal(commands.count, 1);
    assert_string_equal(commands.items[0].tenant, "acme");
    check_list(&commands.items[0].recover, "fix-acme");
    step_state_done(&one);
    drop(&step);
}

static void steps_see_what_the_app_need_not(void **state)
{
    (void)state;
    char first[] = "DATABASE_URL=x", second[] = "TENANTGATE_DATABASE_URL=y", third[] = "PGAPPNAME=z", fourth[] = "HOME=/root";
    char *vars[] = {first, second, third, fourth, NULL};
    const struct environment env = {.vars = vars};
    struct strv _cleanup_strv_ unset = STRV_INIT, seen = STRV_INIT;
    strv_add(&unset, "TENANTGATE_*");
    strv_add(&unset, "DATABASE_URL");
    struct step_environment _cleanup_step_environment_ made = {0};
    step_environment_make(&env, &unset, NULL, "migrate", NULL, &made);
    for (char **p = made.vars; *p != NULL; p++)
        strv_add(&seen, *p);
    check_list(&seen, "DATABASE_URL=x|HOME=/root|PGAPPNAME=tenantgate-step:migrate");
}

static void another_user_gets_a_home_of_its_own(void **state)
{
    (void)state;
    char home[] = "HOME=/root", own[] = "/home/app";
    char *vars[] = {home, NULL};
    const struct environment env = {.vars = vars};
    const struct user user = {.change = true, .home = own};
    const struct strv unset = STRV_INIT;
    struct strv _cleanup_strv_ seen = STRV_INIT;
    struct step_environment _cleanup_step_environment_ made = {0};
    step_environment_make(&env, &unset, &user, "x", NULL, &made);
    for (char **p = made.vars; *p != NULL; p++)
        strv_add(&seen, *p);
    check_list(&seen, "PGAPPNAME=tenantgate-step:x|HOME=/home/app");
}

static void the_key_of_the_lock_stays_what_it_is(void **state)
{
    (void)state;
    /* Replicas of different versions must keep each other out. */
    assert_int_equal(lock_key(), INT64_C(0x74676C6B2C35B134));
}

static void of_several_databases_each_tenant_is_told_its_own(void **state)
{
    (void)state;
    struct step step = make("{tenant}@{database}", "{database}{tenant}");
    step.each_tenant = true;
    struct step_state behind = {.known = true, .was_pending = true};
    strv_add(&behind.behind, "acme");
    strv_add(&behind.behind, "{database}");
    strv_add(&behind.databases, "{tenant}");
    strv_add(&behind.databases, "second");
    planned(&step, &behind, "acme@{tenant} {tenant}acme|{database}@second second{database}");
    strv_done(&behind.databases);
    behind.databases = STRV_INIT;
    planned(&step, &behind, "acme@{database} {database}acme|{database}@{database} {database}{database}");
    step_state_done(&behind);
    drop(&step);
}

static void what_a_command_is_told_stands_over_its_environment(void **state)
{
    (void)state;
    char old[] = "PGDATABASE=old", kept[] = "PGDATABASES=kept", name[] = "PGAPPNAME=old", other[] = "A=b";
    char *vars[] = {old, kept, name, other, NULL};
    const struct environment env = {.vars = vars};
    struct strv _cleanup_strv_ unset = STRV_INIT, told = STRV_INIT, all = STRV_INIT;
    struct step_environment _cleanup_step_environment_ made = {0};
    strv_add(&told, "PGDATABASE=new");
    strv_add(&told, "DATABASE_URL=x=y");
    step_environment_make(&env, &unset, NULL, "x", &told, &made);
    for (char **var = made.vars; *var != NULL; var++)
        strv_add(&all, *var);
    check_list(&all, "PGDATABASES=kept|A=b|PGDATABASE=new|DATABASE_URL=x=y|PGAPPNAME=tenantgate-step:x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_several_databases_each_tenant_is_told_its_own),
        cmocka_unit_test(what_a_command_is_told_stands_over_its_environment),
        cmocka_unit_test(a_plain_step_always_runs_and_asks_nothing),
        cmocka_unit_test(a_pending_step_runs_where_something_was_pending),
        cmocka_unit_test(each_tenant_asks_who_is_behind_now),
        cmocka_unit_test(recovery_names_the_tenant_too),
        cmocka_unit_test(steps_see_what_the_app_need_not),
        cmocka_unit_test(another_user_gets_a_home_of_its_own),
        cmocka_unit_test(the_key_of_the_lock_stays_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
