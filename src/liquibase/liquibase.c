/* Liquibase: which changelog, and its list. */
#include "liquibase/liquibase.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "formats/csv.h"
#include "liquibase/project.h"

#define HINT "Liquibase lists every kind of changelog itself, without a database: see `tenantgate help manifest`."

#define WHERE "Set migrations.path to the changelog, written as Liquibase is given it. "

/* Where the files of a project stand that Liquibase finds on its class path, and what a changelog is called there. */
static const char *const usual_roots[] = {"", "src/main/resources", "BOOT-INF/classes", "WEB-INF/classes"};
static const char *const usual_names[] = {"db/changelog/db.changelog-master.yaml", "db/changelog/db.changelog-master.yml",
                                          "db/changelog/db.changelog-master.xml", "db/changelog/db.changelog-master.json",
                                          "db/changelog/db.changelog-master.sql", "config/liquibase/master.xml"};
#define COUNT(list) (sizeof(list) / sizeof *(list))

static int two(const char *one, const char *other, struct err *reterr)
{
    char _cleanup_free_ *a = text_escaped(one), *b = text_escaped(other);
    err_set(reterr, ERR_NO_EXPECTED, "%s and %s: which of these changelogs is it?", a, b);
    return err_hint(reterr, WHERE);
}

/* What the app's own configuration names, below a usual root of the folder: that one, and no usual one besides. */
static int find_named(const char *folder, const struct source *source, char **ret, struct err *reterr)
{
    static const char *const variables[] = {"SPRING_LIQUIBASE_CHANGE_LOG", "SPRING_LIQUIBASE_CHANGELOG", "QUARKUS_LIQUIBASE_CHANGE_LOG"};
    struct strv _cleanup_strv_ named = STRV_INIT;
    for (size_t i = 0; i < COUNT(variables); i++) {
        const char *value = environment_get(&source->env, variables[i]);
        if (value != NULL && *value != '\0') {
            *ret = mem_strdup(value);
            return 0;
        }
    }
    for (size_t r = 0; r < COUNT(usual_roots); r++) {
        char _cleanup_free_ *root = path_join(folder, usual_roots[r]);
        if (liquibase_app(root, &named, reterr) != 0)
            return -1;
    }
    for (size_t i = 0; i < named.count; i++) {
        char *plain = liquibase_path(named.items[i]);
        free(named.items[i]);
        named.items[i] = plain;
    }
    strv_unique(&named);
    if (named.count > 1)
        return two(named.items[0], named.items[1], reterr);
    *ret = named.count == 1 ? mem_strdup(named.items[0]) : NULL;
    return 0;
}

/* `name` (NULL: any usual one) below a usual root of the folder. */
static int find_usual(const char *folder, const char *name, struct project *project, char **ret, struct err *reterr)
{
    char _cleanup_free_ *found = NULL;
    for (size_t r = 0; r < COUNT(usual_roots); r++)
        for (size_t n = 0; n < (name ? 1 : COUNT(usual_names)); n++) {
            const char *changelog = name ? name : usual_names[n];
            char _cleanup_free_ *root = path_join(folder, usual_roots[r]), *plain = liquibase_path(changelog);
            char _cleanup_free_ *file = path_join(root, plain);
            if (!path_is_file(file))
                continue;
            if (found != NULL)
                return two(found, file, reterr);
            found = STEAL(file);
            strv_add(&project->search.roots, root);
            *ret = mem_strdup(changelog);
        }
    return 0;
}

static int find_changelog(const char *folder, const struct source *source, struct project *project, char **ret, struct err *reterr)
{
    char _cleanup_free_ *named = NULL;
    char _cleanup_free_ *properties = path_join(folder, "liquibase.properties");
    char _cleanup_free_ *plain = path_join(folder, "changelog.sql");
    if (path_is_file(properties)) {
        struct buf _cleanup_buf_ text = BUF_INIT;
        if (path_read(properties, &text, reterr) != 0 ||
            liquibase_properties(properties, buf_text(&text), folder, project, ret, reterr) != 0)
            return -1;
    }
    if (*ret != NULL)
        return 0;
    project_forget(project);
    if (find_named(folder, source, &named, reterr) != 0 || find_usual(folder, named, project, ret, reterr) != 0)
        return -1;
    if (named != NULL && *ret == NULL) {
        char _cleanup_free_ *shown = text_escaped(named);
        err_set(reterr, ERR_NO_EXPECTED, "%s: the app's configuration names this changelog, which is not there", shown);
        return err_hint(reterr, WHERE HINT);
    }
    if (*ret == NULL && path_is_file(plain)) {
        strv_add(&project->search.roots, folder);
        *ret = mem_strdup("changelog.sql");
    }
    if (*ret != NULL)
        return 0;
    char _cleanup_free_ *shown = text_escaped(folder);
    err_set(reterr, ERR_NO_EXPECTED, "%s: no liquibase.properties that names a changeLogFile, no db/changelog/db.changelog-master.*, and "
            "no changelog.sql", shown);
    return err_hint(reterr, WHERE HINT);
}

/* "FOLDER/classpath:CHANGELOG"; without a folder it is looked for where it usually stands. */
static int split_entry(const char *entry, const char *colon, struct project *project, char **ret, struct err *reterr)
{
    char _cleanup_free_ *folder = mem_strndup(entry, (size_t)(colon - entry));
    if (*folder != '\0') {
        strv_add(&project->search.roots, folder);
        *ret = mem_strdup(colon);
        return 0;
    }
    if (find_usual(".", colon, project, ret, reterr) != 0)
        return -1;
    if (*ret != NULL)
        return 0;
    char _cleanup_free_ *shown = text_escaped(entry);
    err_set(reterr, ERR_NO_EXPECTED, "%s: not there, nor in src/main/resources, BOOT-INF/classes or WEB-INF/classes", shown);
    return err_hint(reterr, "Set migrations.path to FOLDER/classpath:CHANGELOG with the folder that it is in. " HINT);
}

/* A changelog beside the folder that the app starts in: no search path leads to it, and yet Liquibase reads it. */
static int read_outside(struct project *project, const char *entry, struct err *reterr)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (path_read(entry, &text, reterr) != 0)
        return err_hint(reterr, WHERE HINT);
    return project_read_text(project, entry, entry, buf_text(&text), text.len, reterr);
}

static int read_entry(const char *entry, const struct source *source, struct expected *ret, struct err *reterr)
{
    char _cleanup_free_ *changelog = NULL;
    struct project _cleanup_(project_done) project = {.expected = ret, .env = source->env};
    const char *colon = text_starts(entry, "classpath:") ? entry : strstr(entry, "/classpath:");
    size_t before = ret->count;
    ret->framework = FRAMEWORK_LIQUIBASE;
    if (colon != NULL) {
        if (split_entry(entry, colon + (*colon == '/'), &project, &changelog, reterr) != 0)
            return -1;
    } else if (path_is_folder(entry)) {
        if (find_changelog(entry, source, &project, &changelog, reterr) != 0)
            return -1;
    } else {
        strv_add(&project.search.roots, *entry == '/' ? "/" : ".");
        changelog = mem_strdup(entry);
    }
    char _cleanup_free_ *plain = liquibase_path(changelog);
    bool outside = colon == NULL && text_starts(plain, "../");
    if ((outside ? read_outside(&project, entry, reterr) : project_read(&project, changelog, reterr)) != 0)
        return -1;
    return ret->count > before ? 0 : project_bad(changelog, 1, "holds no changeset for PostgreSQL", reterr);
}

int liquibase_read(const struct source *source, struct expected *ret, struct err *reterr)
{
    for (size_t i = 0; i < source->paths.count; i++)
        if (read_entry(source->paths.items[i], source, ret, reterr) != 0)
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
