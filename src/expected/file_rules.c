/* One rule for each framework that goes by the names of its files. */
#include "expected/atlas.h"
#include "expected/file_looks.h"
#include "expected/file_sums.h"
#include "expected/files.h"
#include "expected/paths.h"

const struct file_rule files_rails = {
    .folders = {"db/migrate"},
    .walk = WALK_FILES | WALK_BELOW,
    .name = name_rails,
    .like = "20260101000000_name.rb",
    .label_once = true,
};

const struct file_rule files_dbmate = {
    .settings = {{.file = "DBMATE_MIGRATIONS_DIR", .variable = true},
                 {.file = "DBMATE_MIGRATIONS_TABLE", .variable = true, .table = true}},
    .folders = {"db/migrations"},
    .walk = WALK_FILES,
    .name = name_dbmate,
    .like = "20260101000000_name.sql",
};

const struct file_rule files_diesel = {
    .settings = {{.file = "diesel.toml", .key = "dir", .bare = true}, {.file = "MIGRATION_DIRECTORY", .variable = true}},
    .folders = {"migrations"},
    .walk = WALK_FOLDERS | WALK_LINKS,
    .name = name_diesel,
    .like = "2026-01-01-000000_name/up.sql",
    .inside = "up.sql",
    .inside_must = true,
};

const struct file_rule files_ecto = {
    .folders = {"priv/repo/migrations", "lib/*/priv/repo/migrations", "apps/*/priv/repo/migrations"},
    .walk = WALK_FILES | WALK_BELOW | WALK_LINKS,
    .name = name_ecto,
    .like = "20260101000000_name.exs",
    .label_once = true,
};

const struct file_rule files_phinx = {
    .settings = {{.file = "phinx.php", .key = "migrations"},
                 {.file = "phinx.y*ml", .key = "migrations", .bare = true},
                 {.file = "phinx.php", .key = "default_migration_table", .table = true},
                 {.file = "phinx.y*ml", .key = "default_migration_table", .table = true, .bare = true}},
    .folders = {"db/migrations"},
    .walk = WALK_FILES,
    .name = name_phinx,
    .like = "20260101000000_name.php",
};

const struct file_rule files_goose = {
    .settings = {{.file = "GOOSE_MIGRATION_DIR", .variable = true},
                 {.file = "GOOSE_TABLE", .variable = true, .table = true}},
    .folders = {"migrations", "db/migrations", "sql/migrations"},
    .walk = WALK_FILES,
    .name = name_goose,
    .like = "00001_name.sql",
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

const struct file_rule files_doctrine = {
    .folders = {"migrations", "src/Migrations", "lib/MyProject/Migrations"},
    .walk = WALK_FILES | WALK_BELOW,
    .below = "[0-9][0-9][0-9][0-9]*", /* organised by year, perhaps by month too */
    .name = name_doctrine,
    .like = "Version20260101000000.php",
    .look = look_doctrine,
};

const struct file_rule files_golang_migrate = {
    .folders = {"migrations", "db/migrations", "db/migration", "database/migrations"},
    .walk = WALK_FILES,
    .name = name_golang_migrate,
    .like = "000001_name.up.sql",
};

const struct file_rule files_tern = {
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
    .look = sum_sqlx,
};

const struct file_rule files_refinery = {
    .folders = {"migrations", "src/migrations"},
    .walk = WALK_FILES | WALK_BELOW,
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
    .folders = {"drizzle", "migrations", "drizzle/migrations", "src/db/migrations"},
    .walk = WALK_FOLDERS | WALK_LINKS,
    .name = name_folder,
    .like = "20260101000000_name/migration.sql",
    .inside = "migration.sql",
    .label_kept = true,
    .look = sum_drizzle,
};

const struct file_rule files_atlas = {
    .folders = {"migrations"},
    .walk = WALK_FILES | WALK_HIDDEN,
    .name = name_atlas,
    .like = "20260101000000_name.sql",
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
