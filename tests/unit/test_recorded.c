/* What rows mean to each family (verify/fold*.c), without a database. tests/frameworks has real histories. */
#include "check.h"

#include "framework/framework.h"
#include "verify/recorded.h"

struct expects {
    const char *id, *label, *sum; /* NULL id: the end */
    enum migration_kind kind;
};

static void add_list(struct buf *out, const char *title, const struct strv *list)
{
    for (size_t i = 0; i < list->count; i++)
        buf_printf(out, "%s%s%s", i ? "," : out->len ? " " : "", i ? "" : title, list->items[i]);
}

/* Rows are separated by blanks, cells by '|'; "-" is a null. */
static char *verdict_on(const struct judge *judge, const char *text)
{
    struct strv _cleanup_strv_ owned = STRV_INIT;
    struct recorded _cleanup_recorded_ recorded = {0};
    struct verdict _cleanup_verdict_ verdict = {0};
    const struct framework_row *row = framework_row(judge->expected->framework);
    size_t width = framework_column_count(row), count = 0;
    const char **cells = mem_alloc((strlen(text) + 1) * 2 * sizeof *cells);
    for (const char *p = text; *p != '\0'; p += strcspn(p, "| ") + (p[strcspn(p, "| ")] != '\0')) {
        strv_take(&owned, mem_strndup(p, strcspn(p, "| ")));
        char *cell = owned.items[owned.count - 1];
        cells[count++] = strcmp(cell, "-") == 0 ? NULL : cell;
    }
    /* Cells of columns that are another framework's are not spelled out: they are never there. */
    size_t foreign = 0;
    for (size_t i = 0; i < width; i++)
        foreign += row->columns[i].foreign;
    assert_true(foreign == 0 || (foreign == 1 && width == 2));
    for (size_t i = count; foreign > 0 && i-- > 0;) {
        cells[i * 2] = cells[i];
        cells[i * 2 + 1] = NULL;
    }
    count *= 1 + foreign;
    assert_int_equal(count % width, 0);
    const struct table_rows rows = {.cells = cells, .count = count / width, .columns = width};
    recorded_from_rows(judge, &rows, &recorded);
    judge_tenant(judge, &recorded, &verdict);
    free(cells);
    struct buf out = BUF_INIT;
    if (recorded.null || recorded.odd != NULL) {
        buf_puts(&out, recorded.null ? "null" : "odd");
        return buf_steal(&out);
    }
    add_list(&out, "pending:", &verdict.pending);
    add_list(&out, "failed:", &verdict.failed);
    add_list(&out, "changed:", &verdict.changed);
    add_list(&out, verdict.unknown_stops ? "stops:" : "unknown:", &recorded.unknown);
    return out.len > 0 ? buf_steal(&out) : mem_strdup("open");
}

static void check(enum framework framework, const struct expects *lines, const char *const *rows_and_verdicts)
{
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct judge _cleanup_judge_ judge = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    expected.framework = framework;
    for (size_t i = 0; lines[i].id != NULL; i++) {
        struct migration *migration = expected_add(&expected, lines[i].id);
        migration->label = mem_strdup(lines[i].label);
        migration->kind = lines[i].kind;
        bool folder = framework == FRAMEWORK_DRIZZLE && lines[i].label == NULL; /* of 1.0: no journal tells its place */
        migration->place = framework_row(framework)->order == ORDER_PLACE && !folder ? i + 1 : 0;
        if (lines[i].sum != NULL)
            strv_add(&migration->checksums, lines[i].sum);
    }
    assert_int_equal(expected_finish(&expected, &err), 0);
    assert_int_equal(judge_make(&expected, &judge, &err), 0);
    for (; rows_and_verdicts[0] != NULL; rows_and_verdicts += 2) {
        char _cleanup_free_ *got = verdict_on(&judge, rows_and_verdicts[0]);
        if (strcmp(got, rows_and_verdicts[1]) != 0)
            print_error("rows: %s\n", rows_and_verdicts[0]);
        assert_string_equal(got, rows_and_verdicts[1]);
    }
}
#define ROWS(framework, lines, ...) check(framework, lines, (const char *const[]){__VA_ARGS__, NULL})

static const struct expects numbers[] = {{"1"}, {"2"}, {"10"}, {.id = NULL}};

static void sets(void **state)
{
    (void)state;
    ROWS(FRAMEWORK_RAILS, numbers, "", "pending:1,2,10", "1 2 10", "open", "001 +2 10.5", "open", "1 2 10 x", "unknown:0", "-", "null",
         "1_0 1 2", "open", "-1 1 2 10", "unknown:-1");
    ROWS(FRAMEWORK_PHINX, numbers, "1 2", "pending:10", "01 2 10", "open", "1x", "odd", "", "pending:1,2,10", "-", "null");
    ROWS(FRAMEWORK_DBMATE, numbers, "1 10 2", "open", "01 10 2", "pending:1 unknown:01");
    static const struct expects classes[] = {{"2_B", "2_b"}, {.id = NULL}};
    ROWS(FRAMEWORK_EF_CORE, classes, "2_b|-|-|-|-", "open", "-|-|2_B|-|-", "open", "-|-|-|-|-", "null", "3_c|-|-|-|-", "pending:2_B unknown:3_c");
}

static void levels_and_newest_rows(void **state)
{
    (void)state;
    ROWS(FRAMEWORK_GOLANG_MIGRATE, numbers, "", "pending:1,2,10", "2|false", "pending:10", "10|false", "open", "10|true", "failed:10",
         "11|false", "stops:11", "5|false", "pending:10 stops:5", "0|false", "pending:1,2,10 stops:0", "-1|true", "pending:1,2,10 failed:-1",
         "1|false 2|false", "odd", "1|1", "odd", "1|-", "null", "-|false", "null");
    ROWS(FRAMEWORK_TERN, numbers, "0", "pending:1,2,10", "10", "open", "11", "stops:11");
    ROWS(FRAMEWORK_GOOSE, numbers, "0|true|1", "pending:1,2,10", "1|true|2 2|true|3 10|true|4", "open",
         "1|true|2 2|true|3 10|true|4 2|false|9", "pending:2", "2|false|9 1|true|2 2|true|10 10|true|4", "open", "1|-|1", "null", "1|2|1", "odd");
}

static void checksums(void **state)
{
    (void)state;
    static const struct expects summed[] = {{"1", "a", "aa"}, {"2", "b", NULL}, {.id = NULL}};
    ROWS(FRAMEWORK_SQLX, summed, "1|true|aa 2|true|ff", "open", "1|true|ab 2|true|ff", "changed:1", "1|false|aa 2|true|ff", "failed:1",
         "1|true|aa 2|true|ff 3|true|x", "stops:3", "1|true|-", "null");
    ROWS(FRAMEWORK_REFINERY, summed, "1|a|aa 2|b|1", "open", "1|x|aa 2|b|1", "changed:1", "1|a|1 2|b|1", "changed:1");
    ROWS(FRAMEWORK_PRISMA, summed, "1|aa|true|false 2|x|true|false", "open", "1|bb|true|false 2|x|true|false", "changed:1",
         "1|aa|false|false 2|x|true|false", "failed:1", "1|aa|false|true 2|x|true|false", "pending:1",
         "1|aa|false|true 1|aa|true|false 2|x|true|false", "open", "1|aa|true|false 1|aa|false|false 2|x|true|false", "failed:1",
         "9|aa|false|false 1|aa|true|false 2|x|true|false", "failed:9", "9|aa|true|true", "pending:1,2");
}

static void drizzle(void **state)
{
    (void)state;
    static const struct expects journal[] = {{"a", "100", "h1"}, {"b", "200", "h2"}, {.id = NULL}};
    ROWS(FRAMEWORK_DRIZZLE, journal, "h1|100|-|- h2|200|-|-", "open", "h1|100|-|-", "pending:b", "h2|200|-|-", "pending:a",
         "h1|999|-|- h2|200|-|-", "open", "xx|100|-|- h2|200|-|-", "changed:a", "h1|100|-|- h2|200|-|- h3|300|-|-", "unknown:300",
         "h1|100|a|true h2|200|b|true", "open", "h1|100|-|- h1|100|-|- h2|200|-|-", "open", "h1|-|-|- h2|200|-|-", "null");
}

/* 1767225600 is the time of the first two. */
static void drizzle_1(void **state)
{
    (void)state;
    static const struct expects folders[] = {
        {"20260101000000_a", NULL, "h1"}, {"20260101000000_b", NULL, "h2"}, {"20260102000000_c", NULL, "h3"}, {.id = NULL}};
#define A "20260101000000_a"
#define B "20260101000000_b"
#define C "20260102000000_c"
    ROWS(FRAMEWORK_DRIZZLE, folders, "", "pending:" A "," B "," C, "h1|1|" A "|true h2|1|" B "|true h3|1|" C "|true", "open",
         "h1|1767225600000|" A "|true", "pending:" B "," C, "xx|1|" A "|true h2|1|" B "|true h3|1|" C "|true", "changed:" A,
         "h1|1|" A "|true h2|1|" B "|true h3|1767312000000|-|false", "pending:" C " unknown:1767312000000",
         /* the table of an older version */
         "h1|1767225600001|-|- h2|1767225600002|-|- h3|1767312000003|-|-", "open", "h1|1767225600001|-|-", "pending:" B "," C,
         "h9|1767225600001|-|-", "pending:" A "," B "," C " stops:1767225600001", "h1|1767225600001|-|- h2|1767225600001|-|- h9|1767312000003|-|-",
         "changed:" C, "h1|5|-|- h2|-|-|- h3|-1|-|-", "open", "h9|5|-|-", "pending:" A "," B "," C " stops:5", "-|-|-|-", "null");
#undef A
#undef B
#undef C
}

static void atlas(void **state)
{
    (void)state;
    static const struct expects files[] = {{"1"}, {"2"}, {.id = "3", .kind = MIGRATION_CHECKPOINT}, {"4"}, {.id = NULL}};
    ROWS(FRAMEWORK_ATLAS, files, "", "pending:3,4", "1|1|1|2|-", "pending:2,4", "1|1|1|2|- 2|1|1|2|- 4|1|1|2|-", "open",
         "3|1|1|2|-", "pending:4", "2|0|0|1|-", "pending:4", "2|0|0|1|- 4|1|2|2|why", "failed:4 (1 of 2 statements, with an error)",
         "4|x|1|2|-", "failed:4 (x of 1 statements)", ".atlas_cloud_identifier|0|0|2|-", "pending:3,4", "-|1|1|2|-", "null");
    /* An empty text is no error, an error that was got over is none, and more than all is not all. */
    ROWS(FRAMEWORK_ATLAS, files, "1|1|1|2| 2|1|1|2| 4|1|2|2| ", "failed:4 (1 of 2 statements)", "1|1|1|2|x 2|1|1|2| 4|1|1|2|x", "open",
         "1|0|1|2|x 2|1|1|2| 4|1|1|2| ", "open", "1|1|1|2| 2|1|1|2| 4|2|1|2| ", "failed:4 (2 of 1 statements)");
    /* 10_b.sql comes before 1_a.sql, though version 1 is before version 10. */
    static const struct expects named[] = {{"10"}, {"1"}, {"2"}, {.id = NULL}};
    ROWS(FRAMEWORK_ATLAS, named, "", "pending:10,1,2", "10|1|1|2| ", "pending:1,2", "10|1|1|2| 1|1|1|2| ", "pending:2",
         "10|1|1|2| 1|1|1|2| 2|1|1|2| ", "open", "1|0|0|1| ", "pending:10,2", "10|0|0|1| ", "pending:1,2", "2|1|1|2| ", "open");
}

static void flyway(void **state)
{
    (void)state;
    static const struct expects files[] = {{"1", "a", "11"}, {"1.1", "b", "22"}, {"2", "c", NULL},
                                           {"R__v", "v", "33", MIGRATION_REPEATABLE}, {"R__w", "w", "44", MIGRATION_TEMPLATE}, {.id = NULL}};
#define TAIL " 8|-|v|SQL|33|true 9|-|w|SQL|44|true"
    ROWS(FRAMEWORK_FLYWAY, files, "", "pending:1,1.1,2,R__v,R__w", "1|1.0|a|SQL|11|true 2|1_1|b|SQL|22|true 3|2|c|JDBC|-|true" TAIL, "open",
         "3|2|c|SQL|5|true 1|1|a|SQL|12|true 2|1.1|x|SQL|22|true" TAIL, "changed:1,1.1", "1|1.1|-|BASELINE|-|true 2|2|c|SQL|5|true" TAIL,
         "open", "1|1|a|SQL|11|true 2|1.1|b|SQL|22|false 3|2|c|SQL|1|true" TAIL, "failed:1.1",
         "2|1|a|DELETE|-|true 1|1|a|SQL|11|true 3|1.1|b|SQL|22|true 4|2|c|SQL|1|true" TAIL, "pending:1",
         "1|1|a|SQL|11|true 3|1.1|b|SQL|22|true 4|2|c|SQL|1|true 5|2|c|UNDO_SQL|1|true" TAIL, "pending:2",
         "1|1.1|-|BASELINE|-|true 2|2|c|SQL|5|true 3|3|d|SQL|1|true" TAIL, "unknown:3",
         "1|1.1|-|BASELINE|-|true 2|2|c|SQL|5|true 3|1.5|d|SQL|1|true" TAIL, "stops:1.5",
         "1|1.1|-|BASELINE|-|true 2|2|c|SQL|5|true 8|-|v|SQL|33|true 9|-|v|SQL|34|true 10|-|w|SQL|44|true", "pending:R__v",
         "1|1.1|-|BASELINE|-|true 2|2|c|SQL|5|true 8|-|v|SQL|33|true 10|-|w|SQL|45|true", "odd", "1|x|a|SQL|1|true", "odd", "1|1|a|SQL|1|yes",
         "odd", "-|1|a|SQL|1|true", "null");
}

/* What the real tool did of each is in tests/frameworks/test_recorded_flyway.py. */
static void flyway_baseline_files_failures_and_types(void **state)
{
    (void)state;
    static const struct expects files[] = {{"1", "a", "11"}, {"2", "b", "22"}, {"3", "c", "33"}, {"B1", "z", "77", MIGRATION_CHECKPOINT},
                                           {"B2", "z", "88", MIGRATION_CHECKPOINT}, {.id = NULL}};
    ROWS(FRAMEWORK_FLYWAY, files, "", "pending:3,B2", "1|2|z|SQL_BASELINE|88|true 2|3|c|SQL|33|true", "open",
         "1|1|z|SQL_BASELINE|9|true 2|2|b|SQL|22|true 3|3|c|SQL|33|true", "open", "1|1|z|SQL_BASELINE|9|false 3|3|c|SQL|33|true",
         "pending:2 failed:1", "1|1|a|SQL|11|true 2|2|b|SQL|22|true 3|3|c|SQL|33|true", "open", "1|1|a|SQL|11|true", "pending:2,3",
         "0|-|s|SCHEMA|-|true", "pending:3,B2", "0|0|s|SCHEMA|-|true", "pending:1,2,3", "1|2|-|BASELINE|-|false 2|3|c|SQL|33|true", "open",
         "1|1|a|SQL|11|true 2|2|b|SQL|22|true 3|3|c|JDBC|-|true", "pending:3",
         "1|1|a|SQL|11|true 2|2|b|SQL|22|true 3|3|c|SQL|33|true 4|4|d|SQL|1|false", "unknown:4",
         "1|1|a|SQL|11|true 2|2|b|SQL|22|true 3|3|c|SQL|33|true 4|1.5|d|SQL|1|false", "failed:1.5",
         "1|1|a|SQL|11|true 2|2|b|SQL|22|true 3|3|c|SQL|33|false 4|3|c|SQL|33|true", "failed:3",
         "1|1|a|SQL|11|true 2|2|b|SQL|22|true 3|3|c|SQL|33|true 4|-|old|SQL|1|true", "stops:R__old",
         "1|1|a|SQL|11|true 2|2|b|SQL|22|true 3|3|c|SQL|33|true 4|-|old|SQL|1|true 5|-|old|DELETE|1|true", "open",
         "1|1|a|SQL|11|true 2|2|b|SQL|22|true 3|3|c|SQL|33|true 4|4|d|SQL|1|true 5|4|d|DELETE|1|true 6|4|d|DELETE|1|true", "odd",
         "1|1|a|SQL|11|true 2|2|b|SQL|22|true 3|3|c|SQL|33|true 4|3|c|UNDO_SQL|1|false", "failed:3",
         "1|1|a|SQL|11|true 2|2|b|SQL|22|true 3|3|c|SQL|34|true 4|3|c|DELETE|1|true 5|3|c|SQL|33|true", "open");
}

static void liquibase_and_sqitch(void **state)
{
    (void)state;
    static const struct expects log[] = {{"c::1::a", NULL, "9:1"}, {"c::2::a", NULL, "9:2", MIGRATION_REPEATABLE}, {.id = NULL}};
    ROWS(FRAMEWORK_LIQUIBASE, log, "1|a|c|EXECUTED|9:1 2|a|/c|RERAN|9:2", "open", "1|a|c|MARK_RAN|- 2|a|classpath:c|EXECUTED|9:3",
         "pending:c::2::a", "1|a|c|EXECUTED|9:9 2|a|c|EXECUTED|9:2", "changed:c::1::a", "1|a|c|EXECUTED|8:9 2|a|c|EXECUTED|9:2", "open",
         "1|a|c|EXECUTED|7:9 2|a|c|EXECUTED|9:2", "odd", "1|a|c|FAILED|- 2|a|c|EXECUTED|-", "pending:c::1::a failed:c::1::a",
         "1|-|c|EXECUTED|-", "null");
    static const struct expects plan[] = {{"x", "id1", "h1"}, {"y", "id2", NULL}, {.id = NULL}};
    ROWS(FRAMEWORK_SQITCH, plan, "id1|h1|x|p id2|-|y|p", "open", "id1|h9|x|p id2|z|y|p", "changed:x", "id1|h1|x|p id9|-|y|p",
         "pending:y stops:y (id9)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets),
        cmocka_unit_test(levels_and_newest_rows),
        cmocka_unit_test(checksums),
        cmocka_unit_test(drizzle), cmocka_unit_test(drizzle_1),
        cmocka_unit_test(atlas),
        cmocka_unit_test(flyway),
        cmocka_unit_test(flyway_baseline_files_failures_and_types),
        cmocka_unit_test(liquibase_and_sqitch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
