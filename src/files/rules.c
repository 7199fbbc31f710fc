/* One rule for each framework that goes by the names of its files. */
#include "expected/paths.h"
#include "files/atlas.h"
#include "files/files.h"
#include "files/looks.h"
#include "files/sums.h"
#include "formats/table_name.h"

const struct file_rule files_rails = {
    .folders = {"db/migrate"},
    .walk = WALK_FILES | WALK_BELOW | WALK_NAMES,
    .name = name_rails,
    .like = "20260101000000_name.rb",
    .status = listed_number,
    .label_once = true,
};

const struct file_rule files_dbmate = {
    .settings = {{.file = "DBMATE_MIGRATIONS_DIR", .variable = true},
                 {.file = "DBMATE_MIGRATIONS_TABLE", .variable = true, .table = true}},
    .folders = {"db/migrations"},
    .walk = WALK_FILES,
    .name = name_dbmate,
    .like = "20260101000000_name.sql",
    .status = listed_dbmate,
    .status_counts = true,
};

const struct file_rule files_diesel = {
    .settings = {{.file = "diesel.toml", .key = "dir", .bare = true}, {.file = "MIGRATION_DIRECTORY", .variable = true}},
    .folders = {"migrations"},
    .walk = WALK_FOLDERS | WALK_LINKS,
    .name = name_diesel,
    .like = "2026-01-01-000000_name/up.sql",
    .status = listed_diesel,
    .inside = "up.sql",
    .inside_must = true,
};

const struct file_rule files_ecto = {
    .folders = {"priv/repo/migrations", "lib/*/priv/repo/migrations", "apps/*/priv/repo/migrations"},
    .within = {"lib/*", "apps/*"}, /* of a release, whose folder has the version in its name; of an umbrella */
    .walk = WALK_FILES | WALK_BELOW | WALK_LINKS | WALK_NAMES,
    .name = name_ecto,
    .like = "20260101000000_name.exs",
    .status = listed_number,
};

/* In the order in which Phinx looks for them (src/Phinx/Console/Command/AbstractCommand.php, locateConfigFile). */
#define PHINX_FILES "phinx.php|phinx.json|phinx.yaml|phinx.yml"

const struct file_rule files_phinx = {
    .settings = {{.file = PHINX_FILES, .key = "migrations", .bare = true, .map = true},
                 {.file = PHINX_FILES, .key = "default_migration_table", .table = true, .bare = true, .map = true},
                 {.file = PHINX_FILES, .key = "migration_table", .table = true, .bare = true, .map = true}},
    .folders = {"db/migrations"},
    .walk = WALK_FILES,
    .name = name_phinx,
    .like = "20260101000000_name.php",
    .label_once = true,
    .table_name = table_name_dotted,
    .status = listed_number,
    .look = look_phinx,
};

const struct file_rule files_goose = {
    .settings = {{.file = "GOOSE_MIGRATION_DIR", .variable = true},
                 {.file = ".env", .key = "GOOSE_MIGRATION_DIR", .lines = true},
                 {.file = "GOOSE_TABLE", .variable = true, .table = true},
                 {.file = ".env", .key = "GOOSE_TABLE", .lines = true, .table = true}},
    .table_name = table_name_sql,
    .folders = {"migrations", "db/migrations", "sql/migrations"},
    .walk = WALK_FILES | WALK_FOLDERS, /* a glob looks at no kind: a folder of such a name stays pending */
    .name = name_goose,
    .like = "00001_name.sql",
    .status = listed_goose,
};

const struct file_rule files_knex = {
    .settings = {{.file = "knexfile.*", .block = "migrations", .key = "directory"},
                 {.file = "knexfile.*", .block = "migrations", .key = "tableName", .table = true}},
    .folders = {"migrations"},
    .walk = WALK_FILES | WALK_HIDDEN,
    .name = name_knex,
    .like = "20260101000000_name.js",
    .loose = true,
};

const struct file_rule files_sequelize = {
    .settings = {{.file = ".sequelizerc", .key = "migrations-path"},
                 {.file = "config/config.*", .key = "migrationStorageTableName", .table = true}},
    .folders = {"migrations"},
    .walk = WALK_FILES | WALK_HIDDEN,
    .name = name_sequelize,
    .like = "20260101000000-name.js",
    .status = listed_sequelize,
    .loose = true,
};

const struct file_rule files_node_pg_migrate = {
    .folders = {"migrations"},
    .walk = WALK_FILES,
    .name = name_node_pg_migrate,
    .like = "1767225600000_name.js",
    .loose = true,
    .compare = look_node_pg_migrate_order,
};

const struct file_rule files_laravel = {
    .folders = {"database/migrations"},
    .walk = WALK_FILES,
    .name = name_laravel,
    .like = "2026_01_01_000000_name.php",
    .status = listed_laravel,
    .once = true,
    .loose = true,
};

const struct file_rule files_mikro_orm = {
    .settings = {{.file = "mikro-orm.config.*", .block = "migrations", .key = "path"},
                 {.file = "mikro-orm.config.*", .block = "migrations", .key = "tableName", .table = true}},
    .folders = {"migrations", "dist/migrations", "build/migrations"},
    .walk = WALK_FILES,
    .name = name_mikro_orm,
    .like = "Migration20260101000000.js",
    .loose = true,
};

/* For lists: the files have a reader of their own (doctrine.c). */
const struct file_rule files_doctrine = {
    .name = name_doctrine,
    .like = "Version20260101000000.php",
    .status = listed_doctrine,
    .not_in_names = "the namespace of its class",
};

const struct file_rule files_golang_migrate = {
    .settings = {{.file = "DATABASE_URL", .variable = true, .table = true}},
    .table_name = table_name_golang_migrate,
    .folders = {"migrations", "db/migrations", "db/migration", "database/migrations"},
    .walk = WALK_FILES,
    .name = name_golang_migrate,
    .like = "000001_name.up.sql",
};

const struct file_rule files_tern = {
    .settings = {{.file = "TERN_MIGRATIONS", .variable = true},
                 {.file = "tern.conf", .block = "database", .key = "version_table", .lines = true, .table = true},
                 {.file = "migrations/tern.conf", .block = "database", .key = "version_table", .lines = true, .table = true}},
    .table_name = table_name_sql,
    .folders = {"migrations"},
    .walk = WALK_FILES,
    .name = name_tern,
    .like = "001_name.sql",
    .check = look_tern_gaps,
};

const struct file_rule files_sqlx = {
    .settings = {{.file = "sqlx.toml", .key = "migrations-dir", .bare = true},
                 {.file = "sqlx.toml", .key = "table-name", .table = true, .bare = true}},
    .folders = {"migrations"},
    .walk = WALK_FILES | WALK_HIDDEN,
    .name = name_sqlx,
    .like = "20260101000000_name.sql",
    .table_name = table_name_sql,
    .status = listed_sqlx,
    .look = sum_sqlx,
};

const struct file_rule files_refinery = {
    .folders = {"migrations", "src/migrations"},
    .walk = WALK_FILES | WALK_BELOW | WALK_HIDDEN,
    .name = name_refinery,
    .like = "V1__name.sql",
    .label_kept = true,
    .look = sum_refinery,
};

const struct file_rule files_prisma = {
    .settings = {{.file = "prisma.config.*", .block = "migrations", .key = "path"}},
    .folders = {"prisma/migrations", "migrations"},
    .walk = WALK_FOLDERS | WALK_HIDDEN,
    .name = name_folder,
    .like = "20260101000000_name/migration.sql",
    .loose = true,
    .look = sum_prisma,
};

const struct file_rule files_drizzle = {
    .settings = {{.file = "drizzle.config.[jt]s*", .key = "out"},
                 {.file = "drizzle.config.[jt]s*", .block = "migrations", .key = "table", .table = true}},
    .folders = {"drizzle", "migrations", "drizzle/migrations", "src/db/migrations"},
    .walk = WALK_FOLDERS | WALK_LINKS | WALK_HIDDEN,
    .name = name_folder,
    .like = "20260101000000_name/migration.sql",
    .inside = "migration.sql",
    .label_kept = true,
    .look = sum_drizzle,
};

const struct file_rule files_atlas = {
    .settings = {{.file = "atlas.hcl", .key = "dir", .bare = true}},
    .folders = {"migrations"},
    .walk = WALK_FILES | WALK_FOLDERS | WALK_HIDDEN, /* at a folder of such a name Atlas stops too */
    .name = name_atlas,
    .like = "20260101000000_name.sql",
    .compare = atlas_order,
    .look = atlas_look,
    .check = atlas_check,
};

const struct file_rule files_flyway = {
    .folders = {"db/migration", "src/main/resources/db/migration", "BOOT-INF/classes/db/migration",
                "WEB-INF/classes/db/migration", "resources/db/migration", "classes/db/migration"},
    .walk = WALK_FILES | WALK_BELOW | WALK_LINKS,
    .name = name_flyway,
    .like = "V1__name.sql",
    .label_kept = true,
    .look = sum_flyway,
};
