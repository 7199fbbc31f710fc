/* Which files in Alembic's version locations are revisions (alembic/script/base.py, Script._list_py_dir and
 * _from_path). */
#pragma once

#include "alembic/config.h"
#include "base/strmap.h"

struct alembic_file {
    char *path;       /* with links resolved */
    const char *name; /* its last part; what Alembic goes by */
};

struct alembic_files {
    struct alembic_file *items;
    size_t count, cap;
    struct strv seen; /* device and inode of each: a file counts once, wherever it is found */
    struct strmap by_inode;
};

/* Lists the revision files of the configuration. Fails on compiled files that would have to be read (sourceless). */
int alembic_files_list(const struct alembic_config *config, struct alembic_files *ret, struct err *reterr);
void alembic_files_done(struct alembic_files *files);
#define _cleanup_alembic_files_ __attribute__((cleanup(alembic_files_done)))
