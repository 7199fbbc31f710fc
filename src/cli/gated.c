/* The commands that are the gate: run, wait, verify, status. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/start.h"
#include "gate/gate.h"
#include "gate/hold.h"
#include "gate/outcome.h"
#include "health/health.h"
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
    gate.only_tenants_matter = strcmp(command, "status") == 0;
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

/* What must be right of the app's own settings, before anything is waited for. */
static int check_app(const struct cli *cli, struct user *ret_user, struct err *reterr)
{
    const struct section *app = config_section(&cli->config, SECTION_APP);
    const struct section *asked = config_section(&cli->config, SECTION_HEALTH);
    struct health _cleanup_health_ health = {0};
    if (check_required(cli, reterr) != 0)
        return -1;
    if (config_bool(asked, KEY_HEALTH_restart)) {
        if (!config_bool(app, KEY_APP_supervise))
            return err_set(reterr, ERR_CONFIG, "health.restart needs app.supervise = yes");
        int found = health_read(asked, NULL, &cli->env, &health, reterr);
        if (found < 0)
            return -1;
        if (found == 0)
            return err_set(reterr, ERR_CONFIG, "health.restart needs health.url");
    }
    return user_find(config_text(app, KEY_APP_user), ret_user, reterr);
}

/* The hold has ended by itself: the gate is worth another try. */
#define AGAIN (-1)
#define HOLD_PAUSE_MAX_MS ((int64_t)10 * 60 * 1000)

/* Holds the closed gate. A gate that failed `times` times although a look had passed (a step of it fails) is given more
 * and more time. Returns AGAIN or the exit code. */
static int hold(struct cli *cli, const struct gate *gate, const struct report *report, unsigned times)
{
    struct err _cleanup_err_ err = ERR_INIT;
    int64_t pause = report->held_ms;
    for (unsigned i = 0; i < times && pause < HOLD_PAUSE_MAX_MS; i++)
        pause *= 2;
    if (gate_hold(gate, report, pause, &err) == 0)
        return AGAIN;
    log_event(&cli->log, LOG_WARNING, "signalled", "%s", err.msg);
    return outcome_of(&err).exit_code;
}

/* Returns 0 once the gate is open, AGAIN, or the exit code. What the gate held is released then. */
static int try_gate(struct cli *cli, struct user *ret_user, unsigned times)
{
    struct gate _cleanup_gate_ gate = make_gate(cli);
    const struct section *app = config_section(&cli->config, SECTION_APP);
    const struct step_host host = {
        .log = &cli->log,
        .watch = &cli->signals->watch,
        .signals = cli->signals,
        .env = &cli->env,
        .unset = config_list(app, KEY_APP_unset),
        .user = ret_user,
        .workdir = config_text(app, KEY_APP_workdir),
    };
    gate.host = &host;
    struct report _cleanup_report_ report = {
        .app = cli->options->app[0],
        .in_kubernetes = environment_get(&cli->env, "KUBERNETES_SERVICE_HOST") != NULL,
    };
    user_done(ret_user); /* of an earlier try */
    if (check_app(cli, ret_user, &gate.error) != 0)
        gate_report_error(&gate, &report);
    else
        gate_verify(&gate, &report);
    const struct section *section = config_section(&cli->config, SECTION_GATE);
    if (!report.open && gate.error.kind != ERR_SIGNALLED && strcmp(config_choice(section, KEY_GATE_on_failure), "hold") == 0)
        report.held_ms = config_number(section, KEY_GATE_recheck) > 0 ? config_number(section, KEY_GATE_recheck) : 100;
    int code = cli_conclude(cli, command_by_name("run"), &report);
    return report.held_ms > 0 && code < EXIT_SIGNAL_BASE ? hold(cli, &gate, &report, times) : code;
}

/* Returns 0 once the gate is open, else the exit code. */
static int pass_gate(struct cli *cli, struct user *ret_user)
{
    int code = AGAIN;
    for (unsigned times = 0; code == AGAIN; times++)
        code = try_gate(cli, ret_user, times);
    return code;
}

/* From here on health checks are told what the gate is doing. That they cannot be is no reason to stay closed. */
static void light_beacon(struct cli *cli)
{
    struct err _cleanup_err_ err = ERR_INIT;
    if (beacon_light(&cli->beacon, &err) != 0) {
        log_event(&cli->log, LOG_WARNING, "no_beacon", "%s; `tenantgate healthcheck` will not see this gate", err.msg);
        return;
    }
    cli->tap = (struct log_tap){.heard = beacon_hear, .context = cli->beacon};
    cli->log.tap = &cli->tap;
}

int cli_run(struct cli *cli)
{
    light_beacon(cli);
    struct user _cleanup_user_ user = {0};
    for (unsigned times = 1;; times++) {
        int code = pass_gate(cli, &user);
        if (code != EXIT_OPEN)
            return code;
        bool unhealthy = false;
        int64_t began_ms = clock_now_ms();
        code = cli_start_app(cli, &user, &unhealthy);
        if (!unhealthy)
            return code;
        if (clock_now_ms() - began_ms > CLI_RESTART_FORGET_MS)
            times = 1;
        int paused = cli_pause_restart(cli, times);
        if (paused != 0) /* an app that ends well when it is told to has not done well */
            return paused > 0 ? paused : code != 0 ? code : EXIT_SIGNAL_BASE + SIGTERM;
    }
}
