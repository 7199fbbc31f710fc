/* Starting the app behind the open gate. */
#include "cli/start.h"

#include <malloc.h>
#include <stdlib.h>

#include "base/mem.h"
#include "gate/outcome.h"
#include "health/beacon.h"
#include "health/health.h"
#include "proc/exec.h"
#include "proc/supervise.h"

#define RESTARTS_MAX 5
#define PAUSE_MS ((int64_t)1000)

/* The checks of a supervised app. */
struct checks {
    struct cli *cli;
    struct health health;
    struct net_checking *now;
};

static int begin_check(void *context)
{
    struct checks *checks = context;
    struct err _cleanup_err_ err = ERR_INIT;
    checks->now = net_check_begin(&checks->health.target, &checks->health.expect, &checks->health.options, &err);
    if (checks->now == NULL)
        log_event(&checks->cli->log, LOG_WARNING, "health", "the app's health cannot be checked: %s", err.msg);
    return checks->now != NULL ? net_check_fd(checks->now) : -1;
}

static bool end_check(void *context)
{
    struct checks *checks = context;
    char _cleanup_free_ *words = NULL;
    bool up = net_check_end(STEAL(checks->now), &words);
    if (!up)
        log_event(&checks->cli->log, LOG_WARNING, "health", "the app does not answer: %s: %s", checks->health.target.shown,
                  words ? words : "not in time");
    return up;
}

static int supervise(struct cli *cli, const struct launch *launch, bool *ret_unhealthy, struct err *reterr)
{
    const struct section *section = config_section(&cli->config, SECTION_HEALTH);
    struct checks checks = {.cli = cli};
    struct health _cleanup_health_ health = {0};
    const struct supervise_health asked = {
        .begin = begin_check,
        .end = end_check,
        .context = &checks,
        .interval_ms = config_number(section, KEY_HEALTH_interval),
        .timeout_ms = config_number(section, KEY_HEALTH_timeout),
        .start_period_ms = config_number(section, KEY_HEALTH_start_period),
        .retries = config_number(section, KEY_HEALTH_retries),
    };
    bool restarts = config_bool(section, KEY_HEALTH_restart);
    if (restarts && health_read(section, NULL, &cli->env, &health, reterr) < 0)
        return EXIT_CONFIGURATION;
    checks.health = health; /* borrowed */
    const struct supervise_options options = {
        .signal_group = config_bool(config_section(&cli->config, SECTION_APP), KEY_APP_signal_group),
        .health = restarts ? &asked : NULL,
    };
    beacon_say(cli->beacon, true, "the app runs");
#ifdef __GLIBC__
    malloc_trim(0); /* what the gate has used is not needed for as long as the app runs */
#endif
    int code = supervise_app(launch, &options, cli->signals, ret_unhealthy, reterr);
    beacon_say(cli->beacon, false, "the app has ended");
    return code;
}

int cli_start_app(struct cli *cli, const struct user *user, bool *ret_unhealthy)
{
    const struct section *app = config_section(&cli->config, SECTION_APP);
    const struct launch_options options = {
        .workdir = config_text(app, KEY_APP_workdir),
        .unset = config_list(app, KEY_APP_unset),
        .user = user,
    };
    struct err _cleanup_err_ err = ERR_INIT;
    struct launch _cleanup_launch_ launch;
    *ret_unhealthy = false;
    launch_prepare(&launch, cli->options->app, &cli->env, &options);
    int code = config_bool(app, KEY_APP_supervise) ? supervise(cli, &launch, ret_unhealthy, &err)
                                                   : exec_app(&launch, cli->signals, &err);
    if (err.kind != ERR_NONE)
        log_event(&cli->log, LOG_ERROR, "app_not_started", "%s%s%s", err.msg, err.hint ? ". " : "", err.hint ? err.hint : "");
    return code;
}

int cli_pause_restart(struct cli *cli, unsigned times)
{
    struct err _cleanup_err_ err = ERR_INIT;
    if (times > RESTARTS_MAX) {
        log_event(&cli->log, LOG_ERROR, "unhealthy", "the app was ended because it did not answer, for the %uth time: giving up",
                  times);
        return -1;
    }
    int64_t pause = PAUSE_MS << (times - 1);
    log_event(&cli->log, LOG_WARNING, "unhealthy",
              "the app was ended because it did not answer: the gate is passed again in %lld s (%u of %d)",
              (long long)pause / 1000, times, RESTARTS_MAX);
    if (watch_wait(&cli->signals->watch, -1, 0, deadline_in(pause), &err) == 0)
        return 0;
    log_event(&cli->log, LOG_WARNING, "signalled", "%s", err.msg);
    return outcome_of(&err).exit_code;
}
