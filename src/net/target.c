/* What a URL names. */
#include "net/target.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/http.h"

void net_target_done(struct net_target *target)
{
    free(target->url);
    free(target->host);
    free(target->port);
    free(target->path);
    free(target->shown);
    *target = (struct net_target){0};
}

void net_target_copy(const struct net_target *from, struct net_target *ret)
{
    *ret = (struct net_target){
        .kind = from->kind,
        .url = mem_strdup(from->url),
        .host = mem_strdup(from->host),
        .port = mem_strdup(from->port),
        .path = mem_strdup(from->path),
        .shown = mem_strdup(from->shown),
    };
}

static int socket_path(const char *path, struct net_target *ret, struct err *reterr)
{
    if (*path != '/')
        return err_set(reterr, ERR_CONFIG, "a unix socket needs a full path, as in unix:/run/app.sock");
    if (strlen(path) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        return err_set(reterr, ERR_CONFIG, "the path of a unix socket may have at most %zu bytes",
                       sizeof((struct sockaddr_un *)NULL)->sun_path - 1);
    ret->path = mem_strdup(path);
    return 0;
}

static int no_http_url(struct err *reterr)
{
    return err_set(reterr, ERR_CONFIG, http_is_built() ? "this is no URL that could be asked for"
                                                       : "this build of tenantgate is without http");
}

/* "host:port" or "[address]:port". */
static int parse_tcp(const char *rest, struct net_target *ret, struct err *reterr)
{
    const char *colon = strrchr(rest, ':');
    bool brackets = *rest == '[';
    if (colon == NULL || colon == rest || (brackets && colon[-1] != ']') || (!brackets && strchr(rest, ':') != colon))
        return err_set(reterr, ERR_CONFIG, "tcp:// needs a host and a port, as in tcp://redis:6379 or tcp://[::1]:6379");
    size_t digits = strspn(colon + 1, "0123456789");
    long port = digits > 0 && digits < 6 && colon[1 + digits] == '\0' ? strtol(colon + 1, NULL, 10) : 0;
    if (port < 1 || port > 65535)
        return err_set(reterr, ERR_CONFIG, "the port of tcp:// must be a number from 1 to 65535");
    ret->kind = NET_TCP;
    ret->host = brackets ? mem_strndup(rest + 1, (size_t)(colon - rest) - 2) : mem_strndup(rest, (size_t)(colon - rest));
    ret->port = mem_strdup(colon + 1);
    if (*ret->host == '\0' || strpbrk(ret->host, "/@?# \t\r\n[]") != NULL)
        return err_set(reterr, ERR_CONFIG, "the host of tcp:// is no name and no address");
    ret->shown = mem_printf("tcp://%s", rest);
    return 0;
}

static int hex(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* "%2Frun%2Fapp.sock/path": the host part is the socket's path, percent-encoded. */
static int parse_http_unix(const char *rest, struct net_target *ret, struct err *reterr)
{
    struct buf _cleanup_buf_ path = BUF_INIT;
    size_t len = strcspn(rest, "/?");
    for (size_t i = 0; i < len; i++) {
        int high = rest[i] == '%' && i + 2 < len + 1 ? hex(rest[i + 1]) : -1;
        int low = high >= 0 && i + 2 < len ? hex(rest[i + 2]) : -1;
        if (low < 0) {
            buf_putc(&path, rest[i]);
            continue;
        }
        if (high * 16 + low == 0)
            return err_set(reterr, ERR_CONFIG, "a path cannot hold a NUL byte");
        buf_putc(&path, (char)(high * 16 + low));
        i += 2;
    }
    if (socket_path(buf_text(&path), ret, reterr) != 0)
        return err_hint(reterr, "As in http+unix://%%2Frun%%2Fapp.sock/health: the slashes of the socket's path as %%2F.");
    ret->kind = NET_HTTP_UNIX;
    ret->url = mem_printf("http://localhost%s%s", rest[len] == '/' ? "" : "/", rest + len);
    char _cleanup_free_ *url_shown = http_url_shown(ret->url);
    if (url_shown == NULL)
        return no_http_url(reterr);
    ret->shown = mem_printf("%s over %s", url_shown, ret->path);
    return 0;
}

static int parse(const char *url, struct net_target *ret, struct err *reterr)
{
    if (text_starts(url, "http+unix://"))
        return parse_http_unix(url + strlen("http+unix://"), ret, reterr);
    if (text_starts(url, "http://") || text_starts(url, "https://")) {
        ret->kind = NET_HTTP;
        ret->shown = http_url_shown(url);
        if (ret->shown == NULL)
            return no_http_url(reterr);
        ret->url = mem_strdup(url);
        return 0;
    }
    if (text_starts(url, "tcp://"))
        return parse_tcp(url + strlen("tcp://"), ret, reterr);
    if (text_starts(url, "unix:")) {
        const char *path = url + strlen("unix:");
        ret->kind = NET_UNIX;
        if (socket_path(text_starts(path, "///") ? path + 2 : path, ret, reterr) != 0)
            return -1;
        ret->shown = mem_printf("unix:%s", ret->path);
        return 0;
    }
    return err_set(reterr, ERR_CONFIG, "it must begin with http://, https://, http+unix://, tcp:// or unix:/");
}

int net_target_parse(const char *url, struct net_target *ret, struct err *reterr)
{
    struct net_target _cleanup_net_target_ target = {0};
    if (parse(url, &target, reterr) != 0)
        return -1;
    *ret = target;
    target = (struct net_target){0};
    return 0;
}
