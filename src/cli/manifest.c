/* tenantgate manifest: what this image expects, with no database. */
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "expected/listing.h"
#include "expected/manifest.h"
#include "files/listed.h"
#include "gate/sources.h"

#define INPUT_MAX_BYTES ((size_t)64 * 1024 * 1024)

/* The readers know standard input alone; where it was a file, that is named. */
static void name_input(const char *path, struct err *err)
{
    static const char input[] = "standard input";
    char _cleanup_free_ *said = err->msg;
    const char *at = strcmp(path, "-") != 0 && said != NULL ? strstr(said, input) : NULL;
    char _cleanup_free_ *shown = text_escaped(path);
    err->msg = at == NULL ? STEAL(said) : mem_printf("%.*s%s%s", (int)(at - said), said, shown, at + strlen(input));
}

static int from_listing(const struct cli *cli, struct expected *ret, struct err *reterr)
{
    const struct options *options = cli->options;
    const struct framework_row *row = framework_by_name(options->from);
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (row == NULL || !framework_has_listing(row)) {
        char _cleanup_free_ *shown = text_escaped(options->from);
        err_set(reterr, ERR_USAGE, "--from takes the name of a framework that can be listed, not '%s'", shown);
        return err_hint(reterr, "`tenantgate help frameworks` names them.");
    }
    if (options->operands.count > 1)
        return err_set(reterr, ERR_USAGE, "--from reads one file, or - for standard input");
    const char *path = options->operands.count == 1 ? options->operands.items[0] : "-";
    if (file_read(path, INPUT_MAX_BYTES, ERR_NO_EXPECTED, &text, reterr) != 0)
        return -1;
    int code = 0;
    if (memchr(buf_text(&text), '\0', text.len) != NULL)
        code = err_set(reterr, ERR_NO_EXPECTED, "standard input: holds NUL bytes: this is not a listing");
    if (code == 0)
        code = listed_clean(&text, reterr);
    if (code == 0)
        code = framework_read_listing(row, buf_text(&text), text.len, ret, reterr);
    if (code != 0)
        name_input(path, reterr);
    return code;
}

/* The section to read: the only one. */
static int from_files(const struct cli *cli, struct expected *ret, struct err *reterr)
{
    const struct section *section = config_next(&cli->config, SECTION_MIGRATIONS, NULL);
    if (config_next(&cli->config, SECTION_MIGRATIONS, section) != NULL)
        return err_set(reterr, ERR_USAGE, "several [migrations.NAME] are configured; make one manifest each with its own "
                                          "configuration (--config)");
    if (cli->options->operands.count > 0)
        return err_set(reterr, ERR_USAGE, "`manifest` takes no operand without --from");
    if (gate_source_read_files(section, &cli->env, ret, reterr) != 0)
        return -1;
    framework_add_notice(ret, config_list(section, KEY_MIGRATIONS_path));
    return 0;
}

int cli_manifest(struct cli *cli)
{
    const struct options *options = cli->options;
    struct err _cleanup_err_ err = ERR_INIT;
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct judge _cleanup_judge_ judge = {0};
    if (options->script != NULL) {
        if (strcmp(options->script, "django") == 0)
            return cli_print(listing_django_script, strlen(listing_django_script));
        err_set(&err, ERR_USAGE, "--script takes django");
        return cli_fail(cli, &err);
    }
    int code = options->from != NULL ? from_listing(cli, &expected, &err) : from_files(cli, &expected, &err);
    if (code == 0)
        code = judge_make(&expected, &judge, &err);
    if (code != 0)
        return cli_fail(cli, &err);
    for (size_t i = 0; i < expected.notices.count; i++)
        log_event(&cli->log, LOG_WARNING, "expected_notice", "%s", expected.notices.items[i]);
    const char *title = framework_row(expected.framework)->title;
    if (options->check) {
        log_event(&cli->log, LOG_INFO, "manifest_ok", "%zu migration%s of %s, no conflicts", expected.count,
                  expected.count == 1 ? "" : "s", title);
        return 0;
    }
    char _cleanup_free_ *text = manifest_write(&expected, framework_row(expected.framework)->name);
    if (file_write(options->output ? options->output : "-", text, strlen(text), &err) != 0)
        return cli_fail(cli, &err);
    if (options->output != NULL && strcmp(options->output, "-") != 0)
        log_event(&cli->log, LOG_INFO, "manifest_written", "%s: %zu migration%s of %s", options->output, expected.count,
                  expected.count == 1 ? "" : "s", title);
    return 0;
}
