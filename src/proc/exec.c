/* Becoming the app. */
#include "proc/exec.h"

int exec_app(const struct launch *launch, struct signals *signals, struct err *reterr)
{
    struct launch_failure failure;
    if (launch_enter(launch, &failure) != 0)
        return launch_explain(launch, &failure, reterr);
    if (signals_restore(signals, reterr) != 0)
        return reterr->kind == ERR_SIGNALLED ? 128 + reterr->signal : LAUNCH_CANNOT_EXECUTE;
    launch_exec(launch, &failure);
    return launch_explain(launch, &failure, reterr);
}
