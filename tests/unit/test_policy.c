/* When to try again and when to give up: pure arithmetic on times. */
#include "check.h"

#include "wait/policy.h"

static const struct wait_policy usual = {
    .wait_ms = 60000, .attempt_ms = 5000, .retry_ms = 100, .retry_max_ms = 2000, .grace_ms = 5000};

static void pauses_double_up_to_the_longest(void **state)
{
    (void)state;
    static const int64_t whole[] = {100, 200, 400, 800, 1600, 2000, 2000};
    for (unsigned n = 0; n < 7; n++) {
        int64_t half = whole[n] / 2;
        assert_int_equal(wait_pause_ms(&usual, n, 0), half);
        assert_int_equal(wait_pause_ms(&usual, n, (uint32_t)(whole[n] - half)), whole[n]);
        assert_int_equal(wait_pause_ms(&usual, n, (uint32_t)(whole[n] - half + 1)), half); /* round again */
    }
    assert_in_range(wait_pause_ms(&usual, UINT32_MAX, UINT32_MAX), 1000, 2000);
}

static void pauses_differ_between_replicas(void **state)
{
    (void)state;
    bool low = false, high = false;
    for (uint32_t random = 0; random < 100000; random += 37) {
        int64_t pause = wait_pause_ms(&usual, 3, random);
        assert_in_range(pause, 400, 800);
        low = low || pause < 450;
        high = high || pause > 750;
    }
    assert_true(low && high);
}

static void extreme_times_do_not_overflow(void **state)
{
    (void)state;
    const int64_t ten_years = INT64_C(3650) * 86400000;
    const struct wait_policy slow = {.retry_ms = ten_years, .retry_max_ms = ten_years};
    const struct wait_policy quick = {.retry_ms = 1, .retry_max_ms = 1}, odd = {.retry_ms = 5000, .retry_max_ms = 10};
    assert_in_range(wait_pause_ms(&slow, 1000, 12345), ten_years / 2, ten_years);
    assert_in_range(wait_pause_ms(&quick, 1000, 1), 0, 1);
    assert_in_range(wait_pause_ms(&odd, 0, 3), 5, 10);
}

static void what_may_still_come_up_is_retried_until_the_time_is_over(void **state)
{
    (void)state;
    static const enum failure_class classes[] = {FAILURE_NETWORK, FAILURE_NOT_READY};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(wait_decide(&usual, classes[i], 0, 0, false), WAIT_RETRY);
        assert_int_equal(wait_decide(&usual, classes[i], 59999, 0, false), WAIT_RETRY);
        assert_int_equal(wait_decide(&usual, classes[i], 60000, 0, false), WAIT_GIVE_UP_UNAVAILABLE);
        assert_int_equal(wait_decide(&usual, classes[i], 1, 0, true), WAIT_GIVE_UP_UNAVAILABLE);
    }
}

static void a_refusal_is_retried_for_the_grace_only(void **state)
{
    (void)state;
    assert_int_equal(wait_decide(&usual, FAILURE_REFUSED, 30000, 0, false), WAIT_RETRY);
    assert_int_equal(wait_decide(&usual, FAILURE_REFUSED, 30000, 4999, false), WAIT_RETRY);
    assert_int_equal(wait_decide(&usual, FAILURE_REFUSED, 30000, 5000, false), WAIT_GIVE_UP_REFUSED);
    assert_int_equal(wait_decide(&usual, FAILURE_REFUSED, 60000, 1, false), WAIT_GIVE_UP_REFUSED);
    assert_int_equal(wait_decide(&usual, FAILURE_REFUSED, 1, 1, true), WAIT_GIVE_UP_REFUSED);
}

static void without_grace_a_refusal_is_final_at_once(void **state)
{
    (void)state;
    struct wait_policy strict = usual;
    strict.grace_ms = 0;
    assert_int_equal(wait_decide(&strict, FAILURE_REFUSED, 0, 0, false), WAIT_GIVE_UP_REFUSED);
    assert_int_equal(wait_decide(&strict, FAILURE_NOT_READY, 0, 0, false), WAIT_RETRY);
}

static void without_waiting_there_is_one_try(void **state)
{
    (void)state;
    struct wait_policy once = usual;
    once.wait_ms = 0;
    assert_int_equal(wait_decide(&once, FAILURE_NETWORK, 0, 0, false), WAIT_GIVE_UP_UNAVAILABLE);
}

static void what_cannot_work_is_never_retried(void **state)
{
    (void)state;
    assert_int_equal(wait_decide(&usual, FAILURE_CONFIG, 0, 0, false), WAIT_GIVE_UP_CONFIG);
    assert_int_equal(wait_decide(&usual, FAILURE_CONFIG, 60000, 0, true), WAIT_GIVE_UP_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_double_up_to_the_longest),
        cmocka_unit_test(pauses_differ_between_replicas),
        cmocka_unit_test(extreme_times_do_not_overflow),
        cmocka_unit_test(what_may_still_come_up_is_retried_until_the_time_is_over),
        cmocka_unit_test(a_refusal_is_retried_for_the_grace_only),
        cmocka_unit_test(without_grace_a_refusal_is_final_at_once),
        cmocka_unit_test(without_waiting_there_is_one_try),
        cmocka_unit_test(what_cannot_work_is_never_retried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
