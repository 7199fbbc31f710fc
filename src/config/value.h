/* Values as people write them: durations, booleans, lists, references to the environment. Pure functions. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/environ.h"
#include "base/err.h"
#include "base/strv.h"

/* "500ms", "30s", "5m", "1h", "1m30s", "0": milliseconds. -1 where it is none of these or does not fit. */
int value_duration(const char *text, int64_t *ret_ms);

/* "yes", "no", "true", "false", "on", "off", "1", "0", in any case. */
int value_bool(const char *text, bool *ret);

/* A decimal number from `least` to `most`, digits only. */
int value_count(const char *text, int64_t least, int64_t most, int64_t *ret);

/* Splits a comma-separated list; a line end separates too. White space around items is dropped, as are empty items. An
 * item in double quotes may hold commas and line ends ("" is one double quote). Fails (ERR_CONFIG) on an unfinished
 * quote. */
int value_list(const char *text, struct strv *ret, struct err *reterr);

/* The same for names among which an item that begins with '/' and ends with '/' is a regular expression: it may hold
 * commas. (In other lists that is a folder.) */
int value_names(const char *text, struct strv *ret, struct err *reterr);

/* Replaces ${NAME} and ${NAME:-default} by the environment's values and $$ by one dollar sign; any other dollar sign
 * stays. Fails (ERR_CONFIG) where a name without a default is not set, or a reference is not finished. */
int value_expand(const char *text, const struct environment *env, struct buf *out, struct err *reterr);

/* Checks a POSIX extended regular expression. */
int value_regex(const char *text, struct err *reterr);
