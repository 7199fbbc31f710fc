/* What the names of a Python module are bound to after it was imported, as far as its text decides that.
 *
 * The text is followed statement by statement. Understood are imports, plain assignments, `+=`, the changing methods
 * of lists and dictionaries, class bodies, and the expressions of expr.c. Whatever else could bind a name or change a
 * list (conditions, loops, functions that declare it global, calls that get it as an argument, import *, exec, ...)
 * makes exactly what it could touch unknown, with the line and the reason. The text is never run, and nothing here
 * guesses: a value that is not PY_T_UNKNOWN is the value that Python would find. */
#pragma once

#include "base/err.h"
#include "base/strv.h"
#include "python/token.h"
#include "python/value.h"

/* A function or lambda: its tokens run when it is called, if ever. */
struct py_range {
    uint32_t first, end; /* tokens */
};

struct py_module;

/* Answers what `from DOTTED import *` binds: adds each name, followed by the dotted name of what it stands for, and
 * returns true; or false when that is not known. `dotted` may begin with dots. */
typedef bool py_star_names(void *context, const char *dotted, struct strv *names);

/* What `from DOTTED import *` does to a module that may take over values. */
enum py_star {
    PY_STAR_UNKNOWN,
    PY_STAR_NAMES,   /* it binds these names */
    PY_STAR_NOTHING, /* there certainly is no such module: the import fails */
};
typedef enum py_star py_borrow_names(void *context, struct py_module *into, const char *dotted, struct strv *names);
/* What `from DOTTED import NAME` binds it to, in the arena of `into`; NULL: nothing that is known. */
typedef struct py_value *py_borrow_value(void *context, struct py_module *into, const char *dotted, const char *name, uint32_t line);
/* A module is imported, whatever it does when it runs. */
typedef void py_borrow_visit(void *context, struct py_module *into, const char *dotted);

/* Says what something imported, or the call of it, is worth, where the caller knows (a Django setting, say): a value in
 * the module's arena, or NULL. */
typedef struct py_value *py_resolve(void *context, struct py_module *module, const struct py_value *value);

struct py_module {
    py_resolve *resolve; /* set by the caller; NULL: nothing is known, and conditions are not looked at */
    void *resolve_context;
    py_star_names *star_names; /* set by the caller; NULL: an import * may bind anything */
    void *star_context;
    py_borrow_names *borrow_names; /* set by the caller (python/borrow.h); NULL: what is imported is only a name */
    py_borrow_value *borrow_value;
    py_borrow_visit *borrow_visit;
    void *borrow_context;
    const char *package; /* what relative imports start from; for those who borrow */
    bool
        strict; /* set by the caller: a function that is only named, not called, may be called by what it is given to */
    struct py_tokens tokens;
    struct py_arena arena;
    struct py_value **bound; /* by symbol; NULL: not bound */
    size_t bound_cap;
    bool *in_functions;         /* by symbol: some function of the text speaks of it */
    struct py_range *functions; /* in the order of their first token */
    size_t function_count, function_cap;

    /* While it is followed: */
    struct py_value *cls; /* the class whose body is followed, or NULL */
    const char *context;  /* why a change made here is not certain ("is changed under a condition"), or NULL */
    int depth;            /* nested blocks and expressions */
    size_t work;          /* done so far; bounded */
    uint32_t loop_symbol; /* the variable of the comprehension being evaluated */

    /* Why all names may be bound to something else: */
    uint32_t star_line;   /* an import * (0: none); names bound after it are sure */
    const char *wild_why; /* something that reaches all names, also later ones; NULL: none */
    uint32_t wild_line;
};

/* Follows the text; `module` is zeroed or used before (its memory is used again). `text` must live as long as the
 * module is asked. Returns 0, or -1 with `failure` filled in for a text that is not Python as known here. */
int py_module_read(struct py_module *module, const char *text, size_t len, struct py_failure *failure);
void py_module_done(struct py_module *module);
#define _cleanup_py_module_ __attribute__((cleanup(py_module_done)))

/* What `name` is bound to at the end; NULL when it is certainly not bound by this text. */
struct py_value *py_module_get(struct py_module *module, const char *name);
struct py_value *py_module_get_symbol(struct py_module *module, uint32_t symbol);

/* Fails with ERR_NO_EXPECTED and "FILE:LINE: NAME why" for an unknown value (`value` must be one); `file` is how
 * messages call the file, already escaped. */
int py_module_undecided(struct py_module *module, const char *file, const char *name, const struct py_value *value,
                        struct err *reterr);

/* Is the symbol this word? */
bool py_symbol_is(const struct py_module *module, uint32_t symbol, const char *text);
/* The symbol's name as a new string. */
char *py_symbol_name(const struct py_module *module, uint32_t symbol);
