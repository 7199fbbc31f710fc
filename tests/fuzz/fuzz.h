/* What the harnesses share. Each checks what must hold for every input, not only that nothing crashes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/strv.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* The input as a text: it ends at the first NUL byte. To be freed. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    return mem_strndup((const char *)data, strnlen((const char *)data, size));
}

/* Is it fit to be shown: UTF-8 on one line, without control characters? */
static inline bool fuzz_is_safe(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    return text_is_utf8(text, strlen(text));
}

/* A failure says why; a success leaves the error empty. */
static inline void fuzz_check_err(int code, const struct err *err)
{
    MUST(code == 0 || code == -1);
    MUST((code == 0) == (err->msg == NULL));
    MUST(code == 0 || err->kind != ERR_NONE);
}
