/* The families of frameworks: one row each. */
#include "verify/family.h"

static const struct family families[] = {
    [FAMILY_DJANGO] = {.check = django_check, .fold = fold_joined, .judge = django_judge, .graph = true},
    [FAMILY_ALEMBIC] = {.check = alembic_check, .fold = fold_joined, .judge = alembic_judge, .graph = true},
    [FAMILY_SET] = {.fold = fold_set, .judge = set_judge},
    [FAMILY_GOOSE] = {.fold = fold_goose, .judge = set_judge},
    [FAMILY_LEVEL] = {.fold = fold_level, .judge = set_judge},
    [FAMILY_SQLX] = {.fold = fold_sqlx, .judge = set_judge},
    [FAMILY_REFINERY] = {.fold = fold_refinery, .judge = set_judge},
    [FAMILY_PRISMA] = {.fold = fold_prisma, .judge = set_judge},
    [FAMILY_DRIZZLE] = {.fold = fold_drizzle, .judge = set_judge},
    [FAMILY_ATLAS] = {.fold = fold_atlas, .judge = set_judge},
    [FAMILY_FLYWAY] = {.fold = fold_flyway, .judge = set_judge},
    [FAMILY_LIQUIBASE] = {.fold = fold_liquibase, .judge = set_judge},
    [FAMILY_SQITCH] = {.fold = fold_sqitch, .judge = set_judge},
};

const struct framework_row *family_row(const struct judge *judge)
{
    return framework_row(judge->expected->framework);
}

const struct family *family_of(const struct judge *judge)
{
    return &families[family_row(judge)->family];
}
