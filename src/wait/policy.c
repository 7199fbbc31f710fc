/* When to try again, and when to give up. */
#include "wait/policy.h"

int64_t wait_pause_ms(const struct wait_policy *policy, unsigned n, uint32_t random)
{
    int64_t pause = policy->retry_ms;
    for (unsigned i = 0; i < n && pause < policy->retry_max_ms; i++)
        pause *= 2;
    if (pause > policy->retry_max_ms)
        pause = policy->retry_max_ms;
    int64_t half = pause / 2;
    return half + (int64_t)random % (pause - half + 1);
}

enum wait_step wait_decide(const struct wait_policy *policy, enum failure_class class, int64_t waited_ms,
                           int64_t refused_ms, bool over)
{
    if (class == FAILURE_CONFIG)
        return WAIT_GIVE_UP_CONFIG;
    bool late = over || waited_ms >= policy->wait_ms;
    if (class == FAILURE_REFUSED && (late || refused_ms >= policy->grace_ms))
        return WAIT_GIVE_UP_REFUSED;
    return late ? WAIT_GIVE_UP_UNAVAILABLE : WAIT_RETRY;
}
