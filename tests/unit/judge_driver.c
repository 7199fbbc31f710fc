/* The judge as a filter, for tests that compare it with the frameworks themselves: JSON lines in, JSON lines out.
 *
 *   {"framework": "django", "migrations": [{"id": "a.0001", "parents": [], "depends": [], "replaces": []}, ...],
 *    "histories": [["a.0001", ...], ...]}
 * becomes {"error": null, "verdicts": [{"open": true, "pending": [...], "inconsistent": [...], "conflicts": [...],
 * "applied": 1}, ...]}, or {"error": "...", "verdicts": []} where the expectation is refused by itself. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/jsontext.h"
#include "base/mem.h"
#include "verify/recorded.h"

static void read_list(const json_t *object, const char *key, struct strv *ret)
{
    const json_t *list = json_object_get(object, key);
    for (size_t i = 0; i < json_array_size(list); i++)
        strv_add(ret, json_string_value(json_array_get(list, i)));
}

static int read_expected(const json_t *task, struct expected *ret, struct err *reterr)
{
    const json_t *migrations = json_object_get(task, "migrations");
    const char *framework = json_string_value(json_object_get(task, "framework"));
    ret->framework = strcmp(framework, "alembic") == 0 ? FRAMEWORK_ALEMBIC : FRAMEWORK_DJANGO;
    for (size_t i = 0; i < json_array_size(migrations); i++) {
        const json_t *object = json_array_get(migrations, i);
        struct migration *migration = expected_add(ret, json_string_value(json_object_get(object, "id")));
        read_list(object, "parents", &migration->parents);
        read_list(object, "depends", &migration->depends);
        read_list(object, "replaces", &migration->replaces);
    }
    return expected_finish(ret, reterr);
}

/* The same rule as with the configuration's defaults: any of these findings fails; rows that no file stands for are a
 * warning, unless they leave open what else is applied. */
static bool is_open(const struct verdict *verdict, size_t unknown)
{
    return verdict->pending.count == 0 && verdict->inconsistent.count == 0 && verdict->conflicts.count == 0 &&
           !(unknown > 0 && verdict->unknown_undecides);
}

static json_t *judge_history(const struct judge *judge, const json_t *rows)
{
    struct recorded _cleanup_recorded_ recorded = {0};
    struct verdict _cleanup_verdict_ verdict = {0};
    recorded_init(judge, &recorded);
    for (size_t i = 0; i < json_array_size(rows); i++)
        recorded_add(judge, json_string_value(json_array_get(rows, i)), &recorded);
    judge_tenant(judge, &recorded, &verdict);
    json_t *object = json_object();
    json_object_set_new(object, "open", json_boolean(is_open(&verdict, recorded.unknown.count)));
    json_object_set_new(object, "pending", json_text_array(&verdict.pending));
    json_object_set_new(object, "inconsistent", json_text_array(&verdict.inconsistent));
    json_object_set_new(object, "conflicts", json_text_array(&verdict.conflicts));
    json_object_set_new(object, "applied", json_integer((json_int_t)verdict.applied));
    return object;
}

static json_t *run_task(const json_t *task)
{
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct judge _cleanup_judge_ judge = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    json_t *answer = json_object(), *verdicts = json_array();
    if (read_expected(task, &expected, &err) == 0 && judge_make(&expected, &judge, &err) == 0) {
        const json_t *histories = json_object_get(task, "histories");
        for (size_t i = 0; i < json_array_size(histories); i++)
            json_array_append_new(verdicts, judge_history(&judge, json_array_get(histories, i)));
    }
    json_object_set_new(answer, "error", json_text(err.msg));
    json_object_set_new(answer, "verdicts", verdicts);
    return answer;
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    while ((len = getline(&line, &cap, stdin)) > 0) {
        json_error_t why;
        json_t *task = json_loadb(line, (size_t)len, 0, &why);
        if (task == NULL) {
            fprintf(stderr, "judge_driver: %s\n", why.text);
            return 2;
        }
        json_t *answer = run_task(task);
        char *text = json_dumps(answer, JSON_COMPACT);
        puts(text);
        free(text);
        json_decref(answer);
        json_decref(task);
    }
    free(line);
    return 0;
}
