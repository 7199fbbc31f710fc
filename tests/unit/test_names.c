/* What each framework makes of a name: expected/names, expected/order. */
#include "check.h"

#include "expected/order.h"
#include "files/names.h"

/* "id", "id|label", "-" for one that is passed over, "!" and why for one that the framework stops at. */
static void check_names(name_rule *rule, const char *const *names_and_ids)
{
    for (; names_and_ids[0] != NULL; names_and_ids += 2) {
        struct name _cleanup_name_ name = {0};
        struct buf _cleanup_buf_ got = BUF_INIT;
        enum name_is is = rule(names_and_ids[0], &name);
        if (is == NAME_TAKEN)
            buf_printf(&got, "%s%s%s", buf_text(&name.id), name.label.len ? "|" : "", buf_text(&name.label));
        else
            buf_puts(&got, is == NAME_IGNORED ? "-" : "!");
        if (is == NAME_WRONG)
            assert_non_null(name.wrong);
        if (strcmp(buf_text(&got), names_and_ids[1]) != 0)
            print_error("%s\n", names_and_ids[0]);
        assert_string_equal(buf_text(&got), names_and_ids[1]);
    }
}
#define NAMES(rule, ...) check_names(rule, (const char *const[]){__VA_ARGS__, NULL})
#define TOO_BIG "9223372036854775808"
#define BIGGEST "9223372036854775807"

static void rails(void **state)
{
    (void)state;
    NAMES(name_rails, "20260101000000_create_orders.rb", "20260101000000|create_orders", "007_x.rb", "7|x", "000_x.rb", "0|x",
          "1_add_note.engine_x.rb", "1|add_note", "helper_001.rb", "-", "1_x.rb.bak", "-", "1.rb", "-", "1_X.rb", "!", "1_a-b.rb",
          "!", "1a_b.rb", "!", "1_.rb", "1", "1_a.b.c.rb", "!", BIGGEST "_x.rb", BIGGEST "|x", TOO_BIG "_x.rb", TOO_BIG "|x",
          "00" BIGGEST "_x.rb", BIGGEST "|x", "1_x\n.rb", "!");
}

static void dbmate_and_diesel(void **state)
{
    (void)state;
    NAMES(name_dbmate, "00010.sql", "00010", "11-dash.sql", "11", "7_seven.sql", "7", "readme.sql", "-", "7", "-", "7.txt", "-",
          TOO_BIG "_x.sql", TOO_BIG);
    NAMES(name_diesel, "2026-01-02-030405_add", "20260102030405", "00000000000000_diesel_initial_setup", "00000000000000",
          "plain", "plain", "_x", "!", "--_x", "!");
}

static void ecto_phinx_and_goose(void **state)
{
    (void)state;
    NAMES(name_ecto, "007_seven.exs", "7", "1_a.ex", "-", "helper.exs", "-", "1.exs", "-", "-1_a.exs", "-1", "+1_a.exs",
          "1", "-00_a.exs", "0", "-010_a.exs", "-10", "--1_a.exs", "-", "+.exs", "-", "1_.exs", "1", "1a_b.exs", "-",
          TOO_BIG "_a.exs", "!", "-" TOO_BIG "_a.exs", "!");
    NAMES(name_phinx, "20260101000000_create_orders.php", "20260101000000", "1_A.php", "1", "20260102000000.php",
          "20260102000000", "1.php", "-", "1_.php", "-", "1_1a.php", "-", "1_a__b.php", "-", "1_a_2.php", "1", "x.php", "-",
          "1_a.txt", "-");
    NAMES(name_goose, "00001_a.sql", "1", "2_b.go", "2", "2_b_test.go", "-", "0_a.sql", "-", "000_a.sql", "-", "a_1.sql", "-",
          "1.sql", "-", "1_a.txt", "-", TOO_BIG "_a.sql", "!", "+5_a.sql", "5", "+007_a.go", "7", "-5_a.sql", "-", "++5_a.sql", "-",
          "+0_a.sql", "-", "+_a.sql", "-", "__a.sql", "-");
}

static void of_javascript(void **state)
{
    (void)state;
    NAMES(name_knex, "1_a.js", "1_a.js", "1_a.ts", "1_a.ts", "index.js", "index.js", "a.mjs", "-", "types.d.ts", "types.d.ts",
          ".js", "-", ".a.js", ".a.js", "a.json", "-", "a", "-", "a.coffee", "a.coffee", "a.", "-");
    NAMES(name_sequelize, "1-a.js", "1-a.js", "1-a.cjs", "1-a.cjs", "1.cts", "1.cts", "types.d.ts", "-", "1.mjs", "-", "a.md", "-");
    NAMES(name_node_pg_migrate, "1_a.js", "1_a", "1_a.b.sql", "1_a.b", ".keep", "-", "readme.md", "!", "1_a.md", "!", "1_a", "!",
          "1_a.up.sql", "!", "1_a.down.sql", "!");
    NAMES(name_mikro_orm, "Migration1.js", "Migration1", "M.ts", "M", "M.cjs", "M.cjs", "types.d.ts", "-", ".M.js", "-", "x.json",
          "-", "M.js.map", "-");
}

static void of_php(void **state)
{
    (void)state;
    NAMES(name_doctrine, "Version1.php", "Version1", "Other.php", "-", "Version1.txt", "-");
    NAMES(name_laravel, "2026_01_01_000000_create.php", "2026_01_01_000000_create", "helper.php", "-", "a_b.phpx.php", "a_bx",
          ".a_b.php", "-", "a_b.txt", "-", "a.php_b.php", "a_b");
}

static void golang_migrate_and_tern(void **state)
{
    (void)state;
    NAMES(name_golang_migrate, "000001_a.up.sql", "1", "1_a.down.sql", "1", "1_a.sql", "-", "a_1.up.sql", "-", "1a.up.sql", "-",
          "1_.up.sql", "1", "1_a.up.down.sql", "1", "1_a.down.up.sql", "1", "1_a.up.", "1", "1_a.up", "-",
          "9223372036854775807_a.up.sql", "9223372036854775807", "9223372036854775808_a.up.sql", "!", "18446744073709551615_a.up.sql",
          "!", "18446744073709551616_a.up.sql", "-", "1_a\n.up.sql", "-", "+1_a.up.sql", "-", "1_a.UP.sql", "-");
    NAMES(name_tern, "001_a.sql", "1", "1_.sql", "-", "1.sql", "-", "a_1.sql", "-", "1_a.txt", "-");
}

static void sqlx_refinery_and_atlas(void **state)
{
    (void)state;
    NAMES(name_sqlx, "1_a.sql", "1", "2_b.up.sql", "2", "2_b.down.sql", "-", "helper.sql", "-", "helper_x.sql", "!", "1_a.txt",
          "-", "_a.sql", "!", "-01_a.sql", "-1", "+2_a.sql", "2", "-0_a.sql", "0", "+_a.sql", "!", "--1_a.sql", "!",
          "1_.sql", "1", "1_.down.sql", "-", "1_down.sql", "1", TOO_BIG "_a.sql", "!");
    NAMES(name_refinery, "V1__create_orders.sql", "1|create_orders", "U02__x.sql", "2|x", "V1__a.rs", "1|a", "V1_a.sql", "-",
          "V1.5__a.sql", "!", "v1__a.sql", "-", "V1__a-b.sql", "-", "V1__.sql", "-", "V__a.sql", "-", "", "-", "V", "-",
          "V1__\xc3\xa4.sql", "1|\xc3\xa4", "V1__a\xe2\x80\x93z.sql", "-", "V1__\xe3\x83\x86.sql", "1|\xe3\x83\x86",
          "V1__\xf0\x9f\x98\x80.sql", "-", "V1__\xf0", "-", "V1__\xf0.sql", "-", "|1__x.sql", "!", "|x.sql", "-");
    NAMES(name_atlas, "20260101_a_b.sql", "20260101", "1.sql", "1", "_a.sql", "!", "a.txt", "-");
}

static void flyway(void **state)
{
    (void)state;
    NAMES(name_flyway, "V1__first.sql", "1|first", "V1_1__a_b.sql", "1.1|a b", "V1.0.0__x.SQL", "1|x", "V001.002__x.sql",
          "1.2|x", "V0__x.sql", "0|x", "V1__.sql", "1", "V1.sql", "1", "V__x.sql", "-", "V1_x.sql", "-", "V1a__x.sql", "-",
          "V1..2__x.sql", "-", "V1_.sql", "-", "V.1__x.sql", "-", "V9 __x.sql", "-", "v1__x.sql", "-", "View.sql", "-", "V.sql", "-",
          "V-1__x.sql", "!", "V+1.2__x.sql", "!", "V-x__x.sql", "-", "V\xd9\xa3__x.sql", "!", "VLatest__x.sql", "!", "Vnext.sql", "!",
          "R__my_view.sql", "R__my_view|my view", "R1__x.sql", "-", "R__.sql", "R__", "R.sql", "-", "Readme.sql", "-",
          "beforeMigrate__x.sql", "-", "U1__x.sql", "-", "B2_1__a.sql", "B2.1|a", "B1.sql", "B1", "B__a.sql", "-", "Ba.sql", "-",
          "V3__x.sh", "3|x", "R__x.PY", "R__x|x", "V3__x.rb", "-", "V2__Add_note.class", "2|Add note", "V2__Add$1.class", "-", "V1__x.txt", "-",
          "V2026.01.02.99999999999999999999__x.sql", "2026.1.2.99999999999999999999|x");
    struct name _cleanup_name_ name = {0};
    struct buf _cleanup_buf_ file = BUF_INIT;
    buf_puts(&file, "V1__");
    buf_fill(&file, 'a', 201);
    buf_puts(&file, ".sql");
    assert_int_equal(name_flyway(buf_text(&file), &name), NAME_TAKEN);
    assert_int_equal(name.label.len, 200);
    check_has(buf_text(&name.label), "aaa...");
}

static void check_order(enum order order, const char *const *ids)
{
    for (; ids[1] != NULL; ids++) {
        assert_true(order_compare(order, ids[0], ids[1]) < 0);
        assert_true(order_compare(order, ids[1], ids[0]) > 0);
        assert_int_equal(order_compare(order, ids[0], ids[0]), 0);
    }
}

static void orders(void **state)
{
    (void)state;
    check_order(ORDER_NUMBER, (const char *const[]){"-10", "-5", "0", "7", "10", "99999999999999999999", "100000000000000000000", "", "-", "a", NULL});
    check_order(ORDER_DOTTED, (const char *const[]){"0", "0.1", "1", "1.0.1", "1.1", "1.1.1", "1.2", "1.10", "2", "10", "R__a", "R__b", NULL});
    check_order(ORDER_TEXT, (const char *const[]){"00010", "11", "20260101", "7", NULL});
    assert_true(order_fits(BIGGEST) && !order_fits(TOO_BIG) && order_fits("0"));
    static const char *const none[] = {"", ".", "1.", ".1", "1..2", "a", "1a", "1 ", "-1"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        struct buf _cleanup_buf_ out = BUF_INIT;
        assert_false(order_dotted(none[i], strlen(none[i]), &out));
        assert_int_equal(out.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rails),
        cmocka_unit_test(dbmate_and_diesel),
        cmocka_unit_test(ecto_phinx_and_goose),
        cmocka_unit_test(of_javascript),
        cmocka_unit_test(of_php),
        cmocka_unit_test(golang_migrate_and_tern),
        cmocka_unit_test(sqlx_refinery_and_atlas),
        cmocka_unit_test(flyway),
        cmocka_unit_test(orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
