/* Where Python would find a module, and what scripts do to sys.path. */
#include "test_python_tree.h"

#include "python/roots.h"
#include "python/syspath.h"

/* Environments are arrays of "NAME=value". */
static struct py_roots roots_of(const struct tree *tree, const char *paths, char *const *vars)
{
    struct py_roots roots;
    struct strv _cleanup_strv_ list = STRV_INIT;
    struct environment env = {.vars = vars};
    for (const char *p = paths; *p;) {
        size_t len = strcspn(p, " ");
        char _cleanup_free_ *name = mem_strndup(p, len);
        strv_take(&list, tree_path(tree, strcmp(name, ".") == 0 ? "" : name));
        p += len + (p[len] == ' ');
    }
    py_roots_init(&roots, &list, &env, tree->root);
    return roots;
}

static char *const no_vars[] = {NULL};

/* "package:PATH", "module:PATH", "compiled:PATH", "namespace:PATH,PATH", "none" or "!message", paths relative to the
 * tree. */
static char *find(struct py_roots *roots, const struct tree *tree, const char *dotted)
{
    const struct py_found *found;
    struct err _cleanup_err_ err = ERR_INIT;
    struct buf out = BUF_INIT;
    size_t skip = strlen(tree->root) + 1;
    if (py_roots_find(roots, dotted, &found, &err) != 0) {
        buf_printf(&out, "!%s", err.msg);
        return buf_steal(&out);
    }
    switch (found->kind) {
    case PY_FOUND_NONE:
        buf_puts(&out, "none");
        break;
    case PY_FOUND_NAMESPACE:
        buf_puts(&out, "namespace:");
        for (size_t i = 0; i < found->folders.count; i++)
            buf_printf(&out, "%s%s", i ? "," : "", found->folders.items[i] + skip);
        break;
    default:
        if (found->source == NULL)
            buf_printf(&out, "compiled:%s", found->compiled + skip);
        else
            buf_printf(&out, "%s:%s", found->kind == PY_FOUND_PACKAGE ? "package" : "module", found->source + skip);
    }
    return buf_steal(&out);
}

static void check(struct py_roots *roots, const struct tree *tree, const char *dotted, const char *wanted)
{
    char _cleanup_free_ *got = find(roots, tree, dotted);
    assert_string_equal(got, wanted);
}

static void packages_modules_and_namespaces(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    tree_file(&tree, "app/a/__init__.py", "");
    tree_file(&tree, "app/a/sub/__init__.py", "");
    tree_file(&tree, "app/a/sub/m.py", "");
    tree_file(&tree, "app/b.py", "");
    tree_file(&tree, "app/both.py", "");
    tree_file(&tree, "app/both/__init__.py", "");
    tree_file(&tree, "app/ns/x.py", "");
    tree_file(&tree, "lib/ns/y.py", "");
    tree_file(&tree, "lib/a/__init__.py", "");
    tree_file(&tree, "lib/late/__init__.py", "");
    tree_file(&tree, "app/late/other.txt", "");
    tree_file(&tree, "lib/c.pyc", "");
    tree_file(&tree, "lib/d.cpython-311-x86_64-linux-gnu.so", "");
    struct py_roots _cleanup_py_roots_ roots = roots_of(&tree, "app lib", no_vars);
    check(&roots, &tree, "a", "package:app/a/__init__.py");
    check(&roots, &tree, "a.sub.m", "module:app/a/sub/m.py");
    check(&roots, &tree, "a.none", "none");
    check(&roots, &tree, "b", "module:app/b.py");
    check(&roots, &tree, "b.c", "none");
    check(&roots, &tree, "both", "package:app/both/__init__.py");
    check(&roots, &tree, "ns", "namespace:app/ns,lib/ns");
    check(&roots, &tree, "ns.y", "module:lib/ns/y.py");
    check(&roots, &tree, "late", "package:lib/late/__init__.py"); /* a package behind a mere folder wins */
    check(&roots, &tree, "c", "compiled:lib/c.pyc");
    check(&roots, &tree, "d", "compiled:lib/d.cpython-311-x86_64-linux-gnu.so");
    check(&roots, &tree, "nothing", "none");
    check(&roots, &tree, "a..b", "!\"a.\" is not the name of a Python module");
    check(&roots, &tree, "", "!\"\" is not the name of a Python module");
    check(&roots, &tree, "a/../../etc", "!\"a/../../etc\" is not the name of a Python module");
    check(&roots, &tree, "x\x1b[31m/", "!\"x\\x1b[31m/\" is not the name of a Python module");
}

static void site_packages_in_their_order(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    tree_folder(&tree, "app");
    tree_file(&tree, "usr/lib/python3/dist-packages/a.py", "");
    tree_file(&tree, "usr/local/lib/python3.12/site-packages/b.py", "");
    tree_file(&tree, "usr/lib/python3/dist-packages/b.py", "");
    tree_file(&tree, "opt/venv/lib/python3.12/site-packages/c.py", "");
    tree_file(&tree, "usr/local/lib/python3.12/site-packages/c.py", "");
    tree_file(&tree, "app/.venv/lib/python3.12/site-packages/d.py", "");
    tree_file(&tree, "opt/venv/lib/python3.12/site-packages/d.py", "");
    tree_file(&tree, "used/pyvenv.cfg", "");
    tree_file(&tree, "used/lib/python3.12/site-packages/e.py", "");
    tree_file(&tree, "app/.venv/lib/python3.12/site-packages/e.py", "");
    tree_file(&tree, "named/lib/python3.13/site-packages/f.py", "");
    tree_file(&tree, "used/lib/python3.12/site-packages/f.py", "");
    tree_file(&tree, "pp/g.py", "");
    tree_file(&tree, "named/lib/python3.13/site-packages/g.py", "");
    tree_file(&tree, "home/.local/lib/python3.12/site-packages/h.py", "");
    tree_file(&tree, "usr/local/lib/python3.12/site-packages/h.py", "");
    tree_file(&tree, "conda/bin/python3", "");
    tree_file(&tree, "conda/lib/python3.10/site-packages/i.py", "");
    tree_file(&tree, "opt/venv/lib/python3.12/site-packages/i.py", "");
    char _cleanup_free_ *home = mem_printf("HOME=%s/home", tree.root);
    char _cleanup_free_ *path = mem_printf("PATH=/nowhere/bin:%s/used/bin:%s/conda/bin:/bin", tree.root, tree.root);
    char _cleanup_free_ *venv = mem_printf("VIRTUAL_ENV=%s/named", tree.root);
    char _cleanup_free_ *pythonpath = mem_printf("PYTHONPATH=:%s/pp:/nowhere", tree.root);
    char *vars[] = {path, venv, pythonpath, home, NULL};
    struct py_roots _cleanup_py_roots_ roots = roots_of(&tree, "app", vars);
    check(&roots, &tree, "a", "module:usr/lib/python3/dist-packages/a.py");
    check(&roots, &tree, "b", "module:usr/local/lib/python3.12/site-packages/b.py");
    check(&roots, &tree, "c", "module:opt/venv/lib/python3.12/site-packages/c.py");
    check(&roots, &tree, "d", "module:app/.venv/lib/python3.12/site-packages/d.py");
    check(&roots, &tree, "e", "module:used/lib/python3.12/site-packages/e.py");
    check(&roots, &tree, "f", "module:named/lib/python3.13/site-packages/f.py");
    check(&roots, &tree, "g", "module:pp/g.py");
    check(&roots, &tree, "h", "module:home/.local/lib/python3.12/site-packages/h.py");
    check(&roots, &tree, "i", "module:conda/lib/python3.10/site-packages/i.py");
}

static void two_pythons_with_different_copies_are_undecided(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    tree_folder(&tree, "app");
    tree_file(&tree, "usr/local/lib/python3.11/site-packages/a/__init__.py", "");
    tree_file(&tree, "usr/local/lib/python3.12/site-packages/a/__init__.py", "");
    tree_file(&tree, "usr/local/lib/python3.12/site-packages/b.py", "");
    tree_file(&tree, "usr/local/lib/python3.11/site-packages/same.py", "");
    char _cleanup_free_ *from = tree_path(&tree, "usr/local/lib/python3.11/site-packages/same.py");
    char _cleanup_free_ *to = tree_path(&tree, "usr/local/lib/python3.12/site-packages/same.py");
    assert_int_equal(symlink(from, to), 0);
    struct py_roots _cleanup_py_roots_ roots = roots_of(&tree, "app", no_vars);
    char _cleanup_free_ *got = find(&roots, &tree, "a");
    assert_has(got, "the Python module a is there twice, and which one the app imports is not known");
    check(&roots, &tree, "b", "module:usr/local/lib/python3.12/site-packages/b.py");
    check(&roots, &tree, "same", "module:usr/local/lib/python3.11/site-packages/same.py");
}

static void pth_files_and_extended_packages(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    char _cleanup_free_ *absolute = tree_path(&tree, "editable");
    char _cleanup_free_ *pth =
        mem_printf("# comment\nimport os; os.system('false')\n%s\nrelative\n/nowhere\n", absolute);
    tree_folder(&tree, "app");
    tree_file(&tree, "editable/a.py", "");
    tree_file(&tree, "usr/local/lib/python3.12/site-packages/x.pth", pth);
    tree_file(&tree, "usr/local/lib/python3.12/site-packages/relative/b.py", "");
    tree_file(&tree, "app/ext/__init__.py", "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n");
    tree_file(&tree, "app/ext/one.py", "");
    tree_file(&tree, "app/ext/both.py", "");
    tree_file(&tree, "usr/local/lib/python3.12/site-packages/ext/__init__.py",
              "__path__ = extend_path(__path__, __name__)\n");
    tree_file(&tree, "usr/local/lib/python3.12/site-packages/ext/two.py", "");
    tree_file(&tree, "usr/local/lib/python3.12/site-packages/ext/both.py", "");
    struct py_roots _cleanup_py_roots_ roots = roots_of(&tree, "app", no_vars);
    check(&roots, &tree, "a", "module:editable/a.py");
    check(&roots, &tree, "b", "module:usr/local/lib/python3.12/site-packages/relative/b.py");
    check(&roots, &tree, "ext.one", "module:app/ext/one.py");
    check(&roots, &tree, "ext.two", "module:usr/local/lib/python3.12/site-packages/ext/two.py");
    char _cleanup_free_ *both = find(&roots, &tree, "ext.both");
    assert_has(both, "the Python module ext.both is there twice");
}

static void symlink_loops_are_an_error(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    tree_file(&tree, "a/__init__.py", "");
    char _cleanup_free_ *loop = tree_path(&tree, "a/loop");
    assert_int_equal(symlink("loop", loop), 0);
    struct py_roots _cleanup_py_roots_ roots = roots_of(&tree, ".", no_vars);
    char _cleanup_free_ *got = find(&roots, &tree, "a.loop");
    assert_has(got, "cannot be examined: Too many levels of symbolic links");
}

static void changes_of_sys_path(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    tree_file(&tree, "apps/a.py", "");
    tree_file(&tree, "a.py", "");
    tree_file(&tree, "more/b.py", "");
    tree_folder(&tree, "x/y");
    char _cleanup_free_ *manage = tree_path(&tree, "manage.py");
    const struct {
        const char *text, *a, *b;
    } cases[] = {
        {"", "module:a.py", "none"},
        {"import sys\nsys.path.append('/nowhere')\nprint(sys.path)\n", "module:a.py", "none"},
        {"sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'apps'))\n", "module:apps/a.py",
         "none"},
        {"B = Path(__file__).resolve().parent\nsys.path.insert(0, str(B / 'apps'))\n", "module:apps/a.py", "none"},
        {"def main():\n    cur = pathlib.Path(__file__).parent.resolve()\n    sys.path.append(str(cur / 'more'))\n    "
         "sys.path.append(str(cur / 'apps'))\n",
         "module:a.py", "module:more/b.py"},
        {"ROOT = os.path.dirname(__file__)\nfor_ = os.path.join(ROOT, 'x', '..', 'more')\nsys.path.extend([for_, "
         "f()])\n",
         "module:a.py", "module:x/../more/b.py"},
        {"sys.path.insert(0, Path(__file__).parents[0].joinpath('apps').as_posix())\n", "module:apps/a.py", "none"},
        {"sys.path.insert(1, f())\n", "!", ":1: sys.path is changed in a way that is not understood"},
        {"\nsys.path[0:0] = ['x']\n", "!", ":2: sys.path is changed in a way that is not understood"},
        {"sys.path = ['x']\n", "!", ":1: sys.path is changed in a way that is not understood"},
        {"A = f()\nA = 'x'\nsys.path.insert(0, A)\n", "!", ":3: sys.path is changed in a way that is not understood"},
        {"A = A + 'x'\nsys.path.insert(0, A)\n", "!", ":2: sys.path is changed in a way that is not understood"},
        {"A = B\nB = A\nsys.path.insert(0, A)\n", "!", ":3: sys.path is changed in a way that is not understood"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct py_roots _cleanup_py_roots_ roots = roots_of(&tree, ".", no_vars);
        struct err _cleanup_err_ err = ERR_INIT;
        int result = py_syspath_apply(&roots, manage, cases[i].text, strlen(cases[i].text), &err);
        if (*cases[i].a == '!') {
            assert_int_equal(result, -1);
            assert_has(err.msg, cases[i].b);
            continue;
        }
        if (result != 0)
            fail_msg("%s\n%s", cases[i].text, err.msg);
        check(&roots, &tree, "a", cases[i].a);
        check(&roots, &tree, "b", cases[i].b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packages_modules_and_namespaces),
        cmocka_unit_test(site_packages_in_their_order),
        cmocka_unit_test(two_pythons_with_different_copies_are_undecided),
        cmocka_unit_test(pth_files_and_extended_packages),
        cmocka_unit_test(symlink_loops_are_an_error),
        cmocka_unit_test(changes_of_sys_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
