/* The commands that are the gate: run, wait, verify, status. */
#include <stdlib.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "gate/gate.h"
#include "proc/exec.h"
#include "report/report.h"

static struct gate make_gate(struct cli *cli)
{
    return (struct gate){
        .config = &cli->config,
        .env = &cli->env,
        .log = &cli->log,
        .watch = &cli->signals->watch,
        .only = &cli->options->tenants,
        .began_ms = cli->began_ms,
        .deadline = deadline_in(config_number(config_section(&cli->config, SECTION_GATE), KEY_GATE_timeout)),
    };
}

int cli_wait(struct cli *cli)
{
    struct gate _cleanup_gate_ gate = make_gate(cli);
    struct report _cleanup_report_ report = {0};
    gate_wait(&gate, &report);
    return cli_conclude(cli, command_by_name("wait"), &report);
}

static int verify(struct cli *cli, const char *command)
{
    struct gate _cleanup_gate_ gate = make_gate(cli);
    struct report _cleanup_report_ report = {.in_kubernetes = environment_get(&cli->env, "KUBERNETES_SERVICE_HOST") != NULL};
    gate_verify(&gate, &report);
    return cli_conclude(cli, command_by_name(command), &report);
}

int cli_verify(struct cli *cli)
{
    return verify(cli, "verify");
}

int cli_status(struct cli *cli)
{
    return verify(cli, "status");
}

/* The variables that the app cannot do without. */
static int check_required(const struct cli *cli, struct err *reterr)
{
    const struct strv *names = config_list(config_section(&cli->config, SECTION_APP), KEY_APP_require);
    for (size_t i = 0; i < names->count; i++) {
        const char *value = environment_get(&cli->env, names->items[i]);
        if (value != NULL && *value != '\0')
            continue;
        err_set(reterr, ERR_CONFIG, "the environment variable %s is %s", names->items[i], value ? "empty" : "not set");
        return err_hint(reterr, "The app needs it (app.require): set it in the container's environment.");
    }
    return 0;
}

static int become_app(struct cli *cli)
{
    const struct section *app = config_section(&cli->config, SECTION_APP);
    const struct exec_options options = {
        .workdir = config_text(app, KEY_APP_workdir),
        .unset = config_list(app, KEY_APP_unset),
    };
    struct err _cleanup_err_ err = ERR_INIT;
    int code = exec_app(cli->options->app, &cli->env, &options, cli->signals, &err);
    log_event(&cli->log, LOG_ERROR, "app_not_started", "%s%s%s", err.msg, err.hint ? ". " : "", err.hint ? err.hint : "");
    return code;
}

int cli_run(struct cli *cli)
{
    struct gate _cleanup_gate_ gate = make_gate(cli);
    struct report _cleanup_report_ report = {
        .app = cli->options->app[0],
        .in_kubernetes = environment_get(&cli->env, "KUBERNETES_SERVICE_HOST") != NULL,
    };
    if (check_required(cli, &gate.error) != 0)
        gate_report_error(&gate, &report);
    else
        gate_verify(&gate, &report);
    int code = cli_conclude(cli, command_by_name("run"), &report);
    return report.open ? become_app(cli) : code;
}
