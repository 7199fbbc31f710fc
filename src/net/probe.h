/* One look at something on the network, blocking: for threads of their own. net/check.h is the way in for all others. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/environ.h"
#include "net/target.h"

/* What counts as up, where it speaks HTTP; for the others it is that a connection is taken. */
struct net_expect {
    long status;      /* 0: 2xx and 3xx */
    const char *text; /* must be in the first 64 KiB of the body; NULL or "": none */
};

/* How to reach it. */
struct net_options {
    int64_t timeout_ms;
    const char *ca_file, *ca_dir; /* authorities for TLS instead of the system's; NULL or "": the system's */
};

/* The authorities that SSL_CERT_FILE and SSL_CERT_DIR name. Borrowed from the environment. */
struct net_options net_options(const struct environment *env, int64_t timeout_ms);

/* Is it up? *ret_words says what was seen, up or not: one line, no secrets, to be escaped and freed. */
bool net_probe(const struct net_target *target, const struct net_expect *expect, const struct net_options *options,
               char **ret_words);
