/* What status commands print, and what is around names in a list. */
#include "files/listed.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "expected/order.h"

#define DIGITS "0123456789"

/* The text behind one of the words (between blanks in `words`) that the line begins with; NULL: it begins with none. */
static const char *behind(const char *line, const char *const *words)
{
    for (; *words != NULL; words++) {
        size_t len = strlen(*words);
        if (text_starts(line, *words) && line[len] == ' ')
            return line + len + strspn(line + len, " ");
    }
    return NULL;
}

static const char *const updown[] = {"up", "down", NULL};
static const char *const boxes[] = {"[X]", "[ ]", NULL};

static enum name_is malformed(struct name *ret)
{
    ret->wrong = "looks like a line of the framework's status command, but holds no name where that has it";
    return NAME_WRONG;
}

/* activerecord, lib/active_record/tasks/database_tasks.rb, migrate_status; ecto_sql, lib/mix/tasks/ecto.migrations.ex; phinx,
 * src/Phinx/Migration/Manager.php, printStatus. */
enum name_is listed_number(const char *line, struct name *ret)
{
    const char *number = behind(line, updown);
    size_t digits = number != NULL ? strspn(number, DIGITS) : 0;
    if (number == NULL || strstr(line, "** NO FILE **") || strstr(line, "** FILE NOT FOUND **") || strstr(line, "** MISSING"))
        return NAME_IGNORED;
    if (digits == 0 || (number[digits] != ' ' && number[digits] != '\0'))
        return malformed(ret);
    order_number(number, digits, &ret->id);
    return NAME_TAKEN;
}

static enum name_is listed_file(const char *line, const char *const *marks, name_rule *rule, struct name *ret)
{
    const char *name = behind(line, marks);
    if (name == NULL)
        return NAME_IGNORED;
    enum name_is is = rule(name, ret);
    return is == NAME_IGNORED ? malformed(ret) : is;
}

/* sequelize-cli, src/commands/migrate.js, migrationStatus. */
enum name_is listed_sequelize(const char *line, struct name *ret)
{
    return listed_file(line, updown, name_sequelize, ret);
}

/* pkg/dbmate/db.go, Status. */
enum name_is listed_dbmate(const char *line, struct name *ret)
{
    return listed_file(line, boxes, name_dbmate, ret);
}

/* diesel_cli, migration list. */
enum name_is listed_diesel(const char *line, struct name *ret)
{
    return listed_file(line, boxes, name_diesel, ret);
}

/* status.go, printMigrationStatus: "Pending" or a time, and the file behind "--". A logger may write its own time before. */
enum name_is listed_goose(const char *line, struct name *ret)
{
    const char *mark = strstr(line, " -- ");
    if (mark == NULL)
        return NAME_IGNORED;
    enum name_is is = name_goose(mark + strlen(" -- "), ret);
    return is == NAME_IGNORED ? malformed(ret) : is;
}

/* sqlx-cli/src/migrate.rs, info: "1/installed name", "2/pending name", "3/installed (different checksum) name". */
enum name_is listed_sqlx(const char *line, struct name *ret)
{
    size_t digits = strspn(line, DIGITS);
    if (digits == 0 || (!text_starts(line + digits, "/installed") && !text_starts(line + digits, "/pending")))
        return NAME_IGNORED;
    order_number(line, digits, &ret->id);
    if (order_fits(buf_text(&ret->id)))
        return NAME_TAKEN;
    ret->wrong = "the version does not fit into 64 bits";
    return NAME_WRONG;
}

/* The cell of a table that is drawn with '|', without blanks at its ends; false: there is none of that number. */
static bool take_cell(const char *line, size_t number, struct buf *ret)
{
    buf_clear(ret);
    for (; *line == '|'; number--) {
        line += 1 + strspn(line + 1, " ");
        size_t len = strcspn(line, "|");
        if (line[len] == '\0')
            return false;
        const char *next = line + len;
        while (len > 0 && line[len - 1] == ' ')
            len--;
        if (number == 0) {
            buf_add(ret, line, len);
            return true;
        }
        line = next;
    }
    return false;
}

static bool is_one_of(const char *text, const char *const *words)
{
    while (*words != NULL && strcmp(text, *words) != 0)
        words++;
    return *words != NULL;
}

/* Illuminate/Database/Console/Migrations/StatusCommand.php: "NAME ... [1] Ran", "NAME ... Pending"; before 9.21 a table with
 * "Yes" or "No" (once "Y" and "N") before the name. */
enum name_is listed_laravel(const char *line, struct name *ret)
{
    struct buf _cleanup_buf_ cell = BUF_INIT;
    if (*line == '|') {
        bool row = take_cell(line, 0, &cell) && is_one_of(buf_text(&cell), (const char *const[]){"Yes", "No", "Y", "N", NULL});
        return !row ? NAME_IGNORED : take_cell(line, 1, &ret->id) && strchr(buf_text(&ret->id), '_') != NULL ? NAME_TAKEN : malformed(ret);
    }
    if (!text_ends(line, "] Ran") && !text_ends(line, " Pending"))
        return NAME_IGNORED;
    size_t len = strcspn(line, " ");
    buf_add(&ret->id, line, len);
    return memchr(line, '_', len) != NULL ? NAME_TAKEN : malformed(ret);
}

/* src/Tools/Console/Helper/MigrationStatusInfosHelper.php, listVersions. */
enum name_is listed_doctrine(const char *line, struct name *ret)
{
    struct buf _cleanup_buf_ status = BUF_INIT;
    if (!take_cell(line, 1, &status) || !is_one_of(buf_text(&status), (const char *const[]){"migrated", "not migrated", NULL}))
        return NAME_IGNORED;
    return take_cell(line, 0, &ret->id) && ret->id.len > 0 ? NAME_TAKEN : malformed(ret);
}

bool listed_total(const char *line, size_t *ret)
{
    static const struct {
        const char *before, *after;
    } forms[] = {{"Applied: ", ""}, {"Pending: ", ""}, /* dbmate; Knex, lib/../bin/cli.js: */
                 {"Found ", " Completed Migration file/files."}, {"Found ", " Pending Migration file/files."},
                 {"No Completed Migration files Found.", NULL}, {"No Pending Migration files Found.", NULL}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const char *number = line + strlen(forms[i].before);
        if (!text_starts(line, forms[i].before))
            continue;
        if (forms[i].after == NULL)
            return *number == '\0';
        size_t digits = strspn(number, DIGITS), total = 0;
        if (digits == 0 || digits > 9 || strcmp(number + digits, forms[i].after) != 0)
            continue;
        for (size_t d = 0; d < digits; d++)
            total = total * 10 + (size_t)(number[d] - '0');
        *ret += total;
        return true;
    }
    return false;
}

bool listed_heading(const char *line)
{
    return text_starts(line, "database: ") || text_starts(line, "Repo: ");
}

int listed_clean(struct buf *text, struct err *reterr)
{
    static const char order_mark[] = "\xef\xbb\xbf";
    struct buf clean = BUF_INIT;
    const char *at = buf_text(text), *end = at + text->len;
    int line = 1;
    if (text_starts(at, order_mark))
        at += strlen(order_mark);
    while (at < end) {
        /* ESC [ parameters letter: colours, and what clears the rest of a line. */
        if (end - at > 2 && memcmp(at, "\033[", 2) == 0) {
            const char *stop = at + 2 + strspn(at + 2, DIGITS ";:?");
            if (*stop == 'm' || *stop == 'K') {
                at = stop + 1;
                continue;
            }
        }
        line += *at == '\n';
        if (((unsigned char)*at < 0x20 && strchr("\n\r\t", *at) == NULL) || *at == 0x7f) {
            buf_done(&clean);
            err_set(reterr, ERR_NO_EXPECTED, "standard input:%d: holds control characters: this is not a listing", line);
            return err_hint(reterr, "Have the command print plain text to the pipe, with no colours and no progress.");
        }
        if (*at != '\r' || at[1] != '\n') /* at the end it is followed by NUL */
            buf_putc(&clean, *at);
        at++;
    }
    buf_done(text);
    *text = clean;
    return 0;
}

/* A word without what ls, quotes and sentences put at its ends. */
static char *bare_word(const char *word, size_t len)
{
    while (len > 0 && strchr("'\"`(,", *word) != NULL) {
        word++;
        len--;
    }
    while (len > 0 && strchr("'\"`),:;*@|=", word[len - 1]) != NULL)
        len--;
    return mem_strndup(word, len);
}

char *listed_hidden(const char *line, name_rule *rule)
{
    for (const char *at = line; *at != '\0';) {
        size_t len = strcspn(at, " \t");
        char _cleanup_free_ *word = bare_word(at, len);
        const char *slash = strrchr(word, '/');
        struct name _cleanup_name_ name = {0};
        if (*word != '\0' && strcmp(word, line) != 0 && rule(slash ? slash + 1 : word, &name) == NAME_TAKEN)
            return STEAL(word);
        at += len + strspn(at + len, " \t");
    }
    return NULL;
}

bool listed_cut(const char *line, name_rule *rule, const char *like)
{
    const char *slash = strrchr(line, '/');
    for (const char *rest = like; *rest != '\0'; rest++) {
        char _cleanup_free_ *whole = mem_printf("%s%s", slash ? slash + 1 : line, rest);
        struct name _cleanup_name_ name = {0};
        if (rule(whole, &name) == NAME_TAKEN)
            return true;
    }
    return false;
}
