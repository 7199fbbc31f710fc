/* The families of frameworks (framework_row.family): what their rows mean and how they judge. One row each in family.c. */
#pragma once

#include "framework/framework.h"
#include "verify/judge_private.h"

struct family {
    /* Can the expectation be judged by, as it is? NULL: always. Fails with ERR_NO_EXPECTED. */
    int (*check)(const struct judge *judge, struct err *reterr);
    /* Reads the rows into what is initialised already; cells are in the order of the framework's columns. */
    void (*fold)(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded);
    void (*judge)(const struct judge *judge, const struct recorded *recorded, struct verdict *ret);
    bool graph; /* the order comes from parents, not from the ids */
};

const struct family *family_of(const struct judge *judge);
const struct framework_row *family_row(const struct judge *judge);

/* Folds: what the rows say. */
void fold_joined(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded);
void fold_set(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded);
void fold_goose(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded);
void fold_level(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded);
void fold_sqlx(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded);
void fold_refinery(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded);
void fold_prisma(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded);
void fold_drizzle(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded);
void fold_atlas(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded);
void fold_flyway(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded);
void fold_liquibase(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded);
void fold_sqitch(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded);

/* The judge of every framework without a graph. */
void set_judge(const struct judge *judge, const struct recorded *recorded, struct verdict *ret);

/* For folds. The id that a cell stands for by framework_row.key; false: it can be none, and recorded->odd says why. */
bool fold_id(const struct judge *judge, const char *cell, struct buf *ret, struct recorded *recorded);
/* The key of such an id, or STRMAP_NONE. */
size_t fold_key(const struct judge *judge, const char *id);
/* The key is applied as the row says, or the id is unknown. */
void fold_add(const struct judge *judge, const char *id, struct recorded *recorded);
/* The rows cannot be what the framework writes: nothing is decided. The first reason stays; it is shown as it is. */
void fold_odd(struct recorded *recorded, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Is the recorded checksum one that the file has? True where the file's is not known. */
bool fold_same_sum(const struct migration *migration, const char *sum);
/* Is it a number of 64 bits? Where it is not, recorded->null or recorded->odd says so. */
bool fold_number(const char *cell, struct recorded *recorded);
/* A cell of CELL_PRESENT. */
bool fold_true(const char *cell);
/* A boolean; a null sets recorded->null, and what is neither true nor false recorded->odd. */
bool fold_bool(const char *cell, struct recorded *recorded);
