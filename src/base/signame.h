/* Names of signals. */
#pragma once

/* "SIGTERM" for 15 and so on; NULL for numbers without a name of their own (real-time signals). */
const char *signal_name(int number);
