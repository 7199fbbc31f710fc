/* The whole program: argv in, one command, one exit code out. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "db/db.h"
#include "gate/gate.h"
#include "gate/outcome.h"

/* A standard descriptor that came closed would be taken by the next file or connection, which our messages would then be
 * written into. It is closed again for the app. */
static void hold_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR | O_CLOEXEC) < 0)
            return;
}

static int check_command(const struct options *options, const struct command **ret, struct err *reterr)
{
    const char *word = options->command;
    if (word == NULL) {
        err_set(reterr, ERR_USAGE, "no command and no app");
        return err_hint(reterr, "In front of an app: tenantgate -- APP [ARG...]; `tenantgate help` tells more.");
    }
    *ret = command_by_name(word);
    if (*ret == NULL) {
        char _cleanup_free_ *shown = text_escaped(word);
        err_set(reterr, ERR_USAGE, "there is no command '%s'", shown);
        return err_hint(reterr, "In front of an app write `--` before it: tenantgate -- %s ...", shown);
    }
    bool is_run = strcmp((*ret)->name, "run") == 0;
    if (options->help)
        return 0;
    if ((*ret)->run == NULL)
        return err_set(reterr, ERR_USAGE, "`%s` is not built yet in this version of tenantgate", word);
    bool takes_operands = strcmp((*ret)->name, "help") == 0 || strcmp((*ret)->name, "manifest") == 0 ||
                          strcmp((*ret)->name, "healthcheck") == 0;
    if (!takes_operands && options->operands.count > 0) {
        char _cleanup_free_ *shown = text_escaped(options->operands.items[0]);
        return err_set(reterr, ERR_USAGE, "what is '%s'? An app stands behind `--`", shown);
    }
    if (is_run && (options->app == NULL || options->app[0] == NULL))
        return err_set(reterr, ERR_USAGE, "which app? tenantgate -- APP [ARG...]");
    if (!is_run && options->app != NULL)
        return err_set(reterr, ERR_USAGE, "`%s` starts no app: nothing may stand behind --", word);
    return 0;
}

static void set_log(struct cli *cli)
{
    static const char *const levels[] = {"debug", "info", "warning", "error"};
    const struct section *log = config_section(&cli->config, SECTION_LOG);
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (strcmp(config_choice(log, KEY_LOG_level), levels[i]) == 0)
            cli->log.least = (enum log_level)i;
    cli->log.json = strcmp(config_choice(log, KEY_LOG_format), "json") == 0;
    if (cli->options->quiet)
        cli->log.least = LOG_WARNING;
    else if (cli->options->verbose)
        cli->log.least = LOG_DEBUG;
    progress_init(&cli->progress, !cli->log.json && cli_can_wipe(cli));
    cli->log.progress = &cli->progress;
}

/* An error before the command could begin: a report where the command gives one. */
static int fail_early(struct cli *cli, const struct command *command, struct err *err)
{
    if (!command->reports || err->kind == ERR_USAGE)
        return cli_fail(cli, err);
    struct gate _cleanup_gate_ gate = {.began_ms = cli->began_ms};
    struct report _cleanup_report_ report = {.app = cli->options->app ? cli->options->app[0] : NULL};
    err_move(&gate.error, err);
    gate_report_error(&gate, &report);
    return cli_conclude(cli, command, &report);
}

static int run_command(struct cli *cli, const struct command *command)
{
    struct err _cleanup_err_ err = ERR_INIT;
    struct signals signals = {.watch.signal_fd = -1};
    cli->signals = &signals;
    if (command->reports && signals_start(&signals, &err) != 0)
        return fail_early(cli, command, &err);
    if (command->wants_config) {
        const struct config_args args = {.file = cli->options->config_file, .settings = &cli->options->settings,
                                         .wheres = &cli->options->wheres};
        if (config_load(&args, &cli->env, &cli->config, &err) != 0)
            return fail_early(cli, command, &err);
        set_log(cli);
        if (config_check_built(&cli->config, command->bits, &err) != 0)
            return fail_early(cli, command, &err);
    }
    return command->run(cli);
}

static int run_program(int argc, char *const *argv, struct cli *cli, struct options *options)
{
    struct err _cleanup_err_ err = ERR_INIT;
    const struct command *command = NULL;
    int code = options_parse(argc, argv, options, &err);
    if (code == 0 && options->help && options->command == NULL) {
        cli_print_help(NULL);
        return 0;
    }
    if (code == 0)
        code = check_command(options, &command, &err);
    if (code != 0)
        return cli_fail(cli, &err);
    if (options->help) {
        cli_print_help(command);
        return 0;
    }
    code = run_command(cli, command);
    config_done(&cli->config);
    if (cli->log.progress != NULL)
        progress_done(&cli->progress);
    cli->log.progress = NULL;
    return code;
}

int cli_main(int argc, char *const *argv, char *const *environment)
{
    struct options _cleanup_options_ options = {0};
    struct cli cli = {.options = &options, .env = {.vars = environment}, .log = {.least = LOG_INFO},
                      .began_ms = clock_now_ms()};
    hold_standard_descriptors();
    int code = run_program(argc, argv, &cli, &options);
    /* Docker knows two answers of a health check only. */
    if (options.command != NULL && strcmp(options.command, "healthcheck") == 0)
        code = code == 0 ? 0 : 1;
    if (db_is_connecting())
        _exit(code); /* nothing of ours waits in a buffer: output goes by write(2) */
    return code;
}
