/* One look at something on the network. */
#include "net/probe.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/http.h"

#define BODY_BYTES ((size_t)64 * 1024)

struct net_options net_options(const struct environment *env, int64_t timeout_ms)
{
    return (struct net_options){
        .timeout_ms = timeout_ms,
        .ca_file = environment_get(env, "SSL_CERT_FILE"),
        .ca_dir = environment_get(env, "SSL_CERT_DIR"),
    };
}

/* NULL where nothing is named. */
static const char *named(const char *text)
{
    return text != NULL && *text != '\0' ? text : NULL;
}

static bool ask_http(const struct net_target *target, const struct net_expect *expect, const struct net_options *options,
                     char **ret_words)
{
    const struct http_request request = {
        .url = target->url,
        .unix_path = target->path,
        .timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : 1,
        .keep_bytes = BODY_BYTES,
        .ca_file = named(options->ca_file),
        .ca_dir = named(options->ca_dir),
    };
    struct http_response _cleanup_http_response_ response = {0};
    http_perform(&request, &response);
    if (response.status == 0) {
        *ret_words = STEAL(response.error);
        return false;
    }
    bool expected = expect->status != 0 ? response.status == expect->status : response.status >= 200 && response.status < 400;
    if (!expected) {
        *ret_words = expect->status != 0 ? mem_printf("it answered %ld, not %ld", response.status, expect->status)
                                         : mem_printf("it answered %ld", response.status);
        return false;
    }
    const char *text = named(expect->text);
    if (text != NULL && memmem(buf_text(&response.body), response.body.len, text, strlen(text)) == NULL) {
        *ret_words = mem_printf("it answered %ld, but without the expected text", response.status);
        return false;
    }
    *ret_words = mem_printf("it answered %ld", response.status);
    return true;
}

/* Connects within the time; 0 or the error number. */
static int try_connect(int family, const struct sockaddr *address, socklen_t len, int64_t timeout_ms)
{
    int _cleanup_close_ fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return errno;
    if (connect(fd, address, len) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    struct deadline until = deadline_in(timeout_ms > 0 ? timeout_ms : 1);
    struct pollfd out = {.fd = fd, .events = POLLOUT};
    int ready = 0;
    do
        ready = poll(&out, 1, deadline_poll_ms(until));
    while (ready < 0 && errno == EINTR);
    if (ready == 0)
        return ETIMEDOUT;
    int why = 0;
    socklen_t size = sizeof why;
    if (ready < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size) != 0)
        return errno;
    return why;
}

static bool tell(int why, char **ret_words)
{
    *ret_words = why == 0 ? mem_strdup("it takes connections") : mem_strdup(strerror(why));
    return why == 0;
}

static bool ask_tcp(const struct net_target *target, const struct net_options *options, char **ret_words)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    struct deadline until = deadline_in(options->timeout_ms > 0 ? options->timeout_ms : 1);
    int code = getaddrinfo(target->host, target->port, &hints, &found);
    if (code != 0) {
        *ret_words = mem_printf("the name cannot be resolved: %s", code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code));
        return false;
    }
    int left = 0, why = EADDRNOTAVAIL;
    for (const struct addrinfo *a = found; a != NULL; a = a->ai_next)
        left++;
    /* Each address gets its share of what is left, so that one that swallows packets does not eat it all. */
    for (const struct addrinfo *a = found; a != NULL && why != 0 && !deadline_passed(until); a = a->ai_next)
        why = try_connect(a->ai_family, a->ai_addr, a->ai_addrlen, deadline_left_ms(until) / left--);
    freeaddrinfo(found);
    return tell(why, ret_words);
}

static bool ask_unix(const struct net_target *target, const struct net_options *options, char **ret_words)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, target->path, strlen(target->path)); /* checked when it was parsed */
    return tell(try_connect(AF_UNIX, (const struct sockaddr *)&address, sizeof address, options->timeout_ms), ret_words);
}

bool net_probe(const struct net_target *target, const struct net_expect *expect, const struct net_options *options,
               char **ret_words)
{
    switch (target->kind) {
    case NET_TCP:
        return ask_tcp(target, options, ret_words);
    case NET_UNIX:
        return ask_unix(target, options, ret_words);
    case NET_HTTP:
    case NET_HTTP_UNIX:
        break;
    }
    return ask_http(target, expect, options, ret_words);
}
