/* POSTing a small JSON document to a URL that is a secret. */
#include "net/post.h"

#include <stdlib.h>

#include "base/mem.h"
#include "net/http.h"
#include "net/task.h"

#define BODY_BYTES ((size_t)4096)

struct post {
    char *url, *json, *ca_file, *ca_dir;
    int64_t timeout_ms;
    struct http_response response;
};

static void post_free(void *context)
{
    struct post *post = context;
    free(post->url);
    free(post->json);
    free(post->ca_file);
    free(post->ca_dir);
    http_response_done(&post->response);
    free(post);
}

static void work(void *context)
{
    struct post *post = context;
    const struct http_request request = {
        .url = post->url,
        .body = post->json,
        .timeout_ms = post->timeout_ms,
        .keep_bytes = BODY_BYTES,
        .secret = true,
        .ca_file = post->ca_file && *post->ca_file ? post->ca_file : NULL,
        .ca_dir = post->ca_dir && *post->ca_dir ? post->ca_dir : NULL,
    };
    http_perform(&request, &post->response);
}

int net_post(const char *url, const char *json, const struct net_options *options, const struct watch *watch,
             char **ret_words, struct err *reterr)
{
    struct post *post = mem_alloc(sizeof *post);
    *post = (struct post){
        .url = mem_strdup(url),
        .json = mem_strdup(json),
        .ca_file = mem_strdup(options->ca_file),
        .ca_dir = mem_strdup(options->ca_dir),
        .timeout_ms = options->timeout_ms,
    };
    struct task *task = NULL;
    int code = task_run(work, post, post_free, watch, deadline_in(options->timeout_ms), &task, reterr);
    if (code == 1) {
        long status = post->response.status;
        code = status >= 200 && status < 300;
        if (status == 0)
            *ret_words = STEAL(post->response.error);
        else if (code == 0)
            *ret_words = mem_printf("it answered %ld", status);
    } else if (code == 0) {
        *ret_words = mem_printf("no answer within %lld ms", (long long)options->timeout_ms);
    }
    task_leave(task);
    return code;
}
