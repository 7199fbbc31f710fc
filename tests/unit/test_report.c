/* The report: the fatal banner to the letter, its bounds under hostile names, and the forms for machines. */
#include "judging.h"

#include <jansson.h>

#include "base/text.h"
#include "report/report.h"

/* A report on tenants of two sources, to be filled by the test. */
struct scene {
    struct expected expected;
    struct judge judge;
    struct verify_source judged[2];
    struct units units;
    struct strv excluded;
    struct report report;
    struct strv names; /* owns what the units borrow */
};

static void scene_start(struct scene *scene)
{
    struct err _cleanup_err_ err = ERR_INIT;
    *scene = (struct scene){0};
    expect(&scene->expected, FRAMEWORK_DJANGO, (const struct line[]){{"shop.0001"}, {"shop.0002", "shop.0001"}, {.id = NULL}});
    assert_int_equal(judge_make(&scene->expected, &scene->judge, &err), 0);
    for (size_t i = 0; i < 2; i++)
        scene->judged[i] = (struct verify_source){.name = i ? "other" : "default", .database = "default",
                                                  .framework = framework_row(FRAMEWORK_DJANGO), .judge = &scene->judge,
                                                  .table = "django_migrations"};
    struct report_source *sources = mem_alloc(2 * sizeof *sources);
    for (size_t i = 0; i < 2; i++)
        sources[i] = (struct report_source){.name = scene->judged[i].name, .framework = "django", .expected = 2, .digest = "sha256:d"};
    scene->report = (struct report){.open = false, .exit_code = 1, .reason = "tenants_not_migrated", .duration_ms = 41, .app = "gunicorn",
                                    .sources = sources, .source_count = 1, .judged = scene->judged, .units = &scene->units,
                                    .excluded = &scene->excluded};
}

static void scene_done(struct scene *scene)
{
    report_done(&scene->report);
    units_done(&scene->units);
    judge_done(&scene->judge);
    expected_done(&scene->expected);
    strv_done(&scene->excluded);
    strv_done(&scene->names);
}

static struct unit *add_unit(struct scene *scene, size_t source, const char *tenant)
{
    struct units *units = &scene->units;
    strv_add(&scene->names, tenant);
    MEM_GROW(units->items, units->count, units->cap);
    units->items[units->count++] =
        (struct unit){.source = source, .tenant = scene->names.items[scene->names.count - 1], .applied = 2};
    return &units->items[units->count - 1];
}

static void add_finding(struct unit *unit, enum finding_kind kind, enum severity severity, const char *items, const char *message)
{
    struct finding *finding = findings_add(&unit->findings, kind, severity, "default", unit->source ? "other" : "default", unit->tenant);
    add_words(items, &finding->items);
    finding->message = mem_strdup(message);
}

static void add_pending(struct scene *scene, const char *tenant, const char *items)
{
    struct unit *unit = add_unit(scene, 0, tenant);
    unit->applied = 1;
    unit->pending = 1;
    add_finding(unit, FINDING_PENDING, SEVERITY_FAIL, items, "1 of 2 migrations is not applied");
}

static void check_banner(struct scene *scene, enum banner_style style, const char *wanted)
{
    struct buf _cleanup_buf_ out = BUF_INIT;
    report_add_remedies(&scene->report);
    report_banner(&scene->report, style, &out);
    assert_string_equal(buf_text(&out), wanted);
}

#define EDGE "+--------------------------------------------------------------------------------------------------+\n"

static void the_banner_of_one_tenant_that_is_behind(void **state)
{
    (void)state;
    struct scene scene;
    scene_start(&scene);
    add_unit(&scene, 0, "acme");
    add_pending(&scene, "demo", "shop.0002");
    check_banner(&scene, BANNER_ASCII,
                 EDGE
                 "| FATAL: 1 of 2 tenants is not fully migrated                                                      |\n"
                 "| Startup is BLOCKED: gunicorn was not started.                                                    |\n" EDGE
                 "\n"
                 "What is wrong\n"
                 "  - 1 tenant lacks shop.0002: demo\n"
                 "\n"
                 "What to do\n"
                 "    python manage.py migrate\n"
                 "  The command migrates the schema that its connection is in: run it for each of these tenants, with\n"
                 "  that tenant's schema in the connection (search_path).\n"
                 "  Past the gate, in a container of this image:\n"
                 "    docker compose run --rm --entrypoint python SERVICE manage.py migrate\n"
                 "  To leave a tenant out on purpose for now (every later start will say so):\n"
                 "    TENANTGATE_TENANTS_EXCLUDE=demo\n"
                 "\n"
                 "Exit code 1 (tenants_not_migrated)\n");
    scene_done(&scene);
}

static void the_banner_of_an_error(void **state)
{
    (void)state;
    struct scene scene;
    scene_start(&scene);
    scene.report.units = NULL;
    scene.report.judged = NULL;
    scene.report.source_count = 0;
    scene.report.app = NULL;
    scene.report.exit_code = 77;
    scene.report.reason = "database_refused";
    scene.report.error = "the database at db:5432/shop refuses us: password authentication failed for user \"app\" (SQLSTATE 28P01)";
    scene.report.hint = "Check the user and the password.";
    check_banner(&scene, BANNER_UNICODE,
                 "┌──────────────────────────────────────────────────────────────────────────────────────────────────┐\n"
                 "│ FATAL: the database refuses the gate                                                             │\n"
                 "│ Startup is BLOCKED: an app behind this gate would not be started.                                │\n"
                 "└──────────────────────────────────────────────────────────────────────────────────────────────────┘\n"
                 "\n"
                 "What is wrong\n"
                 "  the database at db:5432/shop refuses us: password authentication failed for user \"app\" (SQLSTATE\n"
                 "  28P01)\n"
                 "\n"
                 "What to do\n"
                 "  Check the user and the password.\n"
                 "\n"
                 "Exit code 77 (database_refused)\n");
    scene_done(&scene);
}

static void the_banner_groups_tenants_and_names_a_few(void **state)
{
    (void)state;
    struct scene scene;
    struct buf _cleanup_buf_ out = BUF_INIT;
    scene_start(&scene);
    for (int i = 0; i < 37; i++) {
        char _cleanup_free_ *name = mem_printf("t%02d", i);
        add_pending(&scene, name, "shop.0002");
    }
    add_pending(&scene, "zz", "shop.0001 shop.0002");
    strv_add(&scene.excluded, "old");
    scene.expected.django_tenants = true;
    report_add_remedies(&scene.report);
    report_banner(&scene.report, BANNER_ASCII, &out);
    check_has(buf_text(&out), "38 of 38 tenants are not fully migrated");
    check_has(buf_text(&out), "  - 37 tenants lack shop.0002: t00, t01, t02, t03, t04, t05 and 31 more\n"
                              "  - 1 tenant lacks shop.0001 and shop.0002: zz\n");
    check_has(buf_text(&out), "Left out on purpose (tenants.exclude)\n  old\n");
    check_has(buf_text(&out), "    python manage.py migrate_schemas\n");
    check_has_not(buf_text(&out), "--schema=");
    scene_done(&scene);
}

static void few_tenants_get_a_command_each(void **state)
{
    (void)state;
    struct scene scene;
    struct buf _cleanup_buf_ out = BUF_INIT;
    scene_start(&scene);
    scene.expected.django_tenants = true;
    add_pending(&scene, "a", "shop.0002");
    add_pending(&scene, "b c", "shop.0002");
    add_pending(&scene, "d'; reboot #", "shop.0002");
    report_add_remedies(&scene.report);
    report_banner(&scene.report, BANNER_ASCII, &out);
    check_has(buf_text(&out), "    python manage.py migrate_schemas --schema=a\n"
                              "    python manage.py migrate_schemas --schema='b c'\n"
                              "    python manage.py migrate_schemas --schema='d'\\''; reboot #'\n");
    scene_done(&scene);
}

static void different_findings_get_their_own_advice(void **state)
{
    (void)state;
    struct scene scene;
    struct buf _cleanup_buf_ out = BUF_INIT;
    scene_start(&scene);
    add_finding(add_unit(&scene, 0, "a"), FINDING_INCONSISTENT, SEVERITY_FAIL, "", "the history contradicts the order");
    add_finding(add_unit(&scene, 0, "b"), FINDING_NO_PRIVILEGE, SEVERITY_FAIL, "", "the role may not SELECT from django_migrations");
    add_finding(add_unit(&scene, 0, "c"), FINDING_UNKNOWN, SEVERITY_WARN, "gone.0001", "recorded, but in no file of this image");
    add_finding(add_unit(&scene, 0, "d\"e"), FINDING_MISSING_SCHEMA, SEVERITY_FAIL, "", "there is no such schema");
    report_add_remedies(&scene.report);
    report_banner(&scene.report, BANNER_ASCII, &out);
    check_has(buf_text(&out), "  - 1 tenant (a): the history contradicts the order\n");
    check_has(buf_text(&out), "\nWarnings\n  - 1 tenant (c): recorded, but in no file of this image\n");
    check_has(buf_text(&out), "The order of the history is wrong");
    check_has(buf_text(&out), "Create the schema and migrate it");
    check_has(buf_text(&out), "    GRANT USAGE ON SCHEMA \"b\" TO the_role; GRANT SELECT ON \"b\".\"django_migrations\" TO the_role;\n");
    check_has_not(buf_text(&out), "The database is ahead"); /* a warning only */
    check_has_not(buf_text(&out), "manage.py migrate\n");
    scene_done(&scene);
}

static void in_kubernetes_the_way_past_the_gate_is_a_pod(void **state)
{
    (void)state;
    struct scene scene;
    struct buf _cleanup_buf_ out = BUF_INIT;
    scene_start(&scene);
    scene.report.in_kubernetes = true;
    add_pending(&scene, "a", "shop.0002");
    report_add_remedies(&scene.report);
    report_banner(&scene.report, BANNER_ASCII, &out);
    check_has(buf_text(&out), "    kubectl run migrate --rm -it --restart=Never --image=IMAGE --command -- python manage.py migrate\n");
    check_has_not(buf_text(&out), "docker compose");
    scene_done(&scene);
}

static void check_example(const char *tenant, const char *wanted)
{
    struct scene scene;
    struct buf _cleanup_buf_ out = BUF_INIT;
    scene_start(&scene);
    add_pending(&scene, tenant, "shop.0002");
    report_text(&scene.report, &out);
    check_has(buf_text(&out), wanted);
    scene_done(&scene);
}

static void the_exclusion_can_be_copied_whatever_the_name(void **state)
{
    (void)state;
    check_example("acme", "    TENANTGATE_TENANTS_EXCLUDE=acme\n");
    check_example("a b", "    TENANTGATE_TENANTS_EXCLUDE='a b'\n");
    check_example("a,b", "    TENANTGATE_TENANTS_EXCLUDE='\"a,b\"'\n");
    check_example("a\"b", "    TENANTGATE_TENANTS_EXCLUDE='\"a\"\"b\"'\n");
    check_example("$(reboot)`x`;y", "    TENANTGATE_TENANTS_EXCLUDE='$(reboot)`x`;y'\n");
    check_example("'; reboot '", "    TENANTGATE_TENANTS_EXCLUDE=''\\''; reboot '\\'''\n");
    check_example(" a", "    TENANTGATE_TENANTS_EXCLUDE='\" a\"'\n");
    check_example("a ", "    TENANTGATE_TENANTS_EXCLUDE='\"a \"'\n");
    check_example("/a", "    TENANTGATE_TENANTS_EXCLUDE='\"/a\"'\n");
    check_example("a/", "    TENANTGATE_TENANTS_EXCLUDE=a/\n");
    check_example("/", "    TENANTGATE_TENANTS_EXCLUDE='\"/\"'\n");
    check_example("/a.b/", "    TENANTGATE_TENANTS_EXCLUDE='/^/a\\.b/$/'\n");
    check_example("a\\b", "    TENANTGATE_TENANTS_EXCLUDE='a\\b'\n");
    check_example("", "    TENANTGATE_TENANTS_EXCLUDE='\"\"'\n");
}

static void groups_stand_in_the_order_of_their_weight_and_have_an_end(void **state)
{
    (void)state;
    struct scene scene;
    struct buf _cleanup_buf_ out = BUF_INIT;
    scene_start(&scene);
    add_finding(add_unit(&scene, 0, "w"), FINDING_UNKNOWN, SEVERITY_WARN, "", "warned");
    add_finding(add_unit(&scene, 0, "z"), FINDING_PENDING, SEVERITY_FAIL, "x", "");
    add_finding(add_unit(&scene, 0, "y"), FINDING_NO_HISTORY_TABLE, SEVERITY_FAIL, "", "never migrated");
    for (int i = 0; i < 2; i++)
        add_finding(add_unit(&scene, 0, i ? "b" : "a"), FINDING_UNKNOWN, SEVERITY_FAIL, "", "twice");
    for (int i = 0; i < 11; i++) {
        char _cleanup_free_ *name = mem_printf("m%02d", i);
        add_finding(add_unit(&scene, 0, name), FINDING_UNDECIDED, SEVERITY_FAIL, "", name);
    }
    report_text(&scene.report, &out);
    check_has(buf_text(&out), "\nWhat is wrong\n"
                              "  - 2 tenants (a and b): twice\n"
                              "  - 1 tenant (y): never migrated\n"
                              "  - 1 tenant (m00): m00\n");
    check_has(buf_text(&out), "  - 1 tenant (m09): m09\n  ... and 2 more kinds of findings; --format json lists all\n");
    check_has(buf_text(&out), "\nWarnings\n  - 1 tenant (w): warned\n");
    scene_done(&scene);
}

static void the_same_of_two_sources_is_not_one_group(void **state)
{
    (void)state;
    struct scene scene;
    struct buf _cleanup_buf_ out = BUF_INIT;
    scene_start(&scene);
    scene.report.source_count = 2;
    for (size_t i = 0; i < 2; i++)
        add_finding(add_unit(&scene, i, "a"), FINDING_NO_HISTORY_TABLE, SEVERITY_FAIL, "", "never migrated");
    report_text(&scene.report, &out);
    check_has(buf_text(&out), "  - 1 tenant (a): never migrated\n  - 1 tenant (a): never migrated\n");
    check_has_not(buf_text(&out), "2 tenants");
    scene_done(&scene);
}

static void the_summary_is_one_line(void **state)
{
    (void)state;
    struct scene scene;
    struct buf _cleanup_buf_ out = BUF_INIT;
    scene_start(&scene);
    add_pending(&scene, "de\nmo", "shop.0002");
    report_summary(&scene.report, &out);
    assert_string_equal(buf_text(&out), "1 of 1 tenants is not fully migrated: 1 tenant lacks shop.0002: de\\nmo");
    add_finding(add_unit(&scene, 0, "w"), FINDING_UNKNOWN, SEVERITY_WARN, "", "warned");
    add_finding(add_unit(&scene, 0, "x"), FINDING_CONFLICT, SEVERITY_FAIL, "", "stops");
    buf_clear(&out);
    report_summary(&scene.report, &out);
    assert_string_equal(buf_text(&out), "2 of 3 tenants are not fully migrated: 1 tenant (x): stops; and 1 more kinds of findings");
    scene.report.error = "bad\x1b";
    buf_clear(&out);
    report_summary(&scene.report, &out);
    assert_string_equal(buf_text(&out), "2 of 3 tenants are not fully migrated: bad\\x1b");
    scene_done(&scene);
}

static void every_reason_has_a_headline(void **state)
{
    (void)state;
    static const char *const reasons[] = {"too_few_tenants", "no_expected_migrations", "configuration", "database_unavailable",
                                          "database_refused", "dependency_unavailable", "deadline", "step_failed", "lock_timeout",
                                          "signalled", "internal"};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        struct report report = {.exit_code = 1, .reason = reasons[i], .error = "x"};
        struct buf _cleanup_buf_ out = BUF_INIT;
        report_summary(&report, &out);
        if (out.len < strlen("a few words: x"))
            fail_msg("%s: %s", reasons[i], buf_text(&out));
    }
}

static void what_a_step_said_is_shown_and_cut(void **state)
{
    (void)state;
    struct report report = {.exit_code = 73, .reason = "step_failed", .error = "step.migrate failed", .output_of = "step.migrate"};
    struct strv _cleanup_strv_ lines = STRV_INIT;
    struct buf _cleanup_buf_ out = BUF_INIT, wide = BUF_INIT, fits = BUF_INIT;
    report.output = &lines;
    report_text(&report, &out);
    check_has(buf_text(&out), "\nThe last lines of step.migrate\n    (it said nothing)\n");
    buf_fill(&fits, 'f', 96);
    buf_fill(&wide, 'w', 97);
    strv_add(&lines, "red \x1b[31m");
    strv_add(&lines, buf_text(&fits));
    strv_add(&lines, buf_text(&wide));
    buf_clear(&out);
    report_text(&report, &out);
    check_has_not(buf_text(&out), "it said nothing");
    check_has(buf_text(&out), "    red \\x1b[31m\n");
    char _cleanup_free_ *whole = mem_printf("    %s\n", buf_text(&fits)), *cut = mem_printf("    %.92s ...\n", buf_text(&wide));
    check_has(buf_text(&out), whole);
    check_has(buf_text(&out), cut);
}

static void a_held_gate_names_no_exit_code(void **state)
{
    (void)state;
    struct report report = {.exit_code = 69, .reason = "deadline", .error = "x", .held_ms = 2500};
    struct buf _cleanup_buf_ out = BUF_INIT;
    report_banner(&report, BANNER_ASCII, &out);
    check_has(buf_text(&out), "\nHeld: closed and alive, looked at again every 2.5 s (deadline; gate.on_failure = hold)\n");
    check_has_not(buf_text(&out), "Exit code");
}

/* Text of words of six letters, as long as asked for, behind "  " in the report: where is it broken? */
static void check_broken(size_t len, const char *wanted)
{
    struct buf _cleanup_buf_ text = BUF_INIT, out = BUF_INIT;
    while (text.len < len)
        buf_putc(&text, text.len % 7 == 6 && text.len + 1 < len ? ' ' : 'w');
    struct report report = {.exit_code = 1, .reason = "internal", .error = buf_text(&text)};
    report_text(&report, &out);
    const char *line = strstr(buf_text(&out), "\n  w") + 1;
    size_t first = strcspn(line, "\n");
    char _cleanup_free_ *got = mem_printf("%zu%s", first, line[first + 1] == ' ' ? " broken" : "");
    assert_string_equal(got, wanted);
}

static void text_fills_the_lines_to_the_last_column(void **state)
{
    (void)state;
    check_broken(97, "99");
    check_broken(98, "100");
    check_broken(99, "99 broken"); /* a last word of one letter has no room behind a blank */
    check_broken(200, "99 broken");
}

static void a_long_command_is_folded_so_that_it_can_be_copied(void **state)
{
    (void)state;
    struct scene scene;
    struct buf _cleanup_buf_ out = BUF_INIT, name = BUF_INIT;
    scene_start(&scene);
    scene.expected.django_tenants = true;
    for (int i = 0; i < 6; i++)
        buf_puts(&name, "six it's ");
    add_pending(&scene, buf_text(&name), "shop.0002");
    report_add_remedies(&scene.report);
    report_text(&scene.report, &out);
    /* What a shell would read: lines that end in a backslash go on. */
    const char *at = strstr(buf_text(&out), "    docker compose run");
    assert_non_null(at);
    struct buf _cleanup_buf_ command = BUF_INIT, wanted = BUF_INIT;
    for (bool more = true; more;) {
        size_t len = strcspn(at, "\n");
        assert_true(len <= 100);
        more = len > 2 && strncmp(at + len - 2, " \\", 2) == 0;
        size_t indent = strspn(at, " ");
        buf_add(&command, at + indent, len - indent - (more ? 1 : 0));
        at += len + 1;
    }
    buf_puts(&wanted, "docker compose run --rm --entrypoint python SERVICE manage.py migrate_schemas --schema=");
    text_shell_word(&wanted, buf_text(&name));
    assert_string_equal(buf_text(&command), buf_text(&wanted));
    scene_done(&scene);
}

/* What stands before the program is given to the container, and what a shell must put in is put in there. */
static void a_command_past_the_gate_does_the_same(void **state)
{
    (void)state;
    static const struct {
        const char *command, *compose, *kubernetes;
    } cases[] = {
        {"mix ecto.migrate", "--entrypoint mix SERVICE ecto.migrate", "--command -- mix ecto.migrate"},
        {"DB=north bundle exec rails apartment:migrate", "-e DB=north --entrypoint bundle SERVICE exec rails apartment:migrate",
         "--env=DB=north --command -- bundle exec rails apartment:migrate"},
        {"A=1 B='x y' rake", "-e A=1 -e B='x y' --entrypoint rake SERVICE", "--env=A=1 --env=B='x y' --command -- rake"},
        {"goose postgres \"$DATABASE_URL\" up", "--entrypoint sh SERVICE -c 'goose postgres \"$DATABASE_URL\" up'",
         "--command -- sh -c 'goose postgres \"$DATABASE_URL\" up'"},
        {"sqitch deploy --registry 'a$b' #db=one", "--entrypoint sqitch SERVICE deploy --registry 'a$b' #db=one",
         "--command -- sqitch deploy --registry 'a$b' #db=one"},
        {"atlas --url \"$URL\" #db=one", "--entrypoint sh SERVICE -c 'atlas --url \"$URL\"' #db=one",
         "--command -- sh -c 'atlas --url \"$URL\"' #db=one"},
        {"for tenant in a b; do alembic -x tenant=\"$tenant\" upgrade heads; done",
         "--entrypoint alembic SERVICE -x tenant=\"$tenant\" upgrade heads; done",
         "--command -- alembic -x tenant=\"$tenant\" upgrade heads; done"},
        {"for tenant in a b; do DB=\"$tenant\" bundle exec rake; done", "-e DB=\"$tenant\" --entrypoint bundle SERVICE exec rake; done",
         "--env=DB=\"$tenant\" --command -- bundle exec rake; done"},
        {"for tenant in a b; do go -s \"$tenant\" \"$URL\"; done",
         "-e tenant=\"$tenant\" --entrypoint sh SERVICE -c 'go -s \"$tenant\" \"$URL\"'; done",
         "--env=tenant=\"$tenant\" --command -- sh -c 'go -s \"$tenant\" \"$URL\"'; done"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int kubernetes = 0; kubernetes < 2; kubernetes++) {
            struct report report = {.in_kubernetes = kubernetes};
            const char *loop = text_starts(cases[i].command, "for ") ? "for tenant in a b; do " : "";
            char _cleanup_free_ *past = report_past_the_gate(&report, cases[i].command);
            char _cleanup_free_ *wanted =
                mem_printf("%s%s %s", loop, kubernetes ? "kubectl run migrate --rm -it --restart=Never --image=IMAGE" : "docker compose run --rm",
                           kubernetes ? cases[i].kubernetes : cases[i].compose);
            assert_string_equal(past, wanted);
        }
}

/* No line is wider than 100 columns, no control character is left, and the whole stays short. */
static void check_manners(const char *text)
{
    size_t lines = 0;
    for (const char *line = text; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        char _cleanup_free_ *one = mem_strndup(line, len);
        if (text_width(one) > 100)
            fail_msg("%zu columns: %s", text_width(one), one);
        for (const char *p = one; *p != '\0'; p++)
            assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
        assert_true(text_is_utf8(one, len));
        line += len + (line[len] == '\n');
        lines++;
    }
    assert_true(lines < 200);
}

static void nothing_hostile_breaks_the_banner(void **state)
{
    (void)state;
    static const char *const pieces[] = {"\x1b[2J", "\n", "\xe2\x80\xae", "中文", "e\xcc\x81", "\xff", "x", "\"", "'", "\\", " ", "/", "verylongwordwithoutanyblank"};
    unsigned seed = 1;
    for (int round = 0; round < 60; round++) {
        struct scene scene;
        struct buf _cleanup_buf_ out = BUF_INIT;
        scene_start(&scene);
        for (int t = 0; t < 30; t++) {
            struct buf _cleanup_buf_ name = BUF_INIT;
            for (int p = 0; p < 1 + round; p++) {
                seed = seed * 1103515245u + 12345u;
                buf_puts(&name, pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)]);
            }
            struct unit *unit = add_unit(&scene, 0, buf_text(&name));
            char _cleanup_free_ *safe = text_escaped(buf_text(&name));
            add_finding(unit, t % 3 ? FINDING_PENDING : FINDING_CONFLICT, t % 5 ? SEVERITY_FAIL : SEVERITY_WARN, buf_text(&name), safe);
        }
        scene.report.app = scene.names.items[0];
        scene.report.error = scene.names.items[1];
        report_add_remedies(&scene.report);
        report_banner(&scene.report, round % 2 ? BANNER_UNICODE : BANNER_ASCII, &out);
        check_manners(buf_text(&out));
        scene_done(&scene);
    }
}

static void a_tenant_of_two_sources_counts_once_with_its_worst(void **state)
{
    (void)state;
    struct scene scene;
    scene_start(&scene);
    scene.report.source_count = 2;
    add_finding(add_unit(&scene, 0, "a"), FINDING_UNKNOWN, SEVERITY_WARN, "x", "m");
    add_finding(add_unit(&scene, 1, "a"), FINDING_PENDING, SEVERITY_FAIL, "x", "m");
    add_finding(add_unit(&scene, 0, "b"), FINDING_PENDING, SEVERITY_FAIL, "x", "m");
    add_unit(&scene, 1, "b");
    add_unit(&scene, 0, "c");
    add_finding(add_unit(&scene, 1, "c"), FINDING_UNKNOWN, SEVERITY_WARN, "x", "m");
    add_unit(&scene, 0, "d");
    add_unit(&scene, 1, "d");
    struct report_counts counts = report_count(&scene.report);
    assert_int_equal(counts.total, 4);
    assert_int_equal(counts.failed, 2);
    assert_int_equal(counts.warned, 1);
    assert_int_equal(counts.ok, 1);
    scene_done(&scene);
}

static void status_has_a_line_for_each_tenant(void **state)
{
    (void)state;
    struct scene scene;
    struct buf _cleanup_buf_ out = BUF_INIT;
    scene_start(&scene);
    add_unit(&scene, 0, "acme");
    add_pending(&scene, "中文\x1b", "shop.0002");
    strv_add(&scene.excluded, "old\n");
    report_status(&scene.report, &out);
    assert_string_equal(buf_text(&out), "TENANT     APPLIED   PENDING   UNKNOWN  PROBLEMS\n"
                                        "acme             2         0         0  none\n"
                                        "中文\\x1b         1         1         0  pending\n"
                                        "old\\n  left out on purpose (tenants.exclude)\n");
    scene_done(&scene);
}

static void status_tells_sources_absence_and_errors(void **state)
{
    (void)state;
    struct scene scene;
    struct buf _cleanup_buf_ out = BUF_INIT;
    scene_start(&scene);
    scene.report.source_count = 2;
    add_unit(&scene, 0, "a")->absent = true;
    struct unit *unit = add_unit(&scene, 1, "longer_name");
    add_finding(unit, FINDING_UNKNOWN, SEVERITY_WARN, "", "m");
    add_finding(unit, FINDING_PENDING, SEVERITY_FAIL, "", "m");
    scene.report.error = "bad\n";
    scene.report.hint = "Mend it.";
    report_status(&scene.report, &out);
    assert_string_equal(buf_text(&out), "TENANT        APPLIED   PENDING   UNKNOWN  PROBLEMS\n"
                                        "a                   2         0         0  no such schema (ignored)  [default]\n"
                                        "longer_name         2         0         0  unknown (warning), pending  [other]\n"
                                        "error: bad\\n\n"
                                        "       Mend it.\n");
    scene_done(&scene);
}

static void the_json_report_has_the_contracts_fields(void **state)
{
    (void)state;
    struct scene scene;
    scene_start(&scene);
    scene.expected.django_tenants = true;
    add_pending(&scene, "de\"mo\xff", "shop.0002");
    add_unit(&scene, 0, "acme");
    report_add_remedies(&scene.report);
    char _cleanup_free_ *text = report_json(&scene.report);
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    const char *version = NULL, *result = NULL, *reason = NULL, *name = NULL, *framework = NULL, *digest = NULL, *database = NULL,
               *tenant = NULL, *source = NULL, *kind = NULL, *severity = NULL, *item = NULL, *message = NULL, *remedy = NULL;
    int exit_code = 0, duration = 0, expected = 0, total = 0, ok = 0, failed = 0, warned = -1;
    assert_int_equal(json_unpack(document,
                                 "{s:s, s:s, s:i, s:s, s:i, s:[{s:s, s:s, s:i, s:s}], s:{s:i, s:i, s:i, s:i !}, s:[{s:s, s:s, s:s, s:s, "
                                 "s:s, s:[s!], s:s !}!], s:[s!]}",
                                 "version", &version, "result", &result, "exit_code", &exit_code, "reason", &reason, "duration_ms",
                                 &duration, "sources", "name", &name, "framework", &framework, "expected", &expected, "digest", &digest,
                                 "tenants", "total", &total, "ok", &ok, "failed", &failed, "warned", &warned, "findings", "database",
                                 &database, "tenant", &tenant, "source", &source, "kind", &kind, "severity", &severity, "items", &item,
                                 "message", &message, "remedies", &remedy),
                     0);
    assert_string_equal(version, TENANTGATE_VERSION);
    assert_string_equal(result, "closed");
    assert_int_equal(exit_code, 1);
    assert_string_equal(reason, "tenants_not_migrated");
    assert_int_equal(duration, 41);
    assert_string_equal(name, "default");
    assert_string_equal(framework, "django");
    assert_int_equal(expected, 2);
    assert_string_equal(digest, "sha256:d");
    assert_int_equal(total, 2);
    assert_int_equal(ok, 1);
    assert_int_equal(failed, 1);
    assert_int_equal(warned, 0);
    assert_string_equal(database, "default");
    assert_string_equal(tenant, "de\"mo\\xff");
    assert_string_equal(source, "default");
    assert_string_equal(kind, "pending");
    assert_string_equal(severity, "fail");
    assert_string_equal(item, "shop.0002");
    assert_string_equal(message, "1 of 2 migrations is not applied");
    assert_string_equal(remedy, "python manage.py migrate_schemas"); /* no such name can be copied into a command */
    json_decref(document);
    scene_done(&scene);
}

static void an_error_is_in_the_json_report_too(void **state)
{
    (void)state;
    struct report report = {.exit_code = 69, .reason = "deadline", .error = "no \"verdict\"", .hint = "wait"};
    char _cleanup_free_ *text = report_json(&report);
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    assert_string_equal(json_string_value(json_object_get(document, "error")), "no \"verdict\"");
    assert_string_equal(json_string_value(json_object_get(document, "hint")), "wait");
    assert_string_equal(json_string_value(json_object_get(document, "result")), "closed");
    assert_int_equal(json_array_size(json_object_get(document, "findings")), 0);
    json_decref(document);
    report_done(&report);
}

static void the_junit_report_is_well_formed_xml(void **state)
{
    (void)state;
    struct scene scene;
    struct buf _cleanup_buf_ out = BUF_INIT;
    scene_start(&scene);
    add_unit(&scene, 0, "acme");
    add_finding(add_unit(&scene, 0, "<d&\"\x1b>"), FINDING_PENDING, SEVERITY_FAIL, "x", "1 < 2 & \"3\"");
    add_finding(add_unit(&scene, 0, "c"), FINDING_UNKNOWN, SEVERITY_WARN, "x", "ahead");
    add_finding(add_unit(&scene, 0, "d"), FINDING_UNKNOWN, SEVERITY_WARN, "x", "ahead");
    add_unit(&scene, 0, "e")->absent = true;
    scene.report.error = "bad";
    report_junit(&scene.report, &out);
    assert_string_equal(buf_text(&out),
                        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<testsuite name=\"tenantgate\" tests=\"6\" failures=\"1\" errors=\"1\" time=\"0.041\">\n"
                        "  <testcase classname=\"tenantgate.default\" name=\"acme\">\n"
                        "  </testcase>\n"
                        "  <testcase classname=\"tenantgate.default\" name=\"&lt;d&amp;&quot;\\x1b&gt;\">\n"
                        "    <failure type=\"pending\" message=\"1 &lt; 2 &amp; &quot;3&quot;\">1 &lt; 2 &amp; &quot;3&quot;</failure>\n"
                        "  </testcase>\n"
                        "  <testcase classname=\"tenantgate.default\" name=\"c\">\n"
                        "    <system-out>ahead</system-out>\n"
                        "  </testcase>\n"
                        "  <testcase classname=\"tenantgate.default\" name=\"d\">\n"
                        "    <system-out>ahead</system-out>\n"
                        "  </testcase>\n"
                        "  <testcase classname=\"tenantgate.default\" name=\"e\">\n"
                        "    <skipped message=\"no such schema (ignored)\"/>\n"
                        "  </testcase>\n"
                        "  <testcase classname=\"tenantgate\" name=\"gate\">\n"
                        "    <error type=\"tenants_not_migrated\" message=\"bad\"/>\n"
                        "  </testcase>\n"
                        "</testsuite>\n");
    scene_done(&scene);
}

static void every_kind_has_the_word_of_the_contract(void **state)
{
    (void)state;
    static const char *const words[] = {"no_history_table", "no_privilege", "conflict", "undecided", "missing_schema", "pending",
                                        "inconsistent", "failed", "changed", "unknown", "out_of_order", "missing_table", "missing_column",
                                        "unexpected_table", "unexpected_column"};
    assert_int_equal(FINDING_KIND_COUNT, sizeof words / sizeof *words);
    for (size_t i = 0; i < FINDING_KIND_COUNT; i++)
        assert_string_equal(finding_kind_name((enum finding_kind)i), words[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_banner_of_one_tenant_that_is_behind),
        cmocka_unit_test(the_banner_of_an_error),
        cmocka_unit_test(the_banner_groups_tenants_and_names_a_few),
        cmocka_unit_test(few_tenants_get_a_command_each),
        cmocka_unit_test(different_findings_get_their_own_advice),
        cmocka_unit_test(in_kubernetes_the_way_past_the_gate_is_a_pod),
        cmocka_unit_test(the_exclusion_can_be_copied_whatever_the_name),
        cmocka_unit_test(groups_stand_in_the_order_of_their_weight_and_have_an_end),
        cmocka_unit_test(the_same_of_two_sources_is_not_one_group),
        cmocka_unit_test(the_summary_is_one_line),
        cmocka_unit_test(every_reason_has_a_headline),
        cmocka_unit_test(what_a_step_said_is_shown_and_cut),
        cmocka_unit_test(a_held_gate_names_no_exit_code),
        cmocka_unit_test(text_fills_the_lines_to_the_last_column),
        cmocka_unit_test(a_long_command_is_folded_so_that_it_can_be_copied),
        cmocka_unit_test(status_tells_sources_absence_and_errors),
        cmocka_unit_test(nothing_hostile_breaks_the_banner),
        cmocka_unit_test(a_tenant_of_two_sources_counts_once_with_its_worst),
        cmocka_unit_test(status_has_a_line_for_each_tenant),
        cmocka_unit_test(the_json_report_has_the_contracts_fields),
        cmocka_unit_test(a_command_past_the_gate_does_the_same),
        cmocka_unit_test(an_error_is_in_the_json_report_too),
        cmocka_unit_test(the_junit_report_is_well_formed_xml),
        cmocka_unit_test(every_kind_has_the_word_of_the_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
