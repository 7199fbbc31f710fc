/* Holding. */
#include "gate/hold.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

#define REMINDER_MS ((int64_t)10 * 60 * 1000)

/* The state in words that stay the same while the state does: durations in errors change with every look. */
static char *state_of(const struct report *report)
{
    struct report_counts counts = report_count(report);
    struct buf text = BUF_INIT;
    buf_printf(&text, "%s %zu %zu ", report->reason, counts.total, counts.failed);
    for (const char *p = report->error ? report->error : ""; *p != '\0'; p++)
        if (!isdigit((unsigned char)*p))
            buf_putc(&text, *p);
    return buf_steal(&text);
}

/* Tells the log; health checks hear it too. */
static void tell(const struct gate *like, const char *event, const char *lead, const struct report *report)
{
    struct buf _cleanup_buf_ summary = BUF_INIT;
    report_summary(report, &summary);
    log_event(like->log, LOG_WARNING, event, "%s: %s", lead, buf_text(&summary));
}

/* One look. Returns 1 (it would open), 0 (it would not), -1 with ERR_SIGNALLED. */
static int look(const struct gate *like, char **state, int64_t *told_ms, struct err *reterr)
{
    const struct log quiet = {.least = LOG_ERROR, .json = like->log->json};
    struct gate _cleanup_gate_ gate = {
        .config = like->config,
        .env = like->env,
        .log = &quiet,
        .watch = like->watch,
        .only = like->only,
        .recheck = true,
        .began_ms = clock_now_ms(),
        .deadline = deadline_in(config_number(config_section(like->config, SECTION_GATE), KEY_GATE_timeout)),
    };
    struct report _cleanup_report_ report = {0};
    gate_verify(&gate, &report);
    if (!report.open && gate.error.kind == ERR_SIGNALLED) {
        err_move(reterr, &gate.error);
        return -1;
    }
    if (report.open)
        return 1;
    char *now = state_of(&report);
    bool same = strcmp(now, *state) == 0;
    if (!same)
        tell(like, "hold_changed", "still on hold", &report);
    else if (clock_now_ms() - *told_ms >= REMINDER_MS)
        tell(like, "hold_reminder", "on hold as before", &report);
    else {
        free(now);
        return 0;
    }
    free(*state);
    *state = now;
    *told_ms = clock_now_ms();
    return 0;
}

/* Process 1 is given what others leave behind in the container: health checks, or whoever got in to mend what is wrong. A hold
 * may last for days, so it takes leave of them. Nothing that the gate has started itself runs meanwhile. */
static void reap_strangers(void)
{
    while (getpid() == 1 && waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

int gate_hold(const struct gate *like, const struct report *report, int64_t pause_ms, struct err *reterr)
{
    int64_t recheck = config_number(config_section(like->config, SECTION_GATE), KEY_GATE_recheck);
    int64_t began = clock_now_ms(), told_ms = began;
    char _cleanup_free_ *state = state_of(report);
    tell(like, "on_hold", "on hold", report);
    for (;; pause_ms = recheck > 0 ? recheck : 100) {
        if (watch_wait(like->watch, -1, 0, deadline_in(pause_ms), reterr) < 0)
            return -1;
        reap_strangers();
        int seen = look(like, &state, &told_ms, reterr);
        if (seen < 0)
            return -1;
        if (seen == 1)
            break;
    }
    log_event(like->log, LOG_INFO, "hold_over", "a re-check passed after %.1f s on hold; passing the gate again",
              (double)(clock_now_ms() - began) / 1000);
    return 0;
}
