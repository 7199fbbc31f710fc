/* expected/listing: what claims to be Django speaking of itself. */
#include "expected/listing.h"

#include "fuzz_expected.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char _cleanup_free_ *text = fuzz_text(data, size);
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    int code = listing_read_django(text, strlen(text), &expected, &err);
    fuzz_check_err(code, &err);
    if (code == 0)
        fuzz_check_expected(&expected, data, size);
    else
        MUST(err.kind == ERR_NO_EXPECTED && fuzz_is_safe(err.msg));
    return 0;
}
