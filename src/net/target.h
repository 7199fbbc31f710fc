/* What a URL of [wait.NAME], [health] or the command line names. Pure. */
#pragma once

#include "base/err.h"

enum net_kind {
    NET_HTTP,      /* http://..., https://... */
    NET_HTTP_UNIX, /* http+unix://%2Frun%2Fapp.sock/path: HTTP over a socket of this machine */
    NET_TCP,       /* tcp://host:port, tcp://[::1]:port: takes connections */
    NET_UNIX,      /* unix:/path: takes connections */
};

struct net_target {
    enum net_kind kind;
    char *url;         /* with the HTTP kinds; owned */
    char *host, *port; /* with NET_TCP; owned */
    char *path;        /* of the socket; owned */
    char *shown;       /* for messages: no user, no password, no query; owned */
};

void net_target_done(struct net_target *target);
#define _cleanup_net_target_ __attribute__((cleanup(net_target_done)))

/* Fails with ERR_CONFIG; the message does not hold the URL, whose password it might tell. */
int net_target_parse(const char *url, struct net_target *ret, struct err *reterr);
void net_target_copy(const struct net_target *from, struct net_target *ret);
