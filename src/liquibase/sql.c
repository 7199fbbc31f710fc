/* Liquibase: changelogs in formatted SQL (parser/core/formattedsql/FormattedSqlChangeLogParser.java). */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "liquibase/liquibase.h"

struct changelog {
    const char *name;   /* for messages */
    char *path;         /* as it is recorded */
    struct expected *expected;
    int line;
    /* of the changeset that is being read */
    bool open, skipped; /* skipped: for another kind of database */
    bool summed;        /* its text is one that can be summed up */
    bool split, strip;
    char *end_delimiter;
    size_t at;          /* in expected->items */
    struct buf sql;
};

static void changelog_done(struct changelog *log)
{
    free(log->path);
    free(log->end_delimiter);
    buf_done(&log->sql);
}

static int bad(const struct changelog *log, const char *what, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(log->name);
    err_set(reterr, ERR_NO_EXPECTED, "%s:%d: %s", shown, log->line, what);
    return err_hint(reterr, "Liquibase itself lists every kind of changelog: see `tenantgate help manifest`.");
}

/* The rest of a comment line behind this word, case ignored; NULL: it is another line. */
static const char *behind(const char *line, const char *word)
{
    line += strspn(line, " \t");
    if (strncmp(line, "--", 2) != 0)
        return NULL;
    line += 2 + strspn(line + 2, " \t");
    size_t len = strlen(word);
    return strncasecmp(line, word, len) == 0 ? line + len : NULL;
}

/* The value of "NAME:VALUE" among the attributes, to be freed, or NULL. */
static char *attribute(const char *attributes, const char *name)
{
    size_t len = strlen(name);
    for (const char *p = attributes; (p = strcasestr(p, name)) != NULL; p += len) {
        if ((p > attributes && strchr(" \t", p[-1]) == NULL) || p[len] != ':')
            continue;
        const char *value = p + len + 1;
        if (*value == '"')
            return mem_strndup(value + 1, strcspn(value + 1, "\""));
        return mem_strndup(value, strcspn(value, " \t"));
    }
    return NULL;
}

static bool is_set(const char *attributes, const char *name, const char *word)
{
    char _cleanup_free_ *value = attribute(attributes, name);
    return value != NULL && strcasecmp(value, word) == 0;
}

/* "AUTHOR:ID", each perhaps in quotes; returns what is behind them, or NULL. */
static const char *take_identity(const char *text, char **ret_author, char **ret_id)
{
    char **const parts[] = {ret_author, ret_id};
    for (size_t i = 0; i < 2; i++) {
        text += strspn(text, " \t");
        bool quoted = *text == '"';
        size_t len = quoted ? strcspn(text + 1, "\"") : strcspn(text, i == 0 ? ":" : " \t");
        *parts[i] = mem_strndup(text + quoted, len);
        text += len + (quoted ? 2u * (text[len + 1] != '\0') : 0u);
        if (len == 0 || (i == 0 && *text++ != ':'))
            return NULL;
    }
    return text;
}

static void end_changeset(struct changelog *log)
{
    if (log->open && !log->skipped && log->summed) {
        const char *sql = buf_text(&log->sql);
        size_t len = log->sql.len;
        while (len > 0 && strchr(" \t\r\n", sql[len - 1]) != NULL)
            len--;
        while (len > 0 && strchr(" \t\r\n", *sql) != NULL) {
            sql++;
            len--;
        }
        struct strv *sums = &log->expected->items[log->at].checksums;
        strv_take(sums, liquibase_sum9(sql, len));
        strv_take(sums, liquibase_sum8(sql, len, log->end_delimiter, log->split, log->strip));
    }
    log->open = false;
    buf_clear(&log->sql);
}

/* Attributes with which the text, or what is compared, is another: no sum then, the changeset's row is what counts. */
static bool can_be_summed(const char *attributes)
{
    static const char *const others[] = {"validCheckSum", "rollbackEndDelimiter", "rollbackSplitStatements"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char _cleanup_free_ *value = attribute(attributes, others[i]);
        if (value != NULL)
            return false;
    }
    return !is_set(attributes, "runAlways", "true");
}

/* Is it for PostgreSQL? "dbms:h2,postgresql", "dbms:!oracle". */
static bool is_ours(const char *attributes)
{
    char _cleanup_free_ *dbms = attribute(attributes, "dbms");
    if (dbms == NULL || strcasecmp(dbms, "all") == 0)
        return true;
    bool named = false, refused = false, only_refusals = true;
    for (const char *p = dbms; *p != '\0'; p += strcspn(p, ",") + (p[strcspn(p, ",")] != '\0')) {
        bool no = *p == '!';
        size_t len = strcspn(p, ",") - no;
        bool ours = len == strlen("postgresql") && strncasecmp(p + no, "postgresql", len) == 0;
        only_refusals = only_refusals && no;
        named = named || (ours && !no);
        refused = refused || (ours && no);
    }
    return !refused && (named || only_refusals);
}

static int begin_changeset(struct changelog *log, const char *rest, struct err *reterr)
{
    char _cleanup_free_ *author = NULL, *id = NULL;
    const char *attributes = take_identity(rest, &author, &id);
    end_changeset(log);
    if (attributes == NULL)
        return bad(log, "not of the form '--changeset AUTHOR:ID'", reterr);
    if (strstr(rest, "${") != NULL)
        return bad(log, "a changeset of which the values to be filled in are not known", reterr);
    char _cleanup_free_ *logical = attribute(attributes, "logicalFilePath");
    char _cleanup_free_ *other = logical ? liquibase_path(logical) : NULL;
    log->open = true;
    log->skipped = !is_ours(attributes) || is_set(attributes, "ignore", "true");
    if (log->skipped)
        return 0;
    char _cleanup_free_ *whole = mem_printf("%s::%s::%s", other ? other : log->path, id, author);
    log->at = log->expected->count;
    struct migration *migration = expected_add(log->expected, whole);
    migration->file = mem_strdup(log->name);
    migration->place = log->expected->count;
    migration->kind = is_set(attributes, "runOnChange", "true") ? MIGRATION_REPEATABLE : MIGRATION_PLAIN;
    log->summed = can_be_summed(attributes);
    log->split = !is_set(attributes, "splitStatements", "false");
    log->strip = !is_set(attributes, "stripComments", "false");
    free(log->end_delimiter);
    log->end_delimiter = attribute(attributes, "endDelimiter");
    if (migration->kind == MIGRATION_REPEATABLE && !log->summed)
        return bad(log, "a runOnChange changeset whose checksum cannot be told", reterr);
    return 0;
}

static int take_line(struct changelog *log, const char *line, struct err *reterr)
{
    static const char *const passed[] = {"rollback", "comment", "precondition", "property", "labels", "contexts"};
    const char *rest = behind(line, "changeset");
    if (rest != NULL && (*rest == ' ' || *rest == '\t'))
        return begin_changeset(log, rest, reterr);
    if (behind(line, "include") != NULL)
        return bad(log, "includes another changelog", reterr);
    if (behind(line, "ignoreLines") != NULL)
        return bad(log, "passes over lines, which could hold changesets", reterr);
    if (behind(line, "validCheckSum") != NULL || behind(line, "valid checksum") != NULL ||
        strstr(line, "/* liquibase rollback") != NULL || strstr(line, "${") != NULL) {
        log->summed = false;
        if (log->open && !log->skipped && log->expected->items[log->at].kind == MIGRATION_REPEATABLE)
            return bad(log, "a runOnChange changeset whose checksum cannot be told", reterr);
        return 0;
    }
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
        if (behind(line, passed[i]) != NULL)
            return 0;
    if (log->open) {
        buf_puts(&log->sql, line);
        buf_putc(&log->sql, '\n');
    }
    return 0;
}

static int read_header(struct changelog *log, const char *line, struct err *reterr)
{
    const char *rest = behind(line, "liquibase");
    if (rest == NULL || strncasecmp(rest + strspn(rest, " \t"), "formatted", 9) != 0)
        return bad(log, "does not begin with '--liquibase formatted sql'", reterr);
    char _cleanup_free_ *logical = attribute(rest, "logicalFilePath");
    if (logical != NULL) {
        if (strstr(logical, "${") != NULL)
            return bad(log, "a logicalFilePath of which the value to be filled in is not known", reterr);
        free(log->path);
        log->path = liquibase_path(logical);
    }
    return 0;
}

int liquibase_sql_part(const char *file, const char *path, const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    struct changelog _cleanup_(changelog_done) log = {.name = file, .path = liquibase_path(path), .expected = ret};
    ret->framework = FRAMEWORK_LIQUIBASE;
    if (memchr(text, '\0', len) != NULL || !text_is_utf8(text, len))
        return bad(&log, "is not UTF-8 text", reterr);
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        len -= 3;
    }
    bool header = false;
    for (const char *line = text, *end = text + len; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line)), *stop = newline ? newline : end;
        if (stop > line && stop[-1] == '\r')
            stop--;
        char _cleanup_free_ *whole = mem_strndup(line, (size_t)(stop - line));
        log.line++;
        line = newline ? newline + 1 : end;
        if (!header && whole[strspn(whole, " \t")] == '\0')
            continue;
        if ((header ? take_line(&log, whole, reterr) : read_header(&log, whole, reterr)) != 0)
            return -1;
        header = true;
    }
    end_changeset(&log);
    return header ? 0 : bad(&log, "holds no changeset", reterr);
}

int liquibase_sql(const char *path, const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    const struct changelog log = {.name = path, .line = 1};
    size_t before = ret->count;
    if (liquibase_sql_part(path, path, text, len, ret, reterr) != 0)
        return -1;
    return ret->count > before ? 0 : bad(&log, "holds no changeset", reterr);
}

bool liquibase_is_formatted(const char *text, size_t len)
{
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    text += strspn(text, " \t\r\n");
    char _cleanup_free_ *line = mem_strndup(text, strcspn(text, "\r\n"));
    const char *rest = behind(line, "liquibase");
    return rest != NULL && strncasecmp(rest + strspn(rest, " \t"), "formatted", 9) == 0;
}
