/* The one table from what happened to exit code and reason. */
#include "gate/outcome.h"

struct outcome outcome_of(const struct err *err)
{
    static const struct outcome table[] = {
        [ERR_NONE] = {EXIT_INTERNAL, "internal"},
        [ERR_USAGE] = {EXIT_USAGE, "configuration"},
        [ERR_CONFIG] = {EXIT_CONFIGURATION, "configuration"},
        [ERR_NO_EXPECTED] = {EXIT_CONFIGURATION, "no_expected_migrations"},
        [ERR_UNAVAILABLE] = {EXIT_UNAVAILABLE, "database_unavailable"},
        [ERR_REFUSED] = {EXIT_REFUSED, "database_refused"},
        [ERR_DEPENDENCY] = {EXIT_UNAVAILABLE, "dependency_unavailable"},
        [ERR_DEADLINE] = {EXIT_UNAVAILABLE, "deadline"},
        [ERR_STEP] = {EXIT_STEP, "step_failed"},
        [ERR_LOCK] = {EXIT_LOCK, "lock_timeout"},
        [ERR_SIGNALLED] = {EXIT_SIGNAL_BASE, "signalled"},
        [ERR_LOST] = {EXIT_UNAVAILABLE, "database_unavailable"},
        [ERR_QUERY] = {EXIT_INTERNAL, "internal"},
        [ERR_INTERNAL] = {EXIT_INTERNAL, "internal"},
    };
    struct outcome outcome = table[err->kind];
    if (err->kind == ERR_SIGNALLED)
        outcome.exit_code += err->signal;
    return outcome;
}
