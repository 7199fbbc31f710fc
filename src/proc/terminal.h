/* The terminal's foreground group, where the app runs in a process group of its own: Ctrl-C must reach the app, and Ctrl-Z
 * what a shell would call the job. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct terminal {
    int fd; /* the controlling terminal, or -1 where there is none */
};

/* Finds the controlling terminal: one of the standard descriptors, else /dev/tty. */
void terminal_open(struct terminal *terminal);
void terminal_close(struct terminal *terminal);

/* Is the caller's own process group in the foreground? A background job must not take the terminal away from the shell. */
bool terminal_is_ours(const struct terminal *terminal);
/* Is it that group? */
bool terminal_is_of(const struct terminal *terminal, pid_t group);

/* Puts a process group into the foreground; without a terminal nothing. SIGTTOU must be blocked. Async-signal-safe. */
void terminal_give(const struct terminal *terminal, pid_t group);
/* Puts the caller's own group into the foreground again, where `group` has it. */
void terminal_take_back(const struct terminal *terminal, pid_t group);

/* Stops the caller's process group as Ctrl-Z does, so that the shell notices, and returns when it is continued. Returns
 * false at once where the kernel does not stop it: there is no shell that could continue it (also PID 1). SIGTSTP and
 * SIGCONT must be blocked. */
bool terminal_suspend(void);
