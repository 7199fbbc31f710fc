/* Whole Alembic projects: configuration files, version locations, the graph. */
#include "test_python_tree.h"

#include "alembic/read.h"

struct project {
    struct tree tree;
    struct source source;
    struct expected expected;
    struct err err;
};

static char *no_vars[] = {NULL};

static struct project project_new(void)
{
    struct project p = {.tree = tree_new(), .source = {.env = {.vars = no_vars}}};
    strv_add(&p.source.paths, p.tree.root);
    return p;
}

static void project_done(struct project *p)
{
    strv_done(&p->source.paths);
    expected_done(&p->expected);
    err_done(&p->err);
    tree_done(&p->tree);
}

#define _cleanup_project_ __attribute__((cleanup(project_done)))

static void add_revision(const struct tree *tree, const char *file, const char *id, const char *rest)
{
    char _cleanup_free_ *text =
        mem_printf("from alembic import op\nrevision = '%s'\n%s\ndef upgrade(): pass\n", id, rest);
    tree_file(tree, file, text);
}

static void without_root(const struct project *p, const char *text, struct buf *out)
{
    size_t len = strlen(p->tree.root);
    while (*text) {
        if (strncmp(text, p->tree.root, len) == 0)
            text += len + (text[len] == '/');
        else
            buf_putc(out, *text++);
    }
}

/* "id<down~depends ...", or "!message". */
static char *outcome(struct project *p)
{
    struct buf out = BUF_INIT;
    expected_done(&p->expected);
    err_done(&p->err);
    if (alembic_read_below(&p->source, p->tree.root, &p->expected, &p->err) != 0) {
        assert_int_equal(p->err.kind, ERR_NO_EXPECTED);
        buf_putc(&out, '!');
        without_root(p, p->err.msg, &out);
        return buf_steal(&out);
    }
    for (size_t i = 0; i < p->expected.count; i++) {
        const struct migration *m = &p->expected.items[i];
        buf_printf(&out, "%s%s", i ? " " : "", m->id);
        for (size_t k = 0; k < m->parents.count; k++)
            buf_printf(&out, "%c%s", k ? ',' : '<', m->parents.items[k]);
        for (size_t k = 0; k < m->depends.count; k++)
            buf_printf(&out, "%c%s", k ? ',' : '~', m->depends.items[k]);
    }
    return buf_steal(&out);
}

static void check(struct project *p, const char *wanted)
{
    char _cleanup_free_ *got = outcome(p);
    assert_string_equal(got, wanted);
}

static void use_path(struct project *p, const char *name)
{
    strv_done(&p->source.paths);
    strv_take(&p->source.paths, tree_path(&p->tree, name));
}

static void the_cases_are_what_alembic_said(void **state)
{
    (void)state;
    struct project _cleanup_project_ linear = project_new();
    tree_case(&linear.tree, "alembic_linear");
    /* alembic history: 77aa -> left_wing, right_wing -> merge_wings; `.#lock.py`, notes.txt and sub/ do not count */
    check(&linear, "1a2b3c4d5e6f 77aa<1a2b3c4d5e6f left_wing<77aa merge_wings<left_wing,right_wing right_wing<77aa");
    assert_null(linear.expected.table);
    struct project _cleanup_project_ branches = project_new();
    tree_case(&branches.tree, "alembic_branches");
    check(&branches, "c1 c2<c1 c3<c2 p1 p2<p1~c2");
    struct project _cleanup_project_ flask = project_new();
    tree_case(&flask.tree, "flask_migrate");
    check(&flask, "5f00aa11bb22");
    tree_file(
        &flask.tree, "migrations/alembic.ini",
        "# A generic, single database configuration.\n[alembic]\n# file_template = %%(rev)s_%%(slug)s\n"
        "[loggers]\nkeys = root,sqlalchemy\n[formatter_generic]\nformat = %(levelname)-5.5s [%(name)s] %(message)s\n");
    tree_file(&flask.tree, "migrations/env.py", "context.configure(connection=c, **conf_args)\n");
    check(&flask, "5f00aa11bb22");
}

static void ways_to_name_the_folder(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_revision(&p.tree, "m/versions/1_a.py", "a", "down_revision = None");
    tree_file(&p.tree, "m/env.py", "context.configure(version_table='vt', version_table_schema='vs')\n");
    tree_file(&p.tree, "alembic.ini", "[alembic]\nscript_location = m\n");
    const char *paths[] = {"", "m", "m/versions"};
    for (size_t i = 0; i < 3; i++) {
        use_path(&p, paths[i]);
        check(&p, "a");
        assert_string_equal(p.expected.table, "vt");
        assert_string_equal(p.expected.schema, "vs");
    }
    use_path(&p, "nowhere");
    check(&p, "!nowhere: there is no such folder");
    tree_folder(&p.tree, "empty");
    use_path(&p, "empty");
    check(&p, "!there are no Alembic revisions in empty");
}

static void options_of_the_ini_file(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_revision(&p.tree, "app/db/migrations/versions/a.py", "a", "down_revision = None");
    add_revision(&p.tree, "app/db/migrations/versions/sub/b.py", "b", "down_revision = 'a'");
    add_revision(&p.tree, "one/c.py", "c", "down_revision = None");
    add_revision(&p.tree, "two dirs/d.py", "d", "down_revision = None");
    tree_file(&p.tree, "app/__init__.py", "");
    static const struct {
        const char *ini, *wanted;
    } cases[] = {
        {"[alembic]\nscript_location = app/db/migrations\n", "a"},
        {"[alembic]\nscript_location = %(here)s/app/db/migrations\n", "a"},
        {"[alembic]\nscript_location: app:db/migrations\n", "a"},
        {"[alembic]\nSCRIPT_LOCATION = app:db:migrations\n", "a"},
        {"[DEFAULT]\nbase = %(here)s/app\n[alembic]\nscript_location = %(base)s/db/migrations\n", "a"},
        {"[alembic]\nscript_location = app/db/migrations\nrecursive_version_locations = true\n", "a b<a"},
        {"[alembic]\nscript_location = app/db/migrations\nrecursive_version_locations = false\n", "a"},
        {"[alembic]\nscript_location = app/db/migrations\nrecursive_version_locations = yes\n",
         "!alembic.ini: recursive_version_locations: write \"true\": versions of Alembic differ in what else they take "
         "for it"},
        {"[alembic]\nscript_location = app/db/migrations\nversion_locations = one app/db/migrations/versions\n", "a c"},
        {"[alembic]\nscript_location = app/db/migrations\nversion_locations = one, app/db/migrations/versions\n",
         "a c"},
        {"[alembic]\nscript_location = app/db/migrations\nversion_locations = %(here)s/one:%(here)s/two "
         "dirs\nversion_path_separator = os\n",
         "c d"},
        {"[alembic]\nscript_location = app/db/migrations\npath_separator = newline\nversion_locations =\n  one\n  two "
         "dirs\n",
         "c d"},
        {"[alembic]\nscript_location = app/db/migrations\npath_separator = ;\nversion_locations = one; two dirs ;\n",
         "c d"},
        {"[alembic]\nscript_location = app/db/migrations\npath_separator = |\nversion_locations = one\n",
         "!alembic.ini: \"|\" is no path_separator (os, space, newline, : or ;)"},
        {"[alembic]\nscript_location = app/db/migrations\nversion_locations = one none\n",
         "!alembic.ini: the version location none is not there"},
        {"[alembic]\nscript_location = nowhere\n", "!alembic.ini: the script location nowhere is not there"},
        {"[alembic]\nscript_location = %(nope)s/x\n",
         "!alembic.ini:2: the value of script_location refers to something (%) that is not there"},
        {"[alembic]\nscript_location = %(a)s\na = %(b)s\nb = %(a)s\n",
         "!alembic.ini:2: the value of script_location refers to something (%) that is not there"},
        {"[alembic]\nscript_location = nopkg:x\n", "!alembic.ini: nopkg:x: the package is not found"},
        {"[alembic]\n", "!alembic.ini: there is no script_location in it"},
        {"[alembic]\nscript_location = m\nscript_location = n\n", "!alembic.ini:3: script_location is set twice"},
        {"[alembic\n", "!alembic.ini:1: a section that does not end in ']'"},
        {"[alembic]\nscript_location = app/db/migrations\nsourceless = true\n", "a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tree_file(&p.tree, "alembic.ini", cases[i].ini);
        char _cleanup_free_ *got = outcome(&p);
        char _cleanup_free_ *wanted = mem_strdup(cases[i].wanted);
        if (strcmp(got, wanted) != 0)
            fail_msg("%s\nis:     %s\nwanted: %s", cases[i].ini, got, wanted);
    }
}

static void pyproject_toml(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_revision(&p.tree, "m/versions/a.py", "a", "down_revision = None");
    add_revision(&p.tree, "other/b.py", "b", "down_revision = None");
    static const struct {
        const char *toml, *wanted;
    } cases[] = {
        {"[project]\nname = \"x\"\n[tool.alembic]\nscript_location = \"%(here)s/m\" # here\n", "a"},
        {"[tool.alembic]\nscript_location = 'm'\nversion_locations = [\n  'm/versions', # one\n  "
         "\"%(here)s/other\",\n]\n[tool.x]\nscript_location = 3\n",
         "a b"},
        {"x = \"\"\"\n[tool.alembic]\nscript_location = 'zzz'\n\"\"\"\n[tool.alembic]\nscript_location = "
         "'m'\nfile_template = '''\n[x]'''\nsourceless = false\n",
         "a"},
        {"[tool.alembic]\nscript_location = \"\\u0041\"\n",
         "!pyproject.toml:2: this value of [tool.alembic] is not understood"},
        {"[tool.alembic]\nversion_locations = [1]\n",
         "!pyproject.toml:2: this value of [tool.alembic] is not understood"},
        {"[tool.alembic]\nversion_locations = [\n",
         "!pyproject.toml:3: this value of [tool.alembic] is not understood"},
        {"[tool.alembic]\nx = 1\n", "!pyproject.toml: there is no script_location in it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tree_file(&p.tree, "pyproject.toml", cases[i].toml);
        char _cleanup_free_ *got = outcome(&p);
        if (strcmp(got, cases[i].wanted) != 0)
            fail_msg("%s\nis:     %s\nwanted: %s", cases[i].toml, got, cases[i].wanted);
    }
    tree_file(&p.tree, "pyproject.toml", cases[0].toml);
    tree_file(&p.tree, "alembic.ini",
              "[alembic]\nsqlalchemy.url = x\n"); /* as `alembic init --template pyproject` makes it */
    check(&p, "a");
}

static void which_files_are_revisions(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_revision(&p.tree, "m/versions/a.py", "a", "down_revision = None");
    add_revision(&p.tree, "m/versions/_b.py", "b", "down_revision = 'a'");
    add_revision(&p.tree, "m/versions/.hidden.py", "h", "down_revision = 'b'");
    tree_file(&p.tree, "m/versions/.#lock.py", "x");
    tree_file(&p.tree, "m/versions/__init__.py", "x");
    tree_file(&p.tree, "m/versions/__init__old.py", "x");
    tree_file(&p.tree, "m/versions/notes.txt", "x");
    tree_file(&p.tree, "m/versions/x.pyc", "x");
    tree_file(&p.tree, "m/versions/sub/zzz.py", "x");
    tree_file(&p.tree, "m/versions/__pycache__/gone.cpython-311.pyc", "x");
    tree_file(&p.tree, "alembic.ini", "[alembic]\nscript_location = m\n");
    char _cleanup_free_ *from = tree_path(&p.tree, "m/versions/a.py");
    char _cleanup_free_ *link = tree_path(&p.tree, "m/versions/link.py");
    assert_int_equal(symlink(from, link), 0);
    check(&p, "a b<a h<b");
    tree_file(&p.tree, "alembic.ini", "[alembic]\nscript_location = m\nsourceless = true\n");
    check(&p, "!m/versions/x.pyc: a compiled revision without its source: its id is not in its name");
    char _cleanup_free_ *pyc = tree_path(&p.tree, "m/versions/x.pyc");
    unlink(pyc);
    check(&p, "!m/versions/__pycache__/gone.cpython-311.pyc: a compiled revision without its source: its id is not in "
              "its name");
    tree_file(&p.tree, "alembic.ini", "[alembic]\nscript_location = m\n");
    char _cleanup_free_ *loop = tree_path(&p.tree, "m/versions/loop.py");
    assert_int_equal(symlink("loop.py", loop), 0);
    check(&p, "!m/versions/loop.py: cannot be followed: Too many levels of symbolic links");
}

static void the_graph_is_checked(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    tree_file(&p.tree, "alembic.ini", "[alembic]\nscript_location = m\n");
    add_revision(&p.tree, "m/versions/1.py", "a", "down_revision = None\nbranch_labels = ('left',)");
    add_revision(&p.tree, "m/versions/2.py", "b", "down_revision = None\ndepends_on = 'left'");
    add_revision(&p.tree, "m/versions/3.py", "c", "down_revision = 'b'\ndepends_on = ['a', 'b']");
    check(&p, "a b~a c<b~a,b");
    add_revision(&p.tree, "m/versions/4.py", "d", "down_revision = 'zzz'");
    check(&p, "!m/versions/4.py: down_revision names zzz, and there is no such revision");
    add_revision(&p.tree, "m/versions/4.py", "d", "down_revision = 'c'\ndepends_on = 'yyy'");
    check(&p, "!m/versions/4.py: depends_on names yyy, and there is no such revision");
    add_revision(&p.tree, "m/versions/3.py", "c", "down_revision = 'b'\nbranch_labels = (x.y,)");
    check(&p, "!m/versions/4.py: depends_on names yyy, and the branch_labels of m/versions/3.py, which may hold it, "
              "are computed");
    add_revision(&p.tree, "m/versions/4.py", "a", "down_revision = 'c'");
    check(&p, "!revision a is there twice: in m/versions/1.py and in m/versions/4.py");
    add_revision(&p.tree, "m/versions/4.py", "d", "down_revision = 'c'\nbranch_labels = 'left'");
    check(&p, "!the branch label left is there twice: in m/versions/1.py and in m/versions/4.py");
    add_revision(&p.tree, "m/versions/4.py", "d", "down_revision = 'd'");
    check(&p, "!the revisions depend on each other in a circle: d");
    add_revision(&p.tree, "m/versions/4.py", "d", "down_revision = 'c'");
    add_revision(&p.tree, "m/versions/1.py", "a", "down_revision = None\nbranch_labels = 'left'\ndepends_on = 'd'");
    check(&p, "!the revisions depend on each other in a circle: a, b, c and d");
}

static void several_projects_at_once(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_revision(&p.tree, "x/versions/a.py", "a", "down_revision = None");
    add_revision(&p.tree, "y/versions/b.py", "b", "down_revision = 'a'");
    tree_file(&p.tree, "x/env.py", "configure(version_table='v1')\n");
    use_path(&p, "x");
    strv_take(&p.source.paths, tree_path(&p.tree, "y"));
    check(&p, "a b<a");
    assert_string_equal(p.expected.table, "v1");
    tree_file(&p.tree, "y/env.py", "configure(version_table='v2')\n");
    check(&p, "!y/env.py: names another version table than the other projects of migrations.path");
    p.source.table = "v3";
    check(&p, "a b<a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cases_are_what_alembic_said), cmocka_unit_test(ways_to_name_the_folder),
        cmocka_unit_test(options_of_the_ini_file),         cmocka_unit_test(pyproject_toml),
        cmocka_unit_test(which_files_are_revisions),       cmocka_unit_test(the_graph_is_checked),
        cmocka_unit_test(several_projects_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
