/* HTTP by libcurl. */
#include "net/http.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/redact.h"

void http_response_done(struct http_response *response)
{
    buf_done(&response->body);
    free(response->error);
    *response = (struct http_response){0};
}

#ifdef TENANTGATE_HTTP
#include <curl/curl.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>

bool http_is_built(void)
{
    return true;
}

const char *net_http_library(void)
{
    return curl_version();
}

static void start_library(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        BUG("libcurl cannot be started");
}

static void start_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_library);
}

/* Older versions of libcurl open sockets that would be handed on to the app. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)context;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Keeps the beginning of the body; at the cap the transfer is ended, which libcurl calls a write error. */
static size_t keep_body(char *data, size_t size, size_t count, void *context)
{
    struct buf *body = context;
    buf_add(body, data, size * count);
    return body->truncated ? 0 : size * count;
}

static bool is_this_machine(const char *url)
{
    CURLU *parts = curl_url();
    char *host = NULL;
    bool result = false;
    if (parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK)
        result = strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0;
    curl_free(host);
    curl_url_cleanup(parts);
    return result;
}

static void set_up(CURL *curl, const struct http_request *request, struct curl_slist *headers, struct http_response *ret,
                   char *error)
{
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L); /* threads, and signals are the gate's */
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "tenantgate/" TENANTGATE_VERSION);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &ret->body);
    if (request->unix_path != NULL)
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, request->unix_path);
    if (request->unix_path != NULL || is_this_machine(request->url))
        curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    if (request->ca_file != NULL)
        curl_easy_setopt(curl, CURLOPT_CAINFO, request->ca_file);
    if (request->ca_dir != NULL)
        curl_easy_setopt(curl, CURLOPT_CAPATH, request->ca_dir);
    if (request->body != NULL)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
}

void http_perform(const struct http_request *request, struct http_response *ret)
{
    char error[CURL_ERROR_SIZE] = "";
    start_once();
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, request->body ? "Content-Type: application/json" : "Accept: */*");
    if (curl == NULL || headers == NULL)
        BUG("libcurl is out of memory");
    if (request->body != NULL)
        headers = curl_slist_append(headers, "Expect:"); /* no pause before a long body */
    ret->body.max = request->keep_bytes;
    set_up(curl, request, headers, ret, error);
    CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && ret->body.truncated))
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &ret->status);
    else if (code == CURLE_OPERATION_TIMEDOUT)
        ret->error = mem_printf("no answer within %lld ms", (long long)request->timeout_ms);
    else if (request->secret || *error == '\0')
        ret->error = mem_strdup(curl_easy_strerror(code));
    else
        ret->error = redact(error);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
}

char *http_url_shown(const char *url)
{
    static const CURLUPart hidden[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS, CURLUPART_QUERY,
                                       CURLUPART_FRAGMENT};
    CURLU *parts = curl_url();
    char *text = NULL, *scheme = NULL, *shown = NULL;
    if (parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0)) {
        for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
            curl_url_set(parts, hidden[i], NULL, 0);
        if (curl_url_get(parts, CURLUPART_URL, &text, 0) == CURLUE_OK)
            shown = mem_strdup(text);
    }
    curl_free(text);
    curl_free(scheme);
    curl_url_cleanup(parts);
    return shown;
}
#else
bool http_is_built(void)
{
    return false;
}

const char *net_http_library(void)
{
    return "without http";
}

void http_perform(const struct http_request *request, struct http_response *ret)
{
    (void)request;
    ret->error = mem_strdup("this build of tenantgate is without http");
}

char *http_url_shown(const char *url)
{
    (void)url;
    return NULL;
}
#endif
