/* Which framework do the files belong to? */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "framework/framework.h"
#include "framework/rows.h"

/* Files of one pattern that are looked into. */
#define LOOKED_INTO 3
#define FILE_MAX_BYTES ((size_t)4 * 1024 * 1024)

void framework_founds_done(struct framework_founds *found)
{
    for (size_t i = 0; i < found->count; i++)
        free(found->items[i].file);
    free(found->items);
    *found = (struct framework_founds){0};
}

static bool holds(const char *path, const char *text)
{
    struct buf _cleanup_buf_ content = BUF_INIT;
    struct err _cleanup_err_ ignored = ERR_INIT;
    return file_read(path, FILE_MAX_BYTES, ERR_NO_EXPECTED, &content, &ignored) == 0 &&
           memmem(buf_text(&content), content.len, text, strlen(text)) != NULL;
}

/* "PATTERN" or "PATTERN:TEXT"; the file that fits, to be freed, or NULL. */
static char *look_for(const char *folder, const char *evidence)
{
    struct strv _cleanup_strv_ found = STRV_INIT;
    size_t len = strcspn(evidence, ":");
    char _cleanup_free_ *pattern = mem_strndup(evidence, len);
    paths_match(folder, pattern, &found);
    if (evidence[len] == '\0')
        return found.count > 0 ? mem_strdup(found.items[0]) : NULL;
    for (size_t i = 0; i < found.count && i < LOOKED_INTO; i++)
        if (holds(found.items[i], evidence + len + 1))
            return mem_strdup(found.items[i]);
    return NULL;
}

static char *evidence_for(const struct source *source, const struct framework_row *row)
{
    if (row->find != NULL)
        return row->find(source);
    for (size_t p = 0; p < source->paths.count; p++)
        for (size_t i = 0; i < FRAMEWORK_EVIDENCE && row->evidence[i] != NULL; i++) {
            char *file = look_for(source->paths.items[p], row->evidence[i]);
            if (file != NULL)
                return file;
        }
    return NULL;
}

static bool is_found(const struct framework_founds *found, enum framework id)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->items[i].row->id == id)
            return true;
    return false;
}

static bool yields(const struct framework_row *row, const struct framework_founds *found)
{
    for (size_t i = 0; i < sizeof row->yields / sizeof *row->yields; i++)
        if (row->yields[i] != FRAMEWORK_AUTO && is_found(found, row->yields[i]))
            return true;
    return false;
}

void framework_find(const struct source *source, struct framework_founds *ret)
{
    for (size_t i = 0; i < framework_table_count; i++) {
        char *file = evidence_for(source, &framework_table[i]);
        if (file == NULL)
            continue;
        MEM_GROW(ret->items, ret->count, ret->cap);
        ret->items[ret->count++] = (struct framework_found){.row = &framework_table[i], .file = file};
    }
    size_t kept = 0;
    for (size_t i = 0; i < ret->count; i++)
        if (yields(ret->items[i].row, ret)) {
            free(ret->items[i].file);
            ret->items[i].file = NULL;
        }
    for (size_t i = 0; i < ret->count; i++)
        if (ret->items[i].file != NULL)
            ret->items[kept++] = ret->items[i];
    ret->count = kept;
}

static int several(const struct framework_founds *found, struct err *reterr)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    for (size_t i = 0; i < found->count; i++) {
        char _cleanup_free_ *file = text_escaped(found->items[i].file);
        buf_printf(&text, "%s%s (%s)", i == 0 ? "" : i + 1 == found->count ? " and " : ", ", found->items[i].row->title, file);
    }
    err_set(reterr, ERR_NO_EXPECTED, "the files belong to more than one framework: %s", buf_text(&text));
    return err_hint(reterr,
                    "set migrations.framework to the one that is meant, or name each in a section [migrations.NAME]");
}

int framework_detect(const struct source *source, enum framework *ret, struct err *reterr)
{
    struct framework_founds _cleanup_framework_founds_ found = {0};
    framework_find(source, &found);
    if (found.count > 1)
        return several(&found, reterr);
    if (found.count == 0) {
        struct buf _cleanup_buf_ places = BUF_INIT;
        text_join(&places, &source->paths, 5);
        err_set(reterr, ERR_NO_EXPECTED,
                "no migration framework is recognised in %s: there is no manage.py that names DJANGO_SETTINGS_MODULE, no "
                "alembic.ini, no db/migrate, and nothing of the others that `tenantgate help frameworks` lists",
                buf_text(&places));
        return err_hint(reterr, "set migrations.framework and migrations.path, or migrations.manifest");
    }
    *ret = found.items[0].row->id;
    return 0;
}
