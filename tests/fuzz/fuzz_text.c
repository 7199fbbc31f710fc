/* base/text: whatever comes in, what comes out can be shown. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf _cleanup_buf_ escaped = BUF_INIT, twice = BUF_INIT;
    text_escape(&escaped, (const char *)data, size);
    MUST(fuzz_is_safe(buf_text(&escaped)));
    MUST(strlen(buf_text(&escaped)) == escaped.len);

    /* Escaping what is safe already only doubles backslashes. */
    text_escape(&twice, buf_text(&escaped), escaped.len);
    size_t backslashes = 0;
    for (size_t i = 0; i < escaped.len; i++)
        backslashes += escaped.data[i] == '\\';
    MUST(twice.len == escaped.len + backslashes);

    char _cleanup_free_ *text = fuzz_text(data, size);
    char _cleanup_free_ *controls = text_escaped_controls(text);
    MUST(fuzz_is_safe(controls));
    struct buf _cleanup_buf_ word = BUF_INIT;
    text_shell_word(&word, text);
    MUST(word.len > 0);

    size_t len = strlen(text), width = text_width(text);
    MUST(text_fit(text, SIZE_MAX) == len);
    MUST(text_fit(text, width) == len);
    for (size_t columns = 0; columns < 12; columns++) {
        size_t fits = text_fit(text, columns);
        char _cleanup_free_ *part = mem_strndup(text, fits);
        MUST(fits <= len && text_width(part) <= columns);
        MUST(fits == len || columns < width);
        MUST(!text_is_utf8(text, len) || text_is_utf8(part, fits));
    }
    return 0;
}
