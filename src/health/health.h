/* Is the app healthy? One look at what [health] names; for `tenantgate healthcheck`, and for supervising. */
#pragma once

#include "base/environ.h"
#include "base/watch.h"
#include "config/config.h"
#include "net/check.h"

struct health {
    struct net_target target;
    struct net_expect expect; /* its text is borrowed from the configuration */
    struct net_options options;
};

void health_done(struct health *health);
#define _cleanup_health_ __attribute__((cleanup(health_done)))

/* What to ask: `url`, or health.url where it is NULL, as the section [health] says. Returns 1, or 0 where no URL is
 * named anywhere, or -1 with ERR_CONFIG. `section` and `env` must outlive it. */
int health_read(const struct section *section, const char *url, const struct environment *env, struct health *ret,
                struct err *reterr);

/* One check, which takes no longer than health.timeout (and a tenth of a second). Returns 1 (healthy), 0 (not), or -1 with
 * ERR_SIGNALLED or ERR_INTERNAL. *ret_words, with 1 and 0: what was seen, one line without secrets, to be escaped and
 * freed. */
int health_check(const struct health *health, const struct watch *watch, char **ret_words, struct err *reterr);
