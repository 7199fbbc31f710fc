/* The SQL that reads history tables: their rows, or a fingerprint of all rows. Pure. */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "verify/catalog.h"

/* A fingerprint is the number of rows and the sum of their 64-bit hashes (hashtextextended() over the framework's columns in
 * turn, each seeded with the hash of those before it, the first with `seed`), computed by the server. The sum makes no
 * difference of order, and one of how often a row is there. Two tables that hold different rows have the same
 * fingerprint with a probability of about 2^-64 for each pair; who cannot know the seed, which is drawn anew for each run, cannot aim at it.
 * And it only ever says that two tables hold the same rows: what they hold is read from the rows. */

/* The oldest server that has hashtextextended(). */
#define SELECT_PRINT_SERVER 110000

/* Adds "SELECT `at`, fingerprint FROM table", with UNION ALL before it where `sql` holds something. */
void select_add_print(const struct history_table *table, const char *schema, size_t at, const struct found *found, int64_t seed,
                      struct buf *sql);

/* Adds "SELECT `at`, columns FROM table" (or from the operator's query, which has no fingerprint). With `print` the fingerprint of the very same rows follows in one more row: its first
 * value has SELECT_PRINT_MARK in front, its second is the fingerprint. */
#define SELECT_PRINT_MARK 'p'
void select_add_rows(const struct history_table *table, const char *schema, size_t at, const struct found *found, bool print,
                     int64_t seed, struct buf *sql);
