/* Threads beside the gate. */
#include "base/thread.h"

#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

void thread_takes_no_signals(void)
{
    const uint64_t every = ~(uint64_t)0;
    if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &every, NULL, sizeof every) != 0)
        BUG("signals cannot be blocked");
}
