/* verify/fold*: any rows in any framework's history table. Each byte of the input chooses a cell. */
#include "framework/framework.h"
#include "fuzz_expected.h"

static const char *const ids[] = {"1", "2", "10", "R__a", "a::b::c", "20260101000000_x.js"};
static const char *const cells[] = {NULL, "1", "2", "10", "3", "0", "-1", "true", "false", "t", "f", "", "a", "b", "c", "x",
                                    "R__a", "20260101000000_x.js", "99999999999999999999", "SQL", "BASELINE", "DELETE", "UNDO_SQL",
                                    "EXECUTED", "FAILED", "9:00", "8:00", "7:00", "ab", "007", " 1_0x", "1.0", "1..0", "\xff\n",
                                    ".atlas_cloud_identifier", "1767225600000"};

static void expect(const struct framework_row *row, struct expected *ret)
{
    static const enum migration_kind kinds[] = {MIGRATION_PLAIN, MIGRATION_PLAIN, MIGRATION_CHECKPOINT, MIGRATION_REPEATABLE,
                                                MIGRATION_REPEATABLE, MIGRATION_TEMPLATE};
    struct err _cleanup_err_ err = ERR_INIT;
    ret->framework = row->id;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct migration *migration = expected_add(ret, ids[i]);
        migration->kind = kinds[i];
        migration->place = row->order == ORDER_PLACE ? i + 1 : 0;
        migration->label = mem_strdup(i % 2 ? "a" : ids[i]);
        strv_add(&migration->checksums, i % 2 ? "ab" : "9:00");
    }
    MUST(expected_finish(ret, &err) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t count = 0, width;
    const struct framework_row *rows = framework_rows(&count);
    if (size < 1)
        return 0;
    const struct framework_row *row = &rows[data[0] % count];
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct judge _cleanup_judge_ judge = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    expect(row, &expected);
    if (judge_make(&expected, &judge, &err) != 0)
        return 0;
    width = framework_column_count(row);
    const char **table = mem_alloc(size * sizeof *table);
    for (size_t i = 1; i < size; i++)
        table[i - 1] = cells[data[i] % (sizeof cells / sizeof *cells)];
    const struct table_rows given = {.cells = table, .count = (size - 1) / width, .columns = width};
    struct recorded _cleanup_recorded_ one = {0}, two = {0};
    struct verdict _cleanup_verdict_ verdict = {0};
    recorded_from_rows(&judge, &given, &one);
    recorded_from_rows(&judge, &given, &two);
    MUST(one.odd != NULL || recorded_equal(&judge, &one, &two));
    MUST(one.odd == NULL || fuzz_is_safe(one.odd));
    judge_tenant(&judge, &one, &verdict);
    MUST(verdict.applied + verdict.pending.count <= expected.count);
    MUST(given.count > 0 || verdict.pending.count > 0);
    free(table);
    return 0;
}
