/* tenantgate help and version. */
#include <jansson.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "db/db.h"
#include "framework/commands.h"
#include "net/http.h"

/* The narrowest terminal. */
#define HELP_WIDTH 80

int cli_version(struct cli *cli)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    buf_puts(&text, "tenantgate " TENANTGATE_VERSION "\n");
    if (cli->options->verbose)
        buf_printf(&text, "libpq/%d.%d jansson/%s %s\n", db_library_version() / 10000, db_library_version() % 10000,
                   jansson_version_str(), net_http_library());
    return cli_print(buf_text(&text), text.len);
}

static void overview(struct buf *out)
{
    size_t count = 0;
    const struct command *rows = command_rows(&count);
    buf_puts(out, "tenantgate: starts an app only when its database is there and every tenant is fully migrated\n\n"
                  "  tenantgate [OPTIONS] -- APP [ARG...]\n  tenantgate COMMAND [OPTIONS]\n\nCommands\n");
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "  %-12s %s%s\n", rows[i].name, rows[i].summary, rows[i].run ? "" : " (not built yet)");
    buf_puts(out, "\nOptions\n"
                  "  -c, --config FILE          configuration (else $TENANTGATE_CONFIG, ./tenantgate.ini,\n"
                  "                             /etc/tenantgate/tenantgate.ini)\n"
                  "      --set SECTION.KEY=VALUE   one key of it (repeatable)\n"
                  "      --database URL         database.url\n"
                  "      --timeout DURATION     gate.timeout (healthcheck: health.timeout)\n"
                  "      --tenant NAME          only this tenant (repeatable; verify, status)\n"
                  "      --format FORMAT        text, json or junit, on standard output (verify, status)\n"
                  "  -q, --quiet                only warnings and errors in the log, no progress\n"
                  "  -v, --verbose              more in the log\n"
                  "      --color WHEN           auto, always, never\n"
                  "  -o, --output FILE          write there instead of to standard output (manifest)\n"
                  "  -h, --help                 help on the command\n"
                  "      --version              print the version\n"
                  "\nExit codes\n"
                  "  0 open   1 a tenant is not fully migrated   64 wrong command line   69 not ready in time\n"
                  "  70 internal error   73 a step failed   75 the lock was not had in time   77 the database refuses us\n"
                  "  78 wrong configuration\n"
                  "  126, 127 the app cannot be executed, was not found   128+N ended by signal N\n"
                  "\n`tenantgate help COMMAND` tells more, `help config` lists every key, `help frameworks` the frameworks.\n");
}

static void help_config(struct buf *out)
{
    buf_puts(out, "Every key, with its default. In the environment: TENANTGATE_SECTION_KEY, TENANTGATE_SECTION__NAME__KEY of a\n"
                  "named section; with _FILE appended the value is read from that file.\n");
    for (int id = 0; id < SECTION_COUNT; id++) {
        const struct section_row *section = &section_rows[id];
        buf_printf(out, "\n[%s%s]  %s%s\n", section->name, section->must_be_named ? ".NAME" : "", section->help,
                   section->later && section->must_be_named ? " (not built yet)" : "");
        for (int k = 0; k < KEY_COUNT; k++) {
            const struct key_row *row = &key_rows[k];
            if (row->section != (enum section_id)id)
                continue;
            char _cleanup_free_ *left = mem_printf("%s = %s", row->name, row->def);
            buf_printf(out, "  %-28s %s%s%s%s%s%s\n", left, row->help, row->choices ? " (" : "",
                       row->choices ? row->choices : "", row->choices ? ")" : "", *row->help && row->later ? ";" : "",
                       row->later ? " not built yet" : "");
        }
    }
}

/* Adds words to a line that is `column` wide, going on below `indent` blanks where it gets wider than a terminal; lines end
 * in `more` where another follows. */
static void add_words(struct buf *out, const char *words, size_t indent, const char *more, size_t *column)
{
    for (const char *p = words; *p != '\0';) {
        size_t len = strcspn(p, " ");
        if (*column > indent && *column + 1 + len + strlen(more) > HELP_WIDTH) {
            buf_printf(out, "%s\n", more);
            buf_fill(out, ' ', indent);
            *column = indent;
        } else if (*column > indent) {
            buf_putc(out, ' ');
            ++*column;
        }
        buf_add(out, p, len);
        *column += len;
        p += len + strspn(p + len, " ");
    }
}

static void add_names(const struct framework_row *rows, size_t count, bool (*fits)(const struct framework_row *row), struct buf *out)
{
    size_t column = 2;
    buf_puts(out, "  ");
    for (size_t i = 0; i < count; i++)
        if (fits(&rows[i]))
            add_words(out, rows[i].name, 2, "", &column);
    buf_putc(out, '\n');
}

static bool is_by_manifest(const struct framework_row *row)
{
    return !framework_has_reader(row) && row->id != FRAMEWORK_SQL;
}

static void help_frameworks(struct buf *out)
{
    size_t count = 0;
    const struct framework_row *rows = framework_rows(&count);
    buf_printf(out, "%-16s %-29s %s\n", "NAME", "HISTORY TABLE", "FRAMEWORK");
    for (size_t i = 0; i < count; i++) {
        char _cleanup_free_ *table = mem_printf("%s%s%s", rows[i].schema ? rows[i].schema : "", rows[i].schema ? "." : "", rows[i].table);
        buf_printf(out, "%-16s %-29s %s\n", rows[i].name, *table != '\0' ? table : "-", rows[i].title);
    }
    buf_puts(out, "\nThe table is looked for in each tenant's schema; another name: migrations.table.\n"
                  "What the image expects is read from the files in migrations.path, or from a\n"
                  "manifest (`tenantgate help manifest`). By a manifest only:\n");
    add_names(rows, count, is_by_manifest, out);
    buf_puts(out, "`manifest --from` reads what the framework's own command prints, or the names of\n"
                  "its files, one a line, of:\n");
    add_names(rows, count, framework_has_listing, out);
    buf_puts(out, "\nWhat is pending is applied with\n");
    for (size_t i = 0; i < count; i++) {
        size_t column = 19;
        char _cleanup_free_ *command = rows[i].migrate ? framework_migrate(&rows[i], NULL) : mem_strdup("-");
        buf_printf(out, "  %-17s", rows[i].name);
        add_words(out, command, column, " \\", &column);
        buf_putc(out, '\n');
    }
}

void cli_print_help(const struct command *command)
{
    struct buf _cleanup_buf_ out = BUF_INIT;
    if (command == NULL)
        overview(&out);
    else
        buf_printf(&out, "%s\n\n%s\n%s%s", command->usage, command->summary, command->help, command->run ? "" : "Not built yet.\n");
    cli_print(buf_text(&out), out.len);
}

int cli_help(struct cli *cli)
{
    const struct strv *operands = &cli->options->operands;
    struct buf _cleanup_buf_ out = BUF_INIT;
    if (operands->count == 0) {
        cli_print_help(NULL);
        return 0;
    }
    const char *topic = operands->items[0];
    const struct command *command = command_by_name(topic);
    if (strcmp(topic, "frameworks") == 0)
        help_frameworks(&out);
    if (command != NULL)
        buf_printf(&out, "%s\n\n%s\n%s%s", command->usage, command->summary, command->help, command->run ? "" : "Not built yet.\n");
    if (strcmp(topic, "config") == 0) {
        buf_putc(&out, '\n');
        help_config(&out);
    }
    if (out.len == 0) {
        struct err _cleanup_err_ err = ERR_INIT;
        char _cleanup_free_ *shown = text_escaped(topic);
        err_set(&err, ERR_USAGE, "there is no command or topic '%s'", shown);
        return cli_fail(cli, &err);
    }
    return cli_print(buf_text(&out), out.len);
}
