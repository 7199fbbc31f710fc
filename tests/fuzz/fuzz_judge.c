/* verify/judge: any graph and any history. The input draws edges between a few migrations of a few apps. */
#include "fuzz_expected.h"

static char *name_of(enum framework framework, unsigned number)
{
    static const char *const apps[] = {"a", "a_b", "b"};
    return framework == FRAMEWORK_DJANGO ? mem_printf("%s.%u", apps[number % 3], number / 3 % 8) : mem_printf("r%u", number % 24);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    if (size < 4)
        return 0;
    expected.framework = data[0] & 1 ? FRAMEWORK_DJANGO : FRAMEWORK_ALEMBIC;
    size_t at = 1, count = 1 + data[0] / 2 % 16;
    for (size_t i = 0; i < count && at < size; i++) {
        char _cleanup_free_ *id = name_of(expected.framework, data[at++]);
        struct migration *migration = expected_add(&expected, id);
        size_t edges = at < size ? data[at++] : 0;
        migration->parents_unknown = edges > 250;
        for (size_t e = 0; e < edges % 5 && at < size; e++, at++) {
            struct strv *list = data[at] < 160              ? &migration->parents
                                : expected.framework == FRAMEWORK_DJANGO ? &migration->replaces
                                                                         : &migration->depends;
            strv_take(list, name_of(expected.framework, data[at] % 40));
        }
    }
    if (expected_finish(&expected, &err) != 0)
        return 0;
    fuzz_check_manifest(&expected);
    fuzz_check_judge(&expected, data + at, size - at);
    return 0;
}
