/* What each framework makes of a file's or folder's name: one small pure function each. Where each rule comes from stands
 * beside it. */
#pragma once

#include "base/buf.h"
#include "expected/expected.h"

enum name_is {
    NAME_IGNORED, /* no migration, and the framework passes over it; name->wrong: that may surprise, and why, or NULL */
    NAME_TAKEN,
    NAME_WRONG,   /* the framework itself stops at it: name->wrong says why */
};

/* One of two files of a migration: each may come once, and either makes it one. */
enum name_half {
    HALF_NONE, /* the file is all of it */
    HALF_UP,
    HALF_DOWN,
};

/* What a name says. */
struct name {
    struct buf id;    /* as struct migration has it */
    struct buf label;
    enum migration_kind kind;
    enum name_half half;
    const char *wrong;
};

void name_done(struct name *name);
#define _cleanup_name_ __attribute__((cleanup(name_done)))

/* Reads a name (the last part of a path) into an empty `ret`. */
typedef enum name_is name_rule(const char *file, struct name *ret);

name_rule name_rails, name_dbmate, name_diesel, name_ecto, name_phinx, name_goose, name_knex, name_sequelize,
    name_node_pg_migrate, name_laravel, name_mikro_orm, name_folder, name_doctrine, name_golang_migrate, name_tern, name_sqlx,
    name_refinery, name_atlas, name_flyway;
