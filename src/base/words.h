/* Command lines as people write them, split into words without a shell. Pure functions. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/strv.h"

/* Splits as a POSIX shell splits words: blanks and line ends separate; '...' keeps everything; "..." keeps everything but
 * a backslash before " \ $ ` or a line end; a backslash elsewhere keeps the next character (before a line end both go).
 * Nothing is expanded, and nothing is an operator: $HOME, * and | are ordinary text. Adds to `ret`. Fails (ERR_CONFIG) on
 * an unfinished quote and on a backslash at the end. */
int words_split(const char *text, struct strv *ret, struct err *reterr);

/* Is it a word that would be an operator in a shell ("&&", "|", ">", "2>&1", ...)? For a warning to who expects one. */
bool words_is_operator(const char *word);

/* Adds the words to `ret` with every `placeholder` replaced by `value`, which thereby never becomes two words. */
void words_fill(const struct strv *words, const char *placeholder, const char *value, struct strv *ret);

/* The same for several placeholders in one go: what one puts in is not looked at for the others. */
struct words_value {
    const char *placeholder, *value;
};
void words_fill_all(const struct strv *words, const struct words_value *values, size_t count, struct strv *ret);

/* The words as one line that words_split() (and a shell) would split into the same words; to be freed. */
char *words_join(const struct strv *words);
