/* What is told to people far away: the messages for webhooks and for Kubernetes. Pure. */
#pragma once

#include "report/report.h"

enum notice_format {
    NOTICE_JSON,
    NOTICE_SLACK,
    NOTICE_DISCORD,
};

/* Who tells it. Borrowed. */
struct notice_sender {
    const char *command; /* run, verify */
    const char *host;    /* the container's name for itself; may be "" */
    const char *time;    /* RFC 3339 */
};

/* The most that Slack and Discord take, in characters. */
#define NOTICE_SLACK_CHARACTERS 40000
#define NOTICE_DISCORD_CHARACTERS 2000

/* The body to POST, to be freed. Passwords in URLs and the like are hidden once more, whatever they slipped in by; text
 * from the database cannot call people or groups (@everyone, <!channel>). */
char *notice_message(const struct report *report, enum notice_format format, const struct notice_sender *sender);

/* What Kubernetes shows of a container that ended: at most 4096 bytes. */
void notice_termination(const struct report *report, struct buf *out);
