/* expected/files_list and expected/listed: lists of names and status commands' output, for every framework that goes by names.
 * The first byte chooses which. */
#include "files/listed.h"

#include "framework/framework.h"
#include "fuzz_expected.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    struct buf _cleanup_buf_ text = BUF_INIT;
    size_t count = 0;
    const struct framework_row *rows = framework_rows(&count);
    if (size < 1 || rows[data[0] % count].files == NULL)
        return 0;
    char _cleanup_free_ *raw = fuzz_text(data + 1, size - 1);
    buf_puts(&text, raw);
    int code = listed_clean(&text, &err);
    MUST(text.len <= strlen(raw));
    if (code == 0) {
        MUST(strchr(buf_text(&text), '\033') == NULL && strstr(buf_text(&text), "\x7f") == NULL);
        code = framework_read_listing(&rows[data[0] % count], buf_text(&text), text.len, &expected, &err);
    }
    fuzz_check_err(code, &err);
    MUST(code == 0 || (err.kind == ERR_NO_EXPECTED && fuzz_is_safe(err.msg)));
    MUST(code != 0 || expected.count > 0);
    if (code == 0)
        fuzz_check_expected(&expected, data, size);
    return 0;
}
