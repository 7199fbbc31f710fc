/* Liquibase: from a changelog to the changesets that it and all that it includes hold (changelog/DatabaseChangeLog.java,
 * handleChildNode, include, includeAll; changelog/ChangeSet.java, load). */
#include "liquibase/project.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "liquibase/liquibase.h"

/* No project has as many; one that includes itself by detours might. */
#define FILES_MAX 100000
#define CHAIN_MAX 64

/* Since 4.31 it holds for what is included, too, unless that had run before under its own path. */
#define BELOW_LOGICAL                                                                                                     \
    "stands below the logicalFilePath of a changelog further out: whether that holds here too hangs on the version of "   \
    "Liquibase and on what ran before; a logicalFilePath of its own would decide it"

/* A changelog that is being read. */
struct changelog {
    struct project *project;
    struct place place;
    char *recorded;     /* the path that its changesets get */
    bool other_logical; /* which of two paths they get hangs on the version of Liquibase, and on what ran before */
    bool yaml;
};

static void changelog_done(struct changelog *log)
{
    free(log->recorded);
}

void project_done(struct project *project)
{
    strv_done(&project->search.roots);
    parameters_done(&project->parameters);
    strv_done(&project->chain);
    free(project->logical);
}

void project_forget(struct project *project)
{
    strv_done(&project->search.roots);
    parameters_done(&project->parameters);
}

int project_bad(const char *file, int line, const char *what, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(file), *why = text_escaped_controls(what);
    err_set(reterr, ERR_NO_EXPECTED, "%s:%d: %s", shown, line, why);
    return err_hint(reterr, "Liquibase itself lists every kind of changelog: see `tenantgate help manifest`.");
}

static int bad(const struct changelog *log, const struct tree *node, const char *what, struct err *reterr)
{
    return project_bad(log->place.file, node->line, what, reterr);
}

char *project_sibling(const char *path, const char *file)
{
    char _cleanup_free_ *plain = liquibase_path(path);
    const char *slash = strrchr(plain, '/');
    if (*file == '/' || strchr(file, ':') != NULL)
        return NULL;
    char _cleanup_free_ *whole = mem_printf("%.*s%s", slash ? (int)(slash + 1 - plain) : 0, plain, file);
    return liquibase_path(whole);
}

int place_value(const struct place *place, const struct tree *node, const char *name, char **ret, struct err *reterr)
{
    bool twice = false;
    const struct tree *child = tree_child(node, name, &twice);
    if (child == NULL)
        return 0;
    char _cleanup_free_ *what = NULL;
    if (twice)
        what = mem_printf("'%s' is there twice", name);
    else if (child->odd)
        what = mem_printf("'%s' is no plain text: Liquibase makes another one of it (put it in quotes)", name);
    else if (child->count > 0 || child->cut)
        what = mem_printf("'%s' is no plain text", name);
    if (what != NULL)
        return project_bad(place->file, child->line, what, reterr);
    if (child->value == NULL)
        return 0;
    const struct project *project = place->project;
    *ret = parameters_expand(&project->parameters, &project->env, &project->chain, child->value);
    if (*ret != NULL)
        return 0;
    what = mem_printf("'%s' holds a value to be filled in that cannot be told from the files: %s", name, child->value);
    return project_bad(place->file, child->line, what, reterr);
}

int place_flag(const struct place *place, const struct tree *node, const char *name, bool *ret, struct err *reterr)
{
    char _cleanup_free_ *value = NULL;
    if (place_value(place, node, name, &value, reterr) != 0)
        return -1;
    if (value != NULL)
        *ret = strcasecmp(value, "true") == 0; /* Boolean.valueOf() */
    return 0;
}

bool liquibase_is_ours(const char *dbms)
{
    bool ours = false, others = false, none = false;
    for (const char *at = dbms; at != NULL && *at != '\0'; at += strcspn(at, ",") + (at[strcspn(at, ",")] != '\0')) {
        size_t blanks = strspn(at, " \t\r\n"), len = strcspn(at, ",");
        const char *word = at + (blanks < len ? blanks : len);
        len -= (size_t)(word - at);
        while (len > 0 && strchr(" \t\r\n", word[len - 1]) != NULL)
            len--;
        char _cleanup_free_ *name = mem_strndup(word, len);
        if (strcasecmp(name, "all") == 0)
            return true;
        if (strcasecmp(name, "!postgresql") == 0 || strcasecmp(name, "none") == 0)
            none = true;
        else if (strcasecmp(name, "postgresql") == 0)
            ours = true;
        else if (*name != '!' && *name != '\0')
            others = true;
    }
    return !none && (ours || !others);
}

/* Which path does a changeset get that has none of its own? */
static int recorded_path(const struct changelog *log, const struct tree *node, const char *own, char **ret, struct err *reterr)
{
    const char *given = own && *own ? own : NULL;
    if (given == NULL && log->other_logical)
        return bad(log, node, BELOW_LOGICAL, reterr);
    *ret = liquibase_path(given ? given : log->recorded);
    return 0;
}

static int check_repeatable(const struct changelog *log, const struct tree *node, const struct migration *migration, bool repeatable,
                            struct err *reterr)
{
    if (!repeatable || migration->checksums.count > 0)
        return 0;
    return bad(log, node, "a runOnChange changeset whose checksum cannot be told: only Liquibase knows when it is to run again", reterr);
}

static int take_changeset(struct changelog *log, const struct tree *node, struct err *reterr)
{
    char _cleanup_free_ *id = NULL, *author = NULL, *dbms = NULL, *logical = NULL, *path = NULL;
    bool ignored = false, on_change = false, always = false, always_too = false;
    const struct place *place = &log->place;
    if (place_value(place, node, "dbms", &dbms, reterr) != 0 || place_flag(place, node, "ignore", &ignored, reterr) != 0)
        return -1;
    if (!liquibase_is_ours(dbms) || ignored || log->project->ignored)
        return 0;
    if (place_value(place, node, "id", &id, reterr) != 0 || place_value(place, node, "author", &author, reterr) != 0 ||
        place_value(place, node, "logicalFilePath", &logical, reterr) != 0 ||
        place_flag(place, node, "runOnChange", &on_change, reterr) != 0 || place_flag(place, node, "runAlways", &always, reterr) != 0 ||
        place_flag(place, node, "alwaysRun", &always_too, reterr) != 0)
        return -1;
    if (id == NULL || *id == '\0' || author == NULL || *author == '\0')
        return bad(log, node, "a changeSet without an id or an author", reterr);
    if (recorded_path(log, node, logical, &path, reterr) != 0)
        return -1;
    char _cleanup_free_ *whole = mem_printf("%s::%s::%s", path, id, author);
    struct expected *expected = log->project->expected;
    struct migration *migration = expected_add(expected, whole);
    migration->file = mem_strdup(place->file);
    migration->place = expected->count;
    migration->kind = on_change ? MIGRATION_REPEATABLE : MIGRATION_PLAIN;
    if (!always && !always_too) /* one that always runs is not looked at for changes */
        changeset_sums(place, node, &migration->checksums);
    return check_repeatable(log, node, migration, on_change, reterr);
}

/* Sets a value for ${NAME}. What hangs on more than the files makes it, or whatever comes later, undecided. */
static void take_property(struct changelog *log, const struct tree *node)
{
    struct parameters *parameters = &log->project->parameters;
    struct err _cleanup_err_ ignored = ERR_INIT;
    const struct place *place = &log->place;
    char _cleanup_free_ *name = NULL, *value = NULL, *dbms = NULL, *global = NULL;
    bool hangs = tree_child(node, "context", NULL) || tree_child(node, "contextFilter", NULL) || tree_child(node, "labels", NULL);
    if (place_value(place, node, "name", &name, &ignored) != 0 || place_value(place, node, "dbms", &dbms, &ignored) != 0 ||
        place_value(place, node, "global", &global, &ignored) != 0 || name == NULL || tree_child(node, "file", NULL) != NULL) {
        parameters->opaque = true;
        return;
    }
    if (!liquibase_is_ours(dbms))
        return;
    const struct tree *raw = tree_child(node, "value", NULL);
    if (place_value(place, node, "value", &value, &ignored) != 0) /* perhaps it can be filled in when it is used */
        value = raw->odd ? NULL : mem_strdup(raw->value);
    bool local = global != NULL && strcasecmp(global, "true") != 0;
    parameters_add(parameters, name, value, local ? place->path : NULL, hangs);
}

/* What an include says of its file holds within it. */
struct outer {
    char *logical;
    bool inherits, ignored;
};

static struct outer enter(const struct changelog *log, const char *logical, bool ignored)
{
    struct project *project = log->project;
    struct outer outer = {.logical = project->logical, .inherits = project->inherits, .ignored = project->ignored};
    project->logical = logical != NULL && *logical != '\0' ? liquibase_path(logical) : NULL;
    project->ignored = project->ignored || ignored;
    return outer;
}

static void leave(const struct changelog *log, struct outer outer)
{
    struct project *project = log->project;
    free(project->logical);
    project->logical = outer.logical;
    project->inherits = outer.inherits;
    project->ignored = outer.ignored;
}

static int include_file(const struct changelog *log, const struct tree *node, const char *path, struct err *reterr)
{
    char _cleanup_free_ *logical = NULL;
    bool ignored = false;
    if (place_value(&log->place, node, "logicalFilePath", &logical, reterr) != 0 ||
        place_flag(&log->place, node, "ignore", &ignored, reterr) != 0)
        return -1;
    struct outer outer = enter(log, logical, ignored);
    int code = project_read(log->project, path, reterr);
    leave(log, outer);
    return code;
}

/* The path that `file` or `path` names, in the search path; to be freed. */
static int named_path(const struct changelog *log, const struct tree *node, const char *attribute, char **ret, struct err *reterr)
{
    char _cleanup_free_ *path = NULL;
    bool relative = false;
    if (place_value(&log->place, node, attribute, &path, reterr) != 0 ||
        place_flag(&log->place, node, "relativeToChangelogFile", &relative, reterr) != 0)
        return -1;
    if (path == NULL || *path == '\0')
        return bad(log, node, "names no file or folder", reterr);
    for (char *c = path; *c != '\0'; c++)
        *c = *c == '\\' ? '/' : *c;
    *ret = relative ? project_sibling(log->place.path, path) : STEAL(path);
    return *ret != NULL ? 0 : bad(log, node, "is relative to the changelog, and yet not a relative path", reterr);
}

static int missing(const struct changelog *log, const struct tree *node, const char *path, bool required, struct err *reterr)
{
    char _cleanup_free_ *what =
        mem_printf(required ? "what it includes is not there: %s"
                            : "what it includes is not there, which it allows; but it may be in a jar or on another search path: %s", path);
    return bad(log, node, what, reterr);
}

static int take_include(struct changelog *log, const struct tree *node, struct err *reterr)
{
    char _cleanup_free_ *path = NULL, *file = NULL;
    bool required = true;
    if (named_path(log, node, "file", &path, reterr) != 0 || place_flag(&log->place, node, "errorIfMissing", &required, reterr) != 0)
        return -1;
    int found = search_file(&log->project->search, path, &file, reterr);
    if (found < 0) {
        char _cleanup_free_ *why = STEAL(reterr->msg);
        return bad(log, node, why, reterr);
    }
    return found ? include_file(log, node, path, reterr) : missing(log, node, path, required, reterr);
}

static bool has_ending(const char *path, const char *ending)
{
    size_t len = strlen(path), wanted = strlen(ending);
    return len >= wanted && strcasecmp(path + len - wanted, ending) == 0;
}

/* What Liquibase, or a part that is added to it, reads as a changelog; includeAll passes over other files. */
static bool is_changelog(const char *path)
{
    static const char *const endings[] = {"xml", ".yaml", ".yml", ".json", ".sql", ".groovy", ".kts", ".kt"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (has_ending(path, endings[i]))
            return true;
    return false;
}

static int take_number(const struct changelog *log, const struct tree *node, const char *name, size_t *ret, struct err *reterr)
{
    char _cleanup_free_ *value = NULL;
    if (place_value(&log->place, node, name, &value, reterr) != 0)
        return -1;
    if (value == NULL)
        return 0;
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || digits > 9 || value[digits] != '\0')
        return bad(log, node, "minDepth or maxDepth is not a number", reterr);
    *ret = strtoul(value, NULL, 10);
    return 0;
}

static int take_include_all(struct changelog *log, const struct tree *node, struct err *reterr)
{
    static const char *const classes[] = {"filter", "resourceFilter", "resourceComparator"};
    char _cleanup_free_ *path = NULL, *ending = NULL;
    struct strv _cleanup_strv_ files = STRV_INIT;
    struct search_depths depths = {.most = SIZE_MAX};
    bool required = true, there = false;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (tree_child(node, classes[i], NULL) != NULL)
            return bad(log, node, "includes what a class of Java chooses", reterr);
    if (named_path(log, node, "path", &path, reterr) != 0 ||
        place_flag(&log->place, node, "errorIfMissingOrEmpty", &required, reterr) != 0 ||
        place_value(&log->place, node, "endsWithFilter", &ending, reterr) != 0 ||
        take_number(log, node, "minDepth", &depths.least, reterr) != 0 || take_number(log, node, "maxDepth", &depths.most, reterr) != 0)
        return -1;
    char *trimmed = ending ? ending + strspn(ending, " \t") : NULL;
    while (trimmed != NULL && *trimmed != '\0' && strchr(" \t", trimmed[strlen(trimmed) - 1]) != NULL)
        trimmed[strlen(trimmed) - 1] = '\0';
    if (search_folder(&log->project->search, path, depths, trimmed ? trimmed : "", &files, &there, reterr) != 0) {
        char _cleanup_free_ *why = STEAL(reterr->msg);
        return bad(log, node, why, reterr);
    }
    if (!there || (files.count == 0 && required))
        return missing(log, node, path, required, reterr);
    for (size_t i = 0; i < files.count; i++)
        if (is_changelog(files.items[i]) && include_file(log, node, files.items[i], reterr) != 0)
            return -1;
    return 0;
}

static int take_node(struct changelog *log, const struct tree *node, struct err *reterr);

static int take_children(struct changelog *log, const struct tree *parent, struct err *reterr)
{
    if (parent->odd)
        return bad(log, parent, "is not a list of changesets and includes as it can be read here", reterr);
    for (size_t i = 0; i < parent->count; i++) {
        if (tree_is_hidden(parent, i))
            return bad(log, &parent->items[i], "the same key twice in one mapping", reterr);
        if (take_node(log, &parent->items[i], reterr) != 0)
            return -1;
    }
    return 0;
}

static int take_node(struct changelog *log, const struct tree *node, struct err *reterr)
{
    static const struct {
        const char *name;
        int (*take)(struct changelog *log, const struct tree *node, struct err *reterr);
    } kinds[] = {{"changeSet", take_changeset}, {"include", take_include}, {"includeAll", take_include_all},
                 {"modifyChangeSets", take_children}};
    if (strcmp(node->name, "preConditions") == 0 || strcmp(node->name, "removeChangeSetProperty") == 0)
        return 0; /* `status` asks neither: what is not recorded is pending */
    if (node->odd || strcmp(node->name, "<<") == 0)
        return bad(log, node, "holds, or is, an alias or something else that is not read here", reterr);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(node->name, kinds[i].name) == 0) {
            if (tree_child(node, "<<", NULL) != NULL)
                return bad(log, node, "is made of parts of others (<<), which are not read here", reterr);
            return kinds[i].take(log, node, reterr);
        }
    if (strcmp(node->name, "property") == 0) {
        if (!log->yaml)
            take_property(log, node);
        return 0;
    }
    if (node->count == 0 && !node->cut) /* an attribute */
        return 0;
    char _cleanup_free_ *what = mem_printf("'%s' is nothing that a changelog can hold", node->name);
    return bad(log, node, what, reterr);
}

/* YAML's values are set before anything else is done. */
static void take_properties(struct changelog *log, const struct tree *top)
{
    for (size_t i = 0; i < top->count && log->yaml; i++)
        if (strcmp(top->items[i].name, "property") == 0)
            take_property(log, &top->items[i]);
}

static int take_tree(struct changelog *log, const struct tree *root, struct err *reterr)
{
    bool twice = false;
    char _cleanup_free_ *logical = NULL;
    struct project *project = log->project;
    const struct tree *top = tree_child(root, "databaseChangeLog", &twice);
    if (top == NULL || twice || strcmp(top->name, "databaseChangeLog") != 0)
        return project_bad(log->place.file, 1, "holds no databaseChangeLog, or more than one", reterr);
    take_properties(log, top);
    if (place_value(&log->place, top, "logicalFilePath", &logical, reterr) != 0)
        return -1;
    if (logical != NULL && *logical == '\0')
        return bad(log, top, "an empty logicalFilePath", reterr);
    log->other_logical = project->inherits && logical == NULL && project->logical == NULL;
    log->recorded = liquibase_path(logical ? logical : project->logical ? project->logical : log->place.path);
    project->inherits = project->inherits || logical != NULL || project->logical != NULL;
    return take_children(log, top, reterr);
}

static bool holds_property(const char *text)
{
    for (const char *at = text; (at = strcasestr(at, "property")) != NULL; at++) {
        const char *before = at;
        while (before > text && (before[-1] == ' ' || before[-1] == '\t'))
            before--;
        if (before > text && before[-1] == '-')
            return true;
    }
    return false;
}

/* A file of SQL without a header is one changeset (parser/core/sql/SqlChangeLogParser.java). */
static void take_raw(struct changelog *log, const char *text)
{
    struct expected *expected = log->project->expected;
    char _cleanup_free_ *path = liquibase_path(log->place.path);
    char _cleanup_free_ *whole = mem_printf("%s::raw::includeAll", path);
    struct migration *migration = expected_add(expected, whole);
    migration->file = mem_strdup(log->place.file);
    migration->place = expected->count;
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
        len--;
    size_t blanks = strspn(text, " \t\r\n");
    blanks = blanks < len ? blanks : len;
    strv_take(&migration->checksums, liquibase_sum9(text + blanks, len - blanks));
    strv_take(&migration->checksums, liquibase_sum8(text + blanks, len - blanks, NULL, false, false));
}

static int take_sql(struct changelog *log, const char *text, size_t len, struct err *reterr)
{
    struct project *project = log->project;
    if (memchr(text, '\0', len) != NULL || !text_is_utf8(text, len))
        return project_bad(log->place.file, 1, "is not UTF-8 text", reterr);
    if (len == 0)
        return project_bad(log->place.file, 1, "is empty", reterr);
    if (!liquibase_is_formatted(text, len)) {
        if (!project->ignored)
            take_raw(log, text);
        return 0;
    }
    if (holds_property(text))
        project->parameters.opaque = true;
    struct expected _cleanup_expected_ nothing = EXPECTED_INIT;
    size_t before = project->expected->count;
    struct expected *into = project->ignored ? &nothing : project->expected;
    const char *path = project->logical ? project->logical : log->place.path;
    if (liquibase_sql_part(log->place.file, path, text, len, into, reterr) != 0)
        return -1;
    char _cleanup_free_ *prefix = mem_printf("%s::", log->place.path);
    for (size_t i = before; i < into->count && into == project->expected && project->inherits && project->logical == NULL; i++)
        if (text_starts(into->items[i].id, prefix))
            return project_bad(log->place.file, 1, BELOW_LOGICAL, reterr);
    return 0;
}

static int take_text(struct changelog *log, const char *text, size_t len, struct err *reterr)
{
    struct tree _cleanup_tree_ root = {0};
    const char *path = log->place.path;
    bool xml = has_ending(path, "xml");
    log->yaml = has_ending(path, ".yaml") || has_ending(path, ".yml") || has_ending(path, ".json");
    if (has_ending(path, ".sql"))
        return take_sql(log, text, len, reterr);
    if (!xml && !log->yaml)
        return project_bad(log->place.file, 1, "is in no format that can be read here: XML, YAML, JSON and SQL are", reterr);
    if ((xml ? tree_read_xml : tree_read_yaml)(log->place.file, text, len, &root, reterr) != 0)
        return err_hint(reterr, "Liquibase itself lists every kind of changelog: see `tenantgate help manifest`.");
    return take_tree(log, &root, reterr);
}

int project_read_text(struct project *project, const char *path, const char *file, const char *text, size_t len, struct err *reterr)
{
    char _cleanup_free_ *plain = liquibase_path(path);
    if (strv_has(&project->chain, plain))
        return project_bad(file, 1, "includes itself", reterr);
    if (project->chain.count == CHAIN_MAX || project->files++ == FILES_MAX)
        return project_bad(file, 1, "is included deeper, or after more others, than in any project", reterr);
    struct changelog _cleanup_(changelog_done) log = {.project = project, .place = {.project = project, .file = file, .path = plain}};
    strv_add(&project->chain, plain);
    int code = take_text(&log, text, len, reterr);
    free(project->chain.items[--project->chain.count]);
    return code;
}

int project_read(struct project *project, const char *path, struct err *reterr)
{
    char _cleanup_free_ *file = NULL;
    struct buf _cleanup_buf_ text = BUF_INIT;
    int found = search_file(&project->search, path, &file, reterr);
    char _cleanup_free_ *shown = text_escaped(path);
    if (found == 0)
        err_set(reterr, ERR_NO_EXPECTED, "%s: is not there", shown);
    if (found != 1 || path_read(file, &text, reterr) != 0)
        return err_hint(reterr, "Set migrations.path to the changelog, written as Liquibase is given it.");
    return project_read_text(project, path, file, buf_text(&text), text.len, reterr);
}
