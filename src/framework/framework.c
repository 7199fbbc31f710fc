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
