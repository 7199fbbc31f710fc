/* The migrations that an image expects: what every reader (files, manifest, listing) produces and what the verifier
 * judges the tenants by. Pure data: no files, no database. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strv.h"

/* The number is part of every digest: a new one goes to the end. */
enum framework {
    FRAMEWORK_AUTO = 0,
    FRAMEWORK_DJANGO,
    FRAMEWORK_ALEMBIC,
    FRAMEWORK_RAILS,
    FRAMEWORK_DBMATE,
    FRAMEWORK_DIESEL,
    FRAMEWORK_ECTO,
    FRAMEWORK_PHINX,
    FRAMEWORK_GOOSE,
    FRAMEWORK_KNEX,
    FRAMEWORK_SEQUELIZE,
    FRAMEWORK_NODE_PG_MIGRATE,
    FRAMEWORK_LARAVEL,
    FRAMEWORK_MIKRO_ORM,
    FRAMEWORK_DRIZZLE,
    FRAMEWORK_DOCTRINE,
    FRAMEWORK_EF_CORE,
    FRAMEWORK_TYPEORM,
    FRAMEWORK_GOLANG_MIGRATE,
    FRAMEWORK_TERN,
    FRAMEWORK_SQLX,
    FRAMEWORK_REFINERY,
    FRAMEWORK_PRISMA,
    FRAMEWORK_ATLAS,
    FRAMEWORK_FLYWAY,
    FRAMEWORK_LIQUIBASE,
    FRAMEWORK_SQITCH,
    FRAMEWORK_SQL,
};

enum migration_kind {
    MIGRATION_PLAIN,
    MIGRATION_REPEATABLE, /* applied again whenever its text changes: another checksum means pending */
    MIGRATION_ANYTIME,    /* may be applied after newer ones: never out of order */
    MIGRATION_TEMPLATE,   /* Flyway: a repeatable of which the recorded sum is over a text with values filled in */
    MIGRATION_CHECKPOINT, /* Atlas, Flyway: stands for all before it, in an empty database only */
};

/* One migration. Its id is what people read and what rows are compared with:
 *   Django   "label.name" (app labels and module names hold no dots, so this is unambiguous)
 *   Alembic  the revision
 *   others   what the framework records; a number without leading zeros where it compares numbers. README.md has the list
 * The graph is the one the framework builds from its files before it looks at any database; ids in it may name
 * migrations that are not there: the verifier judges that, since replacements can make such an edge harmless. */
struct migration {
    char *id;
    char *label;             /* what a row holds beside or instead of the id, where it is compared too; or NULL */
    enum migration_kind kind;
    struct strv checksums;   /* what the framework would record for the file, as a row holds it: any of these is the same
                                text. None: not compared */
    size_t place;            /* its place in the framework's order, from 1, where the ids do not tell it; else 0 */
    struct strv parents;   /* Django: dependencies, with run_before and __first__ / __latest__ resolved.
                              Alembic: down_revision */
    struct strv depends;   /* Alembic: depends_on, resolved to revisions */
    struct strv replaces;  /* Django: the ids a squash stands for */
    bool parents_unknown;  /* the name is sure, the edges are not (a compiled file without its source, a flat list):
                              it must be applied, and takes no part in what is judged by the graph */
    char *file;            /* where it was read, for messages; NULL where there is none */
};

struct expected {
    enum framework framework;
    struct migration *items; /* ordered by id, each id once */
    size_t count;
    size_t cap;
    char *table;  /* history table, where the image's files name another than the framework's default; or NULL */
    char *schema; /* schema of the history table, where the files name one; or NULL */
    char *project;  /* Sqitch: whose rows count, where several projects share a registry; or NULL */
    char *tenant_folder; /* migrations for tenants only that are not among these, though they belong to the project; or NULL */
    bool tenancy;       /* the project uses its ecosystem's way of schemas for tenants (framework_row.tenancy) */
    bool standalone;    /* Doctrine: without Symfony, whose console has its commands (framework_row.standalone) */
    bool flask_migrate; /* Alembic: run by `flask db` and not by `alembic` */
    /* Schema-per-tenant Django (django-tenants and its kin) */
    bool django_tenants;  /* the project uses it */
    char *tenant_table;   /* table of the tenant model; NULL: not known from the text */
    char *public_schema;  /* schema of that table and of the shared apps; NULL: "public" */
    struct strv notices;  /* what the person should know though it is no error; one line each */
};

#define EXPECTED_INIT ((struct expected){0})

void expected_done(struct expected *expected);
#define _cleanup_expected_ __attribute__((cleanup(expected_done)))

/* Adds an empty migration of that id; the pointer is valid until the next call. */
struct migration *expected_add(struct expected *expected, const char *id);

/* Orders the migrations by id and each list within by bytes. Fails with ERR_NO_EXPECTED where an id comes twice. */
int expected_finish(struct expected *expected, struct err *reterr);

/* Gives every migration its place (from 1) in the order of `compare`, which gets two struct migration. */
void expected_place(struct expected *expected, int (*compare)(const void *a, const void *b));

/* "sha256:HEX" over framework and migrations (but for where they were read): equal digests mean the same expectation. The
 * caller frees it. */
char *expected_digest(const struct expected *expected);
