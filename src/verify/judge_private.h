/* What the judges of the frameworks share. */
#pragma once

#include "verify/judge.h"
#include "verify/recorded.h"

/* Indices of nodes; a set small enough to search. */
struct edges {
    size_t *items;
    size_t count;
    size_t cap;
};

struct node {
    struct edges parents;
    struct edges replaces_named; /* Django: what a squash names */
    struct edges replaces;       /* and what that stands for, down to plain migrations */
    bool on_disk;   /* a migration of the image; else only a row could name it, or an edge */
    bool edge_only; /* not of the image and replaced by nothing: an edge that leads nowhere */
};

void edges_done(struct edges *edges);
void edges_add(struct edges *edges, size_t node); /* unless it is there */
void edges_remove(struct edges *edges, size_t node);
bool edges_has(const struct edges *edges, size_t node);

/* Orders `count` nodes parents first and returns how many could be ordered; the rest, which form circles or hang on one,
 * follow by number. */
size_t edges_order(const struct edges *const *parents, size_t count, size_t *ret_order);
/* Names one circle of an order that is not complete: "a, b and c". To be freed. */
char *edges_circle(const struct edges *const *parents, size_t count, const size_t *order, size_t ordered,
                   const struct strv *names);

int django_check(const struct judge *judge, struct err *reterr);
void django_judge(const struct judge *judge, const struct recorded *recorded, struct verdict *ret);

int alembic_check(const struct judge *judge, struct err *reterr);
void alembic_judge(const struct judge *judge, const struct recorded *recorded, struct verdict *ret);
