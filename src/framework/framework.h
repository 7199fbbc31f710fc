/* The frameworks: one row each, and nothing about a single one of them anywhere else than in this table and in the
 * reader and judge it names. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "expected/expected.h"
#include "expected/order.h"
#include "expected/source.h"
#include "files/files.h"

/* A column of the history table, and what of it is read, as text. */
struct framework_column {
    const char *name; /* NULL: the end of the list */
    enum framework_cell {
        CELL_TEXT,    /* the value */
        CELL_BYTES,   /* a bytea, in hexadecimal digits */
        CELL_PRESENT, /* "true" or "false": is it not null? */
    } cell;
    bool optional; /* where the table lacks it, the cell is null */
    bool foreign;  /* a table that has it belongs to another framework: nothing is decided */
};

#define FRAMEWORK_COLUMNS 8  /* room for that many, with the end */
#define FRAMEWORK_EVIDENCE 10
#define FRAMEWORK_TENANCY 4

/* What the rows of a history mean, and what is judged by them: verify/family.c has the functions. */
enum framework_family {
    FAMILY_DJANGO,  /* a row per migration; a graph with squashes */
    FAMILY_ALEMBIC, /* rows are heads of a graph */
    FAMILY_SET,     /* a row per migration, told by its first column */
    FAMILY_GOOSE,   /* the newest row of a version counts */
    FAMILY_LEVEL,   /* one row: how far; and whether that is half done */
    /* Those that are like no other */
    FAMILY_SQLX,
    FAMILY_REFINERY,
    FAMILY_PRISMA,
    FAMILY_DRIZZLE,
    FAMILY_ATLAS,
    FAMILY_FLYWAY,
    FAMILY_LIQUIBASE,
    FAMILY_SQITCH,
};

/* How the first column becomes an id. */
enum framework_key {
    KEY_TEXT,    /* as it is */
    KEY_INTEGER, /* a number, as order_number() writes it */
    KEY_TO_I,    /* a text of which Ruby's to_i makes a number */
    KEY_NO_JS,   /* a text without a final .js or .ts */
    KEY_FOLDED,  /* compared with the label, without regard to case */
};

/* How an ecosystem keeps tenants apart by schema, where it has a way. */
struct framework_tenancy {
    const char *name;           /* of the package; NULL: there is none */
    const char *evidence[FRAMEWORK_TENANCY]; /* patterns, any of which will do */
    const char *folder;         /* migrations that are for tenants only, below an entry of migrations.path; or NULL: all are for all */
    const char *migrate;        /* the command that migrates all tenants */
    const char *migrate_tenant; /* the same for one ("%s"), or NULL */
    const char *query;          /* who the tenants are, as it is by default, for `tenantgate init` */
};

struct framework_row {
    enum framework id;
    const char *name;
    const char *aliases;    /* other names that it is known by, between blanks; NULL: none */
    const char *title;      /* as its makers write it */
    const char *table;      /* default history table */
    const char *schema;     /* where it is by default, for help; NULL: in the schema of the app's own tables */
    struct framework_column columns[FRAMEWORK_COLUMNS]; /* what is read of a row, in this order (verify/recorded.c) */
    enum framework_family family;
    enum framework_key key;
    enum order order;
    /* Does the framework refuse to work where a row has no file (whichever; recorded.unknown_stops: with some)? By default that keeps
     * the gate closed then. */
    enum framework_unknown {
        UNKNOWN_PASSES,
        UNKNOWN_STOPS,
    } unknown;
    bool tolerates_changes; /* the framework passes over a file that was edited: by default that is a warning */
    /* What its files look like: names below an entry of migrations.path, "PATTERN" or "PATTERN:TEXT that is in the first of
     * them" (framework/detect.c); NULL: the end. Or a function that returns the file that says so, to be freed. */
    const char *evidence[FRAMEWORK_EVIDENCE];
    char *(*find)(const struct source *source);
    enum framework yields[4]; /* with evidence of one of these, the same files belong to that one */
    /* Where the expectation comes from: a rule for names, or a reader (which may use the rule), or (neither) a manifest only. */
    const struct file_rule *files;
    int (*read)(const struct source *source, struct expected *ret, struct err *reterr);
    /* What `manifest --from` reads; NULL: a list of names where there is a rule for names, else nothing. */
    int (*listing)(const char *text, size_t len, struct expected *ret, struct err *reterr);
    /* Commands: "{folder}" stands for the folder of the migrations, "{table}" for the history table, "{late}" for `late` where
     * what is pending is out of order. */
    const char *migrate;         /* the command that applies what is pending; NULL: not known */
    const char *migrate_tenant;  /* the same for one tenant ("%s"), or NULL */
    const char *late;            /* without this option it refuses what is out of order; NULL: there is no such thing */
    bool by_search_path;         /* a tenant is named by the search path alone, in an option to the server */
    const char *show;            /* the command that shows the state, or NULL */
    const char *standalone_migrate, *standalone_show; /* both where the project is without the console that they are commands
                                                         of (expected->standalone), or NULL */
    const char *mend;            /* the command for what is recorded as failed, or NULL */
    struct framework_tenancy tenancy;
};

/* NULL for FRAMEWORK_AUTO. */
const struct framework_row *framework_row(enum framework id);
/* By its name or an alias, in any case, with or without dashes; NULL for a name that is not built. */
const struct framework_row *framework_by_name(const char *name);
/* All rows, for help. */
const struct framework_row *framework_rows(size_t *ret_count);

size_t framework_column_count(const struct framework_row *row);

/* Which framework do the files in `source->paths` belong to? Fails with ERR_NO_EXPECTED where there is none, or more than
 * one: all are named then. */
int framework_detect(const struct source *source, enum framework *ret, struct err *reterr);

/* The frameworks that the files belong to, each with a file that says so; for `tenantgate init`. */
struct framework_found {
    const struct framework_row *row;
    char *file; /* owned */
};
struct framework_founds {
    struct framework_found *items;
    size_t count, cap;
};
void framework_founds_done(struct framework_founds *found);
#define _cleanup_framework_founds_ __attribute__((cleanup(framework_founds_done)))
void framework_find(const struct source *source, struct framework_founds *ret);

/* Can its migrations be read from files? */
bool framework_has_reader(const struct framework_row *row);
/* Does it read what its own command prints (`manifest --from`)? And that reading: text into an empty `ret`. */
bool framework_has_listing(const struct framework_row *row);
int framework_read_listing(const struct framework_row *row, const char *text, size_t len, struct expected *ret,
                           struct err *reterr);

/* Does the folder of a project use its ecosystem's way of schemas for tenants? */
bool framework_has_tenancy(const struct framework_row *row, const char *path);

/* Reads what the image expects from its files; detects the framework where the source says FRAMEWORK_AUTO. */
int framework_read(const struct source *source, struct expected *ret, struct err *reterr);

/* Adds a notice where there are migrations for tenants only that none of `paths` (all that are configured) names. */
void framework_add_notice(struct expected *expected, const struct strv *paths);
