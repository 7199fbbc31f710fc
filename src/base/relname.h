/* Names of tables and columns as people write them: users, users.avatar, "My.Table".avatar. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* PostgreSQL cuts longer names: no relation, column or role can have one. */
#define RELNAME_MAX_BYTES 63

struct relname {
    char *table;
    char *column; /* NULL: the table as such */
};

void relname_done(struct relname *name);
#define _cleanup_relname_ __attribute__((cleanup(relname_done)))

/* Reads one name. A dot separates table and column; a part in double quotes may hold dots, commas and blanks, and a double
 * quote as "". Letters are taken as they stand: nothing is folded to lower case. Fails (ERR_CONFIG) for what no name can be:
 * empty or overlong parts, more than two, text beside quotes, control characters, bytes that are not UTF-8. */
int relname_parse(const char *text, struct relname *ret, struct err *reterr);

/* Bytes up to the comma or line end that ends the name at the head of `text`; those in double quotes do not count. */
size_t relname_length(const char *text);

/* The one way to write it, with quotes only where they are needed; `column` may be NULL. To be freed. */
char *relname_text(const char *table, const char *column);
