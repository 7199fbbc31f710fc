/* The migrations that an image expects: the model. */
#include "expected/expected.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "base/text.h"

static void migration_done(struct migration *migration)
{
    free(migration->id);
    free(migration->label);
    free(migration->file);
    strv_done(&migration->checksums);
    strv_done(&migration->parents);
    strv_done(&migration->depends);
    strv_done(&migration->replaces);
}

void expected_done(struct expected *expected)
{
    for (size_t i = 0; i < expected->count; i++)
        migration_done(&expected->items[i]);
    free(expected->items);
    free(expected->table);
    free(expected->schema);
    free(expected->project);
    free(expected->tenant_table);
    free(expected->public_schema);
    strv_done(&expected->notices);
    free(expected->tenant_folder);
    *expected = EXPECTED_INIT;
}

struct migration *expected_add(struct expected *expected, const char *id)
{
    MEM_GROW(expected->items, expected->count, expected->cap);
    struct migration *added = &expected->items[expected->count++];
    *added = (struct migration){.id = mem_strdup(id)};
    return added;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct migration *)a)->id, ((const struct migration *)b)->id);
}

int expected_finish(struct expected *expected, struct err *reterr)
{
    if (expected->count > 1)
        qsort(expected->items, expected->count, sizeof *expected->items, by_id);
    for (size_t i = 0; i < expected->count; i++) {
        struct migration *migration = &expected->items[i];
        strv_sort(&migration->parents);
        strv_sort(&migration->depends);
        strv_sort(&migration->replaces);
        strv_unique(&migration->parents);
        strv_unique(&migration->depends);
        strv_unique(&migration->replaces);
        strv_sort(&migration->checksums);
        strv_unique(&migration->checksums);
        if (i > 0 && strcmp(migration->id, migration[-1].id) == 0) {
            char _cleanup_free_ *id = text_escaped(migration->id);
            char _cleanup_free_ *one = migration[-1].file ? text_escaped(migration[-1].file) : NULL;
            char _cleanup_free_ *two = migration->file ? text_escaped(migration->file) : NULL;
            if (one == NULL || two == NULL)
                err_set(reterr, ERR_NO_EXPECTED, "migration %s is there twice", id);
            else if (strcmp(one, two) == 0)
                err_set(reterr, ERR_NO_EXPECTED, "migration %s is there twice: both are %s", id, one);
            else
                err_set(reterr, ERR_NO_EXPECTED, "migration %s is there twice: in %s and in %s", id, one, two);
            return err_hint(reterr, "A row of the history would stand for both: give one of them another name, or take it out.");
        }
    }
    return 0;
}

void expected_place(struct expected *expected, int (*compare)(const void *a, const void *b))
{
    if (expected->count > 1)
        qsort(expected->items, expected->count, sizeof *expected->items, compare);
    for (size_t i = 0; i < expected->count; i++)
        expected->items[i].place = i + 1;
}

static void digest_list(struct sha256 *sum, char tag, const struct strv *list)
{
    for (size_t i = 0; i < list->count; i++) {
        sha256_add(sum, &tag, 1);
        sha256_add(sum, list->items[i], strlen(list->items[i]) + 1);
    }
}

/* What most migrations do not have adds nothing, so that the digests of older manifests stay as they are. */
static void digest_rest(struct sha256 *sum, const struct migration *migration)
{
    char _cleanup_free_ *label = migration->label ? mem_printf("L%s", migration->label) : NULL;
    char _cleanup_free_ *kind = migration->kind != MIGRATION_PLAIN ? mem_printf("K%d", (int)migration->kind) : NULL;
    char _cleanup_free_ *place = migration->place > 0 ? mem_printf("O%zu", migration->place) : NULL;
    const char *const parts[] = {label, kind, place};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i] != NULL)
            sha256_add(sum, parts[i], strlen(parts[i]) + 1);
}

char *expected_digest(const struct expected *expected)
{
    struct sha256 sum;
    sha256_start(&sum);
    const char framework = (char)('0' + expected->framework);
    sha256_add(&sum, &framework, 1);
    if (expected->project != NULL)
        sha256_add(&sum, expected->project, strlen(expected->project) + 1);
    for (size_t i = 0; i < expected->count; i++) {
        const struct migration *migration = &expected->items[i];
        const char tag = migration->parents_unknown ? 'm' : 'M';
        sha256_add(&sum, &tag, 1);
        sha256_add(&sum, migration->id, strlen(migration->id) + 1);
        digest_list(&sum, 'P', &migration->parents);
        digest_list(&sum, 'D', &migration->depends);
        digest_list(&sum, 'R', &migration->replaces);
        digest_list(&sum, 'C', &migration->checksums);
        digest_rest(&sum, migration);
    }
    return sha256_end(&sum);
}
