/* One Alembic revision file, and env.py: the spellings that count, and when they are not decided. */
#include "test_python_tree.h"

#include "alembic/env.h"
#include "alembic/revision.h"

/* "id|down|depends|labels", or "!message". */
static char *read_text(const char *name, const char *text)
{
    struct py_module _cleanup_py_module_ module = {0};
    struct alembic_revision _cleanup_(alembic_revision_done) revision = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    if (alembic_revision_parse(&module, "r.py", name, text, strlen(text), &revision, &err) != 0) {
        assert_int_equal(err.kind, ERR_NO_EXPECTED);
        return mem_printf("!%s", err.msg);
    }
    char _cleanup_free_ *a = list_text(&revision.down);
    char _cleanup_free_ *b = list_text(&revision.depends);
    char _cleanup_free_ *c = list_text(&revision.labels);
    return mem_printf("%s|%s|%s|%s%s", revision.id, a, b, c, revision.labels_unknown ? "?" : "");
}

static void check_name(const char *name, const char *text, const char *wanted)
{
    char _cleanup_free_ *got = read_text(name, text);
    if (strcmp(got, wanted) != 0)
        fail_msg("%s\nis:     %s\nwanted: %s", text, got, wanted);
}

static void check(const char *text, const char *wanted)
{
    check_name("r.py", text, wanted);
}

static void spellings_that_count(void **state)
{
    (void)state;
    check("revision = 'a'\ndown_revision = None\nbranch_labels = None\ndepends_on = None\n", "a|||");
    check("revision: str = \"a\"\ndown_revision: Union[str, Sequence[str], None] = \"b\"\ndepends_on: str | None = "
          "None\n",
          "a|b||");
    check("revision, down_revision = 'a', 'b'\n", "a|b||");
    check("revision = 'a'; down_revision = (\n  'b'  # adjacent\n  'c'\n)\n", "a|bc||");
    check("revision = '''a'''\ndown_revision = ('b', 'c')\ndepends_on = ['d']\nbranch_labels = ('x', 'y')\n",
          "a|b c|d|x y");
    check("revision = 'a'\ndown_revision = ()\nbranch_labels = 'x'\n", "a|||x");
    check("PREVIOUS = 'b'\nrevision = 'a'\ndown_revision = PREVIOUS\n", "a|b||");
    check("revision = 'a'\ndown_revision = 'b'\ndef upgrade():\n    revision = 'decoy'\n    x = \"\"\"\nrevision = "
          "'decoy2'\n\"\"\"\n",
          "a|b||");
    check("'''\nRevision ID: zzz\n'''\nrevision = 'a'\ndown_revision = None\n", "a|||");
    check("import sqlalchemy as sa\nif sa.x:\n    y = 1\nrevision = 'a'\ndown_revision = None\nsetattr(x, 'y', 1) if 0 "
          "else None\ndown_revision = None\nrevision = 'a'\n",
          "a|||");
}

static void ids_from_names_of_old_files(void **state)
{
    (void)state;
    check_name("1a2b.py", "down_revision = None\n", "1a2b|||");
    check_name("1a2b_x.py", "down_revision = None\n", "!r.py: there is no variable `revision` in it");
    check_name("1a2b.py", "revision = 'other'\ndown_revision = None\n", "other|||");
}

static void undecided_or_wrong_files(void **state)
{
    (void)state;
    check("revision = f()\ndown_revision = None\n", "!r.py:1: revision is the result of a call");
    check("revision = f'{x}'\ndown_revision = None\n", "!r.py:1: revision is an f-string");
    check("revision = 12\ndown_revision = None\n", "!r.py:1: revision is not a string");
    check("revision = 'a'\n", "!r.py: there is no variable `down_revision` in it (None for a first revision)");
    check("revision = 'a'\ndown_revision = 3\n",
          "!r.py:2: down_revision is neither None, a string nor a sequence of strings");
    check("revision = 'a'\ndown_revision = ('b', None)\n", "!r.py:2: down_revision holds something that is no string");
    check("revision = 'a'\ndown_revision = ('b', x)\n",
          "!r.py:2: x is not assigned in this file before, and down_revision depends on it");
    check("revision = 'a'\nif x:\n    down_revision = 'b'\n", "!r.py:3: down_revision is changed under a condition");
    check("revision = 'a'\ndown_revision = 'b'\nfrom x import *\n", "!r.py:3: revision may come from import *");
    check("revision = 'a'\ndown_revision = 'b'\ndef f():\n    global down_revision\n    down_revision = 'c'\n",
          "!r.py:4: down_revision is changed in a function");
    check("revision = 'a'\ndown_revision = None\ndepends_on = x.y\n",
          "!r.py:3: x is not assigned in this file before, and depends_on depends on it");
    check("revision = 'a'\ndown_revision = None\nbranch_labels = (x.Y,)\n", "a|||?");
    check("revision = 'a-b'\ndown_revision = None\n",
          "!r.py: the revision \"a-b\" holds a character that Alembic does not allow (@ - + :)");
    check("revision = ''\ndown_revision = None\n", "!r.py: revision is empty");
    check("revision = 'a\n", "!r.py:1: a string that does not end on its line");
}

/* "table|schema", or "!message". */
static void check_env(const char *text, bool table_known, const char *wanted)
{
    struct alembic_env _cleanup_alembic_env_ env = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    char _cleanup_free_ *got = alembic_env_parse("env.py", text, strlen(text), table_known, &env, &err) != 0
                                   ? mem_printf("!%s", err.msg)
                                   : mem_printf("%s|%s", env.table ? env.table : "", env.schema ? env.schema : "");
    if (strcmp(got, wanted) != 0)
        fail_msg("%s\nis:     %s\nwanted: %s", text, got, wanted);
    if (*got == '!')
        assert_has(err.hint, "migrations.table");
}

static void version_table_in_env_py(void **state)
{
    (void)state;
    check_env("context.configure(connection=c, target_metadata=m)\n", false, "|");
    check_env("def run():\n    with e.connect() as c:\n        context.configure(connection=c, version_table='vt')\n",
              false, "vt|");
    check_env("context.configure(url=u, version_table=\"vt\", version_table_schema='s')\ncontext.configure(c, "
              "version_table='vt', version_table_schema='s')\n",
              false, "vt|s");
    check_env("TABLE = 'vt'\nSCHEMA = 'x' 'y'\ncontext.configure(version_table=TABLE, version_table_schema=SCHEMA,)\n",
              false, "vt|xy");
    check_env("context.configure(version_table=f())\n", false, "!env.py:1: the value of version_table is computed");
    check_env("context.configure(version_table=f())\n", true, "|");
    check_env("context.configure(version_table='a' + b)\n", false, "!env.py:1: the value of version_table is computed");
    check_env("configure(version_table='a')\nconfigure(version_table='b')\n", false,
              "!env.py:2: version_table is named twice, with different values");
    check_env("kw['version_table'] = 'a'\n", false, "!env.py:1: version_table is set in a way that is not understood");
    check_env("configure(**{'version_table': 'a'})\n", false,
              "!env.py:1: version_table is set in a way that is not understood");
    check_env("kw['version_table_schema'] = tenant\n", false, "|");
    check_env("configure(version_table_schema=tenant)\n", false, "|");
    check_env("configure(version_table_schema='a')\nconfigure(version_table_schema='b')\n", false, "|");
    check_env("def run(version_table='vt'):\n    configure(version_table=version_table)\n", false,
              "!env.py:2: the value of version_table is computed");
    check_env("T = 'vt'\ndef run(T):\n    configure(version_table=T)\n", false,
              "!env.py:3: the value of version_table is computed");
    check_env("T = 'vt'\ndef run():\n    T = f()\n    configure(version_table=T)\n", false,
              "!env.py:4: the value of version_table is computed");
    check_env("# version_table=\nx = (\n", false, "!env.py:2: a bracket that is not closed");
    check_env("x = (\n", false, "|");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings_that_count),
        cmocka_unit_test(ids_from_names_of_old_files),
        cmocka_unit_test(undecided_or_wrong_files),
        cmocka_unit_test(version_table_in_env_py),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
