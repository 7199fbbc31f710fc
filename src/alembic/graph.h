/* The graph of all revisions, checked as Alembic checks it when it loads the files (alembic/script/revision.py,
 * RevisionMap._revision_map). */
#pragma once

#include "alembic/revision.h"
#include "expected/expected.h"

struct alembic_revisions {
    struct alembic_revision *items;
    size_t count, cap;
};

void alembic_revisions_done(struct alembic_revisions *revisions);
#define _cleanup_alembic_revisions_ __attribute__((cleanup(alembic_revisions_done)))

/* Fills `ret` with the revisions, depends_on resolved to revisions. Fails on duplicates, missing parents, cycles and
 * branch labels that mean two things. */
int alembic_graph_build(const struct alembic_revisions *revisions, struct expected *ret, struct err *reterr);
