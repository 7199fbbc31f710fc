/* Sqitch: the plan, and the ids that are chained through it (sqitchers/sqitch, lib/App/Sqitch/Plan.pm, Plan/Change.pm). */
#pragma once

#include "expected/source.h"

/* See expected/source.h. The id of a change is its name (with "@TAG" behind it where it was reworked later: the tag it
 * belonged to), the label its change_id, the place its place. Reads sqitch.conf for where plan, scripts and registry are. */
int sqitch_read(const struct source *source, struct expected *ret, struct err *reterr);

/* The plan's text into an empty `ret`; `name` is what messages call it. Pure. */
int sqitch_plan(const char *name, const char *text, size_t len, struct expected *ret, struct err *reterr);

/* What `sqitch plan -f oneline` prints. */
int listing_read_sqitch(const char *text, size_t len, struct expected *ret, struct err *reterr);
