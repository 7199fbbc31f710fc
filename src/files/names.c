/* What each framework makes of a name. */
#include "files/names.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "expected/order.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

void name_done(struct name *name)
{
    buf_done(&name->id);
    buf_done(&name->label);
    *name = (struct name){0};
}

static enum name_is wrong(struct name *ret, const char *why)
{
    ret->wrong = why;
    return NAME_WRONG;
}

/* Takes the digits as a number. */
static enum name_is take_number(const char *digits, size_t len, struct name *ret)
{
    order_number(digits, len, &ret->id);
    return order_fits(buf_text(&ret->id)) ? NAME_TAKEN : wrong(ret, "the version does not fit into 64 bits");
}

static enum name_is take_text(const char *text, size_t len, struct name *ret)
{
    buf_add(&ret->id, text, len);
    return NAME_TAKEN;
}

/* The name without its ending, as a length; 0 where it ends otherwise (or is nothing else). */
static size_t without(const char *file, const char *ending)
{
    return text_ends(file, ending) ? strlen(file) - strlen(ending) : 0;
}

/* Does it end in one of these, between blanks? A name that is nothing but its ending has none (Node's path.extname()). */
static bool has_ending(const char *file, const char *endings)
{
    const char *dot = strrchr(file, '.');
    if (dot == NULL || dot == file)
        return false;
    char _cleanup_free_ *word = mem_printf(" %s ", dot);
    return strstr(endings, word) != NULL;
}

/* activerecord/lib/active_record/migration.rb: the glob decides what is looked at, MigrationFilenameRegexp what is legal. */
enum name_is name_rails(const char *file, struct name *ret)
{
    size_t digits = strspn(file, DIGITS), len = without(file, ".rb");
    if (digits == 0 || len == 0 || memchr(file, '_', len) == NULL)
        return NAME_IGNORED;
    const char *name = file + digits + 1;
    size_t part = file[digits] == '_' ? strspn(name, LOWER DIGITS "_") : 0;
    size_t scope = name[part] == '.' ? strspn(name + part + 1, LOWER DIGITS "_") + 1 : 0;
    if (file[digits] != '_' || (digits + 1 + part != len && digits + 1 + part + scope != len))
        return wrong(ret, "Rails takes only lower-case letters, digits and '_' in the name of a migration");
    buf_add(&ret->label, name, part);
    order_number(file, digits, &ret->id); /* Ruby's integers have no end, and the column is a text */
    return NAME_TAKEN;
}

/* pkg/dbmate/db.go, migrationFileRegexp: the version is a text. */
enum name_is name_dbmate(const char *file, struct name *ret)
{
    size_t digits = strspn(file, DIGITS);
    return digits > 0 && without(file, ".sql") > 0 ? take_text(file, digits, ret) : NAME_IGNORED;
}

/* diesel_migrations/migrations_internals/src/lib.rs, version_from_string. */
enum name_is name_diesel(const char *folder, struct name *ret)
{
    for (const char *p = folder; *p != '\0' && *p != '_'; p++)
        if (*p != '-')
            buf_putc(&ret->id, *p);
    return ret->id.len > 0 ? NAME_TAKEN : wrong(ret, "the name holds no version before the first '_'");
}

/* lib/ecto/migrator.ex, extract_migration_info: Integer.parse() takes a sign, too. Two of one name are no matter by themselves:
 * ensure_no_duplication! looks at those that are pending only. */
enum name_is name_ecto(const char *file, struct name *ret)
{
    const char *number = file + (*file == '-' || *file == '+');
    size_t digits = strspn(number, DIGITS);
    if (digits == 0 || without(file, ".exs") == 0 || number[digits] != '_')
        return NAME_IGNORED;
    if (*file != '-' || strspn(number, "0") == digits)
        return take_number(number, digits, ret);
    buf_putc(&ret->id, '-');
    order_number(number, digits, &ret->id);
    return order_fits(buf_text(&ret->id) + 1) ? NAME_TAKEN : wrong(ret, "the version does not fit into 64 bits");
}

/* src/Phinx/Util/Util.php, MIGRATION_FILE_NAME_PATTERN and MIGRATION_FILE_NAME_NO_NAME_PATTERN. */
enum name_is name_phinx(const char *file, struct name *ret)
{
    size_t digits = strspn(file, DIGITS), len = without(file, ".php");
    if (digits == 0 || len == 0)
        return NAME_IGNORED;
    if (len == digits)
        return digits == 14 ? take_number(file, digits, ret) : NAME_IGNORED;
    for (size_t at = digits; at < len;) {
        size_t part = file[at] == '_' ? strspn(file + at + 1, LOWER UPPER DIGITS) : 0;
        bool first_is_letter = at > digits || (part > 0 && strchr(DIGITS, file[at + 1]) == NULL);
        if (part == 0 || !first_is_letter)
            return NAME_IGNORED;
        at += part + 1;
    }
    return take_number(file, digits, ret);
}

/* migration.go, NumericComponent: strconv.ParseInt takes a plus too. What does not fit is passed over by the library; its command
 * line tool stops there. */
enum name_is name_goose(const char *file, struct name *ret)
{
    const char *number = file + (*file == '+');
    size_t digits = strspn(number, DIGITS);
    bool go = without(file, ".go") > 0 && without(file, "_test.go") == 0;
    if (digits == 0 || number[digits] != '_' || strspn(number, "0") == digits || (!go && without(file, ".sql") == 0))
        return NAME_IGNORED;
    return take_number(number, digits, ret);
}

/* lib/migrations/common/MigrationsLoader.js, DEFAULT_LOAD_EXTENSIONS. */
enum name_is name_knex(const char *file, struct name *ret)
{
    if (!has_ending(file, " .co .coffee .eg .iced .js .cjs .litcoffee .ls .ts "))
        return NAME_IGNORED;
    return take_text(file, strlen(file), ret);
}

/* sequelize-cli, lib/core/migrator.js: the pattern. */
enum name_is name_sequelize(const char *file, struct name *ret)
{
    static const char *const endings[] = {".js", ".cjs", ".ts", ".cts"};
    if (text_ends(file, ".d.ts"))
        return NAME_IGNORED;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (text_ends(file, endings[i]))
            return take_text(file, strlen(file), ret);
    return NAME_IGNORED;
}

/* src/utils/fileNameUtils.ts. */
enum name_is name_node_pg_migrate(const char *file, struct name *ret)
{
    const char *dot = strrchr(file, '.');
    if (*file == '.')
        return NAME_IGNORED;
    if (strspn(file, DIGITS) == 0)
        return wrong(ret, "node-pg-migrate stops at a name that does not begin with digits");
    if (!has_ending(file, " .sql .js .ts .cjs .mjs .cts .mts "))
        return wrong(ret, "no ending that node-pg-migrate can load");
    if (text_ends(file, ".up.sql") || text_ends(file, ".down.sql"))
        return wrong(ret, "whether it is one of a pair is decided by a loader in the project's code");
    return take_text(file, (size_t)(dot - file), ret);
}

/* Illuminate/Database/Migrations/Migrator.php, getMigrationFiles and getMigrationName: every ".php" goes. */
enum name_is name_laravel(const char *file, struct name *ret)
{
    size_t len = without(file, ".php");
    if (*file == '.' || len == 0 || memchr(file, '_', len) == NULL)
        return NAME_IGNORED;
    for (const char *p = file; *p != '\0'; p += text_starts(p, ".php") ? 4 : 1)
        if (!text_starts(p, ".php"))
            buf_putc(&ret->id, *p);
    return NAME_TAKEN;
}

/* packages/migrations/src/MigrationStorage.ts and packages/core/src/utils/AbstractMigrator.ts: ".cjs" counts, but stays. */
enum name_is name_mikro_orm(const char *file, struct name *ret)
{
    if (*file == '.' || text_ends(file, ".d.ts") || text_ends(file, ".d.js") || text_ends(file, ".d.cjs"))
        return NAME_IGNORED;
    if (text_ends(file, ".js") || text_ends(file, ".ts"))
        return take_text(file, strlen(file) - 3, ret);
    return text_ends(file, ".cjs") ? take_text(file, strlen(file), ret) : NAME_IGNORED;
}

/* Prisma, Drizzle 1.0: the folder's name is the migration's. A list of names holds Prisma's lock file too. */
enum name_is name_folder(const char *folder, struct name *ret)
{
    return strcmp(folder, "migration_lock.toml") == 0 ? NAME_IGNORED : take_text(folder, strlen(folder), ret);
}

/* src/Finder/: the file is called like its class, mostly. The namespace is in the file. */
enum name_is name_doctrine(const char *file, struct name *ret)
{
    size_t len = without(file, ".php");
    return len > 0 && text_starts(file, "Version") ? take_text(file, len, ret) : NAME_IGNORED;
}

/* source/parse.go: ^([0-9]+)_(.*)\.(down|up)\.(.*)$, as greedy as that is. Either half alone makes a version (source/migration.go,
 * buildIndex; migrate.go, newMigration). A number that 64 bits do not hold is no match; one that they hold only without a sign is
 * taken, and then the tool panics or never ends. */
enum name_is name_golang_migrate(const char *file, struct name *ret)
{
    static const char most[] = "18446744073709551615";
    size_t digits = strspn(file, DIGITS);
    if (digits == 0 || file[digits] != '_' || strchr(file, '\n') != NULL)
        return NAME_IGNORED;
    for (const char *p = file + strlen(file); --p > file + digits;)
        if (text_starts(p, ".up.") || text_starts(p, ".down.")) {
            ret->half = p[1] == 'u' ? HALF_UP : HALF_DOWN;
            enum name_is is = take_number(file, digits, ret);
            if (order_compare(ORDER_NUMBER, buf_text(&ret->id), most) <= 0)
                return is;
            ret->wrong = "is passed over, as golang-migrate does: the version does not fit into 64 bits";
            return NAME_IGNORED;
        }
    return NAME_IGNORED;
}

/* migrate/migrate.go, migrationPattern. */
enum name_is name_tern(const char *file, struct name *ret)
{
    size_t digits = strspn(file, DIGITS), len = without(file, ".sql");
    if (digits == 0 || file[digits] != '_' || len <= digits + 1)
        return NAME_IGNORED;
    return take_number(file, digits, ret);
}

/* sqlx-core/src/migrate/source.rs, resolve_blocking_with_config. */
enum name_is name_sqlx(const char *file, struct name *ret)
{
    const char *rest = strchr(file, '_');
    if (rest == NULL || !text_ends(rest, ".sql"))
        return NAME_IGNORED;
    bool minus = *file == '-';
    const char *number = file + (minus || *file == '+'); /* Rust's i64 takes a sign */
    size_t digits = strspn(number, DIGITS);
    if (digits == 0 || number + digits != rest)
        return wrong(ret, "sqlx takes the text before the first '_' for a number and stops where it is none");
    if (text_ends(rest, ".down.sql"))
        return NAME_IGNORED;
    if (take_number(number, digits, ret) != NAME_TAKEN)
        return NAME_WRONG;
    if (minus && strcmp(buf_text(&ret->id), "0") != 0) {
        char _cleanup_free_ *id = buf_steal(&ret->id);
        buf_printf(&ret->id, "-%s", id);
    }
    return NAME_TAKEN;
}

/* Is there a sign in it that is no part of a word to Rust's pattern \w? Beyond ASCII these are the ranges of punctuation and
 * symbols that people write; everything else counts as a letter. */
static bool has_sign(const char *text, size_t len)
{
    static const struct {
        unsigned from, to;
    } signs[] = {{0x80, 0xa9}, {0xab, 0xb4}, {0xb6, 0xb9}, {0xbb, 0xbf}, {0xd7, 0xd7}, {0xf7, 0xf7}, {0x2000, 0x200b}, {0x200e, 0x203e},
                 {0x2041, 0x2053}, {0x2055, 0x2070}, {0x20a0, 0x20cf}, {0x2190, 0x245f}, {0x2500, 0x2bff}, {0x3000, 0x3004},
                 {0x3008, 0x3020}, {0xfe10, 0xfe1f}, {0xff01, 0xff0f}, {0x1f300, 0x1faff}};
    for (size_t at = 0, width = 1; at < len; at += width) {
        unsigned char c = (unsigned char)text[at];
        width = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
        if (c < 0x80 && strchr(LOWER UPPER DIGITS "_", c) == NULL)
            return true;
        unsigned code = c & (0xffU >> (width + 1));
        for (size_t i = 1; i < width && at + i < len; i++)
            code = code << 6 | ((unsigned char)text[at + i] & 0x3fU);
        for (size_t i = 0; i < sizeof signs / sizeof *signs && width > 1; i++)
            if (code >= signs[i].from && code <= signs[i].to)
                return true;
    }
    return false;
}

/* refinery_core/src/util.rs, the pattern. */
enum name_is name_refinery(const char *file, struct name *ret)
{
    if (*file == '|' && strspn(file + 1, DIGITS) > 0 && text_ends(file, ".sql"))
        return wrong(ret, "refinery stops at a name that begins with '|'");
    if (!text_is_utf8(file, strlen(file))) /* passed over, too */
        return NAME_IGNORED;
    size_t digits = *file != '\0' ? strspn(file + 1, DIGITS) : 0;
    size_t sql = without(file, ".sql"), len = sql > 0 ? sql : without(file, ".rs");
    if ((*file != 'V' && *file != 'U') || digits == 0 || len == 0)
        return NAME_IGNORED;
    const char *rest = file + 1 + digits;
    if (*rest == '.' && strspn(rest + 1, DIGITS) > 0 && text_starts(rest + 1 + strspn(rest + 1, DIGITS), "__"))
        return wrong(ret, "refinery takes whole numbers only");
    if (!text_starts(rest, "__") || rest + 2 >= file + len)
        return NAME_IGNORED;
    if (has_sign(rest + 2, (size_t)(file + len - rest) - 2))
        return NAME_IGNORED;
    buf_add(&ret->label, rest + 2, (size_t)(file + len - rest) - 2);
    ret->kind = *file == 'U' ? MIGRATION_ANYTIME : MIGRATION_PLAIN;
    return take_number(file + 1, digits, ret);
}

/* sql/migrate/dir.go, LocalFile.Version; sql/sqltool/tool.go, GolangMigrateDir: a folder may be in that tool's form, with pairs. */
enum name_is name_atlas(const char *file, struct name *ret)
{
    size_t len = without(file, ".sql");
    if (len == 0)
        return NAME_IGNORED;
    ret->half = text_ends(file, ".up.sql") ? HALF_UP : text_ends(file, ".down.sql") ? HALF_DOWN : HALF_NONE;
    const char *end = memchr(file, '_', len);
    if (end == file)
        return wrong(ret, "no version before the first '_'");
    return take_text(file, end ? (size_t)(end - file) : len, ret);
}

/* The description of Flyway's history: blanks for '_', and at most 200 characters (internal/resource/ResourceNameParser.java,
 * internal/schemahistory/SchemaHistory.java). */
static void take_description(const char *text, size_t len, struct buf *out)
{
    size_t chars = 0, cut = 0;
    for (size_t i = 0; i < len; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80 && chars++ == 197)
            cut = i;
        buf_putc(out, text[i] == '_' ? ' ' : text[i]);
    }
    if (chars <= 200)
        return;
    char _cleanup_free_ *whole = buf_steal(out);
    buf_add(out, whole, cut);
    buf_puts(out, "...");
}

/* The length of a name without its ending; 0: no file that Flyway takes for a migration. Endings count without regard to
 * case; scripts are migrations from version 10 on. */
static size_t flyway_stem(const char *file)
{
    static const char *const endings[] = {".sql", ".cmd", ".bat", ".ps1", ".py", ".sh", ".bash"};
    size_t len = strlen(file);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t ending = strlen(endings[i]);
        if (len > ending && strcasecmp(file + len - ending, endings[i]) == 0)
            return len - ending;
    }
    return strchr(file, '$') == NULL ? without(file, ".class") : 0;
}

/* Java's BigInteger takes what no sane version has: a sign, digits of other scripts; and three words have a meaning. Flyway
 * passes over whatever else is no version. */
static enum name_is flyway_no_version(const char *version, size_t len, struct name *ret)
{
    static const char *const words[] = {"current", "next", "latest"};
    bool odd = (len > 1 && (*version == '-' || *version == '+') && version[1] >= '0' && version[1] <= '9');
    for (size_t i = 0; i < len; i++)
        odd = odd || (unsigned char)version[i] >= 0x80;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        odd = odd || (len == strlen(words[i]) && strncasecmp(version, words[i], len) == 0);
    return odd ? wrong(ret, "Flyway may read a version here, but none of digits, '.' and '_' alone") : NAME_IGNORED;
}

/* internal/resource/ResourceNameParser.java, api/MigrationVersion.java. The description, with what stands before it, may be
 * missing. */
enum name_is name_flyway(const char *file, struct name *ret)
{
    size_t len = flyway_stem(file);
    if (len < 2 || (*file != 'V' && *file != 'R' && *file != 'B'))
        return NAME_IGNORED;
    const char *end = file + len, *separator = memmem(file + 1, len - 1, "__", 2);
    const char *version_end = separator ? separator : end, *description = separator ? separator + 2 : end;
    size_t digits = (size_t)(version_end - file) - 1;
    take_description(description, (size_t)(end - description), &ret->label);
    if (*file == 'R') {
        if (digits > 0)
            return NAME_IGNORED;
        ret->kind = MIGRATION_REPEATABLE;
        buf_puts(&ret->id, "R__");
        for (const char *p = buf_text(&ret->label); *p != '\0'; p++)
            buf_putc(&ret->id, *p == ' ' ? '_' : *p);
        return NAME_TAKEN;
    }
    if (*file == 'B') {
        ret->kind = MIGRATION_CHECKPOINT;
        buf_putc(&ret->id, 'B');
    }
    return order_dotted(file + 1, digits, &ret->id) ? NAME_TAKEN : flyway_no_version(file + 1, digits, ret);
}
