/* Telling somebody. */
#include "notice/notice.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "net/post.h"
#include "notice/message.h"
#include "notice/stamp.h"

#define SEND_MS 3000

/* The same again has the same text here: durations and the like are left out of errors. */
static char *what_is_told(const struct report *report)
{
    struct buf text = BUF_INIT;
    buf_printf(&text, "%s %d\n", report->reason, report->held_ms > 0);
    for (const char *p = report->error ? report->error : ""; *p != '\0'; p++)
        if (!isdigit((unsigned char)*p))
            buf_putc(&text, *p);
    for (size_t u = 0; report->units != NULL && !report->open && u < report->units->count; u++) {
        const struct findings *findings = &report->units->items[u].findings;
        for (size_t f = 0; f < findings->count; f++) {
            buf_printf(&text, "\n%s %s %s", findings->items[f].database, findings->items[f].tenant, finding_kind_name(findings->items[f].kind));
            for (size_t i = 0; i < findings->items[f].items.count; i++)
                buf_printf(&text, " %s", findings->items[f].items.items[i]);
        }
    }
    return buf_steal(&text);
}

static enum notice_format format_of(const struct section *section)
{
    const char *word = config_choice(section, KEY_NOTIFY_format);
    return strcmp(word, "slack") == 0 ? NOTICE_SLACK : strcmp(word, "discord") == 0 ? NOTICE_DISCORD : NOTICE_JSON;
}

int notice_send(const struct config *config, const struct report *report, const char *command,
                 const struct environment *env, const struct log *log, const struct watch *watch, struct err *reterr)
{
    const struct section *section = config_section(config, SECTION_NOTIFY);
    const char *url = config_text(section, KEY_NOTIFY_url);
    bool all = strcmp(config_choice(section, KEY_NOTIFY_on), "all") == 0;
    /* Being stopped is nothing to wake anybody for. */
    if (*url == '\0' || strcmp(report->reason, "signalled") == 0)
        return 0;
    char host[256] = "", date[40] = "";
    struct tm utc = {0};
    time_t now = time(NULL);
    if (gethostname(host, sizeof host - 1) != 0)
        *host = '\0';
    gmtime_r(&now, &utc);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    struct stamp _cleanup_stamp_ stamp = {0};
    char _cleanup_free_ *who = mem_printf("%s\n%s\n%s\n%s", url, host, command, report->app ? report->app : "");
    char _cleanup_free_ *what = what_is_told(report);
    stamp_find(config_text(section, KEY_NOTIFY_state), who, env, &stamp);
    if (stamp_has(&stamp, what, config_number(section, KEY_NOTIFY_repeat))) {
        log_event(log, LOG_DEBUG, "notice_repeated", "the notice was sent already, within notify.repeat");
        return 0;
    }
    if (report->open && !all) {
        /* From closed to open and closed again is news. */
        if (stamp.path != NULL && access(stamp.path, F_OK) == 0)
            stamp_set(&stamp, what);
        return 0;
    }
    const struct notice_sender sender = {.command = command, .host = host, .time = date};
    char _cleanup_free_ *message = notice_message(report, format_of(section), &sender);
    const struct net_options options = net_options(env, SEND_MS);
    char _cleanup_free_ *words = NULL;
    struct err _cleanup_err_ err = ERR_INIT;
    int code = net_post(url, message, &options, watch, &words, &err);
    if (code < 0 && err.kind == ERR_SIGNALLED) {
        err_move(reterr, &err);
        return -1;
    }
    if (code == 1)
        stamp_set(&stamp, what);
    else
        log_event(log, LOG_WARNING, "notice_failed", "the notice (notify.url) could not be sent: %s", words ? words : err.msg);
    return 0;
}

void notice_write_termination(const char *path, const struct report *report)
{
    struct stat info;
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (*path == '\0')
        return;
    int _cleanup_close_ fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        return;
    notice_termination(report, &text);
    if (ftruncate(fd, 0) != 0)
        return;
    (void)!file_write_fd(fd, buf_text(&text), text.len); /* nobody to tell: the banner has it all */
}
