/* Liquibase: which changelog, and its list. */
#include "expected/liquibase.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "expected/csv.h"
#include "expected/paths.h"

#define HINT "Liquibase lists every kind of changelog itself, without a database: see `tenantgate help manifest`."

/* The value of one of the names for the changelog in a .properties file; NULL: none. To be freed. */
static char *changelog_of(const char *text)
{
    static const char *const names[] = {"changeLogFile", "changelogFile", "changelog-file", "liquibase.command.changelogFile"};
    for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        line += strspn(line, " \t");
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            size_t len = strlen(names[i]);
            if (strncmp(line, names[i], len) != 0)
                continue;
            const char *value = line + len + strspn(line + len, " \t");
            if (*value != '=' && *value != ':')
                continue;
            value += 1 + strspn(value + 1, " \t");
            return mem_strndup(value, strcspn(value, "\r\n \t"));
        }
    }
    return NULL;
}

static int find_changelog(const char *folder, char **ret, struct err *reterr)
{
    char _cleanup_free_ *properties = path_join(folder, "liquibase.properties");
    char _cleanup_free_ *usual = path_join(folder, "changelog.sql");
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (path_is_file(properties)) {
        if (path_read(properties, &text, reterr) != 0)
            return -1;
        *ret = changelog_of(buf_text(&text));
    }
    if (*ret == NULL && path_is_file(usual))
        *ret = mem_strdup("changelog.sql");
    if (*ret != NULL)
        return 0;
    char _cleanup_free_ *shown = text_escaped(folder);
    err_set(reterr, ERR_NO_EXPECTED, "%s: no liquibase.properties that names a changeLogFile, and no changelog.sql", shown);
    return err_hint(reterr, "Set migrations.path to the changelog, written as Liquibase is given it. " HINT);
}

static int read_entry(const char *path, struct expected *ret, struct err *reterr)
{
    char _cleanup_free_ *name = NULL;
    struct buf _cleanup_buf_ text = BUF_INIT;
    bool folder = path_is_folder(path);
    if (folder && find_changelog(path, &name, reterr) != 0)
        return -1;
    char _cleanup_free_ *file = folder ? path_join(path, name) : mem_strdup(path);
    if (!text_ends(file, ".sql")) {
        char _cleanup_free_ *shown = text_escaped(file);
        err_set(reterr, ERR_NO_EXPECTED, "%s: only changelogs in formatted SQL can be read", shown);
        return err_hint(reterr, HINT);
    }
    if (path_read(file, &text, reterr) != 0)
        return err_hint(reterr, "Set migrations.path to the changelog, written as Liquibase is given it. " HINT);
    return liquibase_sql(folder ? name : path, buf_text(&text), text.len, ret, reterr);
}

int liquibase_read(const struct source *source, struct expected *ret, struct err *reterr)
{
    for (size_t i = 0; i < source->paths.count; i++)
        if (read_entry(source->paths.items[i], ret, reterr) != 0)
            return -1;
    return expected_finish(ret, reterr);
}

static size_t column(const struct strv *header, const char *name)
{
    for (size_t i = 0; i < header->count; i++)
        if (strcasecmp(header->items[i], name) == 0)
            return i;
    return header->count;
}

static int bad(size_t line, const char *what, struct err *reterr)
{
    err_set(reterr, ERR_NO_EXPECTED, "standard input:%zu: %s", line, what);
    return err_hint(reterr, "Expected is the CSV file that `liquibase --url=\"offline:postgresql?changeLogFile=FILE\" "
                            "changelog-sync-sql` leaves behind.");
}

int listing_read_liquibase(const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    struct strv _cleanup_strv_ header = STRV_INIT;
    const char *end = text + len, *at = csv_record(text, end, &header);
    size_t id = column(&header, "ID"), author = column(&header, "AUTHOR"), file = column(&header, "FILENAME");
    size_t sum = column(&header, "MD5SUM"), line = 1;
    ret->framework = FRAMEWORK_LIQUIBASE;
    if (id == header.count || author == header.count || file == header.count)
        return bad(1, "the first line does not name the columns ID, AUTHOR and FILENAME", reterr);
    while (at != NULL && at < end) {
        struct strv _cleanup_strv_ row = STRV_INIT;
        at = csv_record(at, end, &row);
        line++;
        if (at != NULL && row.count == 1 && *row.items[0] == '\0')
            continue;
        if (at == NULL || row.count != header.count)
            return bad(line, "not as many fields as the first line names, or a quote that does not end", reterr);
        char _cleanup_free_ *path = liquibase_path(row.items[file]);
        char _cleanup_free_ *whole = mem_printf("%s::%s::%s", path, row.items[id], row.items[author]);
        struct migration *migration = expected_add(ret, whole);
        migration->place = ret->count;
        if (sum < header.count && strchr(row.items[sum], ':') != NULL)
            strv_add(&migration->checksums, row.items[sum]);
    }
    if (ret->count == 0)
        return bad(line, "it lists no changesets", reterr);
    return expected_finish(ret, reterr);
}
