/* Liquibase: changelogs in formatted SQL (liquibase-standard, parser/core/formattedsql; changelog/ChangeSet.java). Those in
 * XML, YAML and JSON, with what they include, are read by Liquibase alone: `changelog-sync-sql` with an offline URL lists
 * them without a database.
 *
 * The id of a changeset is "PATH::ID::AUTHOR", as `liquibase status --verbose` writes it. */
#pragma once

#include "expected/source.h"

/* See expected/source.h. An entry of migrations.path is a changelog, or a folder whose liquibase.properties names one, or
 * that holds a changelog.sql. */
int liquibase_read(const struct source *source, struct expected *ret, struct err *reterr);

/* One changelog in formatted SQL, recorded under `path`, added to `ret`. Pure. */
int liquibase_sql(const char *path, const char *text, size_t len, struct expected *ret, struct err *reterr);

/* The CSV file that `changelog-sync-sql` leaves behind with a URL like offline:postgresql?changeLogFile=FILE. */
int listing_read_liquibase(const char *text, size_t len, struct expected *ret, struct err *reterr);

/* The path of a changelog as Liquibase compares it (changelog/DatabaseChangeLog.java, normalizePath): without "classpath:",
 * a drive letter and slashes in front, "." and ".." resolved. To be freed. */
char *liquibase_path(const char *path);

/* "9:HEX" and "8:HEX" for one piece of SQL in a formatted file. To be freed. */
char *liquibase_sum9(const char *sql, size_t len);
char *liquibase_sum8(const char *sql, size_t len, const char *end_delimiter, bool split, bool strip);
