/* Showing what came of it: report, banner, or a plain error line. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "gate/outcome.h"
#include "report/report.h"

int cli_print(const char *text, size_t len)
{
    const struct log log = {.least = LOG_INFO};
    if (file_write_fd(STDOUT_FILENO, text, len) == 0 || errno == EPIPE)
        return 0;
    log_event(&log, LOG_ERROR, "error", "standard output cannot be written: %s", strerror(errno));
    return EXIT_INTERNAL;
}

/* Like cli_print(), but signals, which are blocked by now, still end it however long the reader takes. */
static int print_report(const struct cli *cli, const char *text, size_t len)
{
    const struct watch *watch = &cli->signals->watch;
    struct err _cleanup_err_ err = ERR_INIT;
    while (len > 0) {
        /* What poll(2) calls writable takes this much without blocking (pipe(7)). */
        if (watch_wait(watch, STDOUT_FILENO, POLLOUT, DEADLINE_NEVER, &err) < 0)
            return cli_fail(cli, &err);
        ssize_t done = write(STDOUT_FILENO, text, len < 4096 ? len : 4096);
        if (done < 0 && errno == EPIPE)
            return 0;
        if (done < 0 && errno != EINTR && errno != EAGAIN) {
            err_set(&err, ERR_INTERNAL, "the report cannot be written to standard output: %s", strerror(errno));
            return cli_fail(cli, &err);
        }
        if (done < 0 && errno == EAGAIN && watch_wait(watch, -1, 0, deadline_in(1), &err) < 0)
            return cli_fail(cli, &err);
        if (done > 0) {
            text += done;
            len -= (size_t)done;
        }
    }
    return 0;
}

int cli_fail(const struct cli *cli, const struct err *err)
{
    log_event(&cli->log, LOG_ERROR, "error", "%s%s%s", err->msg, err->hint ? ". " : "", err->hint ? err->hint : "");
    return outcome_of(err).exit_code;
}

/* Does the locale say that the reader of standard error takes UTF-8? */
static bool locale_is_utf8(const struct environment *env)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = environment_get(env, names[i]);
        if (value != NULL && *value != '\0')
            return strcasestr(value, "UTF-8") != NULL || strcasestr(value, "UTF8") != NULL;
    }
    return false;
}

bool cli_can_wipe(const struct cli *cli)
{
    const char *term = environment_get(&cli->env, "TERM");
    return isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}

static bool wants_color(const struct cli *cli)
{
    if (cli->options->color != COLOR_AUTO)
        return cli->options->color == COLOR_ALWAYS;
    const char *no_color = environment_get(&cli->env, "NO_COLOR");
    return cli_can_wipe(cli) && (no_color == NULL || *no_color == '\0');
}

/* The style that gate.banner names; the configuration may not have been read. */
static const char *banner_choice(const struct cli *cli)
{
    return cli->config.count > 0 ? config_choice(config_section(&cli->config, SECTION_GATE), KEY_GATE_banner) : "auto";
}

static void show_banner(const struct cli *cli, const struct report *report)
{
    const char *choice = banner_choice(cli);
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (strcmp(choice, "none") == 0) {
        log_event(&cli->log, LOG_ERROR, "closed", "startup is blocked, exit code %d (%s)%s%s", report->exit_code,
                  report->reason, report->error ? ": " : "", report->error ? report->error : "");
        return;
    }
    bool unicode = strcmp(choice, "unicode") == 0 || (strcmp(choice, "auto") == 0 && locale_is_utf8(&cli->env));
    bool color = wants_color(cli);
    struct buf _cleanup_buf_ banner = BUF_INIT;
    report_banner(report, unicode ? BANNER_UNICODE : BANNER_ASCII, &banner);
    /* The box is what stands before the first empty line. */
    const char *all = buf_text(&banner);
    const char *rest = strstr(all, "\n\n");
    size_t box = rest != NULL ? (size_t)(rest - all) + 1 : banner.len;
    buf_puts(&text, color ? "\033[1;31m" : "");
    buf_add(&text, all, box);
    buf_puts(&text, color ? "\033[0m" : "");
    buf_puts(&text, all + box);
    log_write(buf_text(&text), text.len);
}

static int show_report(const struct cli *cli, const struct command *command, const struct report *report)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    bool status = strcmp(command->name, "status") == 0;
    if (cli->options->format == FORMAT_JSON) {
        char _cleanup_free_ *json = report_json(report);
        return print_report(cli, json, strlen(json));
    }
    if (cli->options->format == FORMAT_JUNIT)
        report_junit(report, &text);
    else if (status)
        report_status(report, &text);
    else if (cli->options->format == FORMAT_TEXT) {
        struct report_counts counts = report_count(report);
        buf_printf(&text, "%s: %zu tenants, %zu ok, %zu failed, %zu with warnings\n", report->open ? "open" : "closed",
                   counts.total, counts.ok, counts.failed, counts.warned);
        report_text(report, &text);
    }
    return print_report(cli, buf_text(&text), text.len);
}

static void tell_open(const struct cli *cli, const struct command *command, const struct report *report)
{
    struct report_counts counts = report_count(report);
    if (report->units == NULL) {
        log_event(&cli->log, LOG_INFO, "ready", "the database is ready (%lld ms)", (long long)report->duration_ms);
        return;
    }
    for (size_t u = 0; u < report->units->count; u++)
        for (size_t f = 0; f < report->units->items[u].findings.count && command->reports; f++) {
            const struct finding *finding = &report->units->items[u].findings.items[f];
            char _cleanup_free_ *tenant = report_tenant(report, finding->database, finding->tenant);
            log_event(&cli->log, LOG_WARNING, "finding", "%s: %s", tenant, finding->message);
        }
    size_t expected = 0;
    for (size_t i = 0; i < report->source_count; i++)
        expected += report->sources[i].expected;
    log_event(&cli->log, LOG_INFO, "open", "the gate is open: %zu tenant%s fully migrated (%zu migrations expected, %lld ms)",
              counts.total, counts.total == 1 ? " is" : "s are", expected, (long long)report->duration_ms);
}

int cli_conclude(struct cli *cli, const struct command *command, struct report *report)
{
    bool status = strcmp(command->name, "status") == 0;
    int shown = 0;
    if (strcmp(command->name, "run") != 0 && strcmp(command->name, "wait") != 0)
        shown = show_report(cli, command, report);
    if (shown > EXIT_SIGNAL_BASE || (shown != 0 && report->open))
        return shown;
    int code = cli_tell(cli, command, report); /* first: the banner is the last that is said */
    if (code == EXIT_OPEN) {
        if (!status)
            tell_open(cli, command, report);
    } else if (!report->open && !status && cli->options->format != FORMAT_TEXT) {
        /* A person who asked for the text gets it once. */
        show_banner(cli, report);
    }
    cli_pause(cli, command, report);
    return code;
}
