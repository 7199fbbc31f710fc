/* Where an Alembic project keeps its scripts and revisions: alembic.ini, or [tool.alembic] in pyproject.toml
 * (alembic/config.py, alembic/script/base.py). */
#pragma once

#include "base/err.h"
#include "base/strv.h"
#include "expected/source.h"
#include "python/roots.h"

struct alembic_config {
    char *file;            /* the ini or toml file; NULL: a folder without one */
    char *script_folder;   /* with env.py; NULL: a plain folder of revision files */
    struct strv locations; /* folders with revision files */
    bool recursive;
    bool sourceless;
};

/* Reads how the project in `path` (an entry of migrations.path) is laid out. */
int alembic_config_read(struct py_roots *roots, const char *path, struct alembic_config *ret, struct err *reterr);
void alembic_config_done(struct alembic_config *config);
#define _cleanup_alembic_config_ __attribute__((cleanup(alembic_config_done)))
