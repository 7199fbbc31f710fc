/* What progress looks like, and when nothing of it is shown. */
#include "check.h"

#include "base/progress.h"

static void check_line(const struct progress *progress, size_t columns, const char *wanted)
{
    struct buf _cleanup_buf_ out = BUF_INIT;
    progress_text(progress, columns, &out);
    assert_string_equal(buf_text(&out), wanted);
}

static void a_line_says_how_far_it_is(void **state)
{
    (void)state;
    check_line(&(struct progress){.tenants = 10000, .tenants_done = 4200}, 0, "verifying: 4200 of 10000 tenants");
    check_line(&(struct progress){.tenants = 9, .tenants_done = 7, .databases = 200, .databases_done = 12}, 0,
               "verifying: 12 of 200 databases, 7 tenants");
}

static void a_bar_is_drawn_where_there_is_room(void **state)
{
    (void)state;
    check_line(&(struct progress){.tenants = 2, .tenants_done = 1}, 80, "verifying: 1 of 2 tenants [###############...............]");
    check_line(&(struct progress){.tenants = 2, .tenants_done = 2}, 58, "verifying: 2 of 2 tenants [##############################]");
    check_line(&(struct progress){.tenants = 2, .tenants_done = 2}, 57, "verifying: 2 of 2 tenants");
    check_line(&(struct progress){.tenants = 2, .tenants_done = 2}, 12, "verifying: 2");
    check_line(&(struct progress){.databases = 3}, 80, "verifying: 0 of 3 databases, 0 tenants [..............................]");
    check_line(&(struct progress){0}, 80, "verifying: 0 of 0 tenants [..............................]");
}

static void what_is_counted_twice_counts_once_and_the_end_begins_anew(void **state)
{
    (void)state;
    struct progress progress;
    progress_init(&progress, false);
    const struct log log = {.least = LOG_INFO, .progress = &progress}, quiet = {.least = LOG_WARNING, .progress = &progress};
    const struct log without = {.least = LOG_INFO};
    progress_expect_tenants(&log, 100);
    progress_add_tenants(&log, 70);
    progress_add_tenants(&log, 70);
    assert_int_equal(progress.tenants_done, 100);
    progress_add_tenants(&quiet, 1);
    progress_expect_databases(&without, 5);
    assert_int_equal(progress.databases, 0);
    progress_over(&log);
    assert_int_equal(progress.tenants, 0);
    assert_int_equal(progress.began_ms, 0);
    progress_done(&progress);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_says_how_far_it_is),
        cmocka_unit_test(a_bar_is_drawn_where_there_is_room),
        cmocka_unit_test(what_is_counted_twice_counts_once_and_the_end_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
