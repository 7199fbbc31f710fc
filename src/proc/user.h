/* Who the app runs as. /etc/passwd and /etc/group are read here and not by the C library, whose own way (NSS) a static
 * binary in an empty image does not have. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct user {
    bool change; /* false: the process is that user already, and user_drop() does nothing */
    uid_t uid;
    gid_t gid;
    gid_t *groups; /* the supplementary groups; owned */
    size_t group_count;
    char *home; /* owned */
};

void user_done(struct user *user);
#define _cleanup_user_ __attribute__((cleanup(user_done)))

/* Finds `text`: USER or USER:GROUP, each a name or a number; "" is nobody in particular (nothing changes).
 *
 * Without a group the user gets its own group and all others that /etc/group has it in; with one, that one alone. A number
 * that /etc/passwd does not have is its own group, and its home is "/".
 *
 * Then tries it in a process of its own, so that what cannot work is known before anything is started. Fails with
 * ERR_CONFIG: no such user or group, not started as root, capabilities missing. */
int user_find(const char *text, struct user *ret, struct err *reterr);

/* Becomes that user with all IDs and groups and, unless it is root, without any capability; then makes sure that there is
 * no way back. Returns 0 or an errno; ENOTRECOVERABLE where there was one. Only async-signal-safe calls: for the child
 * between fork and exec, or right before exec. Changes the calling thread only: that is what exec keeps. */
int user_drop(const struct user *user);
