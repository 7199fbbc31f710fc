/* tenantgate healthcheck: for Docker HEALTHCHECK and exec probes, with no shell and no curl in the image. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "health/beacon.h"
#include "health/health.h"

#define HEALTHY 0
#define UNHEALTHY 1
/* How long a gate may take to say what it is doing. */
#define GATE_MS 1000

static int say(int code, const char *what, const char *words)
{
    char _cleanup_free_ *what_safe = text_escaped(what), *words_safe = text_escaped(words);
    char _cleanup_free_ *line =
        mem_printf("%s: %s%s%s\n", code == HEALTHY ? "healthy" : "unhealthy", what_safe, *words ? ": " : "", words_safe);
    cli_print(line, strlen(line));
    return code;
}

static int check(const struct cli *cli, const struct health *health)
{
    struct err _cleanup_err_ err = ERR_INIT;
    char _cleanup_free_ *words = NULL;
    int up = health_check(health, &cli->signals->watch, &words, &err);
    if (up < 0)
        return cli_fail(cli, &err);
    return say(up == 1 ? HEALTHY : UNHEALTHY, health->target.shown, words);
}

int cli_healthcheck(struct cli *cli)
{
    const struct strv *operands = &cli->options->operands;
    const struct section *section = config_section(&cli->config, SECTION_HEALTH);
    struct health _cleanup_health_ health = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    if (operands->count > 1) {
        err_set(&err, ERR_USAGE, "healthcheck asks one URL");
        return cli_fail(cli, &err);
    }
    int asks = health_read(section, operands->count == 1 ? operands->items[0] : NULL, &cli->env, &health, &err);
    if (asks < 0)
        return cli_fail(cli, &err);
    const struct section *common = config_section(&cli->config, SECTION_GATE);
    if (common->settings[KEY_GATE_timeout].origin == ORIGIN_COMMAND_LINE) /* --timeout means this command's own */
        health.options.timeout_ms = config_number(common, KEY_GATE_timeout);
    struct beacon_answer gate = {0};
    char _cleanup_free_ *doing = NULL;
    int found = beacon_ask(deadline_in(GATE_MS), &gate);
    doing = gate.text;
    if (found == 1 && !gate.open)
        return say(UNHEALTHY, "the gate is closed", doing);
    if (asks == 1)
        return check(cli, &health);
    if (found == 1)
        return say(HEALTHY, "the gate is open", doing);
    return say(UNHEALTHY, "nobody can tell",
               "no gate is at work in this container, and no URL is named to ask the app (health.url, or "
               "`tenantgate healthcheck URL`)");
}
