/* The verdict on one tenant: the expected migrations against the rows of its history table, as the framework itself
 * would decide. Pure: no database, no files. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strmap.h"
#include "base/strv.h"
#include "expected/expected.h"

/* An expectation made ready to judge by. Rows are turned into keys first: every id that a row could rightly hold (the
 * migrations, and what their squashes replace) has one. */
struct judge {
    const struct expected *expected; /* borrowed */
    struct strv key_names;
    struct strmap keys; /* into key_names */
    struct strmap labels; /* of the migrations that have one: into key_names */
    struct node *nodes; /* one a key; the first expected->count are the migrations in their order */
    size_t *order;      /* the nodes as they are applied; Django: NULL, it hangs on the history */
    size_t *squashes;   /* Django: migrations that replace others, each after the squashes among those */
    size_t squash_count;
};

void judge_done(struct judge *judge);
#define _cleanup_judge_ __attribute__((cleanup(judge_done)))

/* Makes it ready and judges the expectation by itself, with no database: fails with ERR_NO_EXPECTED where it is empty or
 * contradicts itself (a dependency that is not there, a circle, several leaves of one Django app, squashes that replace each
 * other). */
int judge_make(const struct expected *expected, struct judge *ret, struct err *reterr);

size_t judge_key_count(const struct judge *judge);
/* The key of a row's id, or STRMAP_NONE: a row that is not in the image. */
size_t judge_key(const struct judge *judge, const char *id);

struct verdict {
    size_t applied;             /* expected migrations that are there */
    struct strv pending;        /* in the order in which they would be applied */
    struct strv inconsistent;   /* sentences: "b is applied before its dependency a" */
    struct strv conflicts;      /* sentences: what the framework would stop at */
    struct strv failed;         /* recorded as failed, dirty or unfinished: ids, or sentences that begin with one */
    struct strv changed;        /* the recorded checksum is not the file's */
    struct strv out_of_order;   /* pending below the newest that is applied (and listed there too) */
    bool unknown_undecides;     /* with unknown rows nobody can tell what else is applied */
    bool unknown_stops;         /* with unknown rows the framework itself refuses to work */
};

void verdict_done(struct verdict *verdict);
#define _cleanup_verdict_ __attribute__((cleanup(verdict_done)))

/* Fills in an empty verdict. */
struct recorded; /* verify/recorded.h */
void judge_tenant(const struct judge *judge, const struct recorded *recorded, struct verdict *ret);
