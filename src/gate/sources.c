/* The sources of expected migrations that the configuration names. */
#include "gate/sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "expected/manifest.h"
#include "verify/catalog.h"

#define MANIFEST_MAX_BYTES ((size_t)64 * 1024 * 1024)

void gate_sources_done(struct gate_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        judge_done(&sources->items[i]->judge);
        expected_done(&sources->items[i]->expected);
        free(sources->items[i]->digest);
        free(sources->items[i]);
    }
    free(sources->items);
    *sources = (struct gate_sources){0};
}

static enum framework framework_of(const char *name)
{
    const struct framework_row *row = framework_by_name(name);
    return row ? row->id : FRAMEWORK_AUTO;
}

static int chosen_framework(const struct section *section, enum framework *ret, struct err *reterr)
{
    const char *name = config_text(section, KEY_MIGRATIONS_framework);
    *ret = framework_of(name);
    if (*ret != FRAMEWORK_AUTO || strcmp(name, "auto") == 0)
        return 0;
    char _cleanup_free_ *shown = text_escaped(name);
    err_set(reterr, ERR_CONFIG, "migrations.framework: '%s' is none that this version of tenantgate knows", shown);
    return err_hint(reterr, "`tenantgate help frameworks` lists them.");
}

static const char *or_null(const char *text)
{
    return *text != '\0' ? text : NULL;
}

int gate_source_read_files(const struct section *section, const struct environment *env, struct expected *ret,
                           struct err *reterr)
{
    struct source source = {
        .paths = *config_list(section, KEY_MIGRATIONS_path),
        .apps = *config_list(section, KEY_MIGRATIONS_apps),
        .settings = or_null(config_text(section, KEY_MIGRATIONS_settings)),
        .user_model = or_null(config_text(section, KEY_MIGRATIONS_user_model)),
        .table = or_null(config_text(section, KEY_MIGRATIONS_table)),
        .env = *env,
    };
    if (source.paths.count == 0)
        return err_set(reterr, ERR_CONFIG, "migrations.path names no folder");
    if (chosen_framework(section, &source.framework, reterr) != 0)
        return -1;
    return framework_read(&source, ret, reterr);
}

static int read_manifest(const struct section *section, struct expected *ret, struct err *reterr)
{
    const char *path = config_text(section, KEY_MIGRATIONS_manifest);
    struct buf _cleanup_buf_ text = BUF_INIT;
    enum framework wanted;
    if (chosen_framework(section, &wanted, reterr) != 0 ||
        file_read(path, MANIFEST_MAX_BYTES, ERR_NO_EXPECTED, &text, reterr) != 0 ||
        manifest_read(path, buf_text(&text), text.len, framework_of, ret, reterr) != 0)
        return -1;
    if (wanted != FRAMEWORK_AUTO && wanted != ret->framework)
        return err_set(reterr, ERR_CONFIG, "the manifest is for %s, but migrations.framework says %s",
                       framework_row(ret->framework)->name, framework_row(wanted)->name);
    return 0;
}

static bool same_sums(const struct migration *a, const struct migration *b)
{
    bool same = a->checksums.count == b->checksums.count;
    for (size_t i = 0; i < a->checksums.count && same; i++)
        same = strcmp(a->checksums.items[i], b->checksums.items[i]) == 0;
    return same;
}

/* Names the first migration that one list has and the other has not, or has with other edges. */
static int disagree(const struct expected *manifest, const struct expected *files, struct err *reterr)
{
    size_t m = 0, f = 0;
    const char *what = "they differ in the order of the migrations";
    const char *id = "";
    while (*id == '\0' && (m < manifest->count || f < files->count)) {
        int order = m == manifest->count ? 1 : f == files->count ? -1 : strcmp(manifest->items[m].id, files->items[f].id);
        if (order < 0) {
            id = manifest->items[m].id;
            what = "only the manifest has";
        } else if (order > 0) {
            id = files->items[f].id;
            what = "only the files have";
        }
        if (order == 0 && !same_sums(&manifest->items[m], &files->items[f])) {
            id = manifest->items[m].id;
            what = "not of one text (or the manifest has no checksums: leave migrations.path out then) is";
        }
        m++;
        f++;
    }
    char _cleanup_free_ *shown = text_escaped(id);
    err_set(reterr, ERR_NO_EXPECTED, "the manifest and the files of migrations.path do not agree: %s %s", what, shown);
    return err_hint(reterr, "Make the manifest anew when the image is built, or use only one of the two.");
}

int gate_source_read(const struct section *section, const struct environment *env, struct expected *ret,
                     struct err *reterr)
{
    if (*config_text(section, KEY_MIGRATIONS_manifest) == '\0')
        return gate_source_read_files(section, env, ret, reterr);
    if (read_manifest(section, ret, reterr) != 0)
        return -1;
    if (!config_is_set(section, KEY_MIGRATIONS_path))
        return 0;
    struct expected _cleanup_expected_ files = EXPECTED_INIT;
    if (gate_source_read_files(section, env, &files, reterr) != 0)
        return -1;
    char _cleanup_free_ *one = expected_digest(ret);
    char _cleanup_free_ *two = expected_digest(&files);
    return strcmp(one, two) == 0 ? 0 : disagree(ret, &files, reterr);
}

/* The queries of `framework = sql`: both there where they are needed, and nowhere else. */
static int check_queries(const struct section *section, bool sql, struct err *reterr)
{
    const char *expected = config_text(section, KEY_MIGRATIONS_expected_query);
    const char *applied = config_text(section, KEY_MIGRATIONS_applied_query);
    bool manifest = *config_text(section, KEY_MIGRATIONS_manifest) != '\0';
    if (!sql && (*expected != '\0' || *applied != '\0'))
        return err_set(reterr, ERR_CONFIG, "migrations.expected_query and migrations.applied_query are for framework = sql");
    if (!sql)
        return 0;
    if (strstr(applied, QUERY_SCHEMA) == NULL) {
        err_set(reterr, ERR_CONFIG, "framework = sql needs migrations.applied_query, with " QUERY_SCHEMA " in it");
        return err_hint(reterr, "For instance: SELECT version FROM " QUERY_SCHEMA ".my_history");
    }
    if ((*expected != '\0') == manifest)
        return err_set(reterr, ERR_CONFIG, "framework = sql needs either migrations.expected_query or migrations.manifest");
    return 0;
}

static const char *table_of(const struct gate_source *source)
{
    const char *table = or_null(config_text(source->section, KEY_MIGRATIONS_table));
    if (table != NULL)
        return table;
    return source->expected.table ? source->expected.table : framework_row(source->expected.framework)->table;
}

static int read_source(struct gate_source *source, const struct environment *env, struct err *reterr)
{
    const struct section *section = source->section;
    bool sql = framework_of(config_text(section, KEY_MIGRATIONS_framework)) == FRAMEWORK_SQL;
    if (check_queries(section, sql, reterr) != 0)
        return -1;
    source->query = sql ? config_text(section, KEY_MIGRATIONS_applied_query) : NULL;
    source->asks = sql && *config_text(section, KEY_MIGRATIONS_expected_query) != '\0';
    if (source->asks) {
        source->expected.framework = FRAMEWORK_SQL;
        source->judge.expected = &source->expected; /* empty: what judges by it is each database's own */
    } else {
        if (gate_source_read(section, env, &source->expected, reterr) != 0 ||
            judge_make(&source->expected, &source->judge, reterr) != 0)
            return -1;
    }
    source->digest = expected_digest(&source->expected);
    source->table = table_of(source);
    return 0;
}

int gate_sources_read(const struct config *config, const struct environment *env, const struct log *log,
                      struct gate_sources *ret, struct err *reterr)
{
    const struct section *section = NULL;
    struct strv _cleanup_strv_ paths = STRV_INIT;
    while ((section = config_next(config, SECTION_MIGRATIONS, section)) != NULL)
        for (size_t i = 0; i < config_list(section, KEY_MIGRATIONS_path)->count; i++)
            strv_add(&paths, config_list(section, KEY_MIGRATIONS_path)->items[i]);
    while ((section = config_next(config, SECTION_MIGRATIONS, section)) != NULL) {
        struct gate_source *source = mem_alloc(sizeof *source);
        MEM_GROW(ret->items, ret->count, ret->cap);
        ret->items[ret->count++] = source;
        source->section = section;
        if (read_source(source, env, reterr) != 0) {
            if (strcmp(section->name, "default") != 0)
                err_wrap(reterr, "migrations.%s", section->name);
            return -1;
        }
        framework_add_notice(&source->expected, &paths);
        for (size_t i = 0; i < source->expected.notices.count; i++)
            log_event(log, LOG_WARNING, "expected_notice", "%s", source->expected.notices.items[i]);
        if (source->asks)
            continue;
        log_event(log, LOG_DEBUG, "expected", "%s: %zu migrations of %s expected, %s", section->name, source->expected.count,
                  framework_row(source->expected.framework)->title, source->digest);
    }
    return 0;
}
