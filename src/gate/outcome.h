/* The one table from what happened to exit code and reason. */
#pragma once

#include <stdbool.h>

#include "base/err.h"

enum exit_code {
    EXIT_OPEN = 0,
    EXIT_NOT_MIGRATED = 1,
    EXIT_USAGE = 64,
    EXIT_UNAVAILABLE = 69,
    EXIT_INTERNAL = 70,
    EXIT_STEP = 73,
    EXIT_LOCK = 75,
    EXIT_REFUSED = 77,
    EXIT_CONFIGURATION = 78,
    EXIT_CANNOT_EXECUTE = 126,
    EXIT_NOT_FOUND = 127,
    EXIT_SIGNAL_BASE = 128,
};

struct outcome {
    int exit_code;
    const char *reason; /* the word of the JSON report */
};

/* The outcome of an error that kept the gate closed. */
struct outcome outcome_of(const struct err *err);
