/* Lists of tables and columns as values. Pure functions. */
#pragma once

#include "base/err.h"
#include "base/strv.h"

/* Which names a list may hold. */
enum relations_kind {
    RELATIONS_TABLES,  /* table */
    RELATIONS_COLUMNS, /* table.column */
    RELATIONS_BOTH,    /* either */
};

/* Splits a comma-separated list (a line end separates too; empty items are dropped) and checks each name: see
 * base/relname.h. The items are given as relname_text() writes them. Fails (ERR_CONFIG) for what is no name of that kind, and
 * for one that is there twice. */
int relations_list(const char *text, enum relations_kind kind, struct strv *ret, struct err *reterr);
