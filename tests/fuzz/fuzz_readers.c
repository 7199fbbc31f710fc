/* Readers of projects' texts: plans, changelogs, journals, code, and what tools print. The first byte chooses which. */
#include "files/drizzle.h"
#include "files/flyway.h"
#include "files/sqlx.h"
#include "formats/csv.h"
#include "formats/lines.h"
#include "formats/php.h"
#include "formats/properties.h"
#include "formats/settings.h"
#include "formats/table_name.h"
#include "framework/framework.h"
#include "liquibase/liquibase.h"
#include "readers/efcore.h"
#include "readers/sqitch.h"
#include "readers/typeorm.h"
#include "fuzz_expected.h"

static int read_it(unsigned which, const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    switch (which % 8) {
    case 0:
        return sqitch_plan("p", text, len, ret, reterr);
    case 1:
        return listing_read_sqitch(text, len, ret, reterr);
    case 2:
        return liquibase_sql("c.sql", text, len, ret, reterr);
    case 3:
        return listing_read_liquibase(text, len, ret, reterr);
    case 4:
        return typeorm_file("f.js", text, len, ret, reterr);
    case 5:
        return listing_read_typeorm(text, len, ret, reterr);
    case 6:
        return drizzle_journal("j", text, len, ret, reterr);
    default:
        return listing_read_ef_core(text, len, ret, reterr);
    }
}

static void read_properties(const char *text)
{
    struct properties _cleanup_properties_ list = {0};
    properties_read_java("f", text, &list);
    properties_read_toml("f", text, &list);
    properties_read_yaml("f", text, "a, b", &list);
    for (size_t i = 0; i < list.count; i++) {
        MUST(list.items[i].key != NULL && list.items[i].line > 0);
        MUST(list.items[i].value == NULL || strstr(list.items[i].value, "${") == NULL);
    }
}

static void read_flyway(const char *text, size_t len)
{
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    int code = listing_read_flyway(text, len, &expected, &err);
    fuzz_check_err(code, &err);
    MUST(code != 0 || expected.count > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    struct err _cleanup_err_ err = ERR_INIT;
    if (size < 1)
        return 0;
    char _cleanup_free_ *text = fuzz_text(data + 1, size - 1);
    size_t len = strlen(text);
    int code = read_it(data[0], text, len, &expected, &err);
    fuzz_check_err(code, &err);
    MUST(code == 0 || (err.kind == ERR_NO_EXPECTED && fuzz_is_safe(err.msg)));
    MUST(code != 0 || expected.count > 0);
    if (code == 0 && expected_finish(&expected, &err) == 0)
        fuzz_check_expected(&expected, data, size);
    for (int i = 0; i < 4; i++) {
        struct strv _cleanup_strv_ values = STRV_INIT;
        int line = 0;
        setting_find(text, len, i & 1 ? "migrations" : NULL, "path", i & 2, &values, &line);
    }
    struct strv _cleanup_strv_ classes = STRV_INIT, abstract = STRV_INIT, values = STRV_INIT, names = STRV_INIT;
    int at_line = 0;
    php_classes(text, len, &classes, &abstract);
    struct buf _cleanup_buf_ chars = BUF_INIT;
    sqlx_ignored(text, len, &chars);
    if (setting_find_map(text, len, "migrations", data[0] & 1, &values, &names, &at_line) == SETTING_GIVEN)
        MUST(values.count == names.count);
    for (int i = 0; i < 2; i++) {
        struct strv _cleanup_strv_ found = STRV_INIT;
        char _cleanup_free_ *schema = NULL, *table = NULL;
        int line = 0;
        enum setting_is is = lines_find(text, len, i ? "migrations" : NULL, "path", &found, &line);
        MUST((is == SETTING_GIVEN) == (found.count == 1) && (is == SETTING_NONE || line > 0));
        bool told = (i ? table_name_sql : table_name_golang_migrate)(text, &schema, &table);
        MUST(told || (schema == NULL && table == NULL));
    }
    read_properties(text);
    read_flyway(text, len);
    for (const char *at = text, *end = text + len; at != NULL && at < end;) {
        struct strv _cleanup_strv_ row = STRV_INIT;
        const char *next = csv_record(at, end, &row);
        MUST(next == NULL || next > at);
        at = next;
    }
    return 0;
}
