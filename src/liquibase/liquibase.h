/* Liquibase: changelogs in XML, YAML, JSON and SQL, with all that they include (liquibase-standard, parser/core;
 * changelog/DatabaseChangeLog.java, ChangeSet.java). What stands in none of the files (contexts, values given on a command line,
 * changelogs in jars) is not known here: `changelog-sync-sql` with an offline URL lists every kind without a database.
 *
 * The id of a changeset is "PATH::ID::AUTHOR", as `liquibase status --verbose` writes it. */
#pragma once

#include "base/buf.h"
#include "expected/source.h"

/* See expected/source.h. An entry of migrations.path is a changelog, written as Liquibase is given it; or FOLDER/classpath:CHANGELOG,
 * with the search path before it; or a folder whose liquibase.properties names a changelog, or that holds one by a usual name. */
int liquibase_read(const struct source *source, struct expected *ret, struct err *reterr);

/* One changelog in formatted SQL, recorded under `path`, added to `ret`. Pure. liquibase_sql() refuses one without a
 * changeset; `file` is for messages. */
int liquibase_sql(const char *path, const char *text, size_t len, struct expected *ret, struct err *reterr);
int liquibase_sql_part(const char *file, const char *path, const char *text, size_t len, struct expected *ret, struct err *reterr);
/* Does the text begin as formatted SQL does? If not it is one changeset as a whole. */
bool liquibase_is_formatted(const char *text, size_t len);

/* Does a list like "h2, !oracle" hold PostgreSQL (database/DatabaseList.java)? NULL: every database. */
bool liquibase_is_ours(const char *dbms);

/* The CSV file that `changelog-sync-sql` leaves behind with a URL like offline:postgresql?changeLogFile=FILE. */
int listing_read_liquibase(const char *text, size_t len, struct expected *ret, struct err *reterr);

/* The path of a changelog as Liquibase compares it (changelog/DatabaseChangeLog.java, normalizePath): without "classpath:",
 * a drive letter and slashes in front, "." and ".." resolved. To be freed. */
char *liquibase_path(const char *path);

/* "9:HEX" and "8:HEX" for one piece of SQL. To be freed. */
char *liquibase_sum9(const char *sql, size_t len);
char *liquibase_sum8(const char *sql, size_t len, const char *end_delimiter, bool split, bool strip);
/* The same of several: each one's part is added to `out`, and liquibase_outer() makes the sum of all of them. */
void liquibase_inner9(struct buf *out, const char *sql, size_t len);
void liquibase_inner8(struct buf *out, const char *sql, size_t len, const char *end_delimiter, bool split, bool strip);
char *liquibase_outer(int version, const char *inner);
