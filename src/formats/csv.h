/* CSV as RFC 4180 has it. Pure. */
#pragma once

#include <stddef.h>

#include "base/strv.h"

/* Takes the next record of the text into an empty list; returns where the one after it begins, or NULL at the end of the text
 * and where a quote does not end (`ret` is empty then). Fields hold no NUL bytes. */
const char *csv_record(const char *at, const char *end, struct strv *ret);
