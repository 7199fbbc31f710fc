/* expected/manifest: damaged files are refused; a digest that fits is made here, so that fuzzing gets past it. */
#include <jansson.h>

#include "fuzz_expected.h"

/* The same document with the digest that fits it, or NULL. */
static char *mended(const char *text, size_t len)
{
    json_t *document = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *migrations = json_object_get(document, "migrations");
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    const char *framework = json_string_value(json_object_get(document, "framework"));
    expected.framework = framework ? fuzz_framework_of(framework) : FRAMEWORK_AUTO;
    for (size_t i = 0; i < json_array_size(migrations); i++) {
        const json_t *object = json_array_get(migrations, i);
        const char *id = json_string_value(json_object_get(object, "id"));
        struct migration *migration = expected_add(&expected, id ? id : "");
        migration->parents_unknown = json_is_true(json_object_get(object, "parents_unknown"));
        const struct {
            const char *key;
            struct strv *list;
        } lists[] = {{"parents", &migration->parents}, {"depends", &migration->depends}, {"replaces", &migration->replaces}};
        for (size_t l = 0; l < 3; l++) {
            const json_t *list = json_object_get(object, lists[l].key);
            for (size_t n = 0; n < json_array_size(list); n++) {
                const char *name = json_string_value(json_array_get(list, n));
                strv_add(lists[l].list, name ? name : "");
            }
        }
    }
    char *out = NULL;
    if (document != NULL && json_is_object(document) && expected_finish(&expected, &err) == 0) {
        char _cleanup_free_ *digest = expected_digest(&expected);
        json_object_set_new(document, "digest", json_string(digest));
        out = json_dumps(document, 0);
    }
    json_decref(document);
    return out;
}

static void check(const char *text, size_t len, const uint8_t *bits, size_t size)
{
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    int code = manifest_read("m", text, len, fuzz_framework_of, &expected, &err);
    fuzz_check_err(code, &err);
    if (code == 0)
        fuzz_check_expected(&expected, bits, size);
    else
        MUST(err.kind == ERR_NO_EXPECTED && expected.count == 0 && fuzz_is_safe(err.msg));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check((const char *)data, size, data, size);
    char *text = mended((const char *)data, size);
    if (text != NULL)
        check(text, strlen(text), data, size);
    free(text);
    return 0;
}
