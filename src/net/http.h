/* HTTP by libcurl: one request at a time, blocking. Only threads that the gate can walk away from call http_perform():
 * net/check.c and net/post.c are the way in. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/environ.h"

/* Can this build speak HTTP? */
bool http_is_built(void);

/* "libcurl/8.14.1 OpenSSL/3.5.7", or "without http" in a build without it. Static. */
const char *net_http_library(void);

struct http_request {
    const char *url;
    const char *unix_path; /* connect to this socket instead of the URL's host; or NULL */
    const char *body;      /* JSON to POST; NULL: GET */
    int64_t timeout_ms;    /* for all of it, the look-up of the name included */
    size_t keep_bytes;     /* of the response's body; what is longer is cut off, not read */
    bool secret;           /* nothing of the URL may be in the error */
    const char *ca_file, *ca_dir; /* SSL_CERT_FILE, SSL_CERT_DIR; or NULL */
};

struct http_response {
    long status; /* 0: no complete answer came */
    struct buf body;
    char *error; /* why; one line, to be escaped; owned */
};

void http_response_done(struct http_response *response);
#define _cleanup_http_response_ __attribute__((cleanup(http_response_done)))

/* One request. Redirects are answers, not followed; certificates are verified; the proxies that the environment names are
 * used, but never for this machine itself (localhost, 127.0.0.0/8, ::1). */
void http_perform(const struct http_request *request, struct http_response *ret);

/* Is the URL one that http_perform() can take? Returns what to show of it, without user, password, query and fragment
 * (to be freed), or NULL. */
char *http_url_shown(const char *url);
