/* The commands of a framework: what applies what is pending, shows the state, mends what failed. */
#include "framework/commands.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"

/* More tenants than this get one command for all of them instead of one each. */
#define ONE_EACH 3
/* Tenants that one loop names; who has more finds the others named by the next start. */
#define LOOP_NAMES 20

/* Where the migrations are, as one word of a shell. */
static void add_folder(const struct framework_row *row, const struct expected *expected, struct buf *out)
{
    const char *file = NULL;
    for (size_t i = 0; expected != NULL && i < expected->count && file == NULL; i++)
        file = expected->items[i].file;
    size_t len = file ? (size_t)(path_name(file) - file) : 0;
    char _cleanup_free_ *folder = file && len > 1 ? mem_strndup(file, len - 1) : mem_strdup(len == 1 ? "/" : ".");
    text_shell_word(out, file != NULL || row->files == NULL ? folder : row->files->folders[0]);
}

/* What a form is filled in with. */
struct filling {
    const struct framework_row *row;
    const struct expected *expected; /* or NULL: as it is by default */
    const char *tenant;              /* a word of a shell, or NULL */
    bool late;
};

/* One mark of a form, as framework_row has them; its width, or 0 where there is none. */
static size_t fill_mark(const struct filling *with, const char *form, struct buf *out)
{
    if (with->tenant != NULL && text_starts(form, "%s")) {
        buf_puts(out, with->tenant);
        return strlen("%s");
    }
    if (text_starts(form, "{folder}")) {
        add_folder(with->row, with->expected, out);
        return strlen("{folder}");
    }
    if (text_starts(form, "{table}")) {
        text_shell_word(out, with->expected && with->expected->table ? with->expected->table : with->row->table);
        return strlen("{table}");
    }
    if (text_starts(form, "{late}")) {
        buf_puts(out, with->late ? with->row->late : "");
        return strlen("{late}");
    }
    return 0;
}

static void add_filled(const struct filling *with, const char *form, struct buf *out)
{
    while (*form != '\0') {
        size_t width = fill_mark(with, form, out);
        if (width == 0)
            buf_putc(out, *form);
        form += width > 0 ? width : 1;
    }
}

static char *filled(const struct expected *expected, const char *form)
{
    struct buf out = BUF_INIT;
    if (form != NULL)
        add_filled(&(struct filling){.row = framework_row(expected->framework), .expected = expected}, form, &out);
    return form ? buf_steal(&out) : NULL;
}

char *framework_migrate(const struct framework_row *row, const struct expected *expected)
{
    struct buf out = BUF_INIT;
    add_filled(&(struct filling){.row = row, .expected = expected}, row->migrate, &out);
    return buf_steal(&out);
}

char *framework_show(const struct expected *expected)
{
    const struct framework_row *row = framework_row(expected->framework);
    const char *own = expected->standalone && row->standalone_show ? row->standalone_show : row->show;
    return filled(expected, expected->flask_migrate ? "flask db current" : own);
}

char *framework_mend(const struct expected *expected)
{
    return filled(expected, framework_row(expected->framework)->mend);
}

/* The command for all of the framework's own migrations. */
static const char *whole_command(const struct framework_row *row, const struct expected *expected)
{
    if (expected->django_tenants)
        return "python manage.py migrate_schemas";
    if (expected->flask_migrate)
        return "flask db upgrade heads";
    return expected->standalone && row->standalone_migrate ? row->standalone_migrate : row->migrate;
}

void framework_commands(const struct framework_row *row, const struct expected *expected, const char *path, struct strv *ret)
{
    const struct expected *known = expected->count > 0 ? expected : NULL;
    const char *forms[] = {row->migrate ? whole_command(row, expected) : NULL,
                           row->tenancy.folder != NULL && framework_has_tenancy(row, path) ? row->tenancy.migrate : NULL};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct buf out = BUF_INIT;
        if (forms[i] == NULL)
            continue;
        add_filled(&(struct filling){.row = row, .expected = known}, forms[i], &out);
        strv_take(ret, buf_steal(&out));
    }
}

/* The command for one tenant, with "%s" for its name; NULL: the framework has none. */
static const char *tenant_form(const struct expected *expected)
{
    const struct framework_row *row = framework_row(expected->framework);
    if (expected->django_tenants)
        return "python manage.py migrate_schemas --schema=%s";
    if (expected->flask_migrate)
        return "flask db upgrade -x tenant=%s heads";
    if (expected->tenancy)
        return row->tenancy.migrate_tenant;
    /* Whose table stands in a schema of its own has it there whatever the search path is. */
    return row->by_search_path && expected->schema != NULL ? NULL : row->migrate_tenant;
}

bool framework_reaches(const struct expected *expected, const char *tenant)
{
    const struct framework_row *row = framework_row(expected->framework);
    bool own = row->schema != NULL && strcmp(tenant, row->schema) == 0;
    return tenant_form(expected) != NULL || expected->tenancy || own || row->migrate == NULL || strcmp(tenant, "public") == 0;
}

/* Can it be named in a command? Not with control characters, which could not be copied, and as a search path in an option of the
 * server only where it needs no quotes. */
static bool can_be_named(const struct expected *expected, const char *tenant)
{
    bool plain = (*tenant < '0' || *tenant > '9') && tenant[strspn(tenant, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
    char _cleanup_free_ *shown = text_escaped_controls(tenant);
    return strcmp(shown, tenant) == 0 && (plain || !framework_row(expected->framework)->by_search_path);
}

static char *command_for(const struct expected *expected, bool late, const char *tenant)
{
    const struct framework_row *row = framework_row(expected->framework);
    const char *form = tenant_form(expected);
    struct buf _cleanup_buf_ word = BUF_INIT;
    struct buf out = BUF_INIT;
    bool special = tenant != NULL && strcmp(tenant, "public") == 0 && !expected->django_tenants;
    bool whole = tenant == NULL || form == NULL || special;
    if ((expected->django_tenants || row->by_search_path) && !whole)
        whole = !can_be_named(expected, tenant);
    /* Where tenants have migrations of their own, these are they, and each may have a database with a schema "public". */
    bool tenants = expected->tenancy && (!special || row->tenancy.folder != NULL);
    if (whole)
        form = tenants ? row->tenancy.migrate : whole_command(row, expected);
    if (!whole)
        text_shell_word(&word, tenant);
    add_filled(&(struct filling){row, expected, whole ? NULL : buf_text(&word), late}, form, &out);
    return buf_steal(&out);
}

/* A loop of the shell over the tenants that are not public, where there is no command for all of them. */
static void add_loop(const struct expected *expected, bool late, const struct strv *tenants, struct strv *ret)
{
    struct buf out = BUF_INIT;
    size_t named = 0;
    buf_puts(&out, FRAMEWORK_LOOP);
    for (size_t i = 0; i < tenants->count && named < LOOP_NAMES; i++) {
        if (strcmp(tenants->items[i], "public") == 0 || !can_be_named(expected, tenants->items[i]))
            continue;
        buf_putc(&out, ' ');
        text_shell_word(&out, tenants->items[i]);
        named++;
    }
    buf_puts(&out, FRAMEWORK_LOOP_DO);
    add_filled(&(struct filling){framework_row(expected->framework), expected, "\"" FRAMEWORK_LOOP_VALUE, late}, tenant_form(expected), &out);
    buf_puts(&out, FRAMEWORK_LOOP_DONE);
    if (named > 0)
        strv_take(ret, buf_steal(&out));
    buf_done(&out);
}

void framework_remedies(const struct expected *expected, const struct strv *tenants, bool late, struct strv *ret)
{
    const struct framework_row *row = framework_row(expected->framework);
    if (row->migrate == NULL)
        return;
    late = late && row->late != NULL;
    bool loop = !expected->django_tenants && tenant_form(expected) != NULL;
    if (tenants->count > ONE_EACH && !loop) {
        strv_take(ret, command_for(expected, late, NULL));
        return;
    }
    for (size_t i = 0; i < tenants->count; i++)
        if (tenants->count <= ONE_EACH || strcmp(tenants->items[i], "public") == 0)
            strv_take(ret, command_for(expected, late, tenants->items[i]));
    if (tenants->count > ONE_EACH)
        add_loop(expected, late, tenants, ret);
}
