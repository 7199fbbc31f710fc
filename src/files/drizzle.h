/* Drizzle's two formats: before 1.0 a journal with a file for each entry (drizzle-orm/src/migrator.ts), from 1.0 on a folder
 * for each migration (migrator.utils.ts). */
#pragma once

#include "expected/source.h"

/* See expected/source.h. In the old format the id is the entry's tag, the label its time, and the place its place. */
int drizzle_read(const struct source *source, struct expected *ret, struct err *reterr);

/* The journal's text into an empty `ret`; `name` is what messages call it. Pure. */
int drizzle_journal(const char *name, const char *text, size_t len, struct expected *ret, struct err *reterr);

/* The first 14 digits of a folder's name as a time in UTC, in milliseconds, as older versions recorded it; NULL where it
 * does not begin with them. To be freed. */
char *drizzle_time_of(const char *folder);
