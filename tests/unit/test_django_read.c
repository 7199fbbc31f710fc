/* Whole Django projects: the app registry, migrations packages, the graph; compared with what Django's own loader said
 * of the case trees. */
#include "test_python_tree.h"

#include <jansson.h>

#include "django/read.h"

#define SITE "usr/lib/python3/dist-packages/"

/* A Django as far as the reader looks at it. */
static void add_django(const struct tree *tree)
{
    tree_file(tree, SITE "django/__init__.py", "");
    tree_file(tree, SITE "django/apps/__init__.py",
              "from .config import AppConfig\nfrom .registry import apps\n__all__ = ['AppConfig', 'apps']\n");
    tree_file(tree, SITE "django/apps/config.py", "class AppConfig:\n    pass\n");
    tree_file(tree, SITE "django/contrib/__init__.py", "");
}

/* An app with one migration `0001_initial`. */
static void add_app(const struct tree *tree, const char *folder, const char *dependencies)
{
    char _cleanup_free_ *a = mem_printf("%s/__init__.py", folder);
    char _cleanup_free_ *b = mem_printf("%s/migrations/__init__.py", folder);
    char _cleanup_free_ *c = mem_printf("%s/migrations/0001_initial.py", folder);
    char _cleanup_free_ *text = mem_printf("from django.conf import settings\nfrom django.db import migrations\n"
                                           "class Migration(migrations.Migration):\n    dependencies = [%s]\n",
                                           dependencies);
    tree_file(tree, a, "");
    tree_file(tree, b, "");
    tree_file(tree, c, text);
}

static void add_migration(const struct tree *tree, const char *file, const char *body)
{
    char _cleanup_free_ *text = mem_printf("from django.conf import settings\nfrom django.db import migrations\n"
                                           "class Migration(migrations.Migration):\n    %s\n",
                                           body);
    tree_file(tree, file, text);
}

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
    add_django(&p.tree);
    return p;
}

static void project_done(struct project *p)
{
    strv_done(&p->source.paths);
    strv_done(&p->source.apps);
    expected_done(&p->expected);
    err_done(&p->err);
    tree_done(&p->tree);
}

#define _cleanup_project_ __attribute__((cleanup(project_done)))

static int project_read(struct project *p)
{
    expected_done(&p->expected);
    err_done(&p->err);
    return django_read_below(&p->source, p->tree.root, &p->expected, &p->err);
}

/* Reads with these settings, and shows the result: "id<parent,parent=replaced id ...", or "!message" with the tree's
 * root taken out. */
static char *outcome(struct project *p, const char *settings)
{
    if (settings != NULL) {
        tree_file(&p->tree, "settings.py", settings);
        p->source.settings = "settings";
    }
    struct buf out = BUF_INIT;
    if (project_read(p) != 0) {
        assert_int_equal(p->err.kind, ERR_NO_EXPECTED);
        buf_putc(&out, '!');
        for (const char *s = p->err.msg; *s;) {
            size_t len = strlen(p->tree.root);
            if (strncmp(s, p->tree.root, len) == 0)
                s += len + 1;
            else
                buf_putc(&out, *s++);
        }
        return buf_steal(&out);
    }
    for (size_t i = 0; i < p->expected.count; i++) {
        const struct migration *m = &p->expected.items[i];
        buf_printf(&out, "%s%s%s", i ? " " : "", m->id, m->parents_unknown ? "?" : "");
        for (size_t k = 0; k < m->parents.count; k++)
            buf_printf(&out, "%c%s", k ? ',' : '<', m->parents.items[k]);
        for (size_t k = 0; k < m->replaces.count; k++)
            buf_printf(&out, "%c%s", k ? ',' : '=', m->replaces.items[k]);
    }
    return buf_steal(&out);
}

static void check(struct project *p, const char *settings, const char *wanted)
{
    char _cleanup_free_ *got = outcome(p, settings);
    assert_string_equal(got, wanted);
}

static void check_has(struct project *p, const char *settings, const char *part)
{
    char _cleanup_free_ *got = outcome(p, settings);
    assert_has(got, part);
}

static void apps_labels_and_config_classes(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_app(&p.tree, "a", "");
    check(&p, "INSTALLED_APPS = ['a']\n", "a.0001_initial");
    tree_file(&p.tree, "a/apps.py",
              "from django.apps import AppConfig\nfrom django.utils.translation import gettext_lazy as _\n"
              "class AConfig(AppConfig):\n    name = 'a'\n    label = 'first'\n    verbose_name = _('A')\n");
    check(&p, "INSTALLED_APPS = ['a']\n", "first.0001_initial");
    check(&p, "INSTALLED_APPS = ['a.apps.AConfig']\n", "first.0001_initial");
    add_app(&p.tree, "pkg/b", "");
    tree_file(&p.tree, "pkg/__init__.py", "");
    check(&p, "INSTALLED_APPS = ['pkg.b']\n", "b.0001_initial");
    /* default = False, and default = True among several */
    tree_file(&p.tree, "pkg/b/apps.py",
              "from django.apps import AppConfig\nclass B(AppConfig):\n    name = 'pkg.b'\n    label = 'bb'\n    "
              "default = False\n");
    check(&p, "INSTALLED_APPS = ['pkg.b']\n", "b.0001_initial");
    check(&p, "INSTALLED_APPS = ['pkg.b.apps.B']\n", "bb.0001_initial");
    tree_file(&p.tree, "pkg/b/apps.py",
              "from django import apps\nclass B(apps.AppConfig):\n    name = 'pkg.b'\n    label = 'b1'\n"
              "class C(B):\n    label = 'b2'\n    default = True\n");
    check(&p, "INSTALLED_APPS = ['pkg.b']\n", "b2.0001_initial");
    tree_file(&p.tree, "pkg/b/apps.py",
              "from django import apps\nclass B(apps.AppConfig):\n    name = 'pkg.b'\n    label = 'b1'\n"
              "class C(B):\n    label = 'b2'\n");
    check(&p, "INSTALLED_APPS = ['pkg.b']\n", "b.0001_initial"); /* two, and none says default: neither is used */
    tree_file(&p.tree, "pkg/b/apps.py",
              "from django import apps\nclass B(apps.AppConfig):\n    name = 'pkg.b'\n    default = True\n"
              "class C(B):\n    label = 'b2'\n");
    check(&p, "INSTALLED_APPS = ['pkg.b']\n", "!pkg/b/apps.py: more than one AppConfig class says default = True");
    /* A base class from another file */
    tree_file(
        &p.tree, "core.py",
        "from django.apps import AppConfig\nclass Base(AppConfig):\n    default = False\n    label = 'frombase'\n");
    tree_file(&p.tree, "pkg/b/apps.py",
              "from core import Base\nclass B(Base):\n    name = 'pkg.b'\n    default = True\n");
    check(&p, "INSTALLED_APPS = ['pkg.b']\n", "frombase.0001_initial");
    /* An imported class counts as the module's own, as Django sees it */
    tree_file(&p.tree, "pkg/b/apps.py", "from a.apps import AConfig\n");
    check(&p, "INSTALLED_APPS = ['pkg.b']\n", "first.0001_initial");
}

static void undecided_and_wrong_apps(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_app(&p.tree, "a", "");
    check(&p, "INSTALLED_APPS = ['a', 'nowhere.to.be.found']\n",
          "!the app nowhere.to.be.found of INSTALLED_APPS is not found");
    check(&p, "INSTALLED_APPS = ['a', 'a']\n", "!the app a is listed twice");
    check(&p, "INSTALLED_APPS = ['a', '']\n", "!\"\" is not the name of a Python module");
    tree_file(&p.tree, "x/a/__init__.py", "");
    check(&p, "INSTALLED_APPS = ['a', 'x.a']\n", "!the apps a and x.a have the same label");
    tree_file(&p.tree, "no-identifier/__init__.py", "");
    check(&p, "INSTALLED_APPS = ['no-identifier']\n",
          "!the app no-identifier has the label \"no-identifier\", which is not a Python identifier");
    static const struct {
        const char *text, *wanted;
    } files[] = {
        {"from django.apps import AppConfig\nclass A(AppConfig):\n    name = f()\n",
         "!the app a: a/apps.py:3: name is the result of a call"},
        {"from django.apps import AppConfig\nclass A(AppConfig):\n    pass\n", "!the app a: the class A has no name"},
        {"from django.apps import AppConfig\nclass A(AppConfig):\n    name = 'a'\n    if x:\n        label = 'b'\n",
         "!the app a: a/apps.py:5: label is changed under a condition"},
        {"from django.apps import AppConfig\nclass A(AppConfig):\n    name = 'a'\n    def __init__(self, *a):\n        "
         "self.label = 'b'\n",
         "!the app a: a/apps.py:5: label is set when the class is made"},
        {"from django.apps import AppConfig\nclass A(AppConfig):\n    name = 'a'\nA.label = 'b'\n",
         "!the app a: a/apps.py:4: the class is changed by an assignment to a part of it"},
        {"from django.apps import AppConfig\nif x:\n    class A(AppConfig):\n        name = 'a'\n",
         "!the app a: a/apps.py:3: A is changed under a condition"},
        {"from nowhere import Base\nclass A(Base):\n    name = 'a'\n",
         "!the app a: nowhere.Base: the module it is imported from is not found"},
        {"from django.apps import AppConfig\nclass A(AppConfig):\n    name = 'gone'\n",
         "!the app a: its name gone is no module that is found"},
        {"from x import *\n", "!the app a: a/apps.py:1: the AppConfig class may come from import *"},
        {"class A(\n", "!a/apps.py:1: a bracket that is not closed"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        tree_file(&p.tree, "a/apps.py", files[i].text);
        check(&p, "INSTALLED_APPS = ['a']\n", files[i].wanted);
        assert_true(p.err.hint != NULL || strstr(files[i].wanted, "has no name") || strstr(files[i].wanted, "gone"));
    }
    tree_file(&p.tree, "a/apps.py", "class NotOne:\n    pass\n");
    check(&p, "INSTALLED_APPS = ['a.apps.NotOne']\n",
          "!the app a.apps.NotOne of INSTALLED_APPS is not a subclass of AppConfig");
    check(&p, "INSTALLED_APPS = ['a.apps.Gone']\n", "!the app a.apps.Gone: a/apps.py: there is no Gone in it");
}

static void names_that_are_no_app_config(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_app(&p.tree, "a", "");
    tree_file(&p.tree, "lib.py", "class Helper: pass\nThing = Helper\nregister(Helper)\n");
    tree_file(&p.tree, "a/apps.py",
              "import os, typing as t\nfrom pathlib import Path\nfrom typing import TYPE_CHECKING, Any\nfrom lib "
              "import Helper, Thing, anything\n"
              "from nowhere import function_name\nfrom django.apps import AppConfig, apps\nif TYPE_CHECKING:\n    from "
              "nowhere import Type\n"
              "logger = t.f(__name__)\nCONSTANT = t.g()\ndef f(): pass\nclass Error(Exception): pass\n"
              "class A(AppConfig):\n    name = 'a'\n    label = 'fine'\n    def ready(self):\n        from . import "
              "signals\n");
    check(&p, "INSTALLED_APPS = ['a']\n", "fine.0001_initial");
}

static void which_files_are_migrations(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_app(&p.tree, "a", "");
    tree_file(&p.tree, "a/migrations/_helper.py", "x = 1\n");
    tree_file(&p.tree, "a/migrations/~backup.py", "x = 1\n");
    tree_file(&p.tree, "a/migrations/0008.dotted.py", "x = 1\n");
    tree_file(&p.tree, "a/migrations/.hidden.py", "x = 1\n");
    tree_file(&p.tree, "a/migrations/0007_notes.py.txt", "x = 1\n");
    tree_file(&p.tree, "a/migrations/readme.md", "x");
    tree_file(&p.tree, "a/migrations/0009_package/__init__.py", "x = 1\n");
    tree_file(&p.tree, "a/migrations/__pycache__/0005_old.cpython-311.pyc", "x");
    add_migration(&p.tree, "a/migrations/0002-dash.py", "dependencies = [('a', '0001_initial')]");
    add_migration(&p.tree, "a/migrations/letters.py", "pass");
    tree_file(&p.tree, "a/migrations/0003_compiled.pyc", "x");
    tree_file(&p.tree, "a/migrations/0001_initial.pyc", "x");
    tree_file(&p.tree, "a/migrations/0004_native.cpython-311-x86_64-linux-gnu.so", "x");
    check(&p, "INSTALLED_APPS = ['a']\n",
          "a.0001_initial a.0002-dash<a.0001_initial a.0003_compiled? a.0004_native? a.letters");
    assert_int_equal(p.expected.notices.count, 2);
    assert_has(p.expected.notices.items[0], "0003_compiled.pyc: only the compiled file is there");
    tree_file(&p.tree, "a/migrations/0006_bad.py", "x = 1\n");
    check(&p, NULL, "!a/migrations/0006_bad.py: there is no class Migration in it");
}

static void apps_that_may_be_installed(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_app(&p.tree, "a", "");
    add_app(&p.tree, "b", "");
    tree_file(&p.tree, "plain/__init__.py", "");
    static const char settings[] = "import os\nINSTALLED_APPS = ['a']\nif os.environ.get('DEBUG'):\n    INSTALLED_APPS += ['%s']\n";
    static const struct {
        const char *app, *wanted;
    } cases[] = {
        {"plain", "a.0001_initial"},
        {"a", "a.0001_initial"},
        {"debug_toolbar", "a.0001_initial"}, /* nowhere: with it Django would not start */
        {"debug_toolbar.apps.Config", "a.0001_initial"},
        {"b", "!settings.py:4: INSTALLED_APPS is changed under a condition: the app b may be installed or not, and it has migrations"},
        {"plain.gone", "!settings.py:4: INSTALLED_APPS is changed under a condition: the app plain.gone may be installed or not, "
                       "and whether it matters cannot be told: the app plain.gone: plain/__init__.py: there is no gone in it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char _cleanup_free_ *text = mem_printf(settings, cases[i].app);
        check(&p, text, cases[i].wanted);
    }
    /* What is not found may be there all the same where not every place is known. */
    static const char away[] = "!settings.py:6: INSTALLED_APPS is changed under a condition: the app away may be installed or not, "
                               "and whether it matters cannot be told: not every folder that Python looks in is known";
    check(&p, "import sys\nsys.path.append(f())\nimport os\nINSTALLED_APPS = ['a']\nif os.environ.get('DEBUG'):\n"
              "    INSTALLED_APPS += ['away']\n", away);
    check(&p, "\n\nimport os\nINSTALLED_APPS = ['a']\nif os.environ.get('DEBUG'):\n    INSTALLED_APPS += ['away']\n", "a.0001_initial");
    tree_file(&p.tree, SITE "distutils-precedence.pth", "import os; enabled and __import__('_distutils_hack').add_shim();\n");
    check(&p, NULL, "a.0001_initial");
    tree_file(&p.tree, SITE "__editable__.away.pth", "import __editable___away_finder; __editable___away_finder.install()\n");
    check(&p, NULL, away);
}

/* Settings in several files, as most larger projects have them. */
#define SEVERAL "!shop/settings/production.py:1: INSTALLED_APPS may be changed in another module, since several import it"

static void settings_that_import_others(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_app(&p.tree, "a", "");
    add_app(&p.tree, "b", "");
    add_app(&p.tree, "c", "");
    tree_file(&p.tree, "shop/__init__.py", "from .celery import app as celery_app\n__all__ = ('celery_app',)\n");
    tree_file(&p.tree, "shop/settings/__init__.py", "");
    tree_file(&p.tree, "shop/settings/env.py", "import environ\nfrom pathlib import Path\nBASE_DIR = Path(__file__)\n"
                                               "env = environ.Env()\nNAME = 'b'\n");
    static const char base[] = "from .env import BASE_DIR, env\nfrom shop.settings.env import NAME as EXTRA\nDEBUG = env.bool('D')\n"
                               "DJANGO_APPS = ['a']\nLOCAL_APPS = [EXTRA]\nINSTALLED_APPS = DJANGO_APPS + LOCAL_APPS\n"
                               "MIGRATION_MODULES = {'b': 'b.migrations'}\n_PRIVATE = ['c']\n";
    tree_file(&p.tree, "shop/settings/base.py", base);
    p.source.settings = "shop.settings.production";
    static const struct {
        const char *production, *wanted;
    } cases[] = {
        {"from .base import *  # noqa\nfrom .env import env\nALLOWED_HOSTS = env.list('H')\n", "a.0001_initial b.0001_initial"},
        {"from shop.settings.base import *\nINSTALLED_APPS += ['c']\n", "a.0001_initial b.0001_initial c.0001_initial"},
        {"from .base import *\nfrom .base import INSTALLED_APPS\nINSTALLED_APPS.remove('b')\n", "a.0001_initial"},
        {"from .base import INSTALLED_APPS as APPS\nINSTALLED_APPS = ['c', *APPS]\n", "a.0001_initial b.0001_initial c.0001_initial"},
        {"from .base import *\nX = INSTALLED_APPS\nX += ['c']\n", "a.0001_initial b.0001_initial c.0001_initial"},
        {"from .base import *\nif DEBUG:\n    INSTALLED_APPS += ['debug_toolbar']\n", "a.0001_initial b.0001_initial"},
        {"from .base import *\ntry:\n    from .local import *\nexcept ImportError:\n    pass\n", "a.0001_initial b.0001_initial"},
        {"from .base import *\nINSTALLED_APPS = _PRIVATE\n",
         "!shop/settings/production.py:2: _PRIVATE is not assigned in this file before, and INSTALLED_APPS depends on it"},
        {"from .gone import *\n", "!shop/settings/production.py:1: INSTALLED_APPS may come from import *"},
        /* The module itself in one's hands: its lists can be changed through it. */
        {"from .base import *\nfrom . import base\nbase.INSTALLED_APPS.append('c')\n", SEVERAL},
        {"from .base import *\nimport shop.settings.base as b\n", SEVERAL},
        {"from .base import *\ndef f():\n    from .base import INSTALLED_APPS as I\n    I.append('c')\nf()\n", SEVERAL},
        {"from .base import *\nif X:\n    from .base import INSTALLED_APPS as I\n    I.append('c')\n",
         "!shop/settings/production.py:3: I is changed under a condition, and INSTALLED_APPS depends on it"},
        {"if X:\n    from .base import *\n    INSTALLED_APPS.append('c')\nfrom .base import *\n",
         "!shop/settings/production.py:2: INSTALLED_APPS is changed under a condition"},
        {"from .base import *\ndef f():\n    from shop.settings import base\n    base.INSTALLED_APPS.append('c')\nf()\n", SEVERAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tree_file(&p.tree, "shop/settings/production.py", cases[i].production);
        check(&p, NULL, cases[i].wanted);
    }
    /* A third file that has the same list, or the module, may change it. */
    tree_file(&p.tree, "shop/settings/production.py", "from .base import *\nfrom .logs import LOGGING\n");
    static const struct {
        const char *logs, *wanted;
    } thirds[] = {
        {"from .env import NAME\nLOGGING = {'x': NAME}\n", "a.0001_initial b.0001_initial"},
        {"from .base import DEBUG\nLOGGING = {}\n", "a.0001_initial b.0001_initial"},
        {"from .base import INSTALLED_APPS\nINSTALLED_APPS.append('c')\nLOGGING = {}\n", SEVERAL},
        {"from .base import *\nLOGGING = {}\n", "a.0001_initial b.0001_initial"},
        {"from .base import *\nINSTALLED_APPS += ['c']\nLOGGING = {}\n", SEVERAL},
        {"from .base import *\nif DEBUG:\n    f(INSTALLED_APPS)\nLOGGING = {}\n", SEVERAL},
        {"from . import base\nbase.INSTALLED_APPS.append('c')\nLOGGING = {}\n", SEVERAL},
    };
    for (size_t i = 0; i < sizeof thirds / sizeof *thirds; i++) {
        tree_file(&p.tree, "shop/settings/logs.py", thirds[i].logs);
        check(&p, NULL, thirds[i].wanted);
    }
    /* A chain of files, each of which adds something; and a module that is only imported for what it does. */
    tree_file(&p.tree, "shop/settings/logs.py", "from .base import *\nINSTALLED_APPS += ['c']\n");
    tree_file(&p.tree, "shop/settings/production.py", "from .logs import *\nINSTALLED_APPS.remove('a')\n");
    check(&p, NULL, "b.0001_initial c.0001_initial");
    tree_file(&p.tree, "shop/settings/production.py", "from .base import *\nfrom . import logs\n");
    check(&p, NULL, SEVERAL);
    tree_file(&p.tree, "shop/settings/production.py", "from .base import *\nimport shop.settings.logs\n");
    check(&p, NULL, SEVERAL);
    tree_file(&p.tree, "shop/settings/production.py", "from .base import *\nfrom .logs import INSTALLED_APPS as X\n");
    check(&p, NULL, SEVERAL);
    tree_file(&p.tree, "shop/settings/production.py", "from .base import *\n");
    tree_file(&p.tree, "shop/settings/__init__.py", "from .base import *\n");
    check(&p, NULL, "a.0001_initial b.0001_initial");
    tree_file(&p.tree, "shop/settings/__init__.py", "from .logs import *\n");
    check(&p, NULL, SEVERAL);
    p.source.settings = "shop.settings"; /* the package itself */
    check(&p, NULL, "a.0001_initial b.0001_initial c.0001_initial");
    p.source.settings = "shop.settings.production";
    tree_file(&p.tree, "shop/settings/__init__.py", "");
    static const struct {
        const char *celery, *wanted;
    } visitors[] = {
        {"from shop.settings import production\napp.conf(production.BROKER)\n", "a.0001_initial b.0001_initial"},
        {"from .settings.production import BROKER\n", "a.0001_initial b.0001_initial"},
        {"from shop.settings import production\nproduction.INSTALLED_APPS.append('c')\n", SEVERAL},
        {"from shop.settings import production as p\ngetattr(p, 'INSTALLED' + '_APPS').append('c')\n", SEVERAL},
        {"from .settings.production import INSTALLED_APPS\n", SEVERAL},
        {"from .settings.production import *\n", SEVERAL},
        {"from .settings import base\nbase.INSTALLED_APPS.append('c')\n", SEVERAL},
        {"def f():\n    from .settings.base import INSTALLED_APPS as I\n    I.append('c')\nf()\n", SEVERAL},
        {"from .settings import base\nbase.DEBUG = True\n", SEVERAL},
        {"from .settings import base\nname = base.NAME\n", "a.0001_initial b.0001_initial"},
        /* One that cannot be read may change anything that several have. */
        {"from .settings import base\nthis is (\n", SEVERAL},
    };
    for (size_t i = 0; i < sizeof visitors / sizeof *visitors; i++) {
        tree_file(&p.tree, "shop/celery.py", visitors[i].celery);
        check(&p, NULL, visitors[i].wanted);
    }
    tree_file(&p.tree, "shop/celery.py", "import os\nfrom celery import Celery\napp = Celery('shop')\n");
    /* What is undecided there is said with its own file and line. */
    tree_file(&p.tree, "shop/settings/production.py", "from .base import *\n");
    static const struct {
        const char *base, *wanted;
    } bases[] = {
        {"INSTALLED_APPS = ['a']\nif X:\n    INSTALLED_APPS.append(Y)\n", "!shop/settings/base.py:3: INSTALLED_APPS is changed under a condition"},
        {"INSTALLED_APPS = ['a']\nif X:\n    INSTALLED_APPS.append('c')\n",
         "!shop/settings/base.py:3: INSTALLED_APPS is changed under a condition: the app c may be installed or not, and it has migrations"},
        {"def f():\n    INSTALLED_APPS.append('c')\nINSTALLED_APPS = ['a']\n", "!shop/settings/base.py:2: INSTALLED_APPS is changed in a function"},
        {"INSTALLED_APPS = ['a']\nfrom .production import *\n", SEVERAL},
        {"INSTALLED_APPS = ['a']\n__all__ = ['OTHER']\n", "!shop/settings/production.py: INSTALLED_APPS is not assigned in it"},
        {"INSTALLED_APPS = ['a']\nimport dynaconf\n", "!shop/settings/production.py:1: INSTALLED_APPS may come from import *"},
        {"INSTALLED_APPS = ['a']\nglobals().update(x)\n", "!shop/settings/base.py:2: INSTALLED_APPS may be changed through globals(), locals(), exec() or the like"},
        {"INSTALLED_APPS = [\n", "!shop/settings/production.py:1: INSTALLED_APPS may come from import *"},
        {"import sys\nfrom pathlib import Path\nsys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / 'lib'))\n"
         "INSTALLED_APPS = ['d']\n", "d.0001_initial"},
    };
    /* A module that is not found certainly is not there only where nobody, in whatever file, moves the places to look in. */
    tree_file(&p.tree, "shop/settings/production.py",
              "from .base import *\ntry:\n    from local_settings import *\nexcept ImportError:\n    pass\n");
    tree_file(&p.tree, "shop/settings/base.py", "INSTALLED_APPS = ['a']\n");
    check(&p, NULL, "a.0001_initial");
    tree_file(&p.tree, "shop/settings/base.py", "import sys\nsys.path.append(f())\nINSTALLED_APPS = ['a']\n");
    check(&p, NULL, SEVERAL);
    tree_file(&p.tree, "shop/settings/production.py", "from .base import *\n");
    add_app(&p.tree, "lib/d", "");
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        tree_file(&p.tree, "shop/settings/base.py", bases[i].base);
        check(&p, NULL, bases[i].wanted);
    }
}

static void apps_without_migrations(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_app(&p.tree, "a", "('none', '__first__'), ('plain', '__latest__'), ('ns', '__first__'), ('off', '__first__')");
    tree_file(&p.tree, "none/__init__.py", "");
    tree_file(&p.tree, "plain/__init__.py", "");
    tree_file(&p.tree, "plain/migrations.py", "x = 1\n");
    tree_file(&p.tree, "ns/__init__.py", "");
    add_migration(&p.tree, "ns/migrations/0001_initial.py", "pass");
    add_app(&p.tree, "off", "");
    tree_file(&p.tree, "single.py", "");
    check(&p, "INSTALLED_APPS = ['a', 'none', 'plain', 'ns', 'off', 'single']\nMIGRATION_MODULES = {'off': None}\n",
          "a.0001_initial");
    assert_int_equal(p.expected.notices.count, 1);
    assert_has(p.expected.notices.items[0],
               "ns/migrations: has no __init__.py, so Django does not load the 1 file in it");
    check(&p, "INSTALLED_APPS = ['none', 'plain']\n", "!there are no migrations: none of the 2 apps has any");
    check(&p, "INSTALLED_APPS = []\n", "!there are no migrations: none of the 0 apps has any");
}

static void migrations_whose_sources_are_gone(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_app(&p.tree, "a", "");
    tree_file(&p.tree, "b/__init__.py", "");
    tree_file(&p.tree, "b/migrations/__pycache__/__init__.cpython-312.pyc", "x");
    tree_file(&p.tree, "b/migrations/__pycache__/0001_initial.cpython-312.pyc", "x");
    check_has(&p, "INSTALLED_APPS = ['a', 'b']\n",
              "!b/migrations: holds only __pycache__ with compiled migrations (0001_initial.cpython-312.pyc)");
    tree_file(&p.tree, "b/migrations/__init__.py", "");
    check(&p, NULL, "a.0001_initial");
}

static void migration_modules(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_app(&p.tree, "a", "");
    add_app(&p.tree, "b", "");
    tree_file(&p.tree, "over/__init__.py", "");
    tree_file(&p.tree, "over/amigrations/__init__.py", "");
    add_migration(&p.tree, "over/amigrations/0009_other.py", "pass");
    check(&p, "INSTALLED_APPS = ['a', 'b']\nMIGRATION_MODULES = {'a': 'over.amigrations'}\n",
          "a.0009_other b.0001_initial");
    check(&p, "INSTALLED_APPS = ['a', 'b']\nMIGRATION_MODULES = {'a': 'over.none'}\n",
          "!the migrations package over.none of the app a is not found");
    check(&p, "INSTALLED_APPS = ['a', 'b']\nMIGRATION_MODULES = f()\n",
          "!settings.py:2: MIGRATION_MODULES is the result of a call");
    tree_file(&p.tree, "a/migrations/__init__.py", "__path__.append('x')\n");
    check(&p, "INSTALLED_APPS = ['a', 'b']\n",
          "!a/migrations/__init__.py: changes __path__, so that the migrations may be elsewhere, too");
}

static void edges_between_apps(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_app(&p.tree, "a", "");
    add_migration(&p.tree, "a/migrations/0002_x.py", "dependencies = [('a', '0001_initial')]");
    add_app(&p.tree, "b", "('a', '__first__'), ('b', '__first__')");
    add_migration(&p.tree, "b/migrations/0002_y.py",
                  "dependencies = [('b', '0001_initial'), ('a', '__latest__')]\n    run_before = [('c', '__first__'), "
                  "('a', '0002_x')]");
    add_app(&p.tree, "c", "");
    check(&p, "INSTALLED_APPS = ['a', 'b', 'c']\n",
          "a.0001_initial a.0002_x<a.0001_initial,b.0002_y b.0001_initial<a.0001_initial "
          "b.0002_y<a.0002_x,b.0001_initial c.0001_initial<b.0002_y");
    add_app(&p.tree, "c", "('zzz', '__first__')");
    check(&p, NULL, "!c/migrations/0001_initial.py: depends on zzz.__first__, and there is no app of that label");
    add_app(&p.tree, "c", "('zzz', '0001')"); /* a missing node: for the verifier to judge */
    check_has(&p, NULL, "c.0001_initial<b.0002_y,zzz.0001");
    tree_file(&p.tree, "empty/__init__.py", "");
    tree_file(&p.tree, "empty/migrations/__init__.py", "");
    add_app(&p.tree, "c", "('empty', '__first__')");
    check(&p, "INSTALLED_APPS = ['a', 'b', 'c', 'empty']\n",
          "!c/migrations/0001_initial.py: depends on empty.__first__, but the migrations package of that app is empty");
    add_app(&p.tree, "c", "");
    add_migration(&p.tree, "b/migrations/0002_y.py", "run_before = [('c', '0009_gone')]");
    check(&p, "INSTALLED_APPS = ['a', 'b', 'c']\n",
          "!b/migrations/0002_y.py: is to run before c.0009_gone, which is not there");
}

static void first_and_latest_are_the_smallest_root_and_leaf(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_app(&p.tree, "a", "");
    add_migration(&p.tree, "a/migrations/0000_other_root.py", "dependencies = [('b', '0001_initial')]");
    add_migration(&p.tree, "a/migrations/0002_leaf.py", "dependencies = [('a', '0001_initial')]");
    add_migration(&p.tree, "a/migrations/0001_squashed_0002.py",
                  "replaces = [('a', '0001_initial'), ('a', '0002_leaf')]");
    add_app(&p.tree, "b", "");
    add_app(&p.tree, "c", "('a', '__first__'), ('a', '__latest__')");
    check_has(&p, "INSTALLED_APPS = ['a', 'b', 'c']\n", "c.0001_initial<a.0000_other_root");
    add_migration(&p.tree, "a/migrations/0000_other_root.py",
                  "dependencies = [('b', '0001_initial'), ('a', '0001_initial')]");
    check_has(&p, NULL,
              "c.0001_initial<a.0000_other_root,a.0001_initial"); /* the latest is a smaller leaf, as Django sorts */
    /* Within one app Django finds roots while it still adds edges: which one counts changes from run to run. */
    struct project _cleanup_project_ q = project_new();
    add_app(&q.tree, "a", "");
    add_migration(&q.tree, "a/migrations/0002_x.py", "run_before = [('a', '0001_initial')]");
    add_app(&q.tree, "c", "('a', '__first__')");
    check(&q, "INSTALLED_APPS = ['a', 'c']\n",
          "!c/migrations/0001_initial.py: what a.__first__ means is not decided: Django may take it for a.0001_initial "
          "or for a.0002_x");
}

static void the_user_model(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_app(&p.tree, "accounts", "");
    add_app(&p.tree, "a", "migrations.swappable_dependency(settings.AUTH_USER_MODEL)");
    check(&p, "INSTALLED_APPS = ['a', 'accounts']\nAUTH_USER_MODEL = 'accounts.User'\n",
          "a.0001_initial<accounts.0001_initial accounts.0001_initial");
    check(&p, "INSTALLED_APPS = ['a', 'accounts']\n",
          "!a/migrations/0001_initial.py: depends on auth.__first__, and there is no app of that label");
    check(&p, "INSTALLED_APPS = ['a', 'accounts']\nAUTH_USER_MODEL = env('U')\n",
          "!a/migrations/0001_initial.py:4: settings.py:2: AUTH_USER_MODEL is the result of a call");
    assert_has(p.err.hint, "migrations.user_model");
    p.source.user_model = "accounts.User";
    check(&p, NULL, "a.0001_initial<accounts.0001_initial accounts.0001_initial");
    add_app(&p.tree, "a", "migrations.swappable_dependency(settings.THING_MODEL)");
    check(&p, "INSTALLED_APPS = ['a', 'accounts']\nTHING_MODEL = 'accounts.Thing'\n",
          "a.0001_initial<accounts.0001_initial accounts.0001_initial");
    check(&p, "INSTALLED_APPS = ['a', 'accounts']\n",
          "!a/migrations/0001_initial.py:4: the setting THING_MODEL is needed, and the settings do not set it");
}

static void apps_by_hand(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_app(&p.tree, "a", "migrations.swappable_dependency(settings.AUTH_USER_MODEL)");
    add_app(&p.tree, "deep/accounts", "");
    tree_file(&p.tree, "deep/__init__.py", "");
    strv_add(&p.source.apps, "a");
    strv_add(&p.source.apps, "accounts=deep.accounts.migrations");
    check(&p, NULL,
          "!a/migrations/0001_initial.py:4: the setting AUTH_USER_MODEL is needed, and the Django settings are not "
          "known");
    assert_has(p.err.hint, "migrations.user_model");
    p.source.user_model = "accounts.User";
    check(&p, NULL, "a.0001_initial<accounts.0001_initial accounts.0001_initial");
    strv_add(&p.source.apps, "third=deep/accounts/migrations");
    check(&p, NULL, "a.0001_initial<accounts.0001_initial accounts.0001_initial third.0001_initial");
    strv_add(&p.source.apps, "fourth=no/such/folder");
    check(&p, NULL, "!migrations.apps: fourth=no/such/folder: there is no such folder");
    /* They count even when the settings are not understood, or change sys.path. */
    strv_done(&p.source.apps);
    strv_add(&p.source.apps, "accounts=deep/accounts/migrations");
    tree_file(&p.tree, "manage.py",
              "import sys\nsys.path.insert(0, f())\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n");
    tree_file(&p.tree, "settings.py", "from base import *\nif x:\n    INSTALLED_APPS = 3\n");
    check(&p, NULL, "accounts.0001_initial");
}

static void sys_path_in_manage_py(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_app(&p.tree, "apps/a", "");
    tree_file(&p.tree, "conf/s.py", "INSTALLED_APPS = ['a']\n");
    tree_file(&p.tree, "manage.py", "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'conf.s')\n");
    check(&p, NULL, "!the app a of INSTALLED_APPS is not found");
    tree_file(&p.tree, "manage.py",
              "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'conf.s')\n"
              "sys.path.append(os.path.join(os.path.dirname(__file__), 'apps'))\n");
    check(&p, NULL, "a.0001_initial");
    tree_file(&p.tree, "manage.py",
              "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'conf.s')\nsys.path.insert(0, f())\n");
    check(&p, NULL, "!manage.py:3: sys.path is changed in a way that is not understood");
}

static void tenants(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    tree_file(&p.tree, SITE "django_tenants/__init__.py", "");
    add_app(&p.tree, "customers", "");
    add_migration(&p.tree, "customers/migrations/0001_initial.py",
                  "operations = [migrations.CreateModel(name='Client', fields=[], options={'abstract': False})]");
    check(&p, "INSTALLED_APPS = ['customers']\n", "customers.0001_initial");
    assert_false(p.expected.django_tenants);
    check(&p,
          "SHARED_APPS = ['django_tenants', 'customers']\nTENANT_APPS = ['customers']\n"
          "INSTALLED_APPS = SHARED_APPS + [a for a in TENANT_APPS if a not in SHARED_APPS]\n"
          "TENANT_MODEL = 'customers.Client'\nPUBLIC_SCHEMA_NAME = 'main'\n",
          "customers.0001_initial");
    assert_true(p.expected.django_tenants);
    assert_string_equal(p.expected.tenant_table, "customers_client");
    assert_string_equal(p.expected.public_schema, "main");
    assert_int_equal(p.expected.notices.count, 0);
    check(&p, "INSTALLED_APPS = ['customers']\nTENANT_MODEL = 'customers.Other'\n", "customers.0001_initial");
    assert_true(p.expected.django_tenants);
    assert_null(p.expected.tenant_table);
    assert_has(p.expected.notices.items[0], "the table of the tenant model customers.Other is not known");
    check(&p,
          "INSTALLED_APPS = ['django_tenants', 'customers']\nTENANT_MODEL = 'customers.Client'\nPUBLIC_SCHEMA_NAME = "
          "env('P')\n",
          "customers.0001_initial");
    assert_null(p.expected.tenant_table);
    assert_null(p.expected.public_schema);
    assert_has(p.expected.notices.items[0], "PUBLIC_SCHEMA_NAME is the result of a call");
}

static void hostile_files(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    add_app(&p.tree, "a", "");
    char _cleanup_free_ *escape = mem_printf("a/migrations/0002_%c[31m.py", 27);
    tree_file(&p.tree, escape, "x\n");
    check(&p, "INSTALLED_APPS = ['a']\n", "!a/migrations/0002_\\x1b[31m.py: there is no class Migration in it");
    char _cleanup_free_ *path = tree_path(&p.tree, escape);
    unlink(path);
    char _cleanup_free_ *fifo = tree_path(&p.tree, "a/migrations/0003_fifo.py");
    assert_int_equal(mkfifo(fifo, 0644), 0);
    check(&p, NULL, "!a/migrations/0003_fifo.py: is special, not a file");
    unlink(fifo);
    char _cleanup_free_ *loop = tree_path(&p.tree, "a/migrations/0004_loop.py");
    assert_int_equal(symlink("0004_loop.py", loop), 0);
    check(&p, NULL, "!a/migrations/0004_loop.py: cannot be opened: Too many levels of symbolic links");
    unlink(loop);
    tree_folder(&p.tree, "a/migrations/0005_folder.py");
    check(&p, NULL, "!a/migrations/0005_folder.py: is a folder, not a file");
    char _cleanup_free_ *folder = tree_path(&p.tree, "a/migrations/0005_folder.py");
    rmdir(folder);
    char _cleanup_free_ *huge = tree_path(&p.tree, "a/migrations/0006_huge.py");
    tree_file(&p.tree, "a/migrations/0006_huge.py", "");
    assert_int_equal(truncate(huge, 17 * 1024 * 1024), 0);
    check(&p, NULL, "!a/migrations/0006_huge.py: larger than 16777216 bytes");
    assert_int_equal(truncate(huge, 15 * 1024 * 1024), 0);
    check(&p, NULL, "!a/migrations/0006_huge.py:1: a NUL byte: this is not a text file");
}

/* --- what Django's own loader said --- */

static json_t *manifest(const char *name)
{
    const char *tests = getenv("TESTS_DIR");
    char _cleanup_free_ *path = mem_printf("%s/cases/dumps/%s", tests ? tests : "tests", name);
    json_t *root = json_load_file(path, 0, NULL);
    assert_non_null(root);
    return root;
}

/* Puts stand-ins for Django's own apps into the tree, with the dependencies that the manifest tells. */
static void add_contrib(const struct tree *tree, const json_t *root)
{
    size_t i, k;
    json_t *item, *parent;
    json_array_foreach(json_object_get(root, "migrations"), i, item)
    {
        const char *app = json_string_value(json_object_get(item, "app"));
        if (strcmp(app, "auth") != 0 && strcmp(app, "contenttypes") != 0)
            continue;
        struct buf _cleanup_buf_ body = BUF_INIT;
        buf_puts(&body, "dependencies = [");
        json_array_foreach(json_object_get(item, "parents"), k, parent)
            buf_printf(&body, "('%s', '%s'), ", json_string_value(json_array_get(parent, 0)),
                       json_string_value(json_array_get(parent, 1)));
        buf_puts(&body, "]");
        char _cleanup_free_ *file = mem_printf(SITE "django/contrib/%s/migrations/%s.py", app,
                                               json_string_value(json_object_get(item, "name")));
        char _cleanup_free_ *init = mem_printf(SITE "django/contrib/%s/migrations/__init__.py", app);
        char _cleanup_free_ *package = mem_printf(SITE "django/contrib/%s/__init__.py", app);
        add_migration(tree, file, buf_text(&body));
        tree_file(tree, init, "");
        tree_file(tree, package, "");
    }
}

static void compare(const struct expected *expected, const json_t *root)
{
    size_t i, k;
    json_t *item, *pair;
    json_t *migrations = json_object_get(root, "migrations");
    assert_int_equal(expected->count, json_array_size(migrations));
    json_array_foreach(migrations, i, item)
    {
        char _cleanup_free_ *id = mem_printf("%s.%s", json_string_value(json_object_get(item, "app")),
                                             json_string_value(json_object_get(item, "name")));
        const struct migration *found = find_migration(expected, id);
        if (found == NULL)
            fail_msg("%s is missing", id);
        const struct strv *lists[] = {&found->parents, &found->replaces};
        const char *keys[] = {"parents", "replaces"};
        for (size_t n = 0; n < 2; n++) {
            const json_t *wanted = json_object_get(item, keys[n]);
            if (lists[n]->count != json_array_size(wanted))
                fail_msg("%s: %zu %s, wanted %zu", id, lists[n]->count, keys[n], json_array_size(wanted));
            json_array_foreach(wanted, k, pair)
            {
                char _cleanup_free_ *other = mem_printf("%s.%s", json_string_value(json_array_get(pair, 0)),
                                                        json_string_value(json_array_get(pair, 1)));
                if (!strv_has(lists[n], other))
                    fail_msg("%s: no %s among its %s", id, other, keys[n]);
            }
        }
    }
}

static void the_case_django_is_what_its_loader_said(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    json_t *root = manifest("django_manifest.json");
    tree_case(&p.tree, "django");
    tree_file(&p.tree, "pyconly/migrations/0001_initial.pyc", "compiled");
    add_contrib(&p.tree, root);
    if (project_read(&p) != 0)
        fail_msg("%s", p.err.msg);
    compare(&p.expected, root);
    assert_true(find_migration(&p.expected, "pyconly.0001_initial")->parents_unknown);
    assert_false(p.expected.django_tenants);
    json_decref(root);
}

static void the_cases_with_squashes(void **state)
{
    (void)state;
    const struct {
        const char *name, *replaces, *latest;
        bool has_targets;
    } cases[] = {
        {"django_squash", "catalog.0001_initial catalog.0002_item_sku catalog.0003_item_sku_index",
         "catalog.0001_squashed_0003", true},
        {"django_squash_pruned", "catalog.0001_initial catalog.0002_item_sku catalog.0003_item_sku_index", NULL, false},
        {"django_squash_done", "", NULL, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct project _cleanup_project_ p = project_new();
        json_t *root = manifest("django_manifest.json");
        tree_case(&p.tree, cases[i].name);
        add_contrib(&p.tree, root);
        if (project_read(&p) != 0)
            fail_msg("%s: %s", cases[i].name, p.err.msg);
        const struct migration *squash = find_migration(&p.expected, "catalog.0001_squashed_0003");
        assert_non_null(squash);
        assert_list(&squash->replaces, cases[i].replaces);
        assert_int_equal(find_migration(&p.expected, "catalog.0002_item_sku") != NULL, cases[i].has_targets);
        if (cases[i].latest != NULL) /* nobody depends on the squash, so it is the smallest leaf */
            assert_true(strv_has(&find_migration(&p.expected, "billing.0002-total")->parents, cases[i].latest));
        json_decref(root);
    }
}

static void the_case_dtenants_is_what_its_loader_said(void **state)
{
    (void)state;
    struct project _cleanup_project_ p = project_new();
    json_t *root = manifest("dtenants_manifest.json");
    tree_case(&p.tree, "dtenants");
    add_contrib(&p.tree, root);
    tree_file(&p.tree, SITE "django_tenants/__init__.py", "");
    check(&p, NULL, "!proj/settings.py:18: TENANT_APPS is changed under a condition, and INSTALLED_APPS depends on it: the app reports "
                    "may be installed or not, and it has migrations");
    /* The same without the two conditions */
    tree_file(
        &p.tree, "proj/settings.py",
        "SHARED_APPS = [\"django_tenants\", \"customers\", \"django.contrib.contenttypes\", \"django.contrib.auth\"]\n"
        "TENANT_APPS = [\"django.contrib.contenttypes\", \"orders\"]\n"
        "INSTALLED_APPS = SHARED_APPS + [a for a in TENANT_APPS if a not in SHARED_APPS]\n"
        "TENANT_MODEL = \"customers.Client\"\n");
    if (project_read(&p) != 0)
        fail_msg("%s", p.err.msg);
    compare(&p.expected, root);
    assert_true(p.expected.django_tenants);
    assert_string_equal(p.expected.tenant_table, "customers_client");
    assert_null(p.expected.public_schema);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(apps_labels_and_config_classes),
        cmocka_unit_test(undecided_and_wrong_apps),
        cmocka_unit_test(names_that_are_no_app_config),
        cmocka_unit_test(which_files_are_migrations),
        cmocka_unit_test(apps_that_may_be_installed),
        cmocka_unit_test(settings_that_import_others),
        cmocka_unit_test(apps_without_migrations),
        cmocka_unit_test(migrations_whose_sources_are_gone),
        cmocka_unit_test(migration_modules),
        cmocka_unit_test(edges_between_apps),
        cmocka_unit_test(first_and_latest_are_the_smallest_root_and_leaf),
        cmocka_unit_test(the_user_model),
        cmocka_unit_test(apps_by_hand),
        cmocka_unit_test(sys_path_in_manage_py),
        cmocka_unit_test(tenants),
        cmocka_unit_test(hostile_files),
        cmocka_unit_test(the_case_django_is_what_its_loader_said),
        cmocka_unit_test(the_cases_with_squashes),
        cmocka_unit_test(the_case_dtenants_is_what_its_loader_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
