/* The frameworks: one row each. */
#include "framework/framework.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
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

const struct framework_row *framework_by_name(const char *name)
{
    for (size_t i = 0; i < framework_table_count; i++)
        if (strcmp(framework_table[i].name, name) == 0)
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

int framework_read(const struct source *source, struct expected *ret, struct err *reterr)
{
    enum framework id = source->framework;
    if (id == FRAMEWORK_AUTO && framework_detect(source, &id, reterr) != 0)
        return -1;
    const struct framework_row *row = framework_row(id);
    if (row->files != NULL)
        return files_read(source, id, row->files, ret, reterr);
    if (row->read != NULL)
        return row->read(source, ret, reterr);
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
        buf_puts(&out, expected->flask_migrate ? "flask db upgrade heads" : row->migrate);
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
