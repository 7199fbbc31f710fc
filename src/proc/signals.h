/* Signals of the closed gate. As PID 1 of a container no signal has a default action (pid_namespaces(7)), so every
 * signal that would end a process is taken by a descriptor and ends the gate by itself. */
#pragma once

#include <signal.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/watch.h"

/* A signal mask as the kernel has it. */
struct kernel_mask {
    unsigned char bits[(_NSIG - 1) / 8];
};

struct signals {
    struct kernel_mask inherited; /* the mask the process came with: the app gets it back */
    unsigned reserved_ignored;    /* which of the signals that the C library keeps to itself came ignored */
    sigset_t taken;
    struct watch watch;
};

/* Blocks every signal that would end the process and opens the descriptor for them. Signals that are ignored already
 * (nohup) stay ignored, and stop signals keep working. Must come before any thread is started. */
int signals_start(struct signals *signals, struct err *reterr);

/* Undoes it, for the app: nothing of ours is left pending, and the mask is what was inherited. Returns -1 with
 * ERR_SIGNALLED if a signal came before that point. */
int signals_restore(struct signals *signals, struct err *reterr);

/* The last part of that, for a child between fork and exec: async-signal-safe. 0, or -1 with errno. */
int signals_hand_back(const struct signals *signals);
