/* Atlas: its migrations, and atlas.sum, which stands for what they hold (ariga/atlas, sql/migrate/dir.go). */
#pragma once

#include "files/files.h"

/* The `look` and `check` of Atlas' rule: a file that is a checkpoint is marked as one; the folder must fit its atlas.sum, as
 * Atlas itself checks before anything else. Rows hold a sum too, but one that rightly changes when an older file is put in
 * later, so it is not compared. */
int atlas_look(const char *path, struct migration *migration, struct err *reterr);
int atlas_check(const struct strv *folders, struct expected *expected, struct err *reterr);
/* Files are applied in the order of their whole names, which is another than that of the versions: 10_b.sql, 1_a.sql. */
int atlas_order(const void *a, const void *b);
