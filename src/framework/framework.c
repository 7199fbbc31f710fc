/* The frameworks: one row each. */
#include "framework/framework.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

static const struct framework_row rows[] = {
    {
        .id = FRAMEWORK_DJANGO,
        .name = "django",
        .title = "Django",
        .table = "django_migrations",
        .columns = {"app", "name"},
        .read = django_read,
        .migrate = "python manage.py migrate",
        .migrate_tenant = NULL,
        .show = "python manage.py showmigrations --plan",
    },
    {
        .id = FRAMEWORK_ALEMBIC,
        .name = "alembic",
        .title = "Alembic / Flask-Migrate",
        .table = "alembic_version",
        .columns = {"version_num", NULL},
        .read = alembic_read,
        .migrate = "alembic upgrade heads",
        .migrate_tenant = "alembic -x tenant=%s upgrade heads",
        .show = "alembic current",
    },
};

const struct framework_row *framework_rows(size_t *ret_count)
{
    *ret_count = sizeof rows / sizeof *rows;
    return rows;
}

const struct framework_row *framework_row(enum framework id)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].id == id)
            return &rows[i];
    return NULL;
}

const struct framework_row *framework_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

int framework_read(const struct source *source, struct expected *ret, struct err *reterr)
{
    enum framework id = source->framework;
    if (id == FRAMEWORK_AUTO && detect_framework(source, &id, reterr) != 0)
        return -1;
    return framework_row(id)->read(source, ret, reterr);
}

char *framework_remedy(const struct expected *expected, const char *tenant)
{
    const struct framework_row *row = framework_row(expected->framework);
    struct buf out = BUF_INIT;
    const char *form = expected->django_tenants ? "python manage.py migrate_schemas --schema=%s" : row->migrate_tenant;
    /* A name with control characters cannot be shown so that it can be copied. */
    char _cleanup_free_ *shown = tenant ? text_escaped_controls(tenant) : NULL;
    if (expected->django_tenants && (tenant == NULL || strcmp(shown, tenant) != 0)) {
        buf_puts(&out, "python manage.py migrate_schemas");
    } else if (tenant == NULL || form == NULL || (!expected->django_tenants && strcmp(tenant, "public") == 0)) {
        buf_puts(&out, row->migrate);
    } else {
        const char *mark = strstr(form, "%s");
        buf_add(&out, form, (size_t)(mark - form));
        text_shell_word(&out, tenant);
        buf_puts(&out, mark + 2);
    }
    return buf_steal(&out);
}
