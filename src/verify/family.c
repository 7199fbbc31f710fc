/* The families of frameworks: one row each. */
#include "verify/family.h"

static const struct family families[] = {
    [FAMILY_DJANGO] = {.check = django_check, .fold = fold_joined, .judge = django_judge, .graph = true},
    [FAMILY_ALEMBIC] = {.check = alembic_check, .fold = fold_joined, .judge = alembic_judge, .graph = true},
    [FAMILY_SET] = {.fold = fold_set, .judge = set_judge},
    [FAMILY_GOOSE] = {.fold = fold_goose, .judge = set_judge},
    [FAMILY_LEVEL] = {.fold = fold_level, .judge = set_judge},
};

const struct framework_row *family_row(const struct judge *judge)
{
    return framework_row(judge->expected->framework);
}

const struct family *family_of(const struct judge *judge)
{
    return &families[family_row(judge)->family];
}
