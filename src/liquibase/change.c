/* Checksums of changesets in XML, YAML and JSON, where all that they do is SQL (changelog/ChangeSet.java, generateCheckSum;
 * change/core/RawSQLChange.java, SQLFileChange.java). Those of other changes are over a form that only Liquibase makes of them. */
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "liquibase/liquibase.h"
#include "liquibase/project.h"

/* The sums of the changes so far, of both versions. */
struct sums {
    struct buf inner8, inner9;
    bool known;
};

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strcasecmp(name, *names) == 0)
            return true;
    return false;
}

/* The text of a `sql`; to be freed. NULL: not known. */
static char *sql_of(const struct tree *change)
{
    bool twice = false;
    const struct tree *child = tree_child(change, "sql", &twice);
    if (change->odd || twice || (child != NULL && child->odd))
        return NULL;
    const char *text = change->value ? change->value : child ? child->value : NULL;
    /* What is filled in may be given to Liquibase from outside, and then be another. */
    return text == NULL || strstr(text, "${") != NULL ? NULL : mem_strdup(text);
}

/* The text of the file that a `sqlFile` names, which is summed up as it stands; to be freed. NULL: not known. */
static char *file_of(const struct place *place, const struct tree *change)
{
    struct err _cleanup_err_ ignored = ERR_INIT;
    char _cleanup_free_ *path = NULL, *encoding = NULL, *file = NULL;
    struct buf _cleanup_buf_ text = BUF_INIT;
    bool relative = false;
    if (place_value(place, change, "path", &path, &ignored) != 0 || place_value(place, change, "encoding", &encoding, &ignored) != 0 ||
        place_flag(place, change, "relativeToChangelogFile", &relative, &ignored) != 0 || path == NULL)
        return NULL;
    if ((encoding != NULL && strcasecmp(encoding, "utf-8") != 0 && strcasecmp(encoding, "utf8") != 0))
        return 0;
    char _cleanup_free_ *whole = relative ? project_sibling(place->path, path) : mem_strdup(path);
    if (whole == NULL || search_file(&place->project->search, whole, &file, &ignored) != 1 || path_read(file, &text, &ignored) != 0)
        return NULL; /* whatever Liquibase makes of that */
    bool plain = text_is_utf8(buf_text(&text), text.len) && strlen(buf_text(&text)) == text.len &&
                 !text_starts(buf_text(&text), "\xef\xbb\xbf");
    return plain ? buf_steal(&text) : NULL;
}

static void add_change(const struct place *place, const struct tree *change, struct sums *sums)
{
    char _cleanup_free_ *sql = NULL, *split = NULL, *strip = NULL, *end = NULL, *dbms = NULL;
    struct err _cleanup_err_ ignored = ERR_INIT;
    if (!change->odd && strcmp(change->name, "sql") == 0)
        sql = sql_of(change);
    else if (!change->odd && strcmp(change->name, "sqlFile") == 0)
        sql = file_of(place, change);
    if (sql == NULL || tree_child(change, "<<", NULL) != NULL || place_value(place, change, "splitStatements", &split, &ignored) != 0 ||
        place_value(place, change, "stripComments", &strip, &ignored) != 0 ||
        place_value(place, change, "endDelimiter", &end, &ignored) != 0 || place_value(place, change, "dbms", &dbms, &ignored) != 0) {
        sums->known = false;
        return;
    }
    bool is_split = split == NULL || strcasecmp(split, "true") == 0, is_stripped = strip != NULL && strcasecmp(strip, "true") == 0;
    liquibase_inner8(&sums->inner8, sql, strlen(sql), end, is_split, is_stripped);
    if (liquibase_is_ours(dbms)) /* since version 9 those for others are left out */
        liquibase_inner9(&sums->inner9, sql, strlen(sql));
}

static void add_changes(const struct place *place, const struct tree *parent, struct sums *sums)
{
    static const char *const others[] = {
        "id", "author", "dbms", "context", "contextFilter", "labels", "runAlways", "alwaysRun", "runOnChange", "runInTransaction",
        "runWith", "runWithSpoolFile", "runOrder", "created", "ignore", "comment", "objectQuotingStrategy", "logicalFilePath",
        "failOnError", "onValidationFail", "rollback", "preConditions", NULL,
    };
    if (parent->odd)
        sums->known = false;
    for (size_t i = 0; i < parent->count && sums->known; i++) {
        const struct tree *child = &parent->items[i];
        if (tree_is_hidden(parent, i))
            sums->known = false;
        else if (strcmp(child->name, "changes") == 0)
            add_changes(place, child, sums);
        else if (!is_one_of(child->name, others))
            add_change(place, child, sums);
    }
}

void changeset_sums(const struct place *place, const struct tree *changeset, struct strv *ret)
{
    struct sums sums = {.known = true};
    add_changes(place, changeset, &sums);
    if (sums.known && sums.inner8.len > 0) {
        strv_take(ret, liquibase_outer(9, buf_text(&sums.inner9)));
        strv_take(ret, liquibase_outer(8, buf_text(&sums.inner8)));
    }
    buf_done(&sums.inner8);
    buf_done(&sums.inner9);
}
