/* The checksums that frameworks record for a file; each is the `look` of a rule (expected/files.h). */
#pragma once

#include <stdint.h>

#include "files/files.h"

/* sqlx, sqlx-core/src/migrate/migration.rs: SHA-384 of the bytes. */
int sum_sqlx(const char *path, struct migration *migration, struct err *reterr);

/* refinery, refinery_core/src/runner.rs, Migration::unapplied: SipHash-1-3 over name, version (4 bytes, or 8 with the feature
 * int8-versions) and text, in decimal. */
int sum_refinery(const char *path, struct migration *migration, struct err *reterr);

/* Prisma, schema-connector/src/checksum.rs: SHA-256 of migration.sql as it is and with either line end; also in the form of
 * old versions, in which each byte lacks a leading zero. */
int sum_prisma(const char *path, struct migration *migration, struct err *reterr);

/* Drizzle 1.0, migrator.utils.ts: SHA-256 of migration.sql; the label is its time as older versions recorded it. */
int sum_drizzle(const char *path, struct migration *migration, struct err *reterr);

/* Flyway, internal/resolver/ChecksumCalculator.java: CRC-32 over the lines without their ends, signed. A repeatable with a
 * placeholder becomes MIGRATION_TEMPLATE. */
int sum_flyway(const char *path, struct migration *migration, struct err *reterr);

/* The same of a text; pure. */
int32_t sum_flyway_text(const char *text, size_t len);
