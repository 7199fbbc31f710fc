/* tenantgate init: a starting configuration for the project in this folder. */
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "expected/paths.h"
#include "framework/commands.h"

#define FILE_NAME "tenantgate.ini"
/* How far down, and in how many folders, a project is looked for where there is none. */
#define DEPTH_BELOW 3
#define FOLDERS_BELOW 400

/* What stands in the file about the tenants, by what was found. */
static void add_tenants(const struct framework_row *row, const struct expected *expected, struct buf *out)
{
    const struct framework_tenancy *tenancy = row != NULL && framework_has_tenancy(row, ".") ? &row->tenancy : NULL;
    bool asked = tenancy != NULL && tenancy->folder != NULL; /* the history alone does not tell them from other schemas */
    buf_puts(out, "# Who the tenants are. ");
    if (expected->django_tenants)
        buf_puts(out, "Nothing need be set: every schema of the tenant model's table, and the public schema.\n");
    else if (tenancy != NULL)
        buf_printf(out, "A list of them is safer than to look for history tables (%s).\n", tenancy->name);
    else
        buf_puts(out, "Where nothing is set: every schema that holds the history table.\n");
    buf_printf(out, "%s[tenants]\n%squery = %s\n", asked ? "" : "# ", asked ? "" : "# ",
               tenancy ? tenancy->query : "SELECT schema_name FROM public.tenants");
    buf_printf(out, "# schemas = %s\n", row != NULL && row->schema != NULL ? row->schema : "public");
    buf_puts(out,
                  "# pattern = ^tenant_\n"
                  "# Fewer than this keep the gate closed; 0 lets a new service start with none.\n"
                  "# minimum = 1\n\n");
}

/* One [migrations] section: by the name of `name`, or the plain one; from `path`, or (NULL) as detected; for `schemas`, or
 * (NULL) every tenant. */
struct section_text {
    const char *name, *path, *schemas;
};

static void add_migrations(const struct framework_row *row, const struct section_text *section, struct buf *out)
{
    buf_printf(out, "[migrations%s%s]\nframework = %s\n", section->name ? "." : "", section->name ? section->name : "", row->name);
    if (section->path != NULL)
        buf_printf(out, "path = %s\n", section->path);
    else if (framework_has_reader(row))
        buf_puts(out, "# Where its files are, seen from the folder that the app starts in.\n# path = .\n");
    if (section->schemas != NULL)
        buf_printf(out, "schemas = %s\n", section->schemas);
    if (!framework_has_reader(row))
        buf_puts(out, "# Its migrations are in compiled code: a manifest is the only way (`tenantgate help manifest`).\n"
                      "manifest = manifest.json\n");
    else if (framework_has_listing(row))
        buf_puts(out, "# Or from a manifest made when the image is built: see `tenantgate help manifest`.\n"
                      "# manifest = /app/manifest.json\n");
    buf_printf(out, "# The history table, where it is another.\n# table = %s\n\n", row->table);
}

/* A step, commented out; its comments are `more` where it is not the first. */
static void add_step(const char *name, const char *command, bool more, struct buf *out)
{
    struct buf _cleanup_buf_ run = BUF_INIT;
    if (strpbrk(command, "$\"|&;'") != NULL) {
        buf_puts(&run, "sh -c ");
        text_shell_word(&run, command);
    } else {
        buf_puts(&run, command);
    }
    buf_printf(out, "%s# [step.%s]\n# run = ", more ? "" : "# Let it migrate by itself, one replica at a time.\n", name);
    for (const char *p = buf_text(&run); *p != '\0'; p++)
        buf_puts(out, *p == '$' ? "$$" : (const char[]){*p, '\0'});
    buf_puts(out, "\n# when = pending\n# lock = yes\n\n");
}

static void add_steps(const struct framework_row *row, const struct expected *expected, bool named, struct buf *out)
{
    struct strv _cleanup_strv_ commands = STRV_INIT;
    framework_commands(row, expected, ".", &commands);
    for (size_t i = 0; i < commands.count; i++)
        add_step(i > 0 ? "tenants" : named ? row->name : "migrate", commands.items[i], i > 0, out);
}

/* What one framework's files say, as far as they can be read; what is wrong with them stands in the file too. */
static void add_framework(const struct cli *cli, const struct framework_found *found, bool named, struct buf *out)
{
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    struct source source = {.framework = found->row->id, .env = cli->env};
    strv_add(&source.paths, ".");
    if (framework_has_reader(found->row) && framework_read(&source, &expected, &err) != 0) {
        log_event(&cli->log, LOG_WARNING, "init_unread", "%s: %s", found->row->title, err.msg);
        buf_printf(out, "# Not readable as it is: %s\n", err.msg);
        if (err.hint != NULL)
            buf_printf(out, "# %s\n", err.hint);
        expected_done(&expected);
    }
    char _cleanup_free_ *evidence = text_escaped(found->file);
    buf_printf(out, "# %s, by %s.", found->row->title, evidence);
    if (expected.count > 0)
        buf_printf(out, " What is read from its files: `tenantgate manifest` (%zu so far).", expected.count);
    buf_putc(out, '\n');
    if (found->row->tenancy.folder != NULL && framework_has_tenancy(found->row, ".")) {
        buf_printf(out, "# Tenants have migrations of their own (%s), here in a schema each. In a database each: databases_query and\n"
                        "# catalog_url in [tenants], {database} in the url.\n", found->row->tenancy.name);
        add_migrations(found->row, &(struct section_text){.name = "shared", .schemas = "public"}, out);
        add_migrations(found->row, &(struct section_text){.name = "tenants", .path = found->row->tenancy.folder}, out);
    } else {
        add_migrations(found->row, &(struct section_text){.name = named ? found->row->name : NULL}, out);
    }
    if (!named)
        add_tenants(found->row, &expected, out);
    add_steps(found->row, &expected, named, out);
    strv_done(&source.paths);
}

/* Folders that hold what is not the project's own. */
static bool is_foreign(const char *name)
{
    static const char *const names[] = {"node_modules", "vendor", "venv", "env", "site-packages", "test", "tests", "fixtures",
                                        "build", "dist", "target", "deps"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Adds the folders below in which a framework is recognised: "apps/api (Prisma Migrate)". */
static void look_below(const char *folder, int depth, size_t *left, struct strv *ret)
{
    struct strv _cleanup_strv_ entries = STRV_INIT;
    paths_match(folder, "*", &entries);
    for (size_t i = 0; i < entries.count && *left > 0; i++) {
        struct framework_founds _cleanup_framework_founds_ found = {0};
        struct source source = {0}; /* what the environment says is about this folder */
        if (is_foreign(path_name(entries.items[i])) || !path_is_folder(entries.items[i]))
            continue;
        --*left;
        strv_add(&source.paths, entries.items[i]);
        framework_find(&source, &found);
        strv_done(&source.paths);
        if (found.count > 0)
            strv_take(ret, mem_printf("%s (%s)", entries.items[i], found.items[0].row->title));
        else if (depth > 1)
            look_below(entries.items[i], depth - 1, left, ret);
    }
}

static int nothing_found(struct err *reterr)
{
    struct strv _cleanup_strv_ below = STRV_INIT;
    size_t left = FOLDERS_BELOW;
    err_set(reterr, ERR_NO_EXPECTED, "no migration framework is recognised in this folder");
    look_below(".", DEPTH_BELOW, &left, &below);
    if (below.count == 0)
        return err_hint(reterr, "Go to the folder that the app starts in; `tenantgate help frameworks` lists what can be recognised.");
    struct buf _cleanup_buf_ names = BUF_INIT;
    text_join(&names, &below, 5);
    return err_hint(reterr, "Below it there is %s: go to the one that the app starts in. Several that share a database get a section "
                            "[migrations.NAME] each, with its path.", buf_text(&names));
}

static int make(const struct cli *cli, struct buf *out, struct err *reterr)
{
    struct framework_founds _cleanup_framework_founds_ found = {0};
    struct source source = {.env = cli->env};
    strv_add(&source.paths, ".");
    framework_find(&source, &found);
    strv_done(&source.paths);
    if (found.count == 0)
        return nothing_found(reterr);
    buf_puts(out, "# tenantgate: the app starts only when its database is there and every tenant is fully migrated.\n"
                  "# `tenantgate help config` lists every key, `tenantgate config` shows what is in force.\n\n"
                  "[database]\n# Anything libpq takes, and the dialects of the ecosystems. Or host, port, name, user and password.\n"
                  "url = ${DATABASE_URL:-}\n# How long it may take to come up.\nwait = 60s\n\n");
    for (size_t i = 0; i < found.count; i++)
        add_framework(cli, &found.items[i], found.count > 1, out);
    if (found.count > 1) {
        struct expected none = EXPECTED_INIT;
        buf_puts(out, "# Each source is expected in every tenant unless its section says `schemas = ...`.\n");
        add_tenants(NULL, &none, out);
    }
    return 0;
}

int cli_init(struct cli *cli)
{
    const char *path = cli->options->output ? cli->options->output : FILE_NAME;
    struct buf _cleanup_buf_ text = BUF_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    struct stat info;
    if (strcmp(path, "-") != 0 && !cli->options->force && lstat(path, &info) == 0) {
        char _cleanup_free_ *shown = text_escaped(path);
        err_set(&err, ERR_USAGE, "%s is there already", shown);
        err_hint(&err, "--force replaces it, -o FILE writes another, -o - prints it.");
        return cli_fail(cli, &err);
    }
    if (make(cli, &text, &err) != 0)
        return cli_fail(cli, &err);
    if (file_write(path, buf_text(&text), text.len, &err) != 0) {
        err_hint(&err, "-o FILE writes another, -o - prints it.");
        return cli_fail(cli, &err);
    }
    if (strcmp(path, "-") != 0)
        log_event(&cli->log, LOG_INFO, "init_written", "%s: look through it, then try `tenantgate verify`", path);
    return 0;
}
