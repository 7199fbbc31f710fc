/* What holds for every expectation, wherever it was read. */
#pragma once

#include "expected/manifest.h"
#include "framework/framework.h"
#include "fuzz.h"
#include "verify/recorded.h"

static inline enum framework fuzz_framework_of(const char *name)
{
    return framework_by_name(name) != NULL ? framework_by_name(name)->id : FRAMEWORK_AUTO;
}

static inline const char *fuzz_framework_name(enum framework framework)
{
    return framework_row(framework)->name;
}

static inline bool fuzz_all_utf8(const struct expected *expected)
{
    for (size_t i = 0; i < expected->count; i++) {
        const struct migration *migration = &expected->items[i];
        const struct strv *lists[] = {&migration->parents, &migration->depends, &migration->replaces, &migration->checksums};
        if (!text_is_utf8(migration->id, strlen(migration->id)) ||
            (migration->label != NULL && !text_is_utf8(migration->label, strlen(migration->label))))
            return false;
        for (size_t l = 0; l < 4; l++)
            for (size_t n = 0; n < lists[l]->count; n++)
                if (!text_is_utf8(lists[l]->items[n], strlen(lists[l]->items[n])))
                    return false;
    }
    return expected->project == NULL || text_is_utf8(expected->project, strlen(expected->project));
}

/* Written as a manifest and read again it is the same. */
static inline void fuzz_check_manifest(const struct expected *expected)
{
    struct expected _cleanup_expected_ back = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    if (!fuzz_all_utf8(expected))
        return;
    char _cleanup_free_ *text = manifest_write(expected, fuzz_framework_name(expected->framework));
    MUST(manifest_read("m", text, strlen(text), fuzz_framework_of, &back, &err) == 0);
    char _cleanup_free_ *one = expected_digest(expected), *two = expected_digest(&back);
    MUST(strcmp(one, two) == 0);
}

/* With no row something is pending; with every row nothing is, unless the framework itself would stop. `bits` choose the
 * rows of a third history. */
static inline void fuzz_check_judge(const struct expected *expected, const uint8_t *bits, size_t size)
{
    struct judge _cleanup_judge_ judge = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    int code = judge_make(expected, &judge, &err);
    fuzz_check_err(code, &err);
    if (code != 0) {
        MUST(err.kind == ERR_NO_EXPECTED && fuzz_is_safe(err.msg));
        return;
    }
    size_t keys = judge_key_count(&judge);
    struct recorded _cleanup_recorded_ recorded = {0};
    recorded_init(&judge, &recorded);
    struct verdict none = {0}, all = {0}, some = {0};
    judge_tenant(&judge, &recorded, &none);
    MUST(none.pending.count > 0 && none.conflicts.count == 0 && none.inconsistent.count == 0 && none.applied == 0);
    if (expected->framework == FRAMEWORK_DJANGO) {
        memset(recorded.applied, 1, keys);
        judge_tenant(&judge, &recorded, &all);
        MUST(all.pending.count == 0 && all.inconsistent.count == 0 && all.conflicts.count == 0);
    }
    for (size_t i = 0; i < keys; i++)
        recorded.applied[i] = i < size ? bits[i] & 1 : 0;
    strv_add(&recorded.unknown, "unknown");
    judge_tenant(&judge, &recorded, &some);
    verdict_done(&none);
    verdict_done(&all);
    verdict_done(&some);
}

/* What a reader has filled in is well formed. */
static inline void fuzz_check_expected(const struct expected *expected, const uint8_t *bits, size_t size)
{
    MUST(expected->count > 0);
    for (size_t i = 0; i < expected->count; i++) {
        MUST(expected->items[i].id != NULL && expected->items[i].id[0] != '\0');
        MUST(i == 0 || strcmp(expected->items[i - 1].id, expected->items[i].id) < 0);
    }
    fuzz_check_manifest(expected);
    fuzz_check_judge(expected, bits, size);
}
