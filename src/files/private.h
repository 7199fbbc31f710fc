/* Between the reader of folders and that of lists. */
#pragma once

#include "base/strmap.h"
#include "files/files.h"

/* What was taken so far, for what may come only once. */
struct files_taking {
    const struct file_rule *rule;
    struct expected *expected;
    struct strv ids;
    struct strv halves; /* where each half is, by the value that by_id has for it */
    struct strmap by_id;
};

void files_taking_done(struct files_taking *taking);

/* Adds what the name says; *ret is borrowed, and NULL where it is there already and that is no error. */
int files_take(struct files_taking *taking, const char *path, struct name *name, struct migration **ret, struct err *reterr);

/* What is judged when all is taken; `folders` is NULL for a list. */
int files_finish(const struct file_rule *rule, const struct strv *folders, struct expected *ret, struct err *reterr);
