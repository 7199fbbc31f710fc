/* What single frameworks want to know beside the names of their files; each is the `look`, `check` or `compare` of a rule
 * (expected/files.h). */
#pragma once

#include "files/files.h"

/* node-pg-migrate, src/utils/fileNameUtils.ts: by the number in front, of which 17 digits are a time in UTC that counts as
 * its milliseconds; then by name. */
int look_node_pg_migrate_order(const void *a, const void *b);

/* Phinx takes no class twice in a folder: the label is the folder with the class that the name stands for. */
int look_phinx(const char *path, struct migration *migration, struct err *reterr);

/* tern, migrate/migrate.go, LoadMigrations: 1, 2, 3 and so on. */
int look_tern_gaps(const struct strv *folders, struct expected *expected, struct err *reterr);
