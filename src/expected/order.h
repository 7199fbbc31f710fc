/* The orders in which frameworks apply migrations, and the numbers among their ids. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum order {
    ORDER_TEXT,   /* by the bytes of the id */
    ORDER_NUMBER, /* ids are numbers as order_number() writes them */
    ORDER_DOTTED, /* Flyway: numbers with dots between, as order_dotted() writes them */
    ORDER_PLACE,  /* the ids do not tell: see struct migration */
};

/* Compares two ids: less than, equal to or greater than 0. With ORDER_PLACE they compare as texts. What is no number comes
 * after all numbers. */
int order_compare(enum order order, const char *a, const char *b);

/* Does the order tell where an id belongs that no file has? */
bool order_tells(enum order order);

/* Adds the digits as the number they are: no leading zeros, never empty, of any length. */
void order_number(const char *digits, size_t len, struct buf *out);

/* Is the number, as order_number() writes it, one of 64 bits with a sign? No database column takes more. */
bool order_fits(const char *number);

/* Adds a version of Flyway's as it compares (api/MigrationVersion.java): parts of digits, with dots or underscores between;
 * zeros before a part and parts of zero at the end do not count. False: it is none, and nothing was added. */
bool order_dotted(const char *version, size_t len, struct buf *out);
