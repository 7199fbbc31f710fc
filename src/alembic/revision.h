/* One Alembic revision file: the variables that give it its place in the graph (alembic/script/base.py,
 * Script._from_path; revision.py, Revision). */
#pragma once

#include "base/err.h"
#include "base/strv.h"
#include "python/module.h"

struct alembic_revision {
    char *id;
    struct strv down;    /* down_revision */
    struct strv depends; /* depends_on: revisions or branch labels */
    struct strv labels;  /* branch_labels */
    bool labels_unknown; /* some of them are not decided: that matters only where depends_on names one */
    char *file;          /* set by the caller; owned */
};

/* The advice that every undecided value ends with. */
#define ALEMBIC_HINT                                                                                                   \
    "make a manifest when the image is built: `alembic history | tenantgate manifest --from alembic -o FILE -`"

/* Reads the revision from `text`; `module` is used for it (and may be used again). `file` is how messages call the file
 * (escaped), `name` its name without folders. */
int alembic_revision_parse(struct py_module *module, const char *file, const char *name, const char *text, size_t len,
                           struct alembic_revision *ret, struct err *reterr);
void alembic_revision_done(struct alembic_revision *revision);
