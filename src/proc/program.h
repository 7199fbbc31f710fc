/* Finding and executing a program: what execvp(3) does, split so that nothing is allocated between fork and exec. */
#pragma once

#include "base/strv.h"

/* Adds the files that may be meant by `name`: itself where it holds a slash, else one in each folder of `path` (NULL: the
 * usual folders). */
void program_candidates(const char *name, const char *path, struct strv *ret);

/* Tries the candidates in turn; what is not there or not ours to run is passed over, and "not ours" is told only if nothing
 * else was found. Unlike execvp(3) it never falls back to a shell, which an image need not have. Returns only on failure,
 * with the error number. Async-signal-safe. */
int program_exec(const struct strv *candidates, char *const *argv, char *const *vars);

/* The exit code for that error number: 127 not found, 126 cannot be executed. */
int program_exit_code(int why);

/* What to do about it, or NULL; to be freed. `candidates` may be NULL: then it is not known which file was meant. */
char *program_advice(const char *name, const struct strv *candidates, int why);
