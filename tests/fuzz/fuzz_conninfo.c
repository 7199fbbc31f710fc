/* db/conninfo: no URL crashes it, and no password gets into what is shown. */
#include "db/conninfo.h"

#include "fuzz.h"

static void check_secret(const char *shown, const struct conninfo *info)
{
    const char *password = conninfo_get(info, "password");
    if (password == NULL || strlen(password) < 6)
        return;
    /* Unless it stands elsewhere too: then it is no secret. */
    for (size_t i = 0; i < info->keywords.count; i++)
        if (strcmp(info->keywords.items[i], "password") != 0 && strstr(info->values.items[i], password) != NULL)
            return;
    MUST(strstr(shown, password) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct environment nothing = {.vars = (char *const[]){NULL}};
    char _cleanup_free_ *text = fuzz_text(data, size);
    struct conninfo _cleanup_conninfo_ url = CONNINFO_INIT, parts = CONNINFO_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    int code = conninfo_make(&(struct conninfo_parts){.url = text}, &nothing, &url, &err);
    fuzz_check_err(code, &err);
    MUST(code == 0 || err.kind == ERR_CONFIG);
    if (code == 0) {
        MUST(fuzz_is_safe(url.shown));
        MUST(url.keywords.count == url.values.count);
        check_secret(url.shown, &url);
    }
    err_done(&err);
    MUST(conninfo_make(&(struct conninfo_parts){.host = text, .name = text, .password = "s3cret-s3cret"}, &nothing, &parts, &err) == 0);
    MUST(fuzz_is_safe(parts.shown));
    MUST(strstr(text, "s3cret") != NULL || strstr(parts.shown, "s3cret") == NULL);
    return 0;
}
