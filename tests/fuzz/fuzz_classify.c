/* db/classify: every message has a class, and its words stand on one line. */
#include "db/classify.h"

#include "fuzz.h"

static void check(const struct failure *failure)
{
    MUST(failure->class >= FAILURE_NETWORK && failure->class <= FAILURE_CONFIG);
    MUST(failure->message != NULL && strchr(failure->message, '\n') == NULL);
    size_t len = strnlen(failure->sqlstate, sizeof failure->sqlstate);
    MUST(len == 0 || len == 5);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char _cleanup_free_ *text = fuzz_text(data, size);
    struct failure failures[2];
    failure_classify(text, &failures[0]);
    char _cleanup_free_ *code = mem_strndup(text, strnlen(text, 5));
    failure_from_sqlstate(code, text, &failures[1]);
    check(&failures[0]);
    check(&failures[1]);
    MUST(failure_decisive(failures, 2) < 2);
    failure_done(&failures[0]);
    failure_done(&failures[1]);
    return 0;
}
