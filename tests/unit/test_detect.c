/* Which framework the files belong to. */
#include "framework/framework.h"
#include "test_python_tree.h"

static void check(const struct tree *tree, const char *variable, const char *wanted)
{
    char _cleanup_free_ *var = variable ? mem_strdup(variable) : NULL;
    char *vars[] = {var, NULL};
    struct source source = {.env = {.vars = vars}};
    struct err _cleanup_err_ err = ERR_INIT;
    enum framework framework = FRAMEWORK_AUTO;
    strv_add(&source.paths, tree->root);
    if (framework_detect(&source, &framework, &err) != 0) {
        assert_int_equal(err.kind, ERR_NO_EXPECTED);
        assert_has(err.msg, wanted);
        assert_has(err.hint, "migrations.framework");
    } else {
        assert_string_equal(framework_row(framework)->name, wanted);
    }
    strv_done(&source.paths);
}

static void django_by_manage_py(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    check(&tree, NULL, "no migration framework is recognised in");
    tree_file(&tree, "manage.py", "from flask_script import Manager\n");
    check(&tree, NULL, "there is no manage.py that names DJANGO_SETTINGS_MODULE, no alembic.ini");
    tree_file(&tree, "manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', f())\n");
    check(&tree, NULL, "django");
}

static void django_by_the_environment(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    check(&tree, "DJANGO_SETTINGS_MODULE=shop.settings", "no migration framework is recognised in");
    tree_file(&tree, "shop/settings.py", "");
    check(&tree, "DJANGO_SETTINGS_MODULE=shop.settings", "django");
}

static void alembic_by_its_files(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    tree_file(&tree, "pyproject.toml", "[tool.black]\nalembic = 1\n");
    check(&tree, NULL, "no migration framework is recognised in");
    tree_file(&tree, "pyproject.toml", "[tool.alembic]\nscript_location = f()\n");
    check(&tree, NULL, "alembic");
    tree_file(&tree, "pyproject.toml", "");
    tree_file(&tree, "migrations/alembic.ini", "");
    check(&tree, NULL, "alembic");
    struct tree _cleanup_tree_ other = tree_new();
    tree_file(&other, "alembic.ini", "");
    check(&other, NULL, "alembic");
}

static void both_is_an_error_that_names_both(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    tree_file(&tree, "alembic.ini", "");
    tree_file(&tree, "manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'a')\n");
    check(&tree, NULL, "the files belong to more than one framework: Django (");
    check(&tree, NULL, "alembic.ini)");
}

static void the_cases(void **state)
{
    (void)state;
    const struct {
        const char *name, *wanted;
    } cases[] = {
        {"django", "django"}, {"dtenants", "django"}, {"alembic_linear", "alembic"}, {"alembic_branches", "alembic"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tree _cleanup_tree_ tree = tree_new();
        tree_case(&tree, cases[i].name);
        check(&tree, NULL, cases[i].wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(django_by_manage_py),
        cmocka_unit_test(django_by_the_environment),
        cmocka_unit_test(alembic_by_its_files),
        cmocka_unit_test(both_is_an_error_that_names_both),
        cmocka_unit_test(the_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
