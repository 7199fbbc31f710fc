/* The beacon: how `tenantgate healthcheck` finds the gate of its container and learns what it is doing.
 *
 * While `run` has not become the app it listens on an abstract unix socket (unix(7)) whose name holds the number of its
 * mount namespace and that of its own program file. The first is what a container has for itself in every arrangement: processes that an engine starts
 * inside later (health checks, exec) are in it, whoever is PID 1 (`init: true`); containers that share a PID or network
 * namespace (a pod, `network_mode: host`) each have their own, so that their gates cannot be confused. Nothing is written
 * to any file system, no other process need be looked into, and the name is gone the moment the gate is: also when it
 * crashes, and when it becomes the app.
 *
 * The second keeps apart what runs without containers, from copies of its own.
 *
 * Several gates of one container (a second `run` by hand) take the names 0, 1, 2, ...; the one that is closed counts. */
#pragma once

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

struct beacon;

/* Begins to listen, in a thread that takes no signals; says "closed" until told otherwise. The beacon lives as long as the
 * process. Fails with ERR_INTERNAL, which is no reason not to go on: then a health check sees no gate. */
int beacon_light(struct beacon **ret, struct err *reterr);

/* What the gate is doing, one line without secrets (copied). NULL beacons are none. */
void beacon_say(struct beacon *beacon, bool open, const char *text);
/* For struct log_tap: what the log says is what the gate is doing. */
void beacon_hear(void *beacon, const char *message);

struct beacon_answer {
    bool open;
    char *text; /* what it is doing; to be escaped and freed */
};

/* Asks the gates of this container. Returns 1 with *ret (of one that is closed, if there is one), or 0 where there is none
 * or none answers before the deadline. */
int beacon_ask(struct deadline until, struct beacon_answer *ret);
