/* Django settings: which settings file counts, the white list of statements, and each way to be undecided. */
#include "test_python_tree.h"

#include "django/settings.h"

static char *apps_of(const char *text)
{
    struct django_settings _cleanup_django_settings_ settings = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    struct strv _cleanup_strv_ apps = STRV_INIT, maybe = STRV_INIT;
    if (django_settings_parse("s.py", text, strlen(text), &settings, &err) != 0 ||
        django_settings_apps(&settings, &apps, &maybe, &err) != 0) {
        assert_int_equal(err.kind, ERR_NO_EXPECTED);
        assert_has(err.hint, "tenantgate manifest --script django");
        return mem_printf("!%s", err.msg);
    }
    return list_text(&apps);
}

static void check_apps(const char *text, const char *wanted)
{
    char _cleanup_free_ *got = apps_of(text);
    if (strcmp(got, wanted) != 0)
        fail_msg("%s\nis:     %s\nwanted: %s", text, got, wanted);
}

static void installed_apps_as_projects_write_them(void **state)
{
    (void)state;
    check_apps("INSTALLED_APPS = [\n    'django.contrib.auth',\n    # 'off',\n    \"shop\",\n]\n",
               "django.contrib.auth shop");
    check_apps("INSTALLED_APPS = ('a', 'b')\nINSTALLED_APPS += ('c',)\n", "a b c");
    check_apps("A = ['a']\nB = ['b']\nINSTALLED_APPS = A + B + [\n'c']\n", "a b c");
    check_apps("SHARED_APPS = ['t', 'a']\nTENANT_APPS = ['a', 'b']\n"
               "INSTALLED_APPS = SHARED_APPS + [app for app in TENANT_APPS if app not in SHARED_APPS]\n",
               "t a b");
    check_apps("SHARED_APPS = ('t', 'a')\nTENANT_APPS = ('a', 'b')\n"
               "INSTALLED_APPS = list(SHARED_APPS) + [x for x in TENANT_APPS if x not in SHARED_APPS]\n",
               "t a b");
    check_apps("SHARED_APPS = ['t']\nTENANT_APPS = ['a']\nINSTALLED_APPS = list(set(SHARED_APPS + TENANT_APPS))\n",
               "t a");
    check_apps("import os\nfrom pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\n"
               "SECRET_KEY = os.environ['SECRET']\nDEBUG = os.getenv('DEBUG') == '1'\nINSTALLED_APPS = ['a']\n"
               "MIDDLEWARE = ['x']\nif DEBUG:\n    MIDDLEWARE += ['y']\nDATABASES = {'default': env.db()}\n"
               "LOGGING = {'root': {'level': 'INFO' if DEBUG else 'WARNING'}}\n",
               "a");
    check_apps("INSTALLED_APPS = []\n", "");
}

static void undecided_apps_say_where_and_why(void **state)
{
    (void)state;
    check_apps("X = 1\n", "!s.py: INSTALLED_APPS is not assigned in it");
    check_apps("INSTALLED_APPS = ['a']\nif DEBUG:\n    INSTALLED_APPS += [b]\n",
               "!s.py:3: INSTALLED_APPS is changed under a condition");
    check_apps("T = ['a']\nif DEBUG:\n    T.append(b)\nINSTALLED_APPS = T\n",
               "!s.py:3: T is changed under a condition, and INSTALLED_APPS depends on it");
    check_apps("INSTALLED_APPS = ['a']\nfrom .local import *\n", "!s.py:2: INSTALLED_APPS may come from import *");
    check_apps("from .base import *\n", "!s.py:1: INSTALLED_APPS may come from import *");
    check_apps("from .base import *\nINSTALLED_APPS += ['b']\n",
               "!s.py:2: INSTALLED_APPS is not assigned in this file before");
    check_apps("from .base import INSTALLED_APPS\n", "!s.py:1: INSTALLED_APPS is imported from .base.INSTALLED_APPS");
    check_apps("INSTALLED_APPS = ['a',\n  f('b')]\n", "!s.py:2: an entry of INSTALLED_APPS is the result of a call");
    check_apps("import os\nINSTALLED_APPS = os.environ['A'].split(',')\n",
               "!s.py:2: INSTALLED_APPS is the result of a call");
    check_apps("import f\nINSTALLED_APPS = f.g()\n", "!s.py:2: INSTALLED_APPS is the result of a call");
    check_apps("INSTALLED_APPS = 'a'\n", "!s.py:1: INSTALLED_APPS is not a list that is understood");
    check_apps("INSTALLED_APPS = ['a', 3]\n", "!s.py:1: an entry of INSTALLED_APPS is not a plain string");
    check_apps("INSTALLED_APPS = ['a']\nsetup(INSTALLED_APPS)\n",
               "!s.py:2: INSTALLED_APPS is used in a way that may change it");
    check_apps("INSTALLED_APPS = ['a'\n", "!s.py:1: a bracket that is not closed");
    check_apps("class Base(Configuration):\n    INSTALLED_APPS = ['a']\n",
               "!s.py: INSTALLED_APPS is not assigned in it");
    check_apps("from split_settings.tools import include\nINSTALLED_APPS = ['a']\ninclude('x.py')\n",
               "!s.py:1: INSTALLED_APPS may be changed by the library split_settings");
    check_apps("INSTALLED_APPS = ['a']\nimport dynaconf\nsettings = dynaconf.DjangoDynaconf(__name__)\n",
               "!s.py:2: INSTALLED_APPS may be changed by the library dynaconf");
    check_apps("TENANT_TYPES = {'public': {'APPS': ['a']}}\nINSTALLED_APPS = []\n"
               "for schema in TENANT_TYPES:\n    INSTALLED_APPS += [a for a in TENANT_TYPES[schema]['APPS']]\n",
               "!s.py:4: INSTALLED_APPS is changed in a loop");
}

static void other_settings(void **state)
{
    (void)state;
    static const char text[] = "AUTH_USER_MODEL = 'accounts.User'\nTENANT_MODEL = env('T')\nNONE = None\nNUMBER = 3\n"
                               "MIGRATION_MODULES = {'a': 'x.y', 'b': None, 'c': f()}\n";
    struct django_settings _cleanup_django_settings_ settings = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    const char *value;
    bool set;
    assert_int_equal(django_settings_parse("s.py", text, strlen(text), &settings, &err), 0);
    assert_int_equal(django_settings_string(&settings, "AUTH_USER_MODEL", &value, &err), 0);
    assert_string_equal(value, "accounts.User");
    assert_int_equal(django_settings_string(&settings, "NOT_THERE", &value, &err), 0);
    assert_null(value);
    assert_int_equal(django_settings_string(&settings, "NONE", &value, &err), 0);
    assert_null(value);
    assert_int_equal(django_settings_string(&settings, "TENANT_MODEL", &value, &err), -1);
    assert_string_equal(err.msg, "s.py:2: TENANT_MODEL is the result of a call");
    assert_int_equal(django_settings_string(&settings, "NUMBER", &value, &err), -1);
    assert_int_equal(django_settings_migrations(&settings, "a", &set, &value, &err), 0);
    assert_true(set);
    assert_string_equal(value, "x.y");
    assert_int_equal(django_settings_migrations(&settings, "b", &set, &value, &err), 0);
    assert_true(set);
    assert_null(value);
    assert_int_equal(django_settings_migrations(&settings, "z", &set, &value, &err), 0);
    assert_false(set);
    assert_int_equal(django_settings_migrations(&settings, "c", &set, &value, &err), -1);
    assert_string_equal(err.msg, "s.py:5: an entry of MIGRATION_MODULES is the result of a call");
}

static void check_named(const char *text, const char *wanted)
{
    struct err _cleanup_err_ err = ERR_INIT;
    char _cleanup_free_ *name = NULL;
    if (django_settings_named("manage.py", text, strlen(text), &name, &err) != 0)
        assert_string_equal(err.msg, wanted);
    else if (wanted == NULL)
        assert_null(name);
    else
        assert_string_equal(name, wanted);
}

static void settings_that_manage_py_names(void **state)
{
    (void)state;
    check_named("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n", "shop.settings");
    check_named("def main():\n    \"\"\"Run.\"\"\"\n    os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"a.b\")\n   "
                " try: pass\n"
                "    except ImportError as exc:\n        raise\nif __name__ == '__main__':\n    main()\n",
                "a.b");
    check_named("os.environ['DJANGO_SETTINGS_MODULE'] = 'c.d'\n", "c.d");
    check_named("print('DJANGO_SETTINGS_MODULE')\n", NULL);
    check_named("x = 1\n", NULL);
    check_named("# os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')\n", NULL);
    check_named("os.environ.setdefault('DJANGO_SETTINGS_MODULE', get())\n",
                "manage.py:1: the value of DJANGO_SETTINGS_MODULE is computed");
    check_named("os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'a' + b)\n",
                "manage.py:1: the value of DJANGO_SETTINGS_MODULE is computed");
    check_named("if x:\n    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'a')\nelse:\n    "
                "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'b')\n",
                "manage.py:4: names several settings modules: a and b");
    check_named("s.setdefault('DJANGO_SETTINGS_MODULE', 'a')\ns.setdefault('DJANGO_SETTINGS_MODULE', 'a')\n", "a");
}

/* Which file is read: `wanted` relative to the tree, or "!message". */
static void check_file(const struct tree *tree, const char *setting, const char *variable, const char *wanted)
{
    char _cleanup_free_ *var = variable ? mem_printf("DJANGO_SETTINGS_MODULE=%s", variable) : NULL;
    char *vars[] = {var, NULL};
    struct source source = {.settings = setting, .env = {.vars = vars}};
    struct py_roots _cleanup_py_roots_ roots = {0};
    struct django_settings _cleanup_django_settings_ settings = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    strv_add(&source.paths, tree->root);
    py_roots_init(&roots, &source.paths, &source.env, tree->root);
    if (django_settings_read(&source, &roots, true, &settings, &err) != 0) {
        assert_has(err.msg, wanted + 1);
        assert_non_null(err.hint);
    } else {
        assert_string_equal(settings.path + strlen(tree->root) + 1, wanted);
    }
    strv_done(&source.paths);
}

static void where_the_settings_are(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    tree_file(&tree, "shop/settings.py", "");
    tree_file(&tree, "shop/prod.py", "");
    tree_file(&tree, "conf/__init__.py", "");
    check_file(&tree, NULL, NULL, "!the Django settings are not known");
    tree_file(&tree, "shop/wsgi.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.prod')\n");
    check_file(&tree, NULL, NULL, "shop/prod.py");
    tree_file(&tree, "manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n");
    check_file(&tree, NULL, NULL, "shop/settings.py");
    check_file(&tree, NULL, "conf", "conf/__init__.py");
    check_file(&tree, "shop.prod", "conf", "shop/prod.py");
    check_file(&tree, "shop/prod.py", NULL, "shop/prod.py");
    check_file(&tree, "shop/none.py", NULL, "!the Django settings file shop/none.py is not found");
    check_file(&tree, NULL, "shop.none", "!the Django settings module shop.none is not found");
    tree_file(&tree, "shop/broken.py", "x = (\n");
    check_file(&tree, "shop.broken", NULL, "!broken.py:1: a bracket that is not closed");
    tree_bytes(&tree, "shop/binary.py", "x\n\0", 3);
    check_file(&tree, "shop.binary", NULL, "!binary.py:2: a NUL byte: this is not a text file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(installed_apps_as_projects_write_them),
        cmocka_unit_test(undecided_apps_say_where_and_why),
        cmocka_unit_test(other_settings),
        cmocka_unit_test(settings_that_manage_py_names),
        cmocka_unit_test(where_the_settings_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
