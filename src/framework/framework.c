/* The frameworks: one row each. */
#include "framework/framework.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "framework/rows.h"

const struct framework_row *framework_rows(size_t *ret_count)
{
    *ret_count = framework_table_count;
    return framework_table;
}

const struct framework_row *framework_row(enum framework id)
{
    for (size_t i = 0; i < framework_table_count; i++)
        if (framework_table[i].id == id)
            return &framework_table[i];
    return NULL;
}

/* Small letters and digits alone: "EF Core", "ef_core" and "ef-core" are one name. */
static void fold(const char *name, size_t len, struct buf *ret)
{
    buf_clear(ret);
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            buf_putc(ret, c);
        else if (c >= 'A' && c <= 'Z')
            buf_putc(ret, (char)(c - 'A' + 'a'));
        else if (strchr("-_. ", c) == NULL)
            buf_putc(ret, '?'); /* of no name */
    }
}

static bool is_called(const struct framework_row *row, const char *folded)
{
    struct buf _cleanup_buf_ name = BUF_INIT;
    fold(row->name, strlen(row->name), &name);
    bool same = strcmp(buf_text(&name), folded) == 0;
    for (const char *p = row->aliases ? row->aliases : ""; *p != '\0' && !same; p += strcspn(p, " ") + (p[strcspn(p, " ")] != '\0')) {
        fold(p, strcspn(p, " "), &name);
        same = strcmp(buf_text(&name), folded) == 0;
    }
    return same;
}

const struct framework_row *framework_by_name(const char *name)
{
    struct buf _cleanup_buf_ folded = BUF_INIT;
    fold(name, strlen(name), &folded);
    for (size_t i = 0; i < framework_table_count && folded.len > 0; i++)
        if (is_called(&framework_table[i], buf_text(&folded)))
            return &framework_table[i];
    return NULL;
}

size_t framework_column_count(const struct framework_row *row)
{
    size_t count = 0;
    while (count < FRAMEWORK_COLUMNS && row->columns[count].name != NULL)
        count++;
    return count;
}

/* What shows it, or NULL; to be freed. */
static char *find_tenancy(const struct framework_row *row, const char *path)
{
    for (size_t i = 0; i < FRAMEWORK_TENANCY && row->tenancy.evidence[i] != NULL; i++) {
        struct strv _cleanup_strv_ found = STRV_INIT;
        paths_match(path, row->tenancy.evidence[i], &found);
        if (found.count > 0)
            return mem_strdup(found.items[0]);
    }
    return NULL;
}

bool framework_has_tenancy(const struct framework_row *row, const char *path)
{
    char _cleanup_free_ *found = find_tenancy(row, path);
    return found != NULL;
}

/* Does the project keep its tenants apart as its ecosystem does? Where they have migrations of their own, those are another
 * source. */
static void look_at_tenancy(const struct source *source, const struct framework_row *row, struct expected *ret)
{
    const char *folder = row->tenancy.folder;
    for (size_t i = 0; i < source->paths.count; i++) {
        const char *path = source->paths.items[i];
        bool own = folder != NULL && text_ends(path, folder);
        char _cleanup_free_ *evidence = find_tenancy(row, path);
        ret->tenancy = ret->tenancy || own || (folder == NULL && evidence != NULL);
        if (own || folder == NULL || evidence == NULL)
            continue;
        char _cleanup_free_ *below = text_ends(evidence, folder) ? mem_strdup(evidence) : path_join(path, folder);
        if (path_is_folder(below))
            mem_set(&ret->tenant_folder, below);
    }
}

void framework_add_notice(struct expected *expected, const struct strv *paths)
{
    const struct framework_row *row = framework_row(expected->framework);
    bool named = expected->tenant_folder == NULL;
    for (size_t i = 0; i < paths->count && !named; i++)
        named = text_ends(paths->items[i], row->tenancy.folder);
    if (named)
        return;
    char _cleanup_free_ *shown = text_escaped(expected->tenant_folder);
    strv_take(&expected->notices, mem_printf("%s holds migrations that are for tenants only (%s), which are not among those "
                                             "expected: name both in sections of their own, as `tenantgate init` writes them",
                                             shown, row->tenancy.name));
}

int framework_read(const struct source *source, struct expected *ret, struct err *reterr)
{
    enum framework id = source->framework;
    if (id == FRAMEWORK_AUTO && framework_detect(source, &id, reterr) != 0)
        return -1;
    const struct framework_row *row = framework_row(id);
    if (row->files != NULL || row->read != NULL) {
        int code = row->read != NULL ? row->read(source, ret, reterr) : files_read(source, id, row->files, ret, reterr);
        if (code == 0)
            look_at_tenancy(source, row, ret);
        return code;
    }
    err_set(reterr, ERR_NO_EXPECTED, "the migrations of %s cannot be read from an image's files", row->title);
    return err_hint(reterr, "Make a manifest when the image is built, and set migrations.manifest to it: `tenantgate help "
                            "manifest` shows how.");
}

bool framework_has_reader(const struct framework_row *row)
{
    return row->files != NULL || row->read != NULL;
}

bool framework_has_listing(const struct framework_row *row)
{
    return row->listing != NULL || row->files != NULL;
}

int framework_read_listing(const struct framework_row *row, const char *text, size_t len, struct expected *ret,
                           struct err *reterr)
{
    if (row->listing != NULL)
        return row->listing(text, len, ret, reterr);
    return files_from_list(text, len, row->id, row->files, ret, reterr);
}
