/* The terminal's foreground group. */
#include "proc/terminal.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/mem.h"

void terminal_open(struct terminal *terminal)
{
    static const int standard[] = {STDIN_FILENO, STDERR_FILENO, STDOUT_FILENO};
    terminal->fd = -1;
    for (size_t i = 0; i < sizeof standard / sizeof *standard && terminal->fd < 0; i++)
        if (tcgetpgrp(standard[i]) >= 0) /* fails for a terminal that is not the controlling one */
            terminal->fd = fcntl(standard[i], F_DUPFD_CLOEXEC, 3);
    if (terminal->fd < 0)
        terminal->fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

void terminal_close(struct terminal *terminal)
{
    mem_close_fd(&terminal->fd);
}

bool terminal_is_of(const struct terminal *terminal, pid_t group)
{
    return terminal->fd >= 0 && tcgetpgrp(terminal->fd) == group;
}

bool terminal_is_ours(const struct terminal *terminal)
{
    /* Both are 0 where the group's leader is outside of the PID namespace: taken for the same one. */
    return terminal_is_of(terminal, getpgrp());
}

void terminal_give(const struct terminal *terminal, pid_t group)
{
    if (terminal->fd >= 0 && tcsetpgrp(terminal->fd, group) != 0)
        return; /* hung up meanwhile: then there is no foreground */
}

void terminal_take_back(const struct terminal *terminal, pid_t group)
{
    pid_t own = getpgrp();
    if (own > 0 && terminal_is_of(terminal, group))
        terminal_give(terminal, own);
}

bool terminal_suspend(void)
{
    sigset_t stop, pending;
    if (getpid() == 1 || sigemptyset(&stop) != 0 || sigaddset(&stop, SIGTSTP) != 0)
        return false;
    /* To the whole group: the other processes of a pipeline or a script belong to the job too. Unlike SIGSTOP, SIGTSTP is
     * dropped by the kernel where nobody is left who could continue the group. */
    if (kill(0, SIGTSTP) != 0 || sigprocmask(SIG_UNBLOCK, &stop, NULL) != 0)
        return false;
    /* Here it stops, until SIGCONT, which stays pending. */
    if (sigprocmask(SIG_BLOCK, &stop, NULL) != 0 || sigpending(&pending) != 0)
        return false;
    return sigismember(&pending, SIGCONT) == 1;
}
