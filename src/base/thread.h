/* Threads beside the gate. */
#pragma once

/* Blocks every signal in the calling thread: to be called first in each. A thread that was walked away from would otherwise
 * take what the supervisor is to hand on. Also blocks those signals that the C library keeps to itself and leaves out of
 * sigfillset(3): nobody may cancel such a thread, nor change the user by the C library while it runs. */
void thread_takes_no_signals(void);
