/* Following a Python module: what each name is bound to, and when that is not known. */
#include "test_python_tree.h"

#include "python/module.h"

static void show(struct py_module *m, const struct py_value *value, struct buf *out)
{
    static const char *const open[] = {
        [PY_T_LIST] = "[", [PY_T_TUPLE] = "(", [PY_T_SET] = "<", [PY_T_DICT] = "{", [PY_T_CALL] = "call("};
    static const char *const close[] = {
        [PY_T_LIST] = "]", [PY_T_TUPLE] = ")", [PY_T_SET] = ">", [PY_T_DICT] = "}", [PY_T_CALL] = ")"};
    if (value == NULL) {
        buf_puts(out, "unbound");
        return;
    }
    switch (value->type) {
    case PY_T_UNKNOWN: {
        struct err _cleanup_err_ err = ERR_INIT;
        py_module_undecided(m, "f", "X", value, &err);
        buf_printf(out, "? %s", err.msg);
        if (value->unknown.maybe != NULL)
            buf_printf(out, ": %s", value->unknown.maybe);
        break;
    }
    case PY_T_NONE:
        buf_puts(out, "None");
        break;
    case PY_T_BOOL:
        buf_puts(out, value->truth ? "True" : "False");
        break;
    case PY_T_NUMBER:
        buf_puts(out, "N");
        break;
    case PY_T_STRING:
        buf_puts(out, value->string.text);
        break;
    case PY_T_IMPORT:
        buf_printf(out, "import:%s", value->string.text);
        break;
    case PY_T_CLASS:
        buf_puts(out, "class");
        break;
    default:
        buf_puts(out, open[value->type]);
        for (uint32_t i = 0; i < value->list.count; i++) {
            if (i > 0)
                buf_putc(out, ' ');
            show(m, value->list.items[i], out);
        }
        buf_puts(out, close[value->type]);
    }
}

/* What X is bound to at the end of the text. */
static char *bound_to(const char *text)
{
    struct py_module _cleanup_py_module_ m = {.strict = true};
    struct py_failure failure = {0};
    struct buf _cleanup_buf_ out = BUF_INIT;
    if (py_module_read(&m, text, strlen(text), &failure) != 0)
        buf_printf(&out, "!%u %s", failure.line, failure.what);
    else
        show(&m, py_module_get(&m, "X"), &out);
    return buf_steal(&out);
}

static void check(const char *text, const char *wanted)
{
    char _cleanup_free_ *got = bound_to(text);
    if (strcmp(got, wanted) != 0)
        fail_msg("%.400s\nis:     %s\nwanted: %s", text, got, wanted);
}

static void literals(void **state)
{
    (void)state;
    check("X = 'a'", "a");
    check("X = None", "None");
    check("X = True", "True");
    check("X = -1", "N");
    check("X = ['a', \"b\", None, 3,]", "[a b None N]");
    check("X = ('a',)", "(a)");
    check("X = ('a')", "a");
    check("X = ()", "()");
    check("X = 'a', 'b'", "(a b)");
    check("X = {'a': 'b', 'c': None}", "{a b c None}");
    check("X = {}", "{}");
    check("X = {'a', 'b'}", "<a b>");
    check("X = ('a'\n # comment\n 'b' r'\\c')", "ab\\c");
    check("X = [['a'], ('b', ['c'])]", "[[a] (b [c])]");
    check("'''X = 1'''", "unbound");
    check("", "unbound");
}

static void expressions(void **state)
{
    (void)state;
    check("A = ['a']\nX = A + ['b']", "[a b]");
    check("X = ('a',) + ('b',) + ()", "(a b)");
    check("X = 'a' + 'b'", "ab");
    check("A = ['a']\nX = [*A, 'b', *('c', 'd')]", "[a b c d]");
    check("A = {'a': 'b'}\nX = {**A, 'c': 'd'}", "{a b c d}");
    check("A = ['a', 'b', 'c']\nB = ['b']\nX = [app for app in A if app not in B]", "[a c]");
    check("A = ['a', 'b', 'c']\nX = [a for a in A if a in ('b', 'c') and a != 'c']", "[b]");
    check("A = ['a', 'b']\nX = ['z'] + [a for a in A if a != 'a' if a == 'b']", "[z b]");
    check("A = ('a', 'b')\nX = list(A)", "[a b]");
    check("A = ['a', 'a', 'b']\nX = tuple(set(A))", "(a a b)");
    check("A = ['a']\nX = list(dict.fromkeys(A + ['b']))", "[a b]");
    check("X = list(a for a in ['q'])", "[q]");
    check("import a.b as c\nX = c.d", "import:a.b.d");
    check("from a.b import c as d, e\nX = [d, e.f]", "[import:a.b.c import:a.b.e.f]");
    check("from . import c\nX = c", "import:.c");
    check("from ..a import (b, c,)\nX = c", "import:..a.c");
    check("import a.b\nX = a.b.c('d')", "call(import:a.b.c d)");
}

static void statements(void **state)
{
    (void)state;
    check("X: list = ['a']", "[a]");
    check("X: list", "unbound");
    check("Y = X = 'a'", "a");
    check("Y, X = 'a', 'b'", "b");
    check("(Y, [X, Z]) = 'a', ('b', 'c')", "b");
    check("X = ['a']\nX += ['b']\nX += ('c',)", "[a b c]");
    check("X = ('a',)\nY = X\nX += ('b',)\nX = Y", "(a)");
    check("X = 'a'\nX += 'b'", "ab");
    check("X = ['a']\nX.append('b')\nX.extend(['c', 'd'])\nX.remove('a')\nX.insert(0, 'e')", "[b c d e]");
    check("X = {'a': 'b'}\nX['c'] = 'd'\nX.update({'a': 'z'})", "{a b c d a z}");
    check("X = {'a': 'b'}\nX |= {'c': 'd'}", "{a b c d}");
    check("X = 'a'; X = 'b'", "b");
    check("def f(X):\n    X = 'a'\n    return X\nX = 'b'", "b");
    check("class A:\n    X = 'a'\nX = 'b'", "b");
    check("X = ['a']\nY = X\nY.append('b')", "[a b]");
    check("X = ['a']\nY = X[:]\nY = list(X)\nprint(X)\nif 'a' in X and len(X) > 1: pass\nfor a in X: pass", "[a]");
    check("from typing import TYPE_CHECKING\nX = ['a']\nif TYPE_CHECKING:\n    from b import X", "[a]");
    check("from typing import TYPE_CHECKING\nX = ['a']\nif TYPE_CHECKING is True:\n    from b import X", "[a]");
    check("import typing\nX = ['a']\nif typing.TYPE_CHECKING is True: X = ['b']", "[a]");
}

static void texts_that_may_be_added(void **state)
{
    (void)state;
    check("X = ['a']\nif D:\n    X += ['b', 'c']\nX += ['d']",
          "[a ? f:3: X is changed under a condition: b ? f:3: X is changed under a condition: c d]");
    check("X = ['a']\nif D: X.append('b' 'c')\nelse: X.insert(0, 'd')",
          "[a ? f:2: X is changed under a condition: bc ? f:3: X is changed under a condition: d]");
    check("X = ['a']\ntry:\n    import b\n    X.extend((\n 'b',\n))\nexcept ImportError:\n    pass",
          "[a ? f:5: X is changed in a try statement: b]");
    check("X = ('a',)\nY = X\nwith f():\n    Y += ('b',)\n", "(a)");
    check("X = ('a',)\nif D:\n    if E:\n        X += ('b',)\n", "(a ? f:4: X is changed under a condition: b)");
    check("A = ['a']\nif D:\n    A += ['b']\nX = A + ['c']", "[a ? f:3: A is changed under a condition, and X depends on it: b c]");
    check("A = ['a']\nB = ['a', 'c']\nif D:\n    A += ['b']\nX = [x for x in A if x not in B]",
          "[? f:4: A is changed under a condition, and X depends on it: b]");
    check("A = ['a', 'b']\nB = ['c']\nif D:\n    B += ['b']\nX = [x for x in A if x not in B and x != 'a']",
          "[? f:4: B is changed under a condition, and X depends on it: b]");
    check("A = ['a', 'b']\nB = ['b']\nif D:\n    B += ['b']\nX = [x for x in A if x in B]", "[b]");
    check("A = ['a', f()]\nif D:\n    A += ['b']\nX = [x for x in A if x in A]", "? f:4: X is filtered by a condition that is not understood");
    /* Anything else may put in what it likes, take out, or replace. */
    static const char *const others[] = {
        "X += [b]", "X += ['b', b]", "X += [f'b']", "X += [b'b']", "X += 'b'", "X += ('b')", "X += ['b'] + Y", "X.append(b)",
        "X.append(['b'])", "X.extend('b')", "X.insert(i, 'b')", "X.remove('a')", "X = X + ['b']", "X = ['b']", "X[0] = 'b'",
        "X.append('b', *c)", "X.extend(['b'] if E else [])", "X += ['b'] * 2", "X *= ['b']", "X.extend(x for x in 'b')",
        "X += ['b'].copy()", "X.append('b').c(X)", "X += ['b']; X.remove('a')", "X += ['b', *Y]", "X += [['b']]",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char _cleanup_free_ *text = mem_printf("X = ['a']\nif D:\n    %s\n", others[i]);
        check(text, "? f:3: X is changed under a condition");
    }
    check("X = ['a']\nif D:\n    X += ['b']\nX.remove('b')", "? f:4: X is used in a way that may change it");
    check("def f():\n    X.append('b')\nX = ['a']\nif D:\n    X += ['c']", "? f:5: X is changed under a condition");
    check("class X:\n    a = ['a']\n    if D:\n        a += ['b']\n", "class");
}

static void wild_names_do_not_matter(void **state)
{
    (void)state;
    check("import os\nD = os.environ.get('D', 'x').split(',')\nE = env.db()\nX = ['a']", "[a]");
    check("B = Path(__file__).resolve().parent / 'b'\nC = f'{B}'\nX = ['a']", "[a]");
    check("try:\n    D = 1\nexcept ImportError:\n    D = 2\nX = ['a']", "[a]");
    check("X = ['a']\nL = {'h': {'l': D}}\nif DEBUG:\n    M = ['m']\n    M += ['n']", "[a]");
    check("X = ['a']\nf(X=3, y=g(a.X))", "[a]");
    check("X = ['a']\nlog.info('%s', *X)\nY = sorted(X)", "[a]");
    check("def f(*a, **k):\n    global G\n    X.count('a')\n    return len(X)\nX = ['a']", "[a]");
}

static void what_is_not_understood_is_unknown(void **state)
{
    (void)state;
    check("X = f()", "? f:1: X is the result of a call");
    check("X = f'a'", "? f:1: X is an f-string");
    check("X = b'a'", "? f:1: X is a bytes literal");
    check("X = 'a' if D else 'b'", "? f:1: X is chosen by a condition");
    check("X = A or ['a']", "? f:1: A is not assigned in this file before, and X depends on it");
    check("X = ['a'] * 2", "? f:1: X is computed in a way that is not understood");
    check("X = lambda: 1", "? f:1: X is a function");
    check("X = ['a', f()]", "[a ? f:1: X is the result of a call]");
    check("A = f()\nX = ['a'] + A", "? f:1: A is the result of a call, and X depends on it");
    check("X = [a.b for a in ['c']]", "? f:1: X is a comprehension that is not understood");
    check("A = ['a']\nX = [a for a in A if g(a)]", "? f:2: X is filtered by a condition that is not understood");
    check("list = 1\nX = list(['a'])", "? f:2: X is the result of a call");
    check("X, Y = f()", "? f:1: X is unpacked from a value that is not understood");
    check("X, *Y = ['a', 'b']", "? f:1: X is unpacked from a value that is not understood");
    check("X = ['a']\ndel X", "? f:2: X is deleted");
    check("X = ['a']\ndel X[0]", "? f:2: X loses items by del");
    check("X = ['a']\nX[0] = 'b'", "? f:2: X is changed by an assignment to a part of it");
    check("X = ['a']\nX.sort()", "? f:2: X is used in a way that may change it");
    check("X = {1: 'a'}", "? f:1: X is a dictionary with a key that is no string");
    check("def X(): pass", "? f:1: X is a function");
    check("type X = int", "? f:1: X is a type alias");
    check("print(X := ['a'])", "? f:1: X is bound by :=");
}

static void conditions_loops_and_other_blocks(void **state)
{
    (void)state;
    check("X = ['a']\nif D:\n    X.append(b)", "? f:3: X is changed under a condition");
    check("X = ['a']\nif D: X += [b]", "? f:2: X is changed under a condition");
    check("if D:\n    X = ['a']\nelse:\n    X = ['b']", "? f:4: X is changed under a condition");
    check("X = ['a']\nfor a in B:\n    X.append(a)", "? f:3: X is changed in a loop");
    check("for X in B: pass", "? f:1: X is changed in a loop");
    check("X = ['a']\nwhile D:\n    f(X)", "? f:3: X is changed in a loop");
    check("try:\n    X = ['a']\nexcept E:\n    pass", "? f:2: X is changed in a try statement");
    check("try:\n    pass\nexcept E as X:\n    pass", "? f:3: X is changed in a try statement");
    check("with f() as X:\n    pass", "? f:1: X is changed in a with statement");
    check("with f() as (A, X): pass", "? f:1: X is changed in a with statement");
    check("X = ['a']\nif D:\n    Y = X\nY.append('b')", "? f:3: X is changed under a condition");
    check("X = ['a']\nif D:\n    def f(y=X): y.append('b')", "? f:3: X is changed under a condition");
    check("X = ['a']\nmatch D:\n    case 1: X = ['b']", "? f:3: X is changed in a block that may not run");
    check("match D:\n    case [X, *_]:\n        pass", "? f:2: X is changed in a block that may not run");
    check("if D:\n    import X", "? f:2: X is changed under a condition");
    check("if D:\n    X = ['a']\nX = ['b']", "[b]");
    check("X = ['a']\nif D:\n    if E:\n        for a in F:\n            X.append(a)",
          "? f:5: X is changed under a condition");
    check("X = ['a']\nif (Y := X): pass\nY.append('b')", "? f:2: X is used in a way that may change it");
}

static void lists_that_get_away(void **state)
{
    (void)state;
    check("X = ['a']\nf(X)", "? f:2: X is used in a way that may change it");
    check("import f\nf.g(X := 1)\nX = ['a']\nY = f.g(X)", "? f:4: X is passed to a call that may change it");
    check("X = ['a']\nY = [X]\nf(Y)", "? f:3: Y is used in a way that may change it, and X depends on it");
    check("X = ['a']\nY = X or []\nY.append('b')", "? f:2: X is used in a way that may change it");
    check("X = ['a']\nY = {'x': X}\nfor v in Y.values():\n    v.append('b')",
          "? f:3: Y is used in a way that may change it, and X depends on it");
    check("X = ['a']\no.apps = X", "? f:2: X is kept by another object, which may change it");
    check("X = ['a']\nY = X\ndel Y[0]", "? f:3: Y loses items by del, and X depends on it");
    check("X = ['a']\nA, B = X, 1\nA.append('b')", "[a b]");
    check("X = ['a']\n@d(X)\ndef f(): pass", "? f:2: X is used in a way that may change it");
    check("X = ['a']\nclass C:\n    f(X)", "? f:3: X is used in a way that may change it");
    check("X = ['a']\nassert f(X)", "? f:2: X is used in a way that may change it");
    check("X = ['a']\nX.append(X)", "? f:2: X is kept by another object, which may change it");
}

static void functions_that_may_change_it(void **state)
{
    (void)state;
    check("def f():\n    X.append('b')\nX = ['a']\nf()", "? f:2: X is changed in a function");
    check("def f():\n    global Y, X\n    X = ['b']\nX = ['a']", "? f:2: X is changed in a function");
    check("X = ['a']\nf = lambda: X.append('b')", "? f:2: X is used in a way that may change it");
    check("f = lambda: X.append('b')\nX = ['a']\nf()", "? f:1: X is changed in a function");
    check("class C:\n    def f(self):\n        X.append('b')\nX = ['a']", "? f:3: X is changed in a function");
    check("def f(X):\n    X.append('b')\nX = ['a']", "[a]");
    check("def f():\n    X = []\n    X.append('b')\nX = ['a']", "[a]");
    check("def f():\n    X = []\n    def g():\n        pass\ndef h():\n    X.append(1)\nX = ['a']",
          "? f:6: X is changed in a function");
    check("def f():\n    global X\nX = 'a'", "? f:2: X is changed in a function");
}

static void what_reaches_all_names(void **state)
{
    (void)state;
    check("from a import *\nX = ['a']", "[a]");
    check("X = ['a']\nfrom a import *", "? f:2: X may come from import *");
    check("from a import *", "? f:1: X may come from import *");
    check("X = ['a']\ntry:\n    from a import *\nexcept ImportError:\n    pass", "? f:3: X may come from import *");
    check("X = ['a']\nexec(open('b').read())",
          "? f:2: X may be changed through globals(), locals(), exec() or the like");
    check("exec('b')\nX = ['a']", "[a]");
    check("X = ['a']\nd.settings(locals())", "? f:2: X may be changed through globals(), locals(), exec() or the like");
    check("X = ['a']\nglobals().update(b)", "? f:2: X may be changed through globals(), locals(), exec() or the like");
    check("g = globals()\nX = ['a']\ng['X'] = 1", "? f:1: X may be changed through globals()");
    check("import builtins as b\nX = ['a']", "? f:1: X may be changed through the module builtins");
    check("import builtins\nX = ['a']\nbuiltins.exec('b')",
          "? f:3: X may be changed through globals(), locals(), exec() or the like");
    check("import builtins\nX = ['a']\nY = builtins.int", "[a]");
    check("from builtins import exec as e\nX = ['a']", "? f:1: X may be changed by exec()");
    check("def f():\n    globals()['X'] = 1\nX = ['a']\nf()", "? f:2: X may be changed through globals()");
    check("def f():\n    return locals()\nX = ['a']\nf()", "[a]");
    check("X = ['a']\nsys.modules[__name__].X = 1", "? f:2: X may be changed through sys.modules");
    check("X = ['a']\nsetattr(m, 'X', 1)", "? f:2: X may be changed through globals(), locals(), exec() or the like");
    check("X = ['a']\nD = bool(eval(os.environ.get('D')))",
          "? f:2: X may be changed through globals(), locals(), exec() or the like");
}

/* Texts that are made to take for ever, or too much memory. */
static void hostile_texts_are_given_up(void **state)
{
    (void)state;
    struct buf _cleanup_buf_ text = BUF_INIT;
    buf_puts(&text, "X = ['a']\n");
    for (int i = 0; i < 60; i++)
        buf_puts(&text, "X = X + X\n");
    char _cleanup_free_ *doubled = bound_to(buf_text(&text));
    assert_has(doubled, "X is too large");
    buf_clear(&text);
    buf_puts(&text, "X = 'aaaaaaaa'\n");
    for (int i = 0; i < 60; i++)
        buf_puts(&text, "X = X + X\n");
    check(buf_text(&text), "? f:15: X is a string of more than 64 KiB");
    buf_clear(&text);
    buf_puts(&text, "X = []\n");
    for (int i = 0; i < 100000; i++)
        buf_puts(&text, "X = [X]\n");
    buf_puts(&text, "f(X)\n");
    check(buf_text(&text), "? f:100002: X is used in a way that may change it");
    buf_clear(&text);
    for (int i = 0; i < 3000; i++)
        buf_puts(&text, "exec('a')\nY = ['b']\nf(Y)\n");
    buf_puts(&text, "X = ['a']\n");
    check(buf_text(&text), "[a]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals),
        cmocka_unit_test(expressions),
        cmocka_unit_test(statements),
        cmocka_unit_test(texts_that_may_be_added),
        cmocka_unit_test(wild_names_do_not_matter),
        cmocka_unit_test(what_is_not_understood_is_unknown),
        cmocka_unit_test(conditions_loops_and_other_blocks),
        cmocka_unit_test(lists_that_get_away),
        cmocka_unit_test(functions_that_may_change_it),
        cmocka_unit_test(what_reaches_all_names),
        cmocka_unit_test(hostile_texts_are_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
