/* One Django migration file: dependencies, run_before, replaces, and when they are not decided. */
#include "test_python_tree.h"

#include "django/migration.h"
#include "django/tenants.h"

static int get_setting(void *context, const char *name, const char **ret, struct err *reterr)
{
    (void)context;
    if (strcmp(name, "AUTH_USER_MODEL") == 0) {
        *ret = "accounts.Member";
        return 0;
    }
    *ret = NULL;
    return strcmp(name, "NOT_SET") == 0 || strcmp(name, "SOCIAL_AUTH_USER_MODEL") == 0
               ? 0
               : err_set(reterr, ERR_NO_EXPECTED, "no %s here", name);
}

static bool is_installed(void *context, const char *name)
{
    (void)context;
    return strcmp(name, "django.contrib.sites") == 0;
}

/* "dependencies|run_before|replaces", or "!message". */
static char *read_text(struct py_roots *roots, const char *text)
{
    struct django_reader _cleanup_(django_reader_done)
        reader = {.roots = roots, .get_setting = get_setting, .is_installed = is_installed};
    struct django_migration _cleanup_django_migration_ migration = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    if (django_migration_parse(&reader, "m.py", "shop.migrations", text, strlen(text), &migration, &err) != 0) {
        assert_int_equal(err.kind, ERR_NO_EXPECTED);
        return mem_printf("!%s", err.msg);
    }
    char _cleanup_free_ *a = list_text(&migration.dependencies);
    char _cleanup_free_ *b = list_text(&migration.run_before);
    char _cleanup_free_ *c = list_text(&migration.replaces);
    return mem_printf("%s|%s|%s", a, b, c);
}

static void check_in(struct py_roots *roots, const char *text, const char *wanted)
{
    char _cleanup_free_ *got = read_text(roots, text);
    if (strcmp(got, wanted) != 0)
        fail_msg("%s\nis:     %s\nwanted: %s", text, got, wanted);
}

/* The class body, in a file as `makemigrations` writes it. */
static void check(const char *body, const char *wanted)
{
    char _cleanup_free_ *text =
        mem_printf("from django.conf import settings\nfrom django.db import migrations, models\n"
                   "class Migration(migrations.Migration):\n    pass\n%s",
                   body);
    check_in(NULL, text, wanted);
}

static void what_makemigrations_writes(void **state)
{
    (void)state;
    check("", "||");
    check("    initial = True\n    dependencies = [\n    ]\n    operations = [x(y=[1, 2])]\n", "||");
    check("    dependencies = [('a', '0001_initial'), (\"b\", \"0002\"),]\n", "a.0001_initial b.0002||");
    check("    dependencies = (('a', '0001'),)\n    run_before = [('c', '0001')]\n", "a.0001|c.0001|");
    check("    replaces = [('a', '0001'), ('a', '0002')]\n    dependencies = []\n", "||a.0001 a.0002");
    check("    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ('a', '__first__')]\n",
          "accounts.__first__ a.__first__||");
    check("    dependencies = [migrations.swappable_dependency('shop.Thing.Odd')]\n", "shop.__first__||");
    check("    dependencies: list[tuple[str, str]] = [('a', '0001')]\n", "a.0001||");
    check("    dependencies = [('a', '0001')] + [('b', '0002')]\n", "a.0001 b.0002||");
    check("    dependencies = [('a', '0001')]\n    dependencies += [('b', '0002')]\n", "a.0001 b.0002||");
    check("    dependencies = [('a', '0001')]\n    def apply(self, *a):\n        self.dependencies.append(1)\n",
          "a.0001||");
}

static void other_ways_to_the_same(void **state)
{
    (void)state;
    check_in(NULL,
             "from django.db.migrations import Migration as M\nclass Migration(M):\n    dependencies = [('a', 'b')]\n",
             "a.b||");
    check_in(NULL,
             "import django.db.migrations\nclass Migration(django.db.migrations.Migration):\n    dependencies = [('a', "
             "'b')]\n",
             "a.b||");
    check_in(NULL,
             "from django.db import migrations as m\nD = [('a', 'b')]\nD.append(('c', 'd'))\nclass "
             "Migration(m.Migration):\n    dependencies = D\n",
             "a.b c.d||");
    check_in(NULL,
             "from django.db import migrations\nfor a in b:\n    c(a)\ndef f(apps, e):\n    setattr(a, 'b', vars(c))\n "
             "   exec('d')\n"
             "class Migration(migrations.Migration):\n    dependencies = [('a', 'b')]\n    operations = "
             "[migrations.RunPython(f)]\n",
             "a.b||");
    check_in(NULL,
             "from django.db import migrations\nif a:\n    b = 1\nclass Migration(migrations.Migration):\n    "
             "dependencies = []\n",
             "||");
}

static void settings_that_widely_used_packages_ask_for(void **state)
{
    (void)state;
    check("    dependencies = [migrations.swappable_dependency(getattr(settings, 'AUTH_USER_MODEL', 'auth.User'))]\n",
          "accounts.__first__||");
    check("    dependencies = [migrations.swappable_dependency(getattr(settings, 'NOT_SET', 'auth.User'))]\n",
          "auth.__first__||");
    check("    dependencies = [migrations.swappable_dependency(getattr(settings, 'OTHER', 'auth.User'))]\n",
          "!m.py:5: the argument of swappable_dependency is not understood");
    check("    dependencies = [migrations.swappable_dependency(settings.NOT_SET)]\n",
          "!m.py:5: the setting NOT_SET is needed, and the settings do not set it");
    /* social_django */
    check_in(
        NULL,
        "from django.db import migrations\nfrom django.conf import settings\nfrom social_core.utils import "
        "setting_name\n"
        "USER_MODEL = getattr(settings, setting_name('USER_MODEL'), None) or \\\n  getattr(settings, "
        "'AUTH_USER_MODEL', None) or \\\n  'auth.User'\n"
        "class Migration(migrations.Migration):\n    dependencies = [migrations.swappable_dependency(USER_MODEL)]\n",
        "accounts.__first__||");
    /* allauth.socialaccount, where the + belongs to the list behind else */
    check_in(NULL,
             "from django.db import migrations\nfrom django.conf import settings\nfrom allauth import app_settings\n"
             "class Migration(migrations.Migration):\n    dependencies = ([('sites', '0001_initial')] if "
             "app_settings.SITES_ENABLED else []\n"
             "      + [migrations.swappable_dependency(settings.AUTH_USER_MODEL)])\n",
             "sites.0001_initial||");
    check("    dependencies = [('a', 'b')] if app_settings.X else []\n",
          "!m.py:5: app_settings is not assigned in this file before, and dependencies depends on it");
    check("    dependencies = [('a', 'b')] if settings.X else []\n", "!m.py:5: dependencies is chosen by a condition");
}

static void undecided_files_say_where_and_why(void **state)
{
    (void)state;
    check("    dependencies = [('a', 'b')]\n    locals()['dependencies'] = []\n",
          "!m.py:6: dependencies may be changed through globals(), locals(), exec() or the like");
    check("    dependencies = f()\n", "!m.py:5: dependencies is the result of a call");
    check("    dependencies = [f()]\n", "!m.py:5: an entry of dependencies is the result of a call");
    check("    dependencies = [('a', f'{b}')]\n", "!m.py:5: an entry of dependencies is an f-string");
    check("    dependencies = [('a', 'b', 'c')]\n",
          "!m.py:5: an entry of dependencies is not a pair of an app label and a migration name");
    check("    dependencies = ['a.b']\n",
          "!m.py:5: an entry of dependencies is not a pair of an app label and a migration name");
    check("    dependencies = 'ab'\n", "!m.py:5: dependencies is not a list that is understood");
    check("    if x:\n        dependencies = []\n", "!m.py:6: dependencies is changed under a condition");
    check("    @property\n    def replaces(self): return []\n", "!m.py:6: replaces is a function");
    check("    dependencies = [migrations.swappable_dependency(settings.OTHER)]\n", "!m.py:5: no OTHER here");
    check("    dependencies = [migrations.swappable_dependency(f())]\n",
          "!m.py:5: the argument of swappable_dependency is the result of a call");
    check("    dependencies = [('a', 'b')]\nMigration.dependencies.append(('c', 'd'))\n",
          "!m.py:6: the class Migration is used in a way that may change it");
    check("    dependencies = []\nMigration.dependencies = x\n",
          "!m.py:6: the class Migration is changed by an assignment to a part of it");
    check("    def __init__(self, name, label):\n        super().__init__(name, 'other')\n",
          "!m.py:5: the class Migration has a __init__ of its own");
    check("\n@d\nclass Migration(migrations.Migration): pass\n",
          "!m.py:7: the class Migration has a decorator or a metaclass");
    check("\nif x:\n    class Migration(migrations.Migration): pass\n",
          "!m.py:7: Migration is changed under a condition");
    check("\ndef f():\n    Migration.replaces.append(1)\n", "!m.py:7: the class Migration is changed in a function");
    check("\nglobals()['Migration'] = 1\n",
          "!m.py:6: Migration may be changed through globals(), locals(), exec() or the like");
    check("\nfrom x import *\n", "!m.py:6: Migration may come from import *");
    check_in(NULL, "from x import Migration\n", "!m.py:1: Migration is not a class of this file");
    check_in(NULL, "from x import M\nclass Migration(M): pass\n",
             "!m.py:2: the class Migration has a base that is not followed");
    check_in(NULL, "class Migration(migrations.Migration:\n", "!m.py:1: a bracket that is not closed");
}

static void a_file_without_the_class_is_refused_as_django_does(void **state)
{
    (void)state;
    check_in(NULL, "x = 1\n", "!m.py: there is no class Migration in it");
    check_in(NULL, "", "!m.py: there is no class Migration in it");
    check_in(NULL, "'''class Migration: pass'''\n", "!m.py: there is no class Migration in it");
}

static void bases_and_stars_are_followed_through_their_files(void **state)
{
    (void)state;
    struct tree _cleanup_tree_ tree = tree_new();
    struct strv _cleanup_strv_ paths = STRV_INIT;
    char *vars[] = {NULL};
    struct environment env = {vars};
    struct py_roots _cleanup_py_roots_ roots = {0};
    tree_file(&tree, "shop/__init__.py", "");
    tree_file(
        &tree, "shop/migrations/__init__.py",
        "from django.db.migrations import Migration\nclass Quiet(Migration):\n    x = 1\n    def apply(self): pass\n");
    tree_file(&tree, "shop/bases.py",
              "from django.db import migrations\nfrom .migrations import Quiet\nclass A(Quiet): pass\n"
              "class B(migrations.Migration):\n    dependencies = [('x', 'y')]\n"
              "class C(migrations.Migration):\n    def __init__(self, a, b): pass\nclass D: pass\n");
    tree_file(&tree, "shop/events.py", "import os\nCREATED = 'c'\n_hidden = 1\n");
    tree_file(&tree, "shop/helpers.py", "from django.db import migrations, models\n");
    tree_file(&tree, "shop/deep.py", "from .helpers import *\n");
    tree_file(&tree, "shop/bad.py", "migrations = 1\n");
    tree_file(&tree, "shop/all.py", "__all__ = ['x']\nmigrations = 1\nfrom .events import *\n");
    strv_add(&paths, tree.root);
    py_roots_init(&roots, &paths, &env, tree.root);
    check_in(&roots, "from shop.migrations import Quiet\nclass Migration(Quiet):\n    dependencies = [('a', 'b')]\n",
             "a.b||");
    check_in(&roots, "from ..bases import A\nclass Migration(A):\n    dependencies = [('a', 'b')]\n", "a.b||");
    check_in(&roots, "from shop import bases\nclass Migration(bases.A): pass\n", "||");
    check_in(&roots, "from ..bases import B\nclass Migration(B): pass\n",
             "!m.py:2: the base of class Migration has a graph of its own or builds itself in its own way");
    check_in(&roots, "from ..bases import C\nclass Migration(C): pass\n",
             "!m.py:2: the base of class Migration has a graph of its own or builds itself in its own way");
    check_in(&roots, "from ..bases import D\nclass Migration(D): pass\n",
             "!m.py:2: the class Migration does not derive from Django's");
    check_in(
        &roots, "from nowhere import D\nclass Migration(D): pass\n",
        "!m.py:2: the base of class Migration is not decided: nowhere.D: the module it is imported from is not found");
    check_in(
        &roots,
        "from django.db import migrations\nfrom shop.events import *\nclass Migration(migrations.Migration): pass\n",
        "||");
    check_in(&roots,
             "from django.db import migrations\nfrom ..events import *\nclass Migration(migrations.Migration): pass\n",
             "||");
    check_in(&roots, "from ..helpers import *\nclass Migration(migrations.Migration): pass\n", "||");
    check_in(&roots, "from ..deep import *\nclass Migration(migrations.Migration): pass\n", "||");
    check_in(&roots,
             "from django.db import migrations\nfrom ..all import *\nclass Migration(migrations.Migration): pass\n",
             "||");
    check_in(&roots,
             "from django.db import migrations\nfrom ..bad import *\nclass Migration(migrations.Migration): pass\n",
             "!m.py:3: the base of class Migration is not decided: shop.bad.migrations.Migration: the module it is "
             "imported from is not found");
}

static void check_table(const char *operations, const char *wanted)
{
    struct django_table _cleanup_(django_table_done) table = {.model = "Client"};
    django_table_scan(&table, operations, strlen(operations));
    char _cleanup_free_ *name = django_table_name(&table, "customers");
    assert_string_equal(name ? name : "unknown", wanted);
}

static void table_of_the_tenant_model(void **state)
{
    (void)state;
    check_table("x = [migrations.CreateModel(name='Client', fields=[], options={'abstract': False})]\n",
                "customers_client");
    check_table("x = [migrations.CreateModel('client', [])]\n", "customers_client");
    check_table("x = [migrations.CreateModel('Other', [], {'db_table': 'o'})]\n", "unknown");
    check_table("x = [migrations.CreateModel(name='Client', fields=[('a', f(options={'db_table': 'z'}))], "
                "options={'db_table': 'tenants'},)]\n",
                "tenants");
    check_table("x = [migrations.CreateModel('Client', [], {'ordering': ['a'], 'db_table': 'tenants'})]\n", "tenants");
    check_table("x = [migrations.CreateModel(name='Client', options={'db_table': f()})]\n", "unknown");
    check_table("x = [migrations.CreateModel(name='Client', options=opts)]\n", "unknown");
    check_table("x = [CreateModel(name='Client'), AlterModelTable(name='client', table='t')]\n", "t");
    check_table("x = [CreateModel(name='Client', options={'db_table': 'x'}), AlterModelTable('client', None)]\n",
                "customers_client");
    check_table("x = [CreateModel(name='Client'), AlterModelTable('other', 't')]\n", "customers_client");
    check_table("x = [CreateModel(name='Client'), AlterModelTable('client', 'a'), AlterModelTable('client', 'b')]\n",
                "unknown");
    check_table("x = [CreateModel(name='Old'), RenameModel('Old', 'Client')]\n", "unknown");
    check_table("x = [CreateModel(name='Client'), RenameModel(old_name='A', new_name='B')]\n", "customers_client");
    check_table("x = 1\n", "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_makemigrations_writes),
        cmocka_unit_test(other_ways_to_the_same),
        cmocka_unit_test(settings_that_widely_used_packages_ask_for),
        cmocka_unit_test(undecided_files_say_where_and_why),
        cmocka_unit_test(a_file_without_the_class_is_refused_as_django_does),
        cmocka_unit_test(bases_and_stars_are_followed_through_their_files),
        cmocka_unit_test(table_of_the_tenant_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
