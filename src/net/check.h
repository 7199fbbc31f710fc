/* Is something on the network up? One look, that signals and a deadline end whatever the network does. */
#pragma once

#include "base/watch.h"
#include "net/probe.h"

/* Returns 1 (up), 0 (not), or -1 with ERR_SIGNALLED or ERR_INTERNAL. *ret_words says what was seen, with 1 and 0: one line,
 * no secrets, to be escaped and freed. */
int net_check(const struct net_target *target, const struct net_expect *expect, const struct net_options *options,
              const struct watch *watch, char **ret_words, struct err *reterr);

/* The same without waiting: net_check_fd() becomes readable when it is done. NULL with ERR_INTERNAL. */
struct net_checking;
struct net_checking *net_check_begin(const struct net_target *target, const struct net_expect *expect,
                                     const struct net_options *options, struct err *reterr);
int net_check_fd(const struct net_checking *checking);
/* Ends it, done or not: is it up? *ret_words as above. NULL is down. */
bool net_check_end(struct net_checking *checking, char **ret_words);
