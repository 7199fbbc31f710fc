/* cli/options: any command line; a word a line. */
#include "cli/options.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char _cleanup_free_ *text = fuzz_text(data, size);
    struct strv _cleanup_strv_ words = STRV_INIT;
    struct options _cleanup_options_ options = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    strv_add(&words, "tenantgate");
    for (const char *p = text; *p != '\0';) {
        size_t len = strcspn(p, "\n");
        strv_take(&words, mem_strndup(p, len));
        p += len + (p[len] == '\n');
    }
    int argc = (int)words.count;
    strv_take(&words, NULL);
    int code = options_parse(argc, words.items, &options, &err);
    fuzz_check_err(code, &err);
    MUST(code == 0 || (err.kind == ERR_USAGE && fuzz_is_safe(err.msg)));
    MUST(options.settings.count == options.wheres.count);
    MUST(options.app == NULL || options.command != NULL);
    return 0;
}
