/* The reader for every framework whose migrations are told by the names of files or folders: one rule each. */
#pragma once

#include "expected/source.h"
#include "files/listed.h"
#include "files/names.h"

#define FILE_FOLDERS 8 /* room for that many, with the end */
#define FILE_WITHIN 3

/* Where the framework's own configuration names the folder or the table (expected/settings.h). */
struct file_setting {
    const char *file;  /* a pattern below an entry of migrations.path, or several with '|' between, of which the first that is
                          there counts; or (variable) the environment variable, before which no file counts; NULL: the end */
    const char *block, *key;
    bool table;        /* the history table; else the folder */
    bool bare;         /* values may stand without quotes: YAML, properties */
    bool map;          /* several folders may stand in a list or a map (setting_find_map) */
    bool variable;
    bool lines;        /* one setting a line (expected/lines.h): without a block a file of variables, which the environment's own
                          go before; else an INI file, and the block is its section */
};

#define FILE_SETTINGS 6

struct file_rule {
    struct file_setting settings[FILE_SETTINGS];
    const char *folders[FILE_FOLDERS]; /* below an entry of migrations.path: where they are unless they are in that very
                                          folder; patterns of paths_match() */
    const char *within[FILE_WITHIN];   /* patterns: a folder of migrations.path that is not there may be in these */
    unsigned walk;                     /* WALK_*: what of a folder is looked at */
    name_rule *name;
    const char *like;                  /* an example of a name, for messages */
    listed_rule *status;               /* what a line of the framework's own status command says; NULL: it lists no migrations */
    bool status_counts;                /* and it ends in how many there are */
    const char *not_in_names;          /* what rows hold that a list of names does not tell: it is refused then; or NULL */
    const char *inside;                /* of a folder: the file that it must hold to count; or NULL */
    bool inside_must;                  /* a folder without it is an error to the framework, unless it is empty */
    bool label_kept;                   /* rows hold the label too, or it is compared; else it only may not come twice */
    bool label_once;                   /* two migrations of one label are an error */
    bool once;                         /* one id in several folders is one migration */
    bool loose;                        /* the names say little: the root of a project is never such a folder */
    int (*compare)(const void *a, const void *b); /* ORDER_PLACE: of two struct migration; or NULL */
    /* What else the file tells: its checksums, its namespace. NULL: names are all that is needed, and no file is opened. */
    int (*look)(const char *path, struct migration *migration, struct err *reterr);
    /* What a table's name in those settings means (expected/table_name.h); NULL: the name as it is. False: it cannot
     * be told. */
    bool (*table_name)(const char *text, char **ret_schema, char **ret_table);
    /* What the whole set tells: gaps, a file of sums. NULL: nothing. */
    int (*check)(const struct strv *folders, struct expected *expected, struct err *reterr);
};

/* Fills in an empty `ret` of the framework `id` from the files; see expected/source.h. */
int files_read(const struct source *source, enum framework id, const struct file_rule *rule, struct expected *ret,
               struct err *reterr);

/* The folders with the migrations of one project, by the rule and by the framework's own configuration. Fails where two could
 * be meant, and where that configuration is computed. */
int files_folders(const struct source *source, const struct file_rule *rule, struct strv *ret, struct err *reterr);

/* A folder as configurations write it, seen from the project's folder `path`. To be freed. */
char *files_folder(const char *path, const char *value);

/* The history table that the framework's own configuration names, if it does, and its schema: into `ret`. Fails where it is
 * computed. */
int files_table(const struct source *source, const struct file_rule *rule, struct expected *ret, struct err *reterr);

/* The same from a list of names, one a line, as `ls` or `find` print them, or from what the framework's status command prints.
 * Fails where it could be less than the whole list. */
int files_from_list(const char *text, size_t len, enum framework id, const struct file_rule *rule, struct expected *ret,
                    struct err *reterr);

extern const struct file_rule files_rails, files_dbmate, files_diesel, files_ecto, files_phinx, files_goose, files_knex,
    files_sequelize, files_node_pg_migrate, files_laravel, files_mikro_orm, files_doctrine, files_golang_migrate, files_tern,
    files_sqlx, files_refinery, files_prisma, files_atlas, files_flyway, files_drizzle;
