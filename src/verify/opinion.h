/* From what was read and decided of one tenant to its findings, with the words that people read. Pure. */
#pragma once

#include "verify/history.h"
#include "verify/verify.h"

/* The tenant's rows were read, and this is the verdict on them. */
void opinion_on_verdict(const struct verify_source *source, const struct recorded *recorded, const struct verdict *verdict,
                        struct unit *unit);

/* The rows were not read, and why. */
void opinion_on_state(const struct verify_source *source, const struct history *history, struct unit *unit);
