/* What was told last, so that a restart loop does not tell it again with every crash.
 *
 * A small file holds what was told and, by its time, when. It is looked for and left in notify.state, or, where that is
 * empty, in the first of $TMPDIR, /tmp, /var/tmp, /dev/shm that can be written: a container that is restarted keeps its
 * own file system, so /tmp remembers; /dev/shm is made anew by most engines and only saves what it can. Where nothing can
 * be written nothing is remembered, and every crash tells: name a volume in notify.state then. A file that somebody else
 * owns, or that is no regular file, is not believed and not written. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/environ.h"

struct stamp {
    char *path; /* NULL: nothing can be remembered; owned */
};

void stamp_done(struct stamp *stamp);
#define _cleanup_stamp_ __attribute__((cleanup(stamp_done)))

/* Finds the place. `who` tells apart what shares a folder: a text, of which only a digest is shown in the file's name. */
void stamp_find(const char *folder, const char *who, const struct environment *env, struct stamp *ret);

/* Was exactly `what` told last, and less than `repeat_ms` ago? */
bool stamp_has(const struct stamp *stamp, const char *what, int64_t repeat_ms);

/* Remembers that `what` was told now. Does nothing where it cannot. */
void stamp_set(const struct stamp *stamp, const char *what);
