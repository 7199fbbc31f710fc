/* Time: a monotonic clock in milliseconds, and deadlines on it. */
#include "base/clock.h"

#include <limits.h>
#include <time.h>

#include "base/mem.h"

int64_t clock_now_ms(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        BUG("no monotonic clock");
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct deadline deadline_in(int64_t after_ms)
{
    if (after_ms <= 0)
        return DEADLINE_NEVER;
    int64_t now = clock_now_ms();
    return (struct deadline){after_ms > INT64_MAX - now ? INT64_MAX : now + after_ms};
}

struct deadline deadline_min(struct deadline a, struct deadline b)
{
    return a.at_ms <= b.at_ms ? a : b;
}

bool deadline_passed(struct deadline deadline)
{
    return deadline.at_ms != INT64_MAX && clock_now_ms() >= deadline.at_ms;
}

int64_t deadline_left_ms(struct deadline deadline)
{
    if (deadline.at_ms == INT64_MAX)
        return INT64_MAX;
    int64_t left = deadline.at_ms - clock_now_ms();
    return left > 0 ? left : 0;
}

int deadline_poll_ms(struct deadline deadline)
{
    int64_t left = deadline_left_ms(deadline);
    if (left == INT64_MAX)
        return -1;
    return left > INT_MAX ? INT_MAX : (int)left;
}
