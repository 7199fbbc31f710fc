/* The frameworks: one row each. */
#include "framework/framework.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "framework/rows.h"

/* More tenants than this get one command for all of them instead of one each. */
#define ONE_EACH 3
/* Tenants that one loop names; who has more finds the others named by the next start. */
#define LOOP_NAMES 20

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

bool framework_has_tenancy(const struct framework_row *row, const char *path)
{
    struct strv _cleanup_strv_ found = STRV_INIT;
    if (row->tenancy.name != NULL)
        paths_match(path, row->tenancy.evidence, &found);
    return found.count > 0;
}

/* Does the project keep its tenants apart as its ecosystem does? Where they have migrations of their own, those are another
 * source. */
static void look_at_tenancy(const struct source *source, const struct framework_row *row, struct expected *ret)
{
    const char *folder = row->tenancy.folder;
    for (size_t i = 0; i < source->paths.count; i++) {
        const char *path = source->paths.items[i];
        bool own = folder != NULL && text_ends(path, folder);
        ret->tenancy = ret->tenancy || own || (folder == NULL && framework_has_tenancy(row, path));
        char _cleanup_free_ *below = folder ? path_join(path, folder) : NULL;
        if (own || below == NULL || !path_is_folder(below) || !framework_has_tenancy(row, path))
            continue;
        char _cleanup_free_ *shown = text_escaped(below);
        strv_take(&ret->notices, mem_printf("%s holds migrations that are for tenants only (%s), which are not among those "
                                            "expected: name both in sections of their own, as `tenantgate init` writes them",
                                            shown, row->tenancy.name));
    }
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

const char *framework_show(const struct expected *expected)
{
    return expected->flask_migrate ? "flask db current" : framework_row(expected->framework)->show;
}

const char *framework_mend(const struct expected *expected)
{
    return framework_row(expected->framework)->mend;
}

/* The command for one tenant, with "%s" for its name; NULL: the framework has none. */
static const char *tenant_form(const struct expected *expected)
{
    if (expected->django_tenants)
        return "python manage.py migrate_schemas --schema=%s";
    if (expected->flask_migrate)
        return "flask db upgrade -x tenant=%s heads";
    if (expected->tenancy)
        return framework_row(expected->framework)->tenancy.migrate_tenant;
    return framework_row(expected->framework)->migrate_tenant;
}

static void add_tenant_command(struct buf *out, const char *form, const char *word)
{
    const char *mark = strstr(form, "%s");
    buf_add(out, form, (size_t)(mark - form));
    buf_puts(out, word);
    buf_puts(out, mark + 2);
}

/* A name with control characters cannot be shown so that it can be copied. */
static bool can_be_shown(const char *tenant)
{
    char _cleanup_free_ *shown = text_escaped_controls(tenant);
    return strcmp(shown, tenant) == 0;
}

static char *command_for(const struct expected *expected, const char *tenant)
{
    const struct framework_row *row = framework_row(expected->framework);
    const char *form = tenant_form(expected);
    struct buf out = BUF_INIT, word = BUF_INIT;
    if (expected->django_tenants && (tenant == NULL || !can_be_shown(tenant))) {
        buf_puts(&out, "python manage.py migrate_schemas");
    } else if (tenant == NULL || form == NULL || (!expected->django_tenants && strcmp(tenant, "public") == 0)) {
        bool tenants = expected->tenancy && (tenant == NULL || strcmp(tenant, "public") != 0);
        buf_puts(&out, expected->flask_migrate ? "flask db upgrade heads" : tenants ? row->tenancy.migrate : row->migrate);
    } else {
        text_shell_word(&word, tenant);
        add_tenant_command(&out, form, buf_text(&word));
    }
    buf_done(&word);
    return buf_steal(&out);
}

/* A loop of the shell over the tenants that are not public, where there is no command for all of them. */
static void add_loop(const struct expected *expected, const struct strv *tenants, struct strv *ret)
{
    struct buf out = BUF_INIT;
    size_t named = 0;
    buf_puts(&out, FRAMEWORK_LOOP);
    for (size_t i = 0; i < tenants->count && named < LOOP_NAMES; i++) {
        if (strcmp(tenants->items[i], "public") == 0 || !can_be_shown(tenants->items[i]))
            continue;
        buf_putc(&out, ' ');
        text_shell_word(&out, tenants->items[i]);
        named++;
    }
    buf_puts(&out, FRAMEWORK_LOOP_DO);
    add_tenant_command(&out, tenant_form(expected), "\"$tenant\"");
    buf_puts(&out, FRAMEWORK_LOOP_DONE);
    if (named > 0)
        strv_take(ret, buf_steal(&out));
    buf_done(&out);
}

void framework_remedies(const struct expected *expected, const struct strv *tenants, struct strv *ret)
{
    if (framework_row(expected->framework)->migrate == NULL)
        return;
    bool loop = !expected->django_tenants && tenant_form(expected) != NULL;
    if (tenants->count > ONE_EACH && !loop) {
        strv_take(ret, command_for(expected, NULL));
        return;
    }
    for (size_t i = 0; i < tenants->count; i++)
        if (tenants->count <= ONE_EACH || strcmp(tenants->items[i], "public") == 0)
            strv_take(ret, command_for(expected, tenants->items[i]));
    if (tenants->count > ONE_EACH)
        add_loop(expected, tenants, ret);
}
