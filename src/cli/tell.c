/* What happens once the verdict is known, beside what is shown: nothing here changes it. */
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/file.h"
#include "cli/cli.h"
#include "gate/outcome.h"
#include "notice/notice.h"
#include "report/report.h"

#define TERMINATION_LOG "/dev/termination-log"

static void write_metrics(const struct cli *cli, const struct report *report)
{
    const char *path = config_text(config_section(&cli->config, SECTION_METRICS), KEY_METRICS_file);
    struct buf _cleanup_buf_ text = BUF_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    if (*path == '\0')
        return;
    report_metrics(report, (int64_t)time(NULL), &text);
    if (file_write(path, buf_text(&text), text.len, &err) != 0)
        log_event(&cli->log, LOG_WARNING, "metrics_failed", "metrics.file: %s", err.msg);
}

/* Would the next start ask the database again, and come to the same? */
static bool worth_a_pause(const struct report *report)
{
    static const char *const without[] = {"signalled", "configuration", "no_expected_migrations"};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        if (strcmp(report->reason, without[i]) == 0)
            return false;
    return true;
}

/* Replicas that an engine restarts at once would all come back to the database at once, again and again. So a fatal exit
 * comes no sooner after the start than a random part (a quarter to all) of gate.exit_pause; who has waited longer than
 * that for the database pauses no more. A signal ends the pause. */
void cli_pause(const struct cli *cli, const struct command *command, const struct report *report)
{
    if (cli->config.count == 0 || strcmp(command->name, "run") != 0 || report->open || report->held_ms > 0 || cli->hurry ||
        !worth_a_pause(report))
        return;
    int64_t most = config_number(config_section(&cli->config, SECTION_GATE), KEY_GATE_exit_pause);
    struct err _cleanup_err_ err = ERR_INIT;
    uint32_t random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random)
        random = (uint32_t)clock_now_ms();
    int64_t pause = most / 4 + (int64_t)random % (most - most / 4 + 1) - (clock_now_ms() - cli->began_ms);
    if (pause > 0)
        watch_wait(&cli->signals->watch, -1, 0, deadline_in(pause), &err);
}

int cli_tell(struct cli *cli, const struct command *command, const struct report *report)
{
    int code = report->open ? EXIT_OPEN : report->exit_code;
    bool status = strcmp(command->name, "status") == 0;
    bool configured = cli->config.count > 0;
    struct err _cleanup_err_ err = ERR_INIT;
    if (!report->open && !status)
        notice_write_termination(configured ? config_text(config_section(&cli->config, SECTION_GATE), KEY_GATE_termination_log)
                                            : TERMINATION_LOG, report);
    if (!configured || (command->bits & COMMAND_REPORT) == 0)
        return code;
    write_metrics(cli, report);
    int told = notice_send(&cli->config, report, command->name, &cli->env, &cli->log, &cli->signals->watch, &err);
    cli->hurry = told != 0;
    if (told != 0 && (report->open || report->held_ms > 0)) {
        log_event(&cli->log, LOG_WARNING, "signalled", "%s", err.msg);
        return outcome_of(&err).exit_code;
    }
    return code;
}
