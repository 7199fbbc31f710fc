/* POSTing a small JSON document to a URL that is a secret. */
#pragma once

#include "base/watch.h"
#include "net/probe.h"

/* Returns 1 (answered with 2xx), 0 (not; *ret_words says why, without the URL; to be escaped and freed), or -1 with
 * ERR_SIGNALLED or ERR_INTERNAL. Takes no longer than options->timeout_ms. */
int net_post(const char *url, const char *json, const struct net_options *options, const struct watch *watch,
             char **ret_words, struct err *reterr);
