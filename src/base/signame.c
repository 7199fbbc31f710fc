/* Names of signals: not every C library has sigabbrev_np(3). */
#include "base/signame.h"

#include <signal.h>
#include <stddef.h>

const char *signal_name(int number)
{
#define NAME(x) [x] = #x
    static const char *const names[] = {
        NAME(SIGHUP),  NAME(SIGINT),  NAME(SIGQUIT), NAME(SIGILL),    NAME(SIGTRAP), NAME(SIGABRT),   NAME(SIGBUS),
        NAME(SIGFPE),  NAME(SIGKILL), NAME(SIGUSR1), NAME(SIGSEGV),   NAME(SIGUSR2), NAME(SIGPIPE),   NAME(SIGALRM),
        NAME(SIGTERM), NAME(SIGCHLD), NAME(SIGCONT), NAME(SIGSTOP),   NAME(SIGTSTP), NAME(SIGTTIN),   NAME(SIGTTOU),
        NAME(SIGURG),  NAME(SIGXCPU), NAME(SIGXFSZ), NAME(SIGVTALRM), NAME(SIGPROF), NAME(SIGWINCH),  NAME(SIGIO),
        NAME(SIGPWR),  NAME(SIGSYS),
    };
#undef NAME
    return number > 0 && (size_t)number < sizeof names / sizeof *names ? names[number] : NULL;
}
